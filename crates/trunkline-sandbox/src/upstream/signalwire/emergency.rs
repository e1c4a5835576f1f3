//! Emergency (E911) addresses of numbers. The carrier behind SignalWire takes its time: what is asked for shows a
//! minute or two later, by the clock.

use super::body::Body;
use super::error::{ApiError, Result, refuse};
use super::state::{Context, Emergency, Owned, SignalWire, State};
use super::wire::number;
use crate::exchange::Answer;
use crate::text::is_uuid;

impl SignalWire {
    pub(super) fn assign_emergency_address(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let owned = context.find(&state.numbers)?;
        let wanted = body.needed("e911_address_id")?;
        let address = state.addresses.get(context.caller.id, wanted);
        let address = address.filter(|_| is_uuid(wanted));
        let address = address
            .ok_or_else(|| ApiError::invalid("does_not_exist", "e911_address_id does not exist"))?;
        if address.validated.is_none() || owned.number.country != "US" {
            return refuse(
                "not_available_for_assignment",
                "The address is not available for assignment to this number.",
            );
        }
        let now = self.clock.now();
        let last = owned.emergency.as_ref();
        if last.is_some_and(|last| last.address(now).is_some()) {
            let detail = "The number already has an E911 address.";
            return refuse("already_assigned", detail);
        }
        let emergency = Emergency {
            address: wanted.to_owned(),
            removing: false,
            since: now,
        };
        Ok(self.keep(&mut state, &owned, emergency))
    }

    pub(super) fn remove_emergency_address(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        let owned = context.find(&state.numbers)?;
        let now = self.clock.now();
        let last = owned.emergency.clone();
        let Some(active) = last.filter(|last| last.status(now) == "active") else {
            let detail = "The number's E911 address is not active.";
            return refuse("invalid_state", detail);
        };
        let emergency = Emergency {
            removing: true,
            since: now,
            ..active
        };
        Ok(self.keep(&mut state, &owned, emergency))
    }

    fn keep(&self, state: &mut State, owned: &Owned, emergency: Emergency) -> Answer {
        let now = emergency.since;
        let new = state.numbers.replace(Owned {
            emergency: Some(emergency),
            updated: self.clock.record(now),
            ..owned.clone()
        });
        Answer::ok_utf8(&number(&new, now))
    }
}
