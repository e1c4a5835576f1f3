//! Numbers that an account holds: list, show, update, release; and the list of all its lines.

use std::sync::Arc;

use http::StatusCode;
use serde_json::Value;

use super::error::{ApiError, Result};
use super::fields::{Fields, SETTINGS};
use super::includes::shown;
use super::line::{Kind, Line};
use super::page;
use super::params::{document, flag, includes, wrapped};
use super::state::{Context, LONG_AGO, State, Zendesk};
use super::wire::{Minimal, Row, Whole};
use crate::exchange::Answer;

impl Zendesk {
    pub(super) fn list_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        context.refuse_trial()?;
        let rows = self.lines(context, |line| !line.digital());
        Ok(if flag(&context.query(), "minimal_mode") {
            page::answer(context, "phone_numbers", &rows, |line| Minimal(line))
        } else {
            page::answer(context, "phone_numbers", &rows, |line| Whole {
                line,
                settings: false,
            })
        })
    }

    pub(super) fn list_lines(&self, context: &Context<'_>) -> Result<Answer> {
        context.refuse_trial()?;
        let minimal = flag(&context.query(), "minimal_mode");
        let rows = self.lines(context, |_| true);
        Ok(page::answer(context, "lines", &rows, |line| Row {
            line,
            minimal,
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

/// The id of the row without a number.
const UNNUMBERED: u64 = 900_000_000_103;

/// The row without a number, as old as the lines that are there at first.
fn unnumbered(account: &'static str) -> Arc<Line> {
    Arc::new(Line::new(UNNUMBERED, account, Kind::Unnumbered, LONG_AGO))
}
