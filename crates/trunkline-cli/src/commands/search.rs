//! `trunkline search` and `trunkline countries`

use crate::args::search::{CountriesArgs, SearchArgs};
use crate::call::Call;
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::listing::Listing;
use crate::progress;
use crate::render::{AVAILABLE, COUNTRIES, OFFERS};
use crate::session::Session;

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

pub(super) async fn countries(
    args: CountriesArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let call = Call::get("/v1/countries").with_query(args.query());
    let found = Listing::read(api.send(&call).await?)?;
    session.tell(&found, &COUNTRIES, "No account tells of such a country.")?;
    for note in found.notes(args.accounts.is_some()) {
        session.console.note(&note);
    }
    Ok(found.exit())
}
