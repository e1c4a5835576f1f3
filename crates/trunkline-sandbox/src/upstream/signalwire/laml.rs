//! The compatibility (`LaML`) API: Twilio's names over SignalWire's stock, for numbers alone. It has no caller IDs.
//!
//! Forms go in, JSON comes out, a path may end in `.json` or not and may lack `/api/laml`. Its codes are its own: many
//! mean something else at Twilio.

use super::projects::{self, Scope};
use super::state::{Context, SignalWire};
use crate::exchange::{Answer, Request, Visit};
use crate::routes::{Found, Table, routes};

mod numbers;
mod wire;

use wire::{Result, bare, unauthorized, unknown};

type Handler = fn(&SignalWire, &Context<'_>) -> Result<Answer>;

#[rustfmt::skip]
const ROUTES: Table<Handler> = routes![SignalWire:
    GET    "/2010-04-01/Accounts/{}/AvailablePhoneNumbers/{}/(Local|TollFree)" search_available => search_laml,
    GET    "/2010-04-01/Accounts/{}/IncomingPhoneNumbers"                      list             => list_laml,
    POST   "/2010-04-01/Accounts/{}/IncomingPhoneNumbers"                      purchase         => purchase_laml,
    GET    "/2010-04-01/Accounts/{}/IncomingPhoneNumbers/{}"                   get              => get_laml,
    POST   "/2010-04-01/Accounts/{}/IncomingPhoneNumbers/{}"                   update           => update_laml,
    DELETE "/2010-04-01/Accounts/{}/IncomingPhoneNumbers/{}"                   release          => release_laml,
];

/// Where a request goes; `None` if it is not for this API.
fn find(request: &Request) -> Option<Found<'_, Handler>> {
    let path = bare(&request.path);
    let path = path.strip_prefix("/api/laml").unwrap_or(path);
    let method = request.method.as_str();
    let is_laml = path.starts_with("/2010-04-01/Accounts/");
    is_laml.then(|| ROUTES.find(method, path))
}

/// The operation's name; `None` if the request is not for this API.
pub(super) fn operation(request: &Request) -> Option<&'static str> {
    find(request).map(|found| found.operation())
}

/// The answer; `None` if the request is not for this API.
pub(super) fn answer(fake: &SignalWire, request: &Request, visit: Visit<'_>) -> Option<Answer> {
    let found = find(request)?;
    let answer = try_answer(fake, request, visit, found);
    Some(answer.unwrap_or_else(|error| error.answer()))
}

fn try_answer<'r>(
    fake: &SignalWire,
    request: &'r Request,
    visit: Visit<'r>,
    found: Found<'r, Handler>,
) -> Result<Answer> {
    let route = found.route.ok_or_else(unknown)?;
    let project = projects::admit(request, Scope::Numbers).ok();
    let context = &Context {
        request,
        visit,
        caller: project
            .filter(|project| found.args.first() == Some(&project.id))
            .ok_or_else(unauthorized)?,
        args: found.args,
    };
    (route.handler)(fake, context)
}
