//! Authentication: the layer that recognizes the caller of a request.

pub(crate) mod session;
mod watched;

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use trunkline_admin::access::Proof;
use trunkline_admin::audit::{Entry, action};
use trunkline_admin::{ApiKey, SecretHash};
use trunkline_core::{Caller, Error, ErrorKind, Tenant, Via};

use crate::address::{ClientAddress, is_direct};

use crate::error::{ApiError, ApiResult};
use crate::extract::RequestId;
use crate::headers::{idempotency_key, text};
use crate::identity::{By, Identity};
use crate::limits::{Standing, network};
use crate::route::{Guard, RuleBook, Rules, keyed, open};
use crate::server::Visitor;
use crate::state::AppState;

/// In the extensions of a request: the caller has the database itself, such as the command line beside it. They need no
/// key, and are the operator of every tenant. A request over a socket never has it.
#[derive(Clone, Debug, Default)]
pub struct Operator {
    /// The tenant.
    pub tenant: Tenant,
}

/// What the layer needs.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    pub(crate) state: AppState,
    pub(crate) rules: Arc<RuleBook>,
}

/// Layer: lets in callers that may use this route, and adds their identity and the route's rules to the request.
pub(crate) async fn authenticate(
    State(gate): State<Gate>,
    request: Request,
    next: Next,
) -> Response {
    // The body is not needed here, and is not `Sync`.
    let (mut parts, body) = request.into_parts();
    let rules = match gate.rules(&parts) {
        Ok(rules) => rules,
        Err(closed) => return ApiError::from(closed).into_response(),
    };
    parts.extensions.insert(rules);
    let (state, guard) = (&gate.state, rules.guard);
    let is_local = || is_direct(&state.settings(), &parts);
    if guard == Guard::Open || (matches!(guard, Guard::Local(_)) && is_local()) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let identity = match identify(state, &parts).await {
        Ok(identity) => identity,
        Err(refused) => return turned_away(state, &parts, refused).await.into_response(),
    };
    if let Some(visitor) = parts.extensions.get::<Visitor>() {
        visitor.let_in();
    }
    let mut standing = None;
    if let By::Key(key) = &identity.by {
        let (now, counted) = state.limits().take(key);
        if let Err(too_many) = counted {
            return with_standing(ApiError::from(too_many).into_response(), Some(now));
        }
        standing = Some(now);
        note_use(state, key);
    }
    if let Some(refused) = lacking(state, &parts, guard, &identity).await {
        return with_standing(refused.into_response(), standing);
    }
    parts.extensions.insert(identity.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    with_standing(watched::watch(state, identity, response), standing)
}

/// The 403 for a caller without the scope of a route, recorded in the audit trail.
async fn lacking(
    state: &AppState,
    parts: &Parts,
    guard: Guard,
    identity: &Identity,
) -> Option<ApiError> {
    let (Guard::Scope(scope) | Guard::Local(scope)) = guard else {
        return None;
    };
    let caller = &identity.caller;
    let message = if !identity.may(scope) {
        format!("the key lacks the scope {scope}")
    } else if matches!(guard, Guard::Local(_)) && caller.tenant != Tenant::default() {
        // What the whole process does is the operator's to see.
        "only keys of the tenant default may see this".to_owned()
    } else {
        return None;
    };
    let error = Error::new(ErrorKind::PermissionDenied, message);
    let what = what(parts);
    let row = Entry::new(caller, action::REQUEST).on(&what);
    let key = caller.key.as_ref().map_or("", |key| key.as_str());
    let audit = &state.services().audit;
    let name = format!("{key} {what}");
    audit.refuse_often(&name, &row, &error).await;
    let challenge =
        format!("Bearer realm=\"trunkline\", error=\"insufficient_scope\", scope=\"{scope}\"");
    Some(ApiError::with_status(error, StatusCode::FORBIDDEN).with_challenge(&challenge))
}

/// Method and route of a request.
fn what(parts: &Parts) -> String {
    let route = parts.extensions.get::<MatchedPath>();
    let route = route.map_or_else(|| parts.uri.path(), MatchedPath::as_str);
    format!("{} {route}", parts.method)
}

impl Gate {
    /// The rules of a request's route. A path of the API without a route needs a key too.
    fn rules(&self, parts: &Parts) -> Result<Rules, Error> {
        let path = parts.uri.path();
        let is_api = path == "/v1" || path.starts_with("/v1/");
        let Some(path) = parts.extensions.get::<MatchedPath>() else {
            return Ok(if is_api { keyed() } else { open() });
        };
        let path = path.as_str();
        match self.rules.get(&parts.method, path) {
            Some(rules) => Ok(rules),
            None if !is_api => Ok(open()),
            // A method that the route does not have: authenticated callers get the router's answer.
            None if self.rules.has(path) => Ok(keyed()),
            None => {
                let message = format!("{path} has no rules and is closed");
                Err(Error::new(ErrorKind::Internal, message))
            }
        }
    }
}

/// Whether the sender of a request is known: only then is its trace continued.
pub(crate) async fn is_recognized(state: &AppState, parts: &Parts) -> bool {
    identify(state, parts).await.is_ok()
}

/// Who sends a request.
async fn identify(state: &AppState, parts: &Parts) -> Result<Identity, Error> {
    let (caller, by, proof) = match parts.extensions.get::<Operator>() {
        Some(operator) => (Caller::of(operator.tenant.clone()), By::Operator, None),
        None => match shown(state, parts).await? {
            Some((key, proof)) => (key.caller(), By::Key(key), Some(proof)),
            None => (Caller::default(), By::Nobody, None),
        },
    };
    let request_id = parts.extensions.get::<RequestId>();
    let caller = Caller {
        request_id: request_id.map(|id| id.0.clone()),
        idempotency_key: idempotency_key(&parts.headers).ok().flatten(),
        via: via(&parts.headers),
        ..caller
    };
    Ok(Identity { caller, by, proof })
}

/// User agent of the command line.
const COMMAND_LINE: &str = "trunkline-cli/";

/// The kind of client, as the client reports it. It is for the records only.
fn via(headers: &HeaderMap) -> Via {
    let agent = text(headers, header::USER_AGENT).unwrap_or_default();
    if agent.starts_with(COMMAND_LINE) {
        Via::Cli
    } else if session::has_cookie(headers) && !headers.contains_key(header::AUTHORIZATION) {
        Via::Console
    } else {
        Via::Api
    }
}

/// What a caller authenticates with.
enum Shown {
    Key(SecretString),
    Session(String),
}

/// The caller's key, sent itself or by a session; `None` where none is needed.
async fn shown(state: &AppState, parts: &Parts) -> Result<Option<(Arc<ApiKey>, Proof)>, Error> {
    let access = &state.services().access;
    let limits = state.limits();
    let ClientAddress(from) = ClientAddress::among(&parts.extensions);
    let settings = state.settings();
    let shown = if let Some(given) = parts.headers.get(header::AUTHORIZATION) {
        Shown::Key(bearer(given)?)
    } else if let Some(cookie) = session::cookie(&settings, &parts.headers) {
        Shown::Session(cookie)
    } else if settings.keyless && is_direct(&settings, parts) && !access.is_keyed().await? {
        return Ok(None);
    } else {
        return Err(Error::new(ErrorKind::Unauthenticated, NO_KEY));
    };
    // A sender of too many wrong keys costs the database nothing more, unless this key is known to be valid.
    if !matches!(&shown, Shown::Key(token) if access.is_known(token)) {
        limits.check_strangers(from)?;
    }
    let visitor = parts.extensions.get::<Visitor>();
    let _lookup = limits.lookup().await?;
    let _held = visitor.map(Visitor::hold);
    let (key, proof) = match shown {
        Shown::Key(token) => {
            let (key, secret) = access.authenticate(&token).await?;
            let proof = Proof {
                key: key.id.clone(),
                secret,
                session: None,
            };
            (key, proof)
        }
        Shown::Session(cookie) => {
            let opened = access.session(&cookie).await?;
            session::check_origin(&parts.method, &parts.headers)?;
            opened
        }
    };
    if let Some(visitor) = visitor {
        visitor.let_in();
    }
    Ok(Some((key, proof)))
}

/// The refusal of a request without a key.
const NO_KEY: &str = "send an API key in the header Authorization: Bearer tl_...; the operator of the gateway creates the first one with: \
    trunkline keys create --name NAME --scope all --config FILE";

/// The token of an `Authorization` header.
fn bearer(value: &HeaderValue) -> Result<SecretString, Error> {
    let value = value.to_str().unwrap_or_default();
    let token = value
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    token.map(SecretString::from).ok_or_else(|| {
        let message = "the Authorization header is not Bearer tl_...";
        Error::new(ErrorKind::Unauthenticated, message)
    })
}

/// The refusal of an unknown caller, or of too many attempts.
async fn turned_away(state: &AppState, parts: &Parts, refused: Error) -> ApiError {
    let given = parts.headers.get(header::AUTHORIZATION);
    if refused.kind() != ErrorKind::Unauthenticated {
        return refused.into();
    }
    let token = given.and_then(|given| bearer(given).ok());
    let attempt = Attempt {
        from: ClientAddress::among(&parts.extensions),
        what: &what(parts),
        request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()),
    };
    match attempt.failed(state, token.as_ref(), &refused).await {
        Ok(()) => unauthenticated(refused, given.is_some()),
        Err(too_many) => too_many.into(),
    }
}

/// An attempt to authenticate.
pub(crate) struct Attempt<'a> {
    pub(crate) from: ClientAddress,
    pub(crate) what: &'a str,
    pub(crate) request_id: Option<String>,
}

impl Attempt<'_> {
    /// Authenticates with a key from a body.
    ///
    /// # Errors
    /// `Unauthenticated` for a wrong key; `RateLimited` after too many of them.
    pub(crate) async fn open(
        &self,
        state: &AppState,
        token: &SecretString,
    ) -> ApiResult<(Arc<ApiKey>, SecretHash)> {
        let access = &state.services().access;
        if !access.is_known(token) {
            state.limits().check_strangers(self.from.0)?;
        }
        match access.authenticate(token).await {
            Err(error) if error.kind() == ErrorKind::Unauthenticated => {
                self.failed(state, Some(token), &error).await?;
                Err(unauthenticated(error, true))
            }
            opened => Ok(opened?),
        }
    }

    /// Counts a wrong key, and records it in the audit trail: that of the key's tenant if there is such a key.
    ///
    /// # Errors
    /// `RateLimited` if there were too many.
    async fn failed(
        &self,
        state: &AppState,
        token: Option<&SecretString>,
        refused: &Error,
    ) -> Result<(), Error> {
        state.limits().failed_auth(self.from.0)?;
        let Some(token) = token else {
            return Ok(());
        };
        let services = state.services();
        let named = services.access.named(token).await.ok().flatten();
        let caller = Caller {
            request_id: self.request_id.clone(),
            ..named.map(|key| key.caller()).unwrap_or_default()
        };
        let row = Entry::new(&caller, action::REQUEST).on(self.what);
        let name = format!("wrong key from {}", network(self.from.0));
        services.audit.refuse_often(&name, &row, refused).await;
        Ok(())
    }
}

/// The 401, with the challenge that it needs (RFC 6750, section 3).
fn unauthenticated(error: Error, given: bool) -> ApiError {
    let challenge = if given {
        "Bearer realm=\"trunkline\", error=\"invalid_token\""
    } else {
        "Bearer realm=\"trunkline\""
    };
    ApiError::from(error).with_challenge(challenge)
}

/// The response with what is left of the key's rate.
fn with_standing(mut response: Response, standing: Option<Standing>) -> Response {
    if let Some(standing) = standing {
        standing.tell(response.headers_mut());
    }
    response
}

/// Records now and then, in the background, that a key is used.
fn note_use(state: &AppState, key: &ApiKey) {
    let services = state.services();
    if !services.access.is_use_due(&key.id) {
        return;
    }
    let (access, id) = (services.access.clone(), key.id.clone());
    services.engine.purchases.tasks().spawn(async move {
        if let Err(error) = access.used(&id).await {
            tracing::debug!(%error, "the use of a key can't be recorded");
        }
    });
}
