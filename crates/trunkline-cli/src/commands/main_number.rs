//! `trunkline main`

use crate::args::ranges::MainCommand;
use crate::call::{Call, path};
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::render::NUMBERS;
use crate::session::{Plan, Session};

pub(super) async fn run(
    command: MainCommand,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let at = |account: &str| path("/v1/accounts", account) + "/main-number";
    match command {
        MainCommand::Get(args) => {
            let call = Call::get(at(&args.account)).with_query(args.query());
            session.show(api, &call, &NUMBERS).await
        }
        MainCommand::Set(args) => {
            let at = at(&args.whose.account);
            let call = Call::put(at.as_str())
                .with_body(args.body())
                .with_key(args.write.idempotency_key);
            if args.write.dry_run {
                let now = Call::get(at).with_query(args.whose.query());
                // Without a main number there is nothing to show, and it can be set all the same.
                let about = api.send(&now).await.ok();
                return session.plan(Plan {
                    call: &call,
                    about: about.map(|reply| reply.value()).transpose()?,
                    remark: "That is the main number as it is now.",
                });
            }
            session.show(api, &call, &NUMBERS).await
        }
    }
}
