//! Releases by id and by filter, and undoing them.

use trunkline_cli::{Console, Exit, run};

use crate::support::Place;

/// A place whose account has a grace period or none, and so many numbers of it, the first tagged and the last
/// protected.
async fn holding(count: usize, settings: &str) -> (Place, Vec<String>) {
    let place = Place::new().await;
    place.configure(&(place.account("us", "sandbox") + settings));
    let search = [
        "search",
        "--country",
        "US",
        "--area-code",
        "415",
        "-o",
        "json",
    ];
    let found = place.run(&search).json();
    let mut ids = Vec::new();
    for number in found["data"].as_array().unwrap().iter().take(count) {
        let number = number["number"].as_str().unwrap();
        let buy = ["buy", "--account", "us", "--number", number, "-o", "json"];
        let bought = place.run(&buy).json();
        ids.push(bought["purchase"]["number_id"].as_str().unwrap().to_owned());
    }
    (place, ids)
}

const GRACE: &str = "quarantine = \"24h\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn release_with_a_grace_period_is_reported_and_undone() {
    let (place, ids) = holding(1, GRACE).await;
    let id = ids[0].as_str();
    let told = place.run(&["numbers", "release", id, "-y"]);
    assert_eq!(told.code, 0, "{told:?}");
    assert!(told.out.contains("numbers restore"), "{told:?}");
    let again = place
        .run(&["numbers", "release", id, "-y", "-o", "json"])
        .json();
    let shown = place.run(&["numbers", "get", id, "-o", "json"]).json();
    assert_eq!(again["data"][0]["outcome"], "pending");
    assert_eq!(again["data"][0]["release_at"], shown["release_at"]);
    assert!(shown["release_at"].is_string(), "{shown}");
    let planned = place.run(&["numbers", "restore", id, "--dry-run"]);
    assert!(planned.out.starts_with("Nothing is sent"), "{planned:?}");
    let restored = place.run(&["numbers", "restore", id, "-o", "json"]);
    assert_eq!(restored.code, 0, "{restored:?}");
    assert!(restored.json()["release_at"].is_null());
    let nothing = place.run(&["numbers", "restore", id]);
    assert_eq!(nothing.code, 1, "{nothing:?}");
    assert!(nothing.err.contains("nothing to restore"), "{nothing:?}");
    assert_eq!(place.asked("release"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_releases_are_undone_together() {
    let (place, ids) = holding(2, GRACE).await;
    let [one, two] = [ids[0].as_str(), ids[1].as_str()];
    assert_eq!(place.run(&["numbers", "release", one, two, "-y"]).code, 0);
    let restored = place.run(&["numbers", "restore", one, two, "-o", "json"]);
    assert_eq!(restored.code, 0, "{restored:?}");
    assert_eq!(restored.json()["data"].as_array().map(Vec::len), Some(2));
    let partly = place.run(&["numbers", "release", one, "us:PN9999", "-y"]);
    assert_eq!(partly.code, 3, "{partly:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn release_by_filter_shows_the_numbers_and_needs_yes() {
    let (place, ids) = holding(3, "").await;
    for id in &ids[..2] {
        let tagged = place.run(&["numbers", "update", id, "--tag", "trial", "--tag", "west"]);
        assert_eq!(tagged.code, 0, "{tagged:?}");
    }
    let protected = place.run(&["numbers", "update", &ids[1], "--protect"]);
    assert_eq!(protected.code, 0);
    let by_tag = [
        "numbers",
        "release",
        "--account",
        "us",
        "--tag",
        "trial",
        "--tag",
        "west",
    ];
    let asked = place.run(&by_tag);
    assert_eq!(asked.code, 2, "{asked:?}");
    assert!(asked.out.contains(&ids[0]) && asked.out.contains(&ids[1]));
    assert!(!asked.out.contains(&ids[2]) && asked.err.contains("--yes"));
    let shown = place.run(&[&by_tag[..], &["--yes", "--dry-run"]].concat());
    assert_eq!(shown.code, 0, "{shown:?}");
    assert_eq!(place.asked("release"), 0);

    let sent = place.run(&[&by_tag[..], &["--yes", "-o", "json"]].concat());
    assert_eq!(sent.code, 3, "the protected one stays: {sent:?}");
    let outcomes = sent.json();
    assert_eq!(outcomes["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(place.ledger().releases.len(), 1);
    let left = place.run(&["numbers", "list", "-o", "json"]).json();
    assert_eq!(left["data"].as_array().map(Vec::len), Some(2));
    let none = place.run(&["numbers", "release", "--contains", "999999", "--yes"]);
    assert_eq!((none.code, none.err.contains("No number held")), (0, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn release_without_a_terminal_needs_yes_and_sends_nothing() {
    let (place, ids) = holding(1, "").await;
    let refused = place.run(&["numbers", "release", &ids[0]]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("--yes"), "{refused:?}");
    assert_eq!(place.asked("release"), 0);
}

/// Runs `numbers release ID` in this process, where a person answers the question.
async fn release_answering(place: &Place, id: &str, answer: &str) -> (Exit, String) {
    let config = place.path("trunkline.toml").display().to_string();
    let database = format!("sqlite://{}", place.path("trunkline.db").display());
    let args = [
        "trunkline",
        "numbers",
        "release",
        id,
        "--config",
        &config,
        "--database",
        &database,
    ];
    let (mut out, mut err, mut input) = (Vec::new(), Vec::new(), answer.as_bytes());
    let mut console = Console {
        input: Some(&mut input),
        ..Console::capture(&mut out, &mut err)
    };
    let exit = run(args, &mut console).await;
    (exit, String::from_utf8([out, err].concat()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn person_at_a_terminal_is_shown_the_number_and_asked_before_its_release() {
    let (place, ids) = holding(1, "").await;
    let (exit, said) = release_answering(&place, &ids[0], "n\n").await;
    assert_eq!(exit, Exit::Failed, "{said}");
    assert!(said.contains(&ids[0]) && said.contains("[y/N]"), "{said}");
    assert_eq!(place.asked("release"), 0);
    let (exit, said) = release_answering(&place, &ids[0], "y\n").await;
    assert_eq!(exit, Exit::Done, "{said}");
    assert_eq!(place.ledger().releases.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_run_of_a_release_names_what_stands_in_its_way() {
    let (place, ids) = holding(2, GRACE).await;
    let plan = |id: &str| place.run(&["numbers", "release", id, "--dry-run"]).out;
    assert!(plan(&ids[0]).contains("Nothing stands in the way"));
    let protected = place.run(&["numbers", "update", &ids[0], "--protect"]);
    assert_eq!(protected.code, 0, "{protected:?}");
    assert!(plan(&ids[0]).contains("It is protected"));
    assert_eq!(place.run(&["numbers", "release", &ids[1], "-y"]).code, 0);
    assert!(plan(&ids[1]).contains("It is being released already"));
    let both = place.run(&["numbers", "release", &ids[0], &ids[1], "--dry-run"]);
    assert!(
        both.err.contains(&format!("{}: It is protected", ids[0])),
        "{both:?}"
    );
    assert_eq!(place.asked("release"), 0);
}
