//! What a gateway writes when it is ready.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};
use trunkline_sandbox::{EXAMPLE_NUMBER, ProviderKind, Sandbox};

use crate::server::fakes::{places, ports};

/// Who needs a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    /// Every caller, and keys were created.
    Needed,
    /// Every caller, and there is no key yet.
    Missing,
    /// No caller on this machine: it is a sandbox without keys.
    NotNeeded,
}

/// What a gateway writes when it is ready.
pub(super) struct Banner<'a> {
    pub(super) address: SocketAddr,
    pub(super) accounts: Vec<String>,
    pub(super) database: String,
    pub(super) keys: Keys,
    pub(super) config: Option<&'a Path>,
    /// The database file, if it is not the configured one. An address may hold a password, and is not shown.
    pub(super) named_database: Option<&'a str>,
    pub(super) sandbox: Option<&'a Sandbox>,
    /// Whether the database holds what earlier sandboxes have forgotten.
    pub(super) is_reused: bool,
    pub(super) program: String,
}

impl fmt::Display for Banner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = format!("http://{}", self.address);
        writeln!(
            f,
            "trunkline {} listens on {url}",
            env!("CARGO_PKG_VERSION")
        )?;
        writeln!(f, "  console    {url}/")?;
        writeln!(f, "  docs       {url}/docs")?;
        if let Some(config) = self.config {
            writeln!(f, "  config     {}", config.display())?;
        }
        writeln!(f, "  database   {}", self.database)?;
        match self.accounts.as_slice() {
            [] => writeln!(
                f,
                "  accounts   none: add [[accounts]] to the configuration"
            )?,
            accounts => writeln!(f, "  accounts   {}", accounts.join(", "))?,
        }
        match self.keys {
            Keys::Needed => writeln!(f, "Every call needs an API key.")?,
            Keys::Missing => writeln!(
                f,
                "Every call needs an API key, and there is none yet. Create the first one in this directory:\n  \
                 {} keys create --name NAME --scope all{}",
                self.program,
                self.options()
            )?,
            Keys::NotNeeded => writeln!(
                f,
                "This is a sandbox: programs on this machine need no API key until one is created."
            )?,
        }
        if let Some(sandbox) = self.sandbox {
            write!(
                f,
                "\nThe sandbox, fake carriers that cost nothing:\n{}",
                ports(sandbox)
            )?;
            if self.is_reused {
                writeln!(
                    f,
                    "The database has purchases of earlier runs, whose numbers the fakes have forgotten: delete {} to start new.",
                    self.database
                )?;
            }
        }
        self.examples(f, &url)
    }
}

impl Banner<'_> {
    /// The same for programs.
    pub(super) fn json(&self) -> Value {
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "url": format!("http://{}", self.address),
            "config": self.config,
            "database": self.database,
            "accounts": self.accounts,
            "key_needed": self.keys != Keys::NotNeeded,
            "sandbox": self.sandbox.map(places),
        })
    }

    /// The options of `keys create` that select the database of this gateway.
    fn options(&self) -> String {
        let config = self
            .config
            .map(|path| format!(" --config {}", path.display()));
        let database = self.named_database.map(|url| format!(" --database {url}"));
        [config, database].into_iter().flatten().collect()
    }

    /// Commands to copy.
    fn examples(&self, f: &mut fmt::Formatter<'_>, url: &str) -> fmt::Result {
        let program = &self.program;
        let needed = self.keys != Keys::NotNeeded;
        let key = if needed {
            " -H \"Authorization: Bearer $TRUNKLINE_KEY\""
        } else {
            ""
        };
        writeln!(f, "\nTry, in another terminal:")?;
        writeln!(f, "  export TRUNKLINE_URL={url}")?;
        if needed {
            writeln!(f, "  export TRUNKLINE_KEY=tl_...")?;
        }
        writeln!(
            f,
            "  {program} search --country US --area-code 415 --limit 5"
        )?;
        let shop = ProviderKind::ALL[0].name();
        if self.sandbox.is_some() {
            writeln!(
                f,
                "  {program} purchase --account {shop} --number {EXAMPLE_NUMBER} --label Support"
            )?;
        }
        writeln!(f, "  {program} numbers list")?;
        writeln!(
            f,
            "  curl '{url}/v1/available-numbers?country=US&area_code=415&limit=5'{key}"
        )?;
        if let Some(sandbox) = self.sandbox {
            writeln!(
                f,
                "  curl {url}/v1/numbers{key} -H 'Idempotency-Key: try-1' -H 'Content-Type: application/json' \\\n    \
                 -d '{{\"criteria\": {{\"country\": \"US\", \"area_code\": \"510\"}}, \"label\": \"Sales\"}}'"
            )?;
            writeln!(f, "  curl {}/{shop}/ledger", sandbox.control_url())?;
        }
        Ok(())
    }
}
