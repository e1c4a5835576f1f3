//! The twelve phone-number operations of the WSO2 connector for Twilio, each with all of its inputs.

use super::suite;

macro_rules! connector {
    ($($name:ident => $operation:literal),+ $(,)?) => {$(
        #[tokio::test]
        async fn $name() {
            let case = concat!("connector_", stringify!($name));
            let failures = suite().check_case($operation, case).await;
            assert!(failures.is_empty(), "{failures}");
        }
    )+};
}

connector!(
    add_outgoing_phone_number => "start_caller_id",
    get_outgoing_phone_number_list => "list_caller_ids",
    get_outgoing_phone_number => "get_caller_id",
    update_outgoing_phone_number => "update_caller_id",
    remove_outgoing_phone_number => "delete_caller_id",
    get_available_local_numbers => "search_available",
    get_available_toll_free_numbers => "search_available",
    purchase_phone_number => "purchase",
    get_incoming_phone_number_list => "list",
    get_incoming_phone_number => "get",
    update_incoming_phone_number => "update",
    remove_incoming_phone_number => "release",
);
