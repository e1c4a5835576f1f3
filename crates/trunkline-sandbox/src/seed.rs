//! Repeatable randomness: the same seed gives the same dice, codes and identifiers in every run.

/// A `SplitMix64` generator. Not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// True with the given probability, from 0 to 1.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        // The upper 53 bits fill a double's mantissa exactly.
        let bits = u32::try_from(self.next() >> 32).unwrap_or_default();
        f64::from(bits) / 4_294_967_296.0 < probability
    }
}

/// 128 scattered bits for the `n`th identifier of a kind: distinct for distinct `n`.
pub(crate) fn scatter(seed: u64, n: u64) -> u128 {
    let high = mix(seed ^ mix(n));
    let low = mix(n.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(seed));
    (u128::from(high) << 64) | u128::from(low)
}

/// A number from 0 to 1 that is always the same for the same text and looks random.
pub(crate) fn fraction(text: &str) -> f64 {
    let sum = text
        .bytes()
        .fold(0, |sum: u64, byte| mix(sum ^ u64::from(byte)));
    let bits = u32::try_from(sum >> 32).unwrap_or_default();
    f64::from(bits) / 4_294_967_296.0
}

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same_dice() {
        let throws = |seed| {
            let mut dice = Dice::new(seed);
            (0..64).map(|_| dice.chance(0.3)).collect::<Vec<_>>()
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
    }

    #[test]
    fn fault_probability_is_respected() {
        let mut dice = Dice::new(1);
        let hits = (0..10_000).filter(|_| dice.chance(0.3)).count();
        assert!((2_800..3_200).contains(&hits), "{hits}");
    }

    #[test]
    fn certainty_and_impossibility_are_exact() {
        let mut dice = Dice::new(1);
        assert!((0..1_000).all(|_| dice.chance(1.0)));
        assert!(!(0..1_000).any(|_| dice.chance(0.0)));
    }
}
