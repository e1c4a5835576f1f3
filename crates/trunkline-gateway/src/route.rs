//! The rules of a route: what its caller needs, who keeps the answers to idempotency keys, and which limits a request has.
//! The router sets them, and the OpenAPI document shows them.

use std::collections::HashMap;

use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter};
use trunkline_admin::KeyScope;

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
    pub(crate) method: MethodFilter,
    pub(crate) path: String,
    pub(crate) handler: MethodRouter<AppState>,
    #[cfg(feature = "openapi")]
    pub(crate) entry: fn() -> utoipa_axum::router::UtoipaMethodRouter<AppState>,
}

/// The routes of handlers, each named with its module. Where they are is what their `utoipa::path` says.
#[cfg(feature = "openapi")]
macro_rules! routes {
    ($($module:ident::$handler:ident),+ $(,)?) => {
        [$(utoipa_axum::paste! {{
            type At = $module::[<__path_ $handler>];
            let methods = <At as utoipa::Path>::methods();
            let method = utoipa_axum::PathItemExt::to_method_filter(&methods[0]);
            $crate::route::Route {
                method,
                path: <At as utoipa::Path>::path(),
                handler: axum::routing::on(method, $module::$handler),
                entry: || utoipa_axum::routes!($module::$handler),
            }
        }}),+]
    };
}

/// The same, by the stand-in for `utoipa::path`.
#[cfg(not(feature = "openapi"))]
macro_rules! routes {
    ($($module:ident::$handler:ident),+ $(,)?) => {
        [$({
            let (method, path) = $module::$handler::ROUTE;
            $crate::route::Route {
                method,
                path: path.to_owned(),
                handler: axum::routing::on(method, $module::$handler),
            }
        }),+]
    };
}
pub(crate) use routes;

/// The routes with their rules.
#[derive(Default)]
pub(crate) struct Api(pub(crate) Vec<(Rules, Route)>);

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
            router = router.route(&route.path, route.handler);
            let known = book.0.entry(route.path).or_default();
            known.push((route.method, rules));
        }
        (router, book)
    }
}
