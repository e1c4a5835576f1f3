//! Caller IDs, which are known by their number here and by a sid at Twilio.

use trunkline_core::{
    CallerId, CallerIdQuery, CallerIdRequest, CallerIdUpdate, Error, ErrorKind, Operation, Page,
    Result, is_same_number,
};
use trunkline_http::wire::{Pages, lacks, unsupported};

use super::Twilio;
use crate::wire::{List, OutgoingCallerId};
use crate::{convert, error, request};

impl Twilio {
    /// Has Twilio call the number. One that is verified already is answered as it is.
    pub(super) async fn start(
        &self,
        operation: Operation,
        request: &CallerIdRequest,
    ) -> Result<CallerId> {
        let start = request::caller_id_start(&self.sid, operation, request)?;
        match self.http.send(start).await {
            Ok(answer) => {
                answer.read(|row| convert::pending_caller_id(&self.account, request, row))
            }
            Err(refused) if error::is(&refused, error::ALREADY_VERIFIED) => {
                let known = self.caller_id(operation, request.number.as_str()).await;
                known.map_err(|_| refused)
            }
            Err(refused) => Err(refused),
        }
    }

    pub(super) async fn caller_id_page(&self, query: &CallerIdQuery) -> Result<Page<CallerId>> {
        let request = request::caller_ids(&self.sid, Operation::ListCallerIds, query)?;
        let answer = self.http.send(request).await?;
        let rows = answer.rows::<List, _>()?;
        let rows = rows.convert(|row| convert::caller_id(&self.account, row));
        let collection = request::path(&self.sid, request::CALLER_IDS);
        rows.into_page(&collection, |row| query.fits(row))
    }

    /// The verified caller ID of a key: a number or a sid.
    pub(super) async fn caller_id(&self, operation: Operation, key: &str) -> Result<CallerId> {
        let account = &self.account;
        self.with_caller_id(operation, key, |row| convert::caller_id(account, row))
            .await
    }

    /// Gives a caller ID another name; without one it goes back to the formatted number.
    pub(super) async fn rename_caller_id(
        &self,
        key: &str,
        update: &CallerIdUpdate,
    ) -> Result<CallerId> {
        let operation = Operation::UpdateCallerId;
        if !update.provider_options.is_keep() {
            let why = "Twilio has none for a caller ID";
            return Err(unsupported("provider_options", why));
        }
        let Some(name) = update.label.change() else {
            return self.caller_id(Operation::GetCallerId, key).await;
        };
        let name = match name {
            Some(name) => request::label(name)?,
            None => request::default_name(&self.caller_id_number(key).await?),
        };
        let sid = self.caller_id_sid(operation, key).await?;
        let rename = request::caller_id(&self.sid, operation, &sid, Some(name))?;
        let answer = self.http.send(rename).await?;
        answer.read(|row| convert::caller_id(&self.account, row))
    }

    /// Twilio's sid of a caller ID, by which it is changed and removed.
    pub(super) async fn caller_id_sid(&self, operation: Operation, key: &str) -> Result<String> {
        if is_sid(key) {
            return Ok(key.to_owned());
        }
        let sid = |row: OutgoingCallerId<'_>| row.sid.into_string().ok_or_else(|| lacks("sid"));
        self.with_caller_id(operation, key, sid).await
    }

    /// The number of a caller ID that is to be renamed.
    async fn caller_id_number(&self, key: &str) -> Result<String> {
        if !is_sid(key) {
            return Ok(key.to_owned());
        }
        let number = |row: OutgoingCallerId<'_>| {
            let number = row.phone_number.into_string();
            number.ok_or_else(|| lacks("phone_number"))
        };
        self.with_caller_id(Operation::UpdateCallerId, key, number)
            .await
    }

    /// Finds a verified caller ID and reads it.
    async fn with_caller_id<T>(
        &self,
        operation: Operation,
        key: &str,
        read: impl FnOnce(OutgoingCallerId<'_>) -> Result<T>,
    ) -> Result<T> {
        if is_sid(key) {
            let one = request::caller_id(&self.sid, operation, key, None)?;
            return self.http.send(one).await?.read(read);
        }
        let query = CallerIdQuery {
            number: Some(key.to_owned()),
            limit: 50,
            ..CallerIdQuery::default()
        };
        let mut pages = Pages::of(request::caller_ids(&self.sid, operation, &query)?);
        while let Some(request) = pages.request() {
            let answer = self.http.send(request).await?;
            let page = answer.rows::<List, OutgoingCallerId<'_>>()?;
            let ids = page.rows.iter().filter_map(|row| row.sid.get());
            pages.note(ids, page.next.as_deref())?;
            let is_wanted = |row: &OutgoingCallerId<'_>| {
                let digits = row.phone_number.get();
                digits.is_some_and(|digits| is_same_number(digits, key))
            };
            if let Some(row) = page.rows.into_iter().find(is_wanted) {
                return read(row);
            }
        }
        let message = "no verified caller ID has this number";
        Err(Error::new(ErrorKind::NotFound, message))
    }
}

/// Whether a key is Twilio's sid of a caller ID instead of a number.
fn is_sid(key: &str) -> bool {
    key.starts_with("PN")
}
