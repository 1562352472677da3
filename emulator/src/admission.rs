//! Who may come in: the connections of all ports, and what they hold.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::task::AbortHandle;

use crate::limits::Limits;

/// In [`Place::idle`]: a request is being served.
const BUSY: u64 = 0;
/// In [`Place::idle`]: the connection has to go.
const LEAVING: u64 = u64::MAX;

/// Counts what clients hold.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) limits: Limits,
    capacity: usize,
    places: Mutex<Places>,
    /// Counts the moments at which connections become idle.
    turn: AtomicU64,
    /// Bytes of the bodies that are being received.
    bodies: AtomicUsize,
    /// Connections that are being told that there is no place.
    refusals: AtomicUsize,
}

#[derive(Debug, Default)]
struct Places {
    taken: Vec<Option<Arc<Place>>>,
    free: Vec<usize>,
}

impl Places {
    fn count(&self) -> usize {
        self.taken.len() - self.free.len()
    }
}

#[derive(Debug)]
struct Place {
    /// Since which turn the connection is idle, or [`BUSY`] or [`LEAVING`].
    idle: AtomicU64,
    task: OnceLock<AbortHandle>,
}

/// A place for a connection; free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    admission: Arc<Admission>,
    place: Arc<Place>,
    number: usize,
}

impl Admission {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            capacity: limits.connections(),
            limits,
            places: Mutex::default(),
            turn: AtomicU64::new(BUSY),
            bodies: AtomicUsize::new(0),
            refusals: AtomicUsize::new(0),
        }
    }

    /// A place for a new connection. Where there is none, the one that has been idle longest gives way.
    pub(crate) fn admit(self: &Arc<Self>) -> Option<Slot> {
        let mut places = self.places();
        let count = places.count();
        // Those that give way need a moment to be gone.
        let leaving_too_many = count >= self.capacity.saturating_add(self.capacity / 8 + 8);
        if count >= self.capacity && (leaving_too_many || !give_way(&places)) {
            return None;
        }
        let place = Arc::new(Place { idle: AtomicU64::new(self.next_turn()), task: OnceLock::new() });
        let number = places.free.pop().unwrap_or(places.taken.len());
        match places.taken.get_mut(number) {
            Some(free) => *free = Some(Arc::clone(&place)),
            None => places.taken.push(Some(Arc::clone(&place))),
        }
        Some(Slot { admission: Arc::clone(self), place, number })
    }

    /// Closes the connection that has been idle longest, if one is idle.
    pub(crate) fn close_one(&self) {
        give_way(&self.places());
    }

    /// Whether one more client may be told that there is no place for it; to be given back.
    pub(crate) fn refusal(self: &Arc<Self>) -> Option<Refusal> {
        const MOST: usize = 64;
        let count = self.refusals.fetch_add(1, Ordering::Relaxed);
        let refusal = Refusal(Arc::clone(self));
        (count < MOST).then_some(refusal)
    }

    /// Room for bodies of requests, none at first.
    pub(crate) fn room(&self) -> Room<'_> {
        Room { admission: self, bytes: 0 }
    }

    fn next_turn(&self) -> u64 {
        self.turn.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets the connection go that has been idle longest, and says whether there was one.
fn give_way(places: &Places) -> bool {
    let idle = |place: &&Arc<Place>| !matches!(place.idle.load(Ordering::Relaxed), BUSY | LEAVING);
    let oldest =
        places.taken.iter().flatten().filter(idle).min_by_key(|place| place.idle.load(Ordering::Relaxed));
    let Some((place, task)) = oldest.and_then(|place| Some((place, place.task.get()?))) else { return false };
    place.idle.store(LEAVING, Ordering::Relaxed);
    task.abort();
    true
}

impl Slot {
    /// Tells which task serves the connection.
    pub(crate) fn served_by(&self) -> impl FnOnce(AbortHandle) + use<> {
        let place = Arc::clone(&self.place);
        move |task| {
            let _ = place.task.set(task);
        }
    }

    /// Notes that a request is being served.
    pub(crate) fn busy(&self) {
        self.place.idle.store(BUSY, Ordering::Relaxed);
    }

    /// Notes that no request is being served any more.
    pub(crate) fn idle(&self) {
        self.place.idle.store(self.admission.next_turn(), Ordering::Relaxed);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut places = self.admission.places();
        if let Some(taken) = places.taken.get_mut(self.number) {
            *taken = None;
        }
        places.free.push(self.number);
    }
}

/// The right to tell a client that there is no place for it.
pub(crate) struct Refusal(Arc<Admission>);

impl Drop for Refusal {
    fn drop(&mut self) {
        self.0.refusals.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Room for the body of a request; free again when it is dropped.
pub(crate) struct Room<'a> {
    admission: &'a Admission,
    bytes: usize,
}

impl Room<'_> {
    /// Takes room for more bytes, if there is as much.
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        let before = self.admission.bodies.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        before.saturating_add(bytes) <= self.admission.limits.all_bodies_bytes
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.admission.bodies.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(connections: usize) -> Arc<Admission> {
        Arc::new(Admission::new(Limits { connections, all_bodies_bytes: 10, ..Limits::default() }))
    }

    #[tokio::test]
    async fn the_longest_idle_gives_way() {
        let admission = admission(3);
        let mut tasks = Vec::new();
        let mut slots = Vec::new();
        for _ in 0..3 {
            let slot = admission.admit().unwrap();
            let task = tokio::spawn(std::future::pending::<()>());
            slot.served_by()(task.abort_handle());
            tasks.push(task);
            slots.push(slot);
        }
        slots[0].busy();
        slots[1].busy();
        slots[1].idle();
        // The third has been idle since it came, the second since later.
        assert!(give_way(&admission.places()));
        assert!(tasks.remove(2).await.unwrap_err().is_cancelled());
        assert!(give_way(&admission.places()));
        assert!(tasks.remove(1).await.unwrap_err().is_cancelled());
        assert!(admission.admit().is_none(), "the last one is busy, and the others are not gone yet");
        slots.pop();
        assert!(admission.admit().is_some());
        tasks[0].abort();
    }

    #[test]
    fn bodies_share_their_room() {
        let admission = admission(1);
        let mut one = admission.room();
        assert!(one.grow(6));
        let mut other = admission.room();
        assert!(other.grow(4));
        assert!(!other.grow(1));
        drop(other);
        assert!(one.grow(4));
        drop(one);
        assert_eq!(admission.bodies.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn refusals_are_few() {
        let admission = admission(1);
        let refusals: Vec<_> = std::iter::from_fn(|| admission.refusal()).take(1000).collect();
        assert_eq!(refusals.len(), 64);
        drop(refusals);
        assert!(admission.refusal().is_some());
    }
}
