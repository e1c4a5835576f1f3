//! `trunkline search` and `trunkline countries`

use crate::args::members::pairs;
use crate::args::search::{CountriesArgs, SearchArgs};
use crate::call::Call;
use crate::listing::Listing;
use crate::progress;
use crate::render::{AVAILABLE, COUNTRIES, OFFERS};
use crate::session::{Ended, Session};

pub(super) async fn run(args: SearchArgs, session: &mut Session<'_>) -> Ended {
    session.warn(args.filters.unknown_type());
    let call = Call::get("/v1/available-numbers").with_query(pairs(&args));
    let work = session.api.send(&call);
    let reply = progress::watch(&mut session.console, "searching", work).await?;
    let found = Listing::read(reply)?;
    let shape = if args.offers { &OFFERS } else { &AVAILABLE };
    session.answer_list(&found, shape, "No number for sale matches.")?;
    session.note_sources(&found, args.accounts.is_some());
    Ok(found.exit())
}

pub(super) async fn countries(args: CountriesArgs, session: &mut Session<'_>) -> Ended {
    let call = Call::get("/v1/countries").with_query(pairs(&args));
    let found = Listing::read(session.api.send(&call).await?)?;
    session.answer_list(&found, &COUNTRIES, "No account sells numbers there.")?;
    session.note_sources(&found, args.accounts.is_some());
    Ok(found.exit())
}
