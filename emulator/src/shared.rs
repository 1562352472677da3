//! What all ports of an emulator share.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rdbfetch::Timestamp;
use rdbfetch::metadata::ServiceMetadata;

use crate::clock::{Clock, Hands};
use crate::faults::{FaultCount, Faults};
use crate::journal::Journal;
use crate::links::LinkMaker;
use crate::server::Accept;
use crate::snapshot::{Counters, Snapshot};
use crate::stock::{NewBackup, StateError, Stock};
use crate::tally::Tally;
use crate::world::ScenarioError;

/// What the port for files is called among the services.
pub(crate) const FILES: &str = "files";

/// What all ports of an emulator share.
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    services: &'static [&'static ServiceMetadata],
    seed: AtomicU64,
    stock: RwLock<Stock>,
    /// One for each service, and one for the files.
    tallies: Vec<(&'static str, Arc<Tally>)>,
    start: Start,
    pub(crate) links: LinkMaker,
    pub(crate) journal: Arc<Journal>,
    pub(crate) faults: Faults,
}

/// How an emulator was when it started.
struct Start {
    hands: Hands,
    seed: u64,
    stock: Stock,
    counters: Counters,
    faults: Vec<FaultCount>,
}

/// What an emulator starts with.
pub(crate) struct Beginning {
    pub(crate) services: &'static [&'static ServiceMetadata],
    pub(crate) seed: u64,
    pub(crate) stock: Stock,
    pub(crate) counters: Counters,
}

impl Shared {
    pub(crate) fn new(
        clock: Clock,
        beginning: Beginning,
        links: LinkMaker,
        journal: Journal,
        faults: Faults,
    ) -> Self {
        let Beginning { services, seed, stock, counters } = beginning;
        let names = services.iter().map(|metadata| metadata.service.name).chain([FILES]);
        let shared = Self {
            services,
            seed: AtomicU64::new(seed),
            stock: RwLock::new(stock.clone()),
            tallies: names.map(|name| (name, Arc::default())).collect(),
            start: Start { hands: clock.hands(), seed, stock, counters, faults: faults.save() },
            clock,
            links,
            journal: Arc::new(journal),
            faults,
        };
        shared.count(&shared.start.counters);
        shared
    }

    /// What there is to ask for.
    pub(crate) fn stock(&self) -> RwLockReadGuard<'_, Stock> {
        self.stock.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn stock_mut(&self) -> RwLockWriteGuard<'_, Stock> {
        self.stock.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What all that looks random follows from.
    pub(crate) fn seed(&self) -> u64 {
        self.seed.load(Ordering::Relaxed)
    }

    /// What a service, or the port for [`FILES`], remembers of its requests.
    pub(crate) fn tally(&self, name: &str) -> Arc<Tally> {
        let found = self.tallies.iter().find(|(known, _)| *known == name);
        found.map_or_else(Arc::default, |(_, tally)| Arc::clone(tally))
    }

    /// What becomes of a new connection to a service, or to the files. A rule that shuts a port is heeded here until the
    /// port is shut, and while there are connections that came in before.
    pub(crate) fn accept(&self, service: Option<&str>) -> Accept {
        let shut = self.faults.any() && self.faults.shut(service, self.clock.now());
        if shut { Accept::Reset } else { Accept::Serve }
    }

    /// Begins a backup at `now`. Must not be called by who holds what [`stock`](Self::stock)
    /// gives.
    pub(crate) fn create_backup(
        &self,
        service: &str,
        instance: &str,
        new: NewBackup<'_>,
        now: Timestamp,
    ) -> Result<String, StateError> {
        self.stock_mut().create_backup(service, instance, new, now, self.seed())
    }

    /// Deletes a backup. Must not be called by who holds what [`stock`](Self::stock) gives.
    pub(crate) fn delete_backup(
        &self,
        service: &str,
        instance: &str,
        backup: &str,
    ) -> Result<(), StateError> {
        self.stock_mut().delete_backup(service, instance, backup)
    }

    /// Everything that answers follow from.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let stock = self.stock();
        let calls = self.tallies.iter().map(|(name, tally)| ((*name).to_owned(), tally.calls()));
        let counters = Counters { calls: calls.collect(), created: stock.created };
        Snapshot::new(self.seed(), self.clock.hands(), counters, &stock.world(), self.faults.save())
    }

    /// Goes on from a snapshot.
    pub(crate) fn restore(&self, snapshot: &Snapshot) -> Result<(), ScenarioError> {
        let stock = snapshot.open(self.services, self.clock.now())?;
        snapshot.faults_into(&self.faults)?;
        self.go_on(snapshot.hands(), snapshot.seed(), stock, snapshot.counters());
        Ok(())
    }

    /// Goes back to the start.
    pub(crate) fn reset(&self) {
        let Start { hands, seed, stock, counters, faults } = &self.start;
        self.go_on(*hands, *seed, stock.clone(), counters);
        // They were accepted at the start, so this cannot fail.
        let _ = self.faults.load(faults.clone());
    }

    fn go_on(&self, hands: Hands, seed: u64, stock: Stock, counters: &Counters) {
        // Whoever asks while this is done waits for the lock, and finds all of it new.
        let mut guard = self.stock_mut();
        *guard = stock;
        self.clock.set(hands);
        self.seed.store(seed, Ordering::Relaxed);
        self.faults.set_seed(seed);
        self.count(counters);
    }

    fn count(&self, counters: &Counters) {
        for (name, tally) in &self.tallies {
            tally.reset(counters.calls.get(*name).copied().unwrap_or(0));
        }
    }
}

/// Neither contents nor the tables of services: those are megabytes.
impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("clock", &self.clock)
            .field("seed", &self.seed())
            .finish_non_exhaustive()
    }
}
