//! What outlives the gateways: the carriers, the directory, the database.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use trunkline_sandbox::{Ledger, Options as SandboxOptions, ProviderKind, Sandbox, credentials};
use trunkline_testkit::services::postgres::Server;

use crate::faults;
use crate::options::Options;
use crate::spend;
use crate::stock;

/// When a purchase presumed failed is looked for again; the last pause repeats.
const WATCH: [u64; 6] = [1, 3, 6, 10, 14, 18];

/// The longest pause of the watch, in which a late commit must be noticed.
pub(crate) const WATCH_INTERVAL: Duration = Duration::from_secs(WATCH[WATCH.len() - 1]);

/// Most requests of one carrier that the judge reads.
const KEPT_REQUESTS: usize = 200_000;

/// The carriers and the directory of a run.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    directory: TempDir,
    pub(crate) database: String,
    /// The API key of the clients.
    pub(crate) key: Arc<str>,
    /// Ends with the run.
    _server: Option<Server>,
}

impl World {
    /// Starts the carriers, fills their stock and writes the configuration.
    ///
    /// # Errors
    /// No free port, no directory to write in.
    pub(crate) async fn new(options: &Options, seed: u64) -> Result<Self, String> {
        let sandbox = Sandbox::start(SandboxOptions {
            seed,
            kept_requests: KEPT_REQUESTS,
            kept_operations: &["purchase", "start_caller_id"],
            ..SandboxOptions::free_ports()
        });
        let sandbox = sandbox.await.map_err(|error| error.to_string())?;
        let (exact, open) = stock::areas(options.purchases);
        stock::fill(&sandbox, &exact)?;
        stock::fill(&sandbox, &open)?;
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let config = directory.path().join("trunkline.toml");
        std::fs::write(config, configuration(&sandbox, options))
            .map_err(|error| error.to_string())?;
        let server = options.postgres.then(|| {
            let server = Server::start();
            server.ok_or("PostgreSQL is not installed")
        });
        let server = server.transpose()?;
        let database = match (&options.database, &server) {
            (Some(database), _) => database.clone(),
            (None, Some(server)) => server.database(),
            (None, None) => {
                let file = directory.path().join("trunkline.db");
                format!("sqlite://{}", file.display())
            }
        };
        let key = make_key(directory.path(), &database).await?;
        Ok(Self {
            sandbox,
            directory,
            database,
            key,
            _server: server,
        })
    }

    /// Where configuration, database and logs are.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Every carrier that runs.
    pub(crate) fn carriers(&self) -> impl Iterator<Item = ProviderKind> {
        let runs = |kind: &ProviderKind| !self.sandbox.url(*kind).is_empty();
        ProviderKind::ALL.into_iter().filter(runs)
    }

    /// The books of every carrier.
    pub(crate) fn ledgers(&self) -> Vec<(ProviderKind, Ledger)> {
        self.carriers()
            .map(|kind| (kind, self.sandbox.ledger(kind)))
            .collect()
    }

    /// From now on this share of the carriers' calls goes wrong.
    ///
    /// # Errors
    /// A plan that the sandbox can't follow.
    pub(crate) fn break_things(&self, rate: f64, latest: Duration) -> Result<(), String> {
        let plans = self
            .carriers()
            .flat_map(|kind| faults::plans(kind, rate, latest));
        for plan in plans {
            let refused = |error: trunkline_sandbox::PlanError| error.to_string();
            self.sandbox.inject(plan).map_err(refused)?;
        }
        Ok(())
    }

    /// How many calls there were.
    pub(crate) fn calls(&self) -> u64 {
        let ledgers = self.ledgers();
        let requests = ledgers
            .iter()
            .flat_map(|(_, ledger)| ledger.requests.values());
        requests.sum()
    }

    /// How many calls went wrong.
    pub(crate) fn faults_fired(&self) -> u64 {
        self.sandbox.faults().iter().map(|fault| fault.fired).sum()
    }

    /// Keeps the directory for whoever wants to know what happened.
    pub(crate) fn keep(self) -> String {
        self.directory.keep().display().to_string()
    }
}

fn configuration(sandbox: &Sandbox, options: &Options) -> String {
    let replicas = options.replicas;
    let watch = WATCH.map(|seconds| format!("\"{seconds}s\"")).join(", ");
    let mut text = format!(
        "[log]\nlevel = \"warn\"\n[rate_limit]\nreplicas = {replicas}\n[purchases]\nwatch = [{watch}]\nwatch_for = \"1h\"\n"
    );
    let settle = if options.quick { "1s" } else { "2s" };
    for kind in ProviderKind::ALL {
        let url = sandbox.url(kind);
        if url.is_empty() {
            continue;
        }
        let (name, login) = (kind.name(), login(kind));
        let shared = format!("base_url = \"{url}\"\nsettle = \"{settle}\"");
        let limits = "limits = { concurrency = 256, adaptive = false }";
        let spend =
            spend::ceiling(kind, options.purchases).map_or_else(String::new, spend::settings);
        // Writing to a string can't fail.
        let _ = writeln!(
            text,
            "[[accounts]]\nname = \"{name}\"\nprovider = \"{name}\"\n{login}\n{shared}\n{limits}\n{spend}"
        );
    }
    text
}

/// Makes a key for everything, as who has the database does.
async fn make_key(directory: &Path, database: &str) -> Result<Arc<str>, String> {
    let config = directory.join("trunkline.toml").display().to_string();
    let create = [
        "trunkline",
        "keys",
        "create",
        "--name",
        "torture",
        "--scope",
        "all",
    ];
    let args = [
        &create[..],
        &["-o", "json", "--config", &config, "--database", database],
    ]
    .concat();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = trunkline_cli::Console::capture(&mut out, &mut err);
    trunkline_cli::run(args, &mut console).await;
    let made: serde_json::Value = serde_json::from_slice(&out).unwrap_or_default();
    let key = made["secret"].as_str().map(Arc::from);
    key.ok_or_else(|| format!("no key can be made: {}", String::from_utf8_lossy(&err)))
}

fn login(kind: ProviderKind) -> String {
    match kind {
        ProviderKind::Twilio => format!(
            "account_sid = \"{}\"\nauth_token = \"{}\"",
            credentials::TWILIO_ACCOUNT_SID,
            credentials::TWILIO_AUTH_TOKEN
        ),
        ProviderKind::SignalWire => format!(
            "project_id = \"{}\"\napi_token = \"{}\"",
            credentials::SIGNALWIRE_PROJECT_ID,
            credentials::SIGNALWIRE_API_TOKEN
        ),
        ProviderKind::Zendesk => {
            format!("access_token = \"{}\"", credentials::ZENDESK_ACCESS_TOKEN)
        }
        ProviderKind::Webex => format!("access_token = \"{}\"", credentials::WEBEX_ACCESS_TOKEN),
        ProviderKind::Wazo => format!(
            "username = \"{}\"\npassword = \"{}\"",
            credentials::WAZO_USERNAME,
            credentials::WAZO_PASSWORD
        ),
    }
}
