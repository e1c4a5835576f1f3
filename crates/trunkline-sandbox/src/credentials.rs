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

/// The SignalWire project: full, with money. It speaks as the real one was seen to.
pub const SIGNALWIRE_PROJECT_ID: &str = "00000000-0000-4000-8000-000000000000";
/// A token of every SignalWire project here, with both scopes.
pub const SIGNALWIRE_API_TOKEN: &str = "sandbox";
/// A token of every SignalWire project that has the scope _Numbers_ alone.
pub const SIGNALWIRE_NUMBERS_TOKEN: &str = "sandbox-numbers";
/// A token of every SignalWire project that has the scope _Voice_ alone.
pub const SIGNALWIRE_VOICE_TOKEN: &str = "sandbox-voice";
/// Another SignalWire project, with nothing to do with the first.
pub const SIGNALWIRE_SECOND_PROJECT_ID: &str = "00000000-0000-4000-8000-000000000001";
/// A SignalWire project on trial: one number, ten caller IDs, and 30 days before a number can be released.
pub const SIGNALWIRE_TRIAL_PROJECT_ID: &str = "00000000-0000-4000-8000-000000000002";
/// A SignalWire project without money.
pub const SIGNALWIRE_BROKE_PROJECT_ID: &str = "00000000-0000-4000-8000-000000000003";
/// A SignalWire project that speaks as the documents say, where they and the real one differ: the shape of a search,
/// the codes of refusals, the status for a missing scope.
pub const SIGNALWIRE_DOCUMENTED_PROJECT_ID: &str = "00000000-0000-4000-8000-000000000004";
