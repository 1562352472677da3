//! Moments and durations, as scenarios write them.

use std::fmt;
use std::time::Duration;

use rdbfetch::Timestamp;
use rdbfetch::service::TimeFormat;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// A moment: on the calendar, or so long before or after the emulator's clock when it starts.
///
/// As text: RFC 3339 such as `2026-01-02T03:04:05Z`, `now`, or a duration with a sign such as `-2d` or `+30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// On the calendar.
    At(Timestamp),
    /// So many milliseconds after the clock at the start; before it where negative.
    Relative(i64),
}

impl Moment {
    /// So long before the emulator's clock when it starts.
    #[must_use]
    pub fn ago(by: Duration) -> Self {
        Self::Relative(milliseconds(by).saturating_neg())
    }

    /// So long after the emulator's clock when it starts.
    #[must_use]
    pub fn later(by: Duration) -> Self {
        Self::Relative(milliseconds(by))
    }

    /// When that is for a clock that shows `now`; the end of the calendar is `now`.
    pub(crate) fn on(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Relative(by) => {
                Timestamp::from_unix_millis(now.unix_millis().saturating_add(by)).unwrap_or(now)
            }
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "now" => Some(Self::Relative(0)),
            _ if text.starts_with(['-', '+']) => shift(text).map(Self::Relative),
            _ => timestamp(text).map(Self::At),
        }
    }
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self::At(at)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => at.fmt(f),
            Self::Relative(by) => {
                let sign = if *by < 0 { '-' } else { '+' };
                write!(f, "{sign}{}", DurationText(Duration::from_millis(by.unsigned_abs())))
            }
        }
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a time such as 2026-01-02T03:04:05Z, -2d, +30m or now";
        deserializer.deserialize_str(Text { expected, read: Self::parse })
    }
}

/// A duration, as text such as `30s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DurationText(pub(crate) Duration);

impl fmt::Display for DurationText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0.as_millis();
        let fitting =
            UNITS.iter().rev().find(|(_, unit)| whole.is_multiple_of(u128::from(*unit)) && whole > 0);
        let (name, unit) = fitting.copied().unwrap_or(("ms", 1));
        write!(f, "{}{name}", whole / u128::from(unit))
    }
}

impl Serialize for DurationText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DurationText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a duration such as 250ms, 30s, 5m, 12h or 2d";
        deserializer.deserialize_str(Text { expected, read: |text| duration(text).map(DurationText) })
    }
}

/// Units of durations in milliseconds, the smallest first.
const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// A duration such as `30s`, `5m`, `12h` or `2d`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let end = text.find(|one: char| !one.is_ascii_digit())?;
    let (number, name) = text.split_at(end);
    let (_, unit) = UNITS.iter().find(|(known, _)| *known == name)?;
    let milliseconds = number.parse::<u64>().ok()?.checked_mul(*unit)?;
    i64::try_from(milliseconds).ok().map(|_| Duration::from_millis(milliseconds))
}

/// Milliseconds, from a duration with or without a sign.
pub(crate) fn shift(text: &str) -> Option<i64> {
    let (sign, rest) = match (text.strip_prefix('-'), text.strip_prefix('+')) {
        (Some(rest), _) => (-1, rest),
        (_, Some(rest)) => (1, rest),
        _ => (1, text),
    };
    Some(milliseconds(duration(rest)?) * sign)
}

/// A moment in RFC 3339.
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text, TimeFormat { format: "", offset: 0 })
}

pub(crate) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Reads a text of a form.
struct Text<T> {
    expected: &'static str,
    read: fn(&str) -> Option<T>,
}

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.read)(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_they_are_read() {
        for text in ["0ms", "250ms", "30s", "5m", "90m", "12h", "2d"] {
            assert_eq!(DurationText(duration(text).unwrap()).to_string(), text);
        }
        assert_eq!(DurationText(duration("120s").unwrap()).to_string(), "2m");
        for text in ["", "s", "30", "-1s", "1.5s", "1 s", "1w", "99999999999999999999s", "999999999999999d"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn moments_are_absolute_or_relative() {
        let now = Timestamp::from_unix(1_000_000).unwrap();
        let on = |text| Moment::parse(text).map(|moment| moment.on(now).unix());
        assert_eq!(on("1970-01-01T00:00:07Z"), Some(7));
        assert_eq!(on("now"), Some(1_000_000));
        assert_eq!(on("-1h"), Some(996_400));
        assert_eq!(on("+2s"), Some(1_000_002));
        for text in ["", "-", "yesterday", "2d", "--1s", "1970-01-01", "1970-01-01T00:00:07"] {
            assert_eq!(on(text), None, "{text}");
        }
        assert_eq!(Moment::Relative(i64::MIN).on(now), now, "beyond the calendar");
        assert_eq!(Moment::ago(Duration::from_secs(90)).to_string(), "-90s");
        assert_eq!(Moment::parse("-90s"), Some(Moment::ago(Duration::from_secs(90))));
    }
}
