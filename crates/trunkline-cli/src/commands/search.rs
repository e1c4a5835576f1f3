//! `trunkline search`

use crate::args::search::SearchArgs;
use crate::call::Call;
use crate::client::Api;
use crate::commands::Session;
use crate::failure::{Exit, Failure};
use crate::listing::Listing;
use crate::progress;
use crate::render::{AVAILABLE, OFFERS};

pub(super) async fn run(
    args: SearchArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let (named, offers) = (args.accounts.is_some(), args.offers);
    let call = Call::get("/v1/available-numbers").with_query(args.query());
    let reply = progress::watch(session.console, "searching", api.send(&call)).await?;
    let found = Listing::read(reply)?;
    let shape = if offers { &OFFERS } else { &AVAILABLE };
    session.tell(&found, shape, "No number on offer matches.")?;
    for note in found.notes(named) {
        session.console.note(&note);
    }
    Ok(found.exit())
}
