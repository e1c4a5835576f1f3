//! Every operation that the carriers' documentation pages name, done at the fake carriers over HTTP and by the command
//! line: the rows of `docs/coverage.md` in motion.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Server, run};

/// A gateway with all the fake carriers, and where its files are.
struct World {
    directory: TempDir,
    server: Server,
}

impl World {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let server = Server::start(directory.path(), &["--sandbox", "--port-base", "0"]).await;
        Self { directory, server }
    }

    /// The answer to a request that succeeds.
    async fn http(&self, line: &str, body: Value) -> Value {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        // Only a purchase needs a key, and every one needs its own.
        let key = if line.starts_with("POST") {
            format!("idempotency-key: {:x}\r\n", fingerprint(line, &body))
        } else {
            String::new()
        };
        let (status, answer) = self.server.call(line, &key, &body).await.unwrap();
        assert!((200..300).contains(&status), "{line} {body}: {answer:#}");
        answer
    }

    async fn get(&self, path: &str) -> Value {
        self.http(&format!("GET {path}"), Value::Null).await
    }

    /// What a command that succeeds shows; its words are separated by spaces.
    async fn cli(&self, command: &str) -> Value {
        let server = format!("http://{}", self.server.address);
        let mut words = vec!["--server", &server, "--output", "json"];
        words.extend(command.split(' '));
        let (exit, out, err) = run(self.directory.path(), &words).await;
        assert_eq!(exit, 0, "{command}: {out}\n{err}");
        // The harness of the tests writes lines of its own around it.
        let json = out.find('{').map(|start| out[start..].trim());
        json.map_or(Value::Null, |json| {
            let mut values = serde_json::Deserializer::from_str(json).into_iter();
            values.next().unwrap().unwrap()
        })
    }

    /// A search by both ways: what is on offer.
    async fn on_offer(&self, account: &str, kind: &str) -> Vec<String> {
        let query = format!("country=US&type={kind}&accounts={account}");
        let over_http = self.get(&format!("/v1/available-numbers?{query}")).await;
        let command = format!("search --country US --type {kind} --accounts {account}");
        let found = numbers(&self.cli(&command).await);
        assert_eq!(numbers(&over_http), found);
        assert!(found.len() > 2, "{account}: {found:?}");
        found
    }

    /// A purchase by each way: the ids.
    async fn buy(&self, account: &str, on_offer: &[String]) -> [String; 2] {
        let order = json!({"account": account, "number": on_offer[0]});
        let first = self.http("POST /v1/numbers", order).await;
        let command = format!("purchase --account {account} --number {}", on_offer[1]);
        let second = self.cli(&command).await;
        [first, second].map(|bought| text(&bought["number"]["id"]))
    }

    /// A change of the label by each way.
    async fn rename(&self, ids: &[String; 2]) {
        let patch = format!("PATCH /v1/numbers/{}", ids[0]);
        let changed = self.http(&patch, json!({"label": "Desk"})).await;
        assert_eq!(changed["label"], "Desk");
        let update = format!("numbers update {} --label Lobby", ids[1]);
        assert_eq!(self.cli(&update).await["label"], "Lobby");
    }

    /// A look at both numbers by both ways, alone and in the list.
    async fn look(&self, account: &str, ids: &[String; 2]) {
        for id in ids {
            let over_http = self.get(&format!("/v1/numbers/{id}")).await;
            assert_eq!(self.cli(&format!("numbers get {id}")).await, over_http);
        }
        let over_http = self.get(&format!("/v1/numbers?account={account}")).await;
        let listed = self.cli(&format!("numbers list --account {account}")).await;
        for list in [over_http, listed] {
            let data = list["data"].as_array().unwrap();
            let is_listed = |id: &String| data.iter().any(|number| number["id"] == id.as_str());
            assert!(ids.iter().all(is_listed), "{list:#}");
        }
    }

    /// A release by each way.
    async fn release(&self, ids: &[String; 2]) {
        let delete = format!("DELETE /v1/numbers/{}", ids[0]);
        self.http(&delete, Value::Null).await;
        self.cli(&format!("numbers release {} --yes", ids[1])).await;
        for id in ids {
            let gone = self
                .server
                .call(&format!("GET /v1/numbers/{id}"), "", "")
                .await;
            assert_eq!(gone.unwrap().0, 404, "{id}");
        }
    }
}

fn fingerprint(line: &str, body: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    (line, body).hash(&mut hasher);
    hasher.finish()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn numbers(list: &Value) -> Vec<String> {
    let data = list["data"].as_array().unwrap();
    data.iter().map(|number| text(&number["number"])).collect()
}

#[tokio::test]
async fn every_number_operation_of_twilio_is_reached() {
    let world = World::new().await;
    world.on_offer("twilio", "toll_free").await;
    let on_offer = world.on_offer("twilio", "local").await;
    let ids = world.buy("twilio", &on_offer).await;
    world.rename(&ids).await;
    world.look("twilio", &ids).await;
    world.release(&ids).await;
}

#[tokio::test]
async fn every_caller_id_operation_of_twilio_is_reached() {
    let world = World::new().await;
    let request = json!({"account": "twilio", "number": "+14155550177", "label": "Desk"});
    let started = world.http("POST /v1/caller-ids", request).await;
    let start = "caller-ids start --account twilio --number +14155550178 --label Lobby";
    let ids = [started, world.cli(start).await].map(|pending| {
        assert!(pending["validation_code"].is_string(), "{pending:#}");
        text(&pending["id"])
    });
    for number in ["+14155550177", "+14155550178"] {
        let answer = format!("POST /twilio/caller-ids/{number}/answer");
        world.server.control(&answer, "{}").await.unwrap();
        let path = format!("/v1/caller-ids/twilio:{number}");
        let verified = |shown: &Value| shown["state"] == "verified";
        world.server.until(&path, verified).await;
    }
    let over_http = world.get("/v1/caller-ids?account=twilio").await;
    let listed = world.cli("caller-ids list --account twilio").await;
    assert_eq!(numbers(&over_http), numbers(&listed));
    assert_eq!(numbers(&listed).len(), 2);
    let shown = world.cli(&format!("caller-ids get {}", ids[0])).await;
    assert_eq!(shown["label"], "Desk");
    let patch = format!("PATCH /v1/caller-ids/{}", ids[0]);
    let changed = world.http(&patch, json!({"label": "Reception"})).await;
    assert_eq!(changed["label"], "Reception");
    let update = format!("caller-ids update {} --label Gate", ids[1]);
    assert_eq!(world.cli(&update).await["label"], "Gate");
    let delete = format!("DELETE /v1/caller-ids/{}", ids[0]);
    world.http(&delete, Value::Null).await;
    world.cli(&format!("caller-ids delete {}", ids[1])).await;
    let left = world.get("/v1/caller-ids?account=twilio").await;
    assert_eq!(numbers(&left).len(), 0);
}

#[tokio::test]
async fn every_operation_of_signalwire_is_reached() {
    let world = World::new().await;
    let on_offer = world.on_offer("signalwire", "local").await;
    let ids = world.buy("signalwire", &on_offer).await;
    world.rename(&ids).await;
    world.look("signalwire", &ids).await;
}

#[tokio::test]
async fn every_operation_of_zendesk_is_reached() {
    let world = World::new().await;
    world.on_offer("zendesk", "toll_free").await;
    let on_offer = world.on_offer("zendesk", "local").await;
    let ids = world.buy("zendesk", &on_offer).await;
    world.rename(&ids).await;
    world.look("zendesk", &ids).await;
    let minimal = world
        .cli("numbers list --account zendesk --option minimal_mode=true")
        .await;
    assert_eq!(minimal["sources"][0]["status"], "ok", "{minimal:#}");
    world.release(&ids).await;
}

#[tokio::test]
async fn every_operation_of_webex_is_reached() {
    let world = World::new().await;
    let path = "/v1/numbers?account=webex&provider_options[details]=true";
    let over_http = world.get(path).await;
    let listed = world
        .cli("numbers list --account webex --option details=true")
        .await;
    assert_eq!(over_http["data"], listed["data"]);
    for list in [over_http, listed.clone()] {
        assert!(
            list["sources"][0]["provider_data"]["count"]["total"].is_u64(),
            "{list:#}"
        );
    }
    let ids = [0, 1].map(|place| text(&listed["data"][place]["id"]));
    world.look("webex", &ids).await;
}

#[tokio::test]
async fn every_operation_of_wazo_is_reached() {
    let world = World::new().await;
    let request = json!({"account": "wazo", "number": "+14155550100"});
    let first = world.http("POST /v1/numbers/register", request).await;
    let second = world
        .cli("numbers register --account wazo --number 1111")
        .await;
    let ids = [first, second].map(|number| text(&number["id"]));
    world.look("wazo", &ids).await;
    let range =
        json!({"account": "wazo", "start_number": "+14155550110", "end_number": "+14155550112"});
    let recorded = world.http("POST /v1/number-ranges", range).await;
    assert_eq!(recorded["created"], 3);
    let create = "ranges create --account wazo --start +14155550112 --end +14155550114";
    let recorded = world.cli(create).await;
    assert_eq!(
        (&recorded["created"], &recorded["existing"]),
        (&json!(2), &json!(1))
    );
    let patch = format!("PATCH /v1/numbers/{}", ids[0]);
    let changed = world
        .http(&patch, json!({"caller_id_name": "ACME INC."}))
        .await;
    assert_eq!(changed["caller_id_name"], "ACME INC.");
    let update = format!("numbers update {} --caller-id-name ACME", ids[1]);
    assert_eq!(world.cli(&update).await["caller_id_name"], "ACME");
    let put = "PUT /v1/accounts/wazo/main-number";
    let main = world.http(put, json!({"number": "+14155550100"})).await;
    assert_eq!(
        (&main["main"], &main["shared"]),
        (&json!(true), &json!(true))
    );
    let main = world.cli("main set wazo +14155550110").await;
    assert_eq!(main["main"], true);
    assert_eq!(world.get("/v1/accounts/wazo/main-number").await, main);
    world.release(&ids).await;
}
