//! The main number of an account, or of one of its places.

use crate::call::{Call, Lane};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{E164, Number, NumberId, Seen, Tenant};
use crate::provider::registry::AccountEntry;
use crate::service::numbers::{Numbers, not_found};

impl Numbers {
    /// The main number of an account; of a location where the carrier has one each.
    ///
    /// # Errors
    /// `NotFound` for an account that is not the tenant's, or without a main number; `InvalidRequest` naming
    /// `location` where it is needed; `Unsupported`; those of the carrier.
    pub async fn main_number(
        &self,
        tenant: &Tenant,
        account: &str,
        location: Option<&str>,
    ) -> Result<Number> {
        let entry = self.registry.of_tenant(tenant, account)?;
        let call = Call::within(Self::TIMEOUT, Lane::Search);
        let mut number = call.scope(entry.provider.get_main(location)).await?;
        self.annotate_all(std::slice::from_mut(&mut number)).await?;
        Ok(number)
    }

    /// Makes a number of the account's its main one: by its id, by the carrier's own id, or by its E.164.
    ///
    /// # Errors
    /// As [`Numbers::main_number`]; `InvalidRequest` naming `number` for an id of another account's; `NotFound` for
    /// a number that the account does not hold.
    pub async fn set_main_number(
        &self,
        tenant: &Tenant,
        (account, location): (&str, Option<&str>),
        number: &str,
    ) -> Result<Number> {
        let entry = self.registry.of_tenant(tenant, account)?;
        let call = Call::within(Self::TIMEOUT, Lane::Purchase);
        let mut number = call
            .scope(async {
                let id = held_by(entry, number).await?;
                entry.provider.set_main(location, &id).await
            })
            .await?;
        self.annotate_all(std::slice::from_mut(&mut number)).await?;
        Ok(number)
    }
}

/// The carrier's id of a number of this account's, however it was written.
async fn held_by(entry: &AccountEntry, text: &str) -> Result<String> {
    if let Ok(number) = text.parse::<E164>() {
        return match entry.provider.find_owned(&number).await?.seen {
            Seen::Held { provider_id, .. } => Ok(provider_id),
            Seen::Absent => Err(not_found(text)),
        };
    }
    let account = entry.provider.account();
    match NumberId::new(text) {
        Ok(id) if id.account() == account.as_str() => Ok(id.provider_id().to_owned()),
        Ok(_) => Err(Error::invalid(
            "number",
            format!("not a number of {account}"),
        )),
        // No colon in it: the carrier's own id.
        Err(_) => NumberId::of(account, text)
            .map(|id| id.provider_id().to_owned())
            .map_err(|_| {
                Error::new(ErrorKind::InvalidRequest, "not a number or an id")
                    .with_field("number", "not a number or an id")
            }),
    }
}
