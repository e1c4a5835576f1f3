//! The picture of the console in the README. With `TRUNKLINE_UPDATE_DOCS` it is taken again.

use crate::overview::{dispute, refuse};
use crate::{Setup, journey};

#[tokio::test(flavor = "multi_thread")]
async fn picture_for_the_readme_shows_the_overview() {
    let setup = Setup {
        twilio: "spend = { monthly = '25.00', currency = 'USD' }",
        ..Setup::default()
    };
    journey("readme", setup, async |page| {
        page.gateway.bought("twilio", "415", "Support line").await;
        page.gateway.bought("twilio", "212", "Sales").await;
        page.gateway.bought("signalwire", "510", "Front desk").await;
        page.gateway.bought("zendesk", "415", "Help").await;
        dispute(&page).await;
        refuse(&page);
        page.open("").await;
        page.sees("1 purchase needs a person").await;
        page.sees("webex (Webex Calling) fails").await;
        page.sees("needs a person: the account holds the number")
            .await;
        if std::env::var_os("TRUNKLINE_UPDATE_DOCS").is_some() {
            page.picture_in("../../docs/images", "console").await;
        }
    })
    .await;
}
