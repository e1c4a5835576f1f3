//! Caller IDs, which are known by their number here and by an id there.

use trunkline_core::{
    CallerId, CallerIdQuery, CallerIdRequest, CallerIdUpdate, E164, Effect, Error, ErrorKind,
    Operation, Page, Result, is_same_number,
};
use trunkline_http::ApiRequest;
use trunkline_http::wire::{Pages, Rows, incomplete, is_uuid, unsupported};

use super::SignalWire;
use crate::convert::Known;
use crate::wire::{self, List};
use crate::{convert, error, request};

impl SignalWire {
    /// Has SignalWire call the number: as a new caller ID, or again for one that is pending there. What is there is
    /// looked up first: SignalWire does not document that a second one of the same number is refused.
    pub(super) async fn ring(
        &self,
        operation: Operation,
        request: &CallerIdRequest,
    ) -> Result<CallerId> {
        let create = request::caller_id_create(operation, request)?;
        match self.find(operation, &request.number).await? {
            Some(known) if known.is_verified() => return Ok(known.caller_id),
            Some(known) => return self.redial(operation, known, request).await,
            None => {}
        }
        match self.caller_id(create).await {
            Err(refused) if error::is_there_already(&refused) => {
                self.verified_or(operation, &request.number, refused).await
            }
            called => called.map(|known| known.caller_id),
        }
    }

    /// Calls again. Another name is set first, which calls nobody; another extension can't be set.
    async fn redial(
        &self,
        operation: Operation,
        known: Known,
        request: &CallerIdRequest,
    ) -> Result<CallerId> {
        let has = &known.caller_id;
        if request.extension.is_some() && request.extension != has.extension {
            let message =
                "a caller ID of this number is pending with another extension: delete it first";
            return Err(Error::new(ErrorKind::Conflict, message).with_field("extension", message));
        }
        if let Some(name) = request.label.as_deref()
            && has.label.as_deref() != Some(name)
        {
            let rename = request::rename_caller_id(operation, &known.id, name)?;
            self.http.send(rename).await?;
        }
        let redial = request::caller_id_redial(operation, &known.id)?;
        match self.caller_id(redial).await {
            Err(refused) if error::is_verified_already(&refused) => {
                self.verified_or(operation, &request.number, refused).await
            }
            called => called.map(|known| known.caller_id),
        }
    }

    /// The caller ID if it is verified by now, or else the refusal.
    async fn verified_or(
        &self,
        operation: Operation,
        number: &E164,
        refused: Error,
    ) -> Result<CallerId> {
        match self.find(operation, number).await {
            Ok(Some(known)) if known.is_verified() => Ok(known.caller_id),
            _ => Err(refused),
        }
    }

    /// Submits the code that the callee heard. If the outcome is unknown, the caller ID is looked up instead of trying again.
    pub(super) async fn submit(&self, key: &str, code: &str) -> Result<CallerId> {
        let operation = Operation::CompleteCallerId;
        let known = self.known(operation, key).await?;
        if known.is_verified() {
            return Ok(known.caller_id);
        }
        match self
            .http
            .send(request::caller_id_code(&known.id, code)?)
            .await
        {
            Ok(answer) => {
                let done = answer.read(|row| self.known_of(row))?;
                if done.is_verified() {
                    return Ok(done.caller_id);
                }
                let message = "SignalWire did not accept it";
                Err(Error::invalid("code", message))
            }
            Err(refused)
                if error::is_verified_already(&refused) || refused.effect() == Effect::Unknown =>
            {
                match self.by_id(operation, &known.id).await {
                    Ok(now) if now.is_verified() => Ok(now.caller_id),
                    _ => Err(refused),
                }
            }
            Err(refused) => Err(refused),
        }
    }

    /// Gives a caller ID another name; without one it goes back to the formatted number.
    pub(super) async fn rename(&self, key: &str, update: &CallerIdUpdate) -> Result<CallerId> {
        let operation = Operation::UpdateCallerId;
        if !update.provider_options.is_keep() {
            let message = "SignalWire has none for a caller ID";
            return Err(unsupported("provider_options", message));
        }
        let change = update.label.change();
        if let Some(Some(name)) = change {
            request::label_of_caller_id(name)?;
        }
        let known = self.known(operation, key).await?;
        let Some(name) = change else {
            return Ok(known.caller_id);
        };
        let number = known.caller_id.number.as_deref().unwrap_or_default();
        let name = name
            .cloned()
            .unwrap_or_else(|| request::default_name(number));
        let rename = request::rename_caller_id(operation, &known.id, &name)?;
        let renamed = self.caller_id(rename).await?;
        Ok(renamed.caller_id)
    }

    pub(super) async fn caller_id_page(&self, query: &CallerIdQuery) -> Result<Page<CallerId>> {
        let answer = self.http.send(request::caller_ids(query)?).await?;
        let found = answer.rows::<List, _>()?;
        let found = found.convert(|row| self.known_of(row).map(|known| known.caller_id));
        let collection = request::collection(request::CALLER_IDS);
        found.into_page(&collection, |row| query.fits(row))
    }

    /// The caller ID of a key: a number or, for those who know it, SignalWire's id.
    pub(super) async fn known(&self, operation: Operation, key: &str) -> Result<Known> {
        if is_uuid(key) {
            return self.by_id(operation, key).await;
        }
        let nothing = || Error::new(ErrorKind::NotFound, "no caller ID has this number");
        let number: E164 = key.parse().map_err(|_| nothing())?;
        self.find(operation, &number).await?.ok_or_else(nothing)
    }

    /// SignalWire's id of the caller ID of a key.
    pub(super) async fn caller_id_id(&self, operation: Operation, key: &str) -> Result<String> {
        if is_uuid(key) {
            return Ok(key.to_owned());
        }
        let known = self.known(operation, key).await?;
        Ok(known.id)
    }

    async fn by_id(&self, operation: Operation, id: &str) -> Result<Known> {
        self.caller_id(request::caller_id(operation, id)?).await
    }

    /// The caller ID of exactly this number, a verified one before a pending one. A row that can't be read could be the
    /// one, so that nobody is called and nothing is changed then.
    async fn find(&self, operation: Operation, number: &E164) -> Result<Option<Known>> {
        let is = |known: &Known| {
            let own = known.caller_id.number.as_deref();
            own.is_some_and(|own| is_same_number(own, number.as_str()))
        };
        let mut pages = Pages::of(request::find_caller_id(operation, number));
        let mut pending = None;
        while let Some(request) = pages.request() {
            let answer = self.http.send(request).await?;
            let rows: Rows<wire::CallerId<'_>> = answer.rows::<List, _>()?;
            let ids = rows.rows.iter().filter_map(|row| row.id.get());
            pages.note(ids, rows.next.as_deref())?;
            let known = rows.convert(|row| self.known_of(row));
            for known in known.rows.into_iter().filter(is) {
                if known.is_verified() {
                    return Ok(Some(known));
                }
                pending = pending.or(Some(known));
            }
            if known.unreadable > 0 && pending.is_none() {
                return Err(incomplete("a row can't be read"));
            }
        }
        Ok(pending)
    }

    /// Sends a request that is answered with a caller ID.
    async fn caller_id(&self, request: ApiRequest) -> Result<Known> {
        let answer = self.http.send(request).await?;
        answer.read(|row| self.known_of(row))
    }

    fn known_of(&self, row: wire::CallerId<'_>) -> Result<Known> {
        convert::caller_id(&self.account, row)
    }
}
