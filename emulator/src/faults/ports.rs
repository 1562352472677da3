//! Ports that rules shut, kept as the rules and the clock want them.

use std::sync::Arc;
use std::time::Duration;

use crate::shared::Shared;

/// How often the clock is looked at while a rule begins or ends at some moment.
const PERIOD: Duration = Duration::from_millis(20);

/// A port: the service that it is of (`None` for the files), and what shuts (`true`) or opens it.
pub(crate) type Door = (Option<&'static str>, Box<dyn Fn(bool) + Send>);

/// Shuts and opens ports as the rules want, until it is dropped.
pub(crate) async fn mind(shared: Arc<Shared>, doors: Vec<Door>) {
    let mut shut = vec![false; doors.len()];
    loop {
        let now = shared.clock.now();
        for ((service, door), was) in doors.iter().zip(&mut shut) {
            let is = shared.faults.shut(*service, now);
            if is != std::mem::replace(was, is) {
                door(is);
            }
        }
        let news = shared.faults.news();
        if shared.faults.has_moments() {
            // Clocks are moved without telling, and go on by themselves.
            let _ = tokio::time::timeout(PERIOD, news).await;
        } else {
            news.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};

    use rdbfetch::Timestamp;

    use super::*;
    use crate::clock::Clock;
    use crate::faults::{Fault, Faults, Subject};
    use crate::journal::{Journal, Log};
    use crate::links::LinkMaker;
    use crate::shared::Beginning;
    use crate::snapshot::Counters;
    use crate::stock::Stock;
    use crate::world::World;

    /// An emulator without ports, and what is done to those that it would have.
    fn minded() -> (Arc<Shared>, Receiver<(usize, bool)>, tokio::task::JoinHandle<()>) {
        let clock = Clock::frozen(Timestamp::from_unix(1_700_000_000).unwrap());
        let world = World::default();
        let stock = Stock::open(&world, &[], clock.now(), 0).unwrap();
        let beginning = Beginning { services: &[], seed: 0, stock, counters: Counters::default() };
        let (links, journal) = (LinkMaker::new("http://h", None, None, &[]), Journal::new(0, Log::Nothing));
        let shared = Arc::new(Shared::new(clock, beginning, links, journal, Faults::new(&[], 0)));
        let (told, doors) = channel();
        let door = |number: usize| -> Box<dyn Fn(bool) + Send> {
            let told = told.clone();
            Box::new(move |shut| told.send((number, shut)).unwrap())
        };
        let list = vec![(Some("alpha"), door(0)), (Some("beta"), door(1)), (None, door(2))];
        (Arc::clone(&shared), doors, tokio::spawn(mind(shared, list)))
    }

    async fn next(doors: &Receiver<(usize, bool)>) -> (usize, bool) {
        loop {
            match doors.try_recv() {
                Ok(told) => return told,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    #[tokio::test]
    async fn doors_follow_the_rules() {
        let (shared, doors, task) = minded();
        let faults = &shared.faults;
        let rule = Fault::any().files().refuse().named("files");
        faults.add(rule).unwrap();
        assert_eq!(next(&doors).await, (2, true));
        faults.remove("files");
        assert_eq!(next(&doors).await, (2, false));
        // So many calls come in before it begins.
        faults.add(Fault::any().api().refuse().skip(1)).unwrap();
        let call = Subject { service: Some("alpha".to_owned()), ..Subject::default() };
        assert!(doors.try_recv().is_err());
        faults.judge(&call, shared.clock.now());
        assert_eq!((next(&doors).await, next(&doors).await), ((0, true), (1, true)));
        faults.clear();
        assert_eq!((next(&doors).await, next(&doors).await), ((0, false), (1, false)));
        task.abort();
    }

    #[tokio::test]
    async fn doors_follow_the_clock() {
        let (shared, doors, task) = minded();
        let from = shared.clock.now().plus_seconds(60);
        shared.faults.add(Fault::any().files().refuse().from(from).until(from.plus_seconds(60))).unwrap();
        tokio::task::yield_now().await;
        assert!(doors.try_recv().is_err());
        shared.clock.advance(Duration::from_secs(60));
        assert_eq!(next(&doors).await, (2, true));
        shared.clock.advance(Duration::from_secs(60));
        assert_eq!(next(&doors).await, (2, false));
        task.abort();
    }
}
