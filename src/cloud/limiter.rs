//! The rate that a vendor documents, kept by everybody who shares a client.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

use crate::service::{Operation, Service};

/// How long a token stays away.
const SECOND: Duration = Duration::from_secs(1);

/// One bucket of tokens for each operation that has a rate.
pub(super) struct Limiter {
    buckets: Vec<(&'static str, Bucket)>,
}

impl Limiter {
    /// The buckets of a service: at this many calls per second and operation, or, where that is not said, as
    /// documented.
    pub(super) fn new(service: &Service, rate: Option<u32>) -> Self {
        let buckets = service.operations.iter().filter_map(|operation| {
            let rate = rate.or(operation.rate_limit).or(service.rate_limit)?;
            Some((operation.name, Bucket::new(rate)))
        });
        Self { buckets: buckets.collect() }
    }

    /// No limits.
    pub(super) const fn none() -> Self {
        Self { buckets: Vec::new() }
    }

    /// The bucket of an operation.
    pub(super) fn bucket(&self, operation: &Operation) -> Option<&Bucket> {
        self.buckets.iter().find(|(name, _)| *name == operation.name).map(|(_, bucket)| bucket)
    }
}

/// As many tokens as calls are allowed per second. Each comes back a second after it was taken, so that no second of any
/// clock sees more calls; a bucket that is merely refilled at the same rate lets twice as many through in its first one.
pub(super) struct Bucket {
    rate: usize,
    /// When the tokens that are away were taken, oldest first. The lock is also the queue of those who wait: it is
    /// fair, and whoever leaves it has taken nothing.
    taken: Mutex<VecDeque<Instant>>,
}

impl Bucket {
    fn new(rate: u32) -> Self {
        Self { rate: usize::try_from(rate).unwrap_or(usize::MAX).max(1), taken: Mutex::default() }
    }

    /// Calls per second.
    pub(super) const fn rate(&self) -> usize {
        self.rate
    }

    /// Takes a token if there is one now and nobody waits for it.
    pub(super) fn try_take(&self) -> bool {
        let Ok(mut taken) = self.taken.try_lock() else { return false };
        let now = Instant::now();
        if self.back_at(&taken).is_some_and(|back| back > now) {
            return false;
        }
        self.note(&mut taken, now);
        true
    }

    /// Takes a token, once it is there. Needs a runtime with a clock.
    pub(super) async fn take(&self) {
        let mut taken = self.taken.lock().await;
        if let Some(back) = self.back_at(&taken) {
            sleep_until(back).await;
        }
        self.note(&mut taken, Instant::now());
    }

    /// When the next token comes back, where all are away.
    fn back_at(&self, taken: &VecDeque<Instant>) -> Option<Instant> {
        let oldest = taken.front().filter(|_| taken.len() >= self.rate)?;
        Some(*oldest + SECOND)
    }

    fn note(&self, taken: &mut VecDeque<Instant>, now: Instant) {
        while taken.front().is_some_and(|at| *at + SECOND <= now) {
            taken.pop_front();
        }
        taken.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::{advance, timeout};

    use super::*;
    use crate::testing::SERVICE;

    async fn elapsed(start: Instant, bucket: &Bucket, times: usize) -> Vec<u128> {
        let mut all = Vec::new();
        for _ in 0..times {
            bucket.take().await;
            all.push(start.elapsed().as_millis());
        }
        all
    }

    #[tokio::test(start_paused = true)]
    async fn no_second_sees_more_than_the_rate() {
        let bucket = Bucket::new(3);
        let start = Instant::now();
        assert_eq!(elapsed(start, &bucket, 2).await, [0, 0]);
        advance(Duration::from_millis(600)).await;
        assert_eq!(elapsed(start, &bucket, 5).await, [600, 1000, 1000, 1600, 2000]);
        assert!(bucket.taken.lock().await.len() <= 3, "what is over is forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_leaves_the_queue_takes_nothing() {
        let bucket = Bucket::new(1);
        bucket.take().await;
        for _ in 0..5 {
            assert!(timeout(Duration::from_millis(100), bucket.take()).await.is_err());
        }
        assert!(!bucket.try_take());
        let start = Instant::now();
        bucket.take().await;
        assert_eq!(start.elapsed().as_millis(), 500);
    }

    #[tokio::test(start_paused = true)]
    async fn first_come_first_served() {
        let bucket = Arc::new(Bucket::new(1));
        let order = Arc::new(std::sync::Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..4)
            .map(|number| {
                let (bucket, order) = (Arc::clone(&bucket), Arc::clone(&order));
                tokio::spawn(async move {
                    bucket.take().await;
                    order.lock().unwrap().push(number);
                })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(!bucket.try_take(), "nobody jumps the queue");
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3]);
    }

    #[test]
    fn only_operations_with_a_rate_have_a_bucket() {
        let operation = SERVICE.operations[0];
        assert!(Limiter::new(&SERVICE, None).bucket(operation).is_none());
        assert_eq!(Limiter::new(&SERVICE, Some(7)).bucket(operation).map(Bucket::rate), Some(7));
        assert!(Limiter::none().bucket(operation).is_none());
    }
}
