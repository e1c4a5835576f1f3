//! A headless Chromium of a test's own, and the driver it listens to.

use std::io::{BufRead, BufReader, ErrorKind};
use std::process::{Child, Command, Stdio};

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use trunkline_testkit::services;

/// The browsers there may be, by the name of the package or of the distribution.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A browser. It is ended by [`Browser::end`]; the driver at the latest when this is dropped.
pub(crate) struct Browser {
    pub(crate) client: Client,
    driver: Driver,
    _profile: TempDir,
}

struct Driver {
    process: Child,
    port: u16,
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Driver {
    /// Starts the driver on a port that it finds itself; `None`, having said so, where it is not installed.
    fn start() -> Option<Self> {
        let started = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut process = match started {
            Ok(process) => process,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                services::skip("chromedriver");
                return None;
            }
            Err(error) => panic!("chromedriver: {error}"),
        };
        let output = process.stdout.take().unwrap();
        let mut lines = BufReader::new(output).lines().map(Result::unwrap);
        let said = lines.find_map(|line| {
            line.split_once("successfully on port ")?
                .1
                .trim_end_matches('.')
                .parse()
                .ok()
        });
        let port = said.unwrap_or_else(|| panic!("chromedriver says no port"));
        Some(Self { process, port })
    }
}

impl Browser {
    /// Starts one; `None`, having said so, where it is not installed.
    pub(crate) async fn start() -> Option<Self> {
        if !BROWSERS.iter().any(|name| installed(name)) {
            services::skip("chromium");
            return None;
        }
        let driver = tokio::task::spawn_blocking(Driver::start).await.unwrap()?;
        let profile = TempDir::new().unwrap();
        let wanted = capabilities(&profile);
        let url = format!("http://127.0.0.1:{}", driver.port);
        let client = ClientBuilder::new(hyper_client())
            .capabilities(wanted)
            .connect(&url)
            .await
            .unwrap();
        Some(Self {
            client,
            driver,
            _profile: profile,
        })
    }

    /// Ends the browser, then the driver.
    pub(crate) async fn end(self) {
        let _ = self.client.close().await;
        drop(self.driver);
    }
}

fn hyper_client() -> hyper_util::client::legacy::connect::HttpConnector {
    hyper_util::client::legacy::connect::HttpConnector::new()
}

fn installed(name: &str) -> bool {
    let version = Command::new(name)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    version.is_ok_and(|status| status.success())
}

/// A fresh profile, nothing that speaks to anybody, English and one zone whatever the machine is set to.
fn capabilities(profile: &TempDir) -> Capabilities {
    let profile = format!("--user-data-dir={}", profile.path().display());
    let wanted = json!({
        "goog:chromeOptions": {
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--lang=en-GB", "--window-size=1280,900", profile,
            ],
        },
        "timeouts": {"script": 30_000},
    });
    match wanted {
        Value::Object(map) => map,
        _ => Capabilities::new(),
    }
}

/// A command of the browser's own protocol, which `WebDriver` has no word for.
#[derive(Debug)]
pub(crate) struct Devtools(pub(crate) &'static str, pub(crate) Value);

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        let body = json!({"cmd": self.0, "params": self.1});
        (http::Method::POST, Some(body.to_string()))
    }
}
