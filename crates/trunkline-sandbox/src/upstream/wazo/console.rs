//! What a person does in the administration of a stack, as requests to confd.

use http::{HeaderName, Method};
use serde_json::json;

use super::state::Wazo;
use crate::carrier::Console;
use crate::console::{ConsoleError, Step};
use crate::credentials::WAZO_TENANT_UUID;
use crate::exchange::Request;

impl Console for Wazo {
    fn console(&self, number: &str, step: Step<'_>) -> Result<Request, ConsoleError> {
        if matches!(step, Step::Buy) {
            let request = self.console_request(Method::POST, WAZO_TENANT_UUID, "");
            return Ok(request.with_json(&json!({ "number": number })));
        }
        let held = {
            let state = self.lock();
            let mut rows = state.directory.oldest_first().into_iter();
            rows.find(|row| row.number == number).cloned()
        };
        let row = held.ok_or(ConsoleError::NotHeld)?;
        let below = format!("/{}", row.uuid);
        let request = self.console_request(step.method(Method::PUT), row.tenant, &below);
        let Step::Change(change) = step else {
            return Ok(request);
        };
        Ok(request.with_json(&json!({ "caller_id_name": change.label })))
    }
}

impl Wazo {
    fn console_request(&self, method: Method, tenant: &'static str, below: &str) -> Request {
        let name = HeaderName::from_static;
        Request::internal(method, &format!("/api/confd/1.1/phone-numbers{below}"))
            .with_header(name("x-auth-token"), self.console_token(tenant))
            .with_header(name("wazo-tenant"), tenant)
    }
}
