//! SHA-256 of messages that are there as a whole: block by block, with nothing buffered on the way, and from states that
//! can be kept.

use std::fmt;

use sha2::block_api::compress256;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::Bytes;

const BLOCK: usize = 64;

type State = [u32; 8];

/// FIPS 180-4, section 5.3.3.
const START: State =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The digest of a message.
pub(super) fn sha256(message: &[u8]) -> [u8; 32] {
    end(START, 0, message)
}

/// The digest of what led to `state`, so many bytes in whole blocks, with `message` behind it.
fn end(mut state: State, before: usize, message: &[u8]) -> [u8; 32] {
    let (blocks, rest) = message.as_chunks::<BLOCK>();
    if !blocks.is_empty() {
        compress256(&mut state, blocks);
    }
    let mut last = [[0; BLOCK]; 2];
    // Behind the rest stand one bit and the length.
    let used = if rest.len() < BLOCK - 8 { 1 } else { 2 };
    let flat = last[..used].as_flattened_mut();
    flat[..rest.len()].copy_from_slice(rest);
    flat[rest.len()] = 0x80;
    if let Some(length) = flat.last_chunk_mut() {
        *length = (8 * (before + message.len()) as u64).to_be_bytes();
    }
    compress256(&mut state, &last[..used]);
    let mut out = [0; 32];
    out.as_chunks_mut().0.iter_mut().zip(state).for_each(|(four, word)| *four = word.to_be_bytes());
    out
}

/// A key of HMAC-SHA256, as far as it goes without a message: what its two blocks make of the digest's state. Half of
/// what the digest of a short message costs is in these. It is wiped when it is dropped, and `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Key {
    inner: State,
    outer: State,
}

impl Key {
    /// From the bytes of a key.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        if key.len() > BLOCK {
            block[..32].copy_from_slice(&sha256(key));
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let mut after = |pad: u8| {
            block.iter_mut().for_each(|byte| *byte ^= pad);
            let mut state = START;
            compress256(&mut state, &[block]);
            state
        };
        // The second takes the first one's padding off as well.
        let key = Self { inner: after(0x36), outer: after(0x36 ^ 0x5c) };
        block.zeroize();
        key
    }

    /// HMAC with SHA-256 of `message`.
    #[must_use]
    pub fn hmac_sha256(&self, message: impl AsRef<[u8]>) -> Bytes {
        self.mac(message.as_ref()).as_slice().into()
    }

    pub(super) fn mac(&self, message: &[u8]) -> [u8; 32] {
        end(self.outer, BLOCK, &end(self.inner, BLOCK, message))
    }

    /// The states, for keeping: they are as secret as the key.
    pub(in crate::sign) fn states(&self) -> Vec<u8> {
        // With room for all of them at once, so that no part is left behind anywhere.
        let mut states = Vec::with_capacity(BLOCK);
        self.inner.iter().chain(&self.outer).for_each(|word| states.extend_from_slice(&word.to_ne_bytes()));
        states
    }

    /// What [`Key::states`] gave; `None` where these are no states.
    pub(in crate::sign) fn from_states(states: &[u8]) -> Option<Self> {
        let (words, []) = states.as_chunks() else { return None };
        let mut all = [0; 16];
        if words.len() != all.len() {
            return None;
        }
        all.iter_mut().zip(words).for_each(|(word, bytes)| *word = u32::from_ne_bytes(*bytes));
        let ([inner, outer], _) = all.as_chunks() else { return None };
        let key = Self { inner: *inner, outer: *outer };
        all.zeroize();
        Some(key)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use sha2::{Digest as _, Sha256};

    use super::*;

    fn some(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at * 7 + length) as u8).collect()
    }

    #[test]
    fn messages_of_all_lengths_have_the_digest_of_the_crate() {
        for length in 0..300 {
            assert_eq!(sha256(&some(length))[..], Sha256::digest(some(length))[..], "{length}");
        }
    }

    #[test]
    fn keys_and_messages_of_all_lengths_have_the_hmac_of_the_crate() {
        for length in (0..150).chain([1000]) {
            let key = some(length);
            let message = some(300 - length.min(150) * 2);
            let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap().chain_update(&message);
            assert_eq!(Key::new(&key).mac(&message)[..], mac.finalize().into_bytes()[..], "{length}");
        }
    }

    #[test]
    fn states_come_back_and_nothing_else_does() {
        let key = Key::new(b"secret");
        assert_eq!(Key::from_states(&key.states()).as_ref(), Some(&key));
        for length in [0, 32, 63, 65, 68, 128] {
            assert_eq!(Key::from_states(&some(length)), None, "{length}");
        }
    }

    #[test]
    fn a_key_is_wiped_and_not_shown() {
        fn wiped<T: ZeroizeOnDrop>() {}
        wiped::<Key>();
        let mut key = Key::new(b"secret");
        assert_eq!(format!("{key:?}"), "Key([redacted])");
        key.zeroize();
        assert_eq!((key.inner, key.outer), ([0; 8], [0; 8]));
    }
}
