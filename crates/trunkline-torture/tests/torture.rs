//! The short run that every change must pass: each point once, a fixed seed, one gateway on SQLite.

use std::process::Command;

#[test]
fn five_hundred_purchases_survive_a_crash_at_every_point() {
    let output = Command::new(env!("CARGO_BIN_EXE_trunkline-torture"))
        .args([
            "--quick",
            "--purchases",
            "500",
            "--seed",
            "7",
            "--replicas",
            "1",
        ])
        .args(["--clients", "200"])
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.ends_with("PASS (seed 7)\n"), "{out}\n{err}");
}

#[test]
fn a_point_that_does_not_exist_is_named_with_those_that_do() {
    let output = Command::new(env!("CARGO_BIN_EXE_trunkline-torture"))
        .args(["--failpoints", "nowhere"])
        .output()
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(err.contains("before-send"), "{err}");
}
