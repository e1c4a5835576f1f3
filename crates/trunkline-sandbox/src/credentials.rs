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

/// The Webex access token of a full administrator; it never expires.
pub const WEBEX_ACCESS_TOKEN: &str = "sandbox";
/// A Webex access token that may read and change nothing.
pub const WEBEX_READ_ONLY_TOKEN: &str = "sandbox-read-only";
/// The Webex OAuth client.
pub const WEBEX_CLIENT_ID: &str = "sandbox";
/// The secret of [`WEBEX_CLIENT_ID`].
pub const WEBEX_CLIENT_SECRET: &str = "sandbox";
/// The first refresh token of [`WEBEX_CLIENT_ID`]. Every refresh gives the next one, and takes the one it was given.
pub const WEBEX_REFRESH_TOKEN: &str = "sandbox-refresh";
/// A code that [`WEBEX_CLIENT_ID`] can exchange for tokens.
pub const WEBEX_AUTHORIZATION_CODE: &str = "sandbox-code";
/// The Webex organization of the credentials.
pub const WEBEX_ORG_ID: &str =
    "Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi8wMDAwMDAwMC0wMDAwLTQwMDAtODAwMS0wMDAwMDAwMDAwMDE";
/// Another Webex organization, which the full administrator manages as a partner.
pub const WEBEX_CUSTOMER_ORG_ID: &str =
    "Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi8wMDAwMDAwMC0wMDAwLTQwMDAtODAwMS0wMDAwMDAwMDAwMDI";
/// San Francisco, behind a local gateway.
pub const WEBEX_LOCATION_ID: &str =
    "Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OLzAwMDAwMDAwLTAwMDAtNDAwMC04MDAyLTAwMDAwMDAwMDAwMQ";
/// Oakland, behind a local gateway: numbers can be moved between it and [`WEBEX_LOCATION_ID`].
pub const WEBEX_SECOND_LOCATION_ID: &str =
    "Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OLzAwMDAwMDAwLTAwMDAtNDAwMC04MDAyLTAwMDAwMDAwMDAwMg";
/// London, with a carrier that is not integrated.
pub const WEBEX_LONDON_LOCATION_ID: &str =
    "Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OLzAwMDAwMDAwLTAwMDAtNDAwMC04MDAyLTAwMDAwMDAwMDAwMw";
/// New York, on Cisco calling plans: its numbers can't be written.
pub const WEBEX_INTEGRATED_LOCATION_ID: &str =
    "Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OLzAwMDAwMDAwLTAwMDAtNDAwMC04MDAyLTAwMDAwMDAwMDAwNA";
/// A warehouse without any connection to the public network.
pub const WEBEX_UNCONNECTED_LOCATION_ID: &str =
    "Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OLzAwMDAwMDAwLTAwMDAtNDAwMC04MDAyLTAwMDAwMDAwMDAwNQ";
/// A person in San Francisco with two numbers and an extension.
pub const WEBEX_PERSON_ID: &str =
    "Y2lzY29zcGFyazovL3VzL1BFT1BMRS8wMDAwMDAwMC0wMDAwLTQwMDAtODAwMy0wMDAwMDAwMDAwMDE";
/// A workspace in San Francisco with a number.
pub const WEBEX_WORKSPACE_ID: &str =
    "Y2lzY29zcGFyazovL3VzL1BMQUNFLzAwMDAwMDAwLTAwMDAtNDAwMC04MDA0LTAwMDAwMDAwMDAwMQ";
/// A virtual line in San Francisco with a number.
pub const WEBEX_VIRTUAL_LINE_ID: &str =
    "Y2lzY29zcGFyazovL3VzL1ZJUlRVQUxfTElORS8wMDAwMDAwMC0wMDAwLTQwMDAtODAwNS0wMDAwMDAwMDAwMDE";
/// A number that [`WEBEX_CUSTOMER_ORG_ID`] has, so that it can't be added anywhere else.
pub const WEBEX_TAKEN_NUMBER: &str = "+17205550111";
