//! A sandbox and a client that speaks to its Webex.

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use trunkline_sandbox::credentials::{WEBEX_ACCESS_TOKEN, WEBEX_LOCATION_ID};
use trunkline_sandbox::{Ledger, Options, ProviderKind, Sandbox};

use crate::support::{Read, World, client, read};

/// The kind that these tests are about.
pub(crate) const WEBEX: ProviderKind = ProviderKind::Webex;
/// The list of numbers.
pub(crate) const NUMBERS: &str = "telephony/config/numbers";
/// The jobs.
pub(crate) const JOBS: &str = "telephony/config/jobs/numbers/manageNumbers";

/// An organization to play with.
pub(crate) struct Org {
    pub(crate) world: World,
}

/// Numbers of nobody, so many of them from `first` on.
pub(crate) fn fictional(first: u32, count: u32) -> Vec<String> {
    (first..first + count)
        .map(|line| format!("+1415555{line:04}"))
        .collect()
}

/// Status and the code that counts of a refusal.
pub(crate) fn refusal(answer: &Read) -> (u16, u64) {
    let code = answer.json["errors"][0]["errorCode"].as_u64();
    (answer.status.as_u16(), code.unwrap_or_default())
}

/// The names of the members.
pub(crate) fn keys(value: &Value) -> BTreeSet<&str> {
    let members = value.as_object().unwrap_or_else(|| panic!("{value}"));
    members.keys().map(String::as_str).collect()
}

/// The path of the numbers of a location.
pub(crate) fn numbers_of(location: &str) -> String {
    format!("telephony/config/locations/{location}/numbers")
}

impl Org {
    pub(crate) async fn start() -> Self {
        Self::with(Options::free_ports()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let world = World {
            sandbox,
            http: client(),
        };
        Self { world }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/v1/{path}", self.world.sandbox.url(WEBEX))
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.world
            .http
            .request(method, self.url(path))
            .bearer_auth(WEBEX_ACCESS_TOKEN)
    }

    pub(crate) async fn get(&self, path: &str) -> Read {
        read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> Read {
        let request = self.request(method, path).json(&body);
        read(request.send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Read {
        self.send(Method::POST, path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Read {
        self.send(Method::PUT, path, body).await
    }

    /// Adds numbers to San Francisco.
    pub(crate) async fn add(&self, numbers: &[String]) -> Read {
        let body = json!({ "phoneNumbers": numbers, "state": "ACTIVE" });
        self.post(&numbers_of(WEBEX_LOCATION_ID), body).await
    }

    /// Removes numbers from a location.
    pub(crate) async fn remove(&self, location: &str, numbers: &[String]) -> Read {
        let body = json!({ "phoneNumbers": numbers });
        self.send(Method::DELETE, &numbers_of(location), body).await
    }

    /// The rows that a query finds.
    pub(crate) async fn rows(&self, query: &str) -> Vec<Value> {
        let found = self.get(&format!("{NUMBERS}?{query}")).await;
        assert_eq!(found.status, 200, "{}", found.text);
        found.json["phoneNumbers"].as_array().unwrap().clone()
    }

    /// The row of a number, null if there is none.
    pub(crate) async fn row(&self, number: &str) -> Value {
        let digits = number.trim_start_matches('+');
        let mut rows = self.rows(&format!("phoneNumber=%2B{digits}")).await;
        rows.pop().unwrap_or_default()
    }

    /// An active unassigned number of a location that is not its main number.
    pub(crate) async fn free(&self, location: &str) -> String {
        let query = format!("available=true&state=ACTIVE&locationId={location}");
        let rows = self.rows(&query).await;
        let plain = |row: &&Value| row["mainNumber"] == false && row["isReservedNumber"].is_null();
        text(rows.iter().find(plain).unwrap(), "phoneNumber")
    }

    /// The main number of a location.
    pub(crate) async fn main(&self, location: &str) -> Value {
        let path = format!("telephony/config/locations/{location}");
        self.get(&path).await.json["callingLineId"]["phoneNumber"].clone()
    }

    pub(crate) fn ledger(&self) -> Ledger {
        self.world.sandbox.ledger(WEBEX)
    }

    pub(crate) fn owns(&self, number: &str) -> bool {
        let owned = self.ledger().owned;
        owned.iter().any(|entry| entry.number == number)
    }
}

/// A text member.
pub(crate) fn text(value: &Value, member: &str) -> String {
    value[member]
        .as_str()
        .unwrap_or_else(|| panic!("{member} in {value}"))
        .to_owned()
}
