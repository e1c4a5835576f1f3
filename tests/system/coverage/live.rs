//! The commands of rows, carried out at a gateway with all the fake carriers.

use serde_json::{Value, json};
use tempfile::TempDir;
use trunkline_cli::{Console, Exit};

use super::Entry;
use super::command::words;
use crate::process::Server;

/// A gateway, with a number held at every carrier.
pub(super) struct World {
    _directory: TempDir,
    server: Server,
    /// What stands in the rows for something that only a running carrier knows, and what it is.
    known: Vec<(&'static str, String)>,
}

impl World {
    pub(super) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let server = Server::start(directory.path(), &["--sandbox", "--port-base", "0"]).await;
        let mut world = Self {
            _directory: directory,
            server,
            known: Vec::new(),
        };
        for (account, word) in [
            ("twilio", "twilio:PN1"),
            ("signalwire", "signalwire:ID"),
            ("zendesk", "zendesk:6"),
        ] {
            let number = world.on_offer(account).await["number"].clone();
            let order = json!({"account": account, "number": number});
            let bought = world.post("/v1/numbers", order, account).await;
            world.know(word, &bought["number"]["id"]);
        }
        let recorded = json!({"account": "wazo", "number": "+14165550149"});
        let recorded = world.post("/v1/numbers/register", recorded, "wazo").await;
        world.know("wazo:ID", &recorded["id"]);
        let listed = world.get("/v1/numbers?account=webex").await;
        let rows = listed["data"].as_array().unwrap();
        let owned = rows.iter().find(|row| row["owner"]["id"].is_string());
        let owned = owned.expect("somebody owns a number");
        world.know("--location ID", &owned["location"]["id"]);
        world.know("--owner ID", &owned["owner"]["id"]);
        world.prove_a_caller_id().await;
        world
    }

    fn know(&mut self, word: &'static str, value: &Value) {
        let value = value.as_str().unwrap();
        // An option keeps its name.
        let value = match word.strip_suffix(" ID") {
            Some(option) => format!("{option} {value}"),
            None => value.to_owned(),
        };
        self.known.push((word, value));
    }

    async fn prove_a_caller_id(&self) {
        let request = json!({"account": "twilio", "number": "+14155550177"});
        self.post("/v1/caller-ids", request, "caller-id").await;
        let answer = "POST /twilio/caller-ids/+14155550177/answer";
        self.server.control(answer, "{}").await.unwrap();
        let verified = |shown: &Value| shown["state"] == "verified";
        let path = "/v1/caller-ids/twilio:+14155550177";
        self.server.until(path, verified).await;
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.server.call(&format!("GET {path}"), "", "").await;
        answer.unwrap().1
    }

    async fn post(&self, path: &str, body: Value, key: &str) -> Value {
        let key = format!("idempotency-key: {key}\r\n");
        let line = format!("POST {path}");
        let answer = self.server.call(&line, &key, &body.to_string()).await;
        let (status, answer) = answer.unwrap();
        assert!(status < 300, "{path} {body}: {answer:#}");
        answer
    }

    /// A number that an account sells, with an offer for it.
    async fn on_offer(&self, account: &str) -> Value {
        let path = format!("/v1/available-numbers?country=US&limit=1&accounts={account}");
        self.get(&path).await["data"][0].clone()
    }

    /// A command of a row with what it names only by a stand-in. Numbers are bought from what is on sale now.
    async fn filled_in(&self, command: &str) -> String {
        let mut command = command.to_owned();
        for (word, value) in &self.known {
            command = command.replace(word, value);
        }
        if command.starts_with("purchase of_1") {
            let offer = self.on_offer("zendesk").await["offer"].clone();
            return command.replace("of_1", offer.as_str().unwrap());
        }
        let order = command.strip_prefix("purchase --account twilio --number ");
        if let Some(order) = order {
            let (_, settings) = order.split_once(' ').unwrap_or((order, ""));
            let number = self.on_offer("twilio").await["number"].clone();
            let number = number.as_str().unwrap();
            return format!("purchase --account twilio --number {number} {settings}");
        }
        command
    }

    /// Carries a row out: it succeeds, or is refused with the kind of problem that the row says.
    pub(super) async fn carry_out(&self, entry: &Entry<'_>) -> Result<(), String> {
        let command = entry.command().ok_or("no command")?;
        let command = self.filled_in(&command).await;
        let server = format!("http://{}", self.server.address);
        let fixed = ["trunkline", "--server", &server, "--output", "json"];
        let mut arguments: Vec<String> = fixed.map(str::to_owned).into();
        arguments.extend(words(command.trim_end()));
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console::capture(&mut out, &mut err);
        let exit = trunkline_cli::run(arguments, &mut console).await;
        let said = String::from_utf8_lossy(&[out, err].concat()).into_owned();
        let is_as_said = match &entry.row.refused {
            None => exit == Exit::Done,
            Some(kind) => exit != Exit::Done && said.contains(kind),
        };
        is_as_said
            .then_some(())
            .ok_or_else(|| format!("`{command}` ends with {exit:?}: {said}"))
    }
}
