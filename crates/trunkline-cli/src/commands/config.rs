//! `trunkline config`

use std::path::Path;

use trunkline::Config;

use crate::args::ConfigCommand;
use crate::failure::Exit;
use crate::file;
use crate::server::backend::nowhere;
use crate::session::{Context, Ended};

pub(super) fn run(command: ConfigCommand, context: &mut Context<'_>) -> Ended {
    let ConfigCommand::Check { file: named } = command;
    let path = named.or_else(|| context.global.config.clone());
    let path = path.as_deref().unwrap_or_else(|| Path::new(file::DEFAULT));
    let Some(loaded) = file::load(Some(path), Config::parse_with_secrets)? else {
        return Ok(Exit::Done);
    };
    loaded.warn(&mut context.console);
    let config = &loaded.config;
    config
        .registry(&nowhere())
        .map_err(|problems| file::wrong(&loaded.path, &problems))?;
    let accounts = config.accounts.len();
    let plural = if accounts == 1 { "" } else { "s" };
    let path = loaded.path.display();
    let text = format!("{path} is valid: {accounts} account{plural}");
    context.console.answer(&text)?;
    Ok(Exit::Done)
}
