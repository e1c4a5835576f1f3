//! Who calls: recognized before anything else is done for them.

pub(crate) mod session;
mod watched;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use trunkline_admin::Manager;
use trunkline_admin::access::Proof;
use trunkline_admin::audit::{Entry, action};
use trunkline_admin::{ApiKey, KeyScope};
use trunkline_core::{Caller, Error, ErrorKind, Tenant};

use crate::address::{ClientAddress, is_direct};
use crate::error::ApiError;
use crate::extract::RequestId;
use crate::guard::{Guard, Guards};
use crate::limits::{Standing, network};
use crate::server::Visitor;
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
    /// They need no key: the gateway has fake carriers alone and no key yet, and they are on its machine.
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
    /// What they showed, if it was a key or a session.
    pub(crate) proof: Option<Proof>,
}

impl Identity {
    /// What they may do.
    pub(crate) fn scopes(&self) -> BTreeSet<KeyScope> {
        match &self.by {
            By::Nobody | By::Operator => KeyScope::ALL.into(),
            By::Key(key) => key.scopes.clone(),
        }
    }

    /// Whether they may see with which idempotency keys others have bought.
    pub(crate) fn sees_keys(&self) -> bool {
        self.may(KeyScope::NumbersPurchase) || self.may(KeyScope::Admin)
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
    let state = &gate.state;
    let is_local = || is_direct(&state.settings(), &parts);
    if guard == Guard::Open || (matches!(guard, Guard::Local(_)) && is_local()) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let identity = match identify(state, &parts).await {
        Ok(identity) => identity,
        Err(refused) => return turned_away(state, &parts, refused).await,
    };
    if let Some(visitor) = parts.extensions.get::<Visitor>() {
        visitor.let_in();
    }
    let mut standing = None;
    if let By::Key(key) = &identity.by {
        let (now, counted) = state.limits().take(key);
        if let Err(too_many) = counted {
            return told(ApiError::from(too_many).into_response(), Some(now));
        }
        standing = Some(now);
        note_use(state, key);
    }
    if let Some((scope, lacking)) = guard.refusal(&identity) {
        let what = what(&parts);
        let row = Entry::new(&identity.caller, action::REQUEST).on(&what);
        let key = identity.caller.key.as_ref().map_or("", |key| key.as_str());
        let audit = &state.services().audit;
        let name = format!("{key} {what}");
        audit.refuse_often(&name, &row, &lacking).await;
        return told(forbidden(lacking, scope), standing);
    }
    parts.extensions.insert(identity.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    told(watched::watch(state, identity, response), standing)
}

impl Guard {
    /// What this caller lacks for the route: the scope, and why they are refused.
    fn refusal(self, identity: &Identity) -> Option<(KeyScope, Error)> {
        let (Self::Scope(scope) | Self::Local(scope)) = self else {
            return None;
        };
        if !identity.may(scope) {
            return Some((scope, lacking(scope)));
        }
        // What the whole process does is the operator's to see.
        let elsewhere = identity.caller.tenant != Tenant::default();
        (matches!(self, Self::Local(_)) && elsewhere).then(|| {
            let message = "only keys of the tenant default may see this";
            (scope, Error::new(ErrorKind::PermissionDenied, message))
        })
    }
}

/// Method and route of a request.
fn what(parts: &Parts) -> String {
    let route = parts.extensions.get::<MatchedPath>();
    let route = route.map_or_else(|| parts.uri.path(), MatchedPath::as_str);
    format!("{} {route}", parts.method)
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

/// Whether the sender of a request is known, or a proxy of ours: what they say of a trace is believed.
pub(crate) async fn is_recognized(state: &AppState, parts: &Parts) -> bool {
    identify(state, parts).await.is_ok()
}

/// Who sends a request.
async fn identify(state: &AppState, parts: &Parts) -> Result<Identity, Error> {
    let request_id = parts.extensions.get::<RequestId>();
    let request_id = request_id.map(|id| id.0.clone());
    let idempotency_key = crate::idempotency::key(&parts.headers).ok().flatten();
    let via = via(&parts.headers);
    if let Some(operator) = parts.extensions.get::<Operator>() {
        let caller = Caller {
            request_id,
            idempotency_key,
            via,
            ..Caller::of(operator.tenant.clone())
        };
        return Ok(Identity {
            caller,
            by: By::Operator,
            proof: None,
        });
    }
    let Some((key, proof)) = shown(state, parts).await? else {
        let caller = Caller {
            request_id,
            idempotency_key,
            via,
            ..Caller::default()
        };
        return Ok(Identity {
            caller,
            by: By::Nobody,
            proof: None,
        });
    };
    let caller = Caller {
        request_id,
        idempotency_key,
        via,
        ..key.caller()
    };
    Ok(Identity {
        caller,
        by: By::Key(key),
        proof: Some(proof),
    })
}

/// The key that is shown, itself or by a session; `None` where none is needed.
async fn shown(state: &AppState, parts: &Parts) -> Result<Option<(Arc<ApiKey>, Proof)>, Error> {
    let access = &state.services().access;
    let limits = state.limits();
    let ClientAddress(from) = ClientAddress::among(&parts.extensions);
    let settings = state.settings();
    let visitor = parts.extensions.get::<Visitor>();
    if let Some(given) = parts.headers.get(header::AUTHORIZATION) {
        let token = bearer(given)?;
        // Who has sent too many wrong keys costs the database nothing more, unless this key is known to be one.
        if !access.is_known(&token) {
            limits.check_strangers(from)?;
        }
        let _lookup = limits.lookup().await?;
        let _held = visitor.map(Visitor::hold);
        let (key, secret) = access.authenticate(&token).await?;
        let proof = Proof {
            key: key.id.clone(),
            secret,
            session: None,
        };
        if let Some(visitor) = visitor {
            visitor.let_in();
        }
        Ok(Some((key, proof)))
    } else if let Some(cookie) = session::cookie(&settings, &parts.headers) {
        limits.check_strangers(from)?;
        let _lookup = limits.lookup().await?;
        let _held = visitor.map(Visitor::hold);
        let opened = access.session(&cookie).await?;
        session::check_origin(&parts.method, &parts.headers)?;
        if let Some(visitor) = visitor {
            visitor.let_in();
        }
        Ok(Some(opened))
    } else if settings.keyless && is_direct(&settings, parts) && !access.is_keyed().await? {
        Ok(None)
    } else {
        Err(Error::new(ErrorKind::Unauthenticated, NO_KEY))
    }
}

/// What a request without a key is told.
const NO_KEY: &str = "send an API key in the header Authorization: Bearer tl_...; who runs the gateway makes the first one with: \
    trunkline keys create --name NAME --scope all";

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
async fn turned_away(state: &AppState, parts: &Parts, refused: Error) -> Response {
    if refused.kind() != ErrorKind::Unauthenticated {
        return ApiError::from(refused).into_response();
    }
    let given = parts.headers.get(header::AUTHORIZATION);
    let from = ClientAddress::among(&parts.extensions);
    let token = given.and_then(|given| bearer(given).ok());
    let wrong = WrongKey {
        token: token.as_ref(),
        what: &what(parts),
        request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()),
    };
    match wrong_key(state, from, &wrong, &refused).await {
        Ok(()) => unauthenticated(refused, given.is_some()),
        Err(too_many) => ApiError::from(too_many).into_response(),
    }
}

/// A key that opened nothing, and what it was sent for.
pub(crate) struct WrongKey<'a> {
    pub(crate) token: Option<&'a SecretString>,
    pub(crate) what: &'a str,
    pub(crate) request_id: Option<String>,
}

/// Counts a wrong key, and tells the audit trail of it: that of the key's tenant if there is such a key.
///
/// # Errors
/// `RateLimited` if there were too many.
pub(crate) async fn wrong_key(
    state: &AppState,
    from: ClientAddress,
    wrong: &WrongKey<'_>,
    refused: &Error,
) -> Result<(), Error> {
    state.limits().failed_auth(from.0)?;
    let Some(token) = wrong.token else {
        return Ok(());
    };
    let services = state.services();
    let named = services.access.named(token).await.ok().flatten();
    let caller = named.map(|key| key.caller()).unwrap_or_default();
    let caller = Caller {
        request_id: wrong.request_id.clone(),
        ..caller
    };
    let row = Entry::new(&caller, action::REQUEST).on(wrong.what);
    let name = format!("wrong key from {}", network(from.0));
    services.audit.refuse_often(&name, &row, refused).await;
    Ok(())
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
    services.engine.purchases.tasks().spawn(async move {
        if let Err(error) = access.used(&id).await {
            tracing::debug!(%error, "the use of a key can't be written down");
        }
    });
}

/// Whether a method changes nothing.
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}
