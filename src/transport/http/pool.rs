//! Connections that wait for their next request.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a connection waits. Servers often close theirs after 60 to 120 seconds.
const LONGEST: Duration = Duration::from_secs(90);

/// How many wait for one destination: as many as a busy service has calls under way at once.
const MOST: usize = 256;

/// Connections, by what they are good for. Whoever takes one has it alone; whoever drops one has closed it.
pub(super) struct Pool<K, T> {
    idle: Mutex<Vec<Idle<K, T>>>,
}

struct Idle<K, T> {
    good_for: K,
    since: Instant,
    connection: T,
}

impl<K, T> Default for Pool<K, T> {
    fn default() -> Self {
        Self { idle: Mutex::default() }
    }
}

impl<K: PartialEq, T> Pool<K, T> {
    /// Nothing that can panic is done while it is locked.
    fn idle(&self) -> MutexGuard<'_, Vec<Idle<K, T>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection that waited least, since its server has had the least time to close it.
    pub(super) fn take(&self, good_for: &K) -> Option<T> {
        let mut idle = self.idle();
        sweep(&mut idle);
        let at = idle.iter().rposition(|one| one.good_for == *good_for)?;
        Some(idle.remove(at).connection)
    }

    /// Lets a connection wait; of too many, the one that waited longest is closed.
    pub(super) fn give(&self, good_for: K, connection: T) {
        let mut idle = self.idle();
        sweep(&mut idle);
        if idle.iter().filter(|one| one.good_for == good_for).count() >= MOST
            && let Some(at) = idle.iter().position(|one| one.good_for == good_for)
        {
            idle.remove(at);
        }
        idle.push(Idle { good_for, since: Instant::now(), connection });
    }
}

/// Closes what waited too long. They stand in the order in which they came.
fn sweep<K, T>(idle: &mut Vec<Idle<K, T>>) {
    let now = Instant::now();
    let over = idle.iter().take_while(|one| now.duration_since(one.since) >= LONGEST).count();
    idle.drain(..over);
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_latest_goes_first_and_none_stays_for_long() {
        let pool = Pool::default();
        pool.give("a", 1);
        advance(LONGEST / 2).await;
        pool.give("a", 2);
        pool.give("b", 3);
        assert_eq!((pool.take(&"a"), pool.take(&"c")), (Some(2), None));
        advance(LONGEST / 2).await;
        assert_eq!((pool.take(&"a"), pool.take(&"b"), pool.take(&"b")), (None, Some(3), None));
    }

    #[tokio::test(start_paused = true)]
    async fn it_does_not_grow() {
        let pool = Pool::default();
        pool.give("b", 0);
        for number in 0..MOST + 8 {
            pool.give("a", number);
        }
        let taken: Vec<usize> = std::iter::from_fn(|| pool.take(&"a")).collect();
        assert_eq!(taken, (8..MOST + 8).rev().collect::<Vec<_>>());
        assert_eq!(pool.take(&"b"), Some(0));
    }
}
