//! A sandbox and a client that speaks to its SignalWire.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use trunkline_sandbox::credentials::{SIGNALWIRE_API_TOKEN, SIGNALWIRE_PROJECT_ID};
use trunkline_sandbox::{Fault, FaultPlan, Ledger, ProviderKind, Sandbox};

use crate::support::{Read, client, read};

/// The kind that these tests are about.
pub(crate) const SIGNALWIRE: ProviderKind = ProviderKind::SignalWire;

/// Long enough for every number to be released, on trial too.
pub(crate) const LONG: Duration = Duration::from_secs(31 * 86_400);

/// A sandbox of one's own, and who one is there.
pub(crate) struct Space {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: Client,
    pub(crate) project: &'static str,
    pub(crate) token: &'static str,
}

impl Space {
    pub(crate) async fn start() -> Self {
        Self {
            sandbox: Sandbox::start_default().await.unwrap(),
            http: client(),
            project: SIGNALWIRE_PROJECT_ID,
            token: SIGNALWIRE_API_TOKEN,
        }
    }

    /// The same for another project.
    pub(crate) async fn of(project: &'static str) -> Self {
        Self {
            project,
            ..Self::start().await
        }
    }

    /// The same sandbox as another project sees it, for one request.
    pub(crate) async fn get_as(&self, project: &str, token: &str, path: &str) -> Read {
        let url = self.url(path);
        let request = self.http.get(url).basic_auth(project, Some(token));
        read(request.send().await.unwrap()).await
    }

    /// The address of a resource of the REST API, or of a path that begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        let base = self.sandbox.url(SIGNALWIRE);
        if path.starts_with('/') {
            format!("{base}{path}")
        } else {
            format!("{base}/api/relay/rest/{path}")
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, self.url(path))
            .basic_auth(self.project, Some(self.token))
    }

    pub(crate) async fn get(&self, path: &str) -> Read {
        read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Read {
        read(self.request(Method::DELETE, path).send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Read {
        let request = self.request(Method::POST, path).json(body);
        read(request.send().await.unwrap()).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Read {
        let request = self.request(Method::PUT, path).json(body);
        read(request.send().await.unwrap()).await
    }

    /// A request without a body.
    pub(crate) async fn bare(&self, method: Method, path: &str) -> Read {
        read(self.request(method, path).send().await.unwrap()).await
    }

    /// A form, as the compatibility API takes it, to a path below the project.
    pub(crate) async fn form(&self, path: &str, form: &[(&str, &str)]) -> Read {
        let request = self.request(Method::POST, &self.laml(path)).form(form);
        read(request.send().await.unwrap()).await
    }

    /// A path of the compatibility API below the project.
    pub(crate) fn laml(&self, path: &str) -> String {
        format!("/api/laml/2010-04-01/Accounts/{}/{path}", self.project)
    }

    /// The numbers that a search finds.
    pub(crate) async fn search(&self, query: &str) -> Vec<String> {
        let found = self.get(&format!("phone_numbers/search?{query}")).await;
        assert_eq!(found.status, 200, "{}", found.text);
        let member = if found.json["data"][0]["number"].is_string() {
            "number"
        } else {
            "e164"
        };
        column(&found, member)
    }

    /// Buys a number, which must work.
    pub(crate) async fn buy(&self, number: &str) -> Read {
        let bought = self
            .post("phone_numbers", &json!({ "number": number }))
            .await;
        assert_eq!(bought.status, 200, "{}", bought.text);
        bought
    }

    /// Buys the first numbers of 415; returns their ids.
    pub(crate) async fn buy_some(&self, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        let query = format!("areacode=415&max_results={count}");
        for number in self.search(&query).await {
            ids.push(self.buy(&number).await.text_of("id"));
        }
        ids
    }

    pub(crate) fn ledger(&self) -> Ledger {
        self.sandbox.ledger(SIGNALWIRE)
    }

    /// The next request of an operation meets with this.
    pub(crate) fn strike_once(&self, operation: &str, fault: Fault) {
        self.sandbox
            .inject(FaultPlan::once(SIGNALWIRE, operation, fault))
            .unwrap();
    }
}

/// One member of every row of a list.
pub(crate) fn column(answer: &Read, member: &str) -> Vec<String> {
    crate::support::rows(answer, "data", member)
}

/// Status and codes of a refusal.
pub(crate) fn refused(answer: &Read) -> (u16, Vec<&str>) {
    let errors = answer.json["errors"].as_array();
    let codes = errors.into_iter().flatten().map(|error| {
        assert_eq!(error["status"], "422", "{}", answer.text);
        assert_eq!(error["title"], "Invalid Attribute", "{}", answer.text);
        error["code"].as_str().unwrap()
    });
    (answer.status.as_u16(), codes.collect())
}

/// Status and words of a plain refusal.
pub(crate) fn plain(answer: &Read) -> (u16, &str) {
    let words = answer.json["error"].as_str();
    (answer.status.as_u16(), words.unwrap_or_default())
}
