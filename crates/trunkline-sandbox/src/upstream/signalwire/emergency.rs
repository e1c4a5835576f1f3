//! Emergency (E911) addresses of numbers. The carrier behind SignalWire takes its time: what is asked for shows a
//! minute or two later, by the clock.

use std::sync::Arc;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};

use super::body::Body;
use super::error::{ApiError, Result};
use super::state::{Owned, State};
use super::text::is_uuid;
use super::wire::PhoneNumber;
use super::{Context, SignalWire, json};
use crate::exchange::Answer;

/// How long it takes until an address is registered, or gone.
const TAKES: SignedDuration = SignedDuration::from_secs(120);

/// What was last asked for.
#[derive(Clone, Debug)]
pub(super) struct Emergency {
    address: String,
    removing: bool,
    since: Timestamp,
}

impl Emergency {
    fn done(&self, now: Timestamp) -> bool {
        now.duration_since(self.since) >= TAKES
    }

    /// The id of the address; none once it is removed.
    pub(super) fn address(&self, now: Timestamp) -> Option<&str> {
        (!self.removing || !self.done(now)).then_some(self.address.as_str())
    }

    pub(super) fn status(&self, now: Timestamp) -> &'static str {
        match (self.removing, self.done(now)) {
            (false, false) => "pending",
            (false, true) => "active",
            (true, false) => "pending_removal",
            (true, true) => "unregistered",
        }
    }
}

impl SignalWire {
    pub(super) fn assign_emergency_address(
        &self,
        context: &Context<'_>,
        id: &str,
    ) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let owned = held(&state, context, id)?;
        let wanted = body.needed("e911_address_id")?;
        let address = state
            .addresses
            .get(context.project.id, wanted)
            .filter(|_| is_uuid(wanted))
            .ok_or_else(|| ApiError::invalid("does_not_exist", "e911_address_id does not exist"))?;
        if !address.is_valid() || owned.number.country != "US" {
            return Err(ApiError::invalid(
                "not_available_for_assignment",
                "The address is not available for assignment to this number.",
            ));
        }
        let now = self.clock.now();
        if owned
            .emergency
            .as_ref()
            .is_some_and(|e| e.address(now).is_some())
        {
            return Err(ApiError::invalid(
                "already_assigned",
                "The number already has an E911 address.",
            ));
        }
        let emergency = Emergency {
            address: wanted.to_owned(),
            removing: false,
            since: now,
        };
        Ok(self.keep(&mut state, context, (&owned, emergency)))
    }

    pub(super) fn remove_emergency_address(
        &self,
        context: &Context<'_>,
        id: &str,
    ) -> Result<Answer> {
        let mut state = self.lock();
        let owned = held(&state, context, id)?;
        let now = self.clock.now();
        let active = owned
            .emergency
            .clone()
            .filter(|emergency| emergency.status(now) == "active");
        let Some(active) = active else {
            return Err(ApiError::invalid(
                "invalid_state",
                "The number's E911 address is not active.",
            ));
        };
        let emergency = Emergency {
            removing: true,
            since: now,
            ..active
        };
        Ok(self.keep(&mut state, context, (&owned, emergency)))
    }

    fn keep(
        &self,
        state: &mut State,
        context: &Context<'_>,
        (owned, emergency): (&Owned, Emergency),
    ) -> Answer {
        let now = emergency.since;
        let new = Arc::new(Owned {
            emergency: Some(emergency),
            updated: self.clock.record(now),
            ..owned.clone()
        });
        state.numbers.replace(Arc::clone(&new));
        let document = PhoneNumber {
            owned: &new,
            now,
            whole: context.project.documented,
        };
        json(StatusCode::OK, &document)
    }
}

fn held(state: &State, context: &Context<'_>, id: &str) -> Result<Arc<Owned>> {
    state
        .numbers
        .get(context.project.id, id)
        .map(Arc::clone)
        .ok_or(ApiError::not_found())
}
