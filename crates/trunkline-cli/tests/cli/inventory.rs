//! What is held, as it is remembered, by command: in process and over HTTP.

use serde_json::{Value, json};
use trunkline_sandbox::{ConsoleChange, Fault, FaultPlan, ProviderKind};

use crate::support::{Place, Run};

const TWILIO: ProviderKind = ProviderKind::Twilio;

impl Place {
    /// A number bought in the carrier's console.
    fn bought_elsewhere(&self) -> String {
        let (number, _) = self.on_offer();
        self.sandbox.console_buy(TWILIO, &number).unwrap();
        number
    }

    fn renamed_elsewhere(&self, number: &str, label: &str) {
        let change = ConsoleChange {
            label: Some(label.to_owned()),
            ..ConsoleChange::default()
        };
        self.sandbox
            .console_change(TWILIO, number, &change)
            .unwrap();
    }
}

fn done(run: Run) -> Run {
    assert_eq!(run.code, 0, "{run:?}");
    run
}

fn rows(run: &Run) -> Vec<Value> {
    run.json()["data"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn inventory_is_read_listed_counted_and_exported() {
    let place = Place::new().await;
    let number = place.bought_elsewhere();
    let before = done(place.run(&["inventory", "list"]));
    assert!(before.err.contains("us: not read yet"), "{before:?}");
    let read = done(place.run(&["sync"]));
    assert!(read.out.contains("complete"), "{read:?}");
    place.renamed_elsewhere(&number, "Berlin desk");
    done(place.run(&["sync", "us"]));
    let listed = done(place.run(&["inventory", "list", "--sort=-label"]));
    assert!(
        listed.out.contains(&number) && listed.out.contains("held"),
        "{listed:?}"
    );
    assert!(!listed.err.contains("note:"), "{listed:?}");
    let found = done(place.run(&["inventory", "search", "berlin", "desk", "-o", "json"]));
    assert_eq!(rows(&found)[0]["number"], number);
    let item = done(place.run(&["inventory", "get", &number, "-o", "json"]));
    assert_eq!(item.json()["history"][0]["field"], "label");
    let counted = done(place.run(&["inventory", "summary", "--by", "account,country"]));
    assert!(
        counted.out.contains("us, US") && counted.out.contains("total"),
        "{counted:?}"
    );
    let table = done(place.run(&["inventory", "export"]));
    assert!(table.out.starts_with("id,account,provider,"), "{table:?}");
    assert_eq!(table.out.lines().count(), 2, "{table:?}");
    let lines = done(place.run(&["inventory", "export", "-o", "json"]));
    let line: Value = serde_json::from_str(lines.out.trim()).unwrap();
    assert_eq!(line["inventory"]["state"], "held");
    let place_of = done(place.run(&["where", &number]));
    assert!(
        place_of.out.contains("us") && place_of.out.contains("bought"),
        "{place_of:?}"
    );
    let nowhere = done(place.run(&["where", "+14155559999"]));
    assert!(nowhere.err.contains("No account has it."), "{nowhere:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn account_that_was_not_read_is_named_once_with_the_cause() {
    let place = Place::new().await;
    done(place.run(&["sync"]));
    let refused = FaultPlan::always(ProviderKind::Twilio, "list", Fault::status(401));
    place.sandbox.inject(refused).unwrap();
    place.run(&["sync"]);
    let listed = done(place.run(&["inventory", "list"]));
    let noted = listed
        .err
        .lines()
        .find(|line| line.starts_with("note: us: as of"));
    let noted = noted.unwrap_or_else(|| panic!("{listed:?}"));
    assert!(noted.contains(": the carrier answered the list"), "{noted}");
    assert_eq!(noted.matches("us: ").count(), 1, "{noted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_listed_and_accepted_over_http() {
    let place = Place::new().await;
    let number = place.bought_elsewhere();
    let server = place.serve(&[]);
    let at = ["--server", server.url.as_str()];
    let run = |args: &[&str]| place.run(&[args, &at].concat());
    done(run(&["sync"]));
    place.renamed_elsewhere(&number, "Elsewhere");
    done(run(&["sync"]));
    let open = done(run(&["drift", "list", "--open", "-o", "json"]));
    let drift = rows(&open)[0].clone();
    assert_eq!(
        (&drift["class"], &drift["is"]),
        (&json!("changed"), &json!("Elsewhere"))
    );
    let id = drift["id"].as_str().unwrap();
    let shown = done(run(&["drift", "list", "--number", &number]));
    assert!(shown.out.contains(id), "{shown:?}");
    let tried = done(run(&["drift", "accept", id, "--dry-run"]));
    assert!(tried.out.contains("Nothing is sent"), "{tried:?}");
    let accepted = done(run(&["drift", "accept", id, "-o", "json"]));
    assert_eq!(accepted.json()["state"], "accepted");
    let rest = done(run(&[
        "drift", "accept", "--class", "changed", "-o", "json",
    ]));
    assert_eq!(rest.json()["accepted"], 0);
    let bare = run(&["drift", "accept"]);
    assert_eq!(bare.code, 2, "{bare:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_set_by_filters_and_from_a_file_only_with_apply() {
    let place = Place::new().await;
    let number = place.bought_elsewhere();
    done(place.run(&["sync"]));
    let tags = || {
        let item = done(place.run(&["inventory", "get", &number, "-o", "json"]));
        item.json()["tags"].clone()
    };
    let tried = done(place.run(&["inventory", "tag", "--account", "us", "--add", "west"]));
    assert!(tried.err.contains("add --apply"), "{tried:?}");
    assert_eq!(tags(), json!([]));
    done(place.run(&[
        "inventory",
        "tag",
        "--account",
        "us",
        "--add",
        "west",
        "--apply",
    ]));
    assert_eq!(tags(), json!(["west"]));
    let file = format!("number,tags\n{number},support; night\n+14155559999,nobody\n");
    std::fs::write(place.path("tags.csv"), file).unwrap();
    let tried = place.run(&["inventory", "tag", "--from", "tags.csv"]);
    assert_eq!(tried.code, 3, "{tried:?}");
    assert!(tried.out.contains("would change"), "{tried:?}");
    assert_eq!(tags(), json!(["west"]));
    let partly = place.run(&["inventory", "tag", "--from", "tags.csv", "--apply"]);
    assert_eq!(partly.code, 3, "{partly:?}");
    assert!(partly.out.contains("failed"), "{partly:?}");
    assert_eq!(tags(), json!(["support", "night"]));
    for wrong in [
        &["inventory", "tag", "--add", "x"][..],
        &["inventory", "tag", "--all"],
        &["inventory", "tag", "--all", "--account", "us", "--add", "x"],
        &["inventory", "tag", "--from", "nothing.csv"],
    ] {
        let refused = place.run(wrong);
        assert_eq!(refused.code, 2, "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bare_extension_which_no_filter_names_is_tagged_from_a_file() {
    let place = Place::new().await;
    let webex = ProviderKind::Webex;
    place.configure(&webex.example_account(place.sandbox.url(webex)));
    done(place.run(&["sync"]));
    let listed = done(place.run(&["inventory", "list", "-o", "json"]));
    let listed = rows(&listed).into_iter();
    let mut extensions = listed.filter(|it| it["number"].is_null());
    let extension = extensions.next().unwrap();
    let id = extension["id"].as_str().unwrap();
    std::fs::write(place.path("tags.csv"), format!("id,tags\n{id},desk\n")).unwrap();
    for (apply, outcome) in [
        (&[][..], "would change"),
        (&["--apply"], "changed"),
        (&[], "unchanged"),
    ] {
        let args = [&["inventory", "tag", "--from", "tags.csv"], apply].concat();
        let tagged = done(place.run(&args));
        assert!(tagged.out.contains(outcome), "{tagged:?}");
    }
}
