//! `trunkline keys`

use serde_json::json;

use crate::args::keys::KeysCommand;
use crate::args::members::pairs;
use crate::call::Call;
use crate::render::{ISSUED_KEYS, KEYS};
use crate::session::{Change, Collection, Ended, Session};

const ALL: Collection = Collection {
    path: "/v1/keys",
    shape: KEYS,
    empty: "There are no keys. `trunkline keys create` creates one.",
};

pub(super) async fn run(command: KeysCommand, session: &mut Session<'_>) -> Ended {
    match command {
        KeysCommand::Create(args) => {
            let call = Call::post(ALL.path).with_body(args.body().into());
            let change = Change::keyed(call, args.write)
                .remark("The answer would show the key's secret, only once.");
            issue(change, session).await
        }
        KeysCommand::List(args) => session.list(&ALL, pairs(&args), args.page).await,
        KeysCommand::Get(args) => session.get(&ALL, &args.id).await,
        KeysCommand::Revoke(args) => {
            let id = args.which.id;
            let at = ALL.at(&id);
            let change = Change::keyed(Call::delete(at.as_str()), args.write)
                .remark("A revoked key can't be used again.");
            let change = change.about(&at, &session.api).await?;
            session.remove(change, &format!("revoked {id}")).await
        }
        KeysCommand::Rotate(args) => {
            let at = ALL.at(&args.key.which.id);
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
