//! The main number of an account, or of one of its places.

use crate::action::{Action, ActionKind, Findings};
use crate::domain_event::DomainEvent;
use crate::inventory::{HoldingKey, HoldingStep, Inside};
use crate::numbers::service::{Numbers, not_found};
use serde_json::json;
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::inventory::InventoryQuery;
use trunkline_core::model::{Caller, E164, ListQuery, Number, NumberId};
use trunkline_core::provider::ProviderExt;
use trunkline_core::registry::AccountEntry;

/// Whose main number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MainNumberOf<'a> {
    /// The account.
    pub account: &'a str,
    /// Its location, where the carrier has a main number for each.
    pub location: Option<&'a str>,
}

impl Numbers {
    /// The main number of an account; of a location where the carrier has one each.
    ///
    /// # Errors
    /// `NotFound` for an account that is not the tenant's, or without a main number; `InvalidRequest` naming
    /// `location` where it is needed; `Unsupported`; those of the carrier.
    pub async fn main_number(
        &self,
        caller: &Caller,
        account: &str,
        location: Option<&str>,
    ) -> Result<Number> {
        let entry = self.registry.of_caller(caller, account)?;
        let call = Call::within(Self::TIMEOUT, Lane::Search);
        let number = call.scope(entry.provider.get_main(location)).await?;
        self.annotated(number).await
    }

    /// Makes a number of the account's its main one: by its id, by the carrier's own id, or by the number itself.
    ///
    /// # Errors
    /// As [`Numbers::main_number`]; `InvalidRequest` naming `number` for an id of another account's; `NotFound` for
    /// a number that the account does not hold.
    pub async fn set_main_number(
        &self,
        caller: &Caller,
        of: MainNumberOf<'_>,
        number: &str,
    ) -> Result<Number> {
        let MainNumberOf { account, location } = of;
        let entry = self.registry.of_caller(caller, account)?;
        let call = Call::within(Self::TIMEOUT, Lane::Purchase);
        let mut action = Action::new(caller, ActionKind::MainNumberSet).at(account);
        let is_number = number.parse::<E164>().is_ok() || is_digits(number);
        action.number = is_number.then(|| number.to_owned());
        action.after = location.map(|location| json!({ "location": location }));
        let set = call
            .scope(async {
                let id = held_by(&entry, number).await?;
                let resource = NumberId::of(entry.provider.account(), &id)?;
                action.resource = Some(resource.to_string());
                let key = HoldingKey::new(entry.provider.identity(), &id);
                action.touches.push(key);
                self.replaces(&entry, location, &id).await?;
                self.actions.begin(&action).await?;
                entry.provider.set_main(location, &id).await
            })
            .await;
        let told = |number: &Number| Findings {
            held: vec![HoldingStep::held(
                &caller.tenant,
                entry.provider.identity(),
                number,
            )],
            number: number.number.clone(),
            resource: Some(number.id.to_string()),
            ..Findings::default()
        };
        self.actions.end(action, &set, told).await;
        self.annotated(set?).await
    }

    /// Tells the inventory that its main number is to be another: the next reading shows which it is.
    async fn replaces(&self, entry: &AccountEntry, location: Option<&str>, by: &str) -> Result<()> {
        let inside = Inside {
            tenant: entry.tenant.clone(),
            identities: vec![entry.provider.identity().to_owned()],
        };
        let mut query = InventoryQuery {
            limit: InventoryQuery::LIMIT_MAX,
            ..InventoryQuery::default()
        };
        query.numbers.main = Some(true);
        query.numbers.location = location.map(str::to_owned);
        let main = self.store.inventory(&inside, &query, None).await?;
        let others = main.into_iter().map(|(entry, _)| entry.number.provider_id);
        let key = |id: String| HoldingStep::Begun(HoldingKey::new(entry.provider.identity(), &id));
        let steps: Vec<_> = others.filter(|id| id != by).map(key).collect();
        let events: Vec<_> = steps.iter().map(DomainEvent::HoldingStep).collect();
        self.store.tell(&events).await
    }
}

/// The carrier's id of a number of this account's, however it was written.
async fn held_by(entry: &AccountEntry, text: &str) -> Result<String> {
    if let Ok(number) = text.parse::<E164>() {
        let sighting = entry.provider.find_owned(&number).await?;
        let row = sighting.rows.into_iter().next();
        return row
            .map(|row| row.provider_id)
            .ok_or_else(|| not_found(text));
    }
    let account = entry.provider.account();
    match NumberId::new(text) {
        Ok(id) if id.account() == account.as_str() => {
            Ok(entry.provider.canonical(id.provider_id()))
        }
        Ok(_) => Err(Error::invalid(
            "number",
            format!("not a number of {account}"),
        )),
        // No colon in it: a number as the carrier keeps it, or the carrier's own id.
        Err(_) if is_digits(text) => match by_digits(entry, text).await? {
            Some(id) => Ok(id),
            None => Err(not_found(text)),
        },
        Err(_) => NumberId::of(account, text)
            .map(|id| entry.provider.canonical(id.provider_id()))
            .map_err(|_| {
                Error::new(ErrorKind::InvalidRequest, "not a number or an id")
                    .with_field("number", "not a number or an id")
            }),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The carrier's id of a number that is kept as bare digits.
async fn by_digits(entry: &AccountEntry, digits: &str) -> Result<Option<String>> {
    let query = ListQuery {
        number: Some(digits.to_owned()),
        limit: 100,
        ..ListQuery::default()
    };
    let mut listed = entry.provider.list_all(&query).await?.into_iter();
    let found = listed.find(|number| number.number.as_deref() == Some(digits));
    Ok(found.map(|number| number.provider_id))
}
