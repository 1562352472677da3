//! What may be used once only.

use std::collections::{HashSet, VecDeque};

use rdbfetch::Timestamp;

/// How many nonces are remembered at most.
const CAPACITY: usize = 65_536;
/// How long a nonce is remembered where the signature has no clock, in seconds.
const WITHOUT_CLOCK: u32 = 3600;

/// Remembers nonces as long as the requests they came with would be accepted again.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    known: HashSet<(String, String)>,
    order: VecDeque<(Timestamp, (String, String))>,
}

impl Nonces {
    /// Notes that a key was used with a nonce, and says whether that is new.
    pub(crate) fn fresh(&mut self, key: &str, nonce: &str, now: Timestamp, window: Option<u32>) -> bool {
        let lifetime = i64::from(window.unwrap_or(WITHOUT_CLOCK)) * 2;
        while let Some((seen, _)) = self.order.front() {
            if self.order.len() < CAPACITY && seen.plus_seconds(lifetime) >= now {
                break;
            }
            if let Some((_, old)) = self.order.pop_front() {
                self.known.remove(&old);
            }
        }
        let entry = (key.to_owned(), nonce.to_owned());
        if !self.known.insert(entry.clone()) {
            return false;
        }
        self.order.push_back((now, entry));
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
