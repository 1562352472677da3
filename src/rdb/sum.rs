//! The checksum of a file: the CRC-64 that Redis computes, which starts from zero and is not inverted at the end.

use crc_fast::{CrcAlgorithm, Digest};

/// Length of the checksum that ends a file, in bytes.
pub(super) const CHECKSUM: usize = 8;

/// The checksum of all bytes but the last eight, which may be the checksum in the file.
#[derive(Clone)]
pub(super) struct Sum {
    digest: Digest,
    /// The last byte that was added.
    added: Option<u8>,
    tail: [u8; CHECKSUM],
    len: usize,
}

impl Sum {
    pub(super) fn new() -> Self {
        Self { digest: Digest::new(CrcAlgorithm::Crc64Redis), added: None, tail: [0; CHECKSUM], len: 0 }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        let (lead, last) = bytes.split_at(bytes.len().saturating_sub(CHECKSUM));
        // As many of the bytes that waited as there are new ones beyond eight.
        let due = (self.len + bytes.len()).saturating_sub(CHECKSUM).min(self.len);
        let (first, kept) = self.tail.split_at(due);
        let kept = kept.get(..self.len - due).unwrap_or_default();
        self.digest.update(first);
        self.digest.update(lead);
        self.added = lead.last().or(first.last()).copied().or(self.added);
        let mut tail = [0; CHECKSUM];
        let all = kept.iter().chain(last);
        self.len = kept.len() + last.len();
        for (to, from) in tail.iter_mut().zip(all) {
            *to = *from;
        }
        self.tail = tail;
    }

    /// The checksum of all bytes so far and of `more`.
    pub(super) fn with(&self, more: &[u8]) -> u64 {
        let mut digest = self.digest;
        digest.update(self.tail());
        digest.update(more);
        digest.finalize()
    }

    /// The last bytes, eight at most.
    pub(super) fn tail(&self) -> &[u8] {
        self.tail.get(..self.len).unwrap_or_default()
    }

    /// The byte in front of the last eight, the checksum of all up to there, and the last eight as a checksum.
    pub(super) fn trailer(&self) -> Option<(u8, u64, u64)> {
        Some((self.added?, self.digest.finalize(), u64::from_le_bytes(self.tail)))
    }
}
