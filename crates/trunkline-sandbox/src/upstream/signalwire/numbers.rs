//! Numbers that a project holds: purchase, list, get, update, release.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Map, Value};

use super::body::Body;
use super::error::{ApiError, BARE, Result};
use super::page::{PageRequest, Source};
use super::projects::Project;
use super::query::{Query, contains};
use super::state::{Owned, State};
use super::stock::{NotReleased, NotSold};
use super::text::{date_in_words, is_e164};
use super::wire::PhoneNumber;
use super::{Context, SignalWire, fabric, json};
use crate::exchange::Answer;

impl SignalWire {
    /// The number is all that is taken: everything else in the body is left alone, as unknown names are.
    pub(super) fn purchase(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let number = body.needed("number")?;
        if !is_e164(number) {
            return Err(ApiError::invalid(
                "invalid_number_format",
                "number is not in E.164 format",
            ));
        }
        let project = context.project;
        let mut state = self.lock();
        let owned = self
            .sell(&mut state, context, number)
            .map_err(|why| refusal(project, why))?;
        Ok(self.shown(project, &owned))
    }

    pub(super) fn list_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        let query = Query::of(context.request);
        let page = PageRequest::of(&query)?;
        let (name, number) = (query.filled("filter_name"), query.filled("filter_number"));
        let (visit, now) = (context.visit, self.clock.now());
        let state = self.lock();
        let book = state.numbers.since(visit.shows_released_since(now));
        let cut = page.cut(&book, context.project.id, |owned: &Owned| {
            visit.lists(&owned.number.number, owned.since, now)
                && number.is_none_or(|number| contains(&owned.number.number, number))
                && name.is_none_or(|name| {
                    let have = owned.settings.get("name").unwrap_or_default();
                    contains(have, name)
                })
        });
        let source = Source {
            path: &context.request.path,
            query: &query,
            filters: &["filter_name", "filter_number"],
        };
        let whole = context.project.documented;
        source.answer(&page, cut.as_ref(), |owned| PhoneNumber {
            owned,
            now,
            whole,
        })
    }

    pub(super) fn get_number(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let state = self.lock();
        let owned = self
            .held(&state, context, id)
            .ok_or(ApiError::not_found())?;
        Ok(self.shown(context.project, owned))
    }

    /// A merge, though it is a PUT: what is not named stays.
    pub(super) fn update_number(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        self.held(&state, context, id)
            .ok_or(ApiError::not_found())?;
        let new = self.change(&mut state, context.project, (id, &body.0))?;
        Ok(self.shown(context.project, &new))
    }

    pub(super) fn release_number(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let project = context.project;
        let released = self.take_back(&mut self.lock(), context, id);
        match released {
            Ok(()) => Ok(Answer::empty(StatusCode::NO_CONTENT)),
            Err(NotReleased::Unknown) => Err(ApiError::not_found()),
            Err(NotReleased::Until(free)) => {
                let code = if project.documented {
                    "purchased_too_recently"
                } else {
                    BARE
                };
                Err(ApiError::invalid(
                    code,
                    format!(
                        "Number was purchased too recently to release. Please wait until {} to release this number, or contact Support for assistance.",
                        date_in_words(free)
                    ),
                ))
            }
        }
    }

    /// Changes what is set on a number, in the words of the REST API.
    pub(super) fn change(
        &self,
        state: &mut State,
        project: &'static Project,
        (id, body): (&str, &Map<String, Value>),
    ) -> Result<Arc<Owned>> {
        let old = state
            .numbers
            .get(project.id, id)
            .ok_or(ApiError::not_found())?;
        let settings = old.settings.changed(body, !project.documented)?;
        if settings == old.settings {
            return Ok(Arc::clone(old));
        }
        let named = |name: &str| settings.filled(name).map(str::to_owned);
        let calling_resource = match settings.get("call_handler") {
            // Made by the number that needs it.
            Some("relay_script") if old.settings.get("call_handler") == Some("relay_script") => {
                old.calling_resource.clone()
            }
            Some("relay_script") => Some(self.new_id()),
            Some("ai_agent") => named("call_ai_agent_id"),
            Some("call_flow") => named("call_flow_id"),
            // It stays until another handler is chosen.
            Some(fabric::GATEWAY) => old.calling_resource.clone(),
            _ => None,
        };
        let new = Arc::new(Owned {
            calling_resource,
            settings,
            updated: self.written_now(),
            ..Owned::clone(old)
        });
        state.numbers.replace(Arc::clone(&new));
        Ok(new)
    }

    /// The project's number of that id, unless it is too new to be found.
    pub(super) fn held<'s>(
        &self,
        state: &'s State,
        context: &Context<'_>,
        id: &str,
    ) -> Option<&'s Arc<Owned>> {
        let held = state.numbers.get(context.project.id, id);
        held.filter(|owned| context.visit.finds(owned.since, self.clock.now()))
    }

    fn shown(&self, project: &Project, owned: &Owned) -> Answer {
        let document = PhoneNumber {
            owned,
            now: self.clock.now(),
            whole: project.documented,
        };
        json(StatusCode::OK, &document)
    }
}

/// How a purchase is refused. The real one was seen to give no reason for a number that is gone.
fn refusal(project: &Project, why: NotSold) -> ApiError {
    match why {
        NotSold::Own => ApiError::invalid("value_not_unique", "number has already been taken"),
        NotSold::Full => ApiError::invalid(
            "account_limit_exceeded",
            "This account has reached its limit of phone numbers.",
        ),
        NotSold::Broke => ApiError::invalid(
            "insufficient_balance",
            "This account has an insufficient balance.",
        ),
        NotSold::Gone if project.documented => ApiError::invalid(
            "could_not_purchase",
            "The phone number could not be purchased.",
        ),
        NotSold::Gone => ApiError::opaque(),
    }
}
