//! The carriers' clocks: two for each, neither of them right.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use trunkline_sandbox::{CarrierOptions, CarrierSettings, ClockSettings, ProviderKind, Trait};

/// How each carrier starts, drawn from the seed: its clocks up to `skew` seconds off, some without a `Date` header, some
/// that use ids again; what is released is on sale again at once.
pub(crate) fn draw(seed: u64, skew: f64) -> [CarrierOptions; ProviderKind::ALL.len()] {
    let mut dice = StdRng::seed_from_u64(seed ^ 0x0063_6c6f_636b);
    #[expect(clippy::cast_possible_truncation, reason = "at most 240 000")]
    let most = (skew * 1_000.0) as i64;
    ProviderKind::ALL.map(|kind| {
        let clock = ClockSettings {
            date_offset_ms: dice.random_range(-most..=most),
            record_offset_ms: dice.random_range(-most..=most),
            send_date: !dice.random_bool(0.25),
            ..ClockSettings::EXACT
        };
        let sells = kind.has(Trait::Shop);
        let reuse_ids = dice.random_bool(0.5) && sells;
        CarrierOptions {
            clock,
            settings: CarrierSettings {
                resell_released: sells,
                reuse_ids,
                ..CarrierSettings::OFF
            },
            ..CarrierOptions::PLAIN
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_clocks_again_within_the_skew() {
        assert_eq!(draw(7, 3.0), draw(7, 3.0));
        let carriers: Vec<_> = (0..50).flat_map(|seed| draw(seed, 3.0)).collect();
        let clocks = carriers.iter().map(|carrier| carrier.clock);
        let offs: Vec<_> = clocks
            .clone()
            .flat_map(|clock| [clock.date_offset_ms, clock.record_offset_ms])
            .collect();
        assert!(offs.iter().all(|off| (-3_000..=3_000).contains(off)));
        assert!(offs.iter().any(|off| *off > 2_000) && offs.iter().any(|off| *off < -2_000));
        assert!(clocks.clone().any(|clock| clock.send_date));
        assert!(clocks.clone().any(|clock| !clock.send_date));
    }
}
