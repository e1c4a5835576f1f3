//! The rules of a route: what its caller needs, who keeps the answers to idempotency keys, and which limits a request has.
//! The router sets them, and the OpenAPI document shows them.

use std::collections::HashMap;

use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter};
use trunkline_admin::KeyScope;
use utoipa::openapi::path::{HttpMethod, Operation, PathItem};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{OpenApi, RefOr, Response};
use utoipa_axum::PathItemExt;
use utoipa_axum::router::UtoipaMethodRouter;

use crate::openapi::{self, BEARER, SESSION, answers};
use crate::state::AppState;

/// What the caller of a route needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Nothing.
    Open,
    /// Nothing for callers on this machine; for others, a key of the tenant `default` with this scope.
    Local(KeyScope),
    /// Any key.
    Key,
    /// A key with this scope.
    Scope(KeyScope),
}

/// Who keeps the answers to requests with an `Idempotency-Key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeper {
    /// Nobody: the header is ignored.
    Nobody,
    /// The idempotency layer, which repeats the answer.
    Layer,
    /// The engine, which knows what was started with the key.
    Engine,
}

/// Limits on a request under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// It counts as one of the requests under way, and has a time limit.
    Timed,
    /// It counts, but has no time limit: its parts have their own.
    Counted,
    /// It is always served.
    Free,
}

/// The rules of a route. Those about idempotency keys are for its writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) guard: Guard,
    pub(crate) keeper: Keeper,
    pub(crate) bound: Bound,
}

impl Rules {
    const fn of(guard: Guard) -> Self {
        Self {
            guard,
            keeper: Keeper::Nobody,
            bound: Bound::Timed,
        }
    }

    /// Requests have other limits than most.
    pub(crate) const fn bound(self, bound: Bound) -> Self {
        Self { bound, ..self }
    }

    /// The idempotency layer keeps the answers.
    pub(crate) const fn kept(self) -> Self {
        let keeper = Keeper::Layer;
        Self { keeper, ..self }
    }

    /// The engine keeps what was started with a key.
    pub(crate) const fn kept_by_engine(self) -> Self {
        let keeper = Keeper::Engine;
        Self { keeper, ..self }
    }
}

/// A route for keys with this scope.
pub(crate) const fn scoped(scope: KeyScope) -> Rules {
    Rules::of(Guard::Scope(scope))
}

/// A route for any key.
pub(crate) const fn keyed() -> Rules {
    Rules::of(Guard::Key)
}

/// A route for everybody on this machine, and from elsewhere for keys of the tenant `default` with this scope.
pub(crate) const fn local(scope: KeyScope) -> Rules {
    Rules::of(Guard::Local(scope))
}

/// A route for everybody.
pub(crate) const fn open() -> Rules {
    Rules::of(Guard::Open)
}

/// The rules of all routes, by path and method.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleBook(HashMap<String, Vec<(MethodFilter, Rules)>>);

impl RuleBook {
    /// Whether there is a route at this path, as it is written in the router.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// The rules of a route.
    pub(crate) fn get(&self, method: &Method, path: &str) -> Option<Rules> {
        let method = if *method == Method::HEAD {
            MethodFilter::GET
        } else {
            MethodFilter::try_from(method.clone()).ok()?
        };
        let mut known = self.0.get(path)?.iter();
        let found = known.find(|(of, _)| *of == method);
        found.map(|(_, rules)| *rules)
    }
}

/// A handler, and where it is served. Its entry in the document is made only for the document.
pub(crate) struct Route {
    pub(crate) path: String,
    pub(crate) methods: Vec<HttpMethod>,
    pub(crate) on: fn(MethodFilter) -> MethodRouter<AppState>,
    pub(crate) entry: fn() -> UtoipaMethodRouter<AppState>,
}

/// The routes of handlers, each named with its module.
macro_rules! routes {
    ($($module:ident::$handler:ident),+ $(,)?) => {
        [$(utoipa_axum::paste! { $crate::route::Route {
            path: <$module::[<__path_ $handler>] as utoipa::Path>::path(),
            methods: <$module::[<__path_ $handler>] as utoipa::Path>::methods(),
            on: |methods| axum::routing::on(methods, $module::$handler),
            entry: || utoipa_axum::routes!($module::$handler),
        } }),+]
    };
}
pub(crate) use routes;

/// The routes with their rules.
#[derive(Default)]
pub(crate) struct Api(Vec<(Rules, Route)>);

impl Api {
    /// Adds routes that have the same rules.
    pub(crate) fn routes(mut self, rules: Rules, routes: impl IntoIterator<Item = Route>) -> Self {
        self.0
            .extend(routes.into_iter().map(|route| (rules, route)));
        self
    }

    /// The router, and the rules.
    pub(crate) fn into_router(self) -> (axum::Router<AppState>, RuleBook) {
        let (mut router, mut book) = (axum::Router::new(), RuleBook::default());
        for (rules, route) in self.0 {
            let known = book.0.entry(route.path.clone()).or_default();
            for method in &route.methods {
                let method = method.to_method_filter();
                known.push((method, rules));
                router = router.route(&route.path, (route.on)(method));
            }
        }
        (router, book)
    }

    /// The document of all routes.
    pub(crate) fn document(&self) -> OpenApi {
        let mut document = openapi::base();
        for (rules, route) in &self.0 {
            let (schemas, paths, _) = (route.entry)();
            for (path, mut item) in paths.paths {
                for (method, operation) in operations(&mut item) {
                    rules.describe(&method, operation);
                }
                let known = document.paths.paths.entry(path).or_default();
                known.merge_operations(item);
            }
            let components = document.components.get_or_insert_default();
            components.schemas.extend(schemas);
        }
        openapi::complete(document)
    }
}

/// The operations of a path.
pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let all = [
        (Method::GET, item.get.as_mut()),
        (Method::PUT, item.put.as_mut()),
        (Method::POST, item.post.as_mut()),
        (Method::PATCH, item.patch.as_mut()),
        (Method::DELETE, item.delete.as_mut()),
    ];
    let found = |(method, operation): (Method, Option<_>)| Some((method, operation?));
    all.into_iter().filter_map(found)
}

impl Guard {
    /// Its entry in the document.
    fn requirements(self) -> Vec<SecurityRequirement> {
        let (open, scope) = match self {
            Self::Open => return Vec::new(),
            Self::Key => (None, None),
            Self::Scope(scope) => (None, Some(scope)),
            Self::Local(scope) => (Some(SecurityRequirement::default()), Some(scope)),
        };
        let scope = scope.map(KeyScope::as_str);
        let keys = [BEARER, SESSION].map(|name| SecurityRequirement::new(name, scope));
        open.into_iter().chain(keys).collect()
    }

    /// The answers to a caller without a sufficient key.
    fn refusals(self) -> impl IntoIterator<Item = (&'static str, Response)> {
        let lacking = match self {
            Self::Open => None,
            Self::Key => Some("The key may not do this".to_owned()),
            Self::Scope(scope) | Self::Local(scope) => {
                Some(format!("The key lacks the scope `{scope}`"))
            }
        };
        lacking
            .map(|lacking| answers::of_key(&lacking))
            .into_iter()
            .flatten()
    }
}

impl Rules {
    /// Adds these rules and their answers to the document.
    fn describe(self, method: &Method, operation: &mut Operation) {
        operation.security = Some(self.guard.requirements());
        let is_kept = self.keeper != Keeper::Nobody && !method.is_safe();
        if is_kept {
            let is_required = self.keeper == Keeper::Engine;
            let parameters = operation.parameters.get_or_insert_default();
            parameters.push(answers::key_parameter(is_required).into());
        }
        let found = &mut operation.responses.responses;
        for (status, refusal) in self.guard.refusals() {
            if !matches!(found.get(status), Some(RefOr::T(_))) {
                found.insert(status.to_owned(), refusal.into());
            }
        }
        let with_body: &[u16] = if operation.request_body.is_some() {
            &[413, 415]
        } else {
            &[]
        };
        let with_key: &[u16] = if is_kept { &[409, 413, 422] } else { &[] };
        for status in [with_body, with_key].concat() {
            let shared = || answers::shared(status);
            found.entry(status.to_string()).or_insert_with(shared);
        }
        for answer in found.values_mut() {
            if let RefOr::T(answer) = answer {
                answers::add_headers(answer, is_kept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn router_is_made_without_the_document() {
        let route = Route {
            path: "/x".to_owned(),
            methods: vec![HttpMethod::Get],
            on: |methods| axum::routing::on(methods, || async {}),
            entry: || unreachable!("the document was not asked for"),
        };
        let (_, rules) = Api::default().routes(open(), [route]).into_router();
        assert_eq!(rules.get(&Method::GET, "/x"), Some(open()));
    }
}
