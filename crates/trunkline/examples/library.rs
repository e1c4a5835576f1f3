//! The life of one number, in process: found, bought exactly once, listed, named and given back.
//!
//! `cargo run -p trunkline --example library` needs no account and no network: the carrier is a fake on this machine.
//! For a real one, leave out `base_url` and give an account of your own.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use trunkline::seal::Sealer;
use trunkline::service::journal::Scope;
use trunkline::service::{
    Keyed, MemoryJournal, NumberPatch, NumbersRequest, Offer, SearchRequest, SearchSort, Services,
    Started, Store, fingerprint,
};
use trunkline::{Caller, Result, SearchQuery};
use trunkline::{
    Config, CountryCode, Error, ErrorKind, IdempotencyKey, ListQuery, Number, NumberUpdate, Patch,
};
use trunkline_sandbox::{ProviderKind, Sandbox, credentials};

#[tokio::main]
async fn main() -> Result<()> {
    run(&mut io::stdout()).await
}

/// Does it all, and tells `out` about it.
///
/// # Errors
/// Whatever goes wrong on the way.
pub(crate) async fn run(out: &mut impl Write) -> Result<()> {
    let carrier = Sandbox::start_default()
        .await
        .map_err(|error| failed(&error))?;
    let journal = Arc::new(MemoryJournal::default());
    let services = services(carrier.url(ProviderKind::Twilio), journal)?;
    let caller = Caller::default();

    let offer = search(&services, &caller, out).await?;
    let number = purchase(&services, &caller, &offer, out).await?;
    // The same key again buys nothing: it answers with the purchase that it started.
    let again = purchase(&services, &caller, &offer, out).await?;
    assert_eq!(number.id, again.id);
    list(&services, &caller, out).await?;
    rename(&services, &caller, &number, out).await?;
    release(&services, &caller, &number, out).await?;

    // Only the carrier's own books can prove that it was bought once.
    let books = carrier.ledger(ProviderKind::Twilio);
    say(
        out,
        &format!(
            "the carrier sold {} and took back {}",
            books.purchases.len(),
            books.releases.len()
        ),
    )?;
    // Until now what is open was settled in the background; this waits for what is being sent.
    services.shutdown().await;
    carrier.shutdown().await;
    Ok(())
}

/// One account. The journal in memory lives as long as the process. Use `trunkline-store` for one that survives it: what a
/// crash leaves open there, the next process settles as soon as it has built its services.
///
/// # Errors
/// What is wrong with the configuration; no tokio runtime.
pub(crate) fn services(carrier: &str, journal: Arc<dyn Store>) -> Result<Services> {
    let config = Config::parse(&format!(
        "[[accounts]]
        name = \"us-main\"
        provider = \"twilio\"
        account_sid = \"{}\"
        auth_token = \"{}\"
        base_url = \"{carrier}\"",
        credentials::TWILIO_ACCOUNT_SID,
        credentials::TWILIO_AUTH_TOKEN,
    ))?;
    config.services(journal, Sealer::new(b"seals offers and cursors"))
}

/// Asks every account for local numbers in 415, and takes the cheapest offer.
///
/// # Errors
/// `NotAvailable` if nothing is on offer.
pub(crate) async fn search(
    services: &Services,
    caller: &Caller,
    out: &mut impl Write,
) -> Result<String> {
    let mut query = SearchQuery::new(CountryCode::US);
    query.area_code = Some("415".to_owned());
    query.limit = 3;
    let timeout = Duration::from_secs(5);
    let request = SearchRequest {
        query,
        accounts: Vec::new(),
        sort: SearchSort::Price,
        timeout,
    };
    let answer = services.search.run(caller, &request).await?;
    for found in &answer.numbers {
        let price = found
            .available
            .monthly_price
            .map_or_else(|| "unknown".to_owned(), |price| price.to_string());
        say(
            out,
            &format!(
                "on offer at {}: {}, a month: {price}",
                found.account, found.available.number
            ),
        )?;
    }
    let first = answer.numbers.into_iter().next();
    first
        .map(|found| found.offer)
        .ok_or_else(|| Error::new(ErrorKind::NotAvailable, "nothing on offer"))
}

/// Buys what was offered. The key makes it safe to call again after any failure, and after a crash.
///
/// # Errors
/// Why it failed; `Timeout` while its outcome is not known yet.
pub(crate) async fn purchase(
    services: &Services,
    caller: &Caller,
    offer: &str,
    out: &mut impl Write,
) -> Result<Number> {
    let mut order = Offer::open(&services.sealer, &caller.tenant, offer)?.order();
    order.label = Some("front desk".to_owned());
    let key = IdempotencyKey::new("order-1042")?;
    let scope = Scope {
        tenant: caller.tenant.clone(),
        route: "front desk".to_owned(),
        key,
    };
    let keyed = Keyed {
        caller,
        scope: &scope,
        fingerprint: &fingerprint(offer.as_bytes()),
    };
    let id = match services.purchases.start(keyed, order).await? {
        Started::Fresh(id) | Started::Known(id) => id,
        Started::Mismatch => {
            return Err(Error::new(
                ErrorKind::Conflict,
                "the key was used for another order",
            ));
        }
    };
    let purchase = services
        .purchases
        .wait(&id, Duration::from_secs(10))
        .await?
        .purchase;
    say(
        out,
        &format!(
            "purchase of {}: {}",
            purchase.number,
            purchase.state.as_str()
        ),
    )?;
    match (purchase.held, purchase.error) {
        (Some(number), _) => Ok(*number),
        (None, Some(error)) => Err(error),
        (None, None) => Err(Error::new(
            ErrorKind::Timeout,
            "the outcome is not known yet: ask with the same key",
        )),
    }
}

/// Lists what every account holds.
async fn list(services: &Services, caller: &Caller, out: &mut impl Write) -> Result<()> {
    let request = NumbersRequest {
        query: ListQuery::default(),
        accounts: Vec::new(),
        provider: None,
        limit: 50,
        cursor: None,
        timeout: Duration::from_secs(5),
    };
    let listed = services.numbers.list(caller, &request).await?;
    for number in &listed.items {
        say(out, &format!("held: {} ({})", number.id, label(number)))?;
    }
    // One account's failure hides in no list: each says how it went.
    for source in &listed.sources {
        say(
            out,
            &format!(
                "{} answered {} with {} numbers",
                source.account,
                source.status.as_str(),
                source.count
            ),
        )?;
    }
    Ok(())
}

/// Changes the label and nothing else.
async fn rename(
    services: &Services,
    caller: &Caller,
    number: &Number,
    out: &mut impl Write,
) -> Result<()> {
    let update = NumberUpdate {
        label: Patch::Set("night desk".to_owned()),
        ..NumberUpdate::default()
    };
    let patch = NumberPatch {
        update,
        ..NumberPatch::default()
    };
    let number = services
        .numbers
        .update(caller, number.id.as_str(), patch)
        .await?;
    say(out, &format!("now called: {}", label(&number)))
}

/// Gives the number back.
async fn release(
    services: &Services,
    caller: &Caller,
    number: &Number,
    out: &mut impl Write,
) -> Result<()> {
    services.numbers.release(caller, number.id.as_str()).await?;
    say(out, &format!("released {}", number.id))
}

fn label(number: &Number) -> &str {
    number.label.as_deref().unwrap_or("no label")
}

fn say(out: &mut impl Write, line: &str) -> Result<()> {
    writeln!(out, "{line}").map_err(|error| failed(&error))
}

fn failed(error: &dyn std::error::Error) -> Error {
    Error::new(ErrorKind::Internal, error.to_string())
}
