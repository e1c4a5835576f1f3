//! Changing a number: state, location, usage and emergency address, each with a call of its own.

use trunkline_core::capability::NumberField;
use trunkline_core::{Effect, Error, ErrorKind, Number, NumberUpdate, Operation, Patch, Result};

use super::jobs::Task;
use super::{LOOKS, Webex, nothing_has, pages, pause};
use crate::id::{self, Key};
use crate::request::{EmergencyAddress, JobOrder, NumberOptions, State, Usage, lacks, parse};
use crate::{convert, wire};

/// What is to be changed, checked.
#[derive(Debug, Default, PartialEq)]
struct Change {
    state: Option<State>,
    target: Option<String>,
    usage: Option<Usage>,
    address: Option<EmergencyAddress>,
}

impl Change {
    fn of(update: &NumberUpdate) -> Result<Self> {
        const WRITABLE: [NumberField; 3] = [
            NumberField::State,
            NumberField::Location,
            NumberField::ProviderOptions,
        ];
        let mut fields = update.fields().into_iter();
        if let Some(field) = fields.find(|field| !WRITABLE.contains(field)) {
            let why = "Webex has no such setting of a number";
            return Err(lacks(Operation::Update, field.as_str(), why));
        }
        let state = set("state", &update.state)?;
        let options = set("provider_options", &update.provider_options)?;
        let options: NumberOptions = options.map(parse).transpose()?.unwrap_or_default();
        let address = "provider_options.emergency_address";
        Ok(Self {
            state: state.map(|state| State::of(state)).transpose()?,
            target: set("location", &update.location)?.cloned(),
            usage: options
                .number_usage_type
                .change()
                .map(|usage| usage.copied().unwrap_or(Usage::None)),
            address: set(address, &options.emergency_address)?.cloned(),
        })
    }

    /// The field of a change, for an error about all of it.
    fn field(&self) -> &'static str {
        match self {
            Self { state: Some(_), .. } => "state",
            Self {
                target: Some(_), ..
            } => "location",
            _ => "provider_options",
        }
    }

    /// Whether a row shows all of it; an emergency address is shown nowhere.
    fn shows(&self, row: &wire::NumberRow) -> bool {
        let here = |target: &String| row.location_id().is_some_and(|id| id::same(id, target));
        self.state.is_none_or(|state| row.state.is(state.as_str()))
            && self.target.as_ref().is_none_or(here)
            && self.usage.is_none_or(|usage| is_used_so(row, usage))
    }
}

/// Whether a row shows that the number is used so.
pub(super) fn is_used_so(row: &wire::NumberRow, usage: Usage) -> bool {
    let used = match (row.elin_enabled.is_on(), row.is_service_number.is_on()) {
        (true, _) => Usage::Elin,
        (false, true) => Usage::Service,
        (false, false) => Usage::None,
    };
    used == usage
}

/// The new value, `None` if it stays.
fn set<'a, T>(field: &str, patch: &'a Patch<T>) -> Result<Option<&'a T>> {
    match patch {
        Patch::Keep => Ok(None),
        Patch::Set(value) => Ok(Some(value)),
        Patch::Clear => Err(Error::invalid(field, "can't be unset at Webex")),
    }
}

impl Webex {
    pub(super) async fn change(&self, provider_id: &str, update: &NumberUpdate) -> Result<Number> {
        let change = Change::of(update)?;
        let key = Self::key(provider_id)?;
        let look = self.requests.find(Operation::Update, &key);
        let look = self.seek(look, |row| pages::is(row, &key)).await?;
        let row = look.row.ok_or_else(|| nothing_has(&key))?;
        if change == Change::default() {
            return self.number(row);
        }
        let Key::Number(number) = &key else {
            let why = "of an extension without a number nothing can be changed";
            return Err(lacks(Operation::Update, change.field(), why));
        };
        self.check(&change, &row).await?;
        let location = row
            .location_id()
            .ok_or_else(|| convert::lacks("location.id"))?;
        let mut task = Task {
            order: JobOrder::Usage(Usage::None),
            number,
            location,
            since: look.carrier_time,
            done: false,
        };
        let applied = self.apply(&change, &row, &mut task).await;
        applied.map_err(|error| {
            if task.done && error.effect() == Effect::None {
                return error.with_effect(Effect::Applied);
            }
            error
        })?;
        // It has been written, whether or not it can be shown.
        let changed = self.changed(&key, &change).await;
        changed.map_err(|error| error.with_effect(Effect::Applied))
    }

    /// Refuses what Webex would, as far as the row shows it, before anything is changed.
    async fn check(&self, change: &Change, row: &wire::NumberRow) -> Result<()> {
        let conflict = |field: &str, message: &str| {
            Err(Error::new(ErrorKind::Conflict, message).with_field(field, message))
        };
        let here = |target: &String| row.location_id().is_some_and(|id| id::same(id, target));
        let moves = change.target.as_ref().is_some_and(|target| !here(target));
        let owned = row.assigned_to().is_some();
        if moves && row.main_number.is_on() {
            return conflict("location", "the main number of a location can't be moved");
        }
        if moves && owned {
            return conflict(
                "location",
                "an assigned number can't be moved: unassign it first",
            );
        }
        if change.state == Some(State::Inactive) {
            if owned {
                let message = "an assigned number can't be taken out of service: unassign it first";
                return conflict("state", message);
            }
            let location = row
                .location_id()
                .ok_or_else(|| convert::lacks("location.id"))?;
            self.manages(Operation::Update, location).await?;
        }
        Ok(())
    }

    /// Makes the changes one by one: only an active number can be moved.
    async fn apply<'a>(
        &self,
        change: &'a Change,
        row: &wire::NumberRow,
        task: &mut Task<'a>,
    ) -> Result<()> {
        if change.state == Some(State::Active) {
            self.put_state(task, State::Active).await?;
            task.done = true;
        }
        if let Some(usage) = change.usage
            && !is_used_so(row, usage)
        {
            // No job makes or unmakes a number that says where an emergency is.
            if usage == Usage::Elin || row.elin_enabled.is_on() {
                self.put_usage(task, usage).await?;
            } else {
                task.order = JobOrder::Usage(usage);
                self.run(task).await?;
            }
            task.done = true;
        }
        if let Some(target) = &change.target {
            if !id::same(target, task.location) {
                task.order = JobOrder::Move {
                    target: target.clone(),
                };
                self.run(task).await?;
                task.done = true;
            }
            task.location = target;
        }
        if change.state == Some(State::Inactive) {
            self.put_state(task, State::Inactive).await?;
            task.done = true;
        }
        if let Some(address) = &change.address {
            let request = self.requests.emergency_address(task.number, address)?;
            self.send(request).await?;
        }
        Ok(())
    }

    async fn put_state(&self, task: &Task<'_>, state: State) -> Result<()> {
        let request = self.requests.set_state(task.location, task.number, state)?;
        self.send(request).await.map(drop)
    }

    /// The number as it is now, once the list shows the change.
    async fn changed(&self, key: &Key, change: &Change) -> Result<Number> {
        let mut looks = 0;
        loop {
            let row = self.find(Operation::Update, key).await?;
            if change.shows(&row) || looks == LOOKS || !pause(looks).await {
                return self.number(row);
            }
            looks += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(json: &str) -> Result<Change> {
        Change::of(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn what_webex_can_t_express_is_refused_by_name() {
        for field in ["label", "emergency_address_id", "caller_id_name", "owner"] {
            let error = change(&format!(r#"{{"{field}": "x"}}"#)).unwrap_err();
            let found = (error.kind(), error.fields()[0].field.as_str());
            assert_eq!(found, (ErrorKind::Unsupported, field));
        }
    }

    #[test]
    fn only_the_usage_can_be_unset() {
        for field in ["state", "location", "provider_options"] {
            let error = change(&format!(r#"{{"{field}": null}}"#)).unwrap_err();
            let found = (error.kind(), error.fields()[0].field.as_str());
            assert_eq!(found, (ErrorKind::InvalidRequest, field));
        }
        let unset = change(r#"{"provider_options": {"number_usage_type": null}}"#).unwrap();
        assert_eq!(unset.usage, Some(Usage::None));
        let address = change(r#"{"provider_options": {"emergency_address": null}}"#);
        assert!(address.is_err());
    }

    #[test]
    fn a_state_is_active_or_inactive() {
        let inactive = change(r#"{"state": "inactive"}"#).unwrap();
        assert_eq!(inactive.state, Some(State::Inactive));
        assert_eq!(
            change(r#"{"state": "pending"}"#).unwrap_err().fields()[0].field,
            "state"
        );
    }
}
