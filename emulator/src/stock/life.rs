//! Backups that come and go while the emulator runs.

use std::fmt;
use std::time::Duration;

use rdbfetch::service::Field;
use rdbfetch::sign::{Octets as _, Text};
use rdbfetch::{BackupKind, Timestamp};

use super::open::Opener;
use super::{Instance, Shelf, Stock};
use crate::world::{self, Recipe, SHARDS, STANDALONE, shards};

/// The files of a backup that is created at run time.
const RECIPE: fn() -> Recipe = || Recipe::keys(100);

/// A backup that is to begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewBackup<'a> {
    pub(crate) name: Option<&'a str>,
    pub(crate) kind: BackupKind,
    /// How long it runs.
    pub(crate) takes: Duration,
    /// Whether it fails when its time is over.
    pub(crate) fails: bool,
}

/// Why the state of an emulator cannot be changed so.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateError {
    /// The emulator serves no such service.
    NoService(String),
    /// The service has no such instance, in none of its regions.
    NoInstance(String),
    /// The instance has no such backup.
    NoBackup(String),
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoService(name) => {
                write!(f, "the emulator serves no service {name:?}: `endpoints` has the names")
            }
            Self::NoInstance(id) => {
                write!(f, "there is no instance {id:?}: declare it in the world or the scenario")
            }
            Self::NoBackup(id) => write!(f, "there is no backup {id:?} of this instance"),
        }
    }
}

impl std::error::Error for StateError {}

impl Stock {
    /// Begins a backup at `now`, which runs for so long and then has as many files as the service's samples. Gives its
    /// id, which follows from the seed and from how many were created before.
    pub(crate) fn create_backup(
        &mut self,
        service: &str,
        instance: &str,
        new: NewBackup<'_>,
        now: Timestamp,
        seed: u64,
    ) -> Result<String, StateError> {
        let (shelf, created) = self.shelf_mut(service)?;
        if shelf.instance(instance).is_none() {
            return Err(StateError::NoInstance(instance.to_owned()));
        }
        let id = loop {
            let id = new_id(shelf, seed, *created);
            *created = created.saturating_add(1);
            if !shelf.instances().any(|(_, instance)| instance.backup(&id).is_some()) {
                break id;
            }
        };
        let kind = shelf.instance(instance).map_or(STANDALONE, |instance| &*instance.kind);
        let count = shards(shelf.spec, kind);
        let mut declared = world::Backup::new(&id).created(now).takes(new.takes);
        declared.name = new.name.map(str::to_owned);
        declared.kind = new.kind.into();
        if new.fails {
            declared = declared.fails();
        }
        for number in 0..count {
            declared = declared.file(&format!("{id}-{number}.rdb"), RECIPE());
        }
        let mut opener = Opener { now, seed, samples: SHARDS.map(|_| None) };
        let instance = shelf.instance_mut(instance)?;
        // No file of it is on disk, so nothing can fail; if it ever could, the instance would be to blame.
        let backup = opener
            .backup(service, &instance.id, &declared)
            .map_err(|_| StateError::NoInstance(instance.id.clone()))?;
        let position = instance.backups.partition_point(|known| known.created_at > now);
        instance.backups.insert(position, backup);
        Ok(id)
    }

    /// Deletes a backup, whatever its state.
    pub(crate) fn delete_backup(
        &mut self,
        service: &str,
        instance: &str,
        backup: &str,
    ) -> Result<(), StateError> {
        let (shelf, _) = self.shelf_mut(service)?;
        let backups = &mut shelf.instance_mut(instance)?.backups;
        let position = backups.iter().position(|known| known.id == backup);
        let position = position.ok_or_else(|| StateError::NoBackup(backup.to_owned()))?;
        backups.remove(position);
        Ok(())
    }

    fn shelf_mut(&mut self, service: &str) -> Result<(&mut Shelf, &mut u64), StateError> {
        let found = self.shelves.iter_mut().find(|shelf| shelf.spec.name == service);
        let shelf = found.ok_or_else(|| StateError::NoService(service.to_owned()))?;
        Ok((shelf, &mut self.created))
    }
}

impl Shelf {
    fn instance_mut(&mut self, id: &str) -> Result<&mut Instance, StateError> {
        let mut instances = self.regions.iter_mut().flat_map(|region| &mut region.instances);
        let found = instances.find(|instance| instance.id == id);
        found.ok_or_else(|| StateError::NoInstance(id.to_owned()))
    }
}

/// An id that looks like those of the samples: fifteen digits, which every client can hold as a number.
fn new_id(shelf: &Shelf, seed: u64, number: u64) -> String {
    let digest = Text::from(format!("{seed} {} backup {number}", shelf.spec.name)).sha256();
    let hash = digest.iter().take(8).fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte));
    let (head, last) = (hash / 10 % 90_000_000_000_000 + 10_000_000_000_000, hash % 10);
    shelf.fitting(Field::Backup, &format!("{head}-{last}"))
}
