//! What was done as lines of the log: one for each purchase, release, change and so on, once it is committed.

use jiff::Timestamp;
use serde_json::Value;
use tracing::{Level, enabled, info};
use trunkline_core::mask_numbers;
use trunkline_core::model::{Actor, Tenant};
use trunkline_engine::action::Outcome;

use super::Trail;
use crate::audit::action::REQUEST;
use crate::audit::{Entry, Reason};

pub use trunkline_engine::action::LOG_TARGET as TARGET;

/// Lines that are written when the transaction is committed that they tell of.
#[derive(Debug, Default)]
pub struct Lines(Vec<Line>);

/// One line. Telephone numbers are masked, all but their last four digits.
#[derive(Debug)]
struct Line {
    message: String,
    action: String,
    outcome: Outcome,
    tenant: Tenant,
    actor: Actor,
    account: Option<String>,
    number: Option<String>,
    id: Option<String>,
    price: Option<String>,
    duration_ms: Option<u64>,
    request_id: Option<String>,
    error: Option<Reason>,
}

impl Lines {
    /// Adds the lines of what a change leaves behind. There are none if nobody reads them.
    pub fn add(&mut self, trail: &Trail) {
        if enabled!(target: TARGET, Level::INFO) {
            let lines = trail.audit.iter();
            self.0
                .extend(lines.filter_map(|entry| Line::of(entry, trail.began)));
        }
    }

    /// Writes them.
    pub fn write(self) {
        for line in self.0 {
            line.write();
        }
    }
}

impl Line {
    /// The line of a row. What has only begun has none, except a release that waits.
    fn of(entry: &Entry, began: Option<Timestamp>) -> Option<Self> {
        let after = |name: &str| entry.after.as_ref().and_then(|after| after.get(name));
        let waits_until = after("release_at").and_then(Value::as_str);
        if entry.outcome == Outcome::Begun && waits_until.is_none() {
            return None;
        }
        let error = entry.error.as_ref().map(|reason| Reason {
            kind: reason.kind.clone(),
            message: mask_numbers(&reason.message),
        });
        let mask = |text: &Option<String>| text.as_deref().map(mask_numbers);
        let money =
            after("price").map(|price| [price["amount"].as_str(), price["currency"].as_str()]);
        let price = match money {
            Some([Some(amount), Some(currency)]) => Some(format!("{amount} {currency}")),
            _ => None,
        };
        let took = began.map(|began| entry.at.duration_since(began).as_millis());
        let number = mask(&entry.number);
        Some(Self {
            message: message(entry, number.as_deref(), waits_until),
            action: entry.action.to_string(),
            outcome: entry.outcome,
            tenant: entry.tenant.clone(),
            actor: entry.actor.clone(),
            account: entry.account.clone(),
            number,
            id: mask(&entry.resource),
            price,
            duration_ms: took.and_then(|millis| u64::try_from(millis).ok()),
            request_id: entry.request_id.clone(),
            error,
        })
    }

    fn write(self) {
        let Self {
            message,
            actor,
            error,
            ..
        } = self;
        let error = error.as_ref();
        info!(
            target: TARGET,
            action = self.action,
            outcome = self.outcome.as_str(),
            account = self.account,
            number = self.number,
            id = self.id,
            price = self.price,
            error_kind = error.map(|error| error.kind.as_str()),
            error = error.map(|error| error.message.as_str()),
            tenant = self.tenant.as_str(),
            key = actor.key_id.as_ref().map(trunkline_core::KeyId::as_str),
            key_name = actor.key_name,
            via = actor.via.as_str(),
            duration_ms = self.duration_ms,
            request_id = self.request_id,
            "{message}"
        );
    }
}

/// What happened, as a sentence.
fn message(entry: &Entry, number: Option<&str>, waits_until: Option<&str>) -> String {
    let done = done(&entry.action);
    let after = |name: &str| entry.after.as_ref()?.get(name)?.as_str();
    let range = match (after("start_number"), after("end_number")) {
        (Some(start), Some(end)) => Some(mask_numbers(&format!("{start} to {end}"))),
        _ => None,
    };
    let what = number.or(entry.resource.as_deref()).map(mask_numbers);
    let what = what.or(range);
    let what = what.map(|what| format!(" {what}")).unwrap_or_default();
    let at = entry
        .account
        .as_ref()
        .map(|account| format!(" at {account}"));
    let about = format!("{what}{}", at.unwrap_or_default());
    let why = entry
        .error
        .as_ref()
        .map(|reason| format!(": {}", mask_numbers(&reason.message)));
    let why = why.unwrap_or_default();
    if entry.action == REQUEST {
        return format!("refused{about}{why}");
    }
    match (entry.outcome, waits_until) {
        (Outcome::Begun, until) => format!("to be {done}{about} at {}", until.unwrap_or_default()),
        (Outcome::Ok, _) => format!("{done}{about}"),
        (Outcome::Refused | Outcome::Failed, _) => format!("not {done}{about}{why}"),
        (Outcome::Unknown, _) => format!("perhaps {done}{about}, not known yet{why}"),
    }
}

/// An action as a participle.
fn done(action: &str) -> &str {
    match action {
        "number.purchase" => "bought",
        "number.update" | "caller_id.update" => "changed",
        "number.release" => "released",
        "number.restore" => "restored",
        "number.register" | "range.register" => "registered",
        "number.gone" => "gone at the carrier without a release",
        "number.returned" => "back at the carrier",
        "purchase.resolve" => "decided by a person",
        "main_number.set" => "made the main number",
        "caller_id.start" => "called for verification",
        "caller_id.resend" => "called again for verification",
        "caller_id.verify" => "verified",
        "allocation.create" => "begun to buy numbers as",
        "caller_id.delete" => "removed as a caller ID",
        "config.reload" => "read the configuration again",
        "inventory.sync" => "begun to read accounts as",
        "drift.accept" => "accepted as it is",
        other => match other.rsplit_once('.') {
            Some((_, "create")) => "made",
            Some((_, "update")) => "changed",
            Some((_, "delete")) => "removed",
            Some((_, "revoke")) => "revoked",
            Some((_, "rotate")) => "rotated the secret of",
            Some((_, "redeliver")) => "delivered once more to",
            _ => other,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use trunkline_core::model::Caller;
    use trunkline_core::{Error, ErrorKind};

    fn entry(action: &'static str) -> Entry {
        Entry::new(&Caller::of(Tenant::default()), action)
            .at("us")
            .about(Some("+14155550100"))
    }

    fn said(entry: &Entry) -> Option<String> {
        Line::of(entry, None).map(|line| line.message)
    }

    #[test]
    fn outcome_is_a_sentence_with_a_masked_number() {
        let bought = entry("number.purchase").ended(Outcome::Ok);
        assert_eq!(said(&bought).as_deref(), Some("bought +*******0100 at us"));
        let error = Error::new(ErrorKind::NotAvailable, "+14155550100 is gone");
        let refused = entry("number.purchase").refused(&error);
        assert_eq!(
            said(&refused).as_deref(),
            Some("not bought +*******0100 at us: +*******0100 is gone")
        );
        let unknown = entry("number.release").ended(Outcome::Unknown);
        assert_eq!(
            said(&unknown).as_deref(),
            Some("perhaps released +*******0100 at us, not known yet")
        );
    }

    #[test]
    fn refused_request_is_named_by_its_route() {
        let caller = Caller::of(Tenant::default());
        let error = Error::new(ErrorKind::PermissionDenied, "it needs numbers:read");
        let refused = Entry::new(&caller, REQUEST).on("GET /v1/numbers");
        assert_eq!(
            said(&refused.refused(&error)).as_deref(),
            Some("refused GET /v1/numbers: it needs numbers:read")
        );
    }

    #[test]
    fn range_is_named_by_its_first_and_last_number() {
        let ends = json!({"start_number": "+14155550100", "end_number": "+14155550104"});
        let caller = Caller::of(Tenant::default());
        let range = Entry::new(&caller, "range.register").at("us");
        let range = range.changing(None, Some(ends)).ended(Outcome::Ok);
        assert_eq!(
            said(&range).as_deref(),
            Some("registered +*******0100 to +*******0104 at us")
        );
    }

    #[test]
    fn only_a_release_that_waits_is_told_of_before_it_is_done() {
        assert_eq!(said(&entry("number.purchase")), None);
        let until = json!({"release_at": "2026-12-02T10:00:00Z"});
        let waits = entry("number.release").changing(None, Some(until));
        assert_eq!(
            said(&waits).as_deref(),
            Some("to be released +*******0100 at us at 2026-12-02T10:00:00Z")
        );
    }

    #[test]
    fn line_has_the_price_and_the_duration() {
        let after = json!({"price": {"amount": "1.15", "currency": "USD"}});
        let bought = entry("number.purchase")
            .changing(None, Some(after))
            .ended(Outcome::Ok);
        let began = bought
            .at
            .checked_sub(jiff::SignedDuration::from_millis(250))
            .unwrap();
        let line = Line::of(&bought, Some(began)).unwrap();
        assert_eq!(
            (line.price.as_deref(), line.duration_ms),
            (Some("1.15 USD"), Some(250))
        );
    }
}
