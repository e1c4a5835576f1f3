use super::*;
use crate::capability::Capability;
use crate::model::ProviderName;

#[derive(Debug)]
struct Stub {
    account: AccountName,
    provider: ProviderName,
    identity: String,
    capability: Capability,
}

impl Provider for Stub {
    fn account(&self) -> &AccountName {
        &self.account
    }
    fn provider(&self) -> &ProviderName {
        &self.provider
    }
    fn identity(&self) -> &str {
        &self.identity
    }
    fn capability(&self) -> &Capability {
        &self.capability
    }
}

fn registry(accounts: &[(&str, &str)]) -> Registry {
    let mut registry = Registry::default();
    for (account, identity) in accounts {
        let stub = Stub {
            account: AccountName::new(*account).unwrap(),
            provider: ProviderName::new("stub"),
            identity: (*identity).to_owned(),
            capability: Capability::default(),
        };
        registry.insert(AccountEntry::new(Arc::new(stub))).unwrap();
    }
    registry
}

fn names(registry: &Registry) -> Vec<String> {
    let names = registry.iter();
    names
        .map(|entry| entry.provider.account().to_string())
        .collect()
}

#[test]
fn accounts_are_replaced_at_once_and_entries_in_use_stay_valid() {
    let running = registry(&[("a", "1"), ("b", "2")]);
    let held = running.get("a").unwrap();
    running.replace(&registry(&[("b", "2"), ("c", "3")]));
    assert_eq!(names(&running), ["b", "c"]);
    assert_eq!(held.provider.identity(), "1");
}

#[test]
fn removed_account_is_still_found_by_its_identity() {
    let running = registry(&[("a", "1")]);
    running.replace(&registry(&[("a", "9")]));
    assert!(running.get("a").unwrap().provider.identity() == "9");
    assert!(running.find("1", "a").is_some() && running.find("9", "a").is_some());
    assert!(running.find("2", "a").is_none());
}

#[test]
fn renamed_account_is_found_by_its_identity() {
    let running = registry(&[("a", "1")]);
    running.replace(&registry(&[("b", "1")]));
    let found = running.find("1", "a").unwrap();
    assert_eq!(found.provider.account().as_str(), "b");
}

#[test]
fn account_that_comes_back_is_no_longer_retired() {
    let (one, other) = (registry(&[("a", "1")]), registry(&[("b", "2")]));
    let running = one.clone();
    for _ in 0..100 {
        running.replace(&other);
        running.replace(&one);
    }
    let accounts = running.0.load();
    assert_eq!((accounts.current.len(), accounts.retired.len()), (1, 1));
    assert!(Arc::ptr_eq(
        &running.get("a").unwrap(),
        &one.get("a").unwrap()
    ));
}

#[test]
fn cloned_registry_does_not_change_with_the_original() {
    let one = registry(&[("a", "1")]);
    let clone = one.clone();
    one.replace(&Registry::default());
    assert!(names(&one).is_empty() && names(&clone) == ["a"]);
}

#[test]
fn adapter_settings_are_not_shown() {
    assert_eq!(format!("{:?}", MadeFrom([7; 32])), "MadeFrom");
}
