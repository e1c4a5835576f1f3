//! Who may call: API keys are made, replaced, revoked and recognized here.

mod key;
mod reach;
mod recent;
mod session;
mod sign_in;
mod token;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::json;

use crate::access::recent::Recent;
use crate::audit::{Audit, Entry, Outcome, action};
use crate::chronicle::Trail;
use crate::keys::Keys;
use crate::store::Stores;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::host;
use trunkline_core::model::{AccountName, Caller, KeyId, Tenant, plain};
use trunkline_core::registry::Registry;
use trunkline_core::{Ceilings, did_you_mean};
use trunkline_engine::Store;
use trunkline_engine::spend::{Payer, Spending, spending_of};

pub use key::{ApiKey, KeyRate, KeyScope, KeyState, OldSecret, SecretHash};
pub use session::{Proof, Session};

/// Longest name of a key.
const NAME_MAX: usize = 100;

/// Longest that a replaced secret may still open: a week.
const OVERLAP_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How many keys are read at once.
const PAGE: usize = 200;

/// A key that is to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyDraft {
    /// What a person calls it: 1 to 100 characters.
    pub name: String,
    /// Whose it is; the maker's tenant if `None`.
    pub tenant: Option<Tenant>,
    /// What it may do; at least one.
    pub scopes: BTreeSet<KeyScope>,
    /// The only accounts that it sees; all that its maker sees if `None`.
    pub accounts: Option<BTreeSet<AccountName>>,
    /// What its purchases may cost together.
    pub spend: Ceilings,
    /// How fast it may call.
    pub rate_limit: Option<KeyRate>,
    /// When it stops to open anything.
    pub expires_at: Option<Timestamp>,
}

/// Who manages keys.
#[derive(Clone, Copy, Debug)]
pub struct Manager<'a> {
    /// Who asks: only the keys of their tenant are there for them, and of those the ones that see no more than they.
    pub caller: &'a Caller,
    /// Whether they have the database itself, and so the keys of every tenant.
    pub everywhere: bool,
}

impl Manager<'_> {
    /// The tenant outside of which there are no keys for them.
    fn tenant(&self) -> Option<&Tenant> {
        (!self.everywhere).then_some(&self.caller.tenant)
    }

    fn sees(&self, key: &ApiKey) -> bool {
        let accounts = match (&self.caller.accounts, &key.accounts) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(accounts)) => accounts.is_subset(own),
        };
        self.everywhere || (self.caller.tenant == key.tenant && accounts)
    }
}

/// Which keys to list, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyFilter {
    /// Of this tenant.
    pub tenant: Option<Tenant>,
    /// Older than this one.
    pub before: Option<KeyId>,
}

/// A key whose secret was just made: it is shown only this once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Issued {
    /// The key.
    pub key: ApiKey,
    /// What its holder sends: `tl_...`.
    pub token: SecretString,
}

/// The keys. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Access {
    registry: Arc<Registry>,
    store: Arc<dyn Keys>,
    journal: Arc<dyn Store>,
    recent: Arc<Recent>,
    audit: Audit,
}

impl Access {
    /// The keys of these stores, for these accounts.
    #[must_use]
    pub fn new(registry: Arc<Registry>, stores: Stores) -> Self {
        Self {
            audit: Audit::new(stores.admin.clone()),
            registry,
            store: stores.admin,
            journal: stores.engine,
            recent: Arc::default(),
        }
    }

    /// The key of a token, and the hash of its secret. Takes as long for a wrong token. Sees changes by others after
    /// 0.1 s.
    ///
    /// # Errors
    /// `Unauthenticated` if there is none, or its time is over; those of the store.
    pub async fn authenticate(&self, token: &SecretString) -> Result<(Arc<ApiKey>, SecretHash)> {
        let (id, given) = token::read(token);
        let wanted = id.unwrap_or_else(|| KeyId::generate(Timestamp::UNIX_EPOCH));
        let key = self.opened(&wanted, &given).await?;
        Ok((key, given))
    }

    /// Whether a token names a key that was made or used here lately. The database is not asked.
    pub fn is_known(&self, token: &SecretString) -> bool {
        token::read(token)
            .0
            .is_some_and(|id| self.recent.knows(&id))
    }

    /// The key that a token names, whether or not its secret is right.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn named(&self, token: &SecretString) -> Result<Option<Arc<ApiKey>>> {
        match token::read(token).0 {
            Some(id) => self.find(&id).await,
            None => Ok(None),
        }
    }

    /// The key of this id, if this is the hash of its secret.
    ///
    /// # Errors
    /// As [`Access::authenticate`].
    pub async fn opened(&self, id: &KeyId, secret: &SecretHash) -> Result<Arc<ApiKey>> {
        let (key, now) = (self.find(id).await?, host::now());
        let opens = token::opens(key.as_deref(), secret, now);
        let Some(key) = key.filter(|_| opens) else {
            return Err(refused("this is no API key of this gateway"));
        };
        match key.state(now) {
            KeyState::Active => Ok(key),
            KeyState::Expired => Err(refused("this API key has expired")),
            KeyState::Revoked => Err(refused("this API key was revoked")),
        }
    }

    async fn find(&self, id: &KeyId) -> Result<Option<Arc<ApiKey>>> {
        if let Some(key) = self.recent.find(id) {
            return Ok(Some(key));
        }
        let key = self.store.api_key(id).await?.map(Arc::new);
        if let Some(key) = &key {
            self.recent.keep(key);
        }
        Ok(key)
    }

    /// Whether there has ever been a key: from then on every call needs one.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn is_keyed(&self) -> Result<bool> {
        if self.recent.is_keyed() {
            return Ok(true);
        }
        let keyed = self.store.has_api_keys().await?;
        if keyed {
            self.recent.set_keyed();
        }
        Ok(keyed)
    }

    /// Whether there is a key that opens anything now.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn has_active(&self) -> Result<bool> {
        let now = host::now();
        let mut before: Option<KeyId> = None;
        loop {
            let page = self.store.api_keys(None, before.as_ref(), PAGE).await?;
            if page.iter().any(|key| key.state(now) == KeyState::Active) {
                return Ok(true);
            }
            match page.last() {
                Some(last) if page.len() == PAGE => before = Some(last.id.clone()),
                _ => return Ok(false),
            }
        }
    }

    /// Writes down that a key is being used, about once a minute.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn used(&self, id: &KeyId) -> Result<()> {
        self.store.touch_api_key(id, host::now()).await
    }

    /// Whether [`Access::used`] is due; said once a minute.
    pub fn is_use_due(&self, id: &KeyId) -> bool {
        self.recent.is_touch_due(id)
    }

    /// Makes a key.
    ///
    /// # Errors
    /// `InvalidRequest` naming what is wrong; `NotFound` for an account or tenant that is not the manager's;
    /// `PermissionDenied` naming the field for a key that could do more than the one it is made with.
    pub async fn create(&self, manager: Manager<'_>, draft: KeyDraft) -> Result<Issued> {
        let now = host::now();
        let tenant = draft.tenant.clone();
        let tenant = tenant.unwrap_or_else(|| manager.caller.tenant.clone());
        if manager.tenant().is_some_and(|own| *own != tenant) {
            let own = manager.caller.tenant.as_str();
            let message = format!("no tenant {tenant}{}", did_you_mean(tenant.as_str(), [own]));
            let error = Error::new(ErrorKind::NotFound, message);
            return Err(error.with_field("tenant", "not the tenant of your key"));
        }
        check(&draft, now)?;
        let accounts = self.accounts(manager, &tenant, draft.accounts)?;
        let maker = self.maker(manager).await?;
        let inherited = maker.as_deref();
        let id = KeyId::generate(now);
        let (token, secret) = token::issue(&id);
        let key = ApiKey {
            id,
            name: draft.name,
            tenant,
            scopes: draft.scopes,
            accounts,
            spend: draft.spend,
            rate_limit: draft
                .rate_limit
                .or_else(|| inherited.and_then(|maker| maker.rate_limit)),
            secret,
            old_secret: None,
            created_at: now,
            rotated_at: None,
            expires_at: draft
                .expires_at
                .or_else(|| inherited.and_then(|maker| maker.expires_at)),
            revoked_at: None,
            last_used_at: None,
            version: 0,
        };
        if let Some(maker) = &maker {
            reach::check(maker, &key)?;
        }
        self.store.add_api_key(&key).await?;
        self.recent.set_keyed();
        self.recent.know(&key);
        self.note(manager, action::KEY_CREATE, &key).await;
        Ok(Issued { key, token })
    }

    /// The key that a manager uses; `None` for one who has the database.
    async fn maker(&self, manager: Manager<'_>) -> Result<Option<Arc<ApiKey>>> {
        match &manager.caller.key {
            Some(id) if !manager.everywhere => {
                let key = self.find(id).await?;
                key.map(Some)
                    .ok_or_else(|| refused("this is no API key of this gateway"))
            }
            _ => Ok(None),
        }
    }

    /// The accounts of a key: never more than its maker sees.
    fn accounts(
        &self,
        manager: Manager<'_>,
        tenant: &Tenant,
        wanted: Option<BTreeSet<AccountName>>,
    ) -> Result<Option<BTreeSet<AccountName>>> {
        let Some(wanted) = wanted else {
            return Ok(manager.caller.accounts.clone());
        };
        if wanted.is_empty() {
            let message = "empty: name at least one, or leave it out for all";
            return Err(Error::invalid("accounts", message));
        }
        // Who has the database but not the configuration can't be told a mistyped account.
        let blind = manager.everywhere && self.registry.iter().next().is_none();
        let maker = Caller {
            tenant: tenant.clone(),
            ..manager.caller.clone()
        };
        for account in wanted.iter().filter(|_| !blind) {
            self.registry
                .of_caller(&maker, account.as_str())
                .map_err(|error| error.with_field_renamed("account", "accounts"))?;
        }
        Ok(Some(wanted))
    }

    /// The manager's keys, newest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list(
        &self,
        manager: Manager<'_>,
        filter: KeyFilter,
        limit: usize,
    ) -> Result<Vec<ApiKey>> {
        let (tenant, mut before) = (filter.tenant.as_ref(), filter.before);
        if manager
            .tenant()
            .zip(tenant)
            .is_some_and(|(own, of)| own != of)
        {
            return Ok(Vec::new());
        }
        let of = tenant.or_else(|| manager.tenant());
        let mut found = Vec::new();
        loop {
            let page = self.store.api_keys(of, before.as_ref(), PAGE).await?;
            let last = page.last().filter(|_| page.len() == PAGE);
            before = last.map(|key| key.id.clone());
            found.extend(page.into_iter().filter(|key| manager.sees(key)));
            if found.len() >= limit || before.is_none() {
                found.truncate(limit);
                return Ok(found);
            }
        }
    }

    /// One key, revoked or not.
    ///
    /// # Errors
    /// `NotFound` if there is none, or it is not the manager's.
    pub async fn get(&self, manager: Manager<'_>, id: &KeyId) -> Result<ApiKey> {
        let key = self.store.api_key(id).await?;
        key.filter(|key| manager.sees(key))
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("no key {id}")))
    }

    /// What a key may spend, and what the purchases made with it have committed.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn spending(&self, key: &ApiKey) -> Result<Spending> {
        spending_of(Payer::Key(&key.id), key.spend, &*self.journal).await
    }

    /// Revokes a key: it opens nothing from now on. Revoking it again changes nothing.
    ///
    /// # Errors
    /// As [`Access::get`].
    pub async fn revoke(&self, manager: Manager<'_>, id: &KeyId) -> Result<ApiKey> {
        loop {
            let mut key = self.get(manager, id).await?;
            if key.revoked_at.is_some() {
                return Ok(key);
            }
            key.revoked_at = Some(host::now());
            key.old_secret = None;
            if self.replace(&key).await? {
                self.note(manager, action::KEY_REVOKE, &key).await;
                return Ok(key);
            }
        }
    }

    /// Gives a key another secret; the one before opens for `overlap` more, a week at most.
    ///
    /// # Errors
    /// As [`Access::get`]; `InvalidRequest` for an overlap that is too long; `Conflict` for a key that opens nothing;
    /// `PermissionDenied` naming the field for a key that can do more than the one that rotates it.
    pub async fn rotate(
        &self,
        manager: Manager<'_>,
        id: &KeyId,
        overlap: Duration,
    ) -> Result<Issued> {
        if overlap > OVERLAP_MAX {
            let most = OVERLAP_MAX.as_secs();
            let message = format!("at most {most}, which is a week");
            return Err(Error::invalid("overlap_secs", message));
        }
        let maker = self.maker(manager).await?;
        loop {
            let (mut key, now) = (self.get(manager, id).await?, host::now());
            if let Some(maker) = &maker {
                reach::check(maker, &key)?;
            }
            let state = key.state(now);
            if state != KeyState::Active {
                let message = format!("the key is {}: make another", state.as_str());
                return Err(Error::new(ErrorKind::Conflict, message));
            }
            let (token, secret) = token::issue(&key.id);
            let until = now.checked_add(overlap).unwrap_or(now);
            key.old_secret = (!overlap.is_zero()).then_some(OldSecret {
                hash: key.secret,
                until,
            });
            key.secret = secret;
            key.rotated_at = Some(now);
            if self.replace(&key).await? {
                self.note(manager, action::KEY_ROTATE, &key).await;
                return Ok(Issued { key, token });
            }
        }
    }

    /// Tells the trail of the key's tenant what was done with it: everything but its secrets.
    async fn note(&self, manager: Manager<'_>, action: &'static str, key: &ApiKey) {
        let mut row = Entry::new(manager.caller, action).on(key.id.as_str());
        row.tenant = key.tenant.clone();
        let after = json!({
            "name": key.name,
            "scopes": key.scopes,
            "accounts": key.accounts,
            "spend": key.spend,
            "rate_limit": key.rate_limit,
            "expires_at": key.expires_at,
            "revoked_at": key.revoked_at,
        });
        let row = row.changing(None, Some(after)).ended(Outcome::Ok);
        self.audit.write(&Trail::default().with(row)).await;
    }

    async fn replace(&self, key: &ApiKey) -> Result<bool> {
        let replaced = self.store.replace_api_key(key).await?;
        self.recent.forget(&key.id);
        Ok(replaced)
    }
}

fn check(draft: &KeyDraft, now: Timestamp) -> Result<()> {
    if draft.name.trim().is_empty() || draft.name.chars().count() > NAME_MAX {
        let message = format!("1 to {NAME_MAX} characters that tell a person whose it is");
        return Err(Error::invalid("name", message));
    }
    plain("name", &draft.name)?;
    if draft.scopes.is_empty() {
        let all = KeyScope::ALL.map(KeyScope::as_str).join(", ");
        return Err(Error::invalid("scopes", format!("at least one of {all}")));
    }
    if draft.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::invalid("expires_at", "in the past"));
    }
    Ok(())
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::Unauthenticated, message)
}
