//! Lengths as RDB files write them, in one to nine bytes.

/// What is wrong, in a few words that fit behind a place.
pub(super) type Fault = &'static str;

/// A length, or the way in which the string that follows is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Plain(u64),
    /// An integer in this many bytes.
    Integer(u8),
    Compressed,
}

/// Reads a length and says how many bytes it took; `None` where `input` ends before it does.
pub(super) fn read(input: &[u8]) -> Result<Option<(Length, usize)>, Fault> {
    let Some((first, rest)) = input.split_first() else { return Ok(None) };
    let small = first & 0x3f;
    Ok(match (first >> 6, small) {
        (0, _) => Some((Length::Plain(small.into()), 1)),
        (1, _) => rest.first().map(|low| (Length::Plain(u64::from(small) << 8 | u64::from(*low)), 2)),
        (2, 0) => rest.first_chunk().map(|bytes| (Length::Plain(u32::from_be_bytes(*bytes).into()), 5)),
        (2, 1) => rest.first_chunk().map(|bytes| (Length::Plain(u64::from_be_bytes(*bytes)), 9)),
        (3, 0..=2) => Some((Length::Integer(1 << small), 1)),
        (3, 3) => Some((Length::Compressed, 1)),
        _ => return Err("a length of unknown form"),
    })
}

/// Reads a length that is no encoding.
pub(super) fn plain(input: &[u8]) -> Result<Option<(u64, usize)>, Fault> {
    match read(input)? {
        Some((Length::Plain(length), took)) => Ok(Some((length, took))),
        Some(_) => Err("an encoded string where a number belongs"),
        None => Ok(None),
    }
}
