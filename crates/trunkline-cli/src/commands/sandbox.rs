//! `trunkline sandbox`

use crate::args::serve::SandboxArgs;
use crate::failure::{Exit, Failure};
use crate::server::fakes;
use crate::server::signal::signal;
use crate::session::Session;

pub(super) async fn run(args: SandboxArgs, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let sandbox = fakes::start(&args.ports).await?;
    let stop = signal()?;
    let mut text = String::from(
        "The fake carriers listen on loopback only. They cost nothing and forget everything when they stop.\n\n",
    );
    text.push_str(&fakes::ports(&sandbox));
    text.push_str("\nAccounts for a configuration of trunkline:\n\n");
    text.push_str(&fakes::tables(|kind| fakes::url(&sandbox, kind)));
    session.console.note_out(&text);
    stop.await;
    sandbox.shutdown().await;
    Ok(Exit::Done)
}
