//! API keys: made on the database, used over the network.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::support::{Place, Run, command};

/// Makes a key on the database and gives its secret.
fn create(place: &Place, args: &[&str]) -> (String, String) {
    let line = [&["keys", "create", "-o", "json"], args].concat();
    let made = place.run(&line);
    assert_eq!(made.code, 0, "{made:?}");
    let key = made.json();
    let text = |name: &str| key[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

#[tokio::test(flavor = "multi_thread")]
async fn gateway_with_its_own_accounts_needs_a_key_for_every_request() {
    let place = Place::new().await;
    let server = place.serve_as_it_is(&[]);
    let banner = server.banner.join("\n");
    assert!(
        banner.contains("keys create --name NAME --scope all"),
        "{banner}"
    );
    let list = |more: &[&str]| -> Run {
        let line = [&["accounts", "--server", server.url.as_str()], more].concat();
        place.run(&line)
    };
    let refused = list(&[]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused
            .err
            .contains("trunkline keys create --name NAME --scope all --config FILE"),
        "{refused:?}"
    );
    let remote = ["keys", "create", "--name", "a", "--scope", "all"];
    let refused = place.run(&[&remote[..], &["--server", server.url.as_str()]].concat());
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("trunkline keys create"), "{refused:?}");
    let (_, secret) = create(&place, &["--name", "operations", "--scope", "all"]);
    let refused = list(&[]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("TRUNKLINE_KEY"), "{refused:?}");
    assert_eq!(list(&["--key", secret.as_str()]).code, 0);
    assert_eq!(place.run(&["accounts"]).code, 0, "the database needs none");
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_key_is_rejected_by_a_running_gateway() {
    let place = Place::new().await;
    let (_, admin) = create(&place, &["--name", "admin", "--scope", "admin"]);
    let reads = ["--name", "reads", "--scope", "numbers:read,admin"];
    let (id, secret) = create(&place, &reads);
    let server = place.serve_as_it_is(&[]);
    let call = |key: &str, line: &[&str]| {
        let remote = ["--server", server.url.as_str(), "--key", key];
        place.run(&[line, &remote].concat())
    };
    assert_eq!(call(&secret, &["accounts"]).code, 0);
    let rotated = call(&secret, &["keys", "rotate", &id, "-o", "json"]);
    let second = rotated.json()["secret"].as_str().unwrap().to_owned();
    assert_eq!(call(&secret, &["accounts"]).code, 1);
    assert_eq!(call(&second, &["accounts"]).code, 0);
    let lacking = call(&admin, &["accounts"]);
    assert!(lacking.err.contains("numbers:read"), "{lacking:?}");
    assert_eq!(call(&admin, &["keys", "revoke", &id]).code, 0);
    assert_eq!(call(&second, &["accounts"]).code, 1);
    // By another process, on the database.
    let (id, third) = create(&place, &reads);
    assert_eq!(call(&third, &["accounts"]).code, 0);
    assert_eq!(place.run(&["keys", "revoke", &id]).code, 0);
    // It takes a tenth of a second until that is known here.
    let opens_no_more = (0..1_000).any(|_| call(&third, &["accounts"]).code == 1);
    assert!(opens_no_more);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_listed_without_their_secrets() {
    let place = Place::new().await;
    let (first, secret) = create(
        &place,
        &[
            "--name",
            "shop",
            "--tenant",
            "acme",
            "--scope",
            "numbers:read",
            "--expires",
            "90d",
            "--spend-monthly",
            "100USD",
            "--per-second",
            "5",
            "--burst",
            "9",
        ],
    );
    let (second, _) = create(&place, &["--name", "own", "--scope", "admin"]);
    let listed = place.run(&["keys", "list", "-o", "json"]);
    let ids: Vec<_> = listed.json()["data"].as_array().unwrap().clone();
    assert_eq!(ids.len(), 2, "{listed:?}");
    assert!(!listed.out.contains(&secret[30..]));
    let acme = place.run(&["keys", "list", "--tenant", "acme", "-o", "csv"]);
    assert!(
        acme.out.contains(&first) && !acme.out.contains(&second),
        "{acme:?}"
    );
    assert!(acme.out.contains("100"), "{acme:?}");
    let shown = place.run(&["keys", "get", &first]);
    assert!(
        shown.out.contains("acme") && !shown.out.contains(&secret[30..]),
        "{shown:?}"
    );
    let table = place.run(&["keys", "list"]);
    assert!(
        table.out.contains("shop") && table.out.contains("numbers:read"),
        "{table:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ceiling_of_a_key_is_answered_with_where_it_is_shown() {
    let place = Place::new().await;
    let scopes = "numbers:read,numbers:purchase";
    let little = [
        "--name",
        "shop",
        "--scope",
        scopes,
        "--spend-monthly",
        "0.10USD",
    ];
    let (_, secret) = create(&place, &little);
    let server = place.serve_as_it_is(&[]);
    let (number, _) = place.on_offer();
    let buy = ["buy", "--account", "us", "--number", &number];
    let remote = ["--server", &server.url, "--key", &secret];
    let refused = place.run(&[&buy[..], &remote].concat());
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.err.contains("trunkline keys list") && !refused.err.contains("accounts NAME"),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_run_creates_no_key() {
    let place = Place::new().await;
    let line = [
        "keys",
        "create",
        "--name",
        "a",
        "--scope",
        "all",
        "--dry-run",
    ];
    let planned = place.run(&line);
    assert_eq!(planned.code, 0, "{planned:?}");
    assert!(planned.out.contains("POST /v1/keys"), "{planned:?}");
    let listed = place.run(&["keys", "list", "-o", "json"]);
    assert_eq!(listed.json()["data"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn reachable_sandbox_needs_a_key() {
    let place = Place::new().await;
    place.configure("");
    let listen = [
        "serve",
        "--listen",
        "0.0.0.0:0",
        "--sandbox",
        "--port-base",
        "0",
    ];
    let mut server = command(place.dir.path(), &listen)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let mut lines = lines.map_while(Result::ok);
    let said = lines.any(|line| line.contains("Every call needs an API key"));
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(said);
}

#[tokio::test(flavor = "multi_thread")]
async fn key_is_in_no_help_and_no_error() {
    let place = Place::new().await;
    for line in [
        &["keys", "--help"][..],
        &["keys", "create"],
        &["numbers", "list", "--server", "http://127.0.0.1:1"],
    ] {
        let output = command(place.dir.path(), line)
            .env("TRUNKLINE_KEY", "tl_hunter2")
            .output()
            .unwrap();
        let said = format!("{output:?}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}
