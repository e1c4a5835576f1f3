//! `trunkline accounts` and `trunkline providers`

use crate::render::{ACCOUNTS, PROVIDERS};
use crate::session::{Collection, Ended, Session};

const ALL: Collection = Collection {
    path: "/v1/accounts",
    shape: ACCOUNTS,
    empty: "No account is configured.",
};

pub(super) async fn run(name: Option<String>, session: &mut Session<'_>) -> Ended {
    match name {
        Some(name) => session.get(&ALL, &name).await,
        None => session.all(&ALL).await,
    }
}

pub(super) async fn providers(session: &mut Session<'_>) -> Ended {
    let all = Collection {
        path: "/v1/providers",
        shape: PROVIDERS,
        empty: "No provider is built in.",
    };
    session.all(&all).await
}
