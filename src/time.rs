//! Moments, as vendors write them and as we do.

use std::cell::LazyCell;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use crate::service::TimeFormat;

/// A moment in UTC, to the millisecond.
///
/// `Display`, `Debug` and `Serialize` write RFC 3339, such as `2021-07-14T08:52:41Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
        let mut out = String::with_capacity(24);
        self.write(format, &mut out);
        out
    }

    /// Writes the moment in a vendor's format to a text, which cannot fail.
    pub(crate) fn write(self, format: TimeFormat, out: &mut impl fmt::Write) {
        let _ = self.try_write(format, out);
    }

    fn try_write(self, format: TimeFormat, out: &mut impl fmt::Write) -> fmt::Result {
        if format.format.is_empty() {
            return write!(out, "{self}");
        }
        let offset = Offset::from_seconds(format.offset).unwrap_or(Offset::UTC);
        let civil = LazyCell::new(|| offset.to_datetime(self.jiff()));
        // Formats are short, and looked at by byte: searching them costs more than what is found.
        let end = format.format.bytes().position(|byte| byte == b'\n').unwrap_or(format.format.len());
        let mut rest = &format.format[..end];
        while let Some(at) = rest.bytes().position(|byte| byte == b'%') {
            // What stands between fields is a character or none.
            rest[..at].chars().try_for_each(|one| out.write_char(one))?;
            let mut after = rest[at + 1..].chars();
            let field = after.next();
            match field {
                Some('Y') => digits(out, i64::from(civil.year()), 4)?,
                Some('m') => digits(out, i64::from(civil.month()), 2)?,
                Some('d') => digits(out, i64::from(civil.day()), 2)?,
                Some('H') => digits(out, i64::from(civil.hour()), 2)?,
                Some('M') => digits(out, i64::from(civil.minute()), 2)?,
                Some('S') => digits(out, i64::from(civil.second()), 2)?,
                Some('L') => digits(out, self.milliseconds.rem_euclid(1000), 3)?,
                Some('f') => digits(out, self.milliseconds.rem_euclid(1000) * 1000, 6)?,
                Some('s') => digits(out, self.unix(), 0)?,
                Some('a') => {
                    out.write_str(DAYS[usize::from(civil.weekday().to_monday_zero_offset() as u8)])?
                }
                Some('b') => out.write_str(MONTHS[usize::from((civil.month() - 1) as u8)])?,
                Some('e') => write!(out, "{:2}", civil.day())?,
                Some('z') => out.write_str(&zone(format.offset, ""))?,
                Some(':') => {
                    after.next();
                    out.write_str(&zone(format.offset, ":"))?;
                }
                Some(other) => out.write_char(other)?,
                None => {}
            }
            rest = after.as_str();
        }
        out.write_str(rest)
    }

    /// Reads a moment in a vendor's format; `None` where the text does not fit.
    #[must_use]
    pub fn parse(text: &str, format: TimeFormat) -> Option<Self> {
        let text = text.trim();
        if format.format.is_empty() {
            let moment: jiff::Timestamp = text.parse().ok()?;
            return Self::from_unix_millis(moment.as_millisecond());
        }
        format.format.lines().find_map(|one| Self::parse_one(text, one, format.offset))
    }

    fn parse_one(text: &str, format: &str, offset: i32) -> Option<Self> {
        let mut rest = text.as_bytes();
        let mut fields = Fields::default();
        let mut format_rest = format.bytes();
        while let Some(next) = format_rest.next() {
            if next == b'%' {
                let mut field = format_rest.next()?;
                if field == b':' {
                    field = format_rest.next()?;
                }
                rest = fields.read(field, rest, format_rest.len() == 0)?;
            } else {
                rest = rest.strip_prefix(&[next])?;
            }
        }
        if rest.is_empty() { fields.moment(offset) } else { None }
    }

    fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.milliseconds).unwrap_or_default()
    }
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Writes a number with at least so many digits.
fn digits(out: &mut impl fmt::Write, value: i64, width: usize) -> fmt::Result {
    let Ok(mut rest) = u64::try_from(value) else { return write!(out, "{value:0width$}") };
    let mut text = [b'0'; 20];
    let mut start = text.len();
    while rest > 0 || start > text.len() - width.max(1) {
        start -= 1;
        text[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    text[start..].iter().try_for_each(|digit| out.write_char(char::from(*digit)))
}

/// An offset from UTC such as `+08:00`.
fn zone(seconds: i32, between: &str) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    format!("{sign}{:02}{between}{:02}", seconds.abs() / 3600, seconds.abs() / 60 % 60)
}

/// Which of some names a text begins with, and what follows.
fn name<'t>(names: &[&str], text: &'t [u8]) -> Option<(usize, &'t [u8])> {
    let (head, tail) = text.split_at_checked(3)?;
    names.iter().position(|name| name.as_bytes().eq_ignore_ascii_case(head)).map(|found| (found, tail))
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
    offset: Option<i32>,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            year: 1970,
            month: 1,
            day: 1,
            hour: 0,
            minute: 0,
            second: 0,
            millisecond: 0,
            unix: None,
            offset: None,
        }
    }
}

impl Fields {
    /// Reads a field at the beginning of `text` and gives what follows; `last` says that the format ends here.
    fn read<'t>(&mut self, field: u8, text: &'t [u8], last: bool) -> Option<&'t [u8]> {
        let text = if field == b'e' { text.strip_prefix(b" ").unwrap_or(text) } else { text };
        let width = match field {
            b'a' => return name(&DAYS, text).map(|(_, tail)| tail),
            b'b' => {
                let (found, tail) = name(&MONTHS, text)?;
                self.month = i8::try_from(found + 1).ok()?;
                return Some(tail);
            }
            b'f' => return self.fraction(text),
            b'z' => return self.zone(text),
            b'e' if text.get(1).is_none_or(|byte| !byte.is_ascii_digit()) => 1,
            b'Y' => 4,
            b'm' | b'd' | b'e' | b'H' | b'M' | b'S' => 2,
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
            b'd' | b'e' => self.day = small.ok()?,
            b'H' => self.hour = small.ok()?,
            b'M' => self.minute = small.ok()?,
            b'S' => self.second = small.ok()?,
            b'L' => self.millisecond = number,
            _ => {
                self.unix = Some(number);
                // Some write a fraction behind unix seconds where there is one.
                return match tail.strip_prefix(b".").filter(|_| last) {
                    Some(fraction) => self.fraction(fraction),
                    None => Some(tail),
                };
            }
        }
        Some(tail)
    }

    /// Reads a fraction of a second with any number of digits.
    fn fraction<'t>(&mut self, text: &'t [u8]) -> Option<&'t [u8]> {
        let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, tail) = text.split_at_checked(count).filter(|_| count > 0)?;
        let digit = |at: usize| digits.get(at).map_or(0, |byte| i64::from(byte - b'0'));
        self.millisecond = digit(0) * 100 + digit(1) * 10 + digit(2);
        Some(tail)
    }

    /// Reads a zone: `Z`, `+08`, `+0800` or `+08:00`.
    fn zone<'t>(&mut self, text: &'t [u8]) -> Option<&'t [u8]> {
        if let Some(tail) = text.strip_prefix(b"Z") {
            self.offset = Some(0);
            return Some(tail);
        }
        let (sign, text) = text.split_first()?;
        let sign = match sign {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let (hours, tail) = two_digits(text)?;
        let after = tail.strip_prefix(b":").unwrap_or(tail);
        let (minutes, tail) = two_digits(after).unwrap_or((0, tail));
        self.offset = Some(sign * (hours * 3600 + minutes * 60));
        Some(tail)
    }

    fn moment(&self, offset: i32) -> Option<Timestamp> {
        if let Some(unix) = self.unix {
            return Timestamp::from_unix_millis(unix.checked_mul(1000)?.checked_add(self.millisecond)?);
        }
        let date = Date::new(self.year, self.month, self.day).ok()?;
        let time = Time::new(self.hour, self.minute, self.second, 0).ok()?;
        let offset = Offset::from_seconds(self.offset.unwrap_or(offset)).ok()?;
        let moment = offset.to_timestamp(DateTime::from_parts(date, time)).ok()?;
        Timestamp::from_unix_millis(moment.as_millisecond().checked_add(self.millisecond)?)
    }
}

/// A number of two digits, and what follows.
fn two_digits(text: &[u8]) -> Option<(i32, &[u8])> {
    let (head, tail) = text.split_at_checked(2)?;
    let digits = head.iter().all(u8::is_ascii_digit);
    digits.then(|| (i32::from(head[0] - b'0') * 10 + i32::from(head[1] - b'0'), tail))
}

/// Reads RFC 3339, such as `2026-01-31T08:00:00Z`.
impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text, TimeFormat { format: "", offset: 0 }).ok_or(ParseTimestampError(()))
    }
}

/// A text is no moment in RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseTimestampError(());

impl fmt::Display for ParseTimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is not a moment such as `2026-01-31T08:00:00Z`")
    }
}

impl std::error::Error for ParseTimestampError {}

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

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
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
    fn rfc_3339_is_read_as_it_is_written() {
        let moment: Timestamp = "2018-06-25T19:44:28+08:00".parse().unwrap();
        assert_eq!(moment.to_string().parse(), Ok(moment));
        assert_eq!(moment.to_string(), "2018-06-25T11:44:28Z");
        for text in ["", "soon", "2018-06-25", "1529927068"] {
            let error = text.parse::<Timestamp>().unwrap_err();
            assert_eq!(error.to_string(), "this is not a moment such as `2026-01-31T08:00:00Z`");
        }
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
    fn other_spellings_are_read_and_the_usual_one_is_written() {
        let china = |format| TimeFormat { format, offset: 8 * 3600 };
        for (format, text, written) in [
            (utc("%a, %d %b %Y %H:%M:%S GMT"), "Mon, 25 Jun 2018 11:44:28 GMT", None),
            (utc("%b %e %Y %H:%M:%S"), "Jun 25 2018 11:44:28", None),
            (china("%Y-%m-%dT%H:%M:%S%z"), "2018-06-25T19:44:28+0800", None),
            (china("%Y-%m-%dT%H:%M:%S%:z"), "2018-06-25T19:44:28+08:00", None),
            (china("%Y-%m-%dT%H:%M:%S%z"), "2018-06-25T11:44:28Z", Some("2018-06-25T19:44:28+0800")),
            (utc("%Y-%m-%dT%H:%M:%S%:z"), "2018-06-25T19:44:28+08", Some("2018-06-25T11:44:28+00:00")),
            (utc("%Y-%m-%d %H:%M:%S.%f"), "2018-06-25 11:44:28.0", Some("2018-06-25 11:44:28.000000")),
            (
                utc("%Y-%m-%d %H:%M:%S.%fZ"),
                "2018-06-25 11:44:28.000000123Z",
                Some("2018-06-25 11:44:28.000000Z"),
            ),
            (utc("%s"), "1529927068.000", Some("1529927068")),
            (utc("%Y-%m-%d %H:%M:%S"), "2018-06-25 11:44:28", None),
            (utc("%Y%m%d%H%M%S\n%s\n%d.%m.%Y %H:%M:%S"), "25.06.2018 11:44:28", Some("20180625114428")),
            (utc("%Y%m%d%H%M%S\n%s"), "1529927068", Some("20180625114428")),
        ] {
            let moment = Timestamp::from_unix(1_529_927_068).unwrap();
            assert_eq!(Timestamp::parse(text, format), Some(moment), "{text}");
            assert_eq!(moment.format(format), written.unwrap_or(text));
        }
        let first = Timestamp::from_unix(1_527_811_200).unwrap();
        assert_eq!(Timestamp::parse("Jun  1 2018", utc("%b %e %Y")), Some(first));
        assert_eq!(first.format(utc("%b %e %Y")), "Jun  1 2018");
        assert_eq!(Timestamp::parse("2018-06-01T00:00Z", utc("%Y-%m-%dT%H:%MZ")), Some(first));
        assert_eq!(
            Timestamp::parse("1527811200.25", utc("%s")).map(Timestamp::unix_millis),
            Some(1_527_811_200_250)
        );
    }

    #[test]
    fn what_does_not_fit_is_no_moment() {
        for text in
            ["", "0000-00-00 00:00:00", "2018-13-01 00:00:00", "2018-06-25T11:44:28", "2018-06-25 11:44"]
        {
            assert_eq!(Timestamp::parse(text, utc("%Y-%m-%d %H:%M:%S")), None, "{text}");
        }
        for (format, text) in [
            ("%s", "99999999999999999999"),
            ("%s", "1."),
            ("%s", ".5"),
            ("%Y-%m-%d%z", "2018-06-25+8"),
            ("%Y-%m-%d%z", "2018-06-25 08:00"),
            ("%a %Y-%m-%d", "Monday 2018-06-25"),
            ("%d %b %Y", "25 Jum 2018"),
            ("%Y-%m-%d.%f", "2018-06-25."),
        ] {
            assert_eq!(Timestamp::parse(text, utc(format)), None, "{text}");
        }
        assert_eq!(Timestamp::parse("é018-06-25", utc("%Y-%m-%d")), None);
    }
}
