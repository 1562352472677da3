//! Durations, sizes and situations as rules write them.

use std::time::Duration;

use rdbfetch::service::When;

use crate::world::DurationText;
pub(crate) use crate::world::{duration, shift, timestamp as moment};

/// Units of size and their bytes.
const SIZES: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];
/// Writes a duration as [`duration`] reads it.
pub(crate) fn duration_text(duration: Duration) -> String {
    if duration.as_millis() == 0 { "0s".to_owned() } else { DurationText(duration).to_string() }
}

/// Writes a shift as [`shift`] reads it.
pub(crate) fn shift_text(milliseconds: i64) -> String {
    let sign = if milliseconds < 0 { "-" } else { "" };
    format!("{sign}{}", duration_text(Duration::from_millis(milliseconds.unsigned_abs())))
}

/// A size such as `50MiB`, `4KiB` or `100B`.
pub(crate) fn size(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = SIZES.iter().find(|(known, _)| *known == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
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
    When::ALL.iter().copied().find(|when| word(*when) == text)
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
        for when in When::ALL {
            assert_eq!(situation(&word(*when)), Some(*when));
        }
        assert_eq!(situation("not-ready"), Some(When::NotReady));
        assert_eq!(situation("NotReady"), None);
    }
}
