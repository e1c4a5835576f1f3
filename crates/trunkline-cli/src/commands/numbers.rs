//! `trunkline numbers`

mod release;
mod restore;

use crate::args::numbers::NumbersCommand;
use crate::call::{Call, path};
use crate::render::NUMBERS;
use crate::session::{Change, Ended, List, Session};
use release::PATH;

pub(super) async fn run(command: NumbersCommand, session: &mut Session<'_>) -> Ended {
    match command {
        NumbersCommand::List(args) => {
            let list = List {
                path: PATH,
                query: args.filters.query(),
                page: args.page,
                shape: NUMBERS,
                empty: "No number held matches.",
            };
            session.list(list).await
        }
        NumbersCommand::Get(args) => {
            let call = Call::get(path(PATH, &args.id));
            session.show(&call, &NUMBERS).await
        }
        NumbersCommand::Update(args) => {
            let body = args.body()?;
            let at = path(PATH, &args.number.id);
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
