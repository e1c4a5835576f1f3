//! Changing a number: state, location, usage and emergency address, each with a call of its own.

use jiff::Timestamp;
use trunkline_core::{
    Effect, Error, ErrorKind, Number, NumberUpdate, Operation, Patch, Result, Upstream,
};
use trunkline_http::options;
use trunkline_http::wire::{only_writable, unsupported};

use super::{Webex, location_of, nothing_has, showing};
use crate::config::WRITABLE;
use crate::convert::Held;
use crate::error;
use crate::id::{self, Key};
use crate::request::{self, EmergencyAddress, JobOrder, NumberOptions, State, Usage};
use crate::wire;

/// An update, checked.
#[derive(Debug, Default, PartialEq)]
struct Change {
    state: Option<State>,
    target: Option<String>,
    usage: Option<Usage>,
    address: Option<EmergencyAddress>,
}

/// The number that is changed, and where it is.
pub(super) struct Subject<'a> {
    pub(super) number: &'a str,
    pub(super) location: &'a str,
    /// Webex's clock before the change.
    pub(super) since: Option<Timestamp>,
}

/// One call of a change.
enum Step<'a> {
    /// Puts the number in service at its location, or takes it out.
    State(State, &'a str),
    /// Changes the usage without a job: no job makes or unmakes an emergency location number.
    Usage(Usage),
    Job(JobOrder),
    Address(&'a EmergencyAddress),
}

impl Change {
    fn of(update: &NumberUpdate) -> Result<Self> {
        only_writable(update, &WRITABLE)?;
        let state = set("state", &update.state)?;
        set("provider_options", &update.provider_options)?;
        let options: NumberOptions = options::read_change(&update.provider_options)?;
        let usage = options.number_usage_type.change();
        let address = "provider_options.emergency_address";
        Ok(Self {
            state: state.map(|state| State::of(state)).transpose()?,
            target: set("location", &update.location)?.cloned(),
            usage: usage.map(|usage| usage.copied().unwrap_or(Usage::None)),
            address: set(address, &options.emergency_address)?.cloned(),
        })
    }

    /// The field for an error about the whole change.
    fn field(&self) -> &'static str {
        match (self.state, &self.target) {
            (Some(_), _) => "state",
            (None, Some(_)) => "location",
            (None, None) => "provider_options",
        }
    }

    fn moves(&self, number: &Number) -> bool {
        let target = self.target.as_ref();
        target.is_some_and(|target| !id::is_at(number, target))
    }

    /// Whether a number shows the whole change; an emergency address is shown nowhere.
    fn shows(&self, held: &Held) -> bool {
        let is_state = |state: State| held.number.state == state.into();
        !self.moves(&held.number)
            && self.state.is_none_or(is_state)
            && self.usage.is_none_or(|usage| held.usage == usage)
    }

    /// The calls that the change takes, in their order: only an active number can be moved.
    fn steps<'a>(&'a self, held: &Held, location: &'a str) -> Vec<Step<'a>> {
        let mut steps = Vec::new();
        if self.state == Some(State::Active) {
            steps.push(Step::State(State::Active, location));
        }
        match self.usage {
            Some(usage) if usage == held.usage => {}
            Some(usage) if usage == Usage::Elin || held.usage == Usage::Elin => {
                steps.push(Step::Usage(usage));
            }
            Some(usage) => steps.push(Step::Job(JobOrder::Usage(usage))),
            None => {}
        }
        let target = self.target.as_deref().unwrap_or(location);
        if self.moves(&held.number) {
            steps.push(Step::Job(JobOrder::Move(target.to_owned())));
        }
        if self.state == Some(State::Inactive) {
            steps.push(Step::State(State::Inactive, target));
        }
        steps.extend(self.address.as_ref().map(Step::Address));
        steps
    }
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
        let look = self.look_for(Operation::Update, &key).await?;
        let since = look.carrier_time;
        let held = look.found().ok_or_else(|| nothing_has(&key))?;
        if change == Change::default() {
            return Ok(held.number);
        }
        let Key::Number(number) = &key else {
            let why = "an extension without a number can't be changed";
            return Err(unsupported(change.field(), why));
        };
        let location = location_of(&held.number)?;
        self.check(&change, &held.number, location).await?;
        let subject = Subject {
            number,
            location,
            since,
        };
        for (done, step) in change.steps(&held, location).iter().enumerate() {
            let taken = self.take(step, &subject).await;
            taken.map_err(|error| match error.effect() {
                Effect::None if done > 0 => error.with_effect(Effect::Applied),
                _ => error,
            })?;
        }
        // The change has been made, even if it can't be shown.
        let find = || self.find(Operation::Update, &key);
        let changed = showing().until(find, |held| change.shows(held)).await;
        let changed = changed.map_err(|error| error.with_effect(Effect::Applied))?;
        Ok(changed.number)
    }

    /// Rejects a change that Webex would, as far as the number shows it, before anything is changed.
    async fn check(&self, change: &Change, number: &Number, location: &str) -> Result<()> {
        let conflict = |field: &str, message: &str| {
            Err(Error::new(ErrorKind::Conflict, message).with_field(field, message))
        };
        let (moves, owned) = (change.moves(number), number.owner.is_some());
        if moves && number.main {
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
            self.check_managed(Operation::Update, location).await?;
        }
        Ok(())
    }

    async fn take(&self, step: &Step<'_>, subject: &Subject<'_>) -> Result<()> {
        let number = subject.number;
        let request = match step {
            Step::State(state, location) => request::set_state(location, number, *state)?,
            Step::Address(address) => request::emergency_address(number, address)?,
            Step::Usage(usage) => return self.put_usage(subject, *usage).await,
            Step::Job(order) => return self.run(order, subject).await,
        };
        self.send(request).await.map(drop)
    }

    /// Changes what a number is used for. A request whose answer is lost is not sent again: the list shows whether it was
    /// done. Errors: Webex's refusal for this number.
    async fn put_usage(&self, subject: &Subject<'_>, usage: Usage) -> Result<()> {
        let request = request::set_usage(subject.location, subject.number, usage)?;
        let done = match self.send(request).await {
            Ok(answer) => {
                let lacks_orders = || answer.protocol("Webex's answer has no orders");
                let told: Result<wire::UsageOrders<'_>> = answer.json();
                let orders = told.and_then(|told| told.orders.ok_or_else(lacks_orders));
                orders.and_then(|orders| verdict(&orders, subject.number))
            }
            Err(error) => Err(error),
        };
        match done {
            Err(error) if error.effect() == Effect::Unknown => {
                let key = Key::Number(subject.number.to_owned());
                let shown = self.find(Operation::Update, &key).await;
                let made = shown.is_ok_and(|held| held.usage == usage);
                made.then_some(()).ok_or(error)
            }
            done => done,
        }
    }
}

/// The verdict of an answer on a number; what it leaves open the list will show.
fn verdict(orders: &[wire::UsageOrder<'_>], number: &str) -> Result<()> {
    let refused = orders.iter().find_map(|order| {
        let mut own = order.numbers.iter().flatten();
        let failed = own.find(|own| own.number.is(number) && own.status.is("FAILED"));
        let own = failed.and_then(|failed| failed.errors.as_ref());
        let mut errors = own.into_iter().chain(&order.errors).flatten();
        (failed.is_some() || order.status.is("ERROR"))
            .then(|| errors.next().cloned().unwrap_or_default())
    });
    let Some(reason) = refused else {
        return Ok(());
    };
    let what = "Webex does not change what the number is used for";
    Err(error::of_reason(what, reason, Upstream::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(json: &str) -> Result<Change> {
        Change::of(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn field_unknown_to_webex_is_unsupported() {
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
