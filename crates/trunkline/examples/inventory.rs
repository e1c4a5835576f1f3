//! What you hold, without asking a carrier: read once, searched and counted, compared with what changed elsewhere.
//!
//! `cargo run -p trunkline --example inventory` needs no account and no network: the carrier is a fake on this machine.

use std::io::{self, Write};

use trunkline::inventory::SummaryBy;
use trunkline::{Search, Trunkline, Twilio};
use trunkline_sandbox::{ConsoleChange, ProviderKind, Sandbox, credentials};

pub(crate) type Result = std::result::Result<(), Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Result {
    run(&mut io::stdout()).await
}

pub(crate) async fn run(out: &mut impl Write) -> Result {
    let carrier = Sandbox::start_default().await?;
    let (sid, token) = (
        credentials::TWILIO_ACCOUNT_SID,
        credentials::TWILIO_AUTH_TOKEN,
    );
    let account =
        Twilio::account("us-main", sid, token).base_url(carrier.url(ProviderKind::Twilio));
    let trunkline = Trunkline::builder()
        .account(account)
        .memory()
        .start()
        .await?;

    // A colleague buys a number in the carrier's console, and renames it there later.
    let offers = trunkline
        .search(Search::local("US").area_code("415").limit(1))
        .await?;
    let Some(offer) = offers.first() else {
        return Ok(());
    };
    let number = offer.available.number.to_string();
    carrier.console_buy(ProviderKind::Twilio, &number)?;
    trunkline.sync().await?;
    let renamed = ConsoleChange {
        label: Some("Berlin desk".to_owned()),
        ..ConsoleChange::default()
    };
    carrier.console_change(ProviderKind::Twilio, &number, &renamed)?;
    trunkline.sync().await?;

    let found = trunkline.inventory().search("berlin").await?;
    writeln!(out, "{} number is called Berlin", found.data.len())?;
    let report = trunkline.inventory().summary(&[SummaryBy::Account]).await?;
    writeln!(out, "{} is held in all", report.total.count)?;
    for drift in trunkline.drift().await? {
        let field = drift.field.clone().unwrap_or_default();
        writeln!(out, "{} {field} was changed elsewhere", drift.class)?;
        trunkline.accept(&drift.id).await?;
    }
    let open = trunkline.drift().await?;
    writeln!(out, "{} drifts are open", open.len())?;
    for place in trunkline.where_is(&number).await?.places {
        writeln!(out, "it is at {} as {}", place.account, place.kind)?;
    }
    trunkline.shutdown().await;
    Ok(())
}
