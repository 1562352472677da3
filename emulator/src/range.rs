//! Byte ranges of a file.

/// Which part of a file a request wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The whole of it.
    Whole,
    /// From one byte to another, the second not included.
    Part(u64, u64),
    /// A part that the file does not have.
    Beyond,
}

/// Reads a Range header. What is not understood, and more than one range, asks for the whole, as RFC 9110 allows.
pub(crate) fn wanted(range: &str, length: u64) -> Wanted {
    let Some((unit, set)) = range.split_once('=') else { return Wanted::Whole };
    let Some((first, last)) = set.trim().split_once('-') else { return Wanted::Whole };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !unit.trim().eq_ignore_ascii_case("bytes") || !digits(first) || !digits(last) {
        return Wanted::Whole;
    }
    // A number too large to be held lies beyond every file.
    let number = |text: &str| text.parse().unwrap_or(u64::MAX);
    match (first, last) {
        ("", "") => Wanted::Whole,
        ("", suffix) => match number(suffix).min(length) {
            0 => Wanted::Beyond,
            count => Wanted::Part(length - count, length),
        },
        (first, _) if number(first) >= length => Wanted::Beyond,
        (first, "") => Wanted::Part(number(first), length),
        (first, last) if number(last) < number(first) => Wanted::Whole,
        (first, last) => Wanted::Part(number(first), number(last).saturating_add(1).min(length)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        for (range, expected) in [
            ("bytes=0-4", Wanted::Part(0, 5)),
            ("bytes=5-", Wanted::Part(5, 10)),
            ("bytes=-3", Wanted::Part(7, 10)),
            ("bytes=-30", Wanted::Part(0, 10)),
            ("bytes=9-9", Wanted::Part(9, 10)),
            ("bytes=3-99999999999999999999999", Wanted::Part(3, 10)),
            ("Bytes = 1-2", Wanted::Part(1, 3)),
            ("bytes=10-", Wanted::Beyond),
            ("bytes=10-20", Wanted::Beyond),
            ("bytes=99999999999999999999999-", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("bytes=4-2", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("lines=0-4", Wanted::Whole),
            ("0-4", Wanted::Whole),
        ] {
            assert_eq!(wanted(range, 10), expected, "{range}");
        }
        assert_eq!(wanted("bytes=0-", 0), Wanted::Beyond);
        assert_eq!(wanted("bytes=-1", 0), Wanted::Beyond);
    }
}
