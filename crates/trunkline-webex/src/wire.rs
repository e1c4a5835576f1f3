//! Webex's documents, as they come. Every member may be missing: null, absent and `""` all mean unset.

mod caller_id;
mod scalar;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use trunkline_http::Unnamed;

pub(crate) use caller_id::CallerIdSetting;
pub(crate) use scalar::{Flag, Text};
use scalar::{Written, lenient, lenient_list, or_empty};

/// A page of any of the lists of numbers.
#[derive(Debug, Deserialize)]
pub(crate) struct NumberList<T> {
    #[serde(
        rename = "phoneNumbers",
        deserialize_with = "or_empty",
        bound = "T: Deserialize<'de>"
    )]
    pub(crate) rows: Vec<T>,
    /// Only with `details=true`: how many numbers of which kind the organization has.
    #[serde(default)]
    pub(crate) count: Option<Box<RawValue>>,
}

/// A row of those lists. The list of numbers says `mainNumber` and `includedTelephonyTypes`, the lists of what is
/// available `isMainNumber` and `telephonyType`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, remote = "Self")]
pub(crate) struct NumberRow {
    /// Null, `""` or absent for a bare extension.
    pub(crate) phone_number: Text,
    pub(crate) extension: Text,
    pub(crate) routing_prefix: Text,
    pub(crate) esn: Text,
    pub(crate) state: Text,
    pub(crate) phone_number_type: Text,
    pub(crate) main_number: Flag,
    pub(crate) is_main_number: Flag,
    pub(crate) included_telephony_types: Text,
    pub(crate) telephony_type: Text,
    pub(crate) mobile_network: Text,
    pub(crate) routing_profile: Text,
    pub(crate) toll_free_number: Flag,
    pub(crate) is_service_number: Flag,
    pub(crate) is_reserved_number: Flag,
    pub(crate) elin_enabled: Flag,
    #[serde(deserialize_with = "lenient")]
    pub(crate) location: Option<Place>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) owner: Option<OwnerRow>,
    /// The row itself, for what it says beyond these.
    #[serde(skip)]
    pub(crate) whole: Option<Box<RawValue>>,
}

impl<'de> Deserialize<'de> for NumberRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let whole = Box::<RawValue>::deserialize(deserializer)?;
        let mut reader = serde_json::Deserializer::from_str(whole.get());
        // The derived reader, not this one again.
        let row = Self::deserialize(&mut reader).map_err(D::Error::custom)?;
        Ok(Self {
            whole: Some(whole),
            ..row
        })
    }
}

impl NumberRow {
    pub(crate) fn location_id(&self) -> Option<&str> {
        self.location.as_ref()?.id.get()
    }

    /// Who has it, if anybody does.
    pub(crate) fn assigned_to(&self) -> Option<&OwnerRow> {
        self.owner.as_ref().filter(|owner| !owner.is_nobody())
    }

    /// The members of a whole row that have no name here.
    pub(crate) fn unnamed(whole: Option<&RawValue>) -> Unnamed<'_> {
        const NAMED: [&str; 18] = [
            "phoneNumber",
            "extension",
            "routingPrefix",
            "esn",
            "state",
            "phoneNumberType",
            "mainNumber",
            "isMainNumber",
            "includedTelephonyTypes",
            "telephonyType",
            "mobileNetwork",
            "routingProfile",
            "tollFreeNumber",
            "isServiceNumber",
            "isReservedNumber",
            "elinEnabled",
            "location",
            "owner",
        ];
        whole.map_or_else(Unnamed::default, |whole| Unnamed::of(whole, &NAMED))
    }

    /// What a row is told apart by.
    pub(crate) fn mark(&self) -> String {
        let part = |text: &Text| text.get().unwrap_or_default().to_owned();
        let place = self.location_id().unwrap_or_default();
        format!(
            "{}/{}/{place}",
            part(&self.phone_number),
            part(&self.extension)
        )
    }

    /// Whether it says neither number nor extension.
    pub(crate) fn is_blank(&self) -> bool {
        self.phone_number.is_unset() && self.extension.is_unset()
    }
}

/// Where a number is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Place {
    pub(crate) id: Text,
    pub(crate) name: Text,
}

/// Who a number is assigned to; features often have one name only.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct OwnerRow {
    pub(crate) id: Text,
    #[serde(rename = "type")]
    pub(crate) kind: Text,
    pub(crate) first_name: Text,
    pub(crate) last_name: Text,
    pub(crate) display_name: Text,
}

impl OwnerRow {
    /// Whether nothing in it says that there is an owner.
    pub(crate) fn is_nobody(&self) -> bool {
        let names = [&self.first_name, &self.last_name, &self.display_name];
        self.id.is_unset() && self.kind.is_unset() && names.iter().all(|name| name.is_unset())
    }
}

/// What Webex thinks of numbers that are to be added. The list has two names, and so has the number in it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Validation {
    pub(crate) status: Text,
    pub(crate) phone_numbers: Option<Vec<ValidatedRow>>,
    pub(crate) numbers: Option<Vec<ValidatedRow>>,
}

/// What Webex thinks of one number.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ValidatedRow {
    pub(crate) phone_number: Text,
    pub(crate) number: Text,
    /// `Available`, `Duplicate`, `Duplicate In List`, `Invalid` or `Unavailable`.
    pub(crate) state: Text,
    /// Texts with the code in them.
    pub(crate) detail: Text,
}

/// What became of numbers that were to be used otherwise.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct UsageOrders {
    #[serde(deserialize_with = "or_empty")]
    pub(crate) orders: Vec<UsageOrder>,
}

/// Those of one order.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct UsageOrder {
    /// `PENDING`, `PARTIAL`, `COMPLETE`, `PROVISIONED` or `ERROR`.
    pub(crate) status: Text,
    #[serde(deserialize_with = "or_empty")]
    pub(crate) numbers: Vec<UsageOutcome>,
    #[serde(deserialize_with = "or_empty")]
    pub(crate) errors: Vec<UsageFlaw>,
}

/// What became of one number.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct UsageOutcome {
    pub(crate) number: Text,
    /// `SUCCESS`, `FAILED` or `PENDING`.
    pub(crate) status: Text,
    #[serde(deserialize_with = "or_empty")]
    pub(crate) errors: Vec<UsageFlaw>,
}

/// Why it could not be done.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UsageFlaw {
    pub(crate) error_code: Text,
    pub(crate) error_title: Text,
    pub(crate) error_message: Text,
}

/// A document, and all of it as it came.
#[derive(Debug)]
pub(crate) struct Whole<T> {
    pub(crate) known: T,
    pub(crate) raw: Box<RawValue>,
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Whole<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let known = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        Ok(Self { known, raw })
    }
}

/// The calling side of a location.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Location {
    pub(crate) id: Text,
    pub(crate) name: Text,
    #[serde(deserialize_with = "lenient")]
    pub(crate) calling_line_id: Option<CallingLineId>,
    pub(crate) external_caller_id_name: Text,
    pub(crate) announcement_language: Text,
    #[serde(deserialize_with = "lenient")]
    pub(crate) connection: Option<Route>,
    pub(crate) subscription_id: Text,
    pub(crate) user_limit: Text,
    pub(crate) p_access_network_info: Text,
    pub(crate) outside_dial_digit: Text,
    pub(crate) enforce_outside_dial_digit: Flag,
    pub(crate) routing_prefix: Text,
    pub(crate) default_domain: Text,
    pub(crate) charge_number: Text,
    pub(crate) use_charge_number_for_p_charge_info: Flag,
    #[serde(rename = "e911SetupRequired")]
    pub(crate) e911_setup_required: Flag,
}

impl Whole<Location> {
    /// The members that have no name here.
    pub(crate) fn unnamed(raw: &RawValue) -> Unnamed<'_> {
        const NAMED: [&str; 16] = [
            "id",
            "name",
            "callingLineId",
            "externalCallerIdName",
            "announcementLanguage",
            "connection",
            "subscriptionId",
            "userLimit",
            "pAccessNetworkInfo",
            "outsideDialDigit",
            "enforceOutsideDialDigit",
            "routingPrefix",
            "defaultDomain",
            "chargeNumber",
            "useChargeNumberForPChargeInfo",
            "e911SetupRequired",
        ];
        Unnamed::of(raw, &NAMED)
    }
}

/// The main number of a location; a new one has a name only.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct CallingLineId {
    pub(crate) name: Text,
    pub(crate) phone_number: Text,
}

/// A trunk or route group.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Route {
    #[serde(rename = "type")]
    pub(crate) kind: Text,
    pub(crate) id: Text,
}

/// How a location reaches the public network.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Connection {
    /// `LOCAL_GATEWAY`, `NON_INTEGRATED_CCP`, `INTEGRATED_CCP` or `CISCO_PSTN`.
    pub(crate) pstn_connection_type: Text,
}

/// A job that moves numbers or changes their usage.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Job {
    pub(crate) id: Text,
    pub(crate) tracking_id: Text,
    pub(crate) operation_type: Text,
    pub(crate) target_location_id: Text,
    pub(crate) latest_execution_status: Text,
    pub(crate) latest_execution_exit_code: Text,
    #[serde(deserialize_with = "lenient")]
    pub(crate) counts: Option<JobCounts>,
    #[serde(deserialize_with = "lenient_list")]
    pub(crate) job_execution_status: Option<Vec<JobExecution>>,
}

/// How far a job has come.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct JobCounts {
    pub(crate) numbers_failed: Text,
}

/// One run of a job.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct JobExecution {
    pub(crate) created_time: Text,
    pub(crate) start_time: Text,
}

/// A list whose collection is called `items`: jobs, and the errors of one.
#[derive(Debug, Deserialize)]
pub(crate) struct Items<T> {
    #[serde(deserialize_with = "or_empty", bound = "T: Deserialize<'de>")]
    pub(crate) items: Vec<T>,
}

/// What went wrong with one number of a job.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct JobError {
    pub(crate) item: Text,
    pub(crate) tracking_id: Text,
    #[serde(deserialize_with = "lenient")]
    pub(crate) error: Option<JobErrorDetail>,
}

/// The reasons, the first of which is kept; also the body of a job that was refused.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Written<JobErrorObject>")]
pub(crate) struct JobErrorDetail {
    pub(crate) message: Option<Vec<JobErrorMessage>>,
}

#[derive(Deserialize)]
struct JobErrorObject {
    #[serde(default, deserialize_with = "lenient_list")]
    message: Option<Vec<JobErrorMessage>>,
}

impl From<Written<JobErrorObject>> for JobErrorDetail {
    fn from(written: Written<JobErrorObject>) -> Self {
        let message = match written {
            Written::Plainly(description) => Some(vec![JobErrorMessage {
                description: Text::of(description),
                code: Text::default(),
            }]),
            Written::Fully(detail) => detail.message,
        };
        Self { message }
    }
}

/// One reason.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Written<JobReason>")]
pub(crate) struct JobErrorMessage {
    pub(crate) description: Text,
    pub(crate) code: Text,
}

#[derive(Deserialize)]
struct JobReason {
    #[serde(default)]
    description: Text,
    #[serde(default)]
    code: Text,
}

impl From<Written<JobReason>> for JobErrorMessage {
    fn from(written: Written<JobReason>) -> Self {
        let (description, code) = match written {
            Written::Plainly(text) => (Text::of(text), Text::default()),
            Written::Fully(reason) => (reason.description, reason.code),
        };
        Self { description, code }
    }
}

/// The body of a refusal, in any of its shapes but the list.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Refusal {
    pub(crate) error_code: Text,
    pub(crate) code: Text,
    pub(crate) message: Text,
    pub(crate) error_message: Text,
    #[serde(deserialize_with = "lenient_list")]
    pub(crate) errors: Option<Vec<RefusalDetail>>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) error: Option<JobErrorDetail>,
    pub(crate) tracking_id: Text,
}

/// One of the errors in a refusal: `description` as a rule, `errorMessage` where numbers were to be added.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Written<RefusalObject>")]
pub(crate) struct RefusalDetail {
    pub(crate) error_code: Text,
    pub(crate) message: Text,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RefusalObject {
    error_code: Text,
    description: Text,
    error_message: Text,
    message: Text,
}

impl From<Written<RefusalObject>> for RefusalDetail {
    fn from(written: Written<RefusalObject>) -> Self {
        match written {
            Written::Plainly(text) => Self {
                error_code: Text::default(),
                message: Text::of(text),
            },
            Written::Fully(detail) => Self {
                error_code: detail.error_code,
                message: detail
                    .description
                    .or(detail.error_message)
                    .or(detail.message),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_absent_and_empty_all_mean_unset() {
        let text = r#"{"phoneNumber": null, "extension": "", "esn": "1234568"}"#;
        let row: NumberRow = serde_json::from_str(text).unwrap();
        assert_eq!((row.phone_number.get(), row.extension.get()), (None, None));
        assert_eq!((row.state.get(), row.esn.get()), (None, Some("1234568")));
    }

    #[test]
    fn a_member_of_an_unexpected_type_is_unset_and_costs_nothing_else() {
        let text = r#"{"phoneNumber": "+14165550171", "location": "Toronto", "owner": [1],
            "mainNumber": "perhaps", "includedTelephonyTypes": ["PSTN_NUMBER"], "esn": {"a": 1}}"#;
        let row: NumberRow = serde_json::from_str(text).unwrap();
        assert!(row.location.is_none() && row.owner.is_none() && row.main_number.is_unset());
        assert_eq!(row.phone_number.get(), Some("+14165550171"));
        assert_eq!(row.included_telephony_types.get(), Some("PSTN_NUMBER"));
        assert!(row.esn.is_unset());
    }

    #[test]
    fn codes_come_as_numbers_or_texts() {
        let refusal: Refusal = serde_json::from_str(r#"{"errorCode": 25008}"#).unwrap();
        assert_eq!(refusal.error_code.get(), Some("25008"));
        let refusal: Refusal = serde_json::from_str(r#"{"errorCode": "ERR.V"}"#).unwrap();
        assert_eq!(refusal.error_code.get(), Some("ERR.V"));
    }

    #[test]
    fn a_collection_must_be_there_and_may_be_null() {
        let read = serde_json::from_str::<NumberList<NumberRow>>;
        assert!(read(r#"{"phoneNumbers": null}"#).unwrap().rows.is_empty());
        assert!(read(r#"{"message": "no"}"#).is_err());
    }
}
