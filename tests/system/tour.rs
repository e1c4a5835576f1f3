//! The README's tour, run as it is printed.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::process::{ARGUMENTS, BE_TRUNKLINE, Server};
use crate::root;

/// The `sh` blocks between the markers of the tour.
fn tour() -> String {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, rest) = readme
        .split_once("<!-- tour -->")
        .expect("the README has a tour");
    let (tour, _) = rest
        .split_once("<!-- end of tour -->")
        .expect("the tour ends");
    let blocks = tour.split("```sh\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap())
        .collect()
}

#[tokio::test]
async fn readme_tour_works_as_printed() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path(), &["--sandbox", "--port-base", "0"]).await;
    // The README's ports are those of the README's first command; here they are free ones.
    let script = tour()
        .replace("127.0.0.1:8080", &server.address)
        .replace("http://127.0.0.1:9109", &server.control);
    let exe = std::env::current_exe().unwrap();
    let trunkline = directory.path().join("trunkline");
    let wrapper = format!(
        "#!/bin/sh\n{ARGUMENTS}=\"$(printf '%s\\n' \"$@\")\" exec '{}' {}\n",
        exe.display(),
        BE_TRUNKLINE.join(" ")
    );
    std::fs::write(&trunkline, wrapper).unwrap();
    std::fs::set_permissions(&trunkline, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!(
        "{}:/usr/local/bin:/usr/bin:/bin",
        directory.path().display()
    );
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(directory.path())
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(
        output.status.success(),
        "{script}\n--- out\n{out}\n--- err\n{err}"
    );
    for said in [
        "succeeded",
        "Support line",
        "\"purchases\":[{",
        "verified",
        "404",
    ] {
        assert!(out.contains(said), "{said}: {out}\n{err}");
    }
}
