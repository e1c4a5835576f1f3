//! `trunkline keys`

use std::collections::BTreeSet;

use serde_json::json;
use trunkline_core::{Tenant, did_you_mean};

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
            let tenant = args.tenant.as_deref();
            session.warn(tenant.and_then(|tenant| unknown_tenant(tenant, session)));
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

/// What to say of a tenant that no account belongs to. A gateway refuses the tenants of others.
fn unknown_tenant(tenant: &str, session: &Session<'_>) -> Option<String> {
    let accounts = session.api.services()?.engine.registry.iter();
    let mut known: BTreeSet<String> = accounts.map(|entry| entry.tenant.to_string()).collect();
    known.insert(Tenant::default().to_string());
    let meant = did_you_mean(tenant, known.iter().map(String::as_str));
    let is_known = known.contains(tenant);
    (!is_known).then(|| format!("warning: no account belongs to the tenant {tenant:?}{meant}"))
}

async fn issue(change: Change, session: &mut Session<'_>) -> Ended {
    let sent = change.is_sent();
    let ended = session.change(change, &ISSUED_KEYS).await?;
    if sent {
        session.note_for_people("note: the secret is shown only once and not stored: save it now");
    }
    Ok(ended)
}
