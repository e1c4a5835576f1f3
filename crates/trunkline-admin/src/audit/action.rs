//! What is done, as it stands in the trail.

/// A number is gone at its carrier without a release of ours.
pub const NUMBER_GONE: &str = "number.gone";
/// A number that was gone is there again.
pub const NUMBER_RETURNED: &str = "number.returned";
/// A person says what became of a purchase.
pub const PURCHASE_RESOLVE: &str = "purchase.resolve";
/// An API key is made.
pub const KEY_CREATE: &str = "key.create";
/// An API key is made useless.
pub const KEY_REVOKE: &str = "key.revoke";
/// An API key is replaced.
pub const KEY_ROTATE: &str = "key.rotate";
/// A webhook is made.
pub const WEBHOOK_CREATE: &str = "webhook.create";
/// A webhook is changed.
pub const WEBHOOK_UPDATE: &str = "webhook.update";
/// A webhook's secret is replaced.
pub const WEBHOOK_ROTATE: &str = "webhook.rotate";
/// A webhook is removed.
pub const WEBHOOK_DELETE: &str = "webhook.delete";
/// Events are delivered once more.
pub const WEBHOOK_REDELIVER: &str = "webhook.redeliver";
/// The configuration is read again.
pub const CONFIG_RELOAD: &str = "config.reload";
/// A request is denied by its key's scopes, before its purpose is known.
pub const REQUEST: &str = "request";
