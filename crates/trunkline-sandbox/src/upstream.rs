//! The registry of fakes. They share inventory, faults and limits, and no wire type with trunkline's adapters.
//!
//! A carrier is an alias of [`Fake`](crate::fake::Fake) with a state of its own, a table of routes, and a [`Descriptor`];
//! it is registered by a line in [`FAKES`].

use crate::descriptor::Descriptor;
use crate::provider::ProviderKind;

mod signalwire;
mod twilio;
mod wazo;
mod webex;
mod zendesk;

/// Every fake, in the order of [`ProviderKind::ALL`].
static FAKES: [Descriptor; 5] = [
    twilio::FAKE,
    signalwire::FAKE,
    zendesk::FAKE,
    webex::FAKE,
    wazo::FAKE,
];

impl ProviderKind {
    pub(crate) fn descriptor(self) -> &'static Descriptor {
        &FAKES[usize::from(self.index())]
    }

    /// The name used in paths, faults and configuration: `twilio`.
    pub fn name(self) -> &'static str {
        self.descriptor().name
    }

    /// The settings of an account at the fake in a configuration of trunkline, besides its address: key and text.
    pub fn account_settings(self) -> &'static [(&'static str, &'static str)] {
        self.descriptor().account
    }

    /// How to sign in at the fake, in words: `user sandbox, password sandbox`.
    pub fn login(self) -> String {
        (self.descriptor().login)()
    }
}
