//! What is in a file of a backup.

use std::ops::Range;

use bytes::Bytes;

/// What is in a file of a backup.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Bytes in memory.
    Memory(Bytes),
}

impl Content {
    /// How many bytes it has.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        }
    }

    /// The bytes in a range; none where there is no such range.
    pub(crate) fn read(&self, range: Range<u64>) -> Bytes {
        match self {
            Self::Memory(bytes) => {
                let at = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(bytes.len());
                bytes.slice(at(range.start)..at(range.end).max(at(range.start)))
            }
        }
    }
}

/// The body of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// These bytes.
    Bytes(Bytes),
    /// A part of a file.
    Part(Content, Range<u64>),
}

impl Default for Body {
    fn default() -> Self {
        Self::Bytes(Bytes::new())
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Bytes(Bytes::from(text))
    }
}

impl Body {
    /// How many bytes it has.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            Self::Part(_, range) => range.end.saturating_sub(range.start),
        }
    }
}
