//! The course of each purchase, as the journal told it, and what was sent meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;
use trunkline_core::PurchaseState;
use trunkline_core::inventory::{Drift, DriftClass};
use trunkline_core::model::QuestionReason;
use trunkline_engine::journal::Record;
use trunkline_sandbox::ProviderKind;

use crate::accounts::kind_of;

/// A number at a carrier.
pub(crate) type Line = (ProviderKind, String);

/// For how long after it was presumed failed a purchase is surely watched.
const SURELY_WATCHED: Duration = Duration::from_secs(600);

/// What has become of one purchase.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    pub(crate) line: Line,
    pub(crate) state: PurchaseState,
    /// When it was written down.
    pub(crate) begun: Instant,
    /// When it was written down that it may be sent.
    pub(crate) sent: Option<Instant>,
    /// When it was presumed failed.
    pub(crate) presumed: Option<Instant>,
    pub(crate) won: Option<Instant>,
    /// What a person was asked about it, and when first.
    pub(crate) asked: Option<(QuestionReason, Instant)>,
    /// A person has decided its outcome.
    pub(crate) decided: bool,
    /// Its number was given back, or is gone.
    ended: bool,
    /// The choice of the number was trunkline's.
    chosen: bool,
}

/// What has been of purchases.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    pub(crate) courses: BTreeMap<String, Course>,
    /// What was sent and should not have been.
    pub(crate) wrong: Vec<String>,
    /// The numbers that purchases have won, by the carrier's id.
    ids: BTreeMap<(ProviderKind, String), Line>,
    /// When requests left that give numbers back.
    pub(crate) deletes: Vec<(Line, Instant)>,
    /// Numbers of which a release is written down.
    pub(crate) releasing: BTreeSet<Line>,
    /// When numbers were taken for gone.
    pub(crate) gone: Vec<(Line, Instant)>,
    /// When a reading had ended that found numbers of the inventory to be missing.
    pub(crate) missing: Vec<(Line, Instant)>,
    /// From when to when carriers had lost sight of numbers.
    pub(crate) hidden: Vec<(Line, Instant, Instant)>,
    /// When the database was last slow, refused, lost an answer or crashed.
    pub(crate) trouble: Option<Instant>,
}

impl History {
    /// A purchase is written down.
    pub(crate) fn begun(&mut self, record: &Record) {
        let Some(line) = line_of(record) else { return };
        let course = Course {
            line,
            state: record.purchase.state,
            begun: Instant::now(),
            sent: None,
            presumed: None,
            won: None,
            asked: None,
            decided: false,
            ended: false,
            chosen: !record.purchase.candidates.is_empty(),
        };
        let id = record.purchase.id.to_string();
        self.courses.insert(id, course);
    }

    /// A purchase has moved on.
    pub(crate) fn changed(&mut self, record: &Record) {
        let course = self.courses.get_mut(record.purchase.id.as_str());
        let (Some(course), Some(line)) = (course, line_of(record)) else {
            return;
        };
        let (now, state) = (Instant::now(), record.purchase.state);
        if let Some(id) = &record.purchase.number_id {
            let id = (line.0, id.provider_id().to_owned());
            self.ids.insert(id, line.clone());
        }
        course.line = line;
        if state != course.state {
            match state {
                PurchaseState::Dispatched => course.sent = Some(now),
                PurchaseState::Succeeded => course.won = Some(now),
                _ => {}
            }
            course.state = state;
        }
        let presumed = record.attempt().is_some_and(|attempt| attempt.presumed);
        course.presumed = course.presumed.or_else(|| presumed.then_some(now));
        if let (None, Some(question)) = (course.asked, &record.purchase.needs_person) {
            course.asked = Some((question.why, now));
        }
    }

    /// A person has decided the outcome of a purchase.
    pub(crate) fn decided(&mut self, record: &Record) {
        self.changed(record);
        if let Some(course) = self.courses.get_mut(record.purchase.id.as_str()) {
            course.decided = true;
        }
    }

    /// The number that a purchase has won is given back, or gone; or is there again.
    pub(crate) fn ended(&mut self, line: &Line, ended: bool) {
        let of_line = |course: &&mut Course| course.line == *line && course.won.is_some();
        for course in self.courses.values_mut().filter(of_line) {
            course.ended = ended;
        }
    }

    /// An account differs from the inventory.
    pub(crate) fn drifted(&mut self, drift: &Drift) {
        let is_missing = drift.class == DriftClass::Missing && drift.gone_at.is_none();
        let number = drift.number.clone().filter(|_| is_missing);
        if let (Some(kind), Some(number)) = (kind_of(drift.account.as_str()), number) {
            self.missing.push(((kind, number), Instant::now()));
        }
    }

    /// A request to give a number back leaves a gateway.
    pub(crate) fn gives_back(&mut self, kind: ProviderKind, path: &str) {
        let id = path.rsplit('/').next().unwrap_or(path);
        let id = id.trim_end_matches(".json").to_owned();
        if let Some(line) = self.ids.get(&(kind, id)) {
            self.deletes.push((line.clone(), Instant::now()));
        }
    }

    /// A process that has got the carrier's answer to an order at that time, and has been awake since, has had time enough to
    /// write it down: whether its lease holds or not.
    pub(crate) fn answered(&mut self, line: &Line, at: Instant) {
        if self.trouble.is_some_and(|trouble| trouble >= at) {
            return;
        }
        let open = self.courses.iter().find(|(_, it)| {
            let is_open = matches!(it.state, PurchaseState::Dispatched | PurchaseState::Unknown);
            it.line == *line && is_open && it.sent.is_some_and(|sent| sent <= at)
        });
        if let Some((id, _)) = open {
            self.wrong.push(format!(
                "unheard: the carrier's answer to {id} has reached a living process, and the journal does not have it"
            ));
        }
    }

    /// Whether it is not known what has become of an order of this number.
    pub(crate) fn is_in_doubt(&self, line: &Line) -> bool {
        let mut courses = self.courses.values();
        courses.any(|it| it.state == PurchaseState::Unknown && it.line == *line)
    }

    /// A request to buy a number leaves a gateway: exactly one purchase must be about to send it.
    pub(crate) fn leaves(&mut self, line: &Line) {
        let (kind, number) = line;
        let of_line = self.courses.iter().filter(|(_, it)| it.line == *line);
        let (sending, others): (Vec<_>, Vec<_>) =
            of_line.partition(|(_, it)| it.state == PurchaseState::Dispatched);
        let what = format!("sent out of turn: {number} was ordered at {kind}");
        let [(id, sender)] = sending.as_slice() else {
            let ids: Vec<_> = sending.iter().map(|(id, _)| id.as_str()).collect();
            let ids = ids.join(", ");
            self.wrong
                .push(format!("{what} while these were about to be sent: [{ids}]"));
            return;
        };
        let mut wrong = Vec::new();
        for (other, course) in others {
            let awaited = course.presumed.filter(|_| !course.decided);
            let awaited = awaited.is_some_and(|at| at.elapsed() < SURELY_WATCHED);
            let why = match course.state {
                PurchaseState::Succeeded if !course.ended => "has it",
                PurchaseState::Intended | PurchaseState::Unknown => "was open",
                PurchaseState::Failed
                    if awaited && sender.chosen && *kind != ProviderKind::Twilio =>
                {
                    "may come late"
                }
                _ => continue,
            };
            wrong.push(format!("{what} by {id} while {other} {why}"));
        }
        self.wrong.extend(wrong);
    }
}

/// The number that a purchase is at.
pub(crate) fn line_of(record: &Record) -> Option<Line> {
    let purchase = &record.purchase;
    let kind = kind_of(purchase.account.as_str())?;
    Some((kind, purchase.number.as_str().to_owned()))
}
