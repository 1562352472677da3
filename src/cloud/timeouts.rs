//! How long things may take.

use std::future::Future;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, TimeoutKind, TransportError};

/// How long a call may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeouts {
    /// With all its attempts.
    pub(super) call: Duration,
    /// Each attempt.
    pub(super) attempt: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { call: Duration::from_secs(60), attempt: Duration::from_secs(30) }
    }
}

/// When something has to be over; `None` is never.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    at: Option<Instant>,
    length: Duration,
    kind: TimeoutKind,
}

impl Deadline {
    /// After so long. What no clock can count to is never over.
    pub(super) fn after(length: Duration, kind: TimeoutKind) -> Self {
        Self { at: Instant::now().checked_add(length), length, kind }
    }

    /// This one, or the other if it comes first.
    pub(super) fn or_sooner(self, other: Self) -> Self {
        match (self.at, other.at) {
            (Some(one), Some(two)) if two < one => other,
            (None, Some(_)) => other,
            _ => self,
        }
    }

    /// How long it is until then.
    pub(super) fn left(&self) -> Option<Duration> {
        self.at.map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// Whether so long a wait ends in time.
    pub(super) fn allows(&self, wait: Duration) -> bool {
        self.left().is_none_or(|left| wait < left)
    }

    /// Waits for something, but no longer. Where there is no runtime to wait in, the transport has to look at the clock.
    pub(super) async fn within<T>(&self, what: impl Future<Output = T>) -> Option<T> {
        match self.at {
            Some(at) if has_clock() => timeout_at(at, what).await.ok(),
            _ => Some(what.await),
        }
    }

    /// The error that it is over.
    pub(super) fn error(&self, operation: &'static str, doing: &str) -> TransportError {
        let whole = if self.kind == TimeoutKind::Call { "the call's " } else { "" };
        let message = format!("timed out while {doing}: {whole}{:?} are over", self.length);
        TransportError::timed_out(operation, self.kind, message)
    }

    /// A timeout of the transport, told as what it was: the limit that it was given, if that is over.
    pub(super) fn named(&self, mut error: TransportError) -> TransportError {
        if error.timeout == Some(TimeoutKind::Attempt) {
            error.timeout = Some(self.kind);
        }
        error
    }
}

/// Whether waiting is possible: it needs a runtime.
pub(super) fn has_clock() -> bool {
    Handle::try_current().is_ok()
}

/// Refuses a timeout that lets nothing through.
pub(super) fn check(timeouts: &[(&str, Duration)]) -> Result<(), Error> {
    match timeouts.iter().find(|(_, length)| length.is_zero()) {
        Some((name, _)) => Err(Error::Config(format!(
            "{name} is zero, so that no call could succeed; Duration::MAX stands for no limit"
        ))),
        None => Ok(()),
    }
}
