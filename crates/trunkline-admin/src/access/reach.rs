//! Nobody gains by making or rotating a key: its secret may do nothing that the maker's own key may not.

use crate::access::{ApiKey, KeyScope};
use trunkline_core::error::{Error, ErrorKind, Result};

/// Checks that `key` can do no more than `maker`. Tenant and accounts are checked where keys are looked up.
///
/// # Errors
/// `PermissionDenied` naming each field in which `key` reaches further.
pub(super) fn check(maker: &ApiKey, key: &ApiKey) -> Result<()> {
    if maker.id == key.id {
        return Ok(());
    }
    let mut gains = Vec::new();
    let lacking: Vec<&str> = key
        .scopes
        .difference(&maker.scopes)
        .map(|scope| scope.as_str())
        .collect();
    if !lacking.is_empty() {
        gains.push((
            "scopes",
            format!("your own key lacks {}", lacking.join(", ")),
        ));
    }
    // The ceilings of two keys would add up.
    if maker.spend.is_bounded() && key.scopes.contains(&KeyScope::NumbersPurchase) {
        gains.push((
            "spend",
            "your own key has spend ceilings: it gives no key that may purchase".to_owned(),
        ));
    }
    if maker
        .expires_at
        .is_some_and(|end| key.expires_at.is_none_or(|later| later > end))
    {
        gains.push(("expires_at", "later than your own key's".to_owned()));
    }
    if let Some(own) = maker.rate_limit
        && key
            .rate_limit
            .is_none_or(|wanted| wanted.per_second > own.per_second || wanted.burst > own.burst)
    {
        gains.push(("rate_limit", "faster than your own key's".to_owned()));
    }
    if gains.is_empty() {
        return Ok(());
    }
    let what: Vec<&str> = gains.iter().map(|(field, _)| *field).collect();
    let message = format!(
        "the key would reach further than your own: {}",
        what.join(", ")
    );
    let error = Error::new(ErrorKind::PermissionDenied, message);
    Err(gains.into_iter().fold(error, |error, (field, message)| {
        error.with_field(field, message)
    }))
}
