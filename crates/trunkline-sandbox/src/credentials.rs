//! Credentials that the fakes accept. They are no secrets: they open nothing but the sandbox.

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
/// The user of the Zendesk account that has nothing but addresses at first. The user name is this and `/token`.
pub const ZENDESK_EMAIL: &str = "agent@example.com";
/// The API token of every Zendesk user here.
pub const ZENDESK_API_TOKEN: &str = "sandbox";
/// A bearer token of [`ZENDESK_EMAIL`] that never expires.
pub const ZENDESK_ACCESS_TOKEN: &str = "sandbox";
/// An OAuth client of the account of [`ZENDESK_EMAIL`].
pub const ZENDESK_CLIENT_ID: &str = "sandbox";
/// The secret of [`ZENDESK_CLIENT_ID`].
pub const ZENDESK_CLIENT_SECRET: &str = "sandbox";
/// The first refresh token of [`ZENDESK_CLIENT_ID`]. Like every one after it, it is valid once.
pub const ZENDESK_REFRESH_TOKEN: &str = "sandbox-refresh";
/// The authorization code of [`ZENDESK_CLIENT_ID`], valid once.
pub const ZENDESK_AUTHORIZATION_CODE: &str = "sandbox-code";
/// The addresses of the account of [`ZENDESK_EMAIL`]: country and what a purchase names the address by.
pub const ZENDESK_ADDRESS_SIDS: [(&str, &str); 4] = [
    ("US", "AD00000000000000000000000000000001"),
    ("DE", "AD00000000000000000000000000000002"),
    ("FR", "AD00000000000000000000000000000003"),
    ("NL", "AD00000000000000000000000000000004"),
];
/// The user of another Zendesk account, which has an external number and a digital line at first.
pub const ZENDESK_SECOND_EMAIL: &str = "agent@second.example";
/// A bearer token of [`ZENDESK_SECOND_EMAIL`] that never expires.
pub const ZENDESK_SECOND_ACCESS_TOKEN: &str = "sandbox-second";
/// The user of a Zendesk account on trial, which may neither list nor search.
pub const ZENDESK_TRIAL_EMAIL: &str = "agent@trial.example";
/// A bearer token of [`ZENDESK_TRIAL_EMAIL`] that never expires.
pub const ZENDESK_TRIAL_ACCESS_TOKEN: &str = "sandbox-trial";
/// A user of the account of [`ZENDESK_EMAIL`] who may not use Talk.
pub const ZENDESK_LIGHT_EMAIL: &str = "light@example.com";
/// A bearer token of [`ZENDESK_LIGHT_EMAIL`] that never expires.
pub const ZENDESK_LIGHT_ACCESS_TOKEN: &str = "sandbox-light";
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
/// A SIP gateway of every project, which can take the calls of numbers.
pub const SIGNALWIRE_SIP_GATEWAY_ID: &str = "00000000-0000-4000-8000-00000000f001";
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
