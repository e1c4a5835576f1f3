//! `trunkline allocations`

use crate::args::allocations::AllocationsCommand;
use crate::render::ALLOCATIONS;
use crate::session::{Collection, Ended, Session};

const ALL: Collection = Collection {
    path: "/v1/allocations",
    shape: ALLOCATIONS,
    empty: "There is no allocation yet.",
};

pub(super) async fn run(command: AllocationsCommand, session: &mut Session<'_>) -> Ended {
    match command {
        AllocationsCommand::List(page) => session.list(&ALL, Vec::new(), page).await,
        AllocationsCommand::Get(args) => session.get(&ALL, &args.id).await,
    }
}
