//! How many connections there are at a time.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

/// How many connections files are fetched over at a time, by all pulls whose [`Options`](super::Options) have a clone of this.
#[derive(Clone, Debug)]
pub struct Connections(Arc<Semaphore>);

impl Connections {
    /// At most so many; 0 counts as 1.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS))))
    }

    /// Waits until there may be one more, which there is as long as this is kept.
    pub(super) async fn one_more(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.0.acquire().await.ok()
    }
}
