//! Typed input from requests. Errors name every wrong field.

mod words;

use std::collections::HashSet;
use std::str::FromStr;
use std::time::Duration;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri, header};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use trunkline_admin::Services;
use trunkline_core::{Caller, Error, ErrorKind, IdempotencyKey, QueryOptions};
use trunkline_engine::{Engine, fingerprint};

use crate::error::ApiError;
use crate::headers::{has_type, preferred_wait, required_key};
use crate::identity::Identity;
use crate::state::AppState;

/// Largest accepted body, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimit(pub(crate) usize);

/// A request of an authenticated caller, with the gateway's state.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) state: AppState,
    pub(crate) who: Identity,
}

impl Call {
    /// The services.
    pub(crate) fn services(&self) -> &Services {
        self.state.services()
    }

    /// The engine.
    pub(crate) fn engine(&self) -> &Engine {
        &self.services().engine
    }

    /// The caller.
    pub(crate) fn caller(&self) -> &Caller {
        &self.who.caller
    }
}

impl FromRequestParts<AppState> for Call {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let identity = parts.extensions.get::<Identity>().cloned();
        let who = identity.ok_or_else(|| {
            let message = "the route is open: it has no caller";
            Error::new(ErrorKind::Internal, message)
        })?;
        let state = state.clone();
        Ok(Self { state, who })
    }
}

/// The id of the request.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let id = parts.extensions.get::<Self>().cloned();
        Ok(id.unwrap_or_else(|| Self(String::new())))
    }
}

/// Query parameters. Unknown ones are refused by name.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        read(serde_urlencoded::Deserializer::new(pairs)).map(Self)
    }
}

/// Query parameters of two kinds. What is unknown to both is refused by name.
#[derive(Debug)]
pub(crate) struct Queries<A, B>(pub(crate) A, pub(crate) B);

impl<A: DeserializeOwned, B: DeserializeOwned, S: Sync> FromRequestParts<S> for Queries<A, B> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = || form_urlencoded::parse(query.as_bytes());
        let mut others = HashSet::new();
        let first = read_noting(serde_urlencoded::Deserializer::new(pairs()), |name| {
            others.insert(name);
        })?;
        let rest = pairs().filter(|(name, _)| others.contains(name.as_ref()));
        let rest = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(rest)
            .finish();
        let rest = form_urlencoded::parse(rest.as_bytes());
        let second = read(serde_urlencoded::Deserializer::new(rest))?;
        Ok(Self(first, second))
    }
}

/// Refuses query parameters by name. Routes with an [`Id`] or a body do so by themselves.
#[derive(Debug)]
pub(crate) struct NoQuery;

impl<S: Sync> FromRequestParts<S> for NoQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        no_query(&parts.uri).map(|()| Self)
    }
}

/// A JSON body. Unknown fields are refused by name.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let bytes = body(request).await?;
        parse(&bytes).map(Self)
    }
}

/// A request that must have an `Idempotency-Key`, with its unparsed body.
#[derive(Debug)]
pub(crate) struct KeyedBody {
    pub(crate) key: IdempotencyKey,
    /// A hash of the JSON, independent of blanks and the order of members.
    pub(crate) fingerprint: String,
    /// How long the client waits for the outcome.
    pub(crate) wait: Option<Duration>,
    pub(crate) bytes: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for KeyedBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let key = required_key(request.headers())?;
        let wait = preferred_wait(request.headers())?;
        let bytes = body(request).await?;
        let value: serde_json::Value = serde_json::from_slice(&bytes)
            .map_err(|e| Error::invalid("body", format!("not JSON: {e}")))?;
        Ok(Self {
            key,
            fingerprint: fingerprint(value.to_string().as_bytes()),
            wait,
            bytes,
        })
    }
}

/// The path parameter of a route without query parameters.
#[derive(Debug)]
pub(crate) struct Id<T>(pub(crate) T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        no_query(&parts.uri)?;
        let PathId(id) = PathId::from_request_parts(parts, state).await?;
        Ok(Self(id))
    }
}

/// A decoded path parameter. An id of another form is answered with 404.
#[derive(Debug)]
pub(crate) struct PathId<T>(pub(crate) T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let Path(text) = path.map_err(|_| Error::invalid("id", "not readable as UTF-8"))?;
        let collection = parts.uri.path().split('/').nth(2).unwrap_or_default();
        let kind = collection.trim_end_matches('s');
        let unknown = |_| Error::new(ErrorKind::NotFound, format!("no such {kind}"));
        Ok(Self(text.parse().map_err(unknown)?))
    }
}

/// Query parameters, and the carrier's own ones: `provider_options[name]=value`.
#[derive(Debug)]
pub(crate) struct OptionsQuery<T>(pub(crate) T, pub(crate) QueryOptions);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for OptionsQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut rest = form_urlencoded::Serializer::new(String::new());
        let mut options = QueryOptions::default();
        for (name, value) in
            form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
        {
            let option = name
                .strip_prefix("provider_options[")
                .and_then(|name| name.strip_suffix(']'));
            let Some(option) = option else {
                rest.append_pair(&name, &value);
                continue;
            };
            let twice = options.0.insert(option.to_owned(), value.into_owned());
            if twice.is_some() {
                return Err(Error::invalid(name.as_ref(), "given twice").into());
            }
        }
        let rest = rest.finish();
        let pairs = form_urlencoded::parse(rest.as_bytes());
        Ok(Self(
            read(serde_urlencoded::Deserializer::new(pairs))?,
            options,
        ))
    }
}

/// Reads a JSON body.
///
/// # Errors
/// `InvalidRequest` naming the fields that are wrong, all unknown ones at once.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Error::invalid("body", "a JSON object is needed").into());
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = read(&mut json)?;
    json.end()
        .map_err(|e| ApiError::from(Error::invalid("body", words::plain(&e.to_string()))))?;
    Ok(value)
}

fn read<'de, T: DeserializeOwned, D: serde::Deserializer<'de>>(input: D) -> Result<T, ApiError>
where
    D::Error: std::fmt::Display,
{
    let (mut names, mut count) = (Vec::new(), 0_usize);
    let value = read_noting(input, |name| {
        count += 1;
        if names.len() < NAMED {
            // A question mark stands for an optional member.
            names.push(name.replace(".?", ""));
        }
    })?;
    if names.is_empty() {
        Ok(value)
    } else {
        Err(unknown(names, count))
    }
}

/// Reads a value and tells each field that it does not have.
fn read_noting<'de, T: DeserializeOwned, D: serde::Deserializer<'de>>(
    input: D,
    mut unread: impl FnMut(String),
) -> Result<T, ApiError>
where
    D::Error: std::fmt::Display,
{
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(input, &mut track);
    let value = serde_ignored::deserialize(tracked, |path| {
        unread(path.to_string());
    });
    value.map_err(|error| {
        let (path, message) = (track.path().to_string(), error.to_string());
        let field = match named(&message) {
            Some(field) if path == "." => field.to_owned(),
            Some(field) => format!("{path}.{field}"),
            None if path == "." => "body".to_owned(),
            None => path,
        };
        Error::invalid(field, words::plain(&message)).into()
    })
}

/// Most unknown fields named in an error.
const NAMED: usize = 20;

/// Most characters of a name in an error.
const NAME_MAX: usize = 64;

fn no_query(uri: &Uri) -> Result<(), ApiError> {
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let given: Vec<String> = pairs.map(|(name, _)| name.into_owned()).collect();
    match given.len() {
        0 => Ok(()),
        count => Err(unknown(given, count)),
    }
}

/// Refuses unknown fields by name: the first ones, each cut to a readable length.
fn unknown(mut names: Vec<String>, count: usize) -> ApiError {
    names.truncate(NAMED);
    for name in &mut names {
        if let Some((end, _)) = name.char_indices().nth(NAME_MAX) {
            name.truncate(end);
            name.push('…');
        }
    }
    let more = match count - names.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let quoted = names.iter().map(|name| format!("{name:?}"));
    let quoted = quoted.collect::<Vec<_>>().join(", ");
    let message = format!("unknown: {quoted}{more}");
    let error = Error::new(ErrorKind::InvalidRequest, message);
    let name = |error: Error, field: String| error.with_field(field, "unknown field");
    names.into_iter().fold(error, name).into()
}

/// The field named by a message of serde: a missing or duplicate one.
fn named(message: &str) -> Option<&str> {
    let rest = message
        .strip_prefix("missing field `")
        .or_else(|| message.strip_prefix("duplicate field `"));
    rest?.split('`').next()
}

/// Reads a whole JSON body.
///
/// # Errors
/// 415 for another content type; 413 for a body that is too large.
pub(crate) async fn body(request: Request) -> Result<Bytes, ApiError> {
    no_query(request.uri())?;
    let types = ["application/json", "application/merge-patch+json"];
    if !types.iter().any(|json| has_type(request.headers(), json)) {
        return Err(wrong_type("application/json"));
    }
    read_body(request).await
}

/// The refusal of a body of another type.
pub(crate) fn wrong_type(wanted: &str) -> ApiError {
    let message = format!("send {wanted}");
    ApiError::of("Content-Type", message, StatusCode::UNSUPPORTED_MEDIA_TYPE)
}

/// Reads a whole body of any type.
///
/// # Errors
/// 413 for a body that is too large.
pub(crate) async fn read_body(request: Request) -> Result<Bytes, ApiError> {
    let limit = request
        .extensions()
        .get::<BodyLimit>()
        .map_or(1 << 20, |limit| limit.0);
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    match http_body_util::BodyExt::collect(http_body_util::Limited::new(request.into_body(), limit))
        .await
    {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(too_large(limit)),
        Err(_) => Err(Error::invalid("body", "ended early").into()),
    }
}

fn too_large(limit: usize) -> ApiError {
    let message = format!("the body is larger than {limit} bytes");
    ApiError::of("body", message, StatusCode::PAYLOAD_TOO_LARGE)
}
