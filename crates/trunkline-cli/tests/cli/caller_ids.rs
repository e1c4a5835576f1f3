//! Proving a caller ID, through the library entry.

use trunkline_cli::{Console, Exit, run};
use trunkline_sandbox::{CallOutcome, ProviderKind};

use crate::support::Place;

const NUMBER: &str = "+14155550177";

async fn start(place: &Place, outcome: CallOutcome) -> (Exit, String) {
    let config = place.path("trunkline.toml");
    let database = format!("sqlite://{}", place.path("trunkline.db").display());
    let args = [
        "trunkline",
        "caller-ids",
        "start",
        "--account",
        "us",
        "--number",
        NUMBER,
        "--wait=20s",
    ];
    let args: Vec<String> = args
        .map(ToOwned::to_owned)
        .into_iter()
        .chain([
            "--config".to_owned(),
            config.display().to_string(),
            "--database".to_owned(),
            database,
        ])
        .collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console::capture(&mut out, &mut err);
    let callee = async {
        while place
            .sandbox
            .answer_caller_id(ProviderKind::Twilio, NUMBER, outcome)
            .await
            .is_none()
        {
            tokio::task::yield_now().await;
        }
    };
    let (exit, ()) = tokio::join!(run(args, &mut console), callee);
    (exit, String::from_utf8(err).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_a_verification_shows_the_code_at_once_and_ends_with_it() {
    let place = Place::new().await;
    let (exit, told) = start(&place, CallOutcome::Verified).await;
    assert_eq!(exit, Exit::Done, "{told}");
    assert!(told.contains("rings: key in "), "{told}");
    let listed = place.run(&["caller-ids", "list", "-o", "json"]).json();
    assert_eq!(listed["data"][0]["state"], "verified");
    let id = listed["data"][0]["id"].as_str().unwrap();
    assert_eq!(
        place
            .run(&["caller-ids", "update", id, "--label", "Desk"])
            .code,
        0
    );
    assert_eq!(place.run(&["caller-ids", "delete", id]).code, 0);
    assert_eq!(place.run(&["caller-ids", "get", id]).code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn verification_without_a_code_to_submit_is_refused_with_a_hint() {
    let place = Place::new().await;
    assert_eq!(
        place
            .run(&["caller-ids", "start", "--account", "us", "--number", NUMBER])
            .code,
        0
    );
    let run = place.run(&["caller-ids", "verify", &format!("us:{NUMBER}"), "123456"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.err.contains("(unsupported)"), "{run:?}");
}
