//! How each fake is brought to hold what the fixtures are about.

use trunkline_sandbox::ProviderKind;
use trunkline_sandbox::credentials::{TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN};

use super::fake::{Login, Script, step};

/// The script of a carrier.
pub(crate) fn of(provider: ProviderKind) -> &'static Script {
    match provider {
        ProviderKind::Twilio => &TWILIO,
        ProviderKind::SignalWire => &SIGNALWIRE,
        ProviderKind::Zendesk => &ZENDESK,
        ProviderKind::Webex => &WEBEX,
        _ => &WAZO,
    }
}

static TWILIO: Script = Script {
    login: Login::Basic(TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN),
    setup: &[
        step("GET /2010-04-01/Accounts/AC00000000000000000000000000000000.json").keep(&[("account", "/sid")]),
        step("GET /2010-04-01/Accounts/<account>/AvailablePhoneNumbers/US/Local.json?AreaCode=415&PageSize=3").keep(&[
            ("first", "/available_phone_numbers/0/phone_number"),
            ("second", "/available_phone_numbers/1/phone_number"),
        ]),
        step("POST /2010-04-01/Accounts/<account>/IncomingPhoneNumbers.json")
            .with("PhoneNumber=<first>")
            .keep(&[("held", "/sid")]),
        step("POST /2010-04-01/Accounts/<account>/OutgoingCallerIds.json").with("PhoneNumber=%2B14155550179"),
        step("POST /control/twilio/caller-ids/%2B14155550179/answer").with("{}"),
        step("GET /2010-04-01/Accounts/<account>/OutgoingCallerIds.json")
            .keep(&[("caller", "/outgoing_caller_ids/0/sid")]),
        step("POST /2010-04-01/Accounts/<account>/Addresses.json")
            .with("CustomerName=Northwind&Street=1+Main+Street&City=Oakland&Region=CA&PostalCode=94607&IsoCountry=US")
            .keep(&[("address", "/sid")]),
    ],
    tour: &[
        step("GET /2010-04-01/Accounts/<account>/AvailablePhoneNumbers.json"),
        step("GET /2010-04-01/Accounts/<account>/AvailablePhoneNumbers/US.json"),
        step("GET /2010-04-01/Accounts/<account>/AvailablePhoneNumbers/GB/Mobile.json"),
        step("GET /2010-04-01/Accounts/<account>/AvailablePhoneNumbers/GB/National.json"),
        step("GET /2010-04-01/Accounts/<account>/AvailablePhoneNumbers/GB/SharedCost.json"),
        step("GET /2010-04-01/Accounts/<account>/AvailablePhoneNumbers/GB/Voip.json"),
        step("GET /2010-04-01/Accounts/<account>/AvailablePhoneNumbers/US/TollFree.json"),
        step("POST /2010-04-01/Accounts/<account>/IncomingPhoneNumbers/Local.json")
            .with("PhoneNumber=<second>"),
        step("GET /2010-04-01/Accounts/<account>/IncomingPhoneNumbers/Local.json"),
        step("GET /2010-04-01/Accounts/<account>/IncomingPhoneNumbers/Mobile.json"),
        step("GET /2010-04-01/Accounts/<account>/IncomingPhoneNumbers/TollFree.json"),
        step("GET /2010-04-01/Accounts/<account>/IncomingPhoneNumbers.json?PageSize=1"),
        step("POST /2010-04-01/Accounts/<account>/IncomingPhoneNumbers/<held>.json")
            .with("EmergencyAddressSid=<address>&VoiceUrl=https%3A%2F%2Fexample.com%2Fvoice&VoiceReceiveMode=fax"),
        step("GET /2010-04-01/Accounts/<account>/Addresses.json"),
        step("GET /2010-04-01/Accounts/<account>/Addresses/<address>.json"),
        step("POST /2010-04-01/Accounts/<account>/Addresses/<address>.json").with("FriendlyName=Office"),
        step("GET /2010-04-01/Accounts/<account>/Addresses/<address>/DependentPhoneNumbers.json"),
        step("DELETE /2010-04-01/Accounts/<account>/Addresses/<address>.json"),
    ],
    swaps: &[
        ("AC5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e", "<account>"),
        ("PN000000000000000000000000000000a1", "<held>"),
        ("PN000000000000000000000000000000c1", "<caller>"),
        ("AD00000000000000000000000000000001", "<address>"),
        ("+14155550142", "<second>"),
    ],
};

static SIGNALWIRE: Script = Script {
    login: Login::Basic("00000000-0000-4000-8000-000000000000", "sandbox"),
    setup: &[
        step("GET /api/relay/rest/phone_numbers/search?areacode=415&max_results=3").keep(&[
            ("first", "/data/0/e164"),
            ("second", "/data/1/e164"),
        ]),
        step("POST /api/relay/rest/phone_numbers")
            .with(r#"{"number": "<first>"}"#)
            .keep(&[("held", "/id")]),
        step("POST /api/relay/rest/verified_caller_ids")
            .with(r#"{"number": "+14155550179"}"#)
            .keep(&[("caller", "/id")]),
        step("POST /api/relay/rest/addresses")
            .with(
                r#"{"label": "Office", "country": "US", "first_name": "Ada", "last_name": "North",
                "street_number": "1", "street_name": "Main Street", "city": "Oakland", "state": "CA",
                "postal_code": "94607"}"#,
            )
            .keep(&[("address", "/id")]),
    ],
    tour: &[
        step("GET /control/signalwire/caller-ids/%2B14155550179/code").keep(&[("code", "/code")]),
        step("PUT /api/relay/rest/verified_caller_ids/<caller>/verification")
            .with(r#"{"verification_code": "<code>"}"#),
        step("GET /api/relay/rest/verified_caller_ids"),
        step("GET /api/relay/rest/phone_numbers"),
        step("GET /api/relay/rest/phone_numbers/search?number_type=toll-free"),
        step("GET /api/relay/rest/addresses"),
        step("GET /api/relay/rest/addresses/<address>"),
        step("GET /api/relay/rest/lookup/phone_number/%2B14155550179"),
        step("POST /api/relay/rest/phone_numbers/<held>/e911_address")
            .with(r#"{"e911_address_id": "<address>"}"#),
        step("DELETE /api/relay/rest/phone_numbers/<held>/e911_address"),
        step("DELETE /api/relay/rest/addresses/<address>"),
    ],
    swaps: &[
        ("aaaaaaaa-0000-4000-8000-000000000001", "<held>"),
        ("bbbbbbbb-0000-4000-8000-000000000001", "<caller>"),
        ("eeeeeeee-0000-4000-8000-000000000001", "<address>"),
        ("+14155550142", "<second>"),
    ],
};

static ZENDESK: Script = Script {
    login: Login::Header("authorization", "Bearer sandbox"),
    setup: &[
        step("GET /api/v2/channels/voice/addresses").keep(&[
            ("address", "/addresses/0/id"),
            ("address_sid", "/addresses/0/provider_reference"),
        ]),
        step("GET /api/v2/channels/voice/phone_numbers/search?country=US&area_code=415").keep(&[
            ("first", "/phone_numbers/0/token"),
            ("second", "/phone_numbers/1/token"),
        ]),
        step("POST /api/v2/channels/voice/phone_numbers")
            .with(r#"{"phone_number": {"token": "<first>"}}"#)
            .keep(&[("held", "/phone_number/id")]),
    ],
    tour: &[
        step("GET /api/v2/channels/voice/addresses/<address>"),
        step("GET /api/v2/channels/voice/lines"),
        step("GET /api/v2/channels/voice/phone_numbers?minimal_mode=true"),
        step(
            "GET /api/v2/channels/voice/phone_numbers/<held>?include=settings,ivrs,all_greetings,all_groups,all_schedules",
        ),
        step("GET /api/v2/channels/voice/phone_numbers/search?country=US&toll_free=true"),
    ],
    swaps: &[
        ("900000204417", "<held>"),
        ("AD0a1b2c3d4e5f60718293a4b5c6d7e8f9", "<address_sid>"),
    ],
};

static WEBEX: Script = Script {
    login: Login::Header("authorization", "Bearer sandbox"),
    setup: &[
        step("GET /v1/telephony/config/locations").keep(&[
            ("location", "/locations/0/id"),
            ("location2", "/locations/1/id"),
        ]),
        step("GET /v1/telephony/config/numbers?ownerType=PEOPLE").keep(&[
            ("person", "/phoneNumbers/0/owner/id"),
            ("location", "/phoneNumbers/0/location/id"),
        ]),
        step("GET /v1/telephony/config/numbers?ownerType=PLACE").keep(&[("workspace", "/phoneNumbers/0/owner/id")]),
        step("GET /v1/telephony/config/numbers?ownerType=VIRTUAL_LINE")
            .keep(&[("line", "/phoneNumbers/0/owner/id")]),
    ],
    tour: &[
        step("GET /v1/telephony/config/locations/<location>"),
        step("GET /v1/telephony/config/locations/<location>/availableNumbers"),
        step("GET /v1/telephony/config/locations/<location>/externalCallerId/availableNumbers"),
        step("GET /v1/telephony/config/people/primary/availableNumbers?locationId=<location>"),
        step("GET /v1/telephony/config/workspaces/availableNumbers?locationId=<location>"),
        step("GET /v1/telephony/config/virtualLines/availableNumbers?locationId=<location>"),
        step("GET /v1/telephony/pstn/locations/<location>/connection"),
        step("GET /v1/telephony/config/numbers"),
        step("GET /v1/telephony/config/jobs/numbers/manageNumbers"),
        step("GET /v1/people/<person>/features/callerId"),
        step("GET /v1/workspaces/<workspace>/features/callerId"),
        step("GET /v1/telephony/config/virtualLines/<line>/callerId"),
        step("PUT /v1/telephony/config/virtualLines/<line>/callerId")
            .with(r#"{"selected": "DIRECT_LINE"}"#),
        step("POST /v1/telephony/config/actions/validateNumbers/invoke")
            .with(r#"{"phoneNumbers": ["+14155550171", "+14155550171", "12"]}"#),
        step("POST /v1/access_token")
            .with("grant_type=refresh_token&client_id=sandbox&client_secret=sandbox&refresh_token=sandbox-refresh"),
    ],
    swaps: &[
        (
            "Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi8wZjFlMmQzYy00YjVhLTQ5NjgtODc3Ni02NTU0NDMzMjIxMTA",
            "Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi8wMDAwMDAwMC0wMDAwLTQwMDAtODAwMS0wMDAwMDAwMDAwMDE",
        ),
        (
            "Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OLzVjYTFhYjFlLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMQ",
            "<location>",
        ),
        (
            "Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OLzVjYTFhYjFlLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMg",
            "<location2>",
        ),
        (
            "Y2lzY29zcGFyazovL3VzL1BFT1BMRS81Y2ExYWIxZS0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMTE",
            "<person>",
        ),
        (
            "Y2lzY29zcGFyazovL3VzL1BMQUNFLzVjYTFhYjFlLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAxMg",
            "<workspace>",
        ),
        (
            "Y2lzY29zcGFyazovL3VzL1ZJUlRVQUxfTElORS81Y2ExYWIxZS0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMTM",
            "<line>",
        ),
    ],
};

static WAZO: Script = Script {
    login: Login::Header("X-Auth-Token", "<token>"),
    setup: &[
        step("POST /api/auth/0.1/token")
            .with("{}")
            .by(Login::Basic("sandbox", "sandbox"))
            .keep(&[("token", "/data/token")]),
        step("POST /api/confd/1.1/phone-numbers")
            .with(r#"{"number": "+14165550149"}"#)
            .keep(&[("held", "/uuid")]),
    ],
    tour: &[
        step("GET /api/auth/0.1/token/<token>"),
        step("HEAD /api/auth/0.1/token/<token>"),
        step("PUT /api/confd/1.1/phone-numbers/main").with(r#"{"phone_number_uuid": "<held>"}"#),
        step("GET /api/confd/1.1/phone-numbers/main"),
        step("GET /api/confd/1.1/phone-numbers?recurse=true"),
        step("DELETE /api/auth/0.1/token/<token>"),
    ],
    swaps: &[("7d1e0a52-6b1f-4f0f-9f0e-3f4b0f6c9a10", "<held>")],
};
