//! What is asked of SignalWire, as data: pure functions from the unified model to an
//! [`ApiRequest`](trunkline_http::ApiRequest).

mod base;
mod caller_ids;
mod numbers;
mod options;
mod routing;
mod search;
mod update;

pub(crate) use base::{CALLER_IDS, NUMBERS, collection};
pub(crate) use caller_ids::{
    caller_id, caller_id_code, caller_id_create, caller_id_redial, caller_ids, default_name,
    find_caller_id, label_of_caller_id, rename_caller_id,
};
pub(crate) use numbers::{
    emergency_address, find_owned, get, health, list, purchase, release, settings_after, update,
};
pub(crate) use search::{coarse, misfit, offers, room, search};
pub(crate) use update::change;
