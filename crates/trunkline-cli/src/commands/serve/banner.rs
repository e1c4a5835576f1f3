//! What a gateway says once it answers.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use trunkline_sandbox::Sandbox;

use crate::commands::sandbox::ports;

/// A number that is on sale in a new sandbox.
const ON_SALE: &str = "+14152000137";

/// What a gateway says once it answers.
pub(super) struct Banner<'a> {
    pub(super) address: SocketAddr,
    pub(super) accounts: Vec<String>,
    pub(super) database: String,
    pub(super) keyed: bool,
    pub(super) config: Option<&'a Path>,
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
        if self.keyed {
            writeln!(f, "Every call needs an API key.")?;
        } else {
            writeln!(
                f,
                "There are no API keys yet: it listens on loopback only, and everybody on this machine may use it."
            )?;
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
    /// Commands to copy.
    fn examples(&self, f: &mut fmt::Formatter<'_>, url: &str) -> fmt::Result {
        let program = &self.program;
        let key = if self.keyed {
            " -H \"Authorization: Bearer $TRUNKLINE_KEY\""
        } else {
            ""
        };
        writeln!(f, "\nTry, in another terminal:")?;
        writeln!(f, "  export TRUNKLINE_URL={url}")?;
        if self.keyed {
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
