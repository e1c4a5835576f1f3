//! `trunkline keys`

use serde_json::json;

use crate::args::keys::{KeyCreateArgs, KeyRotateArgs, KeyWriteArgs, KeysCommand};
use crate::call::{Call, path};
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::render::{ISSUED_KEYS, KEYS};
use crate::session::{ListCall, Plan, Session};

const PATH: &str = "/v1/keys";

/// What a person must not miss.
const ONCE: &str = "note: the secret is shown this once and kept nowhere: put it away now";

pub(super) async fn run(
    command: KeysCommand,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    match command {
        KeysCommand::Create(args) => create(*args, api, session).await,
        KeysCommand::List(args) => {
            let (query, page) = args.query();
            let list = ListCall {
                path: PATH,
                query,
                page,
                shape: KEYS,
                empty: "There are no keys. `trunkline keys create` makes one.",
            };
            session.list(api, list).await
        }
        KeysCommand::Get { id } => {
            let call = Call::get(path(PATH, &id));
            session.show(api, &call, &KEYS).await
        }
        KeysCommand::Revoke(args) => revoke(args, api, session).await,
        KeysCommand::Rotate(args) => rotate(args, api, session).await,
    }
}

async fn create(
    args: KeyCreateArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let call = Call::post(PATH)
        .with_body(args.body())
        .with_key(args.write.idempotency_key);
    if args.write.dry_run {
        return session.plan(Plan {
            call: &call,
            about: None,
            remark: "The answer would show the key's secret, once.",
        });
    }
    issue(&call, api, session).await
}

async fn issue(call: &Call, api: &Api, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let exit = session.show(api, call, &ISSUED_KEYS).await?;
    if session.is_for_people() {
        session.console.note(ONCE);
    }
    Ok(exit)
}

async fn revoke(
    args: KeyWriteArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let at = path(PATH, &args.id);
    let call = Call::delete(at.clone()).with_key(args.write.idempotency_key);
    if args.write.dry_run {
        let about = Some(api.send(&Call::get(at)).await?.value()?);
        return session.plan(Plan {
            call: &call,
            about,
            remark: "A key that is revoked stays so.",
        });
    }
    api.send(&call).await?;
    if session.is_for_people() {
        session.console.answer(&format!("revoked {}", args.id))?;
    }
    Ok(Exit::Done)
}

async fn rotate(
    args: KeyRotateArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let at = path(PATH, &args.key.id);
    let call = Call::post(format!("{at}/rotate"))
        .with_body(json!({ "overlap_secs": args.overlap.as_secs() }))
        .with_key(args.key.write.idempotency_key);
    if args.key.write.dry_run {
        let about = Some(api.send(&Call::get(at)).await?.value()?);
        return session.plan(Plan {
            call: &call,
            about,
            remark: "The answer would show the key's new secret, once.",
        });
    }
    issue(&call, api, session).await
}
