//! Starting while the database is away, and what `doctor` says of one.

use std::net::TcpListener;

use serde_json::Value;
use trunkline_testkit::services::postgres::{self, Server as Postgres};

use crate::process::{Server, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn database_killed_during_start_is_waited_for() {
    let Some(database) = Postgres::start() else {
        return;
    };
    let url = database.database();
    database.stop();
    let port = TcpListener::bind(database.address()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("trunkline.toml"), "").unwrap();
    let arguments = ["--config", "trunkline.toml", "--database", &url];
    let back = tokio::task::spawn_blocking(move || {
        // The first try is cut off in the middle, as by a server that is killed.
        drop(port.accept().unwrap());
        drop(port);
        database.resume();
        database
    });
    let server = Server::start_without_key(directory.path(), &arguments).await;
    let ready = server.call("GET /readyz", "", "").await;
    assert_eq!(ready.unwrap().0, 200);
    drop(back.await.unwrap());
}

#[tokio::test]
async fn unavailable_database_ends_the_start_with_a_clear_error() {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let directory = tempfile::tempdir().unwrap();
    let config = format!(
        "[database]\nurl = 'postgres://me:hunter2@127.0.0.1:{port}/trunkline?sslmode=disable'\nstart_timeout = '1s'\n"
    );
    std::fs::write(directory.path().join("trunkline.toml"), config).unwrap();
    let arguments = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--config",
        "trunkline.toml",
    ];
    let (code, _, said) = run(directory.path(), &arguments).await;
    assert_eq!(code, 1, "{said}");
    for wanted in ["not started yet", "can't be reached"] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
}

#[tokio::test]
async fn doctor_says_how_to_make_the_index_that_the_inventory_is_searched_by() {
    let Some(server) = postgres::shared().await else {
        return;
    };
    let url = server.database();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("trunkline.toml"), "").unwrap();
    let serve = ["--config", "trunkline.toml", "--database", &url];
    let gateway = Server::start_without_key(directory.path(), &serve).await;
    gateway.kill().await;
    let remedy = async || {
        let doctor = [&["doctor", "-o", "json"], &serve[..]].concat();
        let (_, out, err) = run(directory.path(), &doctor).await;
        let json = &out[out.find('{').unwrap()..=out.rfind('}').unwrap()];
        let report: Value = serde_json::from_str(json).unwrap();
        let checks = report["checks"].as_array().unwrap();
        assert!(checks.iter().any(|it| it["about"] == "database"), "{err}");
        let about_it = |it: &&Value| it["detail"].as_str().unwrap().contains("inventory_text");
        let found = checks.iter().find(about_it)?;
        assert_eq!(found["status"], "warn", "{found}");
        Some(found["remedy"].as_str().unwrap().to_owned())
    };
    assert_eq!(remedy().await, None);
    server.execute(&url, "DROP EXTENSION pg_trgm CASCADE");
    let told = remedy().await.unwrap();
    let (_, statements) = told.rsplit_once("may: ").unwrap();
    server.execute(&url, statements);
    assert_eq!(remedy().await, None);
}
