//! All carriers of one sandbox, asked for the same things, each in its own words.

use reqwest::{Client, Method};
use serde_json::{Value, json};
use trunkline_sandbox::credentials::{
    SIGNALWIRE_API_TOKEN, SIGNALWIRE_PROJECT_ID, TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN,
    WAZO_PASSWORD, WAZO_USERNAME, WEBEX_ACCESS_TOKEN, WEBEX_LOCATION_ID, ZENDESK_ACCESS_TOKEN,
};
use trunkline_sandbox::{Fault, FaultPlan, Options, ProviderKind, Sandbox};

use crate::support::{Read, client, read};

/// The carriers that sell numbers.
pub(crate) const SHOPS: [ProviderKind; 3] = [
    ProviderKind::Twilio,
    ProviderKind::SignalWire,
    ProviderKind::Zendesk,
];

pub(crate) struct Everywhere {
    pub(crate) sandbox: Sandbox,
    http: Client,
    wazo_token: String,
}

impl Everywhere {
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::free_ports()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        let mut all = Self {
            sandbox: Sandbox::start(options).await.unwrap(),
            http: client(),
            wazo_token: String::new(),
        };
        let token = all.wazo_login().await;
        all.wazo_token = token.json["data"]["token"].as_str().unwrap().to_owned();
        all
    }

    pub(crate) async fn wazo_login(&self) -> Read {
        let url = format!(
            "{}/api/auth/0.1/token",
            self.sandbox.url(ProviderKind::Wazo)
        );
        let request = self.http.post(url);
        let request = request
            .basic_auth(WAZO_USERNAME, Some(WAZO_PASSWORD))
            .json(&json!({}));
        read(request.send().await.unwrap()).await
    }

    /// Sends a request with the credentials of the first account: `GET /path`.
    pub(crate) async fn send(
        &self,
        kind: ProviderKind,
        line: &str,
        body: Option<Value>,
    ) -> reqwest::Result<Read> {
        let (method, path) = line.split_once(' ').unwrap();
        let method: Method = method.parse().unwrap();
        let url = format!("{}{path}", self.sandbox.url(kind));
        let request = self.http.request(method, url);
        let request = match kind {
            ProviderKind::Twilio => request.basic_auth(TWILIO_ACCOUNT_SID, Some(TWILIO_AUTH_TOKEN)),
            ProviderKind::SignalWire => {
                request.basic_auth(SIGNALWIRE_PROJECT_ID, Some(SIGNALWIRE_API_TOKEN))
            }
            ProviderKind::Zendesk => request.bearer_auth(ZENDESK_ACCESS_TOKEN),
            ProviderKind::Webex => request.bearer_auth(WEBEX_ACCESS_TOKEN),
            _ => request.header("X-Auth-Token", &self.wazo_token),
        };
        let request = match body {
            Some(body) if kind == ProviderKind::Twilio => request.form(&body),
            Some(body) => request.json(&body),
            None => request,
        };
        Ok(read(request.send().await?).await)
    }

    pub(crate) async fn get(&self, kind: ProviderKind, path: &str) -> Read {
        self.send(kind, &format!("GET {path}"), None).await.unwrap()
    }

    /// The list of the numbers that are held; of Webex's those of San Francisco that were added since the start.
    pub(crate) async fn list(&self, kind: ProviderKind, query: &str) -> Read {
        let mark = if query.is_empty() { "" } else { "?" };
        let path = format!("{}{mark}{query}", numbers(kind));
        self.get(kind, &path).await
    }

    /// The numbers in the list.
    pub(crate) async fn listed(&self, kind: ProviderKind) -> Vec<String> {
        let list = self.list(kind, "").await;
        assert_eq!(list.status, 200, "{kind}: {}", list.text);
        rows(kind, &list)
            .iter()
            .filter_map(|row| number_of(kind, row))
            .filter(|number| kind != ProviderKind::Webex || number.starts_with("+1415555"))
            .collect()
    }

    /// Numbers that can be bought or registered.
    pub(crate) async fn free(&self, kind: ProviderKind, count: usize) -> Vec<String> {
        let path = match kind {
            ProviderKind::Twilio => format!(
                "/2010-04-01/Accounts/{TWILIO_ACCOUNT_SID}/AvailablePhoneNumbers/US/Local.json?AreaCode=415"
            ),
            ProviderKind::SignalWire => {
                "/api/relay/rest/phone_numbers/search?areacode=415".to_owned()
            }
            ProviderKind::Zendesk => {
                "/api/v2/channels/voice/phone_numbers/search.json?country=US&area_code=415"
                    .to_owned()
            }
            _ => {
                return (0..count).map(|n| format!("+1415555{n:04}")).collect();
            }
        };
        let found = self.get(kind, &path).await;
        let rows = rows(kind, &found);
        let numbers = rows.iter().filter_map(|row| number_of(kind, row));
        numbers.take(count).collect()
    }

    /// Buys so many numbers in the console.
    pub(crate) async fn held(&self, kind: ProviderKind, count: usize) -> Vec<String> {
        let numbers = self.free(kind, count).await;
        for number in &numbers {
            self.sandbox.console_buy(kind, number).unwrap();
        }
        numbers
    }

    /// Buys or registers a number through the API; none if the connection closes without an answer.
    pub(crate) async fn try_buy(&self, kind: ProviderKind, number: &str) -> Option<Read> {
        let body = match kind {
            ProviderKind::Twilio => json!({ "PhoneNumber": number }),
            ProviderKind::SignalWire | ProviderKind::Wazo => json!({ "number": number }),
            ProviderKind::Webex => json!({ "phoneNumbers": [number], "state": "ACTIVE" }),
            _ => {
                let path =
                    "/api/v2/channels/voice/phone_numbers/search.json?country=US&area_code=415";
                let found = rows(kind, &self.get(kind, path).await);
                let row = found.iter().find(|row| row["number"] == number).unwrap();
                json!({ "phone_number": { "token": row["token"] } })
            }
        };
        let path = match kind {
            ProviderKind::Webex => {
                format!("/v1/telephony/config/locations/{WEBEX_LOCATION_ID}/numbers")
            }
            _ => numbers(kind).to_owned(),
        };
        self.send(kind, &format!("POST {path}"), Some(body))
            .await
            .ok()
    }

    /// The row of a number, found through the list.
    pub(crate) async fn row(&self, kind: ProviderKind, number: &str) -> Value {
        let list = self.list(kind, "").await;
        let found = rows(kind, &list)
            .into_iter()
            .find(|row| number_of(kind, row).as_deref() == Some(number));
        found.unwrap_or_default()
    }

    /// The answer to a question for one number by its id (Webex: by the number).
    pub(crate) async fn by_id(&self, kind: ProviderKind, id: &Value) -> Read {
        let text = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        let path = match kind {
            ProviderKind::Twilio => format!(
                "/2010-04-01/Accounts/{TWILIO_ACCOUNT_SID}/IncomingPhoneNumbers/{text}.json"
            ),
            ProviderKind::Webex => format!(
                "/v1/telephony/config/numbers?phoneNumber=%2B{}",
                text.trim_start_matches('+')
            ),
            _ => format!("{}/{text}", numbers(kind)),
        };
        self.get(kind, &path).await
    }

    pub(crate) fn strike(&self, kind: ProviderKind, operation: &str, fault: Fault) {
        self.sandbox
            .inject(FaultPlan::always(kind, operation, fault))
            .unwrap();
    }

    /// Sends JSON to the control port.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Option<Value>) -> Read {
        let url = format!("{}{path}", self.sandbox.control_url());
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        read(request.send().await.unwrap()).await
    }
}

/// The path of the list of numbers.
pub(crate) fn numbers(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Twilio => {
            "/2010-04-01/Accounts/AC00000000000000000000000000000000/IncomingPhoneNumbers.json"
        }
        ProviderKind::SignalWire => "/api/relay/rest/phone_numbers",
        ProviderKind::Zendesk => "/api/v2/channels/voice/phone_numbers",
        ProviderKind::Webex => "/v1/telephony/config/numbers",
        _ => "/api/confd/1.1/phone-numbers",
    }
}

/// The rows of a list, whatever it is called.
pub(crate) fn rows(kind: ProviderKind, list: &Read) -> Vec<Value> {
    let members = list
        .json
        .as_object()
        .unwrap_or_else(|| panic!("{kind}: {}", list.text));
    let rows = members.values().find_map(Value::as_array);
    rows.unwrap_or_else(|| panic!("{kind}: {}", list.text))
        .clone()
}

/// The number in a row.
pub(crate) fn number_of(kind: ProviderKind, row: &Value) -> Option<String> {
    let number = match kind {
        ProviderKind::Twilio => &row["phone_number"],
        ProviderKind::SignalWire if row["e164"].is_string() => &row["e164"],
        ProviderKind::SignalWire | ProviderKind::Zendesk | ProviderKind::Wazo => &row["number"],
        _ => &row["phoneNumber"],
    };
    number.as_str().map(str::to_owned)
}

/// The id in a row; at Webex the number.
pub(crate) fn id_of(kind: ProviderKind, row: &Value) -> Value {
    match kind {
        ProviderKind::Twilio => row["sid"].clone(),
        ProviderKind::SignalWire | ProviderKind::Zendesk => row["id"].clone(),
        ProviderKind::Webex => row["phoneNumber"].clone(),
        _ => row["uuid"].clone(),
    }
}
