//! What each route asks of whoever calls it. It stands in the OpenAPI document, from which it is read again: what is
//! promised there is what is asked.

use std::collections::HashMap;

use axum::http::Method;
use serde_json::Value;
use trunkline_admin::KeyScope;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder, Schema};
use utoipa_axum::router::UtoipaMethodRouter;

use crate::error::PROBLEM;
use crate::state::AppState;

/// The API key as a bearer token, by its name in the document.
pub(crate) const BEARER: &str = "key";

/// The API key's session, by its name in the document.
pub(crate) const SESSION: &str = "session";

/// What a route asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Nothing.
    Open,
    /// Nothing of callers on this machine; of others, a key of the tenant `default` with this scope.
    Local(KeyScope),
    /// Any key.
    Key,
    /// A key with this scope.
    Scope(KeyScope),
}

/// Routes for keys with this scope.
pub(crate) fn scoped(
    scope: KeyScope,
    routes: UtoipaMethodRouter<AppState>,
) -> UtoipaMethodRouter<AppState> {
    guarded(routes, &Guard::Scope(scope))
}

/// Routes for any key.
pub(crate) fn keyed(routes: UtoipaMethodRouter<AppState>) -> UtoipaMethodRouter<AppState> {
    guarded(routes, &Guard::Key)
}

/// Routes for everybody on this machine, and from elsewhere for keys of the tenant `default` with this scope.
pub(crate) fn local(
    scope: KeyScope,
    routes: UtoipaMethodRouter<AppState>,
) -> UtoipaMethodRouter<AppState> {
    guarded(routes, &Guard::Local(scope))
}

/// Routes for everybody.
pub(crate) fn open(routes: UtoipaMethodRouter<AppState>) -> UtoipaMethodRouter<AppState> {
    guarded(routes, &Guard::Open)
}

fn guarded(
    (schemas, mut paths, router): UtoipaMethodRouter<AppState>,
    guard: &Guard,
) -> UtoipaMethodRouter<AppState> {
    for operation in paths.paths.values_mut().flat_map(operations) {
        operation.security = Some(requirements(*guard));
        if *guard != Guard::Open {
            for (status, response) in refusals(*guard) {
                let responses = &mut operation.responses.responses;
                responses
                    .entry(status.to_owned())
                    .or_insert_with(|| response.into());
            }
        }
    }
    (schemas, paths, router)
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        item.get.as_mut(),
        item.put.as_mut(),
        item.post.as_mut(),
        item.delete.as_mut(),
        item.options.as_mut(),
        item.head.as_mut(),
        item.patch.as_mut(),
        item.trace.as_mut(),
    ]
    .into_iter()
    .flatten()
}

fn requirements(guard: Guard) -> Vec<SecurityRequirement> {
    let either = |scope: Option<KeyScope>| {
        let scopes = || scope.map(KeyScope::as_str);
        vec![
            SecurityRequirement::new(BEARER, scopes()),
            SecurityRequirement::new(SESSION, scopes()),
        ]
    };
    match guard {
        Guard::Open => Vec::new(),
        Guard::Key => either(None),
        Guard::Scope(scope) => either(Some(scope)),
        Guard::Local(scope) => {
            let mut requirements = vec![SecurityRequirement::default()];
            requirements.extend(either(Some(scope)));
            requirements
        }
    }
}

/// What a key that does not do is told.
fn refusals(guard: Guard) -> [(&'static str, Response); 3] {
    let problem = |what: &str| {
        let schema: RefOr<Schema> = Ref::from_schema_name("Problem").into();
        ResponseBuilder::new()
            .description(what)
            .content(PROBLEM, Content::new(Some(schema)))
    };
    let header = |what: &str| HeaderBuilder::new().description(Some(what)).build();
    let lacking = match guard {
        Guard::Scope(scope) | Guard::Local(scope) => format!("The key lacks the scope `{scope}`"),
        Guard::Open | Guard::Key => "The key may not do this".to_owned(),
    };
    let challenge = header("`Bearer`, with the error and the scope that is wanted, if any");
    [
        (
            "401",
            problem("No key was sent, or one that opens nothing")
                .header("WWW-Authenticate", challenge.clone())
                .build(),
        ),
        (
            "403",
            problem(&format!(
                "{lacking}, or the request comes from a foreign page"
            ))
            .header("WWW-Authenticate", challenge)
            .build(),
        ),
        (
            "429",
            problem("Too many requests with this key, or too many with wrong keys")
                .header("Retry-After", header("Seconds to wait"))
                .header("RateLimit", header("What is left of the key's rate: `r`, and `t` seconds until all of it is back"))
                .header("RateLimit-Policy", header("The key's rate: `q` requests in `w` seconds"))
                .build(),
        ),
    ]
}

/// What each route of the document asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guards(HashMap<(String, String), Guard>);

impl Guards {
    /// As the `paths` of the document say. An operation that says nothing is left out, and so is closed.
    pub(crate) fn of(paths: &Value) -> Self {
        let mut guards = HashMap::new();
        for (path, item) in paths.as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                if let Some(guard) = declared(&operation["security"]) {
                    guards.insert((method.to_ascii_uppercase(), path.clone()), guard);
                }
            }
        }
        Self(guards)
    }

    /// Whether there is a route at this path.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.0.keys().any(|(_, known)| known == path)
    }

    /// What a route asks for, by its method and its path as it is written in the document.
    pub(crate) fn get(&self, method: &Method, path: &str) -> Option<Guard> {
        let method = if *method == Method::HEAD {
            "GET"
        } else {
            method.as_str()
        };
        self.0.get(&(method.to_owned(), path.to_owned())).copied()
    }
}

/// What an operation's `security` asks for; `None` if it is not there, or not one of ours.
fn declared(security: &Value) -> Option<Guard> {
    let all = security.as_array()?;
    let keys = all.iter().filter_map(|one| one.get(BEARER)?.as_array());
    let scopes: Vec<&Vec<Value>> = keys.collect();
    let nothing = all
        .iter()
        .any(|one| one.as_object().is_some_and(|one| one.is_empty()));
    match (scopes.first(), nothing) {
        (None, _) => all.is_empty().then_some(Guard::Open),
        (Some(scopes), nothing) => match (scopes.first(), nothing) {
            (None, false) => Some(Guard::Key),
            (None, true) => None,
            (Some(scope), nothing) => {
                let scope = scope.as_str()?.parse().ok()?;
                Some(if nothing {
                    Guard::Local(scope)
                } else {
                    Guard::Scope(scope)
                })
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_into_the_document_is_read_from_it() {
        let admin = KeyScope::Admin;
        for guard in [
            Guard::Open,
            Guard::Key,
            Guard::Scope(admin),
            Guard::Local(admin),
        ] {
            let written = serde_json::to_value(requirements(guard)).unwrap();
            assert_eq!(declared(&written), Some(guard), "{written}");
        }
    }

    #[test]
    fn what_says_nothing_or_something_else_is_not_open() {
        for security in [
            Value::Null,
            serde_json::json!([{}]),
            serde_json::json!([{"other": []}]),
            serde_json::json!([{"key": ["everything"]}]),
        ] {
            assert_eq!(declared(&security), None, "{security}");
        }
    }

    #[test]
    fn every_route_says_what_it_asks_for() {
        let document = crate::document();
        let paths = &document["paths"];
        let guards = Guards::of(paths);
        for (path, item) in paths.as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap();
                assert!(
                    guards.get(&method, path).is_some(),
                    "{method} {path}: wrap its routes!(...) in scoped(...), keyed(...) or open(...)"
                );
            }
        }
    }
}
