//! Who calls: recognized before anything else is done for them.

pub(crate) mod session;

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use trunkline_core::service::Manager;
use trunkline_core::service::audit::{Entry, action};
use trunkline_core::{ApiKey, Caller, Error, ErrorKind, KeyScope, Tenant};

use crate::error::ApiError;
use crate::extract::RequestId;
use crate::guard::{Guard, Guards};
use crate::limits::Standing;
use crate::state::AppState;
use crate::via::via;

/// Put among the extensions of a request, says that it comes from whoever has the database itself, such as the command
/// line beside it: they need no key, and are the operator of every tenant. What comes in over a socket has none.
#[derive(Clone, Debug, Default)]
pub struct Operator {
    /// Whose accounts are meant.
    pub tenant: Tenant,
}

/// How somebody was recognized.
#[derive(Clone, Debug)]
pub(crate) enum By {
    /// There is no key yet: everybody who can reach this gateway may do everything.
    Nobody,
    /// They have the database.
    Operator,
    /// By their key.
    Key(Arc<ApiKey>),
}

/// Who calls.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) caller: Caller,
    pub(crate) by: By,
}

impl Identity {
    /// What they may do.
    pub(crate) fn scopes(&self) -> BTreeSet<KeyScope> {
        match &self.by {
            By::Nobody | By::Operator => KeyScope::ALL.into(),
            By::Key(key) => key.scopes.clone(),
        }
    }

    fn may(&self, scope: KeyScope) -> bool {
        match &self.by {
            By::Nobody | By::Operator => true,
            By::Key(key) => key.scopes.contains(&scope),
        }
    }

    /// Whose keys they manage.
    pub(crate) fn manager(&self) -> Manager<'_> {
        Manager {
            caller: &self.caller,
            everywhere: matches!(self.by, By::Operator),
        }
    }
}

/// What the layer needs.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    pub(crate) state: AppState,
    pub(crate) guards: Arc<Guards>,
}

/// Layer: lets in whoever may call this route, and tells the route who they are.
pub(crate) async fn authenticate(
    State(gate): State<Gate>,
    request: Request,
    next: Next,
) -> Response {
    // A body is no part of who asks, and can't be looked at by two at once.
    let (mut parts, body) = request.into_parts();
    let guard = match gate.guard(&parts) {
        Ok(guard) => guard,
        Err(closed) => return closed.into_response(),
    };
    if guard == Guard::Open || (matches!(guard, Guard::Local(_)) && is_local(&parts)) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let state = &gate.state;
    let identity = match identify(state, &parts).await {
        Ok(identity) => identity,
        Err(refused) => return turned_away(state, &parts, refused),
    };
    let mut standing = None;
    if let By::Key(key) = &identity.by {
        let (now, counted) = state.limits().take(key);
        if let Err(too_many) = counted {
            return told(ApiError::from(too_many).into_response(), Some(now));
        }
        standing = Some(now);
        note_use(state, key);
    }
    if let Guard::Scope(scope) | Guard::Local(scope) = guard
        && !identity.may(scope)
    {
        let lacking = lacking(scope);
        let route = parts.extensions.get::<MatchedPath>();
        let route = route.map_or_else(
            || parts.uri.path().to_owned(),
            |path| path.as_str().to_owned(),
        );
        let row =
            Entry::new(&identity.caller, action::REQUEST).on(format!("{} {route}", parts.method));
        state.services().audit.refuse(&row, &lacking).await;
        return told(forbidden(lacking, scope), standing);
    }
    parts.extensions.insert(identity);
    told(next.run(Request::from_parts(parts, body)).await, standing)
}

impl Gate {
    /// What this route asks for. A path of the API that is no route asks for a key all the same.
    fn guard(&self, parts: &Parts) -> Result<Guard, ApiError> {
        let is_api = is_api(parts.uri.path());
        let Some(path) = parts.extensions.get::<MatchedPath>() else {
            return Ok(if is_api { Guard::Key } else { Guard::Open });
        };
        let path = path.as_str();
        match self.guards.get(&parts.method, path) {
            Some(guard) => Ok(guard),
            None if !is_api => Ok(Guard::Open),
            // Another method than the route has: the router says so, to whoever may know.
            None if self.guards.has(path) => Ok(Guard::Key),
            None => {
                let message = format!("{path} does not say whom it is for, so it is closed");
                Err(Error::new(ErrorKind::Internal, message).into())
            }
        }
    }
}

fn is_api(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/")
}

/// Who sends a request.
async fn identify(state: &AppState, parts: &Parts) -> Result<Identity, Error> {
    let request_id = parts.extensions.get::<RequestId>();
    let request_id = request_id.map(|id| id.0.clone());
    let via = via(&parts.headers);
    if let Some(operator) = parts.extensions.get::<Operator>() {
        let caller = Caller {
            request_id,
            via,
            ..Caller::of(operator.tenant.clone())
        };
        let by = By::Operator;
        return Ok(Identity { caller, by });
    }
    let access = &state.services().access;
    let key = if let Some(given) = parts.headers.get(header::AUTHORIZATION) {
        access.authenticate(&bearer(given)?).await?.0
    } else if let Some(cookie) = session::cookie(&parts.headers) {
        let key = session::key(state, &cookie).await?;
        session::check_origin(&parts.method, &parts.headers)?;
        key
    } else if access.is_keyed().await? {
        let message = "send an API key: Authorization: Bearer tl_...";
        return Err(Error::new(ErrorKind::Unauthenticated, message));
    } else {
        let caller = Caller {
            request_id,
            via,
            ..Caller::default()
        };
        let by = By::Nobody;
        return Ok(Identity { caller, by });
    };
    let caller = Caller {
        request_id,
        via,
        ..key.caller()
    };
    Ok(Identity {
        caller,
        by: By::Key(key),
    })
}

/// The token of an `Authorization` header.
fn bearer(value: &HeaderValue) -> Result<SecretString, Error> {
    let text = value.to_str().unwrap_or_default();
    let token = text
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    token.map(SecretString::from).ok_or_else(|| {
        let message = "the Authorization header is not Bearer tl_...";
        Error::new(ErrorKind::Unauthenticated, message)
    })
}

/// Refuses whoever is not known, or only how often they try.
fn turned_away(state: &AppState, parts: &Parts, refused: Error) -> Response {
    if refused.kind() != ErrorKind::Unauthenticated {
        return ApiError::from(refused).into_response();
    }
    if let Err(too_many) = state.limits().failed_auth(address(&parts.extensions)) {
        return ApiError::from(too_many).into_response();
    }
    let given = parts.headers.contains_key(header::AUTHORIZATION);
    unauthenticated(refused, given)
}

/// The 401, with the challenge that it needs (RFC 6750, section 3).
pub(crate) fn unauthenticated(error: Error, given: bool) -> Response {
    let challenge = if given {
        "Bearer realm=\"trunkline\", error=\"invalid_token\""
    } else {
        "Bearer realm=\"trunkline\""
    };
    let mut response = ApiError::from(error).into_response();
    let challenge = HeaderValue::from_static(challenge);
    let headers = response.headers_mut();
    headers.insert(header::WWW_AUTHENTICATE, challenge);
    response
}

fn lacking(scope: KeyScope) -> Error {
    let message = format!("the key lacks the scope {scope}");
    Error::new(ErrorKind::PermissionDenied, message)
}

fn forbidden(error: Error, scope: KeyScope) -> Response {
    let mut response = ApiError::with_status(error, StatusCode::FORBIDDEN).into_response();
    let challenge =
        format!("Bearer realm=\"trunkline\", error=\"insufficient_scope\", scope=\"{scope}\"");
    if let Ok(challenge) = HeaderValue::try_from(challenge) {
        let headers = response.headers_mut();
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn told(mut response: Response, standing: Option<Standing>) -> Response {
    if let Some(standing) = standing {
        standing.tell(response.headers_mut());
    }
    response
}

/// Writes down now and then that a key is used; nobody waits for it.
fn note_use(state: &AppState, key: &ApiKey) {
    let services = state.services();
    if !services.access.is_use_due(&key.id) {
        return;
    }
    let (access, id) = (services.access.clone(), key.id.clone());
    services.purchases.tasks().spawn(async move {
        if let Err(error) = access.used(&id).await {
            tracing::debug!(%error, "the use of a key can't be written down");
        }
    });
}

/// Where a request comes from; `None` for one of this process.
pub(crate) fn address(extensions: &Extensions) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|peer| peer.0.ip().to_canonical())
}

/// Whether it comes from this machine, and not through a proxy on it.
fn is_local(parts: &Parts) -> bool {
    let forwarded = ["forwarded", "x-forwarded-for", "x-real-ip"];
    let headers = &parts.headers;
    address(&parts.extensions).is_none_or(|address| address.is_loopback())
        && host(headers).is_none_or(crate::settings::is_loopback_name)
        && !forwarded.iter().any(|name| headers.contains_key(*name))
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
}

/// Whether a method changes nothing.
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}
