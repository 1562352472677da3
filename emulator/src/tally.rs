//! What a service remembers of its requests.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::nonces::Nonces;

/// What a service remembers of its requests.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    calls: AtomicU64,
    nonces: Mutex<Nonces>,
}

impl Tally {
    /// The number of the next request, from 0.
    pub(crate) fn next(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }

    /// How many requests there were.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Looks into the nonces that were used.
    pub(crate) fn nonces<T>(&self, look: impl FnOnce(&mut Nonces) -> T) -> T {
        look(&mut self.nonces.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Starts afresh after so many requests, with no nonce used.
    pub(crate) fn reset(&self, calls: u64) {
        self.calls.store(calls, Ordering::Relaxed);
        self.nonces(|nonces| *nonces = Nonces::default());
    }
}
