//! A sandbox and a client that speaks to its Twilio.

use std::sync::Once;

use reqwest::{Client, Method, Response, StatusCode};
use serde_json::Value;
use trunkline_sandbox::credentials::{TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN};
use trunkline_sandbox::{Fault, FaultPlan, Ledger, Options, ProviderKind, Sandbox};

/// The kind that these tests are about.
pub(crate) const TWILIO: ProviderKind = ProviderKind::Twilio;

/// A sandbox of one's own.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: Client,
}

/// An answer read to its end.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Read {
    /// Status and code of an error.
    pub(crate) fn error(&self) -> (u16, u64) {
        (
            self.status.as_u16(),
            self.json["code"].as_u64().unwrap_or_default(),
        )
    }

    /// A text member of the answer.
    pub(crate) fn text_of(&self, member: &str) -> String {
        self.json[member]
            .as_str()
            .unwrap_or_else(|| panic!("{member} in {}", self.text))
            .to_owned()
    }

    /// A header, empty if it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}

/// An HTTP client without TLS to speak of.
pub(crate) fn client() -> Client {
    static TLS: Once = Once::new();
    TLS.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    Client::builder().build().unwrap()
}

/// Reads an answer to its end.
pub(crate) async fn read(response: Response) -> Read {
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    let json = serde_json::from_str(&text).unwrap_or_default();
    Read {
        status,
        headers,
        text,
        json,
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        Self {
            sandbox: Sandbox::start_default().await.unwrap(),
            http: client(),
        }
    }

    /// A sandbox whose Twilio refuses long names.
    pub(crate) async fn strict() -> Self {
        let options = Options {
            twilio_refuses_long_names: true,
            ..Options::free_ports()
        };
        Self {
            sandbox: Sandbox::start(options).await.unwrap(),
            http: client(),
        }
    }

    /// The address of a resource of the account, `.json` included.
    pub(crate) fn url(&self, path: &str) -> String {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mark = if query.is_empty() { "" } else { "?" };
        let base = self.sandbox.url(TWILIO);
        format!("{base}/2010-04-01/Accounts/{TWILIO_ACCOUNT_SID}/{path}.json{mark}{query}")
    }

    /// Follows a link as it stands in an envelope.
    pub(crate) async fn follow(&self, uri: &str) -> Read {
        let url = format!("{}{uri}", self.sandbox.url(TWILIO));
        read(self.request(Method::GET, &url).send().await.unwrap()).await
    }

    pub(crate) fn request(&self, method: Method, url: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, url)
            .basic_auth(TWILIO_ACCOUNT_SID, Some(TWILIO_AUTH_TOKEN))
    }

    pub(crate) async fn get(&self, path: &str) -> Read {
        read(
            self.request(Method::GET, &self.url(path))
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn delete(&self, path: &str) -> Read {
        read(
            self.request(Method::DELETE, &self.url(path))
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// Posts a form.
    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Read {
        read(self.try_post(path, form).await.unwrap()).await
    }

    pub(crate) async fn try_post(
        &self,
        path: &str,
        form: &[(&str, &str)],
    ) -> reqwest::Result<Response> {
        self.request(Method::POST, &self.url(path))
            .form(form)
            .send()
            .await
    }

    /// The numbers that a search finds.
    pub(crate) async fn search(&self, path: &str) -> Vec<String> {
        let found = self.get(&format!("AvailablePhoneNumbers/{path}")).await;
        assert_eq!(found.status, 200, "{}", found.text);
        rows(&found, "available_phone_numbers", "phone_number")
    }

    /// The first number that a search finds.
    pub(crate) async fn one(&self, path: &str) -> String {
        self.search(path).await.into_iter().next().unwrap()
    }

    /// Buys a number, which must work.
    pub(crate) async fn buy(&self, number: &str) -> Read {
        let bought = self
            .post("IncomingPhoneNumbers", &[("PhoneNumber", number)])
            .await;
        assert_eq!(bought.status, 201, "{}", bought.text);
        bought
    }

    /// Buys the first numbers of 415; returns their SIDs.
    pub(crate) async fn buy_some(&self, count: usize) -> Vec<String> {
        let mut sids = Vec::new();
        for number in self
            .search(&format!("US/Local?AreaCode=415&PageSize={count}"))
            .await
        {
            sids.push(self.buy(&number).await.text_of("sid"));
        }
        sids
    }

    pub(crate) fn ledger(&self) -> Ledger {
        self.sandbox.ledger(TWILIO)
    }

    /// The next request of an operation meets with this.
    pub(crate) fn strike_once(&self, operation: &str, fault: Fault) {
        self.sandbox
            .inject(FaultPlan::once(TWILIO, operation, fault))
            .unwrap();
    }

    /// Sends JSON to the control port.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Option<Value>) -> Read {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.sandbox.control_url()));
        if let Some(body) = body {
            request = request.json(&body);
        }
        read(request.send().await.unwrap()).await
    }
}

/// One member of every row of a list.
pub(crate) fn rows(answer: &Read, collection: &str, member: &str) -> Vec<String> {
    let rows = answer.json[collection]
        .as_array()
        .unwrap_or_else(|| panic!("{}", answer.text));
    rows.iter()
        .map(|row| row[member].as_str().unwrap().to_owned())
        .collect()
}
