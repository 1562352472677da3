//! Durations, sizes and situations as rules write them.

use std::time::Duration;

use rdbfetch::Timestamp;
use rdbfetch::service::{TimeFormat, When};

/// RFC 3339.
const RFC3339: TimeFormat = TimeFormat { format: "", offset: 0 };
/// Units of time and their milliseconds, the largest first.
const TIMES: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
/// Units of size and their bytes, the largest first.
const SIZES: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];
/// The situations.
pub(crate) const SITUATIONS: [When; 14] = [
    When::UnknownKey,
    When::BadSignature,
    When::ExpiredClock,
    When::Replayed,
    When::Missing,
    When::BadValue,
    When::NoOperation,
    When::WrongRegion,
    When::NoInstance,
    When::NoBackup,
    When::NotReady,
    When::Denied,
    When::Throttled,
    When::Internal,
];

/// A number and one of some units.
fn measured(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(known, _)| *known == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// A number in the largest unit that shows it whole.
fn written(number: u64, units: &[(&str, u64)]) -> String {
    let fitting = units.iter().find(|(_, factor)| number != 0 && number.is_multiple_of(*factor));
    let (unit, factor) = fitting.or(units.last()).copied().unwrap_or(("", 1));
    format!("{}{unit}", number / factor)
}

/// A duration such as `200ms`, `3s`, `5m`, `12h` or `1d`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    measured(text, &TIMES).map(Duration::from_millis)
}

/// Writes a duration as [`duration`] reads it.
pub(crate) fn duration_text(duration: Duration) -> String {
    let text = written(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX), &TIMES);
    if text == "0ms" { "0s".to_owned() } else { text }
}

/// A duration that may have a sign, in milliseconds.
pub(crate) fn shift(text: &str) -> Option<i64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    Some(sign * i64::try_from(measured(text, &TIMES)?).ok()?)
}

/// Writes a shift as [`shift`] reads it.
pub(crate) fn shift_text(milliseconds: i64) -> String {
    let sign = if milliseconds < 0 { "-" } else { "" };
    format!("{sign}{}", duration_text(Duration::from_millis(milliseconds.unsigned_abs())))
}

/// A size such as `50MiB`, `4KiB` or `100B`.
pub(crate) fn size(text: &str) -> Option<u64> {
    measured(text, &SIZES)
}

/// A moment in RFC 3339.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text, RFC3339)
}

/// A moment later, or earlier; the same where the calendar ends.
pub(crate) fn shifted(moment: Timestamp, milliseconds: i64) -> Timestamp {
    Timestamp::from_unix_millis(moment.unix_millis().saturating_add(milliseconds)).unwrap_or(moment)
}

/// The word for a situation, as specs write it.
pub(crate) fn word(when: When) -> String {
    let mut word = String::new();
    for character in format!("{when:?}").chars() {
        if character.is_ascii_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.push(character.to_ascii_lowercase());
    }
    word
}

/// The situation that a word stands for.
pub(crate) fn situation(text: &str) -> Option<When> {
    SITUATIONS.into_iter().find(|when| word(*when) == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_and_written() {
        for (text, milliseconds) in
            [("200ms", 200), ("3s", 3000), ("90m", 5_400_000), ("2h", 7_200_000), ("0s", 0)]
        {
            let read = duration(text).unwrap();
            assert_eq!((read, duration_text(read)), (Duration::from_millis(milliseconds), text.to_owned()));
        }
        assert_eq!(duration_text(Duration::from_secs(60)), "1m");
        for text in
            ["", "3", "s", "-3s", "1.5s", "3 s", "3S", "99999999999999999999s", "9999999999999999999d"]
        {
            assert_eq!(duration(text), None, "{text}");
        }
        assert_eq!((shift("-10m"), shift("+1s"), shift("5s")), (Some(-600_000), Some(1000), Some(5000)));
        assert_eq!((shift("--1s"), shift("-"), shift_text(-600_000)), (None, None, "-10m".to_owned()));
        assert_eq!(
            (size("50MiB"), size("7B"), size("7"), size("7kb")),
            (Some(50 << 20), Some(7), None, None)
        );
    }

    #[test]
    fn situations_have_the_words_of_specs() {
        for when in SITUATIONS {
            assert_eq!(situation(&word(when)), Some(when));
        }
        assert_eq!(situation("not-ready"), Some(When::NotReady));
        assert_eq!(situation("NotReady"), None);
    }
}
