//! How an answer travels: as a network does that works, or as one that does not.

use std::fmt;
use std::time::Duration;

/// How an answer travels.
#[derive(Default)]
pub(crate) struct Delivery {
    /// How long to wait before the first byte.
    pub(crate) delay: Duration,
    /// Where the answer stops, and what then becomes of the connection.
    pub(crate) stop: Option<Stop>,
    /// Whether the body comes without a Content-Length and ends with the connection.
    pub(crate) unmeasured: bool,
    /// What is to be told when the answer is over.
    pub(crate) over: Option<Over>,
}

/// Where an answer stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    /// After how many bytes of the body; `None` is before the head.
    pub(crate) after: Option<u64>,
    pub(crate) then: Then,
}

/// What becomes of a connection whose answer stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// It is closed as if all had been said.
    Close,
    /// It is reset.
    Reset,
    /// It stays open, and nothing more comes.
    Stall,
}

/// Takes how many bytes of the body were handed to the connection, and whether that was all of it.
pub(crate) type Over = Box<dyn FnOnce(u64, bool) + Send>;

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("delay", &self.delay)
            .field("stop", &self.stop)
            .field("unmeasured", &self.unmeasured)
            .finish_non_exhaustive()
    }
}
