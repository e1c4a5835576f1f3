//! Numbers that an account holds: list, show, update, release; and the list of all its lines.

use std::sync::Arc;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::error::{ApiError, Result};
use super::fields::{Fields, SETTINGS};
use super::includes::Shown;
use super::line::{Kind, Line};
use super::params::{Query, document, wrapped};
use super::state::State;
use super::wire::{Minimal, Row, Whole};
use super::{Context, Zendesk, json, page};
use crate::exchange::Answer;

impl Context<'_> {
    /// With which status trial accounts are refused is not known.
    pub(super) fn refuse_trial(&self) -> Result<()> {
        if self.account.trial {
            return Err(ApiError::forbidden(
                "This endpoint is not available for trial accounts.",
            ));
        }
        Ok(())
    }
}

impl Zendesk {
    pub(super) fn list_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        context.refuse_trial()?;
        let rows = self.lines(context, |line| !line.digital());
        Ok(if Query::of(context.request).flag("minimal_mode") {
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
        let minimal = Query::of(context.request).flag("minimal_mode");
        let rows = self.lines(context, |_| true);
        Ok(page::answer(context, "lines", &rows, |line| Row {
            line,
            minimal,
        }))
    }

    fn lines(&self, context: &Context<'_>, wanted: impl Fn(&Line) -> bool) -> Vec<Arc<Line>> {
        let newest = context.visit.stale.map(|age| {
            let age = SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
            self.clock.now().checked_sub(age).unwrap_or(Timestamp::MIN)
        });
        let state = self.lock();
        state
            .lines_of(context.account.subdomain, newest)
            .filter(|line| wanted(line))
            .map(Arc::clone)
            .collect()
    }

    pub(super) fn show_number(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let query = &Query::of(context.request);
        let line = Arc::clone(held(&self.lock(), context, id)?);
        Ok(json(&Shown { line: &line, query }))
    }

    pub(super) fn update_number(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let query = &Query::of(context.request);
        let mut state = self.lock();
        let old = held(&state, context, id)?;
        let body = document(context.request)?;
        let members = wrapped(&body, "phone_number")?;
        let settings = match members.get("settings") {
            // Settings that are not included are not changed either.
            Some(Value::Object(settings)) if query.includes("settings") => {
                old.settings.changed(settings)?
            }
            Some(Value::Null) if query.includes("settings") => Fields::new(SETTINGS),
            Some(Value::Object(_) | Value::Null) | None => old.settings.clone(),
            Some(_) => return Err(ApiError::attribute("settings", "must be an object")),
        };
        let line = Arc::new(Line {
            fields: old.fields.changed(members)?,
            settings,
            ..Line::clone(old)
        });
        state.put(&line);
        drop(state);
        Ok(json(&Shown { line: &line, query }))
    }

    /// Whether an external number can be deleted through the API is not known; here it can.
    pub(super) fn release_number(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let mut state = self.lock();
        let line = Arc::clone(held(&state, context, id)?);
        state.lines.remove(&line.id);
        if let Kind::Bought(number) = &line.kind {
            state.market.take_back(&number.number, self.clock.now());
        }
        drop(state);
        Ok(if self.style.releases_with_a_space {
            Answer::with_body(StatusCode::OK, "text/html; charset=utf-8", " ")
        } else {
            Answer::empty(StatusCode::NO_CONTENT)
        })
    }
}

/// The number of that id, if it is the account's.
fn held<'s>(state: &'s State, context: &Context<'_>, id: &str) -> Result<&'s Arc<Line>> {
    state
        .line(context.account.subdomain, id)
        .filter(|line| !line.digital())
        .ok_or_else(ApiError::not_found)
}
