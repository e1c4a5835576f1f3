//! The life of one number, in process: found, bought exactly once, listed, named and given back.
//!
//! `cargo run -p trunkline --example library` needs no account and no network: the carrier is a fake on this machine.
//! For a real one, leave out `base_url`, and give an account and a database of your own.

use std::io::{self, Write};

use trunkline::{Bought, NumberUpdate, Patch, Search, Trunkline, Twilio};
use trunkline_sandbox::{ProviderKind, Sandbox, credentials};

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
        .memory() // .sqlite("trunkline.db") survives a crash: the next start settles what was left open.
        .start()
        .await?;

    let search = Search::local("US").area_code("415").limit(3);
    let found = trunkline.search(search).await?;
    let Some(offer) = found.first() else {
        return Ok(());
    };
    // However often it is sent, the key buys one number.
    for _ in 0..2 {
        let purchase = trunkline.buy(offer).key("order-1042").label("front desk");
        match purchase.await? {
            Bought::Held(held) => writeln!(out, "{held} is held: {}", held.purchase.id)?,
            Bought::Unknown(purchase) => writeln!(out, "{} is being settled", purchase.id)?,
        }
    }
    for number in trunkline.numbers().await? {
        let label = Patch::Set("night desk".to_owned());
        let update = NumberUpdate {
            label,
            ..NumberUpdate::default()
        };
        let number = trunkline.update(&number.id, update).await?;
        writeln!(out, "{number} is called {:?} now", number.label)?;
        trunkline.release(&number.id).await?;
    }
    let books = carrier.ledger(ProviderKind::Twilio);
    let (sold, back) = (books.purchases.len(), books.releases.len());
    writeln!(out, "the carrier sold {sold} and took back {back}")?;
    trunkline.shutdown().await;
    Ok(())
}
