//! `trunkline numbers`

mod release;
mod restore;

use crate::args::numbers::NumbersCommand;
use crate::call::Call;
use crate::render::NUMBERS;
use crate::session::{Change, Collection, Ended, Session};

/// The numbers held.
const ALL: Collection = Collection {
    path: release::PATH,
    shape: NUMBERS,
    empty: "No number held matches.",
};

pub(super) async fn run(command: NumbersCommand, session: &mut Session<'_>) -> Ended {
    match command {
        NumbersCommand::List(args) => {
            session.warn(args.filters.unknown_type());
            let query = args.filters.query();
            session.list(&ALL, query, args.page).await
        }
        NumbersCommand::Get(args) => session.get(&ALL, &args.id).await,
        NumbersCommand::Update(args) => {
            let body = args.body()?;
            let at = ALL.at(&args.number.id);
            let call = Call::patch(at.as_str()).with_body(body.into());
            let change = Change::keyed(call, args.write);
            let change = change.about(&at, &session.api).await?;
            session.change(change, &NUMBERS).await
        }
        NumbersCommand::Release(args) => release::run(*args, session).await,
        NumbersCommand::Restore(args) => restore::run(args, session).await,
        NumbersCommand::Register(args) => {
            let call = Call::post("/v1/numbers/register").with_body(args.body().into());
            let change = Change::keyed(call, args.write)
                .remark("A number that is recorded already stays as it is.");
            session.change(change, &NUMBERS).await
        }
    }
}
