//! `trunkline allocations`

use crate::args::allocations::AllocationsCommand;
use crate::call::{Call, path};
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::render::ALLOCATIONS;
use crate::session::{ListCall, Session};

const PATH: &str = "/v1/allocations";

pub(super) async fn run(
    command: AllocationsCommand,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    match command {
        AllocationsCommand::List(page) => {
            session
                .list(
                    api,
                    ListCall {
                        path: PATH,
                        query: Vec::new(),
                        page,
                        shape: ALLOCATIONS,
                        empty: "Nothing was allocated yet.",
                    },
                )
                .await
        }
        AllocationsCommand::Get { id } => {
            session
                .show(api, &Call::get(path(PATH, &id)), &ALLOCATIONS)
                .await
        }
    }
}
