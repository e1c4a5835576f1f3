//! Every fixture, by operation.

use super::{deprecated_suite, suite};

macro_rules! operations {
    ($($operation:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $operation() {
                let failures = suite().check(stringify!($operation)).await;
                assert!(failures.is_empty(), "{failures}");
            }
        )+

        #[test]
        fn no_fixture_is_left_out() {
            let mut tested = vec![$(stringify!($operation)),+];
            tested.sort_unstable();
            assert_eq!(suite().operations(), tested);
        }
    };
}

operations!(
    search_available,
    settings_after,
    purchase,
    list,
    get,
    find_owned,
    update,
    release,
    start_caller_id,
    complete_caller_id,
    resend_caller_id,
    list_caller_ids,
    get_caller_id,
    update_caller_id,
    delete_caller_id,
    check_health,
);

#[tokio::test]
async fn contexts_are_written_where_the_account_still_may() {
    let failures = deprecated_suite().check("update").await;
    assert!(failures.is_empty(), "{failures}");
}

#[tokio::test]
async fn unknown_carrier_fields_are_kept() {
    let failures = suite().check_new_members().await;
    assert!(failures.is_empty(), "{failures}");
}
