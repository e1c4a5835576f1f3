//! What the audit trail shows of a change to a number: the fields that changed, and no others.

use serde_json::{Map, Value, json};

use crate::action::Findings;
use crate::action::json as value;
use crate::journal::Annotation;
use crate::numbers::NumberPatch;
use trunkline_core::capability::{Capability, NumberField, Operation};
use trunkline_core::model::{Number, Patch};

/// The fields that a patch changes.
fn wanted(patch: &NumberPatch) -> Vec<NumberField> {
    let mut wanted = patch.update.fields();
    let routings = [
        (NumberField::Voice, &patch.voice),
        (NumberField::Messaging, &patch.messaging),
    ];
    wanted.extend(
        routings
            .into_iter()
            .filter(|(_, routing)| !routing.is_keep())
            .map(|(field, _)| field),
    );
    wanted
}

/// True when an account can set every field that a patch changes.
pub(super) fn can_be_set(capability: &Capability, patch: &NumberPatch) -> bool {
    let mut wanted = wanted(patch).into_iter();
    capability.supports(Operation::Update)
        && wanted.all(|field| capability.writable.contains(&field))
}

/// The fields that a patch changes, as a number has them.
pub(super) fn fields(number: &Number, patch: &NumberPatch) -> Map<String, Value> {
    let fields = wanted(patch).into_iter().map(|field| {
        let owner = number.owner.as_ref().and_then(|owner| owner.id.as_ref());
        let (name, value) = match field {
            NumberField::Label => ("label", json!(number.label)),
            NumberField::Voice => ("voice", value(&number.voice)),
            NumberField::Messaging => ("messaging", value(&number.messaging)),
            NumberField::EmergencyAddressId => {
                ("emergency_address_id", json!(number.emergency_address_id))
            }
            NumberField::CallerIdName => ("caller_id_name", json!(number.caller_id_name)),
            NumberField::Location => ("location", json!(number.location.id)),
            NumberField::Owner => ("owner", json!(owner)),
            NumberField::State => ("state", value(&number.state)),
            NumberField::Shared => ("shared", json!(number.shared)),
            // Only what was sent is known of these.
            NumberField::ProviderOptions => ("provider_options", Value::Null),
        };
        (name.to_owned(), value)
    });
    fields.filter(|(_, value)| !value.is_null()).collect()
}

/// trunkline's own fields that a patch changes, as they were.
pub(super) fn noted(annotation: &Annotation, patch: &NumberPatch, fields: &mut Map<String, Value>) {
    if !patch.tags.is_keep() {
        fields.insert("tags".to_owned(), json!(annotation.tags));
    }
    if patch.protected.is_some() {
        fields.insert("protected".to_owned(), json!(annotation.protected));
    }
}

/// What is known of a number once it is changed.
pub(super) fn of_change(number: &Number, patch: &NumberPatch) -> Findings {
    let mut after = fields(number, patch);
    // A field that was cleared is shown as null.
    for field in patch.update.fields() {
        after.entry(field.as_str()).or_insert(Value::Null);
    }
    if let Some(Some(options)) = patch.update.provider_options.change() {
        after.insert("provider_options".to_owned(), value(options));
    }
    let annotation = Annotation {
        tags: match &patch.tags {
            Patch::Set(tags) => tags.clone(),
            Patch::Keep | Patch::Clear => Vec::new(),
        },
        protected: patch.protected.unwrap_or_default(),
        ..Annotation::default()
    };
    noted(&annotation, patch, &mut after);
    Findings {
        after: Some(Value::Object(after)),
        number: number.number.clone(),
        resource: Some(number.id.to_string()),
        ..Findings::default()
    }
}
