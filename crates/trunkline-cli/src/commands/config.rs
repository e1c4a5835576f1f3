//! `trunkline config`

use std::path::Path;

use crate::args::ConfigCommand;
use crate::backend::nowhere;
use crate::commands::Session;
use crate::failure::{Exit, Failure};
use crate::file;

pub(super) fn run(command: ConfigCommand, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let ConfigCommand::Check { file: named } = command;
    let path = named.or_else(|| session.global.config.clone());
    let path = path.as_deref().unwrap_or_else(|| Path::new(file::DEFAULT));
    let Some(loaded) = file::load(Some(path))? else {
        return Ok(Exit::Done);
    };
    for warning in loaded.config.warnings() {
        session
            .console
            .note(&format!("warning: {}: {warning}", loaded.path.display()));
    }
    let config = &loaded.config;
    let problems = [
        config.database_url().err(),
        config.quotas_url().err(),
        config.sealer().err(),
        config.registry(&nowhere()).err(),
    ];
    let mut problems: Vec<_> = problems.into_iter().flatten().flatten().collect();
    problems.sort_by_key(|problem| (problem.line, problem.column));
    if !problems.is_empty() {
        let failure = Failure::usage(format!(
            "the configuration {} can't be used",
            loaded.path.display()
        ));
        return Err(problems.iter().fold(failure, |failure, problem| {
            failure.with_detail(problem.to_string())
        }));
    }
    let accounts = config.accounts.len();
    let plural = if accounts == 1 { "" } else { "s" };
    session.console.answer(&format!(
        "{} is right: {accounts} account{plural}",
        loaded.path.display()
    ))?;
    Ok(Exit::Done)
}
