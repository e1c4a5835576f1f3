//! The table of known differences.

use trunkline_sandbox::ProviderKind;

use super::{Deviation, Found};
use Found::{Anything, Array, EmptyText, In, Nothing, Number, Text};

/// The known differences of a carrier.
pub(crate) const fn known(provider: ProviderKind) -> &'static [Deviation] {
    match provider {
        ProviderKind::Twilio => TWILIO,
        ProviderKind::SignalWire => SIGNALWIRE,
        ProviderKind::Zendesk => ZENDESK,
        ProviderKind::Webex => WEBEX,
        _ => WAZO,
    }
}

const ODD_ROWS: &str = "rows that nobody can read";
const UNSET: &str = "an empty text is unset";
const UNSETS: &str = "an empty text unsets";

const LIBRARY: &str = "the carrier's own library sends it since 3.7";

const TWILIO: &[Deviation] = &[
    elsewhere(
        "GET /v1/PhoneNumbers/Countries/",
        "prices are another API with a document of its own",
    ),
    differs("*", "/request/body/*Sid", EmptyText, UNSETS),
    differs("*", "/request/body/*Url", EmptyText, UNSETS),
    differs("*", "/request/body/StatusCallback", EmptyText, UNSETS),
    differs("*", "/response/body/**/*_application_sid", EmptyText, UNSET),
    differs("*", "/response/body/**/trunk_sid", EmptyText, UNSET),
    differs("*", "/response/body/**/*_url", EmptyText, UNSET),
    differs("*", "/response/body/**/status_callback", EmptyText, UNSET),
    differs(
        "*",
        "/response/body/**/*uri",
        Text("/2010-04-01/"),
        "addresses are relative to the host",
    ),
    differs(
        "*",
        "/response/body/available_phone_numbers/*/latitude",
        Text(""),
        "coordinates are texts",
    ),
    differs(
        "*",
        "/response/body/available_phone_numbers/*/longitude",
        Text(""),
        "coordinates are texts",
    ),
    differs(
        "CreateValidationRequest",
        "/response/body/validation_code",
        Number,
        "it was a number once",
    ),
    differs(
        "FetchIncomingPhoneNumber",
        "/request/path/Sid",
        Text("undefined"),
        "an id that is none, to see it refused",
    ),
    odd("list/odd_rows_are_left_out", ODD_ROWS),
    odd("search_available/odd_rows_are_left_out", ODD_ROWS),
    odd("list/null_collection", "a list without a list"),
];

const SIGNALWIRE: &[Deviation] = &[
    differs("*", "/response/body/**/*_id", EmptyText, UNSET),
    differs(
        "*",
        "/response/body/**/e911_status",
        Nothing,
        "answers of 2024 and 2025 do not have it",
    ),
    differs(
        "*",
        "/response/body/errors/*/detail",
        Nothing,
        "a refusal without a reason has a null",
    ),
    differs(
        "*",
        "/response/body/**/verified_at",
        Nothing,
        "null until it is verified",
    ),
    differs(
        "*",
        "/response/body/**/extension",
        Nothing,
        "null if there is none",
    ),
    differs(
        "update_phone_number",
        "/request/body/call_ai_agent_id",
        Text(""),
        LIBRARY,
    ),
    differs(
        "update_phone_number",
        "/*/body/call_flow_id",
        Text(""),
        LIBRARY,
    ),
    differs(
        "update_phone_number",
        "/*/body/call_flow_version",
        Text(""),
        LIBRARY,
    ),
    differs(
        "update_phone_number",
        "/request/body/call_handler",
        Text("ai_agent"),
        LIBRARY,
    ),
    differs(
        "update_phone_number",
        "/request/body/call_handler",
        Text("call_flow"),
        LIBRARY,
    ),
    differs(
        "list_verified_caller_ids",
        "/request/query/page_size",
        Anything,
        "it pages like every list",
    ),
    differs(
        "list_verified_caller_ids",
        "/request/query/page_number",
        Anything,
        "from the link to the next page",
    ),
    differs(
        "list_verified_caller_ids",
        "/request/query/page_token",
        Anything,
        "from the link to the next page",
    ),
    differs(
        "search_available_phone_numbers",
        "/response/body/data/*/number",
        Nothing,
        "it is called e164",
    ),
    differs(
        "search_available_phone_numbers",
        "/response/body/data/*/e164",
        Text("+"),
        "so number is called",
    ),
    differs(
        "search_available_phone_numbers",
        "/response/body/data/*/capabilities",
        Array,
        "a list of names",
    ),
    differs(
        "search_available_phone_numbers",
        "/response/body/data/*/country_code",
        Text(""),
        "seen in every row",
    ),
    differs(
        "search_available_phone_numbers",
        "/response/body/data/*/national_number_formatted",
        Text(""),
        "seen in every row",
    ),
    differs(
        "search_available_phone_numbers",
        "/response/body/data/*/international_number_formatted",
        Text(""),
        "seen in every row",
    ),
    differs(
        "search_available_phone_numbers",
        "/response/body/links/self",
        Nothing,
        "links are empty",
    ),
    differs(
        "search_available_phone_numbers",
        "/response/body/links/first",
        Nothing,
        "links are empty",
    ),
    odd(
        "purchase/bought",
        "as it was seen in 2024, with fewer members",
    ),
    odd("get/stale_pointers", "as much of it as was seen"),
    odd(
        "get/handlers_of_the_console",
        "a handler nobody has heard of",
    ),
    odd(
        "get/message_handler_of_the_console",
        "a handler nobody has heard of",
    ),
    odd(
        "start_caller_id/not_routable",
        "errors as another part of the API writes them",
    ),
    odd(
        "purchase/typed_reason",
        "errors as another part of the API writes them",
    ),
    odd(
        "purchase/flat_refusal",
        "errors as the compatible API writes them",
    ),
    odd(
        "purchase/code_as_a_string_beside_a_status_as_a_number",
        "errors as the compatible API writes them",
    ),
    odd("list/next_page", "no next page as a null"),
    odd("list/odd_rows_are_left_out", ODD_ROWS),
    odd("list_caller_ids/first_page", ODD_ROWS),
    odd(
        "purchase/reasons_by_field",
        "reasons by field, as other APIs write them",
    ),
    odd(
        "purchase/plain_text",
        "what stands in front of the API speaks",
    ),
    odd("search_available/odd_rows_are_left_out", ODD_ROWS),
    odd("get_caller_id/by_number", "a time that is none"),
    odd("get_caller_id/by_id", "a member that nobody knows"),
];

const ZENDESK: &[Deviation] = &[
    differs(
        "ListPhoneNumbers",
        "/request/query/page",
        Anything,
        "from the link to the next page",
    ),
    differs(
        "ListPhoneNumbers",
        "/request/query/per_page",
        Anything,
        "what Zendesk's lists take elsewhere",
    ),
    differs(
        "*",
        "/request/body/phone_number/greeting_ids/*",
        Text(""),
        "some accounts have texts",
    ),
    differs(
        "*",
        "/response/body/phone_number/greeting_ids/*",
        Text(""),
        "some accounts have texts",
    ),
    differs(
        "*",
        "/request/body/phone_number/settings/forwarding_caller_id",
        Anything,
        "seen in use",
    ),
    differs(
        "*",
        "/request/body/phone_number/settings/wrap_up_enabled",
        Anything,
        "seen in use",
    ),
    differs(
        "*",
        "/request/body/phone_number/settings/wrap_up_time_limit",
        Anything,
        "seen in use",
    ),
    differs(
        "*",
        "/response/body/phone_numbers/*/country_code",
        Nothing,
        "any member but the id may be null",
    ),
    odd("get/empty_404", "without a body"),
    odd("get/blank_404", "a space as HTML, as it was seen"),
    odd(
        "search_available/prices_that_say_no_currency",
        "prices that are none",
    ),
    odd("search_available/null_collection", "a list without a list"),
    odd("search_available/odd_rows_are_left_out", ODD_ROWS),
    odd(
        "purchase/flaw_without_a_list",
        "one reason without a list around it",
    ),
    differs(
        "ListPhoneNumbers",
        "/request/query/page[after]",
        Anything,
        "from the link to the next page",
    ),
    odd("list/odd_rows_are_left_out", ODD_ROWS),
];

const WEBEX: &[Deviation] = &[
    differs(
        "startNumberJob",
        "/request/query/orgId",
        Anything,
        "a partner's administrator names the customer on nearly every call",
    ),
    elsewhere(
        "PUT /v1/telephony/config/people/",
        "the document has nothing about agents",
    ),
    differs(
        "listNumbers",
        "/request/query/assigned",
        Text(""),
        "the description of 2026 has it",
    ),
    elsewhere(
        "POST /v1/telephony/pstn/locations/",
        "the description of 2026 has what numbers are used for",
    ),
    elsewhere(
        "PUT /v1/telephony/pstn/numbers/",
        "the document has nothing about emergency addresses",
    ),
    differs(
        "*",
        "/response/body/errorCode",
        Text("ERR."),
        "the service behind the PSTN has codes that are texts",
    ),
    odd(
        "release/gone_meanwhile",
        "a server error without a body, as it was seen",
    ),
    odd(
        "release/lost_and_sent_again",
        "a server error without a body",
    ),
    odd("register/lost_and_there", "a server error without a body"),
    odd("get/page_of_a_proxy", "a proxy's page"),
    odd("get_caller_id/virtual_line", "unset as null"),
    odd("list/null_collection", "a list without a list"),
    odd("list/odd_rows_are_left_out", ODD_ROWS),
];

const WAZO: &[Deviation] = &[
    differs(
        "revokeToken",
        "/response/body",
        Anything,
        "a message says that it is done",
    ),
    odd("list/odd_rows", ODD_ROWS),
    odd("list/last_place", "the last place that there can be"),
];

const fn differs(
    operation: &'static str,
    pointer: &'static str,
    found: Found,
    reason: &'static str,
) -> Deviation {
    Deviation {
        operation,
        pointer,
        found,
        reason,
    }
}

/// A fixture whose answers are odd, for the adapter to cope with.
const fn odd(fixture: &'static str, reason: &'static str) -> Deviation {
    differs("*", "/response/**", In(fixture), reason)
}

/// Requests to a part of the carrier's API that the document leaves out.
const fn elsewhere(begin: &'static str, reason: &'static str) -> Deviation {
    differs(begin, "/request/path", Anything, reason)
}
