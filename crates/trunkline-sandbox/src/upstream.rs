//! The registry of fakes. They share inventory, faults and limits, and no wire type with trunkline's adapters.
//!
//! A carrier is an alias of [`Fake`](crate::fake::Fake) with a state of its own, a table of routes, and a [`Descriptor`];
//! it is registered by a line in the list below.

use crate::carrier::Descriptor;
use crate::provider::ProviderKind;

mod signalwire;
mod twilio;
mod wazo;
mod webex;
mod zendesk;

/// Registers fakes: each has a position, which is that of its port, and a constant.
macro_rules! fakes {
    ($($(#[$doc:meta])* $kind:ident: $fake:expr,)*) => {
        enum Position { $($kind),* }

        const COUNT: usize = [$(stringify!($kind)),*].len();

        static FAKES: [Descriptor; COUNT] = [$($fake),*];

        #[expect(non_upper_case_globals, reason = "named as the carriers are")]
        impl ProviderKind {
            $($(#[$doc])* pub const $kind: Self = Self::at(Position::$kind as u8);)*

            /// Every carrier, in the order of the ports.
            pub const ALL: [Self; COUNT] = [$(Self::$kind),*];
        }
    };
}

fakes! {
    /// Twilio's REST API of 2010-04-01.
    Twilio: twilio::FAKE,
    /// `SignalWire`'s relay REST API.
    SignalWire: signalwire::FAKE,
    /// Zendesk Talk.
    Zendesk: zendesk::FAKE,
    /// Webex Calling.
    Webex: webex::FAKE,
    /// Wazo: auth and confd.
    Wazo: wazo::FAKE,
}

/// A number that the first fake sells when it starts.
pub const EXAMPLE_NUMBER: &str = "+14152000137";

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

    /// An account at the fake, as a table of trunkline's configuration. It has the fake's name, and knows at once what the
    /// fake no longer has: a fake forgets everything when it stops.
    pub fn example_account(self, base_url: &str) -> String {
        let (name, settings) = (self.name(), self.account_settings().iter());
        let settings: String = settings
            .map(|(key, value)| format!("{key} = \"{value}\"\n"))
            .collect();
        format!(
            "[[accounts]]\nname = \"{name}\"\nprovider = \"{name}\"\ngone_after = \"1s\"\n{settings}{}\
             base_url = \"{base_url}\"\n",
            self.descriptor().example
        )
    }

    /// Whether the fake's API has an operation, one of [`crate::OPERATIONS`].
    pub fn offers(self, operation: &str) -> bool {
        (self.descriptor().offers)(operation)
    }

    /// The id of the location that numbers are registered in, at a carrier that wants one.
    pub fn location(self) -> Option<&'static str> {
        self.descriptor().location
    }

    /// How to sign in at the fake, in words: `user sandbox, password sandbox`.
    pub fn login(self) -> String {
        (self.descriptor().login)()
    }
}
