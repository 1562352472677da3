//! What the control API moves.

use std::sync::Arc;
use std::time::Duration;

use rdbfetch::BackupKind;
use serde_json::{Map, Value, json};

use super::world;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::faults::units::duration;
use crate::journal::Journal;
use crate::shared::Shared;
use crate::snapshot::Snapshot;
use crate::stock;

/// Why something was not done: an HTTP status and a line for people.
pub(crate) type Trouble = (u16, String);

/// A backup that is asked for.
#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBackup {
    /// The service.
    pub(crate) service: String,
    /// The instance.
    pub(crate) instance: String,
    /// A name or a remark.
    pub(crate) name: Option<String>,
    /// How long it takes, such as `30s`.
    pub(crate) takes: Option<String>,
}

/// What the control API moves: the emulator itself.
pub(crate) struct Lever {
    pub(crate) shared: Arc<Shared>,
    pub(crate) endpoints: Vec<(&'static str, String)>,
    pub(crate) files_url: String,
}

impl Lever {
    /// The clock.
    pub(super) fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The rules for faults.
    pub(super) fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// The journal.
    pub(super) fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    /// Where the services and the files are, and which access keys there are. No secrets.
    pub(super) fn facts(&self) -> Value {
        let endpoints: Map<String, Value> =
            self.endpoints.iter().map(|(name, url)| ((*name).to_owned(), json!(url))).collect();
        let stock = self.shared.stock();
        let keys: Vec<&str> = stock.accounts.list().iter().map(|account| &*account.access_key).collect();
        json!({"endpoints": endpoints, "files": self.files_url, "access_keys": keys})
    }

    /// Services, instances and backups, as they are now.
    pub(super) fn world(&self) -> Value {
        let (stock, now) = (self.shared.stock(), self.shared.clock.now());
        let of = |name: &'static str| Some((name.to_owned(), world::shelf(stock.shelf(name)?, now)));
        let services: Map<String, Value> = self.endpoints.iter().filter_map(|(name, _)| of(name)).collect();
        json!({"now": now.to_string(), "services": services})
    }

    /// Puts everything back as it was at the start.
    pub(super) fn reset(&self) {
        self.shared.reset();
        self.shared.journal.reset();
    }

    /// All that there is, to be restored later.
    pub(super) fn snapshot(&self) -> Result<Value, Trouble> {
        serde_json::to_value(self.shared.snapshot()).map_err(|error| (500, error.to_string()))
    }

    /// Makes everything as a snapshot says.
    pub(super) fn restore(&self, snapshot: Value) -> Result<(), Trouble> {
        let snapshot: Snapshot =
            serde_json::from_value(snapshot).map_err(|error| (400, error.to_string()))?;
        self.shared.restore(&snapshot).map_err(|error| (400, error.to_string()))
    }

    /// Begins a backup of an instance, and says what came of it.
    pub(super) fn create_backup(&self, asked: NewBackup) -> Result<Value, Trouble> {
        let NewBackup { service, instance, name, takes } = asked;
        let takes = takes.as_deref().map_or(Some(Duration::ZERO), duration);
        let takes =
            takes.ok_or((400, "`takes`: a duration such as 200ms, 3s or 5m is expected".to_owned()))?;
        let now = self.shared.clock.now();
        let new = stock::NewBackup { name: name.as_deref(), kind: BackupKind::Manual, takes, fails: false };
        let backup = self.shared.create_backup(&service, &instance, new, now);
        let backup = backup.map_err(|error| (404, error.to_string()))?;
        Ok(json!({"service": service, "instance": instance, "backup": backup}))
    }

    /// Removes a backup.
    pub(super) fn delete_backup(&self, service: &str, instance: &str, backup: &str) -> Result<(), Trouble> {
        self.shared.delete_backup(service, instance, backup).map_err(|error| (404, error.to_string()))
    }
}
