//! The files and how they are served; no browser is needed for that.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use flate2::read::GzDecoder;
use tower::ServiceExt;
use trunkline_admin::audit::action;
use trunkline_admin::events::EventType;
use trunkline_console::{ASSETS, Asset, CONTENT_SECURITY_POLICY, router};
use trunkline_engine::ActionKind;

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
fn own() -> impl Iterator<Item = (String, String)> {
    let mut there = BTreeSet::new();
    files(&folder(), &mut there);
    let own = there
        .into_iter()
        .filter(|path| !path.starts_with("vendor/"));
    own.map(|path| {
        let text = std::fs::read_to_string(folder().join(&path)).unwrap();
        (path, text)
    })
}

/// The bundled file whose name begins and ends so.
fn bundled(start: &str, end: &str) -> Asset {
    let named = |asset: &&Asset| asset.path.starts_with(start) && asset.path.ends_with(end);
    *ASSETS.iter().find(named).unwrap()
}

fn text(asset: Asset) -> &'static str {
    std::str::from_utf8(asset.bytes).unwrap()
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
fn every_module_is_in_the_one_script_and_none_is_loaded_by_another_request() {
    let script = text(bundled("app-", ".js"));
    for (path, text) in own().filter(|(path, _)| path.ends_with(".js") && path != "theme.js") {
        let bare = text
            .lines()
            .map(|line| line.strip_prefix("export ").unwrap_or(line));
        let mut declared =
            bare.filter(|line| line.starts_with("const ") || line.starts_with("function "));
        let first = declared.next().unwrap_or_else(|| panic!("{path}"));
        assert!(script.contains(first), "{path}");
    }
    for left in ["\nimport ", "\nexport ", "export{", "from\"."] {
        assert!(!script.contains(left), "{left:?} is left in the script");
    }
}

#[test]
fn page_names_only_files_that_there_are() {
    let page = text(bundled("index", ".html"));
    let named: Vec<&str> = page
        .split("\"/console/")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(named.len(), 4, "{named:?}");
    for name in named {
        let asset = ASSETS.iter().find(|asset| asset.path == name);
        assert!(asset.unwrap().is_lasting(), "{name}");
    }
}

#[test]
fn every_event_and_action_has_a_sentence() {
    let sentences = std::fs::read_to_string(folder().join("ui/sentences.js")).unwrap();
    let events = EventType::ALL.map(EventType::as_str);
    let actions = ActionKind::ALL.map(ActionKind::as_str);
    let others = [
        action::NUMBER_GONE,
        action::NUMBER_RETURNED,
        action::PURCHASE_RESOLVE,
        action::KEY_CREATE,
        action::KEY_REVOKE,
        action::KEY_ROTATE,
        action::WEBHOOK_CREATE,
        action::WEBHOOK_UPDATE,
        action::WEBHOOK_ROTATE,
        action::WEBHOOK_DELETE,
        action::WEBHOOK_REDELIVER,
        action::CONFIG_RELOAD,
    ];
    let (event, done) = sentences.split_once("const ACTIONS").unwrap();
    for name in events {
        assert!(event.contains(&format!("\"{name}\": (")), "{name}");
    }
    for name in actions.iter().chain(&others) {
        assert!(done.contains(&format!("\"{name}\": [")), "{name}");
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
        ("app-", "text/javascript; charset=utf-8"),
        ("console-", "text/css; charset=utf-8"),
        ("icon-", "image/svg+xml"),
    ] {
        let path = match path {
            "/" => path.to_owned(),
            start => format!("/console/{}", bundled(start, "").path),
        };
        let response = get(&path, &[]).await;
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
        assert_eq!(header(&response, "vary"), "accept-encoding");
        let caching = if path == "/" {
            "no-cache"
        } else {
            "public, max-age=31536000, immutable"
        };
        assert_eq!(header(&response, "cache-control"), caching);
    }
    assert!(!CONTENT_SECURITY_POLICY.contains("unsafe"));
}

#[tokio::test]
async fn a_file_that_the_browser_has_is_not_sent_again() {
    let path = format!("/console/{}", bundled("app-", ".js").path);
    let first = get(&path, &[]).await;
    let tag = header(&first, "etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() == 34, "{tag}");
    let same = get(&path, &[("if-none-match", &format!("\"other\", W/{tag}"))]).await;
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(header(&same, "etag"), tag);
    let other = get(&path, &[("if-none-match", "\"other\"")]).await;
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
        "/console/app.js",
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

#[tokio::test]
async fn files_are_compressed_for_browsers_that_take_it() {
    let asset = bundled("app-", ".js");
    let path = format!("/console/{}", asset.path);
    for (accepted, compressed) in [
        ("gzip, deflate, br", true),
        ("br;q=1.0, gzip;q=0.5", true),
        ("*", true),
        ("gzip;q=0", false),
        ("br", false),
        ("", false),
    ] {
        let response = get(&path, &[("accept-encoding", accepted)]).await;
        let encoding = if compressed { "gzip" } else { "" };
        assert_eq!(
            header(&response, "content-encoding"),
            encoding,
            "{accepted}"
        );
        let body = axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap();
        let expected = if compressed { asset.gzip } else { asset.bytes };
        assert_eq!(body, expected, "{accepted}");
    }
    let mut plain = Vec::new();
    GzDecoder::new(asset.gzip).read_to_end(&mut plain).unwrap();
    assert_eq!(plain, asset.bytes);
    let sent: usize = ASSETS
        .iter()
        .filter(|asset| asset.is_lasting())
        .map(|asset| asset.gzip.len())
        .sum();
    assert!(sent < 100_000, "{sent} bytes for the whole console");
}
