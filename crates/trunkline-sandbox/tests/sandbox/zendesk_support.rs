//! A client that speaks to the sandbox's Zendesk.

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_sandbox::credentials::ZENDESK_ACCESS_TOKEN;
use trunkline_sandbox::{Fault, FaultPlan, Ledger, Options, ProviderKind, Sandbox};

use crate::support::{Read, World, client, read};

/// The kind that these tests are about.
pub(crate) const ZENDESK: ProviderKind = ProviderKind::Zendesk;

/// Where the numbers are.
pub(crate) const NUMBERS: &str = "phone_numbers";

/// A sandbox of one's own, seen by one user of Zendesk.
pub(crate) struct Desk {
    pub(crate) world: World,
    token: String,
}

impl Desk {
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::free_ports()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        Self {
            world: World {
                sandbox: Sandbox::start(options).await.unwrap(),
                http: client(),
            },
            token: ZENDESK_ACCESS_TOKEN.to_owned(),
        }
    }

    /// The same sandbox, seen with another bearer token.
    pub(crate) fn seen_by(mut self, token: &str) -> Self {
        token.clone_into(&mut self.token);
        self
    }

    pub(crate) fn base(&self) -> &str {
        self.world.sandbox.url(ZENDESK)
    }

    /// The address of something in Talk.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/api/v2/channels/voice/{path}", self.base())
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.world
            .http
            .request(method, self.url(path))
            .bearer_auth(&self.token)
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Read {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        read(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Read {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Read {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Read {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Read {
        self.send(Method::DELETE, path, None).await
    }

    /// Asks an absolute address, as it stands in a link.
    pub(crate) async fn follow(&self, link: &str) -> Read {
        let request = self.world.http.get(link).bearer_auth(&self.token);
        read(request.send().await.unwrap()).await
    }

    /// Sends a body to the token endpoint, or another path outside Talk.
    pub(crate) async fn authorize(&self, body: Value) -> Read {
        let url = format!("{}/oauth/tokens", self.base());
        read(self.world.http.post(url).json(&body).send().await.unwrap()).await
    }

    /// The rows that a search finds.
    pub(crate) async fn search(&self, query: &str) -> Vec<Value> {
        let found = self.get(&format!("phone_numbers/search?{query}")).await;
        assert_eq!(found.status, 200, "{}", found.text);
        rows(&found, NUMBERS)
    }

    /// The first row that a search finds.
    pub(crate) async fn one(&self, query: &str) -> Value {
        self.search(query).await.remove(0)
    }

    /// Buys with a token and whatever else is in the body.
    pub(crate) async fn buy_with(&self, row: &Value, address_sid: Option<&str>) -> Read {
        let mut body = json!({ "phone_number": { "token": row["token"] } });
        if let Some(sid) = address_sid {
            body["address_sid"] = sid.into();
        }
        self.post(NUMBERS, body).await
    }

    /// Buys the first numbers of 415, which must work; returns their documents.
    pub(crate) async fn buy_some(&self, count: usize) -> Vec<Value> {
        let mut bought = Vec::new();
        let found = self.search("country=US&area_code=415").await;
        for row in found.iter().take(count) {
            let answer = self.buy_with(row, None).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            bought.push(answer.json["phone_number"].clone());
        }
        bought
    }

    pub(crate) fn ledger(&self) -> Ledger {
        self.world.sandbox.ledger(ZENDESK)
    }

    pub(crate) fn strike_once(&self, operation: &str, fault: Fault) {
        self.world
            .sandbox
            .inject(FaultPlan::once(ZENDESK, operation, fault))
            .unwrap();
    }
}

/// The rows of a list.
pub(crate) fn rows(answer: &Read, collection: &str) -> Vec<Value> {
    let rows = answer.json[collection].as_array();
    rows.unwrap_or_else(|| panic!("{}", answer.text)).clone()
}

/// The id in a document, as it stands in a path.
pub(crate) fn path_of(number: &Value) -> String {
    format!("{NUMBERS}/{}", number["id"].as_u64().unwrap())
}

/// Status, field at fault and what is wrong with it, of a record that is refused.
pub(crate) fn flaw(answer: &Read) -> (u16, String, String) {
    let details = answer.json["details"].as_object();
    let details = details.unwrap_or_else(|| panic!("{}", answer.text));
    let (field, flaws) = details.iter().next().unwrap();
    assert_eq!(answer.json["error"], "RecordInvalid");
    let description = flaws[0]["description"].as_str().unwrap();
    (
        answer.status.as_u16(),
        field.clone(),
        description.to_owned(),
    )
}
