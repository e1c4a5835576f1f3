//! Webex's documents, as they come. Every member may be missing: null, absent and `""` all mean unset.

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::value::RawValue;
use trunkline_http::document;
use trunkline_http::wire::{Flag, Lenient, List, Listing, Member, Text};

/// A page of any of the lists of numbers.
pub(crate) struct Numbers;

impl Listing for Numbers {
    const ROWS: &'static [&'static str] = &["phoneNumbers"];
}

/// A list of jobs, or of the errors of one.
pub(crate) struct Items;

impl Listing for Items {
    const ROWS: &'static [&'static str] = &["items"];
}

document! {
    /// What a list of numbers says about all of them, only with `details=true`: how many there are of which kind.
    Details {
        count: Option<&'a RawValue>,
    }

    /// A row of the lists of numbers. The list of numbers says `mainNumber` and `includedTelephonyTypes`, the lists of
    /// what is available `isMainNumber` and `telephonyType`. A bare extension has no number.
    NumberRow {
        phone_number = "phoneNumber",
        extension,
        routing_prefix = "routingPrefix",
        esn,
        state,
        phone_number_type = "phoneNumberType",
        main_number = "mainNumber": Flag,
        is_main_number = "isMainNumber": Flag,
        included_telephony_types = "includedTelephonyTypes": First<'a>,
        telephony_type = "telephonyType": First<'a>,
        mobile_network = "mobileNetwork",
        routing_profile = "routingProfile",
        toll_free_number = "tollFreeNumber": Flag,
        is_service_number = "isServiceNumber": Flag,
        is_reserved_number = "isReservedNumber": Flag,
        elin_enabled = "elinEnabled": Flag,
        location: Lenient<Place<'a>>,
        owner: Lenient<OwnerRow<'a>>,
        ..rest
    }

    /// Where a number is.
    Place {
        id,
        name,
    }

    /// Who a number is assigned to; features often have one name only.
    OwnerRow {
        id,
        kind = "type",
        first_name = "firstName",
        last_name = "lastName",
        display_name = "displayName",
    }

    /// Whether numbers can be added. The list has two names, and so has the number in it.
    Validation {
        status,
        phone_numbers = "phoneNumbers": Option<Vec<ValidatedRow<'a>>>,
        numbers: Option<Vec<ValidatedRow<'a>>>,
    }

    /// Whether one number can be added. The state is `Available`, `Duplicate`, `Duplicate In List`, `Invalid` or
    /// `Unavailable`; the detail is a list of texts with the code in them.
    ValidatedRow {
        phone_number = "phoneNumber",
        number,
        state,
        detail: First<'a>,
    }

    /// The answer to a change of usage.
    UsageOrders {
        orders: Option<Vec<UsageOrder<'a>>>,
    }

    /// One order. The status is `PENDING`, `PARTIAL`, `COMPLETE`, `PROVISIONED` or `ERROR`.
    UsageOrder {
        status,
        numbers: Option<Vec<UsageOutcome<'a>>>,
        errors: Option<Vec<Reason<'a>>>,
    }

    /// The outcome for one number. The status is `SUCCESS`, `FAILED` or `PENDING`.
    UsageOutcome {
        number,
        status,
        errors: Option<Vec<Reason<'a>>>,
    }

    /// The calling side of a location.
    Location {
        id,
        name,
        calling_line_id = "callingLineId": Lenient<CallingLineId<'a>>,
        external_caller_id_name = "externalCallerIdName",
        announcement_language = "announcementLanguage",
        connection: Option<&'a RawValue>,
        subscription_id = "subscriptionId",
        user_limit = "userLimit": Option<&'a RawValue>,
        p_access_network_info = "pAccessNetworkInfo",
        outside_dial_digit = "outsideDialDigit",
        enforce_outside_dial_digit = "enforceOutsideDialDigit": Flag,
        routing_prefix = "routingPrefix",
        default_domain = "defaultDomain",
        charge_number = "chargeNumber",
        use_charge_number_for_p_charge_info = "useChargeNumberForPChargeInfo": Flag,
        e911_setup_required = "e911SetupRequired": Flag,
        ..rest
    }

    /// The main number of a location; a new one has a name only.
    CallingLineId {
        name,
        phone_number = "phoneNumber",
    }

    /// How a location reaches the public network: `LOCAL_GATEWAY`, `NON_INTEGRATED_CCP`, `INTEGRATED_CCP` or `CISCO_PSTN`.
    Connection {
        pstn_connection_type = "pstnConnectionType",
    }

    /// The caller ID of a person, workspace or virtual line: a setting, and which numbers it can be set to. Written, it is
    /// in the spelling of the options that change it.
    CallerIdSetting {
        // What `selected` can be set to.
        types: List<String>,
        selected,
        direct_number = "directNumber",
        extension_number = "extensionNumber",
        location_number = "locationNumber",
        mobile_number = "mobileNumber",
        toll_free_location_number = "tollFreeLocationNumber": Flag,
        custom_number = "customNumber",
        first_name = "firstName",
        last_name = "lastName",
        display_name = "displayName",
        display_detail = "displayDetail",
        block_in_forward_calls_enabled = "blockInForwardCallsEnabled": Flag,
        external_caller_id_name_policy = "externalCallerIdNamePolicy",
        custom_external_caller_id_name = "customExternalCallerIdName",
        location_external_caller_id_name = "locationExternalCallerIdName",
        additional_external_caller_id_direct_line_enabled = "additionalExternalCallerIdDirectLineEnabled": Flag,
        additional_external_caller_id_location_number_enabled = "additionalExternalCallerIdLocationNumberEnabled": Flag,
        additional_external_caller_id_custom_number = "additionalExternalCallerIdCustomNumber",
        direct_line_caller_id_name = "directLineCallerIdName": Lenient<DirectLineName<'a>>,
        dial_by_first_name = "dialByFirstName",
        dial_by_last_name = "dialByLastName",
        dial_by_name = "dialByName",
        ..rest
    }

    /// The name that goes with the direct line.
    DirectLineName {
        selection,
        custom_name = "customName",
    }

    /// A job that moves numbers or changes their usage.
    Job {
        id,
        tracking_id = "trackingId",
        operation_type = "operationType",
        target_location_id = "targetLocationId",
        latest_execution_status = "latestExecutionStatus",
        latest_execution_exit_code = "latestExecutionExitCode",
        counts: Lenient<JobCounts<'a>>,
        job_execution_status = "jobExecutionStatus": List<JobExecution<'a>>,
    }

    /// How far a job has come.
    JobCounts {
        numbers_failed = "numbersFailed",
    }

    /// One run of a job.
    JobExecution {
        created_time = "createdTime",
        start_time = "startTime",
    }

    /// An error of a job about one number.
    JobError {
        item,
        tracking_id = "trackingId",
        error: List<Reason<'a>>,
    }

    /// The body of a refusal, in any of its shapes but the list.
    Refusal {
        error_code = "errorCode",
        code,
        message,
        error_message = "errorMessage",
        errors: List<Reason<'a>>,
        error: List<Reason<'a>>,
        tracking_id = "trackingId",
    }
}

impl NumberRow<'_> {
    pub(crate) fn location_id(&self) -> Option<&str> {
        self.location.0.as_ref()?.id.get()
    }

    /// What tells a row from all others.
    pub(crate) fn mark(&self) -> String {
        let number = self.phone_number.get().unwrap_or_default();
        let extension = self.extension.get().unwrap_or_default();
        let place = self.location_id().unwrap_or_default();
        format!("{number}/{extension}/{place}")
    }

    /// Whether it has neither a number nor an extension.
    pub(crate) fn is_blank(&self) -> bool {
        self.phone_number.is_unset() && self.extension.is_unset()
    }
}

impl OwnerRow<'_> {
    /// Whether nothing in it says that there is an owner.
    pub(crate) fn is_nobody(&self) -> bool {
        let names = [&self.first_name, &self.last_name, &self.display_name];
        self.id.is_unset() && self.kind.is_unset() && names.iter().all(|name| name.is_unset())
    }
}

impl CallerIdSetting<'_> {
    /// The number that is presented.
    pub(crate) fn presented(&self) -> Option<&str> {
        let number = match self.selected.get()? {
            "DIRECT_LINE" => &self.direct_number,
            "LOCATION_NUMBER" => &self.location_number,
            "MOBILE_NUMBER" => &self.mobile_number,
            "CUSTOM" => &self.custom_number,
            _ => return None,
        };
        number.get()
    }

    /// Whether the direct line can be selected; yes if Webex does not say.
    pub(crate) fn has_direct_line(&self) -> bool {
        let types = &self.types.0;
        types.is_empty() || types.iter().any(|kind| kind == "DIRECT_LINE")
    }
}

/// A text; the first of a list of texts.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct First<'a>(pub(crate) Text<'a>);

/// Why something was refused: an object with one of several names for its words, or with a list of messages; or the bare
/// words.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Reason<'a> {
    pub(crate) code: Text<'a>,
    pub(crate) words: Text<'a>,
}

document! {
    /// A reason as an object.
    ReasonObject {
        code = "errorCode" | "code",
        description,
        error_message = "errorMessage",
        message: List<Reason<'a>>,
        error_title = "errorTitle",
    }
}

/// The first text that is set.
pub(crate) fn first<'a>(texts: impl IntoIterator<Item = Text<'a>>) -> Text<'a> {
    let mut texts = texts.into_iter();
    texts.find(|text| !text.is_unset()).unwrap_or_default()
}

impl<'de: 'a, 'a> Deserialize<'de> for First<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        let texts: Vec<Text<'_>> = serde_json::from_str(raw.get()).unwrap_or_default();
        let text = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        Ok(Self(first(texts.into_iter().take(1).chain([text]))))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Reason<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        if raw.get().starts_with('"') {
            let words = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
            let code = Text::default();
            return Ok(Self { code, words });
        }
        let object: ReasonObject<'_> = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        let inner = object.message.0.into_iter().next().unwrap_or_default();
        let words = [object.description, object.error_message, inner.words];
        Ok(Self {
            code: first([object.code, inner.code]),
            words: first(words.into_iter().chain([object.error_title])),
        })
    }
}

impl Member for First<'_> {
    fn is_unset(&self) -> bool {
        self.0.is_unset()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_absent_and_empty_all_mean_unset() {
        let text = r#"{"phoneNumber": null, "extension": "", "esn": "1234568"}"#;
        let row: NumberRow<'_> = serde_json::from_str(text).unwrap();
        assert_eq!((row.phone_number.get(), row.extension.get()), (None, None));
        assert_eq!((row.state.get(), row.esn.get()), (None, Some("1234568")));
    }

    #[test]
    fn member_of_unexpected_type_is_unset_and_the_others_are_read() {
        let text = r#"{"phoneNumber": "+14165550171", "location": "Toronto", "owner": [1],
            "mainNumber": "perhaps", "includedTelephonyTypes": ["PSTN_NUMBER"], "esn": {"a": 1}}"#;
        let row: NumberRow<'_> = serde_json::from_str(text).unwrap();
        assert!(row.location.0.is_none() && row.owner.0.is_none() && row.main_number.0.is_none());
        assert_eq!(row.phone_number.get(), Some("+14165550171"));
        assert_eq!(row.included_telephony_types.0.get(), Some("PSTN_NUMBER"));
        assert!(row.esn.is_unset());
    }

    #[test]
    fn code_is_a_number_or_a_text() {
        for (text, code) in [
            (r#"{"errorCode": 25008}"#, "25008"),
            (r#"{"errorCode": "ERR.V"}"#, "ERR.V"),
        ] {
            let refusal: Refusal<'_> = serde_json::from_str(text).unwrap();
            assert_eq!(refusal.error_code.get(), Some(code));
        }
    }
}
