//! Ways of a location to the public network.

use super::ids::{Uuid, encode, seeded};

/// A way to the public network.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Carrier {
    pub(super) uuid: Uuid,
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) services: &'static [&'static str],
}

/// The gateway on the premises.
pub(super) static GATEWAY: Carrier = Carrier {
    uuid: seeded(7, 1),
    name: "Premises-based PSTN",
    kind: "LOCAL_GATEWAY",
    services: &["GEOGRAPHIC_NUMBERS", "TOLLFREE_NUMBERS", "SERVICE_NUMBERS"],
};
pub(super) static CLOUD: Carrier = Carrier {
    uuid: seeded(7, 2),
    name: "Sandbox Carrier",
    kind: "NON_INTEGRATED_CCP",
    services: &[
        "GEOGRAPHIC_NUMBERS",
        "TOLLFREE_NUMBERS",
        "NON_GEOGRAPHIC_NUMBERS",
        "MOBILE_NUMBERS",
    ],
};
static INTEGRATED: Carrier = Carrier {
    uuid: seeded(7, 3),
    name: "Sandbox Integrated Carrier",
    kind: "INTEGRATED_CCP",
    services: &["GEOGRAPHIC_NUMBERS"],
};
pub(super) static CISCO: Carrier = Carrier {
    uuid: seeded(7, 4),
    name: "Cisco Calling Plans",
    kind: "CISCO_PSTN",
    services: &["GEOGRAPHIC_NUMBERS", "TOLLFREE_NUMBERS", "BUSINESS_TEXTING"],
};

pub(super) static OPTIONS: [&Carrier; 4] = [&GATEWAY, &CLOUD, &INTEGRATED, &CISCO];

/// What a location is connected through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Connection {
    pub(super) option: &'static Carrier,
    /// Type and identifier of the route to a gateway.
    pub(super) route: Option<(&'static str, String)>,
}

impl Connection {
    pub(super) const fn of(option: &'static Carrier) -> Self {
        Self {
            option,
            route: None,
        }
    }

    pub(super) fn through_gateway() -> Self {
        Self {
            option: &GATEWAY,
            route: Some(("TRUNK", encode("TRUNK", seeded(8, 1)))),
        }
    }

    /// Whether it offers a service: `SERVICE_NUMBERS`.
    pub(super) fn offers(&self, service: &str) -> bool {
        self.option.services.contains(&service)
    }

    /// Whether numbers are the customer's to write down. Elsewhere the carrier does it.
    pub(super) fn is_writable(&self) -> bool {
        matches!(self.option.kind, "LOCAL_GATEWAY" | "NON_INTEGRATED_CCP")
    }
}
