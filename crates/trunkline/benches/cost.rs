//! What trunkline costs beside the carrier: translating answers, describing numbers, a journaled purchase.
//!
//! `cargo bench -p trunkline`. Every row has a yardstick of the same run beside it: compare, don't quote alone.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark that can't be set up has nothing to measure"
)]

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use serde_json::{Value, json};
use trunkline::twilio::translation;
use trunkline::{
    AccountEntry, AccountName, CountryCode, E164, PurchaseOrder, Registry, SearchQuery, Tenant,
};
use trunkline_engine::Engine;
use trunkline_engine::journal::Scope;
use trunkline_engine::seal::Sealer;
use trunkline_engine::{MemoryJournal, Started, Store, Timing};
use trunkline_store::{Options, Sqlite};
use trunkline_testkit::scripted::Scripted;

fn main() {
    divan::main();
}

fn account() -> AccountName {
    "us-main".parse().unwrap()
}

/// A search answer of 20 numbers, as Twilio writes it.
fn search_body() -> String {
    let row = |n: u32| {
        json!({
            "friendly_name": format!("(415) 555-{:04}", 100 + n), "phone_number": format!("+1415555{:04}", 100 + n),
            "lata": "722", "locality": "San Francisco", "rate_center": "SNFC CNTRL", "latitude": "37.774900",
            "longitude": "-122.419400", "region": "CA", "postal_code": "94105", "iso_country": "US",
            "address_requirements": "none", "beta": false, "capabilities": {"voice": true, "SMS": true, "MMS": true}
        })
    };
    let uri = "/2010-04-01/Accounts/AC00000000000000000000000000000000/AvailablePhoneNumbers/US/Local.json";
    json!({"uri": uri, "available_phone_numbers": (0..20).map(row).collect::<Vec<_>>()}).to_string()
}

/// A list of 50 numbers held, as Twilio writes it.
fn list_body() -> String {
    let accounts = "/2010-04-01/Accounts/AC00000000000000000000000000000000";
    let row = |n: u32| {
        let sid = format!("PN{n:032x}");
        json!({
            "sid": sid, "account_sid": "AC00000000000000000000000000000000",
            "friendly_name": format!("Line {n}"), "phone_number": format!("+1415555{:04}", 100 + n),
            "voice_url": "https://voice.example.com/in", "voice_method": "POST", "voice_fallback_url": "",
            "voice_fallback_method": "POST", "voice_caller_id_lookup": false, "voice_application_sid": null,
            "date_created": "Mon, 02 Mar 2026 10:00:00 +0000", "date_updated": "Mon, 02 Mar 2026 10:00:00 +0000",
            "sms_url": "", "sms_method": "POST", "sms_fallback_url": "", "sms_fallback_method": "POST",
            "sms_application_sid": "", "address_requirements": "none", "beta": false,
            "capabilities": {"voice": true, "sms": true, "mms": true, "fax": false}, "status_callback": "",
            "status_callback_method": "POST", "api_version": "2010-04-01", "origin": "twilio", "trunk_sid": null,
            "emergency_status": "Inactive", "emergency_address_sid": null, "emergency_address_status": "unregistered",
            "address_sid": null, "identity_sid": null, "bundle_sid": null, "voice_receive_mode": "voice",
            "status": "in-use", "uri": format!("{accounts}/IncomingPhoneNumbers/{sid}.json")
        })
    };
    json!({
        "page": 0, "page_size": 50, "start": 0, "end": 49, "uri": format!("{accounts}/IncomingPhoneNumbers.json"),
        "first_page_uri": format!("{accounts}/IncomingPhoneNumbers.json"), "next_page_uri": null,
        "previous_page_uri": null, "incoming_phone_numbers": (0..50).map(row).collect::<Vec<_>>()
    })
    .to_string()
}

/// A translator that does no more than rename: what typed JSON costs by itself.
mod bare {
    use std::collections::HashMap;

    use serde::{Deserialize, Serialize};

    #[derive(Deserialize, Serialize)]
    struct Number<'a> {
        #[serde(
            rename(serialize = "provider_id"),
            skip_serializing_if = "Option::is_none"
        )]
        sid: Option<&'a str>,
        #[serde(rename(serialize = "number"))]
        phone_number: &'a str,
        #[serde(rename(serialize = "label"))]
        friendly_name: &'a str,
        #[serde(rename(serialize = "features"), borrow)]
        capabilities: HashMap<&'a str, bool>,
        #[serde(rename(serialize = "country"))]
        iso_country: Option<&'a str>,
        locality: Option<&'a str>,
        region: Option<&'a str>,
        voice_url: Option<&'a str>,
        sms_url: Option<&'a str>,
    }

    #[derive(Deserialize, Serialize)]
    struct Page<'a> {
        #[serde(
            rename(serialize = "data"),
            alias = "available_phone_numbers",
            alias = "incoming_phone_numbers",
            borrow
        )]
        rows: Vec<Number<'a>>,
    }

    pub(crate) fn translate(body: &str) -> Vec<u8> {
        let page: Page<'_> = serde_json::from_str(body).unwrap();
        serde_json::to_vec(&page).unwrap()
    }
}

#[divan::bench_group]
mod search_of_20 {
    use super::{
        Bencher, BytesCount, CountryCode, SearchQuery, Value, bare, search_body, translation,
    };

    #[divan::bench]
    fn translated(bencher: Bencher<'_, '_>) {
        let (body, query) = (search_body(), SearchQuery::new(CountryCode::US));
        let bencher = bencher.counter(BytesCount::of_str(&body));
        bencher.bench(|| translation::available(&query, body.as_bytes()).unwrap());
    }

    #[divan::bench]
    fn yardstick_bare_typed_translation(bencher: Bencher<'_, '_>) {
        let body = search_body();
        let bencher = bencher.counter(BytesCount::of_str(&body));
        bencher.bench(|| bare::translate(&body));
    }

    #[divan::bench]
    fn yardstick_parsed_into_value(bencher: Bencher<'_, '_>) {
        let body = search_body();
        let bencher = bencher.counter(BytesCount::of_str(&body));
        bencher.bench(|| serde_json::from_slice::<Value>(body.as_bytes()).unwrap());
    }
}

#[divan::bench_group]
mod list_of_50 {
    use super::{Bencher, BytesCount, Value, account, bare, list_body, translation};

    #[divan::bench]
    fn translated(bencher: Bencher<'_, '_>) {
        let (body, account) = (list_body(), account());
        let bencher = bencher.counter(BytesCount::of_str(&body));
        bencher.bench(|| translation::numbers(&account, body.as_bytes()).unwrap());
    }

    #[divan::bench]
    fn yardstick_bare_typed_translation(bencher: Bencher<'_, '_>) {
        let body = list_body();
        let bencher = bencher.counter(BytesCount::of_str(&body));
        bencher.bench(|| bare::translate(&body));
    }

    #[divan::bench]
    fn yardstick_parsed_into_value(bencher: Bencher<'_, '_>) {
        let body = list_body();
        let bencher = bencher.counter(BytesCount::of_str(&body));
        bencher.bench(|| serde_json::from_slice::<Value>(body.as_bytes()).unwrap());
    }
}

/// Country, type and national format of one number.
#[divan::bench_group]
mod describing_a_number {
    use super::{Bencher, E164, ItemsCount};

    const NUMBERS: [&str; 4] = [
        "+14155552671",
        "+442079460018",
        "+4930901820",
        "+18002530000",
    ];

    #[divan::bench]
    fn as_kept(bencher: Bencher<'_, '_>) {
        let numbers = NUMBERS.map(|number| number.parse::<E164>().unwrap());
        let bencher = bencher.counter(ItemsCount::new(numbers.len()));
        bencher.bench(|| numbers.map(|number| number.describe()));
    }

    #[divan::bench]
    fn yardstick_rlibphonenumber(bencher: Bencher<'_, '_>) {
        use rlibphonenumber::{PHONE_NUMBER_UTIL, enums::PhoneNumberFormat};
        let bencher = bencher.counter(ItemsCount::new(NUMBERS.len()));
        bencher.bench(|| {
            NUMBERS.map(|text| {
                let number = PHONE_NUMBER_UTIL.parse(text, None).unwrap();
                let national = number.format_as(PhoneNumberFormat::National).into_owned();
                (number.get_region_code(), number.get_type(), national)
            })
        });
    }

    #[divan::bench]
    fn yardstick_phonenumber(bencher: Bencher<'_, '_>) {
        use phonenumber::{Mode, metadata::DATABASE};
        let bencher = bencher.counter(ItemsCount::new(NUMBERS.len()));
        bencher.bench(|| {
            NUMBERS.map(|text| {
                let number = phonenumber::parse(None, text).unwrap();
                let national = number.format().mode(Mode::National).to_string();
                (
                    number.country().id(),
                    number.number_type(&DATABASE),
                    national,
                )
            })
        });
    }
}

/// Sealing what a search of 20 found.
#[divan::bench_group]
mod offers {
    use super::{
        Bencher, CountryCode, ItemsCount, Sealer, SearchQuery, Tenant, account, search_body,
        translation,
    };
    use trunkline_engine::Offer;

    #[divan::bench]
    fn sealed(bencher: Bencher<'_, '_>) {
        let (sealer, tenant, account) = (Sealer::new(b"bench"), Tenant::default(), account());
        let query = SearchQuery::new(CountryCode::US);
        let numbers = translation::available(&query, search_body().as_bytes()).unwrap();
        let bencher = bencher.counter(ItemsCount::new(numbers.len()));
        bencher.bench(|| {
            let seal = |number| Offer::seal(&sealer, &tenant, &account, number).unwrap();
            numbers.iter().map(seal).collect::<Vec<_>>()
        });
    }
}

/// 64 clients, each buying from a carrier that answers at once: what remains is the journal.
#[divan::bench_group(sample_count = 20, sample_size = 1)]
mod purchases_of_64_clients {
    use super::{
        AccountEntry, Arc, AtomicU32, Bencher, Duration, E164, Engine, File, ItemsCount,
        MemoryJournal, Options, Ordering, PurchaseOrder, Registry, Scope, Scripted, Sealer, Sqlite,
        Started, Store, Tenant, Timing, Write, account,
    };

    const CLIENTS: u32 = 64;
    const EACH: u32 = 4;

    fn services(store: Arc<dyn Store>) -> Engine {
        let mut registry = Registry::default();
        registry
            .insert(AccountEntry::new(Arc::new(Scripted::new("us-main"))))
            .unwrap();
        Engine::new(registry, store, Sealer::new(b"bench"), Timing::default())
    }

    async fn buy(services: Engine, next: Arc<AtomicU32>) {
        for _ in 0..EACH {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let number: E164 = format!("+1415{:07}", 2_000_000 + n).parse().unwrap();
            let key = format!("order-{n}").parse().unwrap();
            let scope = Scope {
                tenant: Tenant::default(),
                route: "POST /v1/numbers".to_owned(),
                key,
            };
            let order = PurchaseOrder::new(account(), number);
            let caller = trunkline::Caller::default();
            let keyed = trunkline_engine::Keyed {
                caller: &caller,
                scope: &scope,
                fingerprint: "f",
            };
            let Started::Fresh(id) = services.purchases.start(keyed, order).await.unwrap() else {
                panic!()
            };
            services
                .purchases
                .wait(&id, Duration::from_secs(60))
                .await
                .unwrap();
        }
    }

    fn run(bencher: Bencher<'_, '_>, store: impl AsyncFn() -> Arc<dyn Store>) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        let services = services(runtime.block_on(store()));
        let next = Arc::new(AtomicU32::new(0));
        bencher
            .counter(ItemsCount::new(CLIENTS * EACH))
            .bench_local(|| {
                runtime.block_on(async {
                    let clients = (0..CLIENTS).map(|_| {
                        services
                            .purchases
                            .tasks()
                            .spawn(buy(services.clone(), Arc::clone(&next)))
                    });
                    for client in clients.collect::<Vec<_>>() {
                        client.await.unwrap();
                    }
                });
            });
    }

    #[divan::bench]
    fn journaled_in_sqlite(bencher: Bencher<'_, '_>) {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("bench.db").display());
        run(bencher, async || {
            Arc::new(Sqlite::open(&url, Options::default()).await.unwrap()) as Arc<dyn Store>
        });
    }

    #[divan::bench]
    fn journaled_in_memory(bencher: Bencher<'_, '_>) {
        run(bencher, async || {
            Arc::new(MemoryJournal::default()) as Arc<dyn Store>
        });
    }

    /// As many syncs of the disk as a journal without group commit would need: two for each purchase.
    #[divan::bench]
    fn yardstick_two_fdatasyncs_each(bencher: Bencher<'_, '_>) {
        let directory = tempfile::tempdir().unwrap();
        let mut file = File::create(directory.path().join("bench")).unwrap();
        bencher
            .counter(ItemsCount::new(CLIENTS * EACH))
            .bench_local(|| {
                for _ in 0..CLIENTS * EACH * 2 {
                    file.write_all(&[0; 512]).unwrap();
                    file.sync_data().unwrap();
                }
            });
    }
}
