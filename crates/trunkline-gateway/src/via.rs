//! How somebody asks, as far as their request tells.

use axum::http::{HeaderMap, header};
use trunkline_core::Via;

use crate::auth::session::has_cookie;

/// What the command line calls itself.
const COMMAND_LINE: &str = "trunkline-cli/";

/// How somebody asks. A client can say of itself what it likes, so that nothing is decided by it.
pub(crate) fn via(headers: &HeaderMap) -> Via {
    let text = |name| {
        let value = headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    if text(header::USER_AGENT).starts_with(COMMAND_LINE) {
        return Via::Cli;
    }
    if has_cookie(headers) && !headers.contains_key(header::AUTHORIZATION) {
        Via::Console
    } else {
        Via::Api
    }
}
