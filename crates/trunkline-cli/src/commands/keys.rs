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
            let warning = match &args.tenant {
                Some(tenant) => unknown_tenant(tenant, session).await,
                None => None,
            };
            session.warn(warning);
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

/// What to say of a tenant that is most likely mistyped: in this process, one that no account belongs to. A gateway shows
/// other tenants by their keys alone, so that there it is one that is only similar to them.
async fn unknown_tenant(tenant: &str, session: &Session<'_>) -> Option<String> {
    let mut known = BTreeSet::from([Tenant::default().to_string()]);
    let services = session.api.services();
    match services {
        Some(services) => {
            let accounts = services.engine.registry.iter();
            known.extend(accounts.map(|entry| entry.tenant.to_string()));
        }
        None => {
            let keys = session.api.get(ALL.path).await.ok()?;
            let keys = keys["data"].as_array()?.iter();
            known.extend(keys.filter_map(|key| key["tenant"].as_str().map(str::to_owned)));
        }
    }
    let meant = did_you_mean(tenant, known.iter().map(String::as_str));
    match services {
        _ if known.contains(tenant) => None,
        Some(_) => Some(format!(
            "warning: no account belongs to the tenant {tenant:?}{meant}"
        )),
        None => (!meant.is_empty())
            .then(|| format!("warning: the tenant {tenant:?} has no key yet{meant}")),
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
