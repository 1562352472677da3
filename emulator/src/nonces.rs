//! What may be used once only.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash as _, Hasher};

use rdbfetch::Timestamp;

/// How many nonces are remembered at most: of these, the latest.
const CAPACITY: usize = 65_536;
/// How long a nonce is remembered where the signature has no clock, in seconds.
const WITHOUT_CLOCK: u32 = 3600;

/// Remembers nonces as long as the requests they came with would be accepted again.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    /// Digests, since texts would be megabytes. That two nonces in use have the same one will not happen.
    known: HashSet<u64, BuildHasherDefault<Digest>>,
    /// When each was used, in unix seconds.
    order: VecDeque<(i64, u64)>,
}

/// Takes a digest as it is.
#[derive(Debug, Default)]
struct Digest(u64);

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, digest: u64) {
        self.0 = digest;
    }
}

impl Nonces {
    /// Notes that a key was used with a nonce, and says whether that is new.
    pub(crate) fn fresh(&mut self, key: &str, nonce: &str, now: Timestamp, window: Option<u32>) -> bool {
        let lifetime = i64::from(window.unwrap_or(WITHOUT_CLOCK)) * 2;
        while let Some((seen, _)) = self.order.front() {
            if self.order.len() < CAPACITY && seen.saturating_add(lifetime) >= now.unix() {
                break;
            }
            if let Some((_, old)) = self.order.pop_front() {
                self.known.remove(&old);
            }
        }
        // The keys of this hasher are the same in every run, as all of an emulator is.
        let mut digest = DefaultHasher::new();
        (key, nonce).hash(&mut digest);
        let digest = digest.finish();
        if !self.known.insert(digest) {
            return false;
        }
        self.order.push_back((now.unix(), digest));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(1_700_000_000 + seconds).unwrap()
    }

    #[test]
    fn a_nonce_works_once_per_key() {
        let mut nonces = Nonces::default();
        assert!(nonces.fresh("a", "1", at(0), Some(60)));
        assert!(nonces.fresh("b", "1", at(0), Some(60)));
        assert!(!nonces.fresh("a", "1", at(120), Some(60)));
        assert!(nonces.fresh("a", "1", at(121), Some(60)), "its request would be too old by now");
    }

    #[test]
    fn the_store_is_bounded() {
        let mut nonces = Nonces::default();
        for number in 0..=CAPACITY {
            assert!(nonces.fresh("a", &number.to_string(), at(0), None));
        }
        assert_eq!((nonces.known.len(), nonces.order.len()), (CAPACITY, CAPACITY));
        assert!(!nonces.fresh("a", &CAPACITY.to_string(), at(0), None));
    }
}
