//! What holds for every call: secrets stay hidden, and the capability tells the truth.

use std::sync::Arc;

use trunkline_core::vault::MemoryVault;
use trunkline_core::{ErrorKind, ListQuery, QueryOptions};
use trunkline_http::AdapterConfig;
use trunkline_wazo::WazoConfig;

use super::{TENANT, TOKEN, adapter};

const NOWHERE: &str = "http://127.0.0.1:1";

#[test]
fn debug_of_the_adapter_shows_no_secret() {
    let shown = format!("{:?}", adapter(NOWHERE));
    assert!(shown.contains(TENANT) && !shown.contains(TOKEN), "{shown}");
}

#[test]
fn the_account_is_known_by_its_stack_and_tenant() {
    let wazo = adapter(NOWHERE);
    let identity = format!("{NOWHERE}/{TENANT}");
    assert_eq!(
        (wazo.identity(), wazo.provider().as_str()),
        (identity.as_str(), "wazo")
    );
}

#[test]
fn a_plain_address_is_accepted_on_this_machine_only() {
    let at = |base_url: &str, allow_http: bool| {
        let mut config = WazoConfig::new(base_url, "trunkline", "t".into());
        config.allow_http = allow_http;
        let vault = Arc::new(MemoryVault::default());
        let adapter = config.adapter("main".parse().unwrap(), vault);
        adapter.map_err(|error| error.kind())
    };
    assert!(at("http://localhost:9105", false).is_ok());
    assert_eq!(
        at("http://wazo.example.com", false).unwrap_err(),
        ErrorKind::Config
    );
    assert!(at("http://wazo.example.com", true).is_ok());
}

/// Nobody listens there: an option that is understood gets as far as that.
#[tokio::test]
async fn every_list_option_that_is_offered_is_understood() {
    let wazo = adapter(NOWHERE);
    let offered = &wazo.capability().list_options;
    assert!(offered.len() == 7 && offered.is_sorted(), "{offered:?}");
    for name in offered {
        let value = match *name {
            "direction" => "asc",
            "order" => "main",
            "offset" => "1",
            "recurse" | "shared" => "true",
            _ => "x",
        };
        let options = [((*name).to_owned(), value.to_owned())];
        let query = ListQuery {
            provider_options: QueryOptions(options.into()),
            ..ListQuery::default()
        };
        let error = wazo.list(&query).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UpstreamUnavailable, "{name}");
    }
}
