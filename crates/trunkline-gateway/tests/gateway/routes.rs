//! Every route that the OpenAPI document has, against every kind of key: a new route can't be forgotten.

use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use trunkline_admin::{ApiKey, KeyScope};
use trunkline_admin::{KeyDraft, Manager};
use trunkline_core::host;
use trunkline_core::{Caller, Tenant};

use crate::Gateway;
use crate::keys::{draft, only};

/// Stands in what nobody but its tenant may read.
const CANARY: &str = "TellNobody";

/// An operation of the document.
pub(crate) struct Route {
    pub(crate) method: String,
    pub(crate) path: String,
    /// `None` if nothing is asked for, not even a key.
    pub(crate) scope: Option<Option<KeyScope>>,
    /// A key is asked for from elsewhere alone.
    local: bool,
}

pub(crate) fn routes() -> Vec<Route> {
    let document = serde_json::to_value(trunkline_gateway::document()).unwrap();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let security = operation["security"].as_array();
            let security = security.unwrap_or_else(|| panic!("{method} {path} says nothing"));
            let key = security.iter().find_map(|one| one["key"].as_array());
            let scope = key.map(|scopes| {
                let scope = scopes.first().and_then(Value::as_str);
                scope.map(|scope| scope.parse().unwrap())
            });
            routes.push(Route {
                method: method.to_ascii_uppercase(),
                path: path.clone(),
                scope,
                local: security.contains(&json!({})),
            });
        }
    }
    assert!(routes.len() > 30, "only {} routes", routes.len());
    routes
}

/// A gateway with things at one account that others must not see.
struct House {
    gateway: Gateway,
    number: Value,
    purchase: String,
    allocation: String,
    webhook: String,
    key: String,
}

impl House {
    async fn build() -> Self {
        let gateway = Gateway::with_all_carriers().await;
        let search = "/v1/available-numbers?country=US&area_code=415&limit=1&accounts=twilio";
        let found = gateway.get(search).await.json();
        let number = found["data"][0]["number"].clone();
        let body = json!({"account": "twilio", "number": number, "label": CANARY}).to_string();
        let bought = gateway.buy("first", &body).await;
        assert_eq!(bought.status, StatusCode::CREATED, "{}", bought.text);
        let bought = bought.json();
        let pool = json!({"criteria": {"country": "US", "area_code": "510", "accounts": ["twilio"]}, "count": 1, "label": CANARY});
        let once = [("idempotency-key", "pool")];
        let request = crate::request("POST", "/v1/allocations", &once, &pool.to_string());
        let pool = gateway.send(request).await.json();
        let hook = json!({"url": "https://hooks.example.com/in", "accounts": ["twilio"], "description": CANARY});
        let hook = hook.to_string();
        let hook = gateway.call("POST", "/v1/webhooks", &hook).await.json();
        let id = |made: &Value| {
            made["id"]
                .as_str()
                .unwrap_or_else(|| panic!("{made}"))
                .to_owned()
        };
        let name = KeyDraft {
            name: CANARY.to_owned(),
            ..draft()
        };
        let (key, _) = gateway.key(name).await;
        Self {
            number: bought["number"].clone(),
            purchase: bought["purchase"]["id"].as_str().unwrap().to_owned(),
            allocation: id(&pool),
            webhook: id(&hook),
            key: key.id.to_string(),
            gateway,
        }
    }

    /// The route's path about what others must not see.
    fn target(&self, route: &Route) -> String {
        let id = if route.path.starts_with("/v1/purchases") {
            self.purchase.clone()
        } else if route.path.starts_with("/v1/allocations") {
            self.allocation.clone()
        } else if route.path.starts_with("/v1/webhooks") {
            self.webhook.clone()
        } else if route.path.starts_with("/v1/keys") {
            self.key.clone()
        } else if route.path.starts_with("/v1/caller-ids") {
            "twilio:+14155550100".to_owned()
        } else {
            self.number["id"].as_str().unwrap().to_owned()
        };
        let path = route.path.replace("{account}", "twilio");
        let path = path.replace("{id}", &id);
        let path = path.replace("{number}", self.number["number"].as_str().unwrap());
        match (route.method.as_str(), path.as_str()) {
            ("GET", "/v1/available-numbers") => path + "?country=US",
            _ => path,
        }
    }

    /// A body that is right but for whose account it names.
    fn body(&self, route: &Route) -> String {
        let number = self.number["number"].as_str().unwrap();
        let body = match (route.method.as_str(), route.path.as_str()) {
            ("GET" | "DELETE", _) => return String::new(),
            (_, path) if path.ends_with("/restore") || path.ends_with("/resend") => {
                return String::new();
            }
            (_, "/v1/number-ranges") => {
                json!({"account": "twilio", "start_number": number, "end_number": number})
            }
            (_, path) if path.ends_with("/main-number") => json!({"number": number}),
            (_, path) if path.ends_with("/resolve") => {
                json!({"outcome": "failed", "reason": "looked"})
            }
            (_, path) if path.ends_with("/verify") => json!({"code": "123456"}),
            (_, path) if path.ends_with("/rotate") => json!({}),
            (_, "/v1/syncs") => json!({"accounts": ["twilio"]}),
            (_, "/v1/inventory") => json!({"select": {"account": "twilio"}, "add": ["mine"]}),
            (_, "/v1/allocations") => {
                json!({"criteria": {"country": "US", "accounts": ["twilio"]}, "count": 1})
            }
            (_, "/v1/webhooks") => {
                json!({"url": "https://hooks.example.com/in", "accounts": ["twilio"]})
            }
            (_, path) if path.ends_with("/redeliver") => json!({"since": "2026-01-01T00:00:00Z"}),
            ("PATCH", path) if path.starts_with("/v1/webhooks") => json!({"description": "mine"}),
            ("PATCH", _) => json!({"label": "mine"}),
            (_, "/v1/keys") => json!({"name": "a", "scopes": ["admin"], "accounts": ["twilio"]}),
            (_, "/v1/session") => json!({"key": "tl_wrong"}),
            _ => json!({"account": "twilio", "number": number}),
        };
        body.to_string()
    }
}

fn without(scope: KeyScope) -> KeyDraft {
    let others = KeyScope::ALL.into_iter().filter(|other| *other != scope);
    KeyDraft {
        scopes: others.collect(),
        ..draft()
    }
}

/// A key that was, and is no more.
async fn over(gateway: &Gateway, how: impl FnOnce(&mut ApiKey)) -> String {
    let (mut key, token) = gateway.key(draft()).await;
    key.version = 1;
    how(&mut key);
    assert!(gateway.services.admin.replace_api_key(&key).await.unwrap());
    token
}

#[tokio::test]
async fn every_route_needs_a_valid_key() {
    let house = House::build().await;
    let gateway = &house.gateway;
    let (key, revoked) = gateway.key(draft()).await;
    let caller = Caller::default();
    let manager = Manager {
        caller: &caller,
        everywhere: true,
    };
    gateway
        .services
        .access
        .revoke(manager, &key.id)
        .await
        .unwrap();
    let past = host::now() - SignedDuration::from_secs(1);
    let expired = over(gateway, |key| key.expires_at = Some(past)).await;
    let (_, good) = gateway.key(draft()).await;
    let mut altered = good.clone();
    let last = if altered.pop() == Some('A') { 'B' } else { 'A' };
    altered.push(last);
    for route in routes() {
        let (target, body) = (house.target(&route), house.body(&route));
        let call = (route.method.as_str(), target.as_str(), body.as_str());
        let asked = route.scope.is_some() && !route.local;
        let nobody = gateway.call(call.0, call.1, call.2).await;
        let mut answers = vec![("no key", nobody)];
        for (kind, token) in [
            ("revoked", &revoked),
            ("expired", &expired),
            ("altered", &altered),
            ("garbage", &"x".repeat(5_000)),
        ] {
            answers.push((kind, gateway.as_key(token, call).await));
        }
        for (kind, answer) in answers {
            let what = format!("{kind}: {} {}", route.method, route.path);
            if asked {
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
                assert!(!answer.text.contains(CANARY), "{what}");
                assert!(
                    answer.header("www-authenticate").starts_with("Bearer"),
                    "{what}"
                );
            } else if route.path.starts_with("/v1/callbacks/") {
                // What a carrier says is a form; its address alone opens.
                assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{what}");
            } else if route.path != "/v1/session" {
                assert_eq!(answer.status, StatusCode::OK, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn every_route_needs_exactly_its_scope() {
    let house = House::build().await;
    let gateway = &house.gateway;
    for route in routes() {
        let Some(Some(scope)) = route.scope else {
            continue;
        };
        let (_, lacking) = gateway.key(without(scope)).await;
        let with = KeyDraft {
            scopes: [scope].into(),
            ..draft()
        };
        let (_, with) = gateway.key(with).await;
        // Without a body, so that nothing is done.
        let target = house.target(&route);
        let call = (route.method.as_str(), target.as_str(), "");
        let what = format!("{} {}", route.method, route.path);
        let refused = gateway.as_key(&lacking, call).await;
        if !route.local {
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{what}");
            assert!(
                refused.text.contains(scope.as_str()),
                "{what}: {}",
                refused.text
            );
        }
        if route.method == "GET" {
            let answered = gateway.as_key(&with, call).await;
            let known = answered.status == StatusCode::OK
                || route.path.contains("{id}")
                || route.path.contains("main-number");
            assert!(known, "{what}: {}", answered.text);
            assert!(!matches!(answered.status.as_u16(), 401 | 403), "{what}");
        } else if route.method != "DELETE" && !target.ends_with("/restore") {
            let answered = gateway.as_key(&with, call).await;
            assert!(!matches!(answered.status.as_u16(), 401 | 403), "{what}");
        }
    }
}

/// Of another tenant, or limited to another account: what is asked for is not there, and nothing of it is told.
#[tokio::test]
async fn resources_of_others_are_not_found_and_not_mentioned() {
    let house = House::build().await;
    let gateway = &house.gateway;
    let acme = KeyDraft {
        tenant: Tenant::new("acme").ok(),
        ..draft()
    };
    let limited = KeyDraft {
        accounts: only(&["signalwire"]),
        ..draft()
    };
    // Within a tenant a key is a key: who sees other accounts has used it for something else.
    for (kind, order, foreign) in [
        ("of another tenant", "first", acme),
        ("limited", "second", limited),
    ] {
        let (_, token) = gateway.key(foreign).await;
        for route in routes()
            .iter()
            .filter(|route| route.scope.is_some() && !route.local)
        {
            let (target, body) = (house.target(route), house.body(route));
            let bearer = format!("Bearer {token}");
            let headers = [
                ("authorization", bearer.as_str()),
                ("idempotency-key", order),
            ];
            let request = crate::request(&route.method, &target, &headers, &body);
            let answer = gateway.send(request).await;
            let what = format!("{kind}: {} {target}: {}", route.method, answer.text);
            let names_it = route.path.contains('{') || body.contains("twilio");
            // A number that nobody has is no secret: it has no places.
            let is_where = route.path.starts_with("/v1/where");
            let expected = if route.path == "/v1/admin/reload" {
                // The configuration is the operator's, and no secret is that there is one.
                StatusCode::FORBIDDEN
            } else if names_it && !is_where {
                StatusCode::NOT_FOUND
            } else {
                StatusCode::OK
            };
            assert_eq!(answer.status, expected, "{what}");
            assert!(!answer.text.contains(CANARY), "{what}");
            if (!names_it || is_where) && route.path != "/v1/providers" {
                assert!(!answer.text.contains("twilio"), "{what}");
                assert!(!answer.text.contains(&house.purchase), "{what}");
            }
        }
    }
    // Nothing of that did anything.
    let shown = gateway.key(draft()).await.1;
    let path = format!("/v1/numbers/{}", house.number["id"].as_str().unwrap());
    let number = gateway.as_key(&shown, ("GET", &path, "")).await.json();
    assert_eq!(number["label"], CANARY);
}

#[tokio::test]
async fn offers_and_cursors_of_another_tenant_are_refused() {
    let house = House::build().await;
    let gateway = &house.gateway;
    let (_, own) = gateway.key(draft()).await;
    let acme = KeyDraft {
        tenant: Tenant::new("acme").ok(),
        ..draft()
    };
    let (_, acme) = gateway.key(acme).await;
    let search = "/v1/available-numbers?country=US&area_code=415&limit=1&accounts=twilio";
    let found = gateway.as_key(&own, ("GET", search, "")).await.json();
    let offer = json!({"offer": found["data"][0]["offer"]}).to_string();
    let bearer = format!("Bearer {acme}");
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "x")];
    let request = crate::request("POST", "/v1/numbers", &headers, &offer);
    let refused = gateway.send(request).await;
    assert_eq!(
        (refused.status, refused.field().as_str()),
        (StatusCode::BAD_REQUEST, "offer")
    );
    let listed = gateway
        .as_key(&own, ("GET", "/v1/numbers?limit=1", ""))
        .await
        .json();
    let cursor = listed["next_cursor"].as_str().unwrap();
    let next = format!("/v1/numbers?limit=1&cursor={cursor}");
    assert_eq!(
        gateway.as_key(&own, ("GET", &next, "")).await.status,
        StatusCode::OK
    );
    let refused = gateway.as_key(&acme, ("GET", &next, "")).await;
    assert_eq!(
        (refused.status, refused.field().as_str()),
        (StatusCode::BAD_REQUEST, "cursor")
    );
    // Of the same tenant, but told nothing of accounts that are not theirs.
    let limited = KeyDraft {
        accounts: only(&["wazo"]),
        ..draft()
    };
    let (_, limited) = gateway.key(limited).await;
    let answer = gateway.as_key(&limited, ("GET", &next, "")).await;
    assert!(
        !answer.text.contains("twilio") && !answer.text.contains(CANARY),
        "{}",
        answer.text
    );
}
