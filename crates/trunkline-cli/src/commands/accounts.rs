//! `trunkline accounts` and `trunkline providers`

use crate::args::AccountsArgs;
use crate::call::{Call, path};
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::listing::Listing;
use crate::render::{ACCOUNTS, PROVIDERS};
use crate::session::Session;

pub(super) async fn run(
    args: AccountsArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    match args.name {
        Some(name) => {
            session
                .show(api, &Call::get(path("/v1/accounts", &name)), &ACCOUNTS)
                .await
        }
        None => {
            let found = Listing::read(api.send(&Call::get("/v1/accounts")).await?)?;
            session.tell(&found, &ACCOUNTS, "No account is configured.")?;
            Ok(Exit::Done)
        }
    }
}

pub(super) async fn providers(api: &Api, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let found = Listing::read(api.send(&Call::get("/v1/providers")).await?)?;
    session.tell(&found, &PROVIDERS, "No provider is built in.")?;
    Ok(Exit::Done)
}
