//! `trunkline main`

use crate::args::members::{members, pairs};
use crate::args::ranges::MainCommand;
use crate::call::{Call, path};
use crate::render::NUMBERS;
use crate::session::{Change, Ended, Session};

pub(super) async fn run(command: MainCommand, session: &mut Session<'_>) -> Ended {
    let at = |account: &str| path("/v1/accounts", account) + "/main-number";
    match command {
        MainCommand::Get(args) => {
            let call = Call::get(at(&args.account)).with_query(pairs(&args));
            session.show(&call, &NUMBERS).await
        }
        MainCommand::Set(args) => {
            let at = at(&args.whose.account);
            let call = Call::put(at.as_str()).with_body(members(&args).into());
            let mut change = Change::keyed(call, args.write);
            if !change.is_sent() {
                let now = Call::get(at).with_query(pairs(&args.whose));
                // An account without a main number has nothing to show, and one can be set.
                let about = session.api.send(&now).await.ok();
                let about = about.map(|reply| reply.value()).transpose()?;
                change = change.showing(about).remark("This is the main number now.");
            }
            session.change(change, &NUMBERS).await
        }
    }
}
