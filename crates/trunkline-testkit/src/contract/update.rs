//! Changing a number, choosing the main one, and giving a number back.

use serde_json::{Map, Value};
use trunkline_core::capability::NumberField;
use trunkline_core::{
    Effect, ErrorKind, Number, NumberUpdate, Operation, Patch, Provider, ProviderData,
};

use crate::harness::Harness;

fn members(data: &ProviderData) -> Map<String, Value> {
    serde_json::from_str(data.as_json()).unwrap()
}

/// What a number shows of a field. Of the carrier's own options only those that an update names.
fn shown(number: &Number, field: NumberField, named: &NumberUpdate) -> Value {
    let json = |value| serde_json::to_value::<Value>(value).unwrap();
    let text = |text: Option<&String>| json(text.cloned().into());
    match field {
        NumberField::Label => text(number.label.as_ref()),
        NumberField::Voice => serde_json::to_value(&number.voice).unwrap(),
        NumberField::Messaging => serde_json::to_value(&number.messaging).unwrap(),
        NumberField::EmergencyAddressId => text(number.emergency_address_id.as_ref()),
        NumberField::CallerIdName => text(number.caller_id_name.as_ref()),
        NumberField::Location => text(number.location.id.as_ref()),
        NumberField::Owner => text(number.owner.as_ref().and_then(|owner| owner.id.as_ref())),
        NumberField::State => json(number.state.as_str().into()),
        NumberField::Shared => json(number.shared.into()),
        NumberField::ProviderOptions => {
            // An option may set what has a unified place, the number for example.
            let unified = serde_json::to_value(number).unwrap();
            let mut data = unified.as_object().cloned().unwrap_or_default();
            data.extend(members(&number.provider_data));
            let Patch::Set(options) = &named.provider_options else {
                return Value::Null;
            };
            let options = members(options);
            data.retain(|name, _| options.contains_key(name));
            data.into()
        }
    }
}

/// What an update wants a field to show.
fn wanted(update: &NumberUpdate, field: NumberField) -> Value {
    let mut all = serde_json::to_value(update).unwrap();
    all[field.as_str()].take()
}

/// The answer shows it, a later look shows it, and the other fields are as they were.
pub async fn every_writable_field_round_trips(harness: &dyn Harness) {
    let subject = offering!(harness, Update, Get);
    for update in &subject.samples().updates {
        let before = subject.hold_one().await;
        let answered = subject.provider().update(&before.provider_id, update).await;
        let answered = answered.unwrap_or_else(|error| panic!("{update:?}: {error:?}"));
        let got = subject.get(&before.provider_id).await;
        assert_eq!(answered, got, "{update:?}");
        let fields = update.fields();
        for field in &fields {
            let (is, wanted) = (shown(&got, *field, update), wanted(update, *field));
            assert_eq!(is, wanted, "{field}");
        }
        // An option of the carrier's own may well have a unified field that shows it too.
        let whole = !fields.contains(&NumberField::ProviderOptions);
        let all = NumberField::ALL.iter();
        for field in all.filter(|field| whole && !fields.contains(field)) {
            let (was, is) = (shown(&before, *field, update), shown(&got, *field, update));
            assert_eq!(was, is, "{field} changed with {fields:?}");
        }
    }
}

/// Then it shows what it showed before it was set; an option of the carrier's own may show its default instead of nothing.
pub async fn every_field_can_be_unset(harness: &dyn Harness) {
    let subject = offering!(harness, Update, Get);
    for update in &subject.samples().updates {
        let before = subject.hold_one().await;
        let id = &before.provider_id;
        subject.update(id, update).await;
        let kept = &subject.samples().not_unset;
        let clear = cleared(update, kept);
        subject.update(id, &clear).await;
        let got = subject.get(id).await;
        for field in clear.fields() {
            let (was, is) = (shown(&before, field, update), shown(&got, field, update));
            if field == NumberField::ProviderOptions {
                assert_ne!(is, wanted(update, field), "{field} after {clear:?}");
            } else {
                assert_eq!(is, was, "{field} after {clear:?}");
            }
        }
    }
}

/// The update that takes another one back. An option is unset by its name.
fn cleared(update: &NumberUpdate, kept: &[NumberField]) -> NumberUpdate {
    let mut fields = Map::new();
    let touched = update.fields().into_iter();
    for field in touched.filter(|field| !kept.contains(field)) {
        let options = match &update.provider_options {
            Patch::Set(options) if field == NumberField::ProviderOptions => members(options),
            _ => Map::new(),
        };
        let unset: Map<_, _> = options
            .into_iter()
            .map(|(name, _)| (name, Value::Null))
            .collect();
        let value = if unset.is_empty() {
            Value::Null
        } else {
            unset.into()
        };
        fields.insert(field.as_str().to_owned(), value);
    }
    serde_json::from_value(fields.into()).unwrap()
}

pub async fn an_update_of_nothing_changes_nothing(harness: &dyn Harness) {
    let subject = offering!(harness, Update, Get);
    let held = subject.hold_one().await;
    let before = subject.get(&held.provider_id).await;
    let nothing = NumberUpdate::default();
    let answered = subject.update(&held.provider_id, &nothing).await;
    assert_eq!(answered, before);
}

pub async fn an_update_of_an_unknown_number_is_not_found(harness: &dyn Harness) {
    let subject = offering!(harness, Update, Get);
    let books = harness.ledger();
    for id in [&subject.samples().unknown_id, "no such id", "", "../.."] {
        let update = &subject.samples().updates[0];
        let error = subject.provider().update(id, update).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{id:?}: {error:?}");
    }
    subject.bought_nothing_since(&books);
}

pub async fn an_option_that_is_none_is_refused_unsent(harness: &dyn Harness) {
    let subject = offering!(harness, Update, Get);
    if !subject.writes(NumberField::ProviderOptions) {
        return;
    }
    let text = r#"{"provider_options": {"no_such_option": 1}}"#;
    let update: NumberUpdate = serde_json::from_str(text).unwrap();
    let id = &subject.samples().unknown_id;
    let error = subject.unsent(subject.provider().update(id, &update)).await;
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error:?}");
    assert_eq!(error.fields()[0].field, "provider_options.no_such_option");
}

pub async fn a_released_number_is_gone(harness: &dyn Harness) {
    let subject = offering!(harness, Release, Get);
    let held = subject.hold(2).await;
    harness.let_time_pass();
    let (provider, id) = (subject.provider(), &held[0].provider_id);
    provider.release(id).await.unwrap();
    let error = provider.get(id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    assert!(!subject.owns(held[0].number.as_deref().unwrap_or_default()));
    assert!(subject.provider().get(&held[1].provider_id).await.is_ok());
    if let (true, Some(number)) = (subject.supports(Operation::FindOwned), held[0].e164()) {
        let look = subject.look(&number).await;
        assert_eq!(look.rows, []);
    }
}

/// What that means is for the caller to find out, who knows of the first.
pub async fn a_second_release_is_not_found(harness: &dyn Harness) {
    let subject = offering!(harness, Release, Get);
    let held = subject.hold_one().await;
    harness.let_time_pass();
    let (provider, id) = (subject.provider(), &held.provider_id);
    provider.release(id).await.unwrap();
    let error = provider.release(id).await.unwrap_err();
    let refusal = (error.kind(), error.effect());
    assert_eq!(refusal, (ErrorKind::NotFound, Effect::None), "{error:?}");
    assert_eq!(harness.ledger().releases.len(), 1);
}

/// A mistyped id must not look released.
pub async fn a_release_of_an_unknown_number_is_not_found(harness: &dyn Harness) {
    let subject = offering!(harness, Release, Get);
    let books = harness.ledger();
    for id in [&subject.samples().unknown_id, "no such id", "", "../.."] {
        let error = subject.provider().release(id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{id:?}: {error:?}");
    }
    let after = harness.ledger();
    assert_eq!((after.owned, after.releases), (books.owned, books.releases));
}

pub async fn a_number_too_young_is_locked(harness: &dyn Harness) {
    let subject = offering!(harness, Release, Get);
    let held = subject.hold_one().await;
    let result = subject.provider().release(&held.provider_id).await;
    if subject.provider().capability().release_cooldown_days == 0 {
        result.unwrap();
        return;
    }
    let error = result.unwrap_err();
    let refusal = (error.kind(), error.effect());
    assert_eq!(refusal, (ErrorKind::Locked, Effect::None), "{error:?}");
    assert!(subject.provider().get(&held.provider_id).await.is_ok());
}

pub async fn the_main_number_is_the_one_chosen(harness: &dyn Harness) {
    let subject = offering!(harness, SetMain, GetMain);
    let place = subject.samples().location.as_deref();
    let held = subject.hold(2).await;
    for number in &held {
        let chosen = subject
            .provider()
            .set_main(place, &number.provider_id)
            .await
            .unwrap();
        assert!(chosen.main, "{chosen:?}");
        let main = subject.provider().get_main(place).await.unwrap();
        assert_eq!((&main.id, main.main), (&number.id, true));
    }
    let before = subject.get(&held[0].provider_id).await;
    assert!(!before.main, "{before:?}");
}
