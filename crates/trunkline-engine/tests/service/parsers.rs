//! Whatever text comes in, reading it ends with a value that writes itself the same, or with an error.

use std::fmt::Display;
use std::str::FromStr;

use proptest::prelude::*;
use serde_json::{Value, json};
use trunkline_core::{
    AccountName, AddressRequirement, AvailableNumber, Contains, CountryCode, E164, Error, Features,
    IdempotencyKey, Location, Money, Near, NumberId, NumberType, NumberUpdate, PriceSource,
    ProviderData, PurchaseId, Tenant, mask_numbers, plain,
};
use trunkline_engine::Offer;
use trunkline_engine::seal::Sealer;

/// Text near enough to what is meant to get far.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "\\+?[0-9]{0,18}",
        "[a-z0-9-]{0,70}:?[ -~]{0,20}",
        "pur_[0-9a-zA-Z]{20,30}",
        "\\^?[0-9A-Za-z*#+]{0,20}\\$?",
        "-?[0-9.]{1,12},-?[0-9.]{1,12}",
        "[!-~]{0,300}",
        "[A-Za-z]{0,3}",
        "[+٠-٩０-９\u{0}\u{202e}]{0,20}",
    ]
}

/// What was read is written as it was, and read again.
fn round_trip<T>(text: &str) -> Result<(), TestCaseError>
where
    T: FromStr<Err = Error> + Display + PartialEq + std::fmt::Debug,
{
    if let Ok(value) = text.parse::<T>() {
        let written = value.to_string();
        prop_assert_eq!(&written, text);
        prop_assert_eq!(written.parse::<T>().unwrap(), value);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ids_and_numbers_are_read_as_they_are_written_or_refused(text in texts()) {
        round_trip::<E164>(&text)?;
        round_trip::<NumberId>(&text)?;
        round_trip::<PurchaseId>(&text)?;
        round_trip::<AccountName>(&text)?;
        round_trip::<Tenant>(&text)?;
        round_trip::<IdempotencyKey>(&text)?;
        if let Ok(id) = text.parse::<NumberId>() {
            prop_assert_eq!(format!("{}:{}", id.account(), id.provider_id()), text.clone());
        }
        if let Ok(key) = text.parse::<IdempotencyKey>() {
            prop_assert!(key.as_str().bytes().all(|b| b.is_ascii_graphic()));
        }
        if plain("field", &text).is_ok() {
            prop_assert!(!text.chars().any(char::is_control));
        }
    }

    #[test]
    fn every_valid_number_can_be_described(text in "\\+[1-9][0-9]{1,14}") {
        let number: E164 = text.parse().unwrap();
        let described = number.describe();
        prop_assert!(!described.display.is_empty());
        prop_assert_eq!(described.country, number.country());
        prop_assert!(text.ends_with(&*number.national_digits()) || !number.national_digits().is_empty());
        prop_assert_eq!(number.masked().len(), text.len());
    }

    #[test]
    fn places_digits_countries_and_prices_are_read_or_refused(text in texts(), other in texts()) {
        let number: E164 = "+14155550100".parse().unwrap();
        if let Ok(digits) = text.parse::<Contains>() {
            prop_assert!(!digits.matches(&number) || digits.plain_part().matches(&number));
        }
        prop_assert!(text.parse::<Near>().is_err() || text.contains(',') || text.starts_with('+'));
        if let Ok(code) = text.parse::<CountryCode>() {
            prop_assert_eq!(code.as_str().to_owned(), text.to_ascii_uppercase());
        }
        if let Ok(price) = Money::parse(&text, &other) {
            prop_assert_eq!(price.currency.code().len(), 3);
        }
        let masked = mask_numbers(&text);
        prop_assert_eq!(masked.chars().count(), text.chars().count());
    }

    #[test]
    fn a_sealed_token_opens_as_it_was_or_not_at_all(
        text in texts(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let (sealer, tenant) = (Sealer::new(b"one"), Tenant::default());
        prop_assert!(sealer.open::<Value>("cursor", &text).is_none());
        prop_assert!(Offer::open(&sealer, &tenant, &text).is_err());
        let named = format!("of_{text}");
        prop_assert!(Offer::open(&sealer, &tenant, &named).is_err());

        let quote = quote();
        let account: AccountName = "us-main".parse().unwrap();
        let (token, _) = Offer::seal(&sealer, &tenant, &account, &quote).unwrap();
        let mut spoilt = token.clone().into_bytes();
        let at = at.index(spoilt.len());
        spoilt[at] = byte;
        spoilt.truncate(cut.index(spoilt.len() * 4) + 1);
        let opened = std::str::from_utf8(&spoilt).ok().map(|spoilt| Offer::open(&sealer, &tenant, spoilt));
        if let Some(Ok(offer)) = opened {
            prop_assert_eq!(&spoilt, token.as_bytes());
            let order = offer.order();
            prop_assert_eq!(order.number.as_str(), "+14155550100");
        }
        let other: Tenant = "other".parse().unwrap();
        prop_assert!(Offer::open(&sealer, &other, &token).is_err());
    }

    #[test]
    fn patch_names_its_changes_or_is_rejected(
        members in prop::collection::btree_map(
            prop::sample::select(&["label", "voice", "messaging", "owner", "state", "shared", "provider_options", "x"][..]),
            values(),
            0..4,
        ),
    ) {
        let patch = serde_json::to_string(&members).unwrap();
        if let Ok(update) = serde_json::from_str::<NumberUpdate>(&patch) {
            prop_assert_eq!(update.fields().len(), members.len());
            let written = serde_json::to_string(&update).unwrap();
            prop_assert_eq!(serde_json::from_str::<NumberUpdate>(&written).unwrap(), update);
        }
    }
}

fn quote() -> AvailableNumber {
    AvailableNumber {
        number: "+14155550100".parse().unwrap(),
        display_number: "(415) 555-0100".into(),
        country: None,
        number_type: NumberType::Local,
        features: Features::default(),
        location: Location::default(),
        address_requirement: AddressRequirement::None,
        monthly_price: None,
        setup_price: None,
        price_source: PriceSource::Unknown,
        handle: None,
        expires_at: None,
        provider_data: ProviderData::default(),
    }
}

/// Any JSON, and routings among it.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        texts().prop_map(Value::from),
        ("[a-z_]{0,12}", texts()).prop_map(|(kind, id)| json!({"type": kind, "id": id})),
        prop::sample::select(&["webhook", "application", "trunk", "group", "ivr", "none", "provider"][..])
            .prop_map(|kind| json!({"type": kind, "id": "1", "url": "https://a.example", "ids": ["1"], "handler": "x"})),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{0,8}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}
