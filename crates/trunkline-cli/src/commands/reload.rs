//! `trunkline reload`

use crate::call::Call;
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::render::RELOADED;
use crate::session::Session;

pub(super) async fn run(api: &Api, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    if matches!(api, Api::Local(_)) {
        return Err(Failure::usage(
            "there is no gateway to reload: name one with --server or TRUNKLINE_URL",
        )
        .with_hint("or send its process SIGHUP, and read its log"));
    }
    let call = Call::post("/v1/admin/reload");
    session.show(api, &call, &RELOADED).await
}
