//! What holds for every call: secrets stay hidden, and the capability tells the truth.

use std::sync::Arc;

use trunkline_core::vault::MemoryVault;
use trunkline_core::{
    CallerIdQuery, CallerIdRequest, CallerIdUpdate, ErrorKind, Guarded, Operation, Patch, Provider,
};
use trunkline_http::AdapterConfig;
use trunkline_twilio::TwilioConfig;

use super::{ACCOUNT_SID, adapter};

#[test]
fn debug_of_the_adapter_shows_no_secret() {
    let shown = format!("{:?}", adapter("http://127.0.0.1:1"));
    assert!(
        shown.contains(ACCOUNT_SID) && !shown.contains("fixture-token"),
        "{shown}"
    );
}

#[test]
fn the_account_is_known_by_its_sid() {
    let twilio = adapter("http://127.0.0.1:1");
    assert_eq!(
        (twilio.identity(), twilio.provider().as_str()),
        (ACCOUNT_SID, "twilio")
    );
}

#[test]
fn a_plain_address_is_accepted_on_this_machine_only() {
    let at = |base_url: &str, allow_http: bool| {
        let mut config = TwilioConfig::new(ACCOUNT_SID, "t".into()).with_base_url(base_url);
        config.allow_http = allow_http;
        let vault = Arc::new(MemoryVault::default());
        let adapter = config.adapter("main".parse().unwrap(), vault);
        adapter.map_err(|error| error.kind())
    };
    assert!(at("http://localhost:9101", false).is_ok());
    assert_eq!(
        at("http://carrier.example.com", false).unwrap_err(),
        ErrorKind::Config
    );
    assert!(at("http://carrier.example.com", true).is_ok());
}

/// Nothing is sent: the host does not exist, so that a request would fail otherwise.
#[tokio::test]
async fn no_caller_id_operation_leaves_for_a_region_without_them() {
    let config = TwilioConfig::new(ACCOUNT_SID, "t".into())
        .with_base_url("https://api.nowhere.ie1.twilio.com");
    let vault = Arc::new(MemoryVault::default());
    let twilio = config.adapter("main".parse().unwrap(), vault).unwrap();
    let twilio = Guarded::new(twilio);
    let start = CallerIdRequest::new("+14155550100".parse().unwrap());
    let rename = CallerIdUpdate {
        label: Patch::Set("x".to_owned()),
        ..CallerIdUpdate::default()
    };
    let refused = [
        twilio.start_caller_id(&start).await.map(drop),
        twilio.resend_caller_id(&start).await.map(drop),
        twilio
            .list_caller_ids(&CallerIdQuery::default())
            .await
            .map(drop),
        twilio.get_caller_id("+14155550100").await.map(drop),
        twilio
            .update_caller_id("+14155550100", &rename)
            .await
            .map(drop),
        twilio.delete_caller_id("+14155550100").await,
    ];
    for result in refused {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Unsupported);
    }
    assert!(!twilio.capability().supports(Operation::ListCallerIds));
    assert!(twilio.capability().supports(Operation::Purchase));
}
