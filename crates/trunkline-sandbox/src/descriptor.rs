//! What a fake is, in one value.

use crate::carrier::Carrier;
use crate::clock::Clock;
use crate::options::Options;
use crate::provider::Trait;

/// All that the rest of the sandbox, and an account at it, must know of a fake.
#[derive(Debug)]
pub(crate) struct Descriptor {
    /// The name used in paths, faults and configuration: `twilio`.
    pub(crate) name: &'static str,
    /// How it is made.
    pub(crate) make: fn(&Options, &Clock) -> Box<dyn Carrier>,
    pub(crate) traits: &'static [Trait],
    /// Whether its API has an operation.
    pub(crate) offers: fn(&str) -> bool,
    /// Where numbers are registered, if the carrier wants to know: the id of one of its locations.
    pub(crate) location: Option<&'static str>,
    /// The fields of [`crate::ConsoleChange`] that a person can change in its console.
    pub(crate) console: &'static [&'static str],
    /// The settings of an account at it, besides its address: key and value.
    pub(crate) account: &'static [(&'static str, &'static str)],
    /// Further settings of an example account, as TOML: prices that the carrier does not quote.
    pub(crate) example: &'static str,
    /// How to sign in, in words.
    pub(crate) login: fn() -> String,
}
