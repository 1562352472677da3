//! When a call is made again, and after how long.

use std::time::Duration;

use crate::error::{Error, TransportErrorKind};
use crate::service::Class;

/// How often a call is made before it is given up, and how long it waits in between.
///
/// The wait before the n-th repeat is a random share of `base`, or of `throttled` where the service said that calls come
/// too fast, doubled with each repeat, and at most `cap` ("full jitter"): clients that failed together do not come back
/// together. Where the service says how long to wait
/// (`Retry-After`), it is at least that long. A wait that does not fit into the call's timeout is not begun.
///
/// What is repeated: calls that were throttled, that failed with a code of which the spec says that a retry can help,
/// that were answered with HTTP 429 or 5xx and no code that the spec knows, or that broke on the way. An operation that
/// is not safe to repeat, such as one that makes a backup, is repeated only where it surely did not happen: it was
/// throttled, or no connection came about. Refusals for who asks or what is asked are never repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retry {
    /// How often a request is sent at most, the first time included; 0 counts as 1.
    pub max_attempts: u32,
    /// The longest wait before the first repeat.
    pub base: Duration,
    /// The longest wait before the first repeat of a call that was throttled.
    pub throttled: Duration,
    /// The longest wait before any repeat, unless the service asks for more.
    pub cap: Duration,
}

impl Default for Retry {
    /// Three attempts, with waits of up to 200 and 400 ms, or 1 and 2 s where calls were throttled, since vendors count
    /// them by the second; `cap` is 20 s.
    fn default() -> Self {
        Self {
            max_attempts: 3,
            base: Duration::from_millis(200),
            throttled: Duration::from_secs(1),
            cap: Duration::from_secs(20),
        }
    }
}

impl Retry {
    /// Nothing is repeated.
    #[must_use]
    pub fn none() -> Self {
        Self::default().max_attempts(1)
    }

    /// The same with this many attempts.
    #[must_use]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The same with this longest wait before the first repeat.
    #[must_use]
    pub const fn base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// The same with this longest wait before the first repeat of a call that was throttled.
    #[must_use]
    pub const fn throttled(mut self, throttled: Duration) -> Self {
        self.throttled = throttled;
        self
    }

    /// The same with this longest wait before any repeat.
    #[must_use]
    pub const fn cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// The wait after this many attempts, the last of which ended with this error: a share, from 0 to 1, of the longest.
    pub(crate) fn wait(&self, attempts: u32, error: &Error, share: f64) -> Duration {
        let throttled = error.api().is_some_and(|error| error.class == Class::Throttled);
        self.pause(attempts, throttled, share)
    }

    /// The same for what is not known as an error of the service.
    pub(crate) fn pause(&self, attempts: u32, throttled: bool, share: f64) -> Duration {
        let doubled = 1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
        let longest = if throttled { self.throttled } else { self.base };
        let longest = longest.saturating_mul(doubled).min(self.cap);
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 1.0 };
        // As a float, the longest duration of all would be out of range again.
        Duration::try_from_secs_f64(longest.as_secs_f64() * share).unwrap_or(longest)
    }
}

/// Whether another attempt can help and does no harm.
pub(crate) fn worth_it(error: &Error, idempotent: bool) -> bool {
    match error {
        Error::Api(error) => match error.class {
            Class::Throttled => true,
            // Whoever asks and whatever is asked stays the same.
            Class::Auth | Class::Denied | Class::Invalid => false,
            Class::NotFound | Class::NotReady | Class::Server => error.retryable && idempotent,
        },
        Error::Transport(error) => {
            error.kind != TransportErrorKind::Refused && (idempotent || error.nothing_sent())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ApiError, TimeoutKind, TransportError};

    #[test]
    fn waits_double_up_to_the_cap() {
        let retry = Retry::default();
        let longest: Vec<u128> = [1, 2, 3, 7, 8, 32, 33, u32::MAX]
            .map(|attempts| retry.wait(attempts, &failed(), 1.0).as_millis())
            .into();
        assert_eq!(longest, [200, 400, 800, 12_800, 20_000, 20_000, 20_000, 20_000]);
        assert_eq!(retry.wait(2, &failed(), 0.25), Duration::from_millis(100));
        assert_eq!(retry.wait(2, &failed(), 0.0), Duration::ZERO);
        let throttled = api(Class::Throttled, true);
        let longest: Vec<u64> =
            [1, 2, 5, 6].map(|attempts| retry.wait(attempts, &throttled, 1.0).as_secs()).into();
        assert_eq!(longest, [1, 2, 16, 20]);
    }

    #[test]
    fn no_number_is_too_odd() {
        for share in [f64::NAN, f64::INFINITY, 7.0] {
            assert_eq!(Retry::default().wait(1, &failed(), share), Duration::from_millis(200), "{share}");
        }
        assert_eq!(Retry::default().wait(1, &failed(), -1.0), Duration::ZERO);
        let endless = Retry::default().base(Duration::MAX).cap(Duration::MAX);
        assert_eq!(endless.wait(9, &failed(), 1.0), Duration::MAX);
    }

    fn failed() -> Error {
        api(Class::Server, true)
    }

    fn api(class: Class, retryable: bool) -> Error {
        let mut error = ApiError::new("Op", 200, "X", class);
        error.retryable = retryable;
        Error::Api(Box::new(error))
    }

    #[test]
    fn only_what_can_help_and_does_no_harm() {
        for (error, when_safe, always) in [
            (api(Class::Throttled, false), true, true),
            (api(Class::Server, true), true, false),
            (api(Class::Server, false), false, false),
            (api(Class::NotReady, true), true, false),
            (api(Class::NotReady, false), false, false),
            (api(Class::Auth, true), false, false),
            (api(Class::Denied, true), false, false),
            (api(Class::Invalid, true), false, false),
            (Error::Config(String::new()), false, false),
            (Error::NotReady(String::new()), false, false),
        ] {
            assert_eq!(worth_it(&error, true), when_safe, "{error:?}");
            assert_eq!(worth_it(&error, false), always, "{error:?}");
        }
        let transport = |kind| TransportError::new("Op", kind, "");
        let timeout = |timeout| TransportError::timed_out("Op", timeout, "");
        for (error, when_safe, always) in [
            (transport(TransportErrorKind::Connect), true, true),
            (transport(TransportErrorKind::Broken), true, false),
            (transport(TransportErrorKind::Timeout), true, false),
            (transport(TransportErrorKind::Refused), false, false),
            (timeout(TimeoutKind::Connect), true, true),
            (timeout(TimeoutKind::Read), true, false),
        ] {
            let error = Error::Transport(error);
            assert_eq!(worth_it(&error, true), when_safe, "{error:?}");
            assert_eq!(worth_it(&error, false), always, "{error:?}");
        }
    }
}
