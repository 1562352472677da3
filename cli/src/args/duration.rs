//! Durations on the command line and in the configuration file.

use std::time::Duration;

/// A duration such as `30s`, `5m` or `12h`.
///
/// # Errors
///
/// What a duration looks like, if this is none.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.len() - text.trim_start_matches(|character: char| character.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "ms" => Some(1),
        "s" => Some(1000),
        "m" => Some(60 * 1000),
        "h" => Some(60 * 60 * 1000),
        "d" => Some(24 * 60 * 60 * 1000),
        _ => None,
    };
    let milliseconds = unit.and_then(|unit: u64| number.parse::<u64>().ok()?.checked_mul(unit));
    milliseconds
        .map(Duration::from_millis)
        .ok_or_else(|| "a duration is a number and ms, s, m, h or d, such as 30s".to_owned())
}

/// A duration that is not zero.
///
/// # Errors
///
/// What a duration looks like, if this is none.
pub fn some_time(text: &str) -> Result<Duration, String> {
    duration(text).and_then(|time| if time.is_zero() { Err("it is zero".to_owned()) } else { Ok(time) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        for (text, milliseconds) in
            [("250ms", 250), ("30s", 30_000), ("5m", 300_000), ("12h", 43_200_000), ("0s", 0)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in
            ["", "30", "s", "-1s", "1.5s", "30 s", "5M", "99999999999999999999s", "99999999999999999d"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
