//! Snapshots: the whole state of an emulator as JSON.

use std::collections::BTreeMap;

use rdbfetch::Timestamp;
use rdbfetch::metadata::ServiceMetadata;
use serde::{Deserialize, Serialize};

use crate::clock::Hands;
use crate::faults::{FaultCount, Faults};
use crate::stock::Stock;
use crate::world::{Account, Named, ScenarioError, Service, World};

/// The version of the format that is written and read.
const VERSION: u32 = 1;

/// The whole state of an emulator: clock, seed, counters, accounts, and what services have. Restored, it gives the
/// same answers to the same calls.
///
/// It is serde's business in which form it is kept; the form is made for JSON, and numbered. Contents of files are kept
/// by reference (a built-in sample, a recipe, an absolute path on disk), or as base64 where they were given as bytes.
/// A clock that goes with the machine's is kept as how far ahead it is. Not kept are the journal, nonces that were
/// used (after a restore they may be used again) and what was configured apart from the state: addresses, link
/// lifetime. Rules for faults are kept, with what they counted.
///
/// It holds the secrets of the emulator's accounts, which open nothing elsewhere unless somebody declared real ones.
/// `Debug` does not show them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    version: u32,
    seed: u64,
    clock: Hands,
    counters: Counters,
    accounts: Vec<Account>,
    services: Named<Service>,
    #[serde(default)]
    faults: Vec<FaultCount>,
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counters {
    /// Requests, by service; those for files among them as `files`.
    pub(crate) calls: BTreeMap<String, u64>,
    /// Backups that were created.
    pub(crate) created: u64,
}

impl Snapshot {
    pub(crate) fn new(
        seed: u64,
        clock: Hands,
        counters: Counters,
        world: &World,
        faults: Vec<FaultCount>,
    ) -> Self {
        let (accounts, services) = (world.accounts.clone(), world.services.clone());
        Self { version: VERSION, seed, clock, counters, accounts, services, faults }
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) fn hands(&self) -> Hands {
        self.clock
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Goes on with the rules for faults, and with what they counted.
    pub(crate) fn faults_into(&self, faults: &Faults) -> Result<(), ScenarioError> {
        faults.load(self.faults.clone()).map_err(|error| ScenarioError::one("faults", error.to_string()))
    }

    /// What there was; services that it does not know have nothing.
    pub(crate) fn open(
        &self,
        services: &[&'static ServiceMetadata],
        now: Timestamp,
    ) -> Result<Stock, ScenarioError> {
        if self.version != VERSION {
            let message =
                format!("a snapshot of version {} cannot be read: expected {VERSION}", self.version);
            return Err(ScenarioError::one("version", message));
        }
        let world = World {
            accounts: self.accounts.clone(),
            services: self.services.clone(),
            builtin_accounts: false,
            samples: false,
        };
        let mut stock = Stock::open(&world, services, now, self.seed)?;
        stock.created = self.counters.created;
        Ok(stock)
    }
}
