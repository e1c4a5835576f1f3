//! The documents, pages and refusals of the compatibility API, in the shape that was seen.

use std::borrow::Cow;

use http::StatusCode;

use super::super::error::{ApiError, Problem};
use super::super::state::{Context, Owned};
use super::super::text::dashed;
use crate::book::{Cut, Page, Token};
use crate::exchange::Answer;
use crate::json::{Object, object};
use crate::query::{Invalid, Query};
use crate::text::mail_date;
use crate::world::stock::{NumberKind, StockNumber};

/// A number that is held. Much in it never changes: it is there for those who expect Twilio.
pub(super) fn incoming(owned: &Owned) -> Object {
    let settings = &owned.settings;
    let method = |name| settings.filled(name).unwrap_or("POST");
    let (number, project, id) = (&owned.number.number, owned.project.id, &owned.id);
    let name = settings.filled("name").map(str::to_owned);
    let toll_free = owned.number.kind == NumberKind::TollFree;
    object! {
        "sid": id,
        "account_sid": project,
        "account_id": project,
        "friendly_name": name.unwrap_or_else(|| dashed(number)),
        "phone_number": number,
        "voice_url": settings.get("call_request_url"),
        "voice_method": method("call_request_method"),
        "voice_fallback_url": settings.get("call_fallback_url"),
        "voice_fallback_method": method("call_fallback_method"),
        "voice_caller_id_lookup": false,
        "voice_receive_mode": settings.get("call_receive_mode").unwrap_or("voice"),
        "voice_application_sid": settings.get("call_laml_application_id"),
        "date_created": mail_date(owned.created.at),
        "date_updated": mail_date(owned.updated.at),
        "sms_url": settings.get("message_request_url"),
        "sms_method": method("message_request_method"),
        "sms_fallback_url": settings.get("message_fallback_url"),
        "sms_fallback_method": method("message_fallback_method"),
        "sms_application_sid": settings.get("message_laml_application_id"),
        "capabilities": owned.number.features(),
        "status_callback": settings.get("call_status_callback_url"),
        "status_callback_method": method("call_status_callback_method"),
        "api_version": "2010-04-01",
        "origin": "signalwire",
        "beta": false,
        "address_requirements": "none",
        "address_sid": (),
        "identity_sid": (),
        "trunk_sid": (),
        "country_code": owned.number.country,
        "verification_status"?: toll_free.then_some("Unverified"),
        "uri": format!("/api/laml/2010-04-01/Accounts/{project}/IncomingPhoneNumbers/{id}"),
    }
}

/// A number on sale: less is known of it than at Twilio.
pub(super) fn available(number: &StockNumber) -> Object {
    let features = number.features();
    object! {
        "friendly_name": dashed(&number.number),
        "phone_number": &number.number,
        "lata": (),
        "rate_center": number.place.map(|place| place.rate_center),
        "latitude": (),
        "longitude": (),
        "region": number.place.map(|place| place.region),
        "postal_code": (),
        "iso_country": number.country,
        "capabilities": object! { "voice": features.voice, "SMS": features.sms, "MMS": features.mms },
        "beta": false,
    }
}

const MORE: &str = "https://developer.signalwire.com/compatibility-api/reference/error-codes";

#[derive(Debug)]
pub(super) struct LamlError {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
}

pub(super) type Result<T> = std::result::Result<T, LamlError>;

/// A refusal with status 400.
pub(super) fn refuse<T>(code: &'static str, message: impl Into<Cow<'static, str>>) -> Result<T> {
    Err(LamlError::bad(code, message))
}

impl LamlError {
    /// With status 400.
    pub(super) fn bad(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code,
            message: message.into(),
        }
    }

    pub(super) fn refused(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            ..Self::bad(code, message)
        }
    }

    pub(super) fn answer(&self) -> Answer {
        let body = object! {
            "code": self.code,
            "message": &self.message,
            "more_info": MORE,
            "status": self.status.as_u16(),
        };
        Answer::json_utf8(self.status, &body)
    }
}

/// What isn't there, or isn't the project's.
pub(super) fn unknown() -> LamlError {
    LamlError {
        status: StatusCode::NOT_FOUND,
        ..LamlError::bad("20404", "The requested resource was not found")
    }
}

pub(super) fn unauthorized() -> LamlError {
    LamlError {
        status: StatusCode::UNAUTHORIZED,
        ..LamlError::bad("20003", "Authenticate")
    }
}

/// An invalid setting: the first problem is the one that is reported.
impl From<ApiError> for LamlError {
    fn from(error: ApiError) -> Self {
        let problem = match &error {
            ApiError::Plain(_) => return unknown(),
            ApiError::Invalid(problems) => problems.first(),
        };
        let code = match problem.map(Problem::code) {
            Some("not_an_http_url" | "url_failed_to_parse" | "url_is_unsafe") => "21402",
            _ => "10000",
        };
        let message = problem.map_or("Invalid argument", Problem::text);
        Self::bad(code, message.to_owned())
    }
}

const FILTERS: [&str; 2] = ["FriendlyName", "PhoneNumber"];

/// Which page is wanted: 50 rows by default, 1000 at most.
pub(super) fn wanted(params: &Query) -> Result<Page<'_>> {
    let bad = |invalid: Invalid| LamlError::bad("10000", Problem::from(invalid).text().to_owned());
    let size = params.whole("PageSize").map_err(bad)?.unwrap_or(50);
    if !(1..=1_000).contains(&size) {
        return refuse("54454", "PageSize must be between 1 and 1000");
    }
    let token = params
        .filled("PageToken")
        .map(|text| Token::parse(text).ok_or_else(stale));
    let token = token.transpose()?;
    let number = params.whole("Page").map_err(bad)?;
    let page = Page::of(number, size, token);
    page.ok_or_else(|| LamlError::bad("21481", "PageToken is required"))
}

pub(super) fn stale() -> LamlError {
    LamlError::bad("54453", "PageToken is invalid")
}

/// One page of numbers. Its links always begin with `/api/laml`, whether the request did or not.
pub(super) fn answer(context: &Context<'_>, page: &Page<'_>, cut: &Cut<Owned>) -> Answer {
    let (params, path) = (context.query(), bare(&context.request.path));
    let below = path.strip_prefix("/api/laml").unwrap_or(path);
    let links = page.links(cut, |number, token| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let filters = FILTERS.into_iter();
        query
            .extend_pairs(filters.filter_map(|name| Some((name, params.filled(name)?))))
            .append_pair("Page", &number.to_string())
            .append_pair("PageSize", &page.size.to_string());
        query.extend_pairs(token.map(|token| ("PageToken", token)));
        format!("/api/laml{below}?{}", query.finish())
    });
    let rows = cut.rows.iter().map(|row| incoming(row));
    Answer::ok_utf8(&object! {
        "uri": links.this,
        "first_page_uri": links.first,
        "next_page_uri": links.next,
        "previous_page_uri": links.previous,
        "page": page.number,
        "page_size": page.size,
        "incoming_phone_numbers": rows.collect::<Vec<_>>(),
    })
}

/// The path as it is repeated in answers: without `.json`.
pub(super) fn bare(path: &str) -> &str {
    path.strip_suffix(".json").unwrap_or(path)
}
