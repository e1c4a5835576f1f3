//! The main number of the account or of a location.

use trunkline_core::{Operation, Provider};

use crate::harness::Harness;

/// And shows as such; the one before shows no longer.
pub async fn the_main_number_is_the_one_chosen(harness: &dyn Harness) {
    let subject = offering!(harness, SetMain, GetMain);
    let place = subject.samples().location.as_deref();
    let held = subject.hold(2).await;
    for number in &held {
        let chosen = subject
            .provider()
            .set_main(place, &number.provider_id)
            .await
            .unwrap();
        assert!(chosen.main, "{chosen:?}");
        let main = subject.provider().get_main(place).await.unwrap();
        assert_eq!((&main.id, main.main), (&number.id, true));
    }
    let before = subject.get(&held[0].provider_id).await;
    assert!(!before.main, "{before:?}");
}
