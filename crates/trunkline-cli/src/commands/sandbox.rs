//! `trunkline sandbox`

use crate::args::Format;
use crate::args::serve::PortArgs;
use crate::failure::Exit;
use crate::server::fakes;
use crate::server::signal::signal;
use crate::session::{Context, Ended};

pub(super) async fn run(ports: PortArgs, context: &mut Context<'_>) -> Ended {
    let sandbox = fakes::start(&ports).await?;
    let stop = signal()?;
    if context.style.format == Format::Json {
        let text = context.style.json(&fakes::places(&sandbox).to_string());
        context.console.note_out(&format!("{text}\n"));
        stop.await;
        sandbox.shutdown().await;
        return Ok(Exit::Done);
    }
    let mut text = String::from(
        "The fake carriers listen on this machine only. They cost nothing, and forget everything when they stop.\n\n",
    );
    text.push_str(&fakes::ports(&sandbox));
    text.push_str("\nAccounts at them, for a configuration file:\n\n");
    text.push_str(&fakes::tables(|kind| sandbox.url(kind)));
    context.console.note_out(&text);
    stop.await;
    sandbox.shutdown().await;
    Ok(Exit::Done)
}
