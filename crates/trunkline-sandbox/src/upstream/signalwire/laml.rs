//! The compatibility (`LaML`) API: Twilio's names over SignalWire's stock, for numbers alone. It has no caller IDs.
//!
//! Forms go in, JSON comes out, a path may end in `.json` or not and may lack `/api/laml`. Its codes are its own: many
//! mean something else at Twilio.

use http::Method;

use super::projects::{self, Project, Scope};
use super::query::Query;
use super::{Context, SignalWire};
use crate::exchange::{Answer, Request, Visit};
use crate::world::stock::NumberKind;

mod error;
mod numbers;
mod page;
mod search;
mod wire;

use error::{Result, unauthorized, unknown};

/// A place in the compatibility API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Path<'r> {
    /// The project in the path.
    account: &'r str,
    place: Place<'r>,
    /// The path as it is repeated in answers: without `.json`.
    path: &'r str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place<'r> {
    Search(&'r str, NumberKind),
    Numbers,
    Number(&'r str),
    Unknown,
}

impl<'r> Path<'r> {
    /// None if it is not in this API.
    pub(super) fn of(path: &'r str) -> Option<Self> {
        let path = path.strip_suffix(".json").unwrap_or(path);
        let below = path
            .strip_prefix("/api/laml")
            .unwrap_or(path)
            .strip_prefix("/2010-04-01/Accounts/")?;
        let (account, below) = below.split_once('/').unwrap_or((below, ""));
        let mut parts = below.split('/');
        let parts = (
            parts.next().unwrap_or_default(),
            parts.next(),
            parts.next(),
            parts.next(),
        );
        let place = match parts {
            ("AvailablePhoneNumbers", Some(country), Some("Local"), None) => {
                Place::Search(country, NumberKind::Local)
            }
            ("AvailablePhoneNumbers", Some(country), Some("TollFree"), None) => {
                Place::Search(country, NumberKind::TollFree)
            }
            ("IncomingPhoneNumbers", None, None, None) => Place::Numbers,
            ("IncomingPhoneNumbers", Some(sid), None, None) => Place::Number(sid),
            _ => Place::Unknown,
        };
        Some(Self {
            account,
            place,
            path,
        })
    }

    /// The operation's name; none if the place is none or doesn't know the method.
    pub(super) fn operation(self, method: &Method) -> Option<&'static str> {
        Some(match (self.place, method.as_str()) {
            (Place::Search(..), "GET") => "search_available",
            (Place::Numbers, "GET") => "list",
            (Place::Numbers, "POST") => "purchase",
            (Place::Number(_), "GET") => "get",
            (Place::Number(_), "POST") => "update",
            (Place::Number(_), "DELETE") => "release",
            _ => return None,
        })
    }
}

/// One request to this API that was let in.
struct Caller<'r> {
    context: Context<'r>,
    path: &'r str,
    /// The query of a GET, the form of anything else.
    params: Query,
}

impl Caller<'_> {
    const fn project(&self) -> &'static Project {
        self.context.project
    }
}

impl SignalWire {
    pub(super) fn answer_laml(
        &self,
        request: &Request,
        visit: Visit<'_>,
        path: Path<'_>,
    ) -> Answer {
        self.try_laml(request, visit, path)
            .unwrap_or_else(|error| error.answer())
    }

    fn try_laml<'r>(
        &self,
        request: &'r Request,
        visit: Visit<'r>,
        path: Path<'r>,
    ) -> Result<Answer> {
        let operation = path.operation(&request.method).ok_or_else(unknown)?;
        let project = projects::admit(request, Scope::Numbers)
            .ok()
            .filter(|project| project.id == path.account)
            .ok_or_else(unauthorized)?;
        let params = if request.method == Method::GET {
            Query::of(request)
        } else {
            Query::parse(&request.body)
        };
        let caller = &Caller {
            context: Context {
                request,
                visit,
                project,
            },
            path: path.path,
            params,
        };
        match (path.place, operation) {
            (Place::Search(country, kind), _) => self.search_laml(caller, (country, kind)),
            (Place::Numbers, "list") => self.list_laml(caller),
            (Place::Numbers, _) => self.purchase_laml(caller),
            (Place::Number(sid), "get") => self.get_laml(caller, sid),
            (Place::Number(sid), "update") => self.update_laml(caller, sid),
            (Place::Number(sid), _) => self.release_laml(caller, sid),
            (Place::Unknown, _) => Err(unknown()),
        }
    }
}
