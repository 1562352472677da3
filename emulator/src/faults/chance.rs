//! Decisions that look like chance and are the same in every run.

/// A number that a seed, a name and a count lead to, always the same one.
pub(crate) fn draw(seed: u64, name: &str, count: u64) -> u64 {
    /// What FNV-1a begins with and multiplies by.
    const FNV: (u64, u64) = (0xcbf2_9ce4_8422_2325, 0x0100_0000_01b3);
    let name = name.bytes().fold(FNV.0, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV.1));
    mixed(mixed(seed ^ name).wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// SplitMix64's way to spread a number over all bits.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A drawn number as one from 0 to just below 1.
pub(crate) fn fraction(drawn: u64) -> f64 {
    /// As many bits as a number of this type holds exactly.
    const BITS: u32 = 53;
    #[allow(clippy::cast_precision_loss, reason = "the bits were chosen to fit")]
    let (numerator, denominator) = ((drawn >> (64 - BITS)) as f64, (1_u64 << BITS) as f64);
    numerator / denominator
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_the_same_in_every_run() {
        assert_eq!(draw(1, "a", 2), draw(1, "a", 2));
        let others = [draw(2, "a", 2), draw(1, "b", 2), draw(1, "a", 3)];
        assert!(others.iter().all(|other| *other != draw(1, "a", 2)));
        let hits = (0..10_000).filter(|count| fraction(draw(7, "x", *count)) < 0.25).count();
        assert!((2300..2700).contains(&hits), "{hits} of 10000 at a quarter");
        assert!(fraction(u64::MAX) < 1.0 && fraction(0) == 0.0);
    }
}
