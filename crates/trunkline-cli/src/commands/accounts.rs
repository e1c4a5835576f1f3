//! `trunkline accounts` and `trunkline providers`

use crate::call::{Call, path};
use crate::failure::Exit;
use crate::listing::Listing;
use crate::render::{ACCOUNTS, PROVIDERS, Shape};
use crate::session::{Ended, Session};

pub(super) async fn run(name: Option<String>, session: &mut Session<'_>) -> Ended {
    match name {
        Some(name) => {
            let call = Call::get(path("/v1/accounts", &name));
            session.show(&call, &ACCOUNTS).await
        }
        None => {
            whole(
                "/v1/accounts",
                &ACCOUNTS,
                "No account is configured.",
                session,
            )
            .await
        }
    }
}

pub(super) async fn providers(session: &mut Session<'_>) -> Ended {
    whole(
        "/v1/providers",
        &PROVIDERS,
        "No provider is built in.",
        session,
    )
    .await
}

/// Shows a list that has one page.
async fn whole(path: &str, shape: &Shape, empty: &str, session: &mut Session<'_>) -> Ended {
    let found = Listing::read(session.api.send(&Call::get(path)).await?)?;
    session.answer_list(&found, shape, empty)?;
    Ok(Exit::Done)
}
