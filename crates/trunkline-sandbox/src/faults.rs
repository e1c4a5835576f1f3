//! Planned faults: what goes wrong, at which carrier and operation, and how often.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::provider::{ProviderKind, Trait};
use crate::seed::{Dice, fraction};
use crate::settings::PlanError;

/// What goes wrong. A carrier that was to commit something has done so before a fault "after the commit" shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// This answer instead of the carrier's; nothing is committed.
    Status {
        /// 200 to 599.
        status: u16,
        /// Headers of the answer.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// The body: a text as it is, anything else as JSON; absent is the carrier's usual body for that status.
        #[serde(default)]
        body: Option<serde_json::Value>,
    },
    /// The right answer, late. The request waits first and is committed then.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// The connection closes without an answer; nothing is committed.
    DropBeforeCommit {},
    /// Committed, then the connection closes without an answer.
    DropAfterCommit {},
    /// Committed, then answered with this status and the carrier's usual body for it.
    StatusAfterCommit {
        /// 200 to 599.
        status: u16,
    },
    /// The connection closes without an answer, and the commit comes this much later.
    CommitLate {
        /// Milliseconds.
        ms: u64,
    },
    /// Committed, then the head and half of the announced body before the connection closes.
    TruncatedBody {},
    /// Committed, then answered with a body that can't be parsed.
    MalformedBody {},
    /// A list leaves out numbers that are younger than this.
    StaleList {
        /// Milliseconds.
        ms: u64,
    },
    /// A list goes on showing numbers that were released less than this ago.
    ReleasedListed {
        /// Milliseconds.
        ms: u64,
    },
    /// A list leaves out rows, as for a credential that may see less.
    HiddenRows {
        /// How likely a number is left out, from 0 to 1; the same numbers are left out every time.
        #[serde(default)]
        share: f64,
        /// Numbers that are left out whatever the share, as the carrier writes them.
        #[serde(default)]
        numbers: Vec<String>,
    },
    /// A number that was created less than this ago isn't found by its id (404).
    NotFoundAfterCreate {
        /// Milliseconds.
        ms: u64,
    },
    /// Pages after the first begin so many rows later, as if rows of the first had been deleted since it was read;
    /// negative is earlier, as if rows had been added. Carriers that page by offset only: Zendesk, Webex, Wazo.
    ShiftedPages {
        /// Rows.
        by: i64,
    },
    /// The link to the next page of a list leads to the page itself. Wazo, which has no links: every page is the first
    /// one, and the total is never reached.
    CircularPages {},
    /// Every page of a list has the rows of the first page; links and totals are right.
    RepeatedPages {},
    /// The pages of a list have no rows; links and totals are right.
    EmptyPages {},
    /// The total of a list is wrong. Zendesk, Webex and Wazo only: the others name no total.
    WrongTotal {
        /// How much is added to the right total.
        by: i64,
    },
    /// The links between the pages of a list name another host. All but Wazo, which has no such links.
    ForeignLinks {
        /// Host and perhaps port: `api.example.com`.
        host: String,
    },
    /// The token endpoint refuses every grant, as for an account whose access was revoked: `invalid_grant` at Zendesk and
    /// Webex, a failed login at Wazo.
    InvalidGrant {},
    /// The answer says nowhere when something was created. Twilio, `SignalWire` and Zendesk only.
    NoCreationTime {},
    /// Over HTTP/2 the stream is reset with `REFUSED_STREAM`, over HTTP/1.1 the connection closes without an answer; nothing
    /// is committed.
    H2RefusedStream {},
    /// Over HTTP/2 a `GOAWAY` says that the request was not looked at, then the connection closes, as it does over HTTP/1.1;
    /// nothing is committed.
    H2Goaway {},
}

/// The operations whose lists can be spoilt.
const LISTS: &[&str] = &[
    "list",
    "list_caller_ids",
    "list_addresses",
    "list_locations",
    "dependent_numbers",
];

impl Fault {
    /// The name of every kind.
    pub const KINDS: &[&str] = &[
        "status",
        "delay",
        "drop_before_commit",
        "drop_after_commit",
        "status_after_commit",
        "commit_late",
        "truncated_body",
        "malformed_body",
        "stale_list",
        "released_listed",
        "hidden_rows",
        "not_found_after_create",
        "shifted_pages",
        "circular_pages",
        "repeated_pages",
        "empty_pages",
        "wrong_total",
        "foreign_links",
        "invalid_grant",
        "no_creation_time",
        "h2_refused_stream",
        "h2_goaway",
    ];

    /// A [`Fault::Status`] without headers and with the carrier's usual body.
    pub const fn status(status: u16) -> Self {
        Self::Status {
            status,
            headers: BTreeMap::new(),
            body: None,
        }
    }

    /// Refuses a fault that can't happen at a carrier or to an operation.
    pub(crate) fn check(&self, provider: ProviderKind, operation: &str) -> Result<(), PlanError> {
        self.check_fields()?;
        if let Some(lack) = self.needs().and_then(|needed| provider.lacks(needed)) {
            return Err(PlanError::new("provider", lack));
        }
        if operation != "*" && !self.fits(operation) {
            let known = self.operations().unwrap_or_default().join(", ");
            let message = format!("this fault can hit {known} only, not {operation}");
            return Err(PlanError::new("operation", message));
        }
        Ok(())
    }

    fn check_fields(&self) -> Result<(), PlanError> {
        let refuse = |field, message: String| Err(PlanError { field, message });
        match self {
            Self::Status { status, .. } | Self::StatusAfterCommit { status }
                if !(200..600).contains(status) =>
            {
                let message = format!("{status} is not a status from 200 to 599");
                refuse("fault.status", message)
            }
            Self::Status { headers, .. } => {
                let bad = |(name, value): &(&String, &String)| {
                    HeaderName::try_from(name.as_str()).is_err()
                        || HeaderValue::try_from(value.as_str()).is_err()
                };
                headers.iter().find(bad).map_or(Ok(()), |(name, _)| {
                    refuse(
                        "fault.headers",
                        format!("{name:?} can't be sent as a header"),
                    )
                })
            }
            Self::HiddenRows { share, .. } if !(0.0..=1.0).contains(share) => {
                refuse("fault.share", "a share is between 0 and 1".to_owned())
            }
            Self::HiddenRows { share, numbers } if *share == 0.0 && numbers.is_empty() => refuse(
                "fault.share",
                "a share above 0 or numbers are needed".to_owned(),
            ),
            Self::ForeignLinks { host } if Url::parse(&format!("https://{host}/")).is_err() => {
                refuse("fault.host", format!("{host:?} is not a host"))
            }
            _ => Ok(()),
        }
    }

    /// What a carrier must have for this to happen.
    const fn needs(&self) -> Option<Trait> {
        match self {
            Self::InvalidGrant {} => Some(Trait::TokenEndpoint),
            Self::ShiftedPages { .. } => Some(Trait::OffsetPages),
            Self::WrongTotal { .. } => Some(Trait::Totals),
            Self::ForeignLinks { .. } => Some(Trait::PageLinks),
            Self::NoCreationTime {} => Some(Trait::CreationTimes),
            _ => None,
        }
    }

    /// The operations that it can hit; `None` if it can hit all of them.
    const fn operations(&self) -> Option<&'static [&'static str]> {
        match self {
            Self::StaleList { .. } | Self::ReleasedListed { .. } | Self::HiddenRows { .. } => {
                Some(&["list"])
            }
            Self::NotFoundAfterCreate { .. } => Some(&["get", "update", "release"]),
            Self::ShiftedPages { .. }
            | Self::CircularPages {}
            | Self::RepeatedPages {}
            | Self::EmptyPages {}
            | Self::WrongTotal { .. }
            | Self::ForeignLinks { .. } => Some(LISTS),
            Self::InvalidGrant {} => Some(&["authenticate", "refresh_token"]),
            Self::NoCreationTime {} => Some(&["purchase", "list", "get", "update"]),
            _ => None,
        }
    }

    fn fits(&self, operation: &str) -> bool {
        self.operations()
            .is_none_or(|operations| operations.contains(&operation))
    }

    /// Whether a list leaves out this number, however old it is.
    pub(crate) fn hides(&self, number: &str) -> bool {
        match self {
            Self::HiddenRows { share, numbers } => {
                fraction(number) < *share || numbers.iter().any(|hidden| hidden == number)
            }
            _ => false,
        }
    }
}

/// A fault as planned: with neither probability nor count it hits every matching request.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultPlan {
    /// Whose requests.
    pub provider: ProviderKind,
    /// One of [`crate::OPERATIONS`], `find_owned` (the same as `list`), or `*`.
    pub operation: String,
    /// What goes wrong.
    pub fault: Fault,
    /// How likely a matching request is hit, from 0 to 1.
    pub probability: Option<f64>,
    /// How many requests are hit before it is used up.
    pub count: Option<u64>,
}

impl FaultPlan {
    /// A plan that hits every request of `operation`.
    pub fn always(provider: ProviderKind, operation: &str, fault: Fault) -> Self {
        Self {
            provider,
            operation: operation.to_owned(),
            fault,
            probability: None,
            count: None,
        }
    }

    /// A plan that hits the next request of `operation` and no more.
    pub fn once(provider: ProviderKind, operation: &str, fault: Fault) -> Self {
        Self {
            count: Some(1),
            ..Self::always(provider, operation, fault)
        }
    }
}

/// A planned fault and how often it has hit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultState {
    /// `flt_1`, `flt_2`, ...
    pub id: String,
    /// Whose requests.
    pub provider: &'static str,
    /// The operation, or `*`.
    pub operation: &'static str,
    /// What goes wrong.
    pub fault: Fault,
    /// As planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// As planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// How many requests it has hit.
    pub fired: u64,
}

/// Keeps the planned faults and throws the dice.
#[derive(Debug)]
pub(crate) struct Faults {
    seed: u64,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    dice: Dice,
    issued: u64,
    rows: Vec<(ProviderKind, FaultState)>,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            inner: Mutex::new(Inner {
                dice: Dice::new(seed),
                issued: 0,
                rows: Vec::new(),
            }),
        }
    }

    pub(crate) fn add(&self, plan: FaultPlan, operation: &'static str) -> String {
        let mut inner = self.inner.lock();
        inner.issued += 1;
        let id = format!("flt_{}", inner.issued);
        let state = FaultState {
            id: id.clone(),
            provider: plan.provider.name(),
            operation,
            fault: plan.fault,
            probability: plan.probability,
            count: plan.count,
            fired: 0,
        };
        inner.rows.push((plan.provider, state));
        id
    }

    /// The fault that hits a request, if one does: the first in order of planning whose dice say so.
    pub(crate) fn pick(&self, provider: ProviderKind, operation: &str) -> Option<Fault> {
        let mut inner = self.inner.lock();
        let Inner { dice, rows, .. } = &mut *inner;
        for (_, row) in rows.iter_mut().filter(|(kind, _)| *kind == provider) {
            let matches = row.operation == "*" || row.operation == operation;
            let used_up = row.count.is_some_and(|count| row.fired >= count);
            if !matches || used_up || !row.fault.fits(operation) {
                continue;
            }
            if row
                .probability
                .is_none_or(|probability| dice.chance(probability))
            {
                row.fired += 1;
                return Some(row.fault.clone());
            }
        }
        None
    }

    pub(crate) fn all(&self) -> Vec<FaultState> {
        let inner = self.inner.lock();
        inner.rows.iter().map(|(_, row)| row.clone()).collect()
    }

    /// Removes one fault; false if there is no fault of that id.
    pub(crate) fn remove(&self, id: &str) -> bool {
        let rows = &mut self.inner.lock().rows;
        let before = rows.len();
        rows.retain(|(_, row)| row.id != id);
        rows.len() < before
    }

    pub(crate) fn clear(&self) {
        self.inner.lock().rows.clear();
    }

    /// As at the start, dice included.
    pub(crate) fn reset(&self) {
        let mut inner = self.inner.lock();
        inner.rows.clear();
        inner.dice = Dice::new(self.seed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(plans: Vec<FaultPlan>) -> Faults {
        let faults = Faults::new(1);
        for plan in plans {
            let operation = crate::provider::operation(&plan.operation).unwrap();
            faults.add(plan, operation);
        }
        faults
    }

    #[test]
    fn a_counted_fault_is_used_up() {
        let faults = faults(vec![FaultPlan::once(
            ProviderKind::Twilio,
            "purchase",
            Fault::DropAfterCommit {},
        )]);
        assert_eq!(faults.pick(ProviderKind::Twilio, "list"), None);
        assert_eq!(faults.pick(ProviderKind::Wazo, "purchase"), None);
        assert_eq!(
            faults.pick(ProviderKind::Twilio, "purchase"),
            Some(Fault::DropAfterCommit {})
        );
        assert_eq!(faults.pick(ProviderKind::Twilio, "purchase"), None);
        assert_eq!(faults.all()[0].fired, 1);
    }

    #[test]
    fn at_most_one_fault_hits_a_request() {
        let plan = |ms| FaultPlan::once(ProviderKind::Twilio, "*", Fault::Delay { ms });
        let faults = faults(vec![plan(1), plan(2)]);
        assert_eq!(
            faults.pick(ProviderKind::Twilio, "get"),
            Some(Fault::Delay { ms: 1 })
        );
        assert_eq!(
            faults.all().iter().map(|row| row.fired).collect::<Vec<_>>(),
            [1, 0]
        );
    }

    #[test]
    fn a_share_hides_about_so_many_numbers_and_always_the_same() {
        let fault = Fault::HiddenRows {
            share: 0.3,
            numbers: vec!["+442079460123".to_owned()],
        };
        let hidden = (0..10_000).filter(|n| fault.hides(&format!("+1415555{n:04}")));
        assert!((2_800..3_200).contains(&hidden.count()));
        assert!(fault.hides("+442079460123"));
    }

    #[test]
    fn a_stale_list_hits_lists_alone() {
        let faults = faults(vec![FaultPlan::always(
            ProviderKind::Twilio,
            "*",
            Fault::StaleList { ms: 9 },
        )]);
        assert_eq!(faults.pick(ProviderKind::Twilio, "purchase"), None);
        assert!(faults.pick(ProviderKind::Twilio, "list").is_some());
    }
}
