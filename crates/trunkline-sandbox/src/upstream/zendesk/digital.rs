//! Digital lines: calls from a web page, without a number.
//!
//! Only clients other than the vendor's show these paths, so that more than the envelope is this fake's reading.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;

use super::error::{ApiError, Result};
use super::line::{Kind, Line};
use super::params::{document, wrapped};
use super::state::State;
use super::wire::Whole;
use super::{Context, Zendesk, json, text};
use crate::exchange::Answer;

const NAME: &str = "digital_line";

/// A digital line in its envelope.
#[derive(Serialize)]
struct Shown<'a> {
    digital_line: Whole<'a>,
}

impl Zendesk {
    pub(super) fn create_digital_line(&self, context: &Context<'_>) -> Result<Answer> {
        let body = document(context.request)?;
        let members = wrapped(&body, NAME)?;
        let kind = Kind::Digital {
            line_id: text::hex(self.seed, self.next()),
        };
        let account = context.account.subdomain;
        let now = self.clock.now();
        let plain = Line::new(self.new_id(), account, kind, now).written(self.clock.record(now));
        let line = Arc::new(Line {
            fields: plain.fields.changed(members)?,
            ..plain
        });
        if line.fields.text("nickname").is_none() {
            return Err(ApiError::invalid(
                "nickname",
                "BlankValue",
                "Nickname: can not be blank",
            ));
        }
        self.lock().put(&line);
        Ok(shown(&line))
    }

    pub(super) fn show_digital_line(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let line = Arc::clone(held(&self.lock(), context, id)?);
        Ok(shown(&line))
    }

    pub(super) fn update_digital_line(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let mut state = self.lock();
        let old = held(&state, context, id)?;
        let body = document(context.request)?;
        let line = Arc::new(Line {
            fields: old.fields.changed(wrapped(&body, NAME)?)?,
            ..Line::clone(old)
        });
        state.put(&line);
        drop(state);
        Ok(shown(&line))
    }

    pub(super) fn delete_digital_line(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let mut state = self.lock();
        let id = held(&state, context, id)?.id;
        state.lines.remove(&id);
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }
}

fn shown(line: &Line) -> Answer {
    json(&Shown {
        digital_line: Whole {
            line,
            settings: false,
        },
    })
}

fn held<'s>(state: &'s State, context: &Context<'_>, id: &str) -> Result<&'s Arc<Line>> {
    state
        .line(context.account.subdomain, id)
        .filter(|line| line.digital())
        .ok_or_else(ApiError::not_found)
}
