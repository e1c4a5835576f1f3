//! What a gateway says once it answers.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use trunkline_sandbox::Sandbox;

use crate::server::fakes::ports;

/// A number that is on sale in a new sandbox.
const ON_SALE: &str = "+14152000137";

/// Who needs a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    /// Everybody, and there was one.
    Needed,
    /// Everybody, and nobody has one.
    Missing,
    /// Nobody on this machine: it is a sandbox without keys.
    NotNeeded,
}

/// What a gateway says once it answers.
pub(super) struct Banner<'a> {
    pub(super) address: SocketAddr,
    pub(super) accounts: Vec<String>,
    pub(super) database: String,
    pub(super) keys: Keys,
    pub(super) config: Option<&'a Path>,
    /// The database, if it is not the configured one. A file: an address with a password in it is not shown.
    pub(super) named_database: Option<&'a str>,
    pub(super) sandbox: Option<&'a Sandbox>,
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
                "Every call needs an API key, and there is none yet. Make the first one in this directory:\n  \
                 {} keys create --name NAME --scope all{}",
                self.program,
                self.options()
            )?,
            Keys::NotNeeded => writeln!(
                f,
                "It is a sandbox without API keys: programs on this machine need none, as long as there is none."
            )?,
        }
        if let Some(sandbox) = self.sandbox {
            write!(
                f,
                "\nThe sandbox, fake carriers that cost nothing:\n{}",
                ports(sandbox)
            )?;
        }
        self.examples(f, &url)
    }
}

impl Banner<'_> {
    /// What the command that makes a key needs, to do so in the database of this gateway.
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
        if self.sandbox.is_some() {
            writeln!(
                f,
                "  {program} purchase --account twilio --number {ON_SALE} --label Support"
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
                "  curl {url}/v1/numbers{key} -H 'Idempotency-Key: try-1' -H 'Content-Type: application/json' \\"
            )?;
            writeln!(
                f,
                "    -d '{{\"account\": \"twilio\", \"number\": \"{ON_SALE}\", \"label\": \"Support\"}}'"
            )?;
            writeln!(f, "  curl {}/twilio/ledger", sandbox.control_url())?;
        }
        Ok(())
    }
}
