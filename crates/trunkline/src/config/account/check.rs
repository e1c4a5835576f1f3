//! Reads an account and tries its settings on its adapter, so that all errors are known before anything starts.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::sync::Arc;

use trunkline_core::{AccountName, Provider, ProviderName, Terms, nearest};

use crate::adapters::{self, Adapter, Prepared};
use crate::config::account::common::{Common, common_keys};
use crate::config::account::money::{Row, Spend};
use crate::config::account::settings::{Account, Settings};
use crate::config::document::{Table, Value};
use crate::config::problems::{Problem, join};
use crate::config::read::Reading;
use crate::secret::Secret;

/// The result of reading an account.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// The account, if the settings of every account are valid.
    pub(crate) account: Option<Account>,
    /// Its adapter, made without its secrets, if the settings are valid.
    pub(crate) provider: Option<Arc<dyn Provider>>,
    pub(crate) issues: Vec<Problem>,
}

/// Reads an account without fetching its secrets.
pub(crate) fn check(table: &Table, path: &str) -> Checked {
    let is_common = |key: &String, _: &Value| common_keys().contains(&key.as_str());
    let (mut own, mut rest) = (table.clone(), table.clone());
    own.retain(|key, value| is_common(key, value));
    rest.retain(|key, value| !is_common(key, value));

    let reading = Reading {
        path,
        ..Reading::default()
    };
    let (common, issues) = reading.read_lossy::<Common>(&own);
    let mut checked = Checked {
        issues,
        ..Checked::default()
    };
    let issues = &mut checked.issues;
    let adapter = adapter(&own, path, issues);
    if !own.contains_key("provider") {
        issues.extend(unknown_keys(&rest, path));
    }
    issues.extend(missing_keys(&own, path, issues));
    let (Some(adapter), Some(common)) = (adapter, common) else {
        return checked;
    };
    let (settings, skip) = Settings::split(rest, adapter, path, issues);
    checked.provider = settings.attempt(adapter, common.name.clone(), Attempt { skip, issues });
    let identity = checked.provider.as_ref();
    let identity = identity.map(|provider| provider.identity().to_owned());
    checked.account = Account::new(common, settings, identity.unwrap_or_default());
    checked
}

/// The adapter of an account; an unknown provider is an issue.
fn adapter(own: &Table, path: &str, issues: &mut Vec<Problem>) -> Option<&'static Adapter> {
    let Some(Value::Text(name)) = own.get("provider") else {
        return None;
    };
    let adapter = adapters::find(name);
    if adapter.is_none() {
        issues.push(adapters::unknown(&join(path, "provider"), name));
    }
    adapter
}

/// Keys that no adapter knows, for an account without a provider: one of them may be `provider`, misspelt.
fn unknown_keys(rest: &Table, path: &str) -> Vec<Problem> {
    let mut known = common_keys().to_vec();
    known.extend(
        adapters::BUILT_IN
            .iter()
            .flat_map(|adapter| (adapter.keys)()),
    );
    let unknown = rest.keys().filter(|key| !known.contains(&key.as_str()));
    unknown
        .map(|key| Problem::unknown_key(path, key, nearest(key, known.iter().copied())))
        .collect()
}

/// Missing keys of the account, its prices and its spending limits. A misspelt key is not missing.
fn missing_keys(own: &Table, path: &str, issues: &[Problem]) -> Vec<Problem> {
    let is_meant = |path: &str| {
        let mut meant = issues.iter().filter_map(Problem::meant);
        meant.any(|meant| meant == path)
    };
    let missing_in = |table: &Table, path: &str, keys: &[&str]| -> Vec<Problem> {
        let missing = keys
            .iter()
            .filter(|key| !table.contains_key(**key) && !is_meant(&join(path, key)));
        missing.map(|key| Problem::missing_key(path, key)).collect()
    };
    let mut missing = missing_in(own, path, &["name", "provider"]);
    if let Some(Value::List(prices)) = own.get("prices") {
        for (at, price) in prices.iter().enumerate() {
            let Value::Table(price) = price else { continue };
            missing.extend(missing_in(
                price,
                &format!("{path}.prices[{at}]"),
                &Row::REQUIRED,
            ));
        }
    }
    if let Some(Value::Table(spend)) = own.get("spend") {
        let path = join(path, "spend");
        missing.extend(missing_in(spend, &path, &["currency"]));
        let bounds = |key: &str| spend.contains_key(key) || is_meant(&join(&path, key));
        if !Spend::CEILINGS.into_iter().any(bounds) {
            missing.push(Problem::value(
                path,
                "no limit: give monthly, setup or both",
            ));
        }
    }
    missing
}

impl Account {
    /// The account, if its required settings are there.
    fn new(common: Common, settings: Settings, identity: String) -> Option<Self> {
        Some(Self {
            name: common.name?,
            provider: ProviderName::from(common.provider?),
            terms: Terms {
                tenant: common.tenant,
                priority: common.priority,
                settle: common.settle,
                gone_after: common.gone_after,
                clock_tolerance: common.clock_tolerance,
                quarantine: common.quarantine,
                ceilings: common.spend.ceilings(),
                watch: common.inventory.into(),
                prices: (common.prices.into_iter())
                    .filter_map(Row::complete)
                    .collect(),
            },
            identity,
            settings,
        })
    }
}

/// Placeholders for settings that an adapter needs in order to check the others.
const STAND_INS: [(&str, &str); 6] = [
    ("account_sid", "AC00000000000000000000000000000000"),
    ("base_url", "https://carrier.invalid"),
    ("password", "placeholder"),
    ("project_id", "00000000-0000-4000-8000-000000000000"),
    ("space_url", "carrier.invalid"),
    ("username", "placeholder"),
];

/// Known errors when settings are tried.
struct Attempt<'a> {
    skip: BTreeSet<String>,
    issues: &'a mut Vec<Problem>,
}

impl Settings {
    /// Takes the secrets out of the settings. Invalid ones are issues, and their paths are returned.
    fn split(
        mut plain: Table,
        adapter: &Adapter,
        path: &str,
        issues: &mut Vec<Problem>,
    ) -> (Self, BTreeSet<String>) {
        let mut secrets = BTreeMap::new();
        let mut skip = BTreeSet::new();
        for key in adapter.descriptor.secrets().chain(iter::once("proxy")) {
            let Some((key, value)) = plain.remove_entry(key) else {
                continue;
            };
            let path = join(path, &key);
            match (Reading {
                path: &path,
                ..Reading::default()
            })
            .read::<Secret>(&value)
            {
                Ok(secret) => {
                    secrets.insert(key, secret);
                }
                Err(found) => {
                    issues.extend(found);
                    skip.insert(path);
                }
            }
        }
        (
            Self {
                path: path.to_owned(),
                plain,
                secrets,
            },
            skip,
        )
    }

    /// Tries the settings on the adapter, again and again without the wrong ones, so that it reports all errors.
    fn attempt(
        &self,
        adapter: &Adapter,
        name: Option<AccountName>,
        Attempt { mut skip, issues }: Attempt<'_>,
    ) -> Option<Arc<dyn Provider>> {
        let name = name.or_else(|| AccountName::new("unnamed").ok())?;
        let mut prepared = Prepared::new(&name, &self.path, self.plain.clone());
        for (key, secret) in &self.secrets {
            prepared.insert_secret(key, secret.stand_in());
        }
        let mut replaced = BTreeSet::new();
        loop {
            prepared.skip.clone_from(&skip);
            let before = replaced.len();
            let found = match (adapter.build)(&prepared) {
                Ok(provider) => {
                    let is_sound = skip.is_empty() && replaced.is_empty();
                    return is_sound.then_some(provider);
                }
                Err(found) => found,
            };
            // A secret can't be wrong here, only superfluous or missing; without it others would be.
            let is_choice = |issue: &Problem| {
                self.secrets
                    .keys()
                    .any(|key| issue.path == join(&self.path, key))
            };
            let is_over = found.iter().any(is_choice);
            for issue in &found {
                let stand_in = STAND_INS.iter().find(|(key, _)| {
                    issue.path == join(&self.path, key) && !replaced.contains(key)
                });
                match stand_in {
                    Some((key, text)) => {
                        prepared.insert_text(key, text);
                        replaced.insert(*key);
                    }
                    None => {
                        skip.insert(issue.path.clone());
                    }
                }
                // A misspelt key is not missing.
                skip.extend(issue.meant());
            }
            issues.extend(
                found
                    .into_iter()
                    .filter(|issue| !prepared.skip.contains(&issue.path)),
            );
            if is_over || (skip == prepared.skip && replaced.len() == before) {
                return None;
            }
        }
    }
}
