//! Byte strings that are mostly short, and how they are put together.

use smallvec::SmallVec;

/// Most of what a signature is made of fits here: dates, scopes, names of headers, digests in hexadecimal. A signature
/// has dozens of such values, and allocating each costs more than all of its hashing.
pub(super) type Raw = SmallVec<[u8; INLINE]>;

pub(super) const INLINE: usize = 64;

/// Parts with `separator` between them.
pub(super) fn joined<'p>(parts: impl Iterator<Item = &'p [u8]> + Clone, separator: &[u8]) -> Raw {
    let lengths = parts.clone().map(|part| part.len() + separator.len());
    let mut out = Filling::new(lengths.sum());
    for (index, part) in parts.enumerate() {
        if index > 0 {
            out.add(separator);
        }
        out.add(part);
    }
    out.finish()
}

/// Bytes while they are collected: what stays short is copied to where it stays, and all else is an ordinary vector.
pub(super) enum Filling {
    Short([u8; INLINE], usize),
    Long(Vec<u8>),
}

impl Filling {
    /// For so many bytes at most.
    pub(super) fn new(most: usize) -> Self {
        if most <= INLINE { Self::Short([0; INLINE], 0) } else { Self::Long(Vec::with_capacity(most)) }
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        match self {
            Self::Short(all, length) => {
                all[*length..*length + bytes.len()].copy_from_slice(bytes);
                *length += bytes.len();
            }
            Self::Long(all) => all.extend_from_slice(bytes),
        }
    }

    pub(super) fn finish(self) -> Raw {
        match self {
            Self::Short(all, length) => Raw::from_buf_and_len(all, length),
            Self::Long(all) => Raw::from_vec(all),
        }
    }
}
