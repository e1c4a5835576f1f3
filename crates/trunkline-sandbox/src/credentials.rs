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

/// A Wazo login with every right in [`WAZO_TENANT_UUID`] and below it.
pub const WAZO_USERNAME: &str = "sandbox";
/// The password of every Wazo login here.
pub const WAZO_PASSWORD: &str = "sandbox";
/// A Wazo login of the same tenant that may read and change nothing.
pub const WAZO_READER_USERNAME: &str = "reader";
/// A Wazo login of [`WAZO_SECOND_TENANT_UUID`].
pub const WAZO_SECOND_USERNAME: &str = "second";
/// The tenant that [`WAZO_USERNAME`] acts in unless it names another.
pub const WAZO_TENANT_UUID: &str = "00000000-0000-4000-8000-000000000001";
/// A tenant below [`WAZO_TENANT_UUID`].
pub const WAZO_SUBTENANT_UUID: &str = "00000000-0000-4000-8000-000000000002";
/// Another tenant, with nothing to do with the first.
pub const WAZO_SECOND_TENANT_UUID: &str = "00000000-0000-4000-8000-000000000003";
/// The number of a user of [`WAZO_TENANT_UUID`]; calls to [`WAZO_ASSOCIATED_NUMBER`] come in to it.
pub const WAZO_USER_ID: u32 = 42;
/// The uuid of the user [`WAZO_USER_ID`].
pub const WAZO_USER_UUID: &str = "00000000-0000-4000-8000-000000000042";
/// The number of a user of [`WAZO_SUBTENANT_UUID`] that no calls come in to.
pub const WAZO_SUBTENANT_USER_ID: u32 = 43;
/// The uuid of the user [`WAZO_SUBTENANT_USER_ID`].
pub const WAZO_SUBTENANT_USER_UUID: &str = "00000000-0000-4000-8000-000000000043";
/// Where calls come in to the user [`WAZO_USER_ID`], as the stack dials it: in no directory, and shown to that user.
pub const WAZO_ASSOCIATED_NUMBER: &str = "4165550190";
