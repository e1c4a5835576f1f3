//! Numbers that an account holds: list, show, update, release; digital lines, calls from a web page without a number; and
//! the list of all its lines.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;
use serde_json::Value;

use super::error::{ApiError, Result, refuse};
use super::fields::{Fields, SETTINGS};
use super::line::{Kind, Line};
use super::params;
use super::params::{document, flag, includes, wrapped};
use super::state::{Context, LONG_AGO, State, Zendesk};
use super::wire::{minimal, row, whole};
use crate::exchange::Answer;
use crate::json::object;
use crate::query::Query;

impl Zendesk {
    pub(super) fn list_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        context.refuse_trial()?;
        let rows = self.lines(context, |line| !line.digital());
        let short = flag(&context.query(), "minimal_mode");
        Ok(params::answer(context, "phone_numbers", &rows, |line| {
            if short {
                minimal(line)
            } else {
                whole(line, false)
            }
        }))
    }

    pub(super) fn list_lines(&self, context: &Context<'_>) -> Result<Answer> {
        context.refuse_trial()?;
        let short = flag(&context.query(), "minimal_mode");
        let rows = self.lines(context, |_| true);
        Ok(params::answer(context, "lines", &rows, |line| {
            row(line, short)
        }))
    }

    fn lines(&self, context: &Context<'_>, wanted: impl Fn(&Line) -> bool) -> Vec<Arc<Line>> {
        let (visit, now, account) = (context.visit, self.clock.now(), context.caller.subdomain);
        let shown = |line: &&Arc<Line>| {
            wanted(line) && visit.lists(line.number().unwrap_or_default(), line.created, now)
        };
        let state = self.lock();
        let mut lines: Vec<_> = state
            .lines_of(account)
            .filter(shown)
            .map(Arc::clone)
            .collect();
        if let Some(then) = visit.shows_released_since(now) {
            let gone = state.released.iter();
            let gone = gone.filter(|(at, line)| *at > then && line.account == account);
            lines.extend(
                gone.map(|(_, line)| Arc::clone(line))
                    .filter(|line| wanted(line)),
            );
        }
        if visit.settings.row_without_number {
            lines.push(unnumbered(account));
        }
        lines.sort_by_key(|line| line.id);
        lines
    }

    pub(super) fn show_number(&self, context: &Context<'_>) -> Result<Answer> {
        let has_unnumbered = context.visit.settings.row_without_number;
        let line = if has_unnumbered && context.id() == UNNUMBERED.to_string() {
            unnumbered(context.caller.subdomain)
        } else {
            Arc::clone(self.held(&self.lock(), context)?)
        };
        Ok(shown(&line, &context.query()))
    }

    pub(super) fn update_number(&self, context: &Context<'_>) -> Result<Answer> {
        let query = &context.query();
        let mut state = self.lock();
        let old = self.held(&state, context)?;
        let body = document(context.request)?;
        let members = wrapped(&body, "phone_number")?;
        let included = includes(query, "settings");
        let settings = match members.get("settings") {
            // Settings that are not included are not changed either.
            Some(Value::Object(settings)) if included => old.settings.changed(settings)?,
            Some(Value::Null) if included => Fields::new(SETTINGS),
            Some(Value::Object(_) | Value::Null) | None => old.settings.clone(),
            Some(_) => return Err(ApiError::attribute("settings", "must be an object")),
        };
        let line = Line {
            fields: old.fields.changed(members)?,
            settings,
            ..Line::clone(old)
        };
        Ok(shown(&state.put(line), query))
    }

    /// Whether an external number can be deleted through the API is not known; here it can.
    pub(super) fn release_number(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        let line = Arc::clone(self.held(&state, context)?);
        let (visit, now) = (context.visit, self.clock.now());
        state.lines.remove(&line.id);
        if let Kind::Bought(number) = &line.kind {
            let resell = visit.settings.resell_released;
            let stamp = visit.stamp(now);
            state.market.take_back(&number.number, stamp, resell);
        }
        state.released.push((now, line));
        drop(state);
        Ok(if self.options.zendesk_releases_with_a_space {
            Answer::with_body(StatusCode::OK, "text/html; charset=utf-8", " ")
        } else {
            Answer::no_content()
        })
    }

    /// The number that the path names, if it is the account's and not too new to be found.
    fn held<'s>(&self, state: &'s State, context: &Context<'_>) -> Result<&'s Arc<Line>> {
        let line = state.line(context.caller.subdomain, context.id());
        line.filter(|line| !line.digital())
            .filter(|line| context.visit.finds(line.created, self.clock.now()))
            .ok_or_else(ApiError::not_found)
    }
}

const UNNUMBERED: u64 = 900_000_000_103;

/// The row without a number, as old as the lines that are there at first.
fn unnumbered(account: &'static str) -> Arc<Line> {
    Arc::new(Line::new(UNNUMBERED, account, Kind::Unnumbered, LONG_AGO))
}

const DIGITAL_LINE: &str = "digital_line";

impl Zendesk {
    pub(super) fn create_digital_line(&self, context: &Context<'_>) -> Result<Answer> {
        let body = document(context.request)?;
        let members = wrapped(&body, DIGITAL_LINE)?;
        let kind = Kind::Digital {
            line_id: self.new_hex(),
        };
        let (account, now) = (context.caller.subdomain, self.clock.now());
        let plain = Line::new(self.new_id(), account, kind, now).written(self.clock.record(now));
        let line = Line {
            fields: plain.fields.changed(members)?,
            ..plain
        };
        if line.fields.text("nickname").is_none() {
            return refuse("nickname", "BlankValue", "Nickname: can not be blank");
        }
        Ok(shown_line(&self.lock().put(line)))
    }

    pub(super) fn show_digital_line(&self, context: &Context<'_>) -> Result<Answer> {
        Ok(shown_line(held(&self.lock(), context)?))
    }

    pub(super) fn update_digital_line(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        let old = held(&state, context)?;
        let body = document(context.request)?;
        let line = Line {
            fields: old.fields.changed(wrapped(&body, DIGITAL_LINE)?)?,
            ..Line::clone(old)
        };
        Ok(shown_line(&state.put(line)))
    }

    pub(super) fn delete_digital_line(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        let id = held(&state, context)?.id;
        state.lines.remove(&id);
        Ok(Answer::no_content())
    }
}

fn shown_line(line: &Line) -> Answer {
    Answer::ok_utf8(&object! { [DIGITAL_LINE]: whole(line, false) })
}

fn held<'s>(state: &'s State, context: &Context<'_>) -> Result<&'s Arc<Line>> {
    let line = state.line(context.caller.subdomain, context.id());
    let line = line.filter(|line| line.digital());
    line.ok_or_else(ApiError::not_found)
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Named {
    id: u64,
    name: &'static str,
}

const fn named(id: u64, name: &'static str) -> Named {
    Named { id, name }
}

/// What can be included besides the settings, by the name it is asked for and shown with.
const BESIDE: [(&str, &[Named]); 4] = [
    ("ivrs", &[named(900_000_000_201, "Main menu")]),
    (
        "all_greetings",
        &[
            named(900_000_000_301, "Our voicemail"),
            named(900_000_000_302, "Our hold music"),
        ],
    ),
    (
        "all_groups",
        &[
            named(900_000_000_401, "Support"),
            named(900_000_000_402, "Sales"),
        ],
    ),
    ("all_schedules", &[named(900_000_000_501, "Business hours")]),
];

/// One phone number in its envelope, with what the request includes.
pub(super) fn shown(line: &Line, query: &Query) -> Answer {
    let beside = BESIDE.into_iter();
    Answer::ok_utf8(&object! {
        "phone_number": whole(line, includes(query, "settings")),
        ..beside.filter(|(name, _)| includes(query, name)),
    })
}
