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
    /// Several parts.
    Several,
}

/// One range as it is written: from a byte on, or so many at the end.
enum Spec {
    From(u64, Option<u64>),
    Last(u64),
}

/// Reads a Range header. What is not understood asks for the whole, as RFC 9110 wants it.
pub(crate) fn wanted(range: &str, length: u64) -> Wanted {
    let Some((unit, set)) = range.split_once('=') else { return Wanted::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Wanted::Whole;
    }
    // A list may have empty elements.
    let specs = set.split(',').map(str::trim).filter(|one| !one.is_empty()).map(spec);
    let mut only = None;
    let mut several = false;
    for spec in specs {
        let Some(spec) = spec else { return Wanted::Whole };
        several |= only.replace(spec).is_some();
    }
    match only {
        None => Wanted::Whole,
        Some(_) if several => Wanted::Several,
        Some(Spec::Last(count)) => match count.min(length) {
            0 => Wanted::Beyond,
            count => Wanted::Part(length - count, length),
        },
        Some(Spec::From(first, _)) if first >= length => Wanted::Beyond,
        Some(Spec::From(first, last)) => {
            let end = last.map_or(length, |last| last.saturating_add(1));
            Wanted::Part(first, end.min(length))
        }
    }
}

fn spec(text: &str) -> Option<Spec> {
    let (first, last) = text.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(first) || !digits(last) {
        return None;
    }
    // A number too large to be held lies beyond every file.
    let number = |text: &str| text.parse().unwrap_or(u64::MAX);
    match (first, last) {
        ("", "") => None,
        ("", count) => Some(Spec::Last(number(count))),
        (first, "") => Some(Spec::From(number(first), None)),
        (first, last) => {
            (number(first) <= number(last)).then(|| Spec::From(number(first), Some(number(last))))
        }
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
            ("bytes= 1-2 ,", Wanted::Part(1, 3)),
            ("bytes=10-", Wanted::Beyond),
            ("bytes=10-20", Wanted::Beyond),
            ("bytes=99999999999999999999999-", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=0-1,3-4", Wanted::Several),
            ("bytes=0-1, -1,,5-", Wanted::Several),
            ("bytes=0-1,3-x", Wanted::Whole),
            ("bytes=4-2", Wanted::Whole),
            ("bytes=4-2,1-2", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=", Wanted::Whole),
            ("bytes=,", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("bytes=1-2-3", Wanted::Whole),
            ("lines=0-4", Wanted::Whole),
            ("0-4", Wanted::Whole),
        ] {
            assert_eq!(wanted(range, 10), expected, "{range}");
        }
        assert_eq!(wanted("bytes=0-", 0), Wanted::Beyond);
        assert_eq!(wanted("bytes=-1", 0), Wanted::Beyond);
        assert_eq!(wanted("bytes=18446744073709551614-18446744073709551615", u64::MAX).clone(), {
            Wanted::Part(u64::MAX - 1, u64::MAX)
        });
    }
}
