//! Moments, as vendors write them and as we do.

use std::fmt;
use std::time::{Duration, SystemTime};

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use crate::service::TimeFormat;

/// A moment in UTC, to the millisecond.
///
/// `Display` and `Serialize` write RFC 3339, such as `2021-07-14T08:52:41Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    milliseconds: i64,
}

impl Timestamp {
    /// From unix milliseconds; `None` outside the years -9999 to 9999.
    #[must_use]
    pub fn from_unix_millis(milliseconds: i64) -> Option<Self> {
        jiff::Timestamp::from_millisecond(milliseconds).ok().map(|_| Self { milliseconds })
    }

    /// From unix seconds; `None` outside the years -9999 to 9999.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Option<Self> {
        Self::from_unix_millis(seconds.checked_mul(1000)?)
    }

    /// The clock of this machine.
    #[must_use]
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// Whole seconds since 1970.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.milliseconds.div_euclid(1000)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn unix_millis(self) -> i64 {
        self.milliseconds
    }

    /// This many seconds later, or earlier; stays where the calendar ends.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        let moved = self.milliseconds.saturating_add(seconds.saturating_mul(1000));
        Self::from_unix_millis(moved).unwrap_or(self)
    }

    /// Writes the moment in a vendor's format.
    #[must_use]
    pub fn format(self, format: TimeFormat) -> String {
        if format.format.is_empty() {
            return self.to_string();
        }
        let offset = Offset::from_seconds(format.offset).unwrap_or(Offset::UTC);
        let civil = offset.to_datetime(self.jiff());
        let mut out = String::new();
        let mut rest = format.format.chars();
        while let Some(next) = rest.next() {
            if next != '%' {
                out.push(next);
                continue;
            }
            match rest.next() {
                Some('Y') => out.push_str(&format!("{:04}", civil.year())),
                Some('m') => out.push_str(&format!("{:02}", civil.month())),
                Some('d') => out.push_str(&format!("{:02}", civil.day())),
                Some('H') => out.push_str(&format!("{:02}", civil.hour())),
                Some('M') => out.push_str(&format!("{:02}", civil.minute())),
                Some('S') => out.push_str(&format!("{:02}", civil.second())),
                Some('L') => out.push_str(&format!("{:03}", self.milliseconds.rem_euclid(1000))),
                Some('s') => out.push_str(&self.unix().to_string()),
                Some(other) => out.push(other),
                None => {}
            }
        }
        out
    }

    /// Reads a moment in a vendor's format; `None` where the text does not fit.
    #[must_use]
    pub fn parse(text: &str, format: TimeFormat) -> Option<Self> {
        let text = text.trim();
        if format.format.is_empty() {
            let moment: jiff::Timestamp = text.parse().ok()?;
            return Self::from_unix_millis(moment.as_millisecond());
        }
        let mut rest = text.as_bytes();
        let mut fields = Fields::default();
        let mut format_rest = format.format.bytes();
        while let Some(next) = format_rest.next() {
            if next == b'%' {
                let field = format_rest.next()?;
                rest = fields.read(field, rest)?;
            } else {
                rest = rest.strip_prefix(&[next])?;
            }
        }
        if rest.is_empty() { fields.moment(format.offset) } else { None }
    }

    fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.milliseconds).unwrap_or_default()
    }
}

/// What a format's fields add up to.
struct Fields {
    year: i16,
    month: i8,
    day: i8,
    hour: i8,
    minute: i8,
    second: i8,
    millisecond: i64,
    unix: Option<i64>,
}

impl Default for Fields {
    fn default() -> Self {
        Self { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, millisecond: 0, unix: None }
    }
}

impl Fields {
    fn read<'t>(&mut self, field: u8, text: &'t [u8]) -> Option<&'t [u8]> {
        let width = match field {
            b'Y' => 4,
            b'm' | b'd' | b'H' | b'M' | b'S' => 2,
            b'L' => 3,
            b's' => {
                // "%s%L" is unix milliseconds: what follows the seconds has a fixed width.
                let digits = text.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'-').count();
                if digits > 12 { digits - 3 } else { digits }
            }
            _ => return None,
        };
        let (head, tail) = text.split_at_checked(width)?;
        let number: i64 = std::str::from_utf8(head).ok()?.parse().ok()?;
        let small = i8::try_from(number);
        match field {
            b'Y' => self.year = i16::try_from(number).ok()?,
            b'm' => self.month = small.ok()?,
            b'd' => self.day = small.ok()?,
            b'H' => self.hour = small.ok()?,
            b'M' => self.minute = small.ok()?,
            b'S' => self.second = small.ok()?,
            b'L' => self.millisecond = number,
            _ => self.unix = Some(number),
        }
        Some(tail)
    }

    fn moment(&self, offset: i32) -> Option<Timestamp> {
        if let Some(unix) = self.unix {
            return Timestamp::from_unix_millis(unix.checked_mul(1000)?.checked_add(self.millisecond)?);
        }
        let date = Date::new(self.year, self.month, self.day).ok()?;
        let time = Time::new(self.hour, self.minute, self.second, 0).ok()?;
        let offset = Offset::from_seconds(offset).ok()?;
        let moment = offset.to_timestamp(DateTime::from_parts(date, time)).ok()?;
        Timestamp::from_unix_millis(moment.as_millisecond().checked_add(self.millisecond)?)
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let milliseconds = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        };
        Self::from_unix_millis(milliseconds).unwrap_or(Self { milliseconds: 0 })
    }
}

impl From<Timestamp> for SystemTime {
    fn from(moment: Timestamp) -> Self {
        let distance = Duration::from_millis(moment.milliseconds.unsigned_abs());
        if moment.milliseconds < 0 { Self::UNIX_EPOCH - distance } else { Self::UNIX_EPOCH + distance }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.jiff())
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(format: &'static str) -> TimeFormat {
        TimeFormat { format, offset: 0 }
    }

    #[test]
    fn formats_go_both_ways() {
        let moment = Timestamp::from_unix(1_529_927_068).unwrap();
        assert_eq!(moment.to_string(), "2018-06-25T11:44:28Z");
        let china = TimeFormat { format: "%Y-%m-%d %H:%M:%S", offset: 8 * 3600 };
        for (format, text) in [
            (utc(""), "2018-06-25T11:44:28Z"),
            (utc("%s"), "1529927068"),
            (utc("%s%L"), "1529927068000"),
            (utc("%Y%m%dT%H%M%SZ"), "20180625T114428Z"),
            (china, "2018-06-25 19:44:28"),
        ] {
            assert_eq!(moment.format(format), text);
            assert_eq!(Timestamp::parse(text, format), Some(moment), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_no_moment() {
        for text in
            ["", "0000-00-00 00:00:00", "2018-13-01 00:00:00", "2018-06-25T11:44:28", "2018-06-25 11:44"]
        {
            assert_eq!(Timestamp::parse(text, utc("%Y-%m-%d %H:%M:%S")), None, "{text}");
        }
        assert_eq!(Timestamp::parse("99999999999999999999", utc("%s")), None);
        assert_eq!(Timestamp::parse("é018-06-25", utc("%Y-%m-%d")), None);
    }
}
