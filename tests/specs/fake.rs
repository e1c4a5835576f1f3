//! A fake of the sandbox, asked what the fixtures ask.
//!
//! A fixture's ids and numbers mean nothing to a fake. So each carrier has a [`Script`]: the steps that make the account
//! hold something, and which literals of the fixtures stand for what the steps have made.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::message::{Body, Exchange, Request, Response, media_type};

/// How long a fake may take for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What must be known to play a carrier's fixtures against its fake. Texts may hold `<name>`, which stands for what a
/// step has kept under that name.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) login: Login,
    /// Before every fixture, after a reset.
    pub(crate) setup: &'static [Step],
    /// Once: operations that no fixture reaches.
    pub(crate) tour: &'static [Step],
    /// What stands in fixtures, and what is sent in its place.
    pub(crate) swaps: &'static [(&'static str, &'static str)],
}

/// How a request says who sends it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Login {
    Basic(&'static str, &'static str),
    Header(&'static str, &'static str),
}

/// One request of a script.
#[derive(Debug)]
pub(crate) struct Step {
    /// `POST /v1/things?a=b`, encoded. A path that begins with `/control/` is one of the control port.
    pub(crate) line: &'static str,
    /// JSON if it begins with a brace, else a form; empty for none.
    pub(crate) body: &'static str,
    /// Instead of the script's.
    pub(crate) login: Option<Login>,
    /// Names, and JSON pointers into the answer.
    pub(crate) keep: &'static [(&'static str, &'static str)],
}

/// A request to be made.
pub(crate) const fn step(line: &'static str) -> Step {
    Step {
        line,
        body: "",
        login: None,
        keep: &[],
    }
}

impl Step {
    /// What is sent along.
    pub(crate) const fn with(self, body: &'static str) -> Self {
        Self { body, ..self }
    }

    /// Who sends it, if not who sends everything else.
    pub(crate) const fn by(self, login: Login) -> Self {
        Self {
            login: Some(login),
            ..self
        }
    }

    /// What is kept of the answer.
    pub(crate) const fn keep(self, keep: &'static [(&'static str, &'static str)]) -> Self {
        Self { keep, ..self }
    }
}

/// Where a fake listens, and what a script has made there.
#[derive(Debug)]
pub(crate) struct Fake {
    script: &'static Script,
    url: String,
    control_url: String,
    kept: BTreeMap<String, String>,
}

impl Fake {
    pub(crate) fn new(script: &'static Script, url: &str, control_url: &str) -> Self {
        Self {
            script,
            url: url.to_owned(),
            control_url: control_url.to_owned(),
            kept: BTreeMap::new(),
        }
    }

    /// Resets the sandbox and takes the steps of the setup; gives what was said at the carrier.
    ///
    /// # Errors
    /// If a step does not bring what is to be kept of it.
    pub(crate) async fn set_up(&mut self) -> Result<Vec<Exchange>, String> {
        self.kept.clear();
        self.send(&self.control_url, line("POST /reset")?).await?;
        self.take(self.script.setup).await
    }

    /// Takes the steps of the tour.
    ///
    /// # Errors
    /// If a step does not bring what is to be kept of it.
    pub(crate) async fn tour(&mut self) -> Result<Vec<Exchange>, String> {
        self.take(self.script.tour).await
    }

    async fn take(&mut self, steps: &[Step]) -> Result<Vec<Exchange>, String> {
        let mut exchanges = Vec::new();
        for step in steps {
            let mut request = line(&self.filled(step.line, true))?;
            let control = request.path.strip_prefix("/control").map(str::to_owned);
            let form = !step.body.starts_with('{');
            let body = self.filled(step.body, form);
            if !body.is_empty() {
                let media = match form {
                    true => "application/x-www-form-urlencoded",
                    false => "application/json",
                };
                request
                    .headers
                    .push(("content-type".to_owned(), media.to_owned()));
                request.body = Body::read(&body, Some(media));
            }
            let url = if let Some(path) = &control {
                request.path.clone_from(path);
                &self.control_url
            } else {
                self.log_in(&mut request, step.login);
                &self.url
            };
            let exchange = self.send(url, request).await?;
            for (name, pointer) in step.keep {
                let value = self.kept_of(&exchange, pointer);
                let value = value.ok_or_else(|| {
                    let (status, body) = (exchange.response.status, &exchange.response.body);
                    format!("{}: no {pointer} in {status} {body:?}", step.line)
                })?;
                self.kept.insert((*name).to_owned(), value);
            }
            if control.is_none() {
                exchanges.push(exchange);
            }
        }
        Ok(exchanges)
    }

    fn kept_of(&self, exchange: &Exchange, pointer: &str) -> Option<String> {
        let Body::Json(json) = &exchange.response.body else {
            return None;
        };
        match json.pointer(pointer)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// Sends what a fixture sends, in the fake's own words.
    ///
    /// # Errors
    /// If no answer comes.
    pub(crate) async fn replay(&self, fixture: &Request) -> Result<Exchange, String> {
        let mut request = Request {
            path: self.swapped(&fixture.path, true),
            body: match &fixture.body {
                Body::None => Body::None,
                Body::Text(text) => Body::Text(self.swapped(text, true)),
                Body::Json(json) => {
                    let text = self.swapped(&json.to_string(), false);
                    Body::read(&text, Some("application/json"))
                }
            },
            ..fixture.clone()
        };
        for (_, value) in &mut request.query {
            *value = self.swapped(value, false);
        }
        self.log_in(&mut request, None);
        if matches!(request.body, Body::Json(_)) && media_type(&request.headers).is_none() {
            let json = "application/json".to_owned();
            request.headers.push(("content-type".to_owned(), json));
        }
        self.send(&self.url, request).await
    }

    fn log_in(&self, request: &mut Request, login: Option<Login>) {
        let (name, value) = match login.unwrap_or(self.script.login) {
            Login::Basic(user, password) => {
                let pair = self.filled(&format!("{user}:{password}"), false);
                (
                    "authorization",
                    format!("Basic {}", BASE64_STANDARD.encode(pair)),
                )
            }
            Login::Header(name, value) => (name, self.filled(value, false)),
        };
        request.headers.retain(|(header, _)| {
            !["authorization", "x-auth-token"].contains(&header.to_lowercase().as_str())
        });
        request.headers.push((name.to_owned(), value));
    }

    /// A text with every `<name>` replaced, encoded or not.
    fn filled(&self, text: &str, encode: bool) -> String {
        let mut filled = text.to_owned();
        for (name, value) in &self.kept {
            let value = if encode {
                encoded(value)
            } else {
                value.clone()
            };
            filled = filled.replace(&format!("<{name}>"), &value);
        }
        filled
    }

    fn swapped(&self, text: &str, encode: bool) -> String {
        let mut swapped = text.to_owned();
        for (literal, template) in self.script.swaps {
            let value = self.filled(template, false);
            swapped = match encode {
                true => swapped.replace(&encoded(literal), &encoded(&value)),
                false => swapped.replace(literal, &value),
            };
        }
        swapped
    }

    async fn send(&self, url: &str, request: Request) -> Result<Exchange, String> {
        let address = url.trim_start_matches("http://");
        let bytes = wire(address, &request);
        let sent = tokio::time::timeout(PATIENCE, exchange_bytes(address, &bytes));
        let answer = match sent.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(format!("{address}: {error}")),
            Err(_) => return Err(format!("{address} does not answer")),
        };
        let response = read_response(&answer)
            .ok_or_else(|| format!("{address} does not speak HTTP: {answer:?}"))?;
        Ok(Exchange { request, response })
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
        .to_string()
        .replace("%2D", "-")
        .replace("%5F", "_")
        .replace("%2E", ".")
}

/// A request without a body from its line.
fn line(line: &str) -> Result<Request, String> {
    let (method, target) = line
        .split_once(' ')
        .ok_or_else(|| format!("{line:?} is no request line"))?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Ok(Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        headers: Vec::new(),
        body: Body::None,
    })
}

fn wire(address: &str, request: &Request) -> String {
    let body = match &request.body {
        Body::None => String::new(),
        Body::Json(json) => json.to_string(),
        Body::Text(text) => text.clone(),
    };
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&request.query)
        .finish();
    let mark = if query.is_empty() { "" } else { "?" };
    let mut text = format!(
        "{} {}{mark}{query} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n",
        request.method,
        request.path,
        body.len()
    );
    for (name, value) in &request.headers {
        text += &format!("{name}: {value}\r\n");
    }
    text + "\r\n" + &body
}

async fn exchange_bytes(address: &str, request: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn read_response(answer: &str) -> Option<Response> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let body = Body::read(body, media_type(&headers));
    Some(Response {
        status,
        headers,
        body,
    })
}
