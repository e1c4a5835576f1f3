//! Numbers for sale.

use std::collections::BTreeMap;

use serde_json::json;
use trunkline_sandbox::{Fault, ProviderKind};

use crate::{Setup, journey};

#[tokio::test(flavor = "multi_thread")]
async fn carriers_are_shown_as_they_answer() {
    journey("search", Setup::default(), async |page| {
        page.gateway.break_always(
            ProviderKind::Zendesk,
            "search_available",
            Fault::Delay { ms: 1_500 },
        );
        page.open("#/search").await;
        page.sees("Nothing is reserved").await;
        page.fill("Area code", "415").await;
        page.press("Search").await;
        page.sees("twilio 20 numbers").await;
        page.sees("zendesk asking…").await;
        page.sees("so far").await;
        page.picture("search-streaming").await;
        page.sees("zendesk 20 numbers").await;
        page.sees("60 numbers").await;
        page.sees("webex not asked").await;
        page.portray("search").await;

        page.choose("Sort by", "account").await;
        page.until("document.querySelector('tbody tr').innerText.includes('signalwire')")
            .await;
        page.press("More criteria").await;
        page.tick("twilio").await;
        page.press("Search").await;
        page.sees("20 numbers").await;
        page.until("location.hash.includes('accounts=twilio')")
            .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_carrier_does_not_spoil_a_search() {
    journey("search-failing", Setup::default(), async |page| {
        let refused = Fault::Status {
            status: 429,
            headers: BTreeMap::from([("Retry-After".to_owned(), "120".to_owned())]),
            body: None,
        };
        page.gateway
            .break_always(ProviderKind::Twilio, "search_available", refused);
        page.open("#/search?country=US&area_code=212").await;
        page.sees("signalwire 20 numbers").await;
        page.sees("Twilio did not answer properly").await;
        page.sees_no("twilio: twilio:").await;
        page.sees("twilio asked us to wait").await;
        page.sees("worth another try in 2 min").await;
        page.portray("search-failing-carrier").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_criteria_name_their_fields() {
    journey("search-wrong", Setup::default(), async |page| {
        page.open("#/search").await;
        page.fill("Area code", "4x5").await;
        page.press("Search").await;
        page.sees("Please check the marked fields").await;
        page.has_focus("Area code").await;
        page.portray("search-wrong").await;
        page.fill("Area code", "533").await;
        page.press("Search").await;
        page.sees("Nothing for sale: area code 533, United States")
            .await;
        page.portray("search-nothing").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_numbers_are_bought_under_a_ceiling_with_their_cost_shown() {
    journey("several", Setup::default(), async |page| {
        page.open("#/allocations").await;
        page.sees("No order of several numbers yet").await;
        page.open("#/search?country=US&area_code=415").await;
        page.sees("60 numbers").await;
        page.press("Buy several").await;
        page.sees("About $2.50 a month for the 5 cheapest found.")
            .await;
        page.sees("Without a highest price").await;
        page.fill("How many", "3").await;
        page.fill("Highest price of each, a month", "0.75").await;
        page.fill("Label of each", "Pool").await;
        page.sees("At most $2.25 a month for all 3").await;
        page.portray("allocation-confirmation").await;
        page.press("Buy them").await;
        page.sees("3 local numbers, area code 415, United States")
            .await;
        page.sees("3 of 3").await;
        page.sees("All bought").await;
        page.sees("Costs a month $1.50").await;
        page.sees("$0.75 each, $2.25 for all").await;
        page.portray("allocation").await;

        let dear = json!({"criteria": {"country": "US", "area_code": "415"}, "count": 2,
            "max_monthly_price": {"amount": "0.10", "currency": "USD"}});
        page.gateway.call("POST", "/v1/allocations", &dear).await;
        page.open("#/allocations").await;
        page.sees("0 of 2").await;
        page.sees("3 of 3").await;
        page.portray("allocations").await;
        page.press("2 local numbers").await;
        page.sees("None was bought.").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_shows_which_types_are_on_sale_in_its_country() {
    journey("search-on-sale", Setup::default(), async |page| {
        page.open("#/search?country=GB&accounts=twilio").await;
        page.sees("On sale in United Kingdom:").await;
        page.sees("mobile").await;
    })
    .await;
}
