//! The commands of a page, run in their order against a sandbox gateway of its own.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::blocks::{Block, blocks};
use super::{Page, pages};
use crate::process::{ARGUMENTS, BE_TRUNKLINE, Server};
use crate::root;

/// What begins every script: what is still running at its end is stopped.
const HEAD: &str = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n";

/// The file that a gateway reads, if the page writes one.
const CONFIG: &str = "trunkline.toml";

/// The port on which a page's own program listens.
const OWN_PORT: &str = "9300";

/// The part of a script that a block is: commands, a program, or a file.
fn part(block: &Block<'_>, python: bool) -> String {
    let here =
        |command: &str| format!("{command} <<'END_OF_BLOCK'\n{}\nEND_OF_BLOCK\n", block.code);
    match (block.language, block.word) {
        (_, "ignore") => String::new(),
        ("sh", _) => format!("{}\n", block.code),
        ("python", "") if python => here("python3 -"),
        (_, file) if file.contains('.') => here(&format!("cat > {file}")),
        _ => String::new(),
    }
}

/// A port that nothing listens on.
fn free_port() -> String {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port().to_string()
}

/// A program `trunkline` in a directory: this test binary as that process.
fn install(directory: &Path) {
    let exe = std::env::current_exe().unwrap();
    let wrapper = format!(
        "#!/bin/sh\n{ARGUMENTS}=\"$(printf '%s\\n' \"$@\")\" exec '{}' {}\n",
        exe.display(),
        BE_TRUNKLINE.join(" ")
    );
    let trunkline = directory.join("trunkline");
    fs::write(&trunkline, wrapper).unwrap();
    fs::set_permissions(&trunkline, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs the commands of a page; what went wrong, if anything did.
async fn run(page: &Page, python: bool) -> Result<(), String> {
    let blocks = blocks(page);
    let mut script = HEAD.to_owned();
    for block in &blocks {
        script += &part(block, python);
    }
    if script == HEAD || (!python && script.contains("python3")) {
        return Ok(());
    }
    let directory = tempfile::tempdir().unwrap();
    install(directory.path());
    let mut arguments = vec!["--sandbox", "--port-base", "0"];
    if let Some(config) = blocks.iter().find(|block| block.word == CONFIG) {
        fs::write(directory.path().join(CONFIG), config.code).unwrap();
        arguments.extend(["--config", CONFIG]);
    }
    let server = Server::start(directory.path(), &arguments).await;
    // The ports of the page are those of `serve --sandbox`; here they are free ones.
    let script = script
        .replace("127.0.0.1:8080", &server.address)
        .replace("http://127.0.0.1:9109", &server.control)
        .replace(OWN_PORT, &free_port());
    let path = format!(
        "{}:/usr/local/bin:/usr/bin:/bin",
        directory.path().display()
    );
    let running = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(directory.path())
        .env("PATH", path)
        .env("TRUNKLINE_URL", format!("http://{}", server.address))
        .env("TRUNKLINE_ROOT", root())
        .env_remove("TRUNKLINE_KEY")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_mins(3), running)
        .await
        .map_err(|_| format!("{}: does not end:\n{script}", page.path))?
        .unwrap();
    if output.status.success() {
        return Ok(());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut said = format!("{}: {}\n{script}", page.path, output.status);
    write!(said, "--- out\n{}", text(&output.stdout)).unwrap();
    write!(said, "--- err\n{}", text(&output.stderr)).unwrap();
    Err(said)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "a test says in one line what it skips")]
async fn commands_of_every_page_work_as_printed() {
    let python = std::process::Command::new("python3")
        .arg("--version")
        .output();
    let python = python.is_ok_and(|answer| answer.status.success());
    if !python {
        println!("snippets of Python are not run: there is no python3 here");
    }
    let mut failed = Vec::new();
    for page in pages() {
        failed.extend(run(&page, python).await.err());
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
