//! A client that speaks to the sandbox's Wazo.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use trunkline_sandbox::credentials::{WAZO_PASSWORD, WAZO_USERNAME};
use trunkline_sandbox::{Fault, FaultPlan, Ledger, ProviderKind};

use crate::support::{Read, World, read};

/// The kind that these tests are about.
pub(crate) const WAZO: ProviderKind = ProviderKind::Wazo;

/// A uuid that nothing has.
pub(crate) const NOBODY: &str = "11111111-1111-4111-8111-111111111111";

/// A sandbox and a login.
pub(crate) struct Stack {
    pub(crate) world: World,
    pub(crate) token: String,
}

impl Stack {
    pub(crate) async fn start() -> Self {
        let mut stack = Self {
            world: World::start().await,
            token: String::new(),
        };
        stack.token = stack.login(WAZO_USERNAME).await;
        stack
    }

    /// The same sandbox as another login sees it.
    pub(crate) async fn seen_by(self, name: &str) -> Self {
        let token = self.login(name).await;
        Self {
            world: self.world,
            token,
        }
    }

    pub(crate) fn auth_url(&self, path: &str) -> String {
        format!("{}/api/auth/0.1/{path}", self.world.sandbox.url(WAZO))
    }

    pub(crate) fn confd_url(&self, path: &str) -> String {
        format!("{}/api/confd/1.1/{path}", self.world.sandbox.url(WAZO))
    }

    /// Asks for a token; the answer may be a refusal.
    pub(crate) async fn ask_for_token(&self, name: &str, body: &Value) -> Read {
        let request = self
            .world
            .http
            .post(self.auth_url("token"))
            .basic_auth(name, Some(WAZO_PASSWORD))
            .json(body);
        read(request.send().await.unwrap()).await
    }

    pub(crate) async fn login(&self, name: &str) -> String {
        let answer = self.ask_for_token(name, &json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json["data"]["token"].as_str().unwrap().to_owned()
    }

    /// A request to confd with the token.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.world
            .http
            .request(method, self.confd_url(path))
            .header("X-Auth-Token", &self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Read {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Read {
        send(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Read {
        send(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Read {
        send(self.request(Method::PUT, path).json(body)).await
    }

    /// Registers a number, which must work, and returns its uuid.
    pub(crate) async fn register(&self, body: &Value) -> String {
        let answer = self.post("phone-numbers", body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.text_of("uuid")
    }

    /// Registers numbers with nothing set and returns their uuids.
    pub(crate) async fn register_all(&self, numbers: &[&str]) -> Vec<String> {
        let mut uuids = Vec::new();
        for number in numbers {
            uuids.push(self.register(&json!({ "number": number })).await);
        }
        uuids
    }

    /// The numbers of a list, which must work.
    pub(crate) async fn numbers(&self, query: &str) -> Vec<String> {
        let list = self.get(&format!("phone-numbers{query}")).await;
        assert_eq!(list.status, 200, "{query}: {}", list.text);
        crate::support::rows(&list, "items", "number")
    }

    pub(crate) fn ledger(&self) -> Ledger {
        self.world.sandbox.ledger(WAZO)
    }

    /// The next request of an operation meets with this.
    pub(crate) fn strike_once(&self, operation: &str, fault: Fault) {
        let plan = FaultPlan::once(WAZO, operation, fault);
        self.world.sandbox.inject(plan).unwrap();
    }
}

/// Sends a request and reads the answer.
pub(crate) async fn send(request: RequestBuilder) -> Read {
    read(request.send().await.unwrap()).await
}

/// Status and texts of a refusal by confd.
pub(crate) fn refusal(answer: &Read) -> (u16, Vec<&str>) {
    let texts = answer
        .json
        .as_array()
        .unwrap_or_else(|| panic!("{}", answer.text));
    let texts = texts.iter().map(|text| text.as_str().unwrap()).collect();
    (answer.status.as_u16(), texts)
}
