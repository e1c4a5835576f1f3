//! `trunkline ranges`

use crate::args::ranges::RangeArgs;
use crate::call::Call;
use crate::client::Api;
use crate::commands::{Plan, Session};
use crate::failure::{Exit, Failure};
use crate::progress;
use crate::render::RANGE;

pub(super) async fn run(
    args: RangeArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let call = Call::post("/v1/number-ranges")
        .with_body(args.body())
        .with_key(args.write.idempotency_key);
    if args.write.dry_run {
        return session.plan(Plan {
            call: &call,
            about: None,
            remark: "Numbers that are there already stay as they are.",
        });
    }
    let reply = progress::watch(session.console, "recording", api.send(&call)).await?;
    let result = reply.value()?;
    let items = result["data"].as_array().cloned().unwrap_or_default();
    let text = session.style.list(&RANGE, &items, &reply.body)?;
    session.console.answer(&text)?;
    if session.is_for_people() {
        session.console.note(&format!(
            "{} created, {} there already, {} failed",
            result["created"], result["existing"], result["failed"]
        ));
    }
    let failed = result["failed"].as_u64().unwrap_or_default();
    Ok(match failed {
        0 => Exit::Done,
        n if usize::try_from(n) == Ok(items.len()) => Exit::Failed,
        _ => Exit::Partial,
    })
}
