//! Reading the configuration of a running gateway again.

use std::time::Duration;

use tokio::time::Instant;
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind};

use crate::support::{Place, Run, Server};

fn reload(place: &Place, server: &Server) -> Run {
    place.run(&["reload", "--server", &server.url, "-o", "json"])
}

fn accounts(place: &Place, server: &Server) -> Vec<String> {
    let run = place.run(&["accounts", "--server", &server.url, "-o", "json"]);
    let json = run.json();
    let names = json["data"].as_array().unwrap().iter();
    names
        .map(|account| account["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_file_applies_and_a_wrong_file_does_not() {
    let place = Place::new().await;
    let server = place.serve(&[]);
    let us = place.account("us", "sandbox");
    let second = "[[accounts]]\nname = 'second'\nprovider = 'wazo'\nbase_url = 'http://127.0.0.1:1'\ntoken = 'x'\n";
    place.configure(&format!(
        "[database]\nurl = 'sqlite://other.db'\n{us}{second}"
    ));
    let run = reload(&place, &server);
    assert_eq!(run.code, 0, "{run:?}");
    let json = run.json();
    assert_eq!(json["accounts"]["added"][0], "second");
    assert_eq!(json["accounts"]["unchanged"][0], "us");
    assert_eq!(json["ignored"][0], "database.url");
    assert_eq!(accounts(&place, &server), ["second", "us"]);
    place.configure("[[accounts]]\nname = 'B!'\n[server]\nlistn = 1\n");
    let run = reload(&place, &server);
    assert_eq!(run.code, 2, "{run:?}");
    for reason in ["line 2", "line 4", "missing key provider"] {
        assert!(run.err.contains(reason), "{reason}: {run:?}");
    }
    assert_eq!(accounts(&place, &server), ["second", "us"]);
    assert_eq!(server.terminate(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn sighup_reads_a_changed_secret_file_again() {
    let place = Place::new().await;
    let token = place.path("token");
    std::fs::write(&token, "old").unwrap();
    let account = place.account("us", "x");
    place.configure(&account.replace("\"x\"", "{ file = 'token' }"));
    let server = place.serve(&[]);
    let list = ["numbers", "list", "--server", &server.url];
    assert_eq!(place.run(&list).code, 1);
    std::fs::write(&token, "sandbox").unwrap();
    server.signal("HUP");
    let accepted = (0..100).any(|_| place.run(&list).code == 0);
    assert!(accepted);
    assert_eq!(server.terminate(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn account_with_an_open_purchase_stays_after_a_reload() {
    let place = Place::new().await;
    let (number, _) = place.on_offer();
    let server = place.serve(&[]);
    let late = Fault::CommitLate { ms: 2_000 };
    let late = FaultPlan::once(ProviderKind::Twilio, "purchase", late);
    place.sandbox.inject(late).unwrap();
    let buy = [
        "buy",
        "--account",
        "us",
        "--number",
        &number,
        "--server",
        &server.url,
        "--wait",
        "0",
    ];
    assert_eq!(place.run(&buy).code, 4);
    place.configure("");
    let run = reload(&place, &server);
    assert!(
        run.code == 1 && run.err.contains("1 purchase of us is"),
        "{run:?}"
    );
    assert_eq!(accounts(&place, &server), ["us"]);
    let give_up = Instant::now() + Duration::from_secs(60);
    let mut settled = false;
    while !settled && Instant::now() < give_up {
        let list = place.run(&["purchases", "list", "--server", &server.url, "-o", "json"]);
        settled = list.json()["data"][0]["state"] == "succeeded";
    }
    assert!(settled);
    assert_eq!(reload(&place, &server).code, 0);
    assert_eq!(accounts(&place, &server).len(), 0);
    assert_eq!(server.terminate(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_without_keys_accepts_other_accounts_only_after_a_key_is_created() {
    let place = Place::new().await;
    place.configure("");
    let server = place.serve_as_it_is(&[
        "--sandbox",
        "--port-base",
        "0",
        "--config",
        "trunkline.toml",
    ]);
    assert_eq!(accounts(&place, &server).len(), 5);
    let own = "[[accounts]]\nname = 'own'\nprovider = 'wazo'\nbase_url = 'http://127.0.0.1:1'\ntoken = 'x'\n";
    place.configure(own);
    let refused = reload(&place, &server);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("keys create"), "{refused:?}");
    assert_eq!(accounts(&place, &server).len(), 5);
    place.key();
    assert_eq!(reload(&place, &server).code, 0);
    assert_eq!(accounts(&place, &server).len(), 6);
    assert_eq!(server.terminate(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn reload_without_a_server_is_rejected() {
    let place = Place::new().await;
    let run = place.run(&["reload"]);
    assert!(run.code == 2 && run.err.contains("--server"), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_log_variable_is_ignored_and_a_failure_is_reported_once() {
    let place = Place::new().await;
    place.configure(&place.account("us", "wrong"));
    let run = place.run(&["numbers", "get", "us:PN00000000000000000000000000000001"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.err.starts_with("error: ") && !run.err.contains("ERROR"),
        "{run:?}"
    );
    let said = crate::support::finish(
        crate::support::command(place.dir.path(), &["serve", "--listen", "127.0.0.1:0"])
            .env("TRUNKLINE_LOG", "x=y=z"),
    );
    assert_eq!(said.code, 2, "{said:?}");
    let empty = crate::support::finish(
        crate::support::command(place.dir.path(), &["numbers", "list"]).env("TRUNKLINE_LOG", ""),
    );
    assert_eq!(empty.code, 1, "{empty:?}");
}
