//! What a person does in SignalWire's dashboard, as requests to the REST API.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Method, header};
use serde_json::{Map, Value, json};

use super::SignalWire;
use crate::console::{ConsoleChange, ConsoleError, Step};
use crate::credentials::{SIGNALWIRE_API_TOKEN, SIGNALWIRE_PROJECT_ID};
use crate::exchange::Request;
use crate::provider::ProviderKind;

const JSON: &str = "application/json";

impl SignalWire {
    pub(super) fn console_step(
        &self,
        number: &str,
        step: Step<'_>,
    ) -> Result<Request, ConsoleError> {
        if matches!(step, Step::Buy) {
            let body = json!({ "number": number }).to_string();
            return Ok(request(Method::POST, SIGNALWIRE_PROJECT_ID, "").with_body(JSON, body));
        }
        let state = self.lock();
        let mut all = state.numbers.all();
        let held = all.find(|owned| owned.number.number == number);
        let held = held.ok_or(ConsoleError::NotHeld)?;
        let request = |method| request(method, held.project, &format!("/{}", held.id));
        match step {
            Step::Change(change) => Ok(request(Method::PUT).with_body(JSON, changes(change)?)),
            Step::Release => Ok(request(Method::DELETE)),
            Step::Show | Step::Buy => Ok(request(Method::GET)),
        }
    }
}

fn changes(change: &ConsoleChange) -> Result<String, ConsoleError> {
    change.only(ProviderKind::SignalWire, &["label", "routing", "price"])?;
    let mut body = Map::new();
    if let Some(label) = &change.label {
        body.insert("name".to_owned(), label.as_str().into());
    }
    if let Some(address) = change.web_address()? {
        body.insert("call_handler".to_owned(), "laml_webhooks".into());
        body.insert("call_request_url".to_owned(), address.into());
    }
    Ok(Value::Object(body).to_string())
}

fn request(method: Method, project: &str, below: &str) -> Request {
    let login = STANDARD.encode(format!("{project}:{SIGNALWIRE_API_TOKEN}"));
    Request::internal(method, &format!("/api/relay/rest/phone_numbers{below}"))
        .with_header(header::AUTHORIZATION, format!("Basic {login}"))
}
