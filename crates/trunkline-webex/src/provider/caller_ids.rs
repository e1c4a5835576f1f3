//! Caller IDs, which at Webex are settings of somebody: nothing is proved.

use futures_util::future::join_all;
use trunkline_core::{
    CallerId, CallerIdQuery, CallerIdUpdate, Effect, Error, ErrorKind, Operation, Page, PageTrail,
    Patch, Result,
};

use super::Webex;
use super::pages::{owners_of, usable};
use crate::id::Key;
use crate::request::{
    AgentOptions, CallerIdOptions, CallerKey, Cursor, LocationChange, LocationOptions, OwnerKind,
    check_name, lacks, parse,
};
use crate::{convert, wire};

/// Owners asked about for one page of caller IDs: each takes a request.
const OWNERS_MAX: usize = 25;

impl Webex {
    pub(super) async fn caller_id_page(&self, query: &CallerIdQuery) -> Result<Page<CallerId>> {
        let mut page = match (&query.location, &query.owner) {
            (Some(location), _) => {
                self.presentable(Operation::ListCallerIds, location, query)
                    .await?
            }
            (None, Some(owner)) => self.of_one(owner).await?,
            (None, None) => self.of_all(query).await?,
        };
        page.items.retain(|caller_id| query.fits(caller_id));
        Ok(page)
    }

    /// The numbers that can be shown at a location.
    async fn presentable(
        &self,
        operation: Operation,
        location: &str,
        query: &CallerIdQuery,
    ) -> Result<Page<CallerId>> {
        let request = self.requests.presentable(operation, location, query)?;
        let cursor = query.cursor.as_deref().map(Cursor::parse).transpose()?;
        let page = self.page(&request, cursor.as_ref()).await?;
        let all = page.rows.len() + page.unreadable;
        let items = usable(page.rows, |row| convert::of_number(&self.account, row));
        let items: Vec<CallerId> = items.collect();
        Ok(Page {
            unreadable: all - items.len(),
            shifted: page.shifted,
            next: page.next.as_ref().map(Cursor::write),
            ..Page::last(items)
        })
    }

    /// What one owner presents; nothing if there is no such owner.
    async fn of_one(&self, owner: &str) -> Result<Page<CallerId>> {
        let shown = match CallerKey::parse(owner) {
            Some(CallerKey::Owner(kind, id)) => self
                .setting(Operation::ListCallerIds, kind, &id)
                .await
                .and_then(|setting| convert::of_owner(&self.account, kind, &id, &setting)),
            Some(CallerKey::Location(id)) => {
                self.location_caller_id(Operation::ListCallerIds, &id).await
            }
            Some(CallerKey::Number(_)) | None => {
                let message = "person-{id}, workspace-{id}, virtual-line-{id} or location-{id}";
                return Err(Error::invalid("owner", message));
            }
        };
        match shown {
            Ok(caller_id) => Ok(Page::last(vec![caller_id])),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Page::last(Vec::new())),
            Err(error) => Err(error),
        }
    }

    /// What every owner of a number presents, a page of numbers at a time.
    async fn of_all(&self, query: &CallerIdQuery) -> Result<Page<CallerId>> {
        let limit = match query.limit {
            0 => OWNERS_MAX,
            limit => limit.min(OWNERS_MAX),
        };
        let cursor = query.cursor.as_deref().map(Cursor::parse).transpose()?;
        let page = self
            .page(&self.requests.owners(limit), cursor.as_ref())
            .await?;
        let owners = owners_of(&page.rows).into_iter();
        let settings = owners.map(|(kind, id)| async move {
            let setting = self.setting(Operation::ListCallerIds, kind, id).await?;
            convert::of_owner(&self.account, kind, id, &setting)
        });
        let mut items = Vec::new();
        for shown in join_all(settings).await {
            match shown {
                Ok(caller_id) => items.push(caller_id),
                // Gone since, unknown to the calling service, or without a licence for this: it has no caller ID.
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unsupported) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Page {
            unreadable: page.unreadable,
            shifted: page.shifted,
            next: page.next.as_ref().map(Cursor::write),
            ..Page::last(items)
        })
    }

    async fn setting(
        &self,
        operation: Operation,
        kind: OwnerKind,
        id: &str,
    ) -> Result<wire::Whole<wire::CallerIdSetting>> {
        let request = self.requests.caller_id(operation, kind, id);
        self.send(request).await?.json()
    }

    async fn location_caller_id(&self, operation: Operation, id: &str) -> Result<CallerId> {
        let location = self.whole_location(operation, id).await?;
        convert::of_location(&self.account, id, location)
    }

    pub(super) async fn caller_id(&self, operation: Operation, key: &str) -> Result<CallerId> {
        match CallerKey::parse(key).ok_or_else(unknown)? {
            CallerKey::Owner(kind, id) => {
                let setting = self.setting(operation, kind, &id).await?;
                convert::of_owner(&self.account, kind, &id, &setting)
            }
            CallerKey::Location(id) => self.location_caller_id(operation, &id).await,
            CallerKey::Number(number) => self.number_caller_id(operation, number).await,
        }
    }

    /// A number that can be shown where it is.
    async fn number_caller_id(&self, operation: Operation, number: String) -> Result<CallerId> {
        let row = self.find(operation, &Key::Number(number.clone())).await?;
        let location = row
            .location_id()
            .ok_or_else(|| convert::lacks("location.id"))?;
        let mut query = CallerIdQuery {
            number: Some(number.clone()),
            ..CallerIdQuery::default()
        };
        let mut trail = PageTrail::default();
        loop {
            let page = self.presentable(operation, location, &query).await?;
            let ids = page.items.iter().map(|item| item.id.as_str());
            trail.note(ids, page.next.as_deref())?;
            let mut items = page.items.into_iter();
            if let Some(found) = items.find(|item| item.number.as_ref() == Some(&number)) {
                return Ok(found);
            }
            if page.next.is_none() {
                return Err(unknown());
            }
            query.cursor = page.next;
        }
    }

    pub(super) async fn change_caller_id(
        &self,
        key: &str,
        update: &CallerIdUpdate,
    ) -> Result<CallerId> {
        let operation = Operation::UpdateCallerId;
        match CallerKey::parse(key).ok_or_else(unknown)? {
            CallerKey::Owner(kind, id) => self.change_setting((kind, &id), update).await?,
            CallerKey::Location(id) => self.change_location(&id, update).await?,
            CallerKey::Number(number) => {
                self.number_caller_id(operation, number).await?;
                return Err(settings_only(operation));
            }
        }
        let shown = self.caller_id(operation, key).await;
        shown.map_err(|error| error.with_effect(Effect::Applied))
    }

    /// `selected` is required by Webex: it stays as it is unless said.
    async fn change_setting(
        &self,
        (kind, id): (OwnerKind, &str),
        update: &CallerIdUpdate,
    ) -> Result<()> {
        let operation = Operation::UpdateCallerId;
        let mut options = setting_options(update)?;
        let agent = std::mem::take(&mut options.agent_selected_caller_id);
        if !agent.is_keep() && kind != OwnerKind::Person {
            let field = "provider_options.agent_selected_caller_id";
            return Err(lacks(operation, field, "only a person can be an agent"));
        }
        if options != CallerIdOptions::default() {
            if options.selected.is_none() {
                let now = self.setting(operation, kind, id).await?.known;
                let now = now.selected.into_string();
                options.selected = Some(now.ok_or_else(|| convert::lacks("selected"))?);
            }
            let request = self
                .requests
                .set_caller_id(operation, (kind, id), &options)?;
            self.send(request).await?;
        }
        if let Some(selected) = agent.change() {
            let agent = AgentOptions {
                selected_caller_id: selected.map(String::as_str),
            };
            self.send(self.requests.set_agent(id, &agent)?).await?;
        }
        Ok(())
    }

    async fn change_location(&self, id: &str, update: &CallerIdUpdate) -> Result<()> {
        let options = match &update.provider_options {
            Patch::Set(options) => parse(options)?,
            Patch::Keep => LocationOptions::default(),
            Patch::Clear => return Err(Error::invalid("provider_options", "can't be unset")),
        };
        let label = match &update.label {
            Patch::Set(label) => Some(label.as_str()),
            Patch::Keep => None,
            Patch::Clear => {
                let message = "can't be unset: a location always shows a name";
                return Err(Error::invalid("label", message));
            }
        };
        let (change, connection) = LocationChange::of(options, label)?;
        let operation = Operation::UpdateCallerId;
        if !change.is_empty() {
            let request = self.requests.set_location(operation, id, &change)?;
            self.send(request).await?;
        }
        if let Some(connection) = connection {
            self.send(self.requests.set_connection(id, &connection)?)
                .await?;
        }
        Ok(())
    }

    /// Sets a caller ID back to the direct line, or to the location's number where there is none.
    pub(super) async fn reset_caller_id(&self, key: &str) -> Result<()> {
        let operation = Operation::DeleteCallerId;
        let (kind, id) = match CallerKey::parse(key).ok_or_else(unknown)? {
            CallerKey::Owner(kind, id) => (kind, id),
            CallerKey::Location(id) => {
                self.location(operation, &id).await?;
                let why = "a location always presents its main number: choose another";
                return Err(lacks(operation, "id", why));
            }
            CallerKey::Number(number) => {
                self.number_caller_id(operation, number).await?;
                return Err(settings_only(operation));
            }
        };
        let now = self.setting(operation, kind, &id).await?.known;
        let direct = now.offers("DIRECT_LINE");
        let selected = if direct {
            "DIRECT_LINE"
        } else {
            "LOCATION_NUMBER"
        };
        let options = CallerIdOptions {
            selected: Some(selected.to_owned()),
            external_caller_id_name_policy: Some("DIRECT_LINE".to_owned()),
            additional_external_caller_id_custom_number: Patch::Clear,
            ..CallerIdOptions::default()
        };
        let request = self
            .requests
            .set_caller_id(operation, (kind, &id), &options)?;
        self.send(request).await.map(drop)
    }
}

/// The options of an owner's setting, the label among them: a name of the owner's own.
fn setting_options(update: &CallerIdUpdate) -> Result<CallerIdOptions> {
    let mut options: CallerIdOptions = match &update.provider_options {
        Patch::Set(options) => parse(options)?,
        Patch::Keep => CallerIdOptions::default(),
        Patch::Clear => {
            return Err(Error::invalid(
                "provider_options",
                "can't be unset as a whole",
            ));
        }
    };
    options.check()?;
    let Some(label) = update.label.change() else {
        return Ok(options);
    };
    let named = !options.custom_external_caller_id_name.is_keep()
        || options.external_caller_id_name_policy.is_some();
    if named {
        let field = "provider_options.external_caller_id_name_policy";
        return Err(Error::invalid(
            field,
            "says the same as label: give one of them",
        ));
    }
    let policy = if let Some(label) = label {
        check_name("label", label)?;
        options.custom_external_caller_id_name = Patch::Set(label.clone());
        "OTHER"
    } else {
        "DIRECT_LINE"
    };
    options.external_caller_id_name_policy = Some(policy.to_owned());
    Ok(options)
}

fn unknown() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "nothing at Webex presents a caller ID under this key",
    )
}

fn settings_only(operation: Operation) -> Error {
    let why =
        "what is shown is a setting of a person, workspace, virtual line or location: change that";
    lacks(operation, "id", why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_name_of_the_owners_own_and_without_it_the_direct_line_names() {
        let of = |label: Patch<String>| {
            let update = CallerIdUpdate {
                label,
                ..CallerIdUpdate::default()
            };
            serde_json::to_string(&setting_options(&update).unwrap()).unwrap()
        };
        assert_eq!(
            of(Patch::Set("Reception".to_owned())),
            r#"{"externalCallerIdNamePolicy":"OTHER","customExternalCallerIdName":"Reception"}"#
        );
        assert_eq!(
            of(Patch::Clear),
            r#"{"externalCallerIdNamePolicy":"DIRECT_LINE"}"#
        );
    }

    #[test]
    fn a_label_beside_a_policy_is_refused() {
        let options = r#"{"external_caller_id_name_policy": "LOCATION"}"#;
        let update = CallerIdUpdate {
            label: Patch::Set("Reception".to_owned()),
            provider_options: Patch::Set(serde_json::from_str(options).unwrap()),
        };
        assert!(setting_options(&update).is_err());
    }
}
