//! What handlers take out of a request: the carrier in the path, and the body.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::input::{Refused, read};
use crate::hub::Controls;
use crate::provider::ProviderKind;

/// The sandbox, and the carrier that the path names.
pub(super) struct At {
    pub(super) controls: Arc<Controls>,
    pub(super) kind: ProviderKind,
}

impl FromRequestParts<Arc<Controls>> for At {
    type Rejection = Refused;

    async fn from_request_parts(
        parts: &mut Parts,
        controls: &Arc<Controls>,
    ) -> Result<Self, Refused> {
        let path = Path::<HashMap<String, String>>::from_request_parts(parts, controls).await;
        let name = path.ok().and_then(|mut path| path.0.remove("provider"));
        let kind = name.and_then(|name| name.parse().ok());
        let kind = kind.ok_or_else(|| Refused::not_found("no such provider"))?;
        let controls = Arc::clone(controls);
        Ok(Self { controls, kind })
    }
}

/// A body that was read; a refusal names the field.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|error| Refused::field("body", error.to_string()))?;
        read(&bytes).map(Self)
    }
}
