//! `trunkline reload`

use crate::call::Call;
use crate::client::Api;
use crate::failure::Failure;
use crate::render::RELOADED;
use crate::session::{Ended, Session};

pub(super) async fn run(session: &mut Session<'_>) -> Ended {
    if matches!(session.api, Api::Local(_)) {
        return Err(
            Failure::usage("no gateway is named: use --server or TRUNKLINE_URL")
                .with_hint("or send SIGHUP to the gateway's process, and read its log"),
        );
    }
    let call = Call::post("/v1/admin/reload");
    session.show(&call, &RELOADED).await
}
