//! `trunkline accounts` and `trunkline providers`

use serde_json::Value;

use crate::args::AccountsCommand;
use crate::failure::Exit;
use crate::render::{ACCOUNTS, PROVIDERS};
use crate::session::{Collection, Ended, FAILING, Session};

const ALL: Collection = Collection {
    path: "/v1/accounts",
    shape: ACCOUNTS,
    empty: "No account is configured.",
};

pub(super) async fn run(
    name: Option<String>,
    command: Option<AccountsCommand>,
    session: &mut Session<'_>,
) -> Ended {
    let named = match command {
        Some(AccountsCommand::Get { name }) => Some(name),
        Some(AccountsCommand::List) | None => name,
    };
    match named {
        Some(name) => session.get(&ALL, &name).await,
        None => {
            let found = session.all(&ALL).await?;
            let fails = |account: &Value| account["health"]["last_error"].is_string();
            if found.items().iter().any(fails) {
                session.note_for_people(FAILING);
            }
            Ok(Exit::Done)
        }
    }
}

pub(super) async fn providers(session: &mut Session<'_>) -> Ended {
    let all = Collection {
        path: "/v1/providers",
        shape: PROVIDERS,
        empty: "No provider is built in.",
    };
    session.all(&all).await?;
    Ok(Exit::Done)
}
