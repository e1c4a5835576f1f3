//! How a sandbox is started.

use std::time::Duration;

use crate::clock::ClockSettings;
use crate::provider::ProviderKind;
use crate::settings::{CarrierSettings, Latency};

/// How one carrier starts, and what a reset goes back to. The control port changes each part while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierOptions {
    /// The two clocks of the carrier.
    pub clock: ClockSettings,
    /// What is switched on.
    pub settings: CarrierSettings,
    /// How long its operations take.
    pub latencies: Vec<Latency>,
}

impl CarrierOptions {
    /// Exact clocks, everything off, no latency.
    pub const PLAIN: Self = Self {
        clock: ClockSettings::EXACT,
        settings: CarrierSettings::OFF,
        latencies: Vec::new(),
    };
}

impl Default for CarrierOptions {
    fn default() -> Self {
        Self::PLAIN
    }
}

/// What a sandbox is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The carriers listen on the ports after this one and the control port is nine above it; 0 takes free ports.
    pub base_port: u16,
    /// What dice, codes and identifiers are drawn from: the same seed and the same requests give the same run.
    pub seed: u64,
    /// How many of the newest requests of each carrier [`crate::Controls::requests`] can show.
    pub kept_requests: usize,
    /// The operations whose requests are kept; those of all if empty.
    pub kept_operations: &'static [&'static str],
    /// Whether Twilio refuses names of more than 64 characters (20002) instead of cutting them.
    pub twilio_refuses_long_names: bool,
    /// How long the tokens of a Zendesk search are valid, by the carriers' clock. Default 15 minutes; Zendesk documents no time.
    pub zendesk_token_life: Duration,
    /// Whether Zendesk answers a release with 200 and a space, as it did in 2013, instead of 204.
    pub zendesk_releases_with_a_space: bool,
    /// Whether Zendesk refuses an area code outside the US and Canada (422) instead of finding nothing.
    pub zendesk_refuses_area_codes_abroad: bool,
    /// Whether Webex's pages have a `Link` header that names the next one. Both has been seen.
    pub webex_links: bool,
    /// How many milliseconds a job of Webex's takes, by the carriers' clock.
    pub webex_job_ms: u32,
    /// How each carrier starts, in the order of [`ProviderKind::ALL`]; [`Options::with_carrier`] sets one.
    pub carriers: [CarrierOptions; ProviderKind::ALL.len()],
}

/// The base port that the product's documents use.
pub const DEFAULT_BASE_PORT: u16 = 9100;

/// How far the control port is above the base port.
const CONTROL_OFFSET: u16 = 9;

impl Options {
    /// On free ports.
    pub const fn free_ports() -> Self {
        Self {
            base_port: 0,
            seed: 1,
            kept_requests: 1_024,
            kept_operations: &[],
            twilio_refuses_long_names: false,
            zendesk_token_life: Duration::from_secs(15 * 60),
            zendesk_releases_with_a_space: false,
            zendesk_refuses_area_codes_abroad: false,
            webex_links: true,
            webex_job_ms: 200,
            carriers: [const { CarrierOptions::PLAIN }; ProviderKind::ALL.len()],
        }
    }

    /// On fixed ports: `base_port` plus 1 to 5 for the carriers and plus 9 for control.
    pub fn on_ports(base_port: u16) -> Self {
        Self {
            base_port,
            ..Self::free_ports()
        }
    }

    /// The same with another start of a carrier.
    #[must_use]
    pub fn with_carrier(mut self, kind: ProviderKind, carrier: CarrierOptions) -> Self {
        self.carriers[usize::from(kind.index())] = carrier;
        self
    }

    pub(crate) fn carrier(&self, kind: ProviderKind) -> &CarrierOptions {
        &self.carriers[usize::from(kind.index())]
    }

    /// The port of a carrier, 0 for any.
    pub(crate) fn port_of(&self, kind: ProviderKind) -> Option<u16> {
        self.above(u16::from(kind.index()) + 1)
    }

    /// The control port, 0 for any.
    pub(crate) fn control_port(&self) -> Option<u16> {
        self.above(CONTROL_OFFSET)
    }

    fn above(&self, offset: u16) -> Option<u16> {
        if self.base_port == 0 {
            Some(0)
        } else {
            self.base_port.checked_add(offset)
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::free_ports()
    }
}
