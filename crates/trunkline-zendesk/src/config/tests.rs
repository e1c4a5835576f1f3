use trunkline_core::ErrorKind;
use trunkline_core::vault::MemoryVault;
use trunkline_http::AdapterConfig;

use super::*;

fn config(json: &str) -> ZendeskConfig {
    serde_json::from_str(json).unwrap()
}

fn profile(config: &ZendeskConfig) -> Result<Profile> {
    config.profile("main".parse().unwrap(), Arc::new(MemoryVault::default()))
}

fn field_of(json: &str) -> String {
    let error = profile(&config(json)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    error.fields()[0].field.clone()
}

#[test]
fn invalid_setting_is_rejected_by_name() {
    assert_eq!(field_of(r#"{"access_token": "t"}"#), "subdomain");
    assert_eq!(
        field_of(r#"{"subdomain": "acme.zendesk.com", "access_token": "t"}"#),
        "subdomain"
    );
    assert_eq!(
        field_of(r#"{"base_url": "ftp://x", "access_token": "t"}"#),
        "base_url"
    );
    let with = |rest: &str| field_of(&format!(r#"{{"subdomain": "acme"{rest}}}"#));
    for (rest, field) in [
        ("", "client_id"),
        (r#", "client_id": "c""#, "client_secret"),
        (r#", "client_secret": "s""#, "client_id"),
        (r#", "client_id": "", "client_secret": "s""#, "client_id"),
        (r#", "refresh_token": "r""#, "client_id"),
        (r#", "email": "a@example.com""#, "api_token"),
        (r#", "api_token": "t""#, "email"),
        (r#", "email": "agent", "api_token": "t""#, "email"),
        (r#", "access_token": "a", "api_token": "t""#, "access_token"),
        (
            r#", "client_id": "c", "email": "a@example.com""#,
            "api_token",
        ),
    ] {
        assert_eq!(with(rest), field, "{rest}");
    }
}

#[test]
fn unknown_key_is_an_error() {
    let error = serde_json::from_str::<ZendeskConfig>(r#"{"sub_domain": "acme"}"#).unwrap_err();
    assert!(error.to_string().contains("sub_domain"));
}

#[test]
fn api_token_signs_in_as_email_slash_token() {
    for email in ["agent@example.com", "agent@example.com/token"] {
        let config = ZendeskConfig::new("acme").with_api_token(email, "t".into());
        let Auth::Basic { user, .. } = profile(&config).unwrap().auth else {
            panic!("{config:?}")
        };
        assert_eq!(user, "agent@example.com/token");
    }
}

#[tokio::test]
async fn a_client_is_issued_tokens_with_or_without_a_refresh_token() {
    let client = ZendeskConfig::new("acme").with_client("c", "s3cret".into());
    for config in [client.clone(), client.with_refresh_token("r3fresh".into())] {
        let profile = profile(&config).unwrap();
        assert!(matches!(profile.auth, Auth::Refresh(_)));
        let shown = format!("{config:?} {profile:?}");
        assert!(
            !shown.contains("s3cret") && !shown.contains("r3fresh"),
            "{shown}"
        );
    }
}

#[test]
fn identity_is_the_subdomain_or_the_substitute_host() {
    let identity = |config: ZendeskConfig| config.identity().unwrap();
    let at = |base_url: &str| ZendeskConfig::default().with_base_url(base_url);
    assert_eq!(identity(ZendeskConfig::new("Acme")), "acme");
    assert_eq!(identity(at("https://acme.zendesk.com")), "acme");
    assert_eq!(
        identity(ZendeskConfig::new("acme").with_base_url("http://127.0.0.1:9103")),
        "acme"
    );
    assert_eq!(identity(at("http://127.0.0.1:9103/")), "127.0.0.1:9103");
    assert_eq!(
        identity(at("https://proxy.example.com/acme/")),
        "proxy.example.com/acme"
    );
}

#[test]
fn default_address_is_at_the_subdomain() {
    let host = |config: ZendeskConfig| config.api().unwrap().to_string();
    assert_eq!(
        host(ZendeskConfig::new("acme")),
        "https://acme.zendesk.com/"
    );
    let stand_in = ZendeskConfig::new("acme").with_base_url("http://127.0.0.1:9103");
    assert_eq!(host(stand_in), "http://127.0.0.1:9103/");
}
