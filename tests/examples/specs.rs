//! Holds the fixtures and the fakes against the carriers' OpenAPI documents: `CONTRIBUTING.md` says how.
//!
//! `specs FOLDER [FIXTURES [BASE_PORT]]`: the folder has `twilio.json`, `signalwire.json`, `zendesk.json`, `webex.json`
//! and `wazo.json`, or some of them. Fixtures may be in another place than the repository's; given a port, a sandbox that
//! runs already is asked, and reset, instead of one started for the purpose.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use trunkline_sandbox::{ProviderKind, Sandbox};
use trunkline_tests::specs::{self, Place};

/// The sandbox whose fakes are asked.
enum Fakes {
    Ours(Sandbox),
    At(u16),
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            say(&why);
            ExitCode::from(2)
        }
    }
}

/// Whether everything is as documented.
async fn run(arguments: &[String]) -> Result<bool, String> {
    let (folder, fixtures, port) = match arguments {
        [folder] => (folder, None, None),
        [folder, fixtures] => (folder, Some(fixtures), None),
        [folder, fixtures, port] => (folder, Some(fixtures), Some(port)),
        _ => return Err("usage: specs FOLDER [FIXTURES [BASE_PORT]]".to_owned()),
    };
    let ours = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let fixtures = fixtures.map_or_else(ours, PathBuf::from);
    let fakes = match port {
        Some(port) => Fakes::At(port.parse().map_err(|_| format!("{port} is no port"))?),
        None => Fakes::Ours(Sandbox::start_default().await.map_err(|e| e.to_string())?),
    };
    let (mut passed, mut checked) = (true, false);
    for provider in ProviderKind::ALL {
        let fixtures = fixtures.join(provider.name());
        let document = Path::new(folder).join(format!("{provider}.json"));
        let missing = [&document, &fixtures]
            .into_iter()
            .find(|path| !path.exists());
        if let Some(missing) = missing {
            say(&format!(
                "{provider}: skipped, there is no {}",
                missing.display()
            ));
            continue;
        }
        let text = std::fs::read_to_string(&document).map_err(|e| format!("{document:?}: {e}"))?;
        let (url, control_url) = fakes.urls(provider);
        let place = Place {
            url: &url,
            control_url: &control_url,
        };
        if url.is_empty() {
            say(&format!(
                "{provider}: there is no fake, only fixtures are checked"
            ));
        }
        let fake = Some(place).filter(|place| !place.url.is_empty());
        let report = specs::check(provider, &text, &fixtures, fake).await;
        let report = report.map_err(|why| format!("{provider}: {why}"))?;
        (passed, checked) = (passed && report.passed(), true);
        say(report.to_string().trim_end());
    }
    if !checked {
        return Err("nothing was checked".to_owned());
    }
    Ok(passed)
}

impl Fakes {
    /// Where a fake and the control port listen.
    fn urls(&self, provider: ProviderKind) -> (String, String) {
        match self {
            Self::Ours(sandbox) => (
                sandbox.url(provider).to_owned(),
                sandbox.control_url().to_owned(),
            ),
            Self::At(base) => {
                let url = |above: u16| format!("http://127.0.0.1:{}", base.saturating_add(above));
                (url(u16::from(provider.index()) + 1), url(9))
            }
        }
    }
}

/// Standard output may be a pipe that nobody reads any more; the exit code tells all the same.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
