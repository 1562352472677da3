//! The clock that an emulator goes by.

mod text;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdbfetch::Timestamp;

use crate::world::{Moment, milliseconds};
use serde::{Deserialize, Serialize};

/// A clock that an emulator goes by. Clones are the same clock: whoever keeps one can set it.
///
/// ```
/// use std::time::Duration;
/// use rdbfetch::Timestamp;
/// use rdbfetch_emulator::Clock;
///
/// let clock = Clock::frozen(Timestamp::from_unix(1_700_000_000).unwrap());
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now().unix(), 1_700_000_060);
/// ```
#[derive(Clone)]
pub struct Clock(Arc<Mutex<Hands>>);

/// How a clock goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "text::Written", from = "text::Written")]
pub(crate) enum Hands {
    /// As the machine's, so many milliseconds ahead.
    Offset(i64),
    /// It stands.
    Frozen(Timestamp),
    /// It stands, and goes on by a step with each request.
    Stepped(Timestamp, Duration),
}

impl Default for Clock {
    fn default() -> Self {
        Self::real()
    }
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn real() -> Self {
        Self::offset(0)
    }

    /// The machine's clock, so many milliseconds ahead; behind where it is negative.
    #[must_use]
    pub fn offset(milliseconds: i64) -> Self {
        Self::going(Hands::Offset(milliseconds))
    }

    /// A clock that stands until it is set or advanced.
    #[must_use]
    pub fn frozen(at: Timestamp) -> Self {
        Self::going(Hands::Frozen(at))
    }

    /// A clock that stands at `start` for the first request, and goes on by `step` with each further one.
    #[must_use]
    pub fn stepped(start: Timestamp, step: Duration) -> Self {
        Self::going(Hands::Stepped(start, step))
    }

    pub(crate) fn going(hands: Hands) -> Self {
        Self(Arc::new(Mutex::new(hands)))
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.lock().now()
    }

    /// What it shows to a request: a stepped clock goes on.
    pub(crate) fn tick(&self) -> Timestamp {
        let mut hands = self.lock();
        let now = hands.now();
        if let Hands::Stepped(at, step) = &mut *hands {
            *at = Moment::later(*step).on(now);
        }
        now
    }

    /// Moves it forward, however it goes.
    pub fn advance(&self, by: Duration) {
        let mut hands = self.lock();
        match &mut *hands {
            Hands::Offset(ahead) => *ahead = ahead.saturating_add(milliseconds(by)),
            Hands::Frozen(at) | Hands::Stepped(at, _) => *at = Moment::later(by).on(*at),
        }
    }

    /// Lets it go as another clock goes, from what that shows on. They stay two clocks.
    ///
    /// ```
    /// # use rdbfetch::Timestamp;
    /// # use rdbfetch_emulator::Clock;
    /// let clock = Clock::real();
    /// clock.go_like(&Clock::frozen(Timestamp::from_unix(7).unwrap()));
    /// assert_eq!(clock.now().unix(), 7);
    /// ```
    pub fn go_like(&self, other: &Self) {
        self.set(other.hands());
    }

    /// Lets it go so from now on.
    pub(crate) fn set(&self, hands: Hands) {
        *self.lock() = hands;
    }

    /// How it goes.
    pub(crate) fn hands(&self) -> Hands {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hands {
    fn now(self) -> Timestamp {
        match self {
            Self::Offset(0) => Timestamp::now(),
            Self::Offset(ahead) => {
                let now = Timestamp::now();
                Timestamp::from_unix_millis(now.unix_millis().saturating_add(ahead)).unwrap_or(now)
            }
            Self::Frozen(at) | Self::Stepped(at, _) => at,
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.hands()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(seconds).unwrap()
    }

    #[test]
    fn a_stepped_clock_goes_on_with_requests_only() {
        let clock = Clock::stepped(at(10), Duration::from_secs(2));
        assert_eq!((clock.now(), clock.tick(), clock.tick(), clock.now()), (at(10), at(10), at(12), at(14)));
        clock.clone().advance(Duration::from_secs(100));
        assert_eq!(clock.tick(), at(114), "clones are the same clock");
        let other = Clock::frozen(at(7));
        clock.go_like(&other);
        other.advance(Duration::from_secs(1));
        assert_eq!((clock.tick(), clock.tick()), (at(7), at(7)));
        clock.go_like(&clock.clone());
        assert_eq!(clock.now(), at(7));
    }

    #[test]
    fn no_clock_leaves_the_calendar() {
        let clock = Clock::frozen(at(5));
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), at(5));
        let ahead = Clock::offset(i64::MAX);
        ahead.advance(Duration::MAX);
        assert!(ahead.now() >= at(0));
        assert!(Clock::offset(-60_000).now() < Timestamp::now());
    }
}
