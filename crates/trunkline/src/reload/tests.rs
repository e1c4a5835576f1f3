use std::path::Path;

use trunkline_core::vault::MemoryVault;

use super::*;

const SERVER: &str = "[server]\nlisten = '127.0.0.1:8080'\nmax_body = '1MB'\n";

fn account(name: &str, sid: char, more: &str) -> String {
    let sid = sid.to_string().repeat(32);
    format!(
        "[[accounts]]\nname = '{name}'\nprovider = 'twilio'\naccount_sid = 'AC{sid}'\n\
         base_url = 'http://127.0.0.1:9101'\n{more}\n"
    )
}

fn token(path: &Path) -> String {
    format!("auth_token = {{ file = '{}' }}", path.display())
}

struct Fixture {
    running: Running,
    registry: Registry,
    vault: Arc<dyn TokenVault>,
}

impl Fixture {
    fn start(text: &str) -> Self {
        let config = Config::parse_with_secrets(text).unwrap();
        let vault: Arc<dyn TokenVault> = Arc::new(MemoryVault::default());
        Self {
            registry: config.registry(&vault).unwrap(),
            running: Running::new(config),
            vault,
        }
    }

    fn next(&self, text: &str) -> Result<Next, Problems> {
        let within = Within {
            registry: &self.registry,
            vault: &self.vault,
            quotas: None,
        };
        self.running.next(Config::parse_with_secrets(text)?, within)
    }
}

fn names(names: &[AccountName]) -> Vec<&str> {
    names.iter().map(AccountName::as_str).collect()
}

#[test]
fn accounts_are_added_removed_changed_and_kept() {
    let literal = "auth_token = 'sandbox'";
    let all = |texts: [String; 3]| format!("{SERVER}{}", texts.join(""));
    let fixture = Fixture::start(&all([
        account("a", 'a', literal),
        account("b", 'b', literal),
        account("c", 'c', literal),
    ]));
    let next = fixture.next(&all([
        account("a", 'a', literal),
        account("b", 'b', "auth_token = 'sandbox'\npriority = 3"),
        account("d", 'd', literal),
    ]));
    let next = next.unwrap();
    let changes = &next.changes;
    assert_eq!(names(&changes.unchanged), ["a"]);
    assert_eq!(names(&changes.changed), ["b"]);
    assert_eq!(names(&changes.added), ["d"]);
    assert_eq!(names(&changes.removed), ["c"]);
    // Only what the operator says of it is new: the adapter, with its connections and limits, stays.
    for kept in ["a", "b"] {
        let (before, after) = (fixture.registry.get(kept), next.registry.get(kept));
        assert!(Arc::ptr_eq(
            &before.unwrap().provider,
            &after.unwrap().provider
        ));
    }
    assert_eq!(next.registry.get("b").unwrap().priority, 3);
}

#[test]
fn changed_secret_makes_a_new_adapter() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "canary-one").unwrap();
    let text = account("a", 'a', &token(file.path()));
    let fixture = Fixture::start(&text);
    assert!(fixture.next(&text).unwrap().changes.is_empty());
    std::fs::write(file.path(), "canary-two").unwrap();
    let next = fixture.next(&text).unwrap();
    assert_eq!(names(&next.changes.changed), ["a"]);
    std::fs::remove_file(file.path()).unwrap();
    let problems = fixture.next(&text).unwrap_err();
    assert!(problems.to_string().contains("accounts[0].auth_token"));
}

#[test]
fn settings_that_need_a_restart_are_named_and_unchanged() {
    let fixture = Fixture::start(SERVER);
    let text = "[server]\nlisten = '127.0.0.1:9090'\nmax_body = '2MB'\nsecret_key = 'x'\n\
                [database]\nurl = 'sqlite://other.db'\n[rate_limit]\nreplicas = 3\n";
    let next = fixture.next(text).unwrap();
    let ignored = [
        "database.url",
        "rate_limit.replicas",
        "server.listen",
        "server.secret_key",
    ];
    assert_eq!(next.changes.ignored, ignored);
    assert_eq!(next.changes.applied, ["server.max_body"]);
    let config = next.running.config();
    assert_eq!(config.server.max_body, 2 << 20);
    assert_eq!(config.server.listen.port(), 8080);
    assert_eq!(config.rate_limit.replicas.get(), 1);
    assert!(config.server.secret_key.is_none());
    // Said again as long as it is so, and no longer.
    let within = Within {
        registry: &next.registry,
        vault: &fixture.vault,
        quotas: None,
    };
    let again = |text: &str| next.running.next(Config::parse(text).unwrap(), within);
    assert_eq!(again(text).unwrap().changes.ignored, ignored);
    assert!(again(SERVER).unwrap().changes.ignored.is_empty());
}

#[test]
fn changed_service_secret_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "canary-one").unwrap();
    let text = format!(
        "[server]\nsecret_key = {{ file = '{}' }}",
        file.path().display()
    );
    let fixture = Fixture::start(&text);
    assert!(fixture.next(&text).unwrap().changes.ignored.is_empty());
    std::fs::write(file.path(), "canary-two").unwrap();
    let next = fixture.next(&text).unwrap();
    assert_eq!(next.changes.ignored, ["server.secret_key"]);
    assert!(!format!("{:?}", next.running).contains("canary"));
}

#[test]
fn everything_wrong_with_a_new_file_is_reported_at_once() {
    let fixture = Fixture::start("");
    let text = format!(
        "[server]\nlistn = 1\n{}{}",
        account(
            "a",
            'a',
            "auth_token = { env = 'TRUNKLINE_NO_SUCH_VARIABLE' }"
        ),
        account("a", 'b', "auth_token = { file = '/no/such/file' }"),
    );
    let problems = fixture.next(&text).unwrap_err().to_string();
    for part in [
        "unknown key listn",
        "TRUNKLINE_NO_SUCH_VARIABLE is not set",
        "can't read /no/such/file",
        "is named a too",
    ] {
        assert!(problems.contains(part), "{part}: {problems}");
    }
}
