//! Numbers that are the same on every machine.

use crate::table::Weighted;

/// The generator splitmix64.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Numbers that follow from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        usize::try_from(z % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    /// Yes in this many of a thousand cases.
    pub fn thousandths(&mut self, share: u32) -> bool {
        self.below(1000) < share as usize
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// A value from a table.
    pub fn draw<T: Copy>(&mut self, table: Weighted<T>) -> T {
        let total: u32 = table.iter().map(|(_, weight)| weight).sum();
        let mut left = self.below(total as usize);
        for (value, weight) in table {
            match left.checked_sub(*weight as usize) {
                Some(rest) => left = rest,
                None => return *value,
            }
        }
        table[table.len() - 1].0
    }
}
