//! `trunkline config`

use std::path::Path;

use crate::args::ConfigCommand;
use crate::failure::{Exit, Failure};
use crate::file;
use crate::server::backend::nowhere;
use crate::session::Session;

pub(super) fn run(command: ConfigCommand, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let ConfigCommand::Check { file: named } = command;
    let path = named.or_else(|| session.global.config.clone());
    let path = path.as_deref().unwrap_or_else(|| Path::new(file::DEFAULT));
    let Some(loaded) = file::load_with_secrets(Some(path))? else {
        return Ok(Exit::Done);
    };
    for warning in loaded.config.warnings() {
        session
            .console
            .note(&format!("warning: {}: {warning}", loaded.path.display()));
    }
    let config = &loaded.config;
    config
        .registry(&nowhere())
        .map_err(|problems| file::wrong(&loaded.path, &problems))?;
    let accounts = config.accounts.len();
    let plural = if accounts == 1 { "" } else { "s" };
    session.console.answer(&format!(
        "{} is right: {accounts} account{plural}",
        loaded.path.display()
    ))?;
    Ok(Exit::Done)
}
