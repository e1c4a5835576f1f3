//! Ranges at a stack that takes its time: what is told of each number, and what is sent.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use trunkline_core::vault::MemoryVault;
use trunkline_core::{Call, Effect, Lane, RangeItem, RangeOutcome, RangeRequest};
use trunkline_http::AdapterConfig;
use trunkline_wazo::WazoConfig;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

const NUMBERS: &str = "/api/confd/1.1/phone-numbers";

/// A directory, which a range fills at once; only the answer comes late, or never.
#[derive(Clone, Default)]
struct Directory {
    numbers: Arc<Mutex<BTreeSet<u64>>>,
    answers: Option<u16>,
    delay: Duration,
    keeps: bool,
}

impl Respond for Directory {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut numbers = self.numbers.lock().unwrap();
        if request.method.as_str() == "POST" {
            let body: Value = request.body_json().unwrap();
            let end = |name: &str| body[name].as_str().unwrap()[1..].parse::<u64>().unwrap();
            if self.keeps {
                numbers.extend(end("start_number")..=end("end_number"));
            }
            let answer = ResponseTemplate::new(self.answers.unwrap_or(201));
            return answer
                .set_delay(self.delay)
                .set_body_json(json!({"created": [], "total": 0}));
        }
        let query = |name: &str| {
            let found = request.url.query_pairs().find(|(key, _)| key == name);
            found.map(|(_, value)| value.into_owned())
        };
        let number = |name: &str| query(name).and_then(|text| text.parse::<usize>().ok());
        let search = query("search").unwrap_or_default();
        let held: Vec<String> = numbers.iter().map(|digits| format!("+{digits}")).collect();
        let held: Vec<&String> = held.iter().filter(|text| text.contains(&search)).collect();
        let (offset, limit) = (
            number("offset").unwrap_or(0),
            number("limit").unwrap_or(1_000),
        );
        let row = |text: &&&String| json!({"uuid": format!("u-{text}"), "number": text});
        let rows: Vec<Value> = held
            .iter()
            .skip(offset)
            .take(limit)
            .map(|text| row(&text))
            .collect();
        ResponseTemplate::new(200).set_body_json(json!({"total": held.len(), "items": rows}))
    }
}

async fn register(directory: &Directory, ends: (&str, &str)) -> (Vec<RangeItem>, Vec<Value>) {
    let server = MockServer::start().await;
    for (verb, below) in [("GET", ""), ("POST", "/ranges")] {
        Mock::given(method(verb))
            .and(path(format!("{NUMBERS}{below}")))
            .respond_with(directory.clone())
            .mount(&server)
            .await;
    }
    let config = WazoConfig::new(server.uri(), "nobody", "none".into()).with_token("token".into());
    let vault = Arc::new(MemoryVault::default());
    let mut profile = config.profile("office".parse().unwrap(), vault).unwrap();
    profile.timeouts.once = Duration::from_millis(200);
    let wazo = config.connect(profile).unwrap();
    let request = RangeRequest {
        start_number: ends.0.to_owned(),
        end_number: ends.1.to_owned(),
        location: None,
    };
    let call = Call::within(Duration::from_secs(3), Lane::Purchase);
    let items = call.scope(wazo.register_range(&request)).await.unwrap();
    let sent = server.received_requests().await.unwrap();
    let posts = sent
        .iter()
        .filter(|request| request.method.as_str() == "POST");
    (
        items,
        posts.map(|request| request.body_json().unwrap()).collect(),
    )
}

fn count(items: &[RangeItem]) -> (usize, usize, usize) {
    let of =
        |fits: fn(&RangeOutcome) -> bool| items.iter().filter(|item| fits(&item.outcome)).count();
    (
        of(|outcome| matches!(outcome, RangeOutcome::Created(_))),
        of(|outcome| matches!(outcome, RangeOutcome::Existing(_))),
        of(|outcome| matches!(outcome, RangeOutcome::Failed(_))),
    )
}

#[tokio::test]
async fn long_range_is_sent_in_chunks_and_existing_numbers_are_reported() {
    let directory = Directory {
        keeps: true,
        ..Directory::default()
    };
    directory
        .numbers
        .lock()
        .unwrap()
        .extend(14_165_550_010..14_165_550_020);
    let (items, posts) = register(&directory, ("+14165550000", "+14165551199")).await;
    assert_eq!(count(&items), (1_190, 10, 0));
    assert_eq!(posts.len(), 3);
    assert_eq!(
        posts[1],
        json!({"start_number": "+14165550500", "end_number": "+14165550999"})
    );
}

#[tokio::test]
async fn a_range_whose_answer_is_lost_is_settled_by_a_look_and_sent_once() {
    let slow = Directory {
        keeps: true,
        delay: Duration::from_secs(2),
        ..Directory::default()
    };
    let gateway_timeout = Directory {
        keeps: true,
        answers: Some(504),
        ..Directory::default()
    };
    for directory in [slow, gateway_timeout] {
        directory.numbers.lock().unwrap().insert(14_165_550_007);
        let (items, posts) = register(&directory, ("+14165550000", "+14165550099")).await;
        assert_eq!((count(&items), posts.len()), ((99, 1, 0), 1));
    }
}

#[tokio::test]
async fn range_missing_at_the_deadline_fails_and_is_not_sent_again() {
    let lost = Directory {
        answers: Some(504),
        ..Directory::default()
    };
    let (items, posts) = register(&lost, ("+14165550000", "+14165550004")).await;
    assert_eq!((count(&items), posts.len()), ((0, 0, 5), 1));
    let RangeOutcome::Failed(error) = &items[0].outcome else {
        panic!("{items:?}")
    };
    assert_eq!(error.effect(), Effect::Unknown);
}
