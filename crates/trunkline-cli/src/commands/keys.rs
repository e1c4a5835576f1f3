//! `trunkline keys`

use serde_json::json;

use crate::args::keys::KeysCommand;
use crate::args::members::pairs;
use crate::call::{Call, path};
use crate::render::{ISSUED_KEYS, KEYS};
use crate::session::{Change, Ended, List, Session};

const PATH: &str = "/v1/keys";

pub(super) async fn run(command: KeysCommand, session: &mut Session<'_>) -> Ended {
    match command {
        KeysCommand::Create(args) => {
            let call = Call::post(PATH).with_body(args.body().into());
            let change = Change::keyed(call, args.write)
                .remark("The answer would show the key's secret, only once.");
            issue(change, session).await
        }
        KeysCommand::List(args) => {
            let list = List {
                path: PATH,
                query: pairs(&args),
                page: args.page,
                shape: KEYS,
                empty: "There are no keys. `trunkline keys create` creates one.",
            };
            session.list(list).await
        }
        KeysCommand::Get(args) => {
            let call = Call::get(path(PATH, &args.id));
            session.show(&call, &KEYS).await
        }
        KeysCommand::Revoke(args) => {
            let id = args.which.id;
            let at = path(PATH, &id);
            let change = Change::keyed(Call::delete(at.as_str()), args.write)
                .remark("A revoked key can't be used again.");
            let change = change.about(&at, &session.api).await?;
            session.remove(change, &format!("revoked {id}")).await
        }
        KeysCommand::Rotate(args) => {
            let at = path(PATH, &args.key.which.id);
            let call = Call::post(format!("{at}/rotate"))
                .with_body(json!({ "overlap_secs": args.overlap.as_secs() }));
            let change = Change::keyed(call, args.key.write)
                .remark("The answer would show the key's new secret, only once.");
            let change = change.about(&at, &session.api).await?;
            issue(change, session).await
        }
    }
}

async fn issue(change: Change, session: &mut Session<'_>) -> Ended {
    let sent = change.is_sent();
    let ended = session.change(change, &ISSUED_KEYS).await?;
    if sent {
        session.note_for_people("note: the secret is shown only once and not stored: save it now");
    }
    Ok(ended)
}
