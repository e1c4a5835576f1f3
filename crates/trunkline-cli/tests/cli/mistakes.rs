//! What is wrong is told in a line or a few, with the right exit code.

use std::process::Stdio;
use std::time::Duration;

use trunkline_sandbox::{Fault, FaultPlan, ProviderKind};

use crate::support::{Place, Run, command, finish, run_in};

/// No panic, no backtrace, and every line of the error short enough to read.
fn is_told_well(run: &Run, code: i32) {
    assert_eq!(run.code, code, "{run:?}");
    assert!(
        run.err.starts_with("error: ") || run.err.contains("\nerror: "),
        "{run:?}"
    );
    assert!(
        !run.err.contains("panicked") && !run.err.contains("backtrace"),
        "{run:?}"
    );
    assert!(run.out.is_empty(), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_names_the_field_and_exits_with_2() {
    let place = Place::new().await;
    let cases = [
        (&["search", "--country", "XX"][..], "country"),
        (&["search", "--country", "US", "--limit", "101"], "limit"),
        (&["search", "--country", "US", "--sort", "mood"], "sort"),
        (&["buy", "--account", "us", "--number", "415"], "E.164"),
        (&["buy", "of_nonsense"], "offer"),
        (&["buy", "+14155550100"], "--account"),
        (&["numbers", "list", "--cursor", "nonsense"], "cursor"),
        (&["numbers", "list", "--features", "telepathy"], "features"),
        (
            &["caller-ids", "start", "--account", "us", "--number", "1"],
            "E.164",
        ),
        (&["purchases", "list", "--state", "lost"], "state"),
        (&["buy", "of_1", "--wait", "long"], "a time such as 5s"),
        (&["buy", "of_1", "--wait", "2h"], "a time such as 5s"),
        (&["buy", "of_1", "--wait", "61m"], "at most 3600"),
        (
            &["allocate", "--country", "US", "--count", "x"],
            "1 or more",
        ),
    ];
    for (args, field) in cases {
        let run = place.run(args);
        is_told_well(&run, 2);
        assert!(run.err.contains(field), "{args:?}: {run:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_resources_exit_with_1() {
    let place = Place::new().await;
    for args in [
        &["numbers", "get", "us:PN404"][..],
        &["numbers", "release", "+14155550199", "--yes"],
        &["buy", "--account", "nobody", "--number", "+14155550100"],
        &["purchases", "get", "pur_404"],
        &["caller-ids", "get", "us:+14155550199"],
        &["accounts", "nobody"],
    ] {
        is_told_well(&place.run(args), 1);
    }
}

#[test]
fn missing_server_and_configuration_are_explained() {
    let dir = tempfile::tempdir().unwrap();
    let run = run_in(dir.path(), &["numbers", "list"]);
    is_told_well(&run, 2);
    assert!(
        run.err.contains("TRUNKLINE_URL") && run.err.contains("trunkline serve"),
        "{run:?}"
    );
    let run = run_in(dir.path(), &["serve"]);
    is_told_well(&run, 2);
    assert!(run.err.contains("--sandbox"), "{run:?}");
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        0,
        "no database is made by mistake"
    );
}

#[test]
fn unreachable_server_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let run = run_in(
        dir.path(),
        &["numbers", "list", "--server", "http://127.0.0.1:1"],
    );
    is_told_well(&run, 1);
    assert!(run.err.contains("trunkline serve"), "{run:?}");
    let why = "nothing answers at http://127.0.0.1:1: the connection was refused\n";
    assert!(run.err.contains(why), "{run:?}");
    is_told_well(
        &run_in(dir.path(), &["numbers", "list", "--server", "127.0.0.1:1"]),
        2,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn taken_port_is_named() {
    let place = Place::new().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let run = place.run(&["serve", "--listen", &address]);
    is_told_well(&run, 2);
    assert!(run.err.contains(&address), "{run:?}");
    assert!(!place.path("trunkline.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn unwritable_database_is_named() {
    let place = Place::new().await;
    for database in ["sqlite://nowhere/trunkline.db", "sqlite://."] {
        for command in [
            &["serve", "--listen", "127.0.0.1:0"][..],
            &["numbers", "list"],
        ] {
            let run = place.run(&[command, &["--database", database]].concat());
            is_told_well(&run, 1);
            assert!(run.err.contains("database"), "{run:?}");
        }
    }
    is_told_well(
        &place.run(&["numbers", "list", "--database", "mysql://x"]),
        2,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_configuration_lists_each_problem_on_its_own_line() {
    let place = Place::new().await;
    place.configure("[server]\nlistn = 1\n[[accounts]]\nname = 'A!'\nprovider = 'twilio'\naccount_sid = 'AC1'\nauth_tokn = 'x'\n");
    for command in [&["serve"][..], &["config", "check"], &["numbers", "list"]] {
        let run = place.run(command);
        is_told_well(&run, 2);
        for line in ["line 2", "line 4", "line 7"] {
            assert_eq!(
                run.err.lines().filter(|text| text.contains(line)).count(),
                1,
                "{line}: {run:?}"
            );
        }
        assert!(run.err.contains("did you mean auth_token?"), "{run:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn config_check_reports_missing_secrets_and_secrets_in_the_file() {
    let place = Place::new().await;
    let right = place.run(&["config", "check"]);
    assert_eq!(right.code, 0, "{right:?}");
    assert!(
        right.err.contains("warning") && right.err.contains("auth_token"),
        "{right:?}"
    );
    let elsewhere = place
        .account("us", "x")
        .replace("\"x\"", "{ env = \"TRUNKLINE_TEST_NO_SUCH_VARIABLE\" }");
    place.configure(&elsewhere);
    let missing = place.run(&["config", "check"]);
    is_told_well(&missing, 2);
    assert!(
        missing.err.contains("TRUNKLINE_TEST_NO_SUCH_VARIABLE"),
        "{missing:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_line_holds_a_secret() {
    let place = Place::new().await;
    place.configure(&place.account("us", "hunter2-is-no-secret"));
    let run = place.run(&["numbers", "list", "--log", "trace"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.err.contains("TRACE") || run.err.contains("DEBUG"),
        "it logs: {run:?}"
    );
    // The second is how the first travels: base64 of the account and the token.
    let header = "QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDpodW50ZXIyLWlzLW5vLXNlY3JldA";
    for secret in ["hunter2", header] {
        assert!(
            !run.err.contains(secret) && !run.out.contains(secret),
            "{run:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn command_line_takes_precedence_over_the_environment() {
    let place = Place::new().await;
    let dead = ["TRUNKLINE_URL", "http://127.0.0.1:1"];
    let at = |args: &[&str]| finish(command(place.dir.path(), args).env(dead[0], dead[1]));
    is_told_well(&at(&["numbers", "list"]), 1);
    assert_eq!(
        at(&["numbers", "list", "--config", "trunkline.toml"]).code,
        0
    );
    is_told_well(
        &at(&[
            "numbers",
            "list",
            "--config",
            "trunkline.toml",
            "--server",
            dead[1],
        ]),
        2,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn key_sent_unencrypted_to_another_machine_is_warned_about() {
    let dir = tempfile::tempdir().unwrap();
    let warned = |server: &str, key: &str| {
        let warns = ["accounts", "healthcheck"].map(|name| {
            let mut command = command(dir.path(), &[name, "--server", server, "--key", key]);
            // Whatever is asked for, nobody answers.
            command.env("HTTP_PROXY", "http://127.0.0.1:1");
            let run = finish(command.env("TRUNKLINE_LOG", "off"));
            assert!(!run.err.contains("hunter2"), "{run:?}");
            let warning = "warning: the API key travels unencrypted";
            run.err.lines().any(|line| line.starts_with(warning))
        });
        assert_eq!(warns[0], warns[1]);
        warns[0]
    };
    assert!(warned("http://numbers.example.com", "tl_hunter2"));
    assert!(warned("http://192.0.2.7:8080", "tl_hunter2"));
    for (server, key) in [
        ("http://numbers.example.com", ""),
        ("http://127.0.0.1:1", "tl_hunter2"),
        ("http://localhost:1", "tl_hunter2"),
        ("http://[::1]:1", "tl_hunter2"),
    ] {
        assert!(!warned(server, key), "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mistyped_words_are_answered_with_the_nearest_one() {
    let place = Place::new().await;
    let cases = [
        (
            &["buy", "--account", "uss", "--number", "+14155550100"][..],
            "did you mean us?",
        ),
        (&["accounts", "uss"], "did you mean us?"),
        (
            &["search", "--country", "US", "--accounts", "uss"],
            "did you mean us?",
        ),
        (
            &["keys", "create", "--name", "x", "--scope", "numbers:reed"],
            "'numbers:read'",
        ),
        (
            &[
                "keys", "create", "--name", "x", "--scope", "all", "--tenant", "defualt",
            ],
            "did you mean default?",
        ),
        (
            &["search", "--country", "US", "--type", "cell"],
            "did you mean mobile?",
        ),
        (&["numbers", "list", "--log", "inof"], "did you mean info?"),
    ];
    for (args, suggestion) in cases {
        let run = place.run(args);
        assert!(run.err.contains(suggestion), "{args:?}: {run:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tenant_of_another_key_is_answered_with_the_nearest_one() {
    let place = Place::new().await;
    let server = place.serve(&[]);
    let key = ["keys", "create", "--name", "x", "--scope", "numbers:read"];
    let other = ["--tenant", "defualt", "--server", &server.url];
    let run = place.run(&[&key[..], &other].concat());
    is_told_well(&run, 1);
    assert!(run.err.contains("did you mean default?"), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_to_follow_a_list_that_no_account_answered() {
    let place = Place::new().await;
    let dead = FaultPlan::always(ProviderKind::Twilio, "*", Fault::status(401));
    place.sandbox.inject(dead).unwrap();
    let run = place.run(&["numbers", "list"]);
    assert!(!run.err.contains("there are more"), "{run:?}");
    assert!(run.err.contains("trunkline doctor"), "{run:?}");
    let run = place.run(&["numbers", "release", "+14155550100", "--yes"]);
    assert!(run.err.contains("name it by its id"), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bare_command_shows_the_short_help_whatever_the_environment_says() {
    let dir = tempfile::tempdir().unwrap();
    let bare = finish(&mut command(dir.path(), &[]));
    let mut told = command(dir.path(), &[]);
    let told = finish(told.env("TRUNKLINE_URL", "http://127.0.0.1:1"));
    let help = |run: &Run| format!("{}{}", run.out, run.err);
    for run in [&bare, &told] {
        assert!(help(run).contains("Commands:"), "{run:?}");
        assert!(!help(run).contains("Possible values"), "{run:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn half_of_a_purchase_is_answered_with_the_ways_to_buy() {
    let place = Place::new().await;
    for args in [
        &["buy"][..],
        &["buy", "--number", "+14155550100"],
        &["buy", "--account", "us"],
        &["buy", "of_1", "--country", "US"],
    ] {
        let run = place.run(args);
        is_told_well(&run, 2);
        assert!(
            run.err.contains("--account NAME --number NUMBER"),
            "{run:?}"
        );
    }
}

/// What a command says that is interrupted while the carrier takes its time, at a gateway of its own. It exits with 4.
async fn interrupted(place: &Place, args: &[&str]) -> String {
    let slow = FaultPlan::always(ProviderKind::Twilio, "purchase", Fault::Delay { ms: 2_000 });
    place.sandbox.inject(slow).unwrap();
    let server = place.serve(&[]);
    let more = ["--idempotency-key", "k-1", "--server", &server.url];
    let child = place
        .command(&[args, &more].concat())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while place.asked("purchase") == 0 && tokio::time::Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let signalled = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(signalled.unwrap().success());
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(4), "{said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_purchase_says_what_goes_on_and_how_to_repeat_it() {
    let place = Place::new().await;
    let (number, _) = place.on_offer();
    let said = interrupted(&place, &["buy", "--account", "us", "--number", &number]).await;
    for part in [
        "the gateway goes on",
        "purchases list --number",
        "--idempotency-key k-1",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_allocation_says_what_goes_on_and_how_to_repeat_it() {
    let place = Place::new().await;
    let many = ["allocate", "--country", "US", "--count", "3"];
    let said = interrupted(&place, &many).await;
    for part in [
        "is not stopped by this",
        "the allocation goes on",
        "trunkline allocations get alc_",
        "--idempotency-key k-1: it buys nothing more",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}
