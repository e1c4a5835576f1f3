//! `trunkline numbers restore`

use serde_json::json;

use super::resource::PATH;
use crate::args::numbers::NumberRestoreArgs;
use crate::call::{Call, path};
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::render::NUMBERS;
use crate::session::{Plan, Session};

pub(super) async fn run(
    args: NumberRestoreArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let call = |id: &String| Call::post(format!("{}/restore", path(PATH, id)));
    if args.dry_run {
        for id in &args.ids {
            let about = Some(api.send(&Call::get(path(PATH, id))).await?.value()?);
            session.plan(Plan {
                call: &call(id),
                about,
                remark: "",
            })?;
        }
        return Ok(Exit::Done);
    }
    if let [id] = &args.ids[..] {
        return session.show(api, &call(id), &NUMBERS).await;
    }
    let mut restored = Vec::new();
    for id in &args.ids {
        match api.send(&call(id)).await.and_then(|reply| reply.value()) {
            Ok(number) => restored.push(number),
            Err(failure) => {
                for line in failure.lines() {
                    session.console.note(&line);
                }
            }
        }
    }
    let body = json!({ "data": restored }).to_string();
    let text = session.style.list(&NUMBERS, &restored, &body)?;
    session.console.answer(&text)?;
    Ok(match restored.len() {
        all if all == args.ids.len() => Exit::Done,
        0 => Exit::Failed,
        _ => Exit::Partial,
    })
}
