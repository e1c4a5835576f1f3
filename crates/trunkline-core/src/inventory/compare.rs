//! Comparing what a carrier shows with what the inventory has, field by field.

use serde_json::{Map, Value};

use crate::model::Number;

/// Fields that are never compared: ids, trunkline's own, times, and what follows from other fields.
const NOT_COMPARED: [&str; 15] = [
    "id",
    "account",
    "provider",
    "provider_id",
    "display_number",
    "purchased_at",
    "updated_at",
    "next_billing_at",
    "provider_data",
    "tags",
    "protected",
    "release_at",
    "release_held",
    "monthly_price",
    "location",
];

/// The field of a price that has changed.
const PRICE: &str = "monthly_price";

/// How the numbers of an account are compared with the inventory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// Fields that others own: their changes are never reported. A field inside another is written `location.name`.
    pub ignore: Vec<String>,
    /// Names in `provider_data` whose changes are reported.
    pub provider_data: Vec<String>,
}

impl Watch {
    /// Names in [`Watch::ignore`] that are no field that is compared.
    pub fn unknown(&self) -> Vec<&str> {
        let names = self.ignore.iter().map(String::as_str);
        let known = |name: &str| FIELDS.contains(&name) || name.starts_with("provider_data.");
        names.filter(|name| !known(name)).collect()
    }

    /// Whether changes of a field are not reported.
    pub fn ignores(&self, field: &str) -> bool {
        let is_in = |name: &String| {
            field == name
                || field
                    .strip_prefix(name.as_str())
                    .is_some_and(|rest| rest.starts_with('.'))
        };
        self.ignore.iter().any(is_in)
    }
}

/// The fields that are compared.
pub const FIELDS: [&str; 24] = [
    "number",
    "extension",
    "country",
    "number_type",
    "features",
    "state",
    "label",
    "caller_id_name",
    "main",
    "shared",
    "external",
    "service_number",
    "owner",
    "voice",
    "messaging",
    "emergency_address_id",
    "address_requirement",
    PRICE,
    "location",
    "location.id",
    "location.name",
    "location.region",
    "location.locality",
    "location.postal_code",
];

/// A field with another value.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// The field.
    pub field: String,
    /// Its value in the inventory.
    pub was: Value,
    /// Its value at the carrier.
    pub is: Value,
}

impl FieldChange {
    /// Whether it is the price.
    pub fn is_price(&self) -> bool {
        self.field == PRICE
    }
}

/// The fields that differ. Of documents that do not come from the same kind of answer (`alike` is false), only what both
/// have counts: one may lack what the other has.
pub fn changes(was: &Number, is: &Number, alike: bool, watch: &Watch) -> Vec<FieldChange> {
    let (was, is) = (fields(was, watch), fields(is, watch));
    let mut changes = Vec::new();
    for (field, now) in is {
        let before = was.get(&field).cloned().unwrap_or_default();
        let both = !before.is_null() && !now.is_null();
        if before != now && (alike || both) && !watch.ignores(&field) {
            changes.push(FieldChange {
                field,
                was: before,
                is: now,
            });
        }
    }
    changes
}

/// The values that are compared, by field.
fn fields(number: &Number, watch: &Watch) -> Map<String, Value> {
    let Ok(Value::Object(all)) = serde_json::to_value(number) else {
        return Map::new();
    };
    let nested = |field: &str| all.get(field).and_then(Value::as_object);
    let mut fields = Map::new();
    for name in ["id", "name", "region", "locality", "postal_code"] {
        let value = nested("location").and_then(|place| place.get(name));
        fields.insert(
            format!("location.{name}"),
            value.cloned().unwrap_or_default(),
        );
    }
    for name in &watch.provider_data {
        let value = nested("provider_data").and_then(|data| data.get(name));
        let value = value.cloned().unwrap_or_default();
        fields.insert(format!("provider_data.{name}"), in_order(value));
    }
    // The currency and the amount, however many places it has.
    let price = number
        .monthly_price
        .map(|price| format!("{} {}", price.amount.normalize(), price.currency.code()));
    fields.insert(PRICE.to_owned(), price.into());
    for (name, value) in &all {
        if !NOT_COMPARED.contains(&name.as_str()) {
            fields.insert(name.clone(), in_order(value.clone()));
        }
    }
    fields
}

/// The same with the texts of every list in order: carriers give members of groups in any order.
fn in_order(mut value: Value) -> Value {
    match &mut value {
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
        }
        Value::Object(members) => {
            for member in members.values_mut() {
                *member = in_order(member.take());
            }
        }
        _ => {}
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host;
    use crate::model::{Money, NumberState, Owner, ProviderName, Routing};

    fn number() -> Number {
        let account = "us-main".parse().unwrap();
        let provider = ProviderName::new("twilio");
        Number::new(
            account,
            provider,
            "PN1".to_owned(),
            "+14155550100".parse().unwrap(),
        )
        .unwrap()
    }

    fn changed(was: &Number, is: &Number, watch: &Watch) -> Vec<String> {
        let changes = changes(was, is, true, watch);
        changes.into_iter().map(|change| change.field).collect()
    }

    #[test]
    fn times_and_own_fields_and_places_of_a_price_are_no_change() {
        let mut was = number();
        was.monthly_price = Some(Money::parse("1.15", "USD").unwrap());
        let mut is = was.clone();
        is.updated_at = Some(host::now());
        is.purchased_at = is.updated_at;
        is.tags = vec!["sales".to_owned()];
        is.protected = true;
        is.monthly_price = Some(Money::parse("1.150", "USD").unwrap());
        assert_eq!(changed(&was, &is, &Watch::default()), [""; 0]);
        is.monthly_price = Some(Money::parse("1.20", "USD").unwrap());
        let found = changes(&was, &is, true, &Watch::default());
        assert!(matches!(&found[..], [price] if price.is_price() && price.is == "1.2 USD"));
    }

    #[test]
    fn each_changed_field_is_reported_once_unless_it_is_ignored() {
        let was = number();
        let mut is = number();
        is.label = Some("Sales".to_owned());
        is.state = NumberState::Inactive;
        is.voice = Routing::Trunk {
            id: "TK1".to_owned(),
        };
        is.location.id = Some("loc".to_owned());
        is.owner = Some(Owner {
            id: None,
            kind: "user".to_owned(),
            name: None,
        });
        let mut found = changed(&was, &is, &Watch::default());
        found.sort();
        assert_eq!(found, ["label", "location.id", "owner", "state", "voice"]);
        let watch = Watch {
            ignore: ["voice", "label", "location"].map(str::to_owned).to_vec(),
            provider_data: Vec::new(),
        };
        let mut found = changed(&was, &is, &watch);
        found.sort();
        assert_eq!(found, ["owner", "state"]);
        assert_eq!(watch.unknown(), [""; 0]);
    }

    #[test]
    fn order_of_the_members_of_a_group_is_no_change() {
        let group = |ids: [&str; 2]| Routing::Group {
            ids: ids.map(str::to_owned).to_vec(),
        };
        let (mut was, mut is) = (number(), number());
        was.voice = group(["a", "b"]);
        is.voice = group(["b", "a"]);
        assert_eq!(changed(&was, &is, &Watch::default()), [""; 0]);
        is.voice = group(["b", "c"]);
        assert_eq!(changed(&was, &is, &Watch::default()), ["voice"]);
    }

    #[test]
    fn answers_of_different_kinds_are_compared_where_both_have_a_value() {
        let (was, mut is) = (number(), number());
        is.label = Some("Sales".to_owned());
        is.state = NumberState::Inactive;
        let found = changes(&was, &is, false, &Watch::default());
        assert!(matches!(&found[..], [state] if state.field == "state"));
    }

    #[test]
    fn data_of_one_carrier_is_compared_only_where_it_is_watched() {
        let data = |text: &str| serde_json::from_str(text).unwrap();
        let (mut was, mut is) = (number(), number());
        was.provider_data = data(r#"{"bundle_sid": "BU1", "beta": true}"#);
        is.provider_data = data(r#"{"bundle_sid": "BU2", "beta": false}"#);
        assert_eq!(changed(&was, &is, &Watch::default()), [""; 0]);
        let watch = Watch {
            ignore: Vec::new(),
            provider_data: vec!["bundle_sid".to_owned()],
        };
        assert_eq!(changed(&was, &is, &watch), ["provider_data.bundle_sid"]);
    }
}
