//! The carriers, one dialect each. They share inventory, faults and limits, and no wire type.
//!
//! A carrier is a type that implements [`Carrier`](crate::carrier::Carrier) over its own locked state, with a
//! [`Market`](crate::world::Market) in it, and a line in the list of carriers that a sandbox starts.

pub(crate) mod signalwire;
pub(crate) mod twilio;
pub(crate) mod wazo;
pub(crate) mod webex;
pub(crate) mod zendesk;
