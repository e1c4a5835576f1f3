//! Digital lines: calls from a web page, without a number.
//!
//! Only clients other than the vendor's show these paths, so that more than the envelope is this fake's reading.

use std::sync::Arc;

use super::error::{ApiError, Result, refuse};
use super::line::{Kind, Line};
use super::params::{document, wrapped};
use super::state::{Context, State, Zendesk};
use super::wire::Whole;
use crate::exchange::Answer;
use crate::json::object;

const NAME: &str = "digital_line";

impl Zendesk {
    pub(super) fn create_digital_line(&self, context: &Context<'_>) -> Result<Answer> {
        let body = document(context.request)?;
        let members = wrapped(&body, NAME)?;
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
        Ok(shown(&self.lock().put(line)))
    }

    pub(super) fn show_digital_line(&self, context: &Context<'_>) -> Result<Answer> {
        Ok(shown(held(&self.lock(), context)?))
    }

    pub(super) fn update_digital_line(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        let old = held(&state, context)?;
        let body = document(context.request)?;
        let line = Line {
            fields: old.fields.changed(wrapped(&body, NAME)?)?,
            ..Line::clone(old)
        };
        Ok(shown(&state.put(line)))
    }

    pub(super) fn delete_digital_line(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        let id = held(&state, context)?.id;
        state.lines.remove(&id);
        Ok(Answer::no_content())
    }
}

/// A digital line in its envelope.
fn shown(line: &Line) -> Answer {
    let whole = Whole {
        line,
        settings: false,
    };
    Answer::ok_utf8(&object! { [NAME]: whole })
}

fn held<'s>(state: &'s State, context: &Context<'_>) -> Result<&'s Arc<Line>> {
    let line = state.line(context.caller.subdomain, context.id());
    let line = line.filter(|line| line.digital());
    line.ok_or_else(ApiError::not_found)
}
