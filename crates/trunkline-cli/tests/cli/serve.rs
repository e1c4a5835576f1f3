//! The gateway as a process.

use std::process::Stdio;

use rustix::process::{Resource, Rlimit, getrlimit, prlimit};
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind};

use crate::support::{Place, Server, run_in};

#[test]
fn one_command_starts_a_sandbox_whose_printed_example_works() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["--sandbox", "--port-base", "0"]);
    let banner = server.banner.join("\n");
    for wanted in [
        "/docs",
        "control ",
        "twilio ",
        "curl ",
        "export TRUNKLINE_URL=",
    ] {
        assert!(banner.contains(wanted), "{wanted}: {banner}");
    }
    let buy = server
        .banner
        .iter()
        .find_map(|line| line.split_once("trunkline purchase ").map(|(_, rest)| rest));
    let args: Vec<&str> = ["--server", &server.url, "purchase"]
        .into_iter()
        .chain(buy.unwrap().split(' '))
        .collect();
    let bought = run_in(dir.path(), &args);
    assert_eq!(bought.code, 0, "{bought:?}");
    assert_eq!(server.terminate(), Some(0));
    assert!(dir.path().join("trunkline-sandbox.db").exists());
}

#[test]
fn refused_first_key_names_the_command_that_creates_it() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["--sandbox", "--port-base", "0"]);
    let remote = ["--server", &server.url, "keys", "create", "--name", "a"];
    let refused = run_in(dir.path(), &[&remote[..], &["--scope", "all"]].concat());
    assert_eq!(refused.code, 1, "{refused:?}");
    let command = refused.err.split('`').nth(1).unwrap();
    let args: Vec<&str> = command.split(' ').skip(1).collect();
    let created = run_in(dir.path(), &args);
    assert_eq!(created.code, 0, "{created:?}");
    let keyless = run_in(dir.path(), &["accounts", "--server", &server.url]);
    assert_eq!(keyless.code, 1, "{keyless:?}");
}

#[test]
fn second_start_on_the_same_database_knows_earlier_purchases() {
    let dir = tempfile::tempdir().unwrap();
    // The fakes forget it: a number of ours that its carrier does not show may have gone, or not show yet.
    for (code, said) in [(0, ""), (1, "was bought before")] {
        let server = Server::start(dir.path(), &["--sandbox", "--port-base", "0"]);
        let is_told = server
            .banner
            .iter()
            .any(|line| line.contains("purchases of earlier runs"));
        assert_eq!(is_told, code == 1, "{:?}", server.banner);
        let found = run_in(
            dir.path(),
            &[
                "search",
                "--server",
                &server.url,
                "--country",
                "US",
                "--accounts",
                "twilio",
                "--limit",
                "1",
                "-o",
                "json",
            ],
        );
        let number = found.json()["data"][0]["number"]
            .as_str()
            .unwrap()
            .to_owned();
        let bought = run_in(
            dir.path(),
            &[
                "buy",
                "--server",
                &server.url,
                "--account",
                "twilio",
                "--number",
                &number,
            ],
        );
        assert_eq!(bought.code, code, "{bought:?}");
        assert!(bought.err.contains(said), "{bought:?}");
        assert_eq!(server.terminate(), Some(0));
    }
}

#[test]
fn account_with_the_name_of_a_sandbox_account_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let config = "[[accounts]]\nname = 'twilio'\nprovider = 'twilio'\naccount_sid = 'AC00000000000000000000000000000009'\nauth_token = 'x'\n";
    std::fs::write(dir.path().join("trunkline.toml"), config).unwrap();
    let run = run_in(
        dir.path(),
        &[
            "serve",
            "--sandbox",
            "--listen",
            "127.0.0.1:0",
            "--port-base",
            "0",
        ],
    );
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.err.contains("account twilio"), "{run:?}");
}

#[test]
fn taken_ports_of_the_sandbox_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = (taken.local_addr().unwrap().port() - 1).to_string();
    let run = run_in(dir.path(), &["sandbox", "--port-base", &base]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.err.contains("--port-base"), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unreachable_redis_stops_nothing_and_its_password_is_not_shown() {
    let place = Place::new().await;
    let limits = "limits = { per_second = 10 }";
    // Nothing listens on port 1.
    let shared = "[rate_limit]\nshared = 'redis://:hunter2@127.0.0.1:1'\nreplicas = 2";
    let account = place.account("us", "sandbox");
    place.configure(&format!("{account}{limits}\n{shared}"));
    let server = place.serve(&[]);
    let account = place.run(&["accounts", "us", "--server", &server.url, "-o", "json"]);
    assert_eq!(account.json()["limits"]["per_second"], 5, "{account:?}");
    assert_eq!(server.terminate(), Some(0));
    for args in [&["search", "--country", "US"][..], &["config", "check"]] {
        let run = place.run(args);
        assert_eq!(run.code, 0, "{run:?}");
        assert!(!format!("{run:?}").contains("hunter2"), "{run:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn open_purchase_is_finished_before_the_process_ends() {
    let place = Place::new().await;
    let (number, _) = place.on_offer();
    place
        .sandbox
        .inject(FaultPlan::once(
            ProviderKind::Twilio,
            "purchase",
            Fault::Delay { ms: 500 },
        ))
        .unwrap();
    let server = place.serve(&[]);
    let buy = [
        "buy",
        "--server",
        &server.url,
        "--account",
        "us",
        "--number",
        &number,
    ];
    let buying = place
        .command(&buy)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    while place.asked("purchase") == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(buying.unwrap().wait().unwrap().code(), Some(0));
}

/// Sets how large a file may become that the gateway writes to.
fn limit_files(server: &Server, bytes: Option<u64>) {
    // It has inherited ours.
    let maximum = getrlimit(Resource::Fsize).maximum;
    let limit = Rlimit {
        current: bytes.or(maximum),
        maximum,
    };
    prlimit(Some(server.pid()), Resource::Fsize, limit).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn file_size_limit_is_an_error_like_a_full_disk_and_does_not_end_the_process() {
    let place = Place::new().await;
    place.key();
    let log = std::fs::File::create(place.path("log")).unwrap();
    let server = Server::logging_to(log.into(), place.dir.path(), &[]);
    let (number, _) = place.on_offer();
    let buy = [
        "buy",
        "--server",
        &server.url,
        "--account",
        "us",
        "--number",
        &number,
    ];
    limit_files(&server, Some(1));
    let refused = place.run(&buy);
    assert_ne!(refused.code, 0, "{refused:?}");
    let ready = ["healthcheck", "--server", &server.url];
    assert_ne!(place.run(&ready).code, 0);
    let alive = [&ready[..], &["--live"]].concat();
    assert_eq!(place.run(&alive).code, 0);
    assert_eq!(place.asked("purchase"), 0, "nothing is sent meanwhile");
    limit_files(&server, None);
    let bought = place.run(&buy);
    assert_eq!(bought.code, 0, "{bought:?}");
    assert_eq!(server.terminate(), Some(0));
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn process_uses_no_huge_pages() {
    let place = Place::new().await;
    let server = place.serve(&[]);
    let pid = server.pid().as_raw_nonzero();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    // Old kernels don't tell.
    assert!(!status.contains("THP_enabled:\t1"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn gateway_that_only_this_machine_reaches_stops_without_delay() {
    let place = Place::new().await;
    let log = place.path("log");
    let file = std::fs::File::create(&log).unwrap();
    let server = Server::logging_to(Stdio::from(file), place.dir.path(), &["--log", "info"]);
    assert_eq!(server.terminate(), Some(0));
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(
        log.contains("shutting down") && !log.contains("not ready"),
        "{log}"
    );
}
