//! SignalWire's error codes.

use trunkline_core::ErrorKind::{
    Conflict, InvalidRequest, Locked, NotAvailable, NotFound, PaymentRequired, PermissionDenied,
    RateLimited, Unsupported, UpstreamUnavailable,
};
use trunkline_http::Codes;

/// SignalWire's code for a caller ID that is verified already.
pub(super) const ALREADY_VERIFIED: &str = "already_verified";

/// SignalWire's error codes and what they mean, from its list of error codes.
pub(super) const TABLE: &[Codes] = &[
    Codes::refused(
        PaymentRequired,
        "account_limit_exceeded auto_top_up_deactivated insufficient_balance \
         not_allowed_on_subscription_plan",
    ),
    Codes::refused(
        Conflict,
        "already_assigned already_verified invalid_state not_available_for_assignment \
         not_unique_within_project not_unique_within_space out_of_sync value_not_unique",
    ),
    Codes::uncertain(
        UpstreamUnavailable,
        "cannot_process internal_error_occurred query_processing_failed unknown_error",
    ),
    Codes::refused(NotAvailable, "could_not_purchase"),
    Codes::refused(
        Unsupported,
        "destination_number_not_supported number_not_supported unsupported_mode unsupported_region",
    ),
    Codes::refused(
        NotFound,
        "does_not_exist must_belong_to_project provided_id_is_unrecognized",
    ),
    Codes::refused(PermissionDenied, "feature_not_available number_blacklisted"),
    Codes::refused(
        InvalidRequest,
        "incompatible_parameters invalid_destination_number invalid_http_method invalid_number_format \
         invalid_parameter missing_required_parameter must_specify_related_parameter not_a_boolean \
         not_a_string not_an_http_url not_e164 not_routable not_routeable page_token_is_invalid \
         page_token_required page_token_required_for_next_page unsupported_option url_failed_to_parse \
         url_is_unsafe",
    ),
    Codes::refused(
        Locked,
        "purchased_too_recently resource_not_deletable too_many_verification_attempts \
         too_many_verification_requests",
    ),
    // SignalWire does not document that such a request was not processed.
    Codes::uncertain(RateLimited, "rate_limit_exceeded"),
    Codes::refused(
        RateLimited,
        "too_many_verification_requests_in_time_frame verification_request_too_soon",
    ),
];

/// What a code means, if it is known.
pub(super) fn row(code: &str) -> Option<&'static Codes> {
    Codes::find(TABLE, code)
}
