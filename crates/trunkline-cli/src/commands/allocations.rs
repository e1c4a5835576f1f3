//! `trunkline allocations`

use crate::args::allocations::AllocationsCommand;
use crate::call::{Call, path};
use crate::render::ALLOCATIONS;
use crate::session::{Ended, List, Session};

const PATH: &str = "/v1/allocations";

pub(super) async fn run(command: AllocationsCommand, session: &mut Session<'_>) -> Ended {
    match command {
        AllocationsCommand::List(page) => {
            let list = List {
                path: PATH,
                query: Vec::new(),
                page,
                shape: ALLOCATIONS,
                empty: "There is no allocation yet.",
            };
            session.list(list).await
        }
        AllocationsCommand::Get(args) => {
            let call = Call::get(path(PATH, &args.id));
            session.show(&call, &ALLOCATIONS).await
        }
    }
}
