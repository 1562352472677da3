//! What all ports of an emulator share.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use crate::clock::Clock;
use crate::faults::Faults;
use crate::journal::Journal;
use crate::links::LinkMaker;
use crate::stock::Stock;

/// What all ports of an emulator share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    stock: RwLock<Stock>,
    pub(crate) links: LinkMaker,
    pub(crate) journal: Arc<Journal>,
    pub(crate) faults: Faults,
}

impl Shared {
    pub(crate) fn new(
        clock: Clock,
        stock: Stock,
        links: LinkMaker,
        journal: Journal,
        faults: Faults,
    ) -> Self {
        Self { clock, stock: RwLock::new(stock), links, journal: Arc::new(journal), faults }
    }

    /// What there is to ask for.
    pub(crate) fn stock(&self) -> RwLockReadGuard<'_, Stock> {
        self.stock.read().unwrap_or_else(PoisonError::into_inner)
    }
}
