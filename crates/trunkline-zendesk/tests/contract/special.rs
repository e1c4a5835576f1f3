//! What Zendesk alone has, at the sandbox: tokens, addresses, settings, and lines that are no numbers.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use trunkline_core::host;
use trunkline_core::{
    CallerIdQuery, CallerIdUpdate, CountryCode, Effect, ErrorKind, ListQuery, NumberUpdate, Patch,
    Provider, PurchaseOrder, SearchQuery,
};
use trunkline_testkit::harness::{Harness, SandboxHarness};
use trunkline_zendesk::ZendeskConfig;

use super::behaviours::{adapter_of, harness};

/// An account with an external number and a digital line.
fn second(harness: &SandboxHarness) -> Arc<dyn Provider> {
    let config = ZendeskConfig::new("second")
        .with_access_token("sandbox-second".into())
        .with_base_url(harness.url());
    adapter_of(&config)
}

const EXTERNAL: &str = "+12125550142";

/// An address in Germany.
const ADDRESS_SID: &str = "AD00000000000000000000000000000002";
const ADDRESS_ID: &str = "900000000602";

async fn order(harness: &SandboxHarness) -> PurchaseOrder {
    let query = harness.samples().stock.clone().unwrap();
    let found = harness
        .provider()
        .search_available(&query)
        .await
        .unwrap()
        .items;
    PurchaseOrder {
        handle: found[0].handle.clone(),
        ..PurchaseOrder::new("support".parse().unwrap(), found[0].number)
    }
}

fn options(json: &str) -> ListQuery {
    serde_json::from_str(&format!(r#"{{"provider_options": {json}}}"#)).unwrap()
}

fn data(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn offer_expires_with_its_token() {
    let harness = harness().await;
    let query = harness.samples().stock.clone().unwrap();
    let before = host::now();
    let found = harness
        .provider()
        .search_available(&query)
        .await
        .unwrap()
        .items;
    let longest = before + jiff::SignedDuration::from_mins(15);
    for available in found {
        assert!(available.handle.is_some());
        assert!(available.expires_at.unwrap() <= longest + jiff::SignedDuration::from_secs(1));
    }
}

#[tokio::test]
async fn an_expired_token_is_not_available_and_says_to_search_again() {
    let harness = harness().await;
    let order = order(&harness).await;
    harness
        .sandbox()
        .advance_clock(Duration::from_secs(16 * 60));
    let error = harness.provider().purchase(&order).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::NotAvailable, Effect::None),
        "{error:?}"
    );
    assert_eq!(error.fields()[0].field, "offer");
    assert!(harness.ledger().purchases.is_empty());
}

#[tokio::test]
async fn a_number_bought_without_an_offer_is_searched_for_first() {
    let harness = harness().await;
    let order = PurchaseOrder {
        handle: None,
        ..order(&harness).await
    };
    let bought = harness.provider().purchase(&order).await.unwrap();
    assert_eq!(bought.e164(), Some(order.number));
    assert_eq!(harness.ledger().purchases.len(), 1);
    let again = harness.provider().purchase(&order).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::NotAvailable, "{again:?}");
    assert_eq!(harness.ledger().requests["purchase"], 1);
}

#[tokio::test]
async fn a_number_that_needs_an_address_is_sold_with_one_only() {
    let harness = harness().await;
    let zendesk = harness.provider();
    let query = SearchQuery {
        limit: 100,
        ..SearchQuery::new("DE".parse::<CountryCode>().unwrap())
    };
    let mut found = zendesk.search_available(&query).await.unwrap().items;
    found.retain(|available| available.address_requirement.as_str() == "local");
    let needy = &found[0];
    for handle in [needy.handle.clone(), None] {
        let bare = PurchaseOrder {
            handle,
            ..PurchaseOrder::new("support".parse().unwrap(), needy.number)
        };
        let error = zendesk.purchase(&bare).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::VerificationRequired, "{error:?}");
        assert_eq!(error.fields()[0].field, "address_id");
        assert_eq!(error.effect(), Effect::None);
    }
    // By the supplier's reference, and by Zendesk's own id of the same address.
    for (available, address) in found.iter().zip([ADDRESS_SID, ADDRESS_ID]) {
        let order = PurchaseOrder {
            handle: available.handle.clone(),
            address_id: Some(address.to_owned()),
            ..PurchaseOrder::new("support".parse().unwrap(), available.number)
        };
        let bought = zendesk.purchase(&order).await.unwrap();
        assert_eq!(bought.e164(), Some(available.number));
    }
}

#[tokio::test]
async fn settings_are_changed_and_shown() {
    let harness = harness().await;
    let zendesk = harness.provider();
    let held = zendesk.purchase(&order(&harness).await).await.unwrap();
    let update: NumberUpdate = serde_json::from_str(
        r#"{"provider_options": {"recorded": false, "settings": {"voicemail": false, "maximum_queue_size": 9,
            "call_recording_delete_after": "3.months", "overflow_number": {"enabled": true, "number": "+14155550199"}}}}"#,
    )
    .unwrap();
    let updated = zendesk.update(&held.provider_id, &update).await.unwrap();
    let shown = zendesk.get(&held.provider_id).await.unwrap();
    assert_eq!(updated, shown);
    let data = data(shown.provider_data.as_json());
    assert_eq!(data["recorded"], false);
    assert_eq!(data["settings"]["voicemail"], false);
    assert_eq!(data["settings"]["maximum_queue_size"], 9);
    assert_eq!(data["settings"]["call_recording_delete_after"], "3.months");
    assert_eq!(
        data["settings"]["overflow_number"]["number"],
        "+14155550199"
    );
    assert!(data["included"]["all_groups"].is_array(), "{data}");
}

#[tokio::test]
async fn zendesk_refusal_names_the_field() {
    let harness = harness().await;
    let zendesk = harness.provider();
    let held = zendesk.purchase(&order(&harness).await).await.unwrap();
    let update: NumberUpdate = serde_json::from_str(
        r#"{"provider_options": {"settings": {"callback_locale": "english"}}}"#,
    )
    .unwrap();
    let error = zendesk
        .update(&held.provider_id, &update)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error:?}");
}

#[tokio::test]
async fn digital_lines_are_listed_in_provider_data() {
    let harness = harness().await;
    let zendesk = second(&harness);
    let lines = zendesk
        .list(&options(r#"{"view": "lines"}"#))
        .await
        .unwrap();
    assert_eq!(lines.items.len(), 1, "{lines:?}");
    assert_eq!(lines.unreadable, 0);
    let digital = &data(lines.provider_data.as_json())["digital_lines"];
    assert_eq!(digital.as_array().unwrap().len(), 1, "{digital}");
    let numbers = zendesk.list(&ListQuery::default()).await.unwrap();
    assert_eq!(
        data(numbers.provider_data.as_json())["digital_lines"],
        Value::Null
    );
}

#[tokio::test]
async fn a_minimal_list_still_shows_the_numbers() {
    let harness = harness().await;
    let zendesk = second(&harness);
    for view in ["phone_numbers", "lines"] {
        let query = options(&format!(r#"{{"minimal_mode": "true", "view": "{view}"}}"#));
        let page = zendesk.list(&query).await.unwrap();
        assert_eq!(page.items.len(), 1, "{page:?}");
        assert_eq!(page.items[0].number.as_deref(), Some(EXTERNAL));
        assert!(page.items[0].external);
    }
}

#[tokio::test]
async fn an_external_number_is_a_caller_id_and_not_held() {
    let harness = harness().await;
    let zendesk = second(&harness);
    let listed = zendesk.list(&ListQuery::default()).await.unwrap();
    assert!(listed.items[0].external && listed.items[0].purchased_at.is_none());
    let look = zendesk
        .find_owned(&EXTERNAL.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(look.rows, []);
    let page = zendesk
        .list_caller_ids(&CallerIdQuery::default())
        .await
        .unwrap();
    assert_eq!(page.items[0].number.as_deref(), Some(EXTERNAL));
    assert_eq!(
        zendesk.get_caller_id(EXTERNAL).await.unwrap(),
        page.items[0]
    );
    let rename = CallerIdUpdate {
        label: Patch::Set("Head office".to_owned()),
        ..CallerIdUpdate::default()
    };
    let renamed = zendesk.update_caller_id(EXTERNAL, &rename).await.unwrap();
    assert_eq!(renamed.label.as_deref(), Some("Head office"));
    zendesk.delete_caller_id(EXTERNAL).await.unwrap();
    assert_eq!(zendesk.list(&ListQuery::default()).await.unwrap().items, []);
}

#[tokio::test]
async fn a_bought_number_is_a_caller_id_while_it_is_free_for_outgoing_calls() {
    let harness = harness().await;
    let zendesk = harness.provider();
    let held = zendesk.purchase(&order(&harness).await).await.unwrap();
    let number = held.number.unwrap();
    assert!(zendesk.get_caller_id(&number).await.is_ok());
    zendesk.delete_caller_id(&number).await.unwrap();
    let error = zendesk.get_caller_id(&number).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    assert!(
        zendesk.get(&held.provider_id).await.is_ok(),
        "it is still held"
    );
}

#[tokio::test]
async fn caller_ids_have_neither_owner_nor_location() {
    let harness = harness().await;
    for (field, query) in [
        (
            "owner",
            CallerIdQuery {
                owner: Some("1".into()),
                ..CallerIdQuery::default()
            },
        ),
        (
            "location",
            CallerIdQuery {
                location: Some("1".into()),
                ..CallerIdQuery::default()
            },
        ),
    ] {
        let error = harness
            .provider()
            .list_caller_ids(&query)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(error.fields()[0].field, field);
    }
}
