//! How far the clock of this machine is off, by the service's.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::error::{ApiError, Clocks};
use crate::service::{Service, TimeFormat, When};
use crate::time::Timestamp;

/// Whoever is further off has no slow clock but a broken one, or the answer is not the service's.
const FURTHEST: i64 = 24 * 60 * 60 * 1000;

/// The `Date` of an answer counts whole seconds, and travels: less is no difference.
const LEAST: i64 = 2000;

/// The format of the `Date` header (RFC 9110, section 5.6.7).
const HTTP_DATE: TimeFormat = TimeFormat { format: "%a, %d %b %Y %H:%M:%S GMT", offset: 0 };

/// What is added to the clock of this machine, in milliseconds; shared by all who share a client.
#[derive(Debug, Default)]
pub(super) struct Skew(AtomicI64);

impl Skew {
    /// What is added now.
    pub(super) fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Keeps what a call succeeded with.
    pub(super) fn keep(&self, offset: i64) {
        self.0.store(offset, Ordering::Relaxed);
    }
}

/// A clock so many milliseconds later.
pub(super) fn shifted(at: Timestamp, offset: i64) -> Timestamp {
    Timestamp::from_unix_millis(at.unix_millis().saturating_add(offset)).unwrap_or(at)
}

/// Reads a date as HTTP writes it.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text, HTTP_DATE)
}

/// What an answer tells of the service's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Measured {
    /// The service's clock, as it shows it.
    pub(super) date: Timestamp,
    /// What would have to be added to the clock of this machine, in milliseconds.
    pub(super) offset: i64,
}

impl Measured {
    /// Measures with an answer that was sent for and came at these moments by the clock of this machine. An answer that
    /// a cache kept (`Age`) tells nothing.
    pub(super) fn new(headers: &[(String, String)], sent: Timestamp, received: Timestamp) -> Option<Self> {
        let header =
            |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        if header("age").is_some() {
            return None;
        }
        let date = http_date(header("date")?)?;
        let (sent, received) = (sent.unix_millis(), received.unix_millis());
        let midpoint = sent.saturating_add(received.saturating_sub(sent) / 2);
        // On the average, half of the second that the date names has passed.
        let offset = date.unix_millis().saturating_add(500).saturating_sub(midpoint);
        Some(Self { date, offset })
    }

    /// Whether a refusal can come from the clock of a request that was signed with this offset: the spec says that the
    /// code can mean it, and the clocks are apart. Where the code means other things too, they have to be apart as far
    /// as half of what the service lets pass.
    pub(super) fn explains(&self, error: &ApiError, service: &Service, signed_with: i64) -> bool {
        let Some(window) = service.clock_window else { return false };
        let sole = error.when == [When::ExpiredClock];
        let least = if sole { LEAST } else { (i64::from(window) * 1000 / 2).max(LEAST) };
        let apart = self.offset.saturating_sub(signed_with).saturating_abs();
        error.can_mean(When::ExpiredClock) && apart >= least
    }

    /// Whether the offset can be believed.
    pub(super) fn sane(&self) -> bool {
        self.offset.saturating_abs() <= FURTHEST
    }

    /// Both clocks, for people.
    pub(super) fn clocks(&self, signed_at: Timestamp) -> Clocks {
        Clocks { client: signed_at, service: self.date }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Class;
    use crate::testing::SERVICE;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(milliseconds).unwrap()
    }

    fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_middle_of_sending_and_receiving_counts() {
        let date = headers(&[("date", "Thu, 01 Jan 1970 00:10:00 GMT")]);
        let measured = Measured::new(&date, at(1000), at(3000)).unwrap();
        assert_eq!((measured.date, measured.offset), (at(600_000), 598_500));
        let measured = Measured::new(&date, at(900_000), at(900_000)).unwrap();
        assert_eq!(measured.offset, -299_500);
    }

    #[test]
    fn what_a_cache_kept_tells_nothing() {
        for odd in [
            headers(&[("date", "Thu, 01 Jan 1970 00:10:00 GMT"), ("age", "0")]),
            headers(&[]),
            headers(&[("date", "yesterday")]),
            headers(&[("date", "Thu, 41 Jan 1970 00:10:00 GMT")]),
        ] {
            assert_eq!(Measured::new(&odd, at(0), at(0)), None, "{odd:?}");
        }
    }

    #[test]
    fn only_clocks_that_are_apart_explain_a_refusal() {
        static TIMED: Service = Service { clock_window: Some(300), ..crate::testing::service(&[]) };
        let error = |when| ApiError { when, ..ApiError::new("Op", 401, "X", Class::Auth) };
        let off = |offset| Measured { date: at(0), offset };
        let sole = error(&[When::ExpiredClock]);
        assert!(off(3000).explains(&sole, &TIMED, 0));
        assert!(!off(1000).explains(&sole, &TIMED, 0));
        assert!(!off(3000).explains(&sole, &TIMED, 2500), "it was corrected already");
        let many = error(&[When::UnknownKey, When::ExpiredClock]);
        assert!(off(-150_000).explains(&many, &TIMED, 0));
        assert!(!off(-149_000).explains(&many, &TIMED, 0));
        assert!(!off(900_000).explains(&error(&[When::BadSignature]), &TIMED, 0));
        assert!(!off(900_000).explains(&sole, &SERVICE, 0), "nothing is corrected that is not signed");
        assert!(off(i64::MAX).explains(&sole, &TIMED, -1) && !off(i64::MAX).sane() && !off(i64::MIN).sane());
        assert!(off(-86_400_000).sane() && !off(86_400_001).sane());
        assert_eq!(shifted(at(5), i64::MAX), at(5));
    }
}
