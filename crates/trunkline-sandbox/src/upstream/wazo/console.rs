//! What a person does in the administration of a stack, as requests to confd.

use http::{HeaderName, Method};
use serde_json::json;

use super::Wazo;
use crate::console::{ConsoleError, Step};
use crate::credentials::WAZO_TENANT_UUID;
use crate::exchange::Request;
use crate::provider::ProviderKind;

const JSON: &str = "application/json";

impl Wazo {
    pub(super) fn console_step(
        &self,
        number: &str,
        step: Step<'_>,
    ) -> Result<Request, ConsoleError> {
        if matches!(step, Step::Buy) {
            let body = json!({ "number": number }).to_string();
            return Ok(self
                .console_request(Method::POST, WAZO_TENANT_UUID, "")
                .with_body(JSON, body));
        }
        let (tenant, below) = {
            let state = self.lock();
            let mut rows = state.directory.oldest_first().into_iter();
            let row = rows.find(|row| row.number == number);
            let row = row.ok_or(ConsoleError::NotHeld)?;
            (row.tenant, format!("/{}", row.uuid))
        };
        let request = |method| self.console_request(method, tenant, &below);
        match step {
            Step::Change(change) => {
                change.only(ProviderKind::Wazo, &["label"])?;
                let body = json!({ "caller_id_name": change.label }).to_string();
                Ok(request(Method::PUT).with_body(JSON, body))
            }
            Step::Release => Ok(request(Method::DELETE)),
            Step::Show | Step::Buy => Ok(request(Method::GET)),
        }
    }

    fn console_request(&self, method: Method, tenant: &'static str, below: &str) -> Request {
        Request::internal(method, &format!("/api/confd/1.1/phone-numbers{below}"))
            .with_header(
                HeaderName::from_static("x-auth-token"),
                self.console_token(tenant),
            )
            .with_header(HeaderName::from_static("wazo-tenant"), tenant)
    }
}
