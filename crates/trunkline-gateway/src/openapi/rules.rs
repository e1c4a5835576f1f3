//! The document of all routes, with their rules.

use axum::http::Method;
use serde_json::Value;
use trunkline_admin::KeyScope;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{RefOr, Response};

use crate::openapi::answers;
use crate::openapi::{BEARER, SESSION, base, complete, written};
use crate::route::{Guard, Keeper, Rules};
use crate::router::api;

/// The OpenAPI 3.1 document of the routes.
#[must_use]
pub fn document() -> Value {
    let mut document = base();
    for (rules, route) in api().0 {
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
    written(&complete(document))
}

/// The operations of a path.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
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
