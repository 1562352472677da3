//! What was seen already, in little memory.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, Hash, RandomState};

/// Which things were seen: 64 bits of each, by a key that nobody knows beforehand. Among a million things, the chance that two
/// are taken for one is less than one in ten million.
#[derive(Default)]
pub struct Seen {
    key: RandomState,
    hashes: HashSet<u64>,
}

impl Seen {
    /// Notes something. Says whether it is new.
    pub fn insert(&mut self, thing: impl Hash) -> bool {
        self.hashes.insert(self.key.hash_one(thing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_new_once() {
        let mut seen = Seen::default();
        assert!(seen.insert(("a", "bc")) && seen.insert(("ab", "c")) && seen.insert(("a", "")));
        assert!(!seen.insert(("a", "bc")) && !seen.insert(("a", "")));
    }
}
