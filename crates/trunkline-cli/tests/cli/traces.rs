//! Traces as a collector receives them, and the log lines that name them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use prost::Message;
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{Place, Server};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";
const SEARCH: &str = "/v1/available-numbers?country=US&area_code=415&limit=1";

/// A collector, and a gateway that sends its spans there.
struct Traced {
    place: Place,
    collector: MockServer,
}

impl Traced {
    async fn new() -> Self {
        let collector = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/v1/traces"))
            .respond_with(ResponseTemplate::new(200))
            .mount(&collector)
            .await;
        let traced = Self {
            place: Place::new().await,
            collector,
        };
        traced.configure("");
        traced
    }

    /// With more in `[telemetry]`.
    fn configure(&self, more: &str) {
        let account = self.place.account("us", "sandbox");
        let otlp = self.collector.uri();
        let log = "[log]\nlevel = 'debug'\nformat = 'json'";
        let telemetry = format!("[telemetry]\notlp = '{otlp}'\nservice_name = 'numbers'\n{more}");
        self.place
            .configure(&format!("{log}\n{telemetry}\n{account}"));
    }

    fn serve(&self) -> Server {
        let key = self.place.key().to_owned();
        let log = File::create(self.place.path("log")).unwrap();
        let mut server = Server::logging_to(log.into(), self.place.dir.path(), &[]);
        server.key = key;
        server
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.place.path("log")).unwrap()
    }

    async fn received(&self) -> Vec<Vec<u8>> {
        let requests = self.collector.received_requests().await.unwrap();
        requests.into_iter().map(|request| request.body).collect()
    }

    async fn spans(&self) -> Spans {
        let mut spans = Vec::new();
        for body in self.received().await {
            let request = ExportTraceServiceRequest::decode(&*body).unwrap();
            for resource in request.resource_spans {
                let attributes = resource.resource.unwrap().attributes;
                let name = attributes.iter().find(|a| a.key == "service.name");
                let name = name.and_then(|a| a.value.clone()).unwrap().value;
                assert_eq!(name, Some(Value::StringValue("numbers".to_owned())));
                spans.extend(resource.scope_spans.into_iter().flat_map(|s| s.spans));
            }
        }
        Spans(spans)
    }

    /// The `traceparent` of each request that the carrier received.
    fn told(&self) -> Vec<Option<String>> {
        let requests = self.place.sandbox.requests(ProviderKind::Twilio);
        let told = |name: &str| {
            requests
                .iter()
                .map(|request| request.header(name).map(ToOwned::to_owned))
                .collect()
        };
        told("traceparent")
    }
}

struct Spans(Vec<Span>);

impl Spans {
    fn children(&self, parent: &[u8]) -> Vec<&Span> {
        let is_child = |span: &&Span| span.parent_span_id == parent;
        self.0.iter().filter(is_child).collect()
    }

    /// The only span of this name.
    fn named(&self, name: &str) -> &Span {
        let names: Vec<_> = self.0.iter().map(|span| &span.name).collect();
        let mut named = self.0.iter().filter(|span| span.name == name);
        match (named.next(), named.next()) {
            (Some(span), None) => span,
            _ => panic!("not one {name}: {names:?}"),
        }
    }
}

fn attribute(span: &Span, key: &str) -> String {
    let found = span.attributes.iter().find(|a| a.key == key);
    let value = found.and_then(|a| a.value.clone()).and_then(|v| v.value);
    match value {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => panic!("{key} of {} is {other:?}", span.name),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn traceparent(trace: &str) -> String {
    format!("traceparent: 00-{trace}-{CALLER}-01")
}

/// Asks a gateway, and answers the status line, head and body as they came.
fn ask(server: &Server, line: &str, headers: &[&str], body: &str) -> String {
    let address = server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let mut head = format!("{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    if !server.key.is_empty() {
        head += &format!("Authorization: Bearer {}\r\n", server.key);
    }
    for header in headers {
        head += &format!("{header}\r\n");
    }
    if !body.is_empty() {
        head += &format!("Content-Type: application/json\r\nContent-Length: {length}\r\n");
    }
    stream
        .write_all(format!("{head}\r\n{body}").as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The first number that a search finds.
fn found(server: &Server, headers: &[&str]) -> String {
    let answer = ask(server, &format!("GET {SEARCH}"), headers, "");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let at = answer.find("\"number\":\"").unwrap() + 10;
    answer[at..].split('"').next().unwrap().to_owned()
}

fn buy(server: &Server, number: &str, headers: &[&str]) -> String {
    let body = format!(r#"{{"account": "us", "number": "{number}", "label": "Sales"}}"#);
    let headers = [&["Idempotency-Key: k"], headers].concat();
    ask(server, "POST /v1/numbers", &headers, &body)
}

#[tokio::test(flavor = "multi_thread")]
async fn trace_of_an_unauthenticated_caller_is_not_continued() {
    let traced = Traced::new().await;
    let mut server = traced.serve();
    server.key.clear();
    let refused = ask(
        &server,
        &format!("GET {SEARCH}"),
        &[&traceparent(TRACE)],
        "",
    );
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    assert_eq!(server.terminate(), Some(0));
    let spans = traced.spans().await;
    let request = spans.named("GET /v1/available-numbers");
    assert_ne!(hex(&request.trace_id), TRACE);
}

#[tokio::test(flavor = "multi_thread")]
async fn search_is_part_of_its_callers_trace_down_to_the_carrier() {
    let traced = Traced::new().await;
    let server = traced.serve();
    found(&server, &[&traceparent(TRACE)]);
    assert_eq!(server.terminate(), Some(0));
    let spans = traced.spans().await;
    let request = spans.named("GET /v1/available-numbers");
    assert_eq!(hex(&request.trace_id), TRACE);
    assert_eq!(hex(&request.parent_span_id), CALLER);
    assert_eq!(request.kind, SpanKind::Server as i32);
    assert_eq!(attribute(request, "http.response.status_code"), "200");
    assert_eq!(attribute(request, "http.route"), "/v1/available-numbers");
    let search = spans.named("search_available us");
    assert_eq!(search.parent_span_id, request.span_id);
    assert_eq!(attribute(search, "outcome"), "ok");
    let mut told = BTreeSet::new();
    for operation in spans.children(&request.span_id) {
        for attempt in spans.children(&operation.span_id) {
            assert_eq!(attempt.kind, SpanKind::Client as i32);
            assert_eq!(attempt.name, "GET twilio");
            assert_eq!(hex(&attempt.trace_id), TRACE);
            assert_eq!(attribute(attempt, "account"), "us");
            assert_eq!(attribute(attempt, "attempt"), "1");
            assert_eq!(attribute(attempt, "http.response.status_code"), "200");
            assert_eq!(attribute(attempt, "server.address"), "127.0.0.1");
            told.insert(Some(format!("00-{TRACE}-{}-01", hex(&attempt.span_id))));
        }
    }
    assert!(!told.is_empty());
    assert_eq!(traced.told().into_iter().collect::<BTreeSet<_>>(), told);
}

#[tokio::test(flavor = "multi_thread")]
async fn purchase_and_each_attempt_are_spans_of_the_trace() {
    let traced = Traced::new().await;
    let server = traced.serve();
    let number = found(&server, &[]);
    let unavailable = Fault::Status {
        status: 500,
        headers: std::collections::BTreeMap::default(),
        body: None,
    };
    traced
        .place
        .sandbox
        .inject(FaultPlan::once(ProviderKind::Twilio, "update", unavailable))
        .unwrap();
    let answer = buy(&server, &number, &[&traceparent(TRACE)]);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(server.terminate(), Some(0));
    let spans = traced.spans().await;
    let request = spans.named("POST /v1/numbers");
    let purchase = spans.named("buy us");
    assert_eq!(purchase.parent_span_id, request.span_id);
    let id = attribute(purchase, "purchase");
    assert!(answer.contains(&format!(r#""id":"{id}""#)), "{answer}");
    assert_eq!(attribute(purchase, "state"), "succeeded");
    let bought = spans.named("purchase us");
    assert_eq!(bought.parent_span_id, purchase.span_id);
    let sent = spans.children(&bought.span_id);
    assert_eq!(sent.len(), 1, "a purchase is sent once");
    assert_eq!(attribute(sent[0], "http.response.status_code"), "201");
    let update = spans.named("update us");
    let attempts = spans.children(&update.span_id);
    let tried: Vec<_> = attempts
        .iter()
        .map(|attempt| {
            (
                attribute(attempt, "attempt"),
                attribute(attempt, "http.response.status_code"),
                attempt.status.as_ref().unwrap().code == StatusCode::Error as i32,
            )
        })
        .collect();
    let row = |attempt: &str, status: &str, failed| (attempt.to_owned(), status.to_owned(), failed);
    assert_eq!(tried, [row("1", "500", true), row("2", "200", false)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn streamed_answer_is_traced_to_its_end() {
    let traced = Traced::new().await;
    let server = traced.serve();
    found(
        &server,
        &["Accept: application/x-ndjson", &traceparent(TRACE)],
    );
    assert_eq!(server.terminate(), Some(0));
    let spans = traced.spans().await;
    let request = spans.named("GET /v1/available-numbers");
    let search = spans.named("search_available us");
    assert_eq!(search.parent_span_id, request.span_id);
    assert!(search.end_time_unix_nano <= request.end_time_unix_nano);
}

#[tokio::test(flavor = "multi_thread")]
async fn purchase_with_a_lost_answer_shows_how_it_was_settled() {
    let traced = Traced::new().await;
    let server = traced.serve();
    let number = found(&server, &[]);
    let lost = FaultPlan::once(ProviderKind::Twilio, "purchase", Fault::DropAfterCommit {});
    traced.place.sandbox.inject(lost).unwrap();
    let answer = buy(&server, &number, &[&traceparent(TRACE)]);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(server.terminate(), Some(0));
    let spans = traced.spans().await;
    let purchase = spans.named("buy us");
    assert_eq!(attribute(purchase, "state"), "succeeded");
    assert_eq!(attribute(spans.named("purchase us"), "outcome"), "timeout");
    let steps = spans.children(&purchase.span_id);
    let looks = steps.iter().filter(|span| span.name == "find_owned us");
    assert_eq!(
        looks.count(),
        2,
        "before it was sent, and once its answer was lost"
    );
}

/// The sum of a histogram of one route.
fn sum(metrics: &str, name: &str, route: &str) -> f64 {
    let series = format!("{name}_sum{{route=\"{route}\"}} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&series));
    line.unwrap_or_else(|| panic!("no {series}: {metrics}"))
        .parse()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn time_at_the_carrier_is_no_overhead_of_a_purchase() {
    let traced = Traced::new().await;
    let server = traced.serve();
    let number = found(&server, &[]);
    let slow = Fault::Delay { ms: 1_500 };
    let slow = FaultPlan::once(ProviderKind::Twilio, "purchase", slow);
    traced.place.sandbox.inject(slow).unwrap();
    buy(&server, &number, &[]);
    let metrics = ask(&server, "GET /metrics", &[], "");
    assert_eq!(server.terminate(), Some(0));
    let took = sum(&metrics, "trunkline_http_request_seconds", "/v1/numbers");
    let ours = sum(&metrics, "trunkline_http_overhead_seconds", "/v1/numbers");
    assert!(
        took >= 1.5 && ours > 0.0 && ours < took - 1.5,
        "{ours} of {took}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn carriers_get_a_trace_only_if_traces_are_on_and_propagated() {
    let traced = Traced::new().await;
    let account = traced.place.account("us", "sandbox");
    for telemetry in [None, Some("propagate = false")] {
        match telemetry {
            None => traced.place.configure(&account),
            Some(more) => traced.configure(more),
        }
        let server = traced.serve();
        found(&server, &[&traceparent(TRACE)]);
        assert_eq!(server.terminate(), Some(0));
        assert!(traced.told().iter().all(Option::is_none), "{telemetry:?}");
        let is_sent = !traced.received().await.is_empty();
        assert_eq!(is_sent, telemetry.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sample_of_zero_traces_only_callers_with_a_trace() {
    let traced = Traced::new().await;
    traced.configure("sample = '0%'");
    let server = traced.serve();
    found(&server, &[]);
    found(&server, &[&traceparent(TRACE)]);
    found(&server, &["traceparent: 00-not-a-trace-01"]);
    assert_eq!(server.terminate(), Some(0));
    let request = traced.spans().await;
    assert_eq!(
        hex(&request.named("GET /v1/available-numbers").trace_id),
        TRACE
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_log_line_of_a_request_names_it_and_its_trace() {
    let traced = Traced::new().await;
    let server = traced.serve();
    let number = found(&server, &["X-Request-Id: a-search", &traceparent(TRACE)]);
    buy(&server, &number, &["X-Request-Id: a-purchase"]);
    assert_eq!(server.terminate(), Some(0));
    let log = traced.log();
    let mut named = BTreeSet::new();
    for line in log.lines() {
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| json[name].as_str().unwrap_or_default();
        if json["message"] == "called the carrier" {
            assert_ne!(field("request_id"), "", "{line}");
        }
        if field("request_id").is_empty() {
            continue;
        }
        let trace = field("trace_id");
        assert_eq!(trace.len(), 32, "{line}");
        assert_eq!(field("request_id") == "a-search", trace == TRACE, "{line}");
        let is_bought = ["purchase", "update"].contains(&field("operation"));
        assert!(
            !is_bought || field("purchase").starts_with("pur_"),
            "{line}"
        );
        named.insert((
            field("request_id").to_owned(),
            field("operation").to_owned(),
        ));
    }
    for (request, operation) in [
        ("a-search", ""),
        ("a-search", "search_available"),
        ("a-purchase", ""),
        ("a-purchase", "find_owned"),
        ("a-purchase", "purchase"),
        ("a-purchase", "update"),
    ] {
        let wanted = (request.to_owned(), operation.to_owned());
        assert!(named.contains(&wanted), "{wanted:?} in {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trace_has_no_secret_and_no_complete_number() {
    const CANARY: &str = "canary5ecret5ecret5ecret5ecret00";
    let traced = Traced::new().await;
    let (good, bad) = (
        traced.place.account("us", "sandbox"),
        traced.place.account("canary", CANARY).replace("AC0", "AC9"),
    );
    let otlp = traced.collector.uri();
    let telemetry = format!("[telemetry]\notlp = '{otlp}'\nservice_name = 'numbers'");
    traced
        .place
        .configure(&format!("{telemetry}\n{good}\n{bad}"));
    let server = traced.serve();
    let number = found(&server, &[]);
    buy(&server, &number, &[]);
    ask(&server, &format!("GET /v1/numbers/{number}"), &[], "");
    let metrics = ask(&server, "GET /metrics", &[], "");
    assert_eq!(server.terminate(), Some(0));
    let spans = traced.spans().await;
    assert!(
        spans
            .0
            .iter()
            .any(|span| span.name == "search_available canary")
    );
    let bodies = traced.received().await.concat();
    let sent = String::from_utf8_lossy(&bodies);
    for text in [&*sent, &metrics, &traced.log()] {
        for secret in [CANARY, "Basic ", &number[1..]] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}
