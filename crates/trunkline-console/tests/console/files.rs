//! The files and how they are served; no browser is needed for that.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use tower::ServiceExt;
use trunkline_console::{ASSETS, CONTENT_SECURITY_POLICY, router};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets")
}

fn files(within: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(within).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            let name = path.strip_prefix(folder()).unwrap();
            found.insert(name.to_str().unwrap().to_owned());
        }
    }
}

/// What we wrote ourselves, by path.
fn own() -> impl Iterator<Item = (&'static str, &'static str)> {
    let own = ASSETS
        .iter()
        .filter(|asset| !asset.path.starts_with("vendor/"));
    own.map(|asset| (asset.path, std::str::from_utf8(asset.bytes).unwrap()))
}

async fn get(path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let app: Router = router();
    app.oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap()
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

#[test]
fn every_file_of_the_folder_is_embedded_and_no_other() {
    let mut there = BTreeSet::new();
    files(&folder(), &mut there);
    let embedded = ASSETS.iter().map(|asset| asset.path.to_owned()).collect();
    assert_eq!(there, embedded);
}

#[test]
fn every_import_leads_to_an_embedded_file() {
    for (path, text) in own().filter(|(path, _)| path.ends_with(".js")) {
        let base = Path::new(path).parent().unwrap();
        for line in text
            .lines()
            .filter(|line| line.starts_with("import ") || line.starts_with("} from "))
        {
            let Some(target) = line.split('"').nth(1) else {
                continue;
            };
            let mut parts: Vec<&str> = base.iter().map(|part| part.to_str().unwrap()).collect();
            for part in target.split('/') {
                match part {
                    "." => {}
                    ".." => drop(parts.pop().unwrap()),
                    name => parts.push(name),
                }
            }
            let wanted = parts.join("/");
            assert!(
                ASSETS.iter().any(|asset| asset.path == wanted),
                "{path} imports {target}"
            );
        }
    }
}

#[test]
fn console_loads_no_external_resource_and_escapes_data() {
    let foreign = [
        "src=\"http",
        "href=\"http",
        "from \"http",
        "url(http",
        "@import",
        "fetch(\"http",
    ];
    let unsafe_ways = [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
    ];
    for (path, text) in own() {
        for banned in foreign.iter().chain(&unsafe_ways) {
            assert!(!text.contains(banned), "{path} has {banned}");
        }
    }
}

#[test]
fn files_can_be_read_in_one_sitting() {
    for (path, text) in own().filter(|(path, _)| path.ends_with(".js")) {
        let lines = text.lines().count();
        assert!(lines <= 400, "{path} has {lines} lines");
    }
}

#[tokio::test]
async fn the_page_and_its_files_come_with_headers_that_keep_them_closed() {
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/console/app.js", "text/javascript; charset=utf-8"),
        ("/console/console.css", "text/css; charset=utf-8"),
        ("/console/icon.svg", "image/svg+xml"),
    ] {
        let response = get(path, &[]).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&response, "content-type"), kind);
        assert_eq!(
            header(&response, "content-security-policy"),
            CONTENT_SECURITY_POLICY
        );
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        assert_eq!(header(&response, "referrer-policy"), "no-referrer");
        assert_eq!(
            header(&response, "cross-origin-opener-policy"),
            "same-origin"
        );
        assert_eq!(header(&response, "cache-control"), "no-cache");
    }
    assert!(!CONTENT_SECURITY_POLICY.contains("unsafe"));
}

#[tokio::test]
async fn a_file_that_the_browser_has_is_not_sent_again() {
    let first = get("/console/app.js", &[]).await;
    let tag = header(&first, "etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() == 34, "{tag}");
    let same = get(
        "/console/app.js",
        &[("if-none-match", &format!("\"other\", W/{tag}"))],
    )
    .await;
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(header(&same, "etag"), tag);
    let other = get("/console/app.js", &[("if-none-match", "\"other\"")]).await;
    assert_eq!(other.status(), StatusCode::OK);
}

#[tokio::test]
async fn unknown_asset_is_not_found() {
    for path in [
        "/console/nothing.js",
        "/console/../Cargo.toml",
        "/console/..%2fsrc%2flib.rs",
        "/console/%2fetc%2fpasswd",
        "/console/vendor",
    ] {
        assert_eq!(
            get(path, &[]).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let home = get("/console/", &[]).await;
    assert_eq!(
        (home.status(), header(&home, "location")),
        (StatusCode::PERMANENT_REDIRECT, "/")
    );
}
