//! What is asked of Twilio, as data: pure functions from the unified model to an [`ApiRequest`](trunkline_http::ApiRequest).

mod base;
mod caller_ids;
mod numbers;
mod options;
mod search;
mod update;

pub(crate) use base::{CALLER_IDS, NUMBERS, default_name, label, path};
pub(crate) use caller_ids::{caller_id, caller_id_start, caller_ids};
pub(crate) use numbers::{
    countries, find_owned, get, health, list, prices, purchase, release, settings_after,
};
pub(crate) use search::{coarse, misfit, room, search};
pub(crate) use update::update;
