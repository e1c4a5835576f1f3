//! Who the fakes let in. Everybody may know these: they open nothing but the sandbox.

/// The Twilio account: full, active, with an API key and a subaccount.
pub const TWILIO_ACCOUNT_SID: &str = "AC00000000000000000000000000000000";
/// The auth token of every Twilio account here, and the key its callbacks are signed with.
pub const TWILIO_AUTH_TOKEN: &str = "sandbox";
/// An API key of [`TWILIO_ACCOUNT_SID`]; it doesn't reach the subaccount.
pub const TWILIO_API_KEY_SID: &str = "SK00000000000000000000000000000000";
/// The secret of [`TWILIO_API_KEY_SID`].
pub const TWILIO_API_KEY_SECRET: &str = "sandbox";
/// Another Twilio account, with nothing to do with the first.
pub const TWILIO_SECOND_ACCOUNT_SID: &str = "AC00000000000000000000000000000001";
/// A subaccount of [`TWILIO_ACCOUNT_SID`], which reaches it with its own credentials.
pub const TWILIO_SUBACCOUNT_SID: &str = "AC00000000000000000000000000000002";
/// A suspended Twilio account.
pub const TWILIO_SUSPENDED_ACCOUNT_SID: &str = "AC00000000000000000000000000000003";
/// A Twilio account on trial: it may hold one number.
pub const TWILIO_TRIAL_ACCOUNT_SID: &str = "AC00000000000000000000000000000004";
