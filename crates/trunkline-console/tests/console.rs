//! The console as a person meets it: in a real browser, over the whole gateway and the fake carriers.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop at the first surprise"
)]

#[path = "console/access.rs"]
mod access;
#[path = "console/accounts.rs"]
mod accounts;
#[path = "console/browser.rs"]
mod browser;
#[path = "console/buying.rs"]
mod buying;
#[path = "console/caller_ids.rs"]
mod caller_ids;
#[path = "console/files.rs"]
mod files;
#[path = "console/gateway.rs"]
mod gateway;
#[path = "console/inventory.rs"]
mod inventory;
#[path = "console/keyboard.rs"]
mod keyboard;
#[path = "console/keys.rs"]
mod keys;
#[path = "console/numbers.rs"]
mod numbers;
#[path = "console/outcomes.rs"]
mod outcomes;
#[path = "console/overview.rs"]
mod overview;
#[path = "console/page.rs"]
mod page;
#[path = "console/picture.rs"]
mod picture;
#[path = "console/remembered.rs"]
mod remembered;
#[path = "console/searching.rs"]
mod searching;
#[path = "console/trails.rs"]
mod trails;
#[path = "console/webhooks.rs"]
mod webhooks;

use std::panic::resume_unwind;

use browser::Browser;
use gateway::{Gateway, Setup};
use page::Page;

/// Runs a journey in a browser of its own; skipped, which is said, where there is none. Whatever happens, the browser is
/// ended, and a failed journey leaves a picture of where it ended.
async fn journey<F>(name: &str, setup: Setup, walk: impl FnOnce(Page) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let Some(browser) = Browser::start().await else {
        return;
    };
    let gateway = Gateway::start(setup).await;
    let page = Page::new(&browser, gateway).await;
    #[expect(
        clippy::disallowed_methods,
        reason = "a task of its own, so that a panic ends the journey and not the clearing up"
    )]
    let walked = tokio::spawn(walk(page.clone())).await;
    let sound = if walked.is_ok() {
        page.faults().await
    } else {
        page.picture(&format!("failed-{name}")).await;
        Vec::new()
    };
    browser.end().await;
    if let Err(failed) = walked {
        resume_unwind(failed.into_panic());
    }
    assert!(sound.is_empty(), "{name}: {sound:#?}");
}
