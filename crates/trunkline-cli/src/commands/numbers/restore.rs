//! `trunkline numbers restore`

use serde_json::json;

use super::release::PATH;
use crate::args::numbers::NumberRestoreArgs;
use crate::call::{Call, path};
use crate::failure::Exit;
use crate::render::NUMBERS;
use crate::session::{Ended, Session};

pub(super) async fn run(args: NumberRestoreArgs, session: &mut Session<'_>) -> Ended {
    let call = |id: &String| Call::post(format!("{}/restore", path(PATH, id)));
    if args.dry_run {
        for id in &args.ids {
            let about = session.api.get(&path(PATH, id)).await?;
            session.plan(&call(id), Some(about), "")?;
        }
        return Ok(Exit::Done);
    }
    if let [id] = &args.ids[..] {
        return session.show(&call(id), &NUMBERS).await;
    }
    let mut restored = Vec::new();
    for id in &args.ids {
        let reply = session.api.send(&call(id)).await;
        match reply.and_then(|reply| reply.value()) {
            Ok(number) => restored.push(number),
            Err(failure) => {
                session.console.fail(&failure);
            }
        }
    }
    let body = json!({ "data": restored }).to_string();
    session.answer_items(&NUMBERS, &restored, &body)?;
    Ok(Exit::of(args.ids.len() - restored.len(), args.ids.len()))
}
