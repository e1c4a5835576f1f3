//! What values may be: bounds, patterns and closed sets, for what the types of the routes do not say.
//!
//! A bound that stands here is the server's own, checked against it by the tests: the document promises no more than
//! is answered, and refuses no more than is refused.

use serde_json::{Value, json};

use super::complete::object;

/// Text that could stand on one line.
const LINE: &str = r"^[^\u0000-\u001F\u007F-\u009F]*$";
/// The same, with something in it.
const WORD: &str = r"^[^\u0000-\u001F\u007F-\u009F]*[^\s\u0000-\u001F\u007F-\u009F][^\u0000-\u001F\u007F-\u009F]*$";
/// The same, separated by commas.
const NAMES: &str = r"[^\s,]";
const E164: &str = r"^\+[1-9][0-9]{1,14}$";
/// A plus sign in a query becomes a blank easily.
const E164_IN_QUERY: &str = r"^[+ ][1-9][0-9]{1,14}$";
/// The id of a number, or its E.164 where one visible account holds it.
const NUMBER_ID: &str = r"^([a-z0-9-]{1,63}:[!-~]+|[+ ][1-9][0-9]{1,14})$";
/// Two digits or letters at least, and any one digit where there is a star.
const CONTAINS: &str = r"^\^?\**[0-9A-Za-z]\**[0-9A-Za-z][0-9A-Za-z*]*\$?$";
const COUNTRY: &str = "^[A-Za-z]{2}$";
const FEATURES: &str =
    r"^[\s,]*(voice|sms|mms|fax|emergency)(\s*,[\s,]*(voice|sms|mms|fax|emergency))*[\s,]*$";
const REQUIREMENTS: &[&str] = &["none", "any", "local", "foreign"];
const PRICE_SOURCES: &[&str] = &["carrier", "config", "unknown"];
const PURCHASE_STATES: &[&str] = &["intended", "dispatched", "unknown", "succeeded", "failed"];
const CALLER_ID_STATES: &[&str] = &["pending", "verified", "failed", "expired"];

/// Schemas of bodies: what is not named in them is refused by name.
const REQUESTS: [&str; 11] = [
    "CallerIdPatch",
    "CallerIdRequest",
    "Ceiling",
    "Criteria",
    "MainNumberRequest",
    "NumberPatch",
    "PurchaseRequest",
    "RangeRequest",
    "RegisterRequest",
    "ResolveRequest",
    "VerifyRequest",
];

/// Schemas of bodies that must say something.
const CHANGES: [&str; 2] = ["CallerIdPatch", "NumberPatch"];

/// A rule for a value.
enum Rule {
    Between(i64, i64),
    OneOf(&'static [&'static str]),
    Like(&'static str),
    /// Text that could stand on one line, of 2048 bytes at most.
    Line,
    Format(&'static str),
    /// A list, each like that.
    Each(&'static str),
}

use Rule::{Between, Each, Format, Like, Line, OneOf};

/// Parameters: where (the start of the path), name, rule, and an example if there is none.
const PARAMETERS: &[(&str, &str, Rule, &str)] = &[
    ("/", "limit", Between(1, 100), ""),
    ("/", "timeout_ms", Between(1, 60_000), ""),
    ("/", "Idempotency-Key", Like("^[!-~]{1,255}$"), "order-4711"),
    ("/", "Prefer", Like("^[ -~]*$"), ""),
    ("/", "X-Twilio-Signature", Like("^[ -~]*$"), ""),
    ("/", "country", Like(COUNTRY), "US"),
    ("/", "features", Like(FEATURES), "voice,sms"),
    ("/", "accounts", Like(NAMES), "twilio,zendesk"),
    ("/v1/available-numbers", "type", Like(WORD), ""),
    (
        "/v1/available-numbers",
        "area_code",
        Like("^[0-9]{1,6}$"),
        "",
    ),
    ("/v1/available-numbers", "distance", Between(1, 500), ""),
    (
        "/v1/available-numbers",
        "address_requirement",
        OneOf(REQUIREMENTS),
        "",
    ),
    (
        "/v1/available-numbers",
        "sort",
        OneOf(&["price", "account", "number"]),
        "",
    ),
    ("/v1/available-numbers", "region", Like(WORD), "CA"),
    (
        "/v1/available-numbers",
        "locality",
        Like(WORD),
        "San Francisco",
    ),
    ("/v1/available-numbers", "postal_code", Like(WORD), "94105"),
    ("/v1/available-numbers", "rate_center", Like(WORD), ""),
    ("/v1/available-numbers", "lata", Like(WORD), ""),
    ("/v1/numbers", "account", Like(NAMES), "twilio"),
    (
        "/v1/numbers",
        "provider",
        OneOf(&["twilio", "signalwire", "zendesk", "webex", "wazo"]),
        "",
    ),
    ("/v1/numbers", "contains", Like("^[0-9]{2,}$"), "415"),
    ("/v1/numbers", "type", Like(WORD), "local"),
    ("/v1/numbers", "state", Like(WORD), "active"),
    ("/v1/numbers", "number", Like(WORD), "+14155550100"),
    ("/v1/numbers", "label", Like(WORD), "Support line"),
    ("/v1/numbers", "owner", Like(WORD), ""),
    ("/v1/numbers", "location", Like(WORD), ""),
    ("/v1/numbers", "cursor", Like("^cur_[A-Za-z0-9_-]+$"), ""),
    ("/v1/caller-ids", "cursor", Like("^cur_[A-Za-z0-9_-]+$"), ""),
    ("/v1/purchases", "cursor", Like("^pur_[0-9a-z]{26}$"), ""),
    ("/v1/available-numbers", "contains", Like(CONTAINS), "^415"),
    ("/v1/caller-ids", "account", Like(NAMES), "twilio"),
    (
        "/v1/caller-ids",
        "number",
        Like(E164_IN_QUERY),
        "+14155550177",
    ),
    ("/v1/caller-ids", "state", OneOf(CALLER_ID_STATES), ""),
    ("/v1/caller-ids", "label", Like(WORD), "Front desk"),
    ("/v1/caller-ids", "owner", Like(WORD), ""),
    ("/v1/caller-ids", "location", Like(WORD), ""),
    ("/v1/purchases", "state", OneOf(PURCHASE_STATES), ""),
    (
        "/v1/purchases",
        "number",
        Like(E164_IN_QUERY),
        "+14155550100",
    ),
    (
        "/v1/accounts/{account}",
        "account",
        Like("^[a-z0-9-]{1,63}$"),
        "wazo",
    ),
    (
        "/v1/callbacks/{account}",
        "account",
        Like("^[a-z0-9-]{1,63}$"),
        "twilio",
    ),
    (
        "/v1/callbacks/{account}",
        "token",
        Like("^cb_[A-Za-z0-9_-]+$"),
        "cb_0",
    ),
    (
        "/v1/numbers/{id}",
        "id",
        Like(NUMBER_ID),
        "twilio:PN00000000000000000000000000000001",
    ),
    (
        "/v1/caller-ids/{id}",
        "id",
        Like(r"^[a-z0-9-]{1,63}:[!-~]+$"),
        "twilio:+14155550177",
    ),
    (
        "/v1/purchases/{id}",
        "id",
        Like("^pur_[0-9a-z]{26}$"),
        "pur_01j9zr2m4g7q8t5v6w7x8y9z0a",
    ),
];

/// Members of schemas.
const MEMBERS: &[(&str, &str, Rule)] = &[
    ("AvailableNumber", "number", Like(E164)),
    ("AvailableNumber", "price_source", OneOf(PRICE_SOURCES)),
    ("CallerId", "state", OneOf(CALLER_ID_STATES)),
    (
        "CallerId",
        "method",
        OneOf(&["call_enter_code", "call_submit_code", "directory"]),
    ),
    (
        "Candidate",
        "state",
        OneOf(&["waiting", "taken", "passed_over"]),
    ),
    ("Candidate", "number", Like(E164)),
    ("Candidate", "price_source", OneOf(PRICE_SOURCES)),
    (
        "Configuration",
        "state",
        OneOf(&["none", "pending", "applied", "failed"]),
    ),
    ("Health", "breaker", OneOf(&["closed", "half_open", "open"])),
    (
        "Health",
        "status",
        OneOf(&["ok", "held", "degraded", "down"]),
    ),
    ("Look", "seen", OneOf(&["held", "absent", "failed"])),
    ("Attempt", "state", OneOf(PURCHASE_STATES)),
    ("Attempt", "number", Like(E164)),
    ("Purchase", "id", Like("^pur_[0-9a-z]{26}$")),
    ("Purchase", "state", OneOf(PURCHASE_STATES)),
    ("Purchase", "number", Like(E164)),
    ("Purchase", "price_source", OneOf(PRICE_SOURCES)),
    (
        "RangeItem",
        "status",
        OneOf(&["created", "existing", "failed"]),
    ),
    (
        "Source",
        "status",
        OneOf(&[
            "ok",
            "partial",
            "pending",
            "unsupported",
            "rate_limited",
            "timeout",
            "error",
        ]),
    ),
    ("Status", "status", OneOf(&["ok"])),
    ("Money", "currency", Like("^[A-Z]{3}$")),
    ("Money", "amount", Like(r"^-?[0-9]+(\.[0-9]+)?$")),
    (
        "CallbackForm",
        "VerificationStatus",
        OneOf(&["success", "failed"]),
    ),
    ("CallerIdRequest", "number", Like(E164)),
    ("CallerIdRequest", "label", Line),
    ("CallerIdRequest", "extension", Line),
    ("CallerIdRequest", "status_callback", Line),
    ("CallerIdRequest", "status_callback", Format("uri")),
    (
        "CallerIdRequest",
        "status_callback_method",
        Like("^([Gg][Ee][Tt]|[Pp][Oo][Ss][Tt])$"),
    ),
    ("CallerIdRequest", "call_delay", Between(0, 255)),
    ("CallerIdPatch", "label", Line),
    ("NumberPatch", "label", Line),
    ("NumberPatch", "caller_id_name", Line),
    ("NumberPatch", "emergency_address_id", Line),
    ("NumberPatch", "location", Line),
    ("NumberPatch", "owner", Line),
    ("NumberPatch", "state", Line),
    ("PurchaseRequest", "number", Like(E164)),
    (
        "PurchaseRequest",
        "strategy",
        OneOf(&["cheapest", "priority"]),
    ),
    ("PurchaseRequest", "label", Line),
    ("PurchaseRequest", "address_id", Line),
    ("PurchaseRequest", "emergency_address_id", Line),
    ("Criteria", "country", Like(COUNTRY)),
    ("Criteria", "area_code", Like("^[0-9]{1,6}$")),
    ("Criteria", "contains", Like(CONTAINS)),
    ("Criteria", "distance", Between(1, 500)),
    ("Criteria", "address_requirement", OneOf(REQUIREMENTS)),
    (
        "Criteria",
        "features",
        Each("^(voice|sms|mms|fax|emergency)$"),
    ),
    ("RegisterRequest", "number", Line),
    ("RangeRequest", "start_number", Line),
    ("RangeRequest", "end_number", Line),
    ("ResolveRequest", "outcome", OneOf(&["succeeded", "failed"])),
    ("ResolveRequest", "reason", Like(WORD)),
];

impl Rule {
    fn write(&self, schema: &mut Value) {
        let nullable = schema["type"]
            .as_array()
            .is_some_and(|all| all.contains(&json!("null")));
        match self {
            Between(least, most) => {
                schema["minimum"] = json!(least);
                schema["maximum"] = json!(most);
            }
            OneOf(names) => {
                let null = nullable.then_some(Value::Null);
                let names = names.iter().map(|name| json!(name));
                schema["enum"] = names.chain(null).collect();
            }
            Like(pattern) => schema["pattern"] = json!(pattern),
            Line => schema["pattern"] = json!(LINE),
            Format(name) => schema["format"] = json!(name),
            Each(pattern) => schema["items"]["pattern"] = json!(pattern),
        }
    }
}

/// Writes all of it into the document.
pub(super) fn apply(document: &mut Value) {
    if let Some(schemas) = object(document, &["components", "schemas"]) {
        for name in REQUESTS {
            if let Some(schema) = schemas.get_mut(name) {
                schema["additionalProperties"] = json!(false);
            }
        }
        for name in CHANGES {
            if let Some(schema) = schemas.get_mut(name) {
                schema["minProperties"] = json!(1);
            }
        }
        for (name, member, rule) in MEMBERS {
            let member = schemas
                .get_mut(*name)
                .and_then(|schema| schema.get_mut("properties")?.get_mut(member));
            if let Some(member) = member {
                rule.write(member);
            }
        }
    }
    let Some(paths) = object(document, &["paths"]) else {
        return;
    };
    for (path, item) in paths {
        let operations = item.as_object_mut().into_iter().flatten();
        for (_, operation) in operations {
            let parameters = operation
                .get_mut("parameters")
                .and_then(Value::as_array_mut);
            for parameter in parameters.into_iter().flatten() {
                bound(path, parameter);
            }
        }
    }
}

fn bound(path: &str, parameter: &mut Value) {
    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
    // A header or a part of the path is there or not: it is never null.
    if let Some(kind) = parameter.pointer("/schema/type/0").cloned() {
        parameter["schema"]["type"] = kind;
    }
    for (prefix, bounded, rule, example) in PARAMETERS {
        if *bounded != name || !path.starts_with(prefix) {
            continue;
        }
        rule.write(&mut parameter["schema"]);
        if !example.is_empty() && parameter.get("example").is_none() {
            parameter["example"] = json!(example);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_of_something_that_is_there() {
        let document = crate::document();
        for (name, member, _) in MEMBERS {
            let place = format!("/components/schemas/{name}/properties/{member}");
            assert!(document.pointer(&place).is_some(), "{place}");
        }
        for name in REQUESTS {
            assert!(
                document["components"]["schemas"][name].is_object(),
                "{name}"
            );
        }
        let paths = document["paths"].as_object().unwrap();
        for (prefix, name, _, _) in PARAMETERS {
            let mut parameters = paths
                .iter()
                .filter(|(path, _)| path.starts_with(prefix))
                .flat_map(|(_, item)| item.as_object().unwrap().values())
                .flat_map(|operation| operation["parameters"].as_array().into_iter().flatten());
            assert!(
                parameters.any(|known| known["name"] == *name),
                "{prefix} {name}"
            );
        }
    }
}
