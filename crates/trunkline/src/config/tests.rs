use std::time::Duration;

use super::*;

mod example;

const SID: &str = "AC00000000000000000000000000000000";

/// The lines of what is wrong.
fn problems(text: &str) -> Vec<String> {
    let problems = Config::parse(text).expect_err("something is wrong with it");
    problems.to_string().lines().map(str::to_owned).collect()
}

fn account(rest: &str) -> String {
    format!("[[accounts]]\nname = 'us-main'\nprovider = 'twilio'\naccount_sid = '{SID}'\n{rest}")
}

const TOKEN: &str = "auth_token = { env = 'TOKEN' }\n";

#[test]
fn empty_file_has_the_defaults() {
    let config = Config::parse("").unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.shutdown_timeout, Duration::from_secs(30));
    assert_eq!(config.server.max_body, 1 << 20);
    assert!(
        config
            .database
            .url
            .literal_is(|url| url == "sqlite://trunkline.db")
    );
    assert_eq!(
        (config.log.level.as_str(), config.log.format),
        ("info", LogFormat::Text)
    );
    assert_eq!(config.purchases.watch.len(), 5);
    assert_eq!(config.rate_limit.replicas.get(), 1);
    assert!(config.accounts.is_empty() && config.warnings().is_empty());
}

#[test]
fn account_has_the_settings_of_the_file() {
    let prices =
        "prices = [{ country = 'us', type = 'local', monthly = '1.150', currency = 'USD' }]";
    let spend = "spend = { monthly = '100.00', setup = '20', currency = 'USD' }";
    let text = account(&format!(
        "{TOKEN}tenant = 'acme'\npriority = -1\nsettle = '5s'\ngone_after = '1h'\nquarantine = '24h'\n{prices}\n{spend}"
    ));
    let config = Config::parse(&text).unwrap();
    let account = &config.accounts[0];
    assert_eq!(
        (account.name.as_str(), account.provider.as_str()),
        ("us-main", "twilio")
    );
    assert_eq!(
        (account.terms.tenant.as_str(), account.terms.priority),
        ("acme", -1)
    );
    assert_eq!(account.terms.settle, Duration::from_secs(5));
    assert_eq!(account.terms.gone_after, Duration::from_secs(3_600));
    assert_eq!(account.terms.quarantine, Duration::from_secs(24 * 3_600));
    assert_eq!(account.terms.prices[0].monthly.to_string(), "1.150 USD");
    let ceilings = [account.terms.ceilings.monthly, account.terms.ceilings.setup];
    let ceilings = ceilings.map(|ceiling| ceiling.unwrap().to_string());
    assert_eq!(ceilings, ["100.00 USD", "20 USD"]);
}

#[test]
fn invalid_spending_limits_are_named() {
    for (spend, expected) in [
        (
            "{ monthy = '1', setup = 20.5, currency = 'DOLLAR' }",
            vec![
                "line 6: accounts[0].spend: unknown key monthy, did you mean monthly?",
                "line 6: accounts[0].spend.setup: a number with a fraction is no setting",
                "line 6: accounts[0].spend.currency: expected an ISO 4217 currency code such as USD",
            ],
        ),
        (
            "{ monthly = '-1' }",
            vec![
                "line 6: accounts[0].spend: missing key currency",
                "line 6: accounts[0].spend.monthly: expected an amount such as \"1.15\"",
            ],
        ),
        (
            "{ currency = 'USD' }",
            vec!["line 6: accounts[0].spend: no limit: give monthly, setup or both"],
        ),
        (
            "'100 USD'",
            vec!["line 6: accounts[0].spend: expected a table, found a string"],
        ),
    ] {
        let text = account(&format!("{TOKEN}spend = {spend}"));
        assert_eq!(problems(&text), expected);
    }
}

#[test]
fn grace_period_is_above_zero_and_at_most_a_year() {
    for wrong in ["0s", "8761h", "soon"] {
        let text = account(&format!("{TOKEN}quarantine = '{wrong}'\n"));
        let problems = Config::parse(&text).unwrap_err().to_string();
        assert!(problems.contains("accounts[0].quarantine"), "{problems}");
    }
    let none = Config::parse(&account(TOKEN)).unwrap();
    assert!(none.accounts[0].terms.quarantine.is_zero());
}

#[test]
fn everything_wrong_is_reported_at_once_in_the_order_of_the_file() {
    let text = "\
[servr]
[server]
listen = 'localhost'
public_url = 'numbers.example.com'
max_body = '1 mile'
shutdown_timeout = 30
allowed_hosts = ['a b']
[log]
level = 'verbose'
format = 'yaml'
[rate_limit]
replicas = 0
shared = 'http://127.0.0.1:6379'
[database]
url = 'mysql://localhost/x'
[purchases]
watch = []
[retention]
audit = '30d'
events = '-1h'
purchases = '743h'
";
    let expected = [
        "line 1: unknown key servr, did you mean server?",
        "line 3: server.listen: expected an IP address and port such as 127.0.0.1:8080",
        "line 4: server.public_url: expected a web address such as https://numbers.example.com",
        "line 5: server.max_body: expected a size such as \"64KB\" or \"1MB\"",
        "line 6: server.shutdown_timeout: expected a string, found an integer",
        "line 7: server.allowed_hosts[0]: expected a host name without a port",
        "line 9: log.level: expected a level (error, warn, info, debug, trace, off), or a list such as info,trunkline_http=debug; \"verbose\" is neither",
        "line 10: log.format: expected one of text, json",
        "line 12: rate_limit.replicas: expected a whole number of 1 or more",
        "line 13: rate_limit.shared: expected a URL such as redis://127.0.0.1:6379 or rediss://...",
        "line 15: database.url: expected sqlite://FILE or postgres://...",
        "line 17: purchases.watch: expected at least one time",
        "line 19: retention.audit: expected a time such as \"500ms\", \"30s\", \"5m\" or \"1h\"",
        "line 20: retention.events: expected a time such as \"500ms\", \"30s\", \"5m\" or \"1h\"",
        "line 21: retention.purchases: expected at least \"744h\" (31 days, as long as an idempotency key answers), or \"0\" to keep them forever",
    ];
    assert_eq!(problems(text), expected);
}

#[test]
fn everything_wrong_with_an_account_is_reported_at_once() {
    let text = account(
        "auth_tokn = { env = 'X' }\nbase_url = 'ftp://x'\npriority = 'high'\ntennant = 'a'\n\
         limits = { per_secnd = 5, concurrency = 0 }\n\
         prices = [{ country = 'XX', type = 'fancy', monthly = 1.15, currency = 'DOLLAR' }]",
    );
    let expected = [
        "line 5: accounts[0]: unknown key auth_tokn, did you mean auth_token?",
        "line 6: accounts[0].base_url: not a web address such as https://api.twilio.com",
        "line 7: accounts[0].priority: expected i32, found a string",
        "line 8: accounts[0]: unknown key tennant, did you mean tenant?",
        "line 9: accounts[0].limits: unknown key per_secnd, did you mean per_second?",
        "line 9: accounts[0].limits.concurrency: expected a whole number of 1 or more",
        "line 10: accounts[0].prices[0].country: two letters as in ISO 3166-1 are wanted, such as US or GB, of a country with telephone numbers",
        "line 10: accounts[0].prices[0].type: expected a type of number: local, mobile, toll_free, national, \
         shared_cost, voip, extension",
        "line 10: accounts[0].prices[0].monthly: a number with a fraction is no setting",
        "line 10: accounts[0].prices[0].currency: expected an ISO 4217 currency code such as USD",
    ];
    assert_eq!(problems(&text), expected);
}

#[test]
fn everything_missing_is_reported_at_once() {
    let expected = [
        "line 1: accounts[0]: missing key name",
        "line 1: accounts[0]: missing key account_sid",
        "line 1: accounts[0].auth_token: missing, and so are api_key_sid and api_key_secret",
        "line 3: accounts[0].prices[0]: missing key type",
        "line 3: accounts[0].prices[0].country: expected a string, found an integer",
        "line 3: accounts[0].prices[1]: missing key country",
        "line 3: accounts[0].prices[1]: missing key currency",
    ];
    let prices = "prices = [{ country = 1, monthly = '1', currency = 'USD' }, { type = 'local', monthly = '1' }]";
    let text = format!("[[accounts]]\nprovider = 'twilio'\n{prices}");
    let mut found = problems(&text);
    found.sort();
    let mut expected = expected.map(str::to_owned);
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn problem_names_line_column_path_and_the_nearest_key() {
    let problems = Config::parse(&account("  auth_tokn = 'x'\nauth_token = 'x'")).unwrap_err();
    let [problem] = problems.as_slice() else {
        panic!("{problems}")
    };
    assert_eq!((problem.line, problem.column), (5, 3));
    assert_eq!(problem.path, "accounts[0].auth_tokn");
    assert_eq!(problem.message, "unknown key auth_tokn");
    assert_eq!(problem.suggestion.as_deref(), Some("auth_token"));
}

#[test]
fn account_needs_a_name_and_a_built_in_provider() {
    let expected = [
        "line 1: accounts[0]: missing key name",
        "line 2: accounts[0]: unknown key provder, did you mean provider?",
        "line 5: accounts[1].name: an account name is 1 to 63 of a-z, 0-9 and -",
        "line 11: accounts[2].provider: no such provider, twilio, signalwire, zendesk, webex, wazo are built in, did you mean twilio?",
    ];
    let text = "[[accounts]]\nprovder = 'twilio'\n\n[[accounts]]\nname = 'US main'\nprovider = 'wazo'\nbase_url = 'https://x.test'\ntoken = 'x'\n\
                [[accounts]]\nname = 'b'\nprovider = 'twillio'";
    assert_eq!(problems(text), expected);
}

#[test]
fn accounts_must_be_a_list_of_tables() {
    assert_eq!(
        problems("accounts = 5"),
        ["line 1: accounts: expected [[accounts]], found an integer"]
    );
    assert_eq!(
        problems("accounts = [5]"),
        ["line 1: accounts[0]: expected a table, found an integer"]
    );
    assert_eq!(
        problems("[accounts]"),
        ["line 1: accounts: expected [[accounts]], found a table"]
    );
}

#[test]
fn two_accounts_with_one_name_are_rejected() {
    let text = account(TOKEN) + &account(TOKEN);
    assert_eq!(
        problems(&text),
        ["line 7: accounts[1].name: accounts[0] is named us-main too"]
    );
}

#[test]
fn account_at_the_carrier_can_be_configured_only_once() {
    let text = account(TOKEN) + &account(TOKEN).replace("us-main", "other");
    let expected = format!(
        "line 6: accounts[1]: accounts us-main and other are the same twilio account {SID}"
    );
    assert_eq!(problems(&text), [expected]);
}

#[test]
fn plain_http_to_other_machines_must_be_allowed() {
    for base in [
        "http://127.0.0.1:9101",
        "http://localhost:9101",
        "https://api.example.com",
    ] {
        assert!(
            Config::parse(&account(&format!("{TOKEN}base_url = '{base}'"))).is_ok(),
            "{base}"
        );
    }
    let away = account(&format!("{TOKEN}base_url = 'http://10.0.0.1'"));
    let expected =
        "line 6: accounts[0].base_url: plain http is for loopback hosts, unless allow_http is set";
    assert_eq!(problems(&away), [expected]);
    assert!(Config::parse(&format!("{away}\nallow_http = true")).is_ok());
}

#[test]
fn error_of_an_adapter_names_the_setting() {
    let burst = problems(&account(&format!("{TOKEN}[accounts.limits]\nburst = 5")));
    assert_eq!(
        burst,
        ["line 7: accounts[0].limits.burst: limits.burst needs limits.per_second"]
    );
    let sid = problems(&account(TOKEN).replace("AC0", "XX0"));
    assert_eq!(
        sid,
        ["line 4: accounts[0].account_sid: AC and 32 hexadecimal digits"]
    );
    let both = problems(&account(&format!("{TOKEN}api_key_secret = 'x'")));
    assert_eq!(
        both,
        ["line 5: accounts[0].auth_token: either this or api_key_sid and api_key_secret, not both"]
    );
}

#[test]
fn secret_is_a_text_from_one_source() {
    let expected = "line 5: accounts[0].auth_token: expected { env = \"...\" }, { file = \"...\" } or a string, \
                    found an integer";
    assert_eq!(problems(&account("auth_token = 12345")), [expected]);
    let two = problems(&account("auth_token = { env = 'A', file = 'b' }"));
    assert_eq!(
        two,
        ["line 5: accounts[0].auth_token: expected either env or file in the table"]
    );
    let typo = problems(&account("auth_token = { evn = 'A' }"));
    assert_eq!(
        typo,
        ["line 5: accounts[0].auth_token: unknown key evn, did you mean env?"]
    );
}

#[test]
fn secret_in_the_file_is_accepted_with_a_warning() {
    let text = format!(
        "[database]\nurl = 'postgres://u:hunter2@localhost/x'\n[server]\nsecret_key = 'hunter2'\n{}\n\
         [rate_limit]\nreplicas = 2\nshared = 'redis://:hunter2@localhost'",
        account("auth_token = 'hunter2'")
    );
    let config = Config::parse(&text).unwrap();
    let paths: Vec<_> = config
        .warnings()
        .into_iter()
        .map(|warning| (warning.line, warning.path))
        .collect();
    let expected = [
        (2, "database.url"),
        (4, "server.secret_key"),
        (9, "accounts[0].auth_token"),
        (12, "rate_limit.shared"),
    ];
    assert_eq!(paths, expected.map(|(line, path)| (line, path.to_owned())));
}

#[test]
fn shared_quotas_of_one_replica_are_warned_about() {
    let warnings = |text: &str| Config::parse(text).unwrap().warnings();
    let alone = warnings("[rate_limit]\nshared = 'rediss://redis.example.com'");
    assert!(alone[0].to_string().contains("replicas"), "{alone:?}");
    let two = warnings("[rate_limit]\nreplicas = 2\nshared = { env = 'REDIS_URL' }");
    assert_eq!(two, []);
}

#[test]
fn unencrypted_connections_to_other_machines_are_warned_about() {
    let warned = |text: &str| {
        let warnings = Config::parse(text).unwrap().warnings().into_iter();
        warnings
            .map(|warning| warning.path)
            .filter(|path| !path.contains("secret"))
            .collect::<Vec<_>>()
    };
    let database = |url: &str| warned(&format!("[database]\nurl = '{url}'"));
    assert_eq!(database("postgres://db.internal/x"), ["database.url"]);
    assert_eq!(
        database("postgresql://10.0.0.7/x?sslmode=prefer"),
        ["database.url"]
    );
    for fine in [
        "postgres://db.internal/x?sslmode=verify-full",
        "postgres://localhost/x",
        "postgres://[::1]/x",
        "postgres:///x?host=/run/postgresql",
        "sqlite://trunkline.db",
    ] {
        assert_eq!(database(fine), [""; 0], "{fine}");
    }
    let redis = |url: &str| warned(&format!("[rate_limit]\nreplicas = 2\nshared = '{url}'"));
    assert_eq!(redis("redis://cache.internal"), ["rate_limit.shared"]);
    assert_eq!(redis("rediss://cache.internal"), [""; 0]);
    assert_eq!(redis("redis://127.0.0.1"), [""; 0]);
    let otlp = |url: &str| warned(&format!("[telemetry]\notlp = '{url}'"));
    assert_eq!(otlp("http://collector.internal:4318"), ["telemetry.otlp"]);
    assert_eq!(otlp("http://127.0.0.1:4318"), [""; 0]);
}

#[test]
fn trusted_proxies_are_addresses_and_networks() {
    let proxies = |text: &str| Config::parse(&format!("[server]\ntrusted_proxies = {text}"));
    let config = proxies("['10.0.0.0/8', '::1', '192.0.2.7']").unwrap();
    let names: Vec<_> = config
        .server
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(names, ["10.0.0.0/8", "::1/128", "192.0.2.7/32"]);
    let refused = proxies("['proxy.internal']").unwrap_err().to_string();
    assert!(
        refused.contains("server.trusted_proxies") && refused.contains("proxy.internal"),
        "{refused}"
    );
}

#[test]
fn neither_debug_nor_a_problem_shows_a_secret() {
    let config = Config::parse(&format!(
        "[server]\nsecret_key = 'hunter2'\n{}",
        account("auth_token = 'hunter2'")
    ));
    assert!(!format!("{:?}", config.unwrap()).contains("hunter2"));
    let text = account(
        "auth_token = ['hunter2']\napi_key_secret = 'hunter2'\nbase_url = 'https://u:hunter2@x'",
    );
    let problems = Config::parse(&text).unwrap_err();
    assert!(
        !format!("{problems:?} {problems}").contains("hunter2"),
        "{problems}"
    );
}

#[test]
fn own_host_names_are_allowed() {
    let text = "[server]\nlisten = '[::]:80'\npublic_url = 'https://numbers.example.com/x'\n\
                allowed_hosts = ['Gateway.internal', 'localhost']";
    let hosts = Config::parse(text).unwrap().server.hosts();
    let expected = [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "[::]",
        "numbers.example.com",
        "gateway.internal",
    ];
    assert_eq!(hosts, expected);
}

#[test]
fn syntax_errors_are_reported_with_their_lines() {
    let found = problems("[server]\nlisten = \n[log\n");
    assert!(
        found.len() == 2 && found[0].starts_with("line 2: ") && found[1].starts_with("line 3: "),
        "{found:?}"
    );
}

#[test]
fn problems_become_one_error_with_its_fields() {
    let error = trunkline_core::Error::from(Config::parse("a = 1\nb = 2").unwrap_err());
    assert_eq!(error.kind(), trunkline_core::ErrorKind::Config);
    assert_eq!(
        error.message(),
        "line 1: unknown key a; line 2: unknown key b"
    );
    assert_eq!(error.fields()[1].field, "b");
}

#[cfg(all(feature = "signalwire", feature = "wazo"))]
#[test]
fn wrong_required_setting_hides_no_other_problem() {
    let found = problems(
        "[[accounts]]\nname = 'a'\nprovider = 'signalwire'\nspace_url = 'http://x y'\nproject_id = 'x'\napi_token = 't'\n\
         [[accounts]]\nname = 'b'\nprovider = 'wazo'\nbase_url = 'ftp://x'\nusername = 'u'\n",
    );
    for part in [
        "line 4: accounts[0].space_url",
        "line 5: accounts[0].project_id",
        "line 10: accounts[1].base_url",
        "accounts[1].password: missing",
    ] {
        let said = found.iter().filter(|line| line.contains(part)).count();
        assert_eq!(said, 1, "{part}: {found:?}");
    }
}

#[test]
fn log_filter_must_name_levels() {
    for right in [
        "info",
        "WARN",
        "info,trunkline_http=debug",
        "trunkline_gateway::error=off, warn",
        "[request{x=1}]=debug",
        "",
    ] {
        assert_eq!(check_log_filter(right), Ok(()), "{right}");
    }
    for (wrong, suggestion) in [
        ("verbose", ""),
        ("debgu", "did you mean debug?"),
        ("info,trunkline_http", ""),
        ("trunkline_http=loud", ""),
    ] {
        let said = check_log_filter(wrong).unwrap_err();
        assert!(said.contains(suggestion), "{said}");
    }
}
