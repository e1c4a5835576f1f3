//! What a person does in SignalWire's dashboard, as requests to the REST API.

use http::Method;
use serde_json::{Map, json};

use super::state::SignalWire;
use crate::carrier::Console;
use crate::console::{ConsoleError, Step};
use crate::credentials::{SIGNALWIRE_API_TOKEN, SIGNALWIRE_PROJECT_ID};
use crate::exchange::Request;

impl Console for SignalWire {
    fn console(&self, number: &str, step: Step<'_>) -> Result<Request, ConsoleError> {
        if matches!(step, Step::Buy) {
            let request = request(Method::POST, SIGNALWIRE_PROJECT_ID, "");
            return Ok(request.with_json(&json!({ "number": number })));
        }
        let state = self.lock();
        let mut all = state.numbers.all();
        let held = all.find(|owned| owned.number.number == number);
        let held = held.ok_or(ConsoleError::NotHeld)?;
        let below = format!("/{}", held.id);
        let request = request(step.method(Method::PUT), held.project.id, &below);
        let Step::Change(change) = step else {
            return Ok(request);
        };
        let mut body = Map::new();
        if let Some(label) = &change.label {
            body.insert("name".to_owned(), label.as_str().into());
        }
        if let Some(address) = change.web_address()? {
            body.insert("call_handler".to_owned(), "laml_webhooks".into());
            body.insert("call_request_url".to_owned(), address.into());
        }
        Ok(request.with_json(&body))
    }
}

fn request(method: Method, project: &str, below: &str) -> Request {
    let path = format!("/api/relay/rest/phone_numbers{below}");
    Request::internal(method, &path).with_basic(project, SIGNALWIRE_API_TOKEN)
}
