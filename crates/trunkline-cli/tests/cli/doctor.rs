//! `doctor` and `healthcheck`.

use std::time::Duration;

use serde_json::Value;
use trunkline_sandbox::{ProviderKind, credentials};

use crate::support::{Place, Run, command, finish, run_in};

fn findings<'a>(run: &'a Value, about: &str) -> Vec<&'a Value> {
    let checks = run["checks"].as_array().unwrap();
    checks
        .iter()
        .filter(|check| check["about"] == about)
        .collect()
}

/// The first finding of this status about something.
fn find<'a>(run: &'a Value, about: &str, status: &str) -> &'a Value {
    let mut found = findings(run, about).into_iter();
    found
        .find(|check| check["status"] == status)
        .unwrap_or_else(|| panic!("{about} {status}: {run}"))
}

fn doctor(place: &Place) -> (Run, Value) {
    let run = place.run(&["doctor", "-o", "json"]);
    let json = run.json();
    (run, json)
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_reports_a_valid_installation_and_creates_nothing() {
    let place = Place::new().await;
    let (run, json) = doctor(&place);
    assert_eq!(run.code, 0, "{run:?}");
    find(&json, "database", "ok");
    assert!(
        findings(&json, "us")
            .iter()
            .all(|check| check["status"] == "ok"),
        "{json}"
    );
    assert!(findings(&json, "us").len() > 3, "{json}");
    assert!(run.out.contains("limits.concurrency 10"), "{run:?}");
    assert!(!place.path("trunkline.db").exists());
    assert_eq!(place.asked("purchase") + place.asked("update"), 0);
    assert_eq!(place.run(&["numbers", "list"]).code, 0);
    let (_, json) = doctor(&place);
    let written = &find(&json, "database", "ok")["detail"];
    assert!(written.as_str().unwrap().contains("is writable"), "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credential_fails_with_where_to_get_a_valid_one() {
    let place = Place::new().await;
    place.configure(&place.account("us", "hunter2"));
    let (run, json) = doctor(&place);
    assert_eq!(run.code, 1, "{run:?}");
    let refused = find(&json, "us", "fail");
    assert!(
        refused["detail"].as_str().unwrap().contains("20003"),
        "{refused}"
    );
    assert!(
        refused["remedy"].as_str().unwrap().contains("Console"),
        "{refused}"
    );
    assert!(!format!("{run:?}").contains("hunter2"), "{run:?}");
    let told = place.run(&["doctor"]);
    assert!(
        told.out.contains("fail  us") && told.out.contains("-> copy Account SID"),
        "{told:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn unreachable_carrier_and_missing_secrets_hide_no_other_finding() {
    let place = Place::new().await;
    let second = "[[accounts]]\nname = 'second'\nprovider = 'twilio'\naccount_sid = 'AC00000000000000000000000000000009'\n";
    place.configure(&format!(
        "{}{second}auth_token = {{ env = 'TRUNKLINE_TEST_NO_SUCH_VARIABLE' }}\n\
         [[accounts]]\nname = 'away'\nprovider = 'wazo'\nbase_url = 'http://127.0.0.1:1'\ntoken = 'x'\n",
        place.account("us", "sandbox")
    ));
    let (run, json) = doctor(&place);
    assert_eq!((run.code, &json["status"]), (1, &"fail".into()), "{run:?}");
    let missing = &find(&json, "config", "fail")["detail"];
    assert!(
        missing
            .as_str()
            .unwrap()
            .contains("TRUNKLINE_TEST_NO_SUCH_VARIABLE")
    );
    find(&json, "second", "fail");
    find(&json, "away", "fail");
    find(&json, "us", "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_or_missing_configuration_fails() {
    let place = Place::new().await;
    place.configure("[server]\nlistn = 1\nmax_body = 'much'\n");
    let (run, json) = doctor(&place);
    assert_eq!(
        (run.code, findings(&json, "config").len()),
        (1, 2),
        "{run:?}"
    );
    let nowhere = tempfile::tempdir().unwrap();
    let run = run_in(nowhere.path(), &["doctor"]);
    assert!(run.code == 1 && run.out.contains("--config"), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_every_user_can_read_are_warned_about() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new().await;
    let file = place.path("token");
    std::fs::write(&file, "sandbox").unwrap();
    let account = place.account("us", "x");
    let at = format!("{{ file = '{}' }}", file.display());
    place.configure(&account.replace("\"x\"", &at));
    let warned = |mode| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let (_, json) = doctor(&place);
        findings(&json, "config").iter().any(|check| {
            let detail = check["detail"].as_str().unwrap();
            check["status"] == "warn" && detail.contains("every user of this machine can read")
        })
    };
    assert!(warned(0o644));
    assert!(!warned(0o600));
}

#[tokio::test(flavor = "multi_thread")]
async fn healthcheck_asks_the_configured_address() {
    let place = Place::new().await;
    let none = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let config = place.account("us", "sandbox");
    place.configure(&format!("[server]\nlisten = '{none}'\n{config}"));
    let away = place.run(&["healthcheck"]);
    assert!(
        away.code == 1 && away.err.contains(&none.to_string()),
        "{away:?}"
    );
    let server = place.serve(&[]);
    for args in [&["healthcheck"][..], &["healthcheck", "--live"]] {
        let run = finish(command(place.dir.path(), args).env("TRUNKLINE_URL", &server.url));
        assert_eq!((run.code, run.out.as_str()), (0, ""), "{run:?}");
    }
    assert_eq!(server.terminate(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn clock_that_differs_from_the_carriers_is_warned_about() {
    let place = Place::new().await;
    place.configure(&format!(
        "[[accounts]]\nname = 'sw'\nprovider = 'signalwire'\nbase_url = '{}'\nproject_id = '{}'\napi_token = '{}'\n",
        place.sandbox.url(ProviderKind::SignalWire),
        credentials::SIGNALWIRE_PROJECT_ID,
        credentials::SIGNALWIRE_API_TOKEN,
    ));
    let (_, json) = doctor(&place);
    assert!(findings(&json, "clock").is_empty(), "{json}");
    place.sandbox.advance_clock(Duration::from_secs(3_600));
    let (run, json) = doctor(&place);
    let told = find(&json, "clock", "warn")["detail"].as_str().unwrap();
    assert!(run.code == 0 && told.contains("sw's carrier"), "{run:?}");
}

fn compared(place: &Place) -> (Run, Value) {
    let run = place.run(&["doctor", "--numbers", "-o", "json"]);
    let json = run.json();
    (run, json)
}

fn buy(place: &Place) -> Value {
    let (number, _) = place.on_offer();
    let bought = place.run(&["buy", "--account", "us", "--number", &number, "-o", "json"]);
    assert_eq!(bought.code, 0, "{bought:?}");
    bought.json()["purchase"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn differences_between_account_and_journal_are_listed_with_advice() {
    let place = Place::new().await;
    let missing = place.run(&["doctor", "--numbers"]);
    assert!(
        missing.code == 1 && missing.err.contains("no database"),
        "{missing:?}"
    );
    let (kept, lost) = (buy(&place), buy(&place));
    let (run, json) = compared(&place);
    assert_eq!(
        (run.code, &json["data"]),
        (0, &serde_json::json!([])),
        "{json}"
    );
    assert_eq!(json["sources"][0]["held"], 2);

    let (other, _) = place.on_offer();
    place
        .sandbox
        .console_buy(ProviderKind::Twilio, &other)
        .unwrap();
    let number = lost["number"].as_str().unwrap();
    place
        .sandbox
        .console_release(ProviderKind::Twilio, number)
        .unwrap();
    let (run, json) = compared(&place);
    assert_eq!(run.code, 1, "{run:?}");
    let rows = json["data"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{json}");
    assert_eq!(
        (&rows[0]["found"], &rows[0]["number"]),
        (&"unrecorded".into(), &other.as_str().into())
    );
    assert_eq!(
        (&rows[1]["found"], &rows[1]["id"]),
        (&"vanished".into(), &lost["number_id"])
    );
    assert_eq!(rows[1]["purchase_id"], lost["id"]);
    assert!(
        !run.out.contains(kept["number"].as_str().unwrap()),
        "{run:?}"
    );

    let told = place.run(&["doctor", "--numbers"]);
    assert!(told.out.lines().all(|line| line.len() <= 80), "{told:?}");
    assert!(
        told.out
            .contains("us: 2 held, 2 in the journal; 1 unrecorded, 1 vanished"),
        "{told:?}"
    );
    assert!(told.err.contains("numbers release ID"), "{told:?}");
    let csv = place.run(&["doctor", "--numbers", "-o", "csv"]);
    assert_eq!(csv.out.lines().count(), 3, "{csv:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unreadable_accounts_are_named_and_make_the_comparison_partial() {
    let place = Place::new().await;
    let wazo = format!(
        "[[accounts]]\nname = 'office'\nprovider = 'wazo'\nbase_url = '{}'\nusername = 'sandbox'\npassword = 'sandbox'\n",
        place.sandbox.url(ProviderKind::Wazo)
    );
    let away = "[[accounts]]\nname = 'away'\nprovider = 'signalwire'\nbase_url = 'http://127.0.0.1:1'\nproject_id = '00000000-0000-4000-8000-000000000009'\napi_token = 'x'\n";
    place.configure(&format!("{}{wazo}{away}", place.account("us", "sandbox")));
    buy(&place);
    let (run, json) = compared(&place);
    assert_eq!(run.code, 3, "{run:?}");
    let statuses: Vec<_> = json["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| {
            (
                source["account"].as_str().unwrap(),
                source["status"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        statuses,
        [("away", "error"), ("office", "unsupported"), ("us", "ok")]
    );
    let told = place.run(&["doctor", "--numbers"]);
    assert!(told.out.contains("away: could not be read: "), "{told:?}");
    place.configure(away);
    assert_eq!(compared(&place).0.code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_credential_fails_for_every_kind_of_credential() {
    let place = Place::new().await;
    let twilio = "account_sid = 'AC00000000000000000000000000000000'\n";
    let refreshed = "client_id = 'sandbox'\nclient_secret = 'sandbox'\nrefresh_token = 'revoked'";
    let key = format!(
        "{twilio}api_key_sid = 'SK00000000000000000000000000000000'\napi_key_secret = 'revoked'"
    );
    let project = "project_id = '00000000-0000-4000-8000-000000000000'\napi_token = 'revoked'";
    for (kind, settings) in [
        (ProviderKind::Twilio, key.as_str()),
        (ProviderKind::SignalWire, project),
        (ProviderKind::Zendesk, "access_token = 'revoked'"),
        (
            ProviderKind::Zendesk,
            "email = 'agent@example.com'\napi_token = 'revoked'",
        ),
        (
            ProviderKind::Zendesk,
            "client_id = 'sandbox'\nclient_secret = 'revoked'",
        ),
        (ProviderKind::Zendesk, refreshed),
        (ProviderKind::Webex, "access_token = 'revoked'"),
        (ProviderKind::Webex, refreshed),
        (ProviderKind::Wazo, "token = 'revoked'"),
        (
            ProviderKind::Wazo,
            "username = 'sandbox'\npassword = 'revoked'",
        ),
    ] {
        place.configure(&format!(
            "[server]\nsecret_key = '0123456789abcdef0123456789abcdef'\n\
             [[accounts]]\nname = 'main'\nprovider = '{kind}'\nbase_url = '{}'\n{settings}\n",
            place.sandbox.url(kind)
        ));
        let (run, json) = doctor(&place);
        assert_eq!(run.code, 1, "{kind} {settings}: {run:?}");
        let refused = find(&json, "main", "fail");
        let remedy = refused["remedy"].as_str().unwrap();
        assert!(!remedy.is_empty(), "{kind} {settings}: {refused}");
        let shown = format!("{run:?}");
        assert!(!shown.contains("revoked"), "{kind} {settings}: {shown}");
    }
}
