//! What the control API moves.

use std::sync::Arc;

use rdbfetch::Credentials;
use serde_json::{Value, json};

use crate::api::Api;
use crate::clock::{Clock, Hands};
use crate::faults::{FaultCount, Faults};
use crate::journal::Journal;
use crate::shared::Shared;

/// Why something was not done: an HTTP status and a line for people.
pub(crate) type Trouble = (u16, String);

/// What the control API moves.
pub(crate) trait Lever: Send + Sync + 'static {
    /// The clock.
    fn clock(&self) -> &Clock;
    /// The rules for faults.
    fn faults(&self) -> &Faults;
    /// The journal.
    fn journal(&self) -> &Journal;
    /// Where the services and the files are.
    fn facts(&self) -> &Facts;
    /// Services, instances and backups, as they are now.
    fn world(&self) -> Value;
    /// Puts everything back as it was at the start.
    fn reset(&self) -> Result<(), Trouble>;
    /// All that there is, to be restored later.
    fn snapshot(&self) -> Result<Value, Trouble>;
    /// Makes everything as a snapshot says.
    fn restore(&self, snapshot: Value) -> Result<(), Trouble>;
    /// Begins a backup of an instance, and says what came of it.
    fn create_backup(&self, asked: NewBackup) -> Result<Value, Trouble>;
    /// Removes a backup.
    fn delete_backup(&self, service: &str, instance: &str, backup: &str) -> Result<(), Trouble>;
}

/// A backup that is asked for.
#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBackup {
    /// The service.
    pub(crate) service: String,
    /// The instance.
    pub(crate) instance: String,
    /// How long it takes, such as `30s`.
    pub(crate) takes: Option<String>,
}

/// Where things are. No secrets.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) endpoints: Vec<(&'static str, String)>,
    pub(crate) files_url: String,
    pub(crate) access_keys: Vec<String>,
}

impl Facts {
    /// The facts as JSON.
    pub(crate) fn to_value(&self) -> Value {
        let endpoints: serde_json::Map<String, Value> =
            self.endpoints.iter().map(|(name, url)| ((*name).to_owned(), json!(url))).collect();
        json!({"endpoints": endpoints, "files": self.files_url, "access_keys": self.access_keys})
    }

    /// The keys that credentials show.
    pub(crate) fn keys(credentials: &[&Credentials]) -> Vec<String> {
        credentials.iter().map(|one| one.access_key().to_owned()).collect()
    }
}

/// The emulator itself.
pub(crate) struct Whole {
    pub(crate) shared: Arc<Shared>,
    pub(crate) apis: Vec<Arc<Api>>,
    pub(crate) facts: Facts,
    /// How the clock went at the start.
    pub(crate) hands: Hands,
    /// The rules that there were at the start.
    pub(crate) faults: Vec<FaultCount>,
}

/// What this emulator cannot do.
fn not_here(what: &str) -> Trouble {
    (501, format!("this emulator cannot {what}"))
}

impl Lever for Whole {
    fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn world(&self) -> Value {
        self.shared.stock().to_value()
    }

    fn reset(&self) -> Result<(), Trouble> {
        self.apis.iter().for_each(|api| api.reset());
        self.shared.clock.set(self.hands);
        self.shared.journal.reset();
        self.shared.faults.load(self.faults.clone()).map_err(|error| (500, error.to_string()))
    }

    fn snapshot(&self) -> Result<Value, Trouble> {
        Err(not_here("save a snapshot"))
    }

    fn restore(&self, _snapshot: Value) -> Result<(), Trouble> {
        Err(not_here("restore a snapshot"))
    }

    fn create_backup(&self, _asked: NewBackup) -> Result<Value, Trouble> {
        Err(not_here("create backups"))
    }

    fn delete_backup(&self, _service: &str, _instance: &str, _backup: &str) -> Result<(), Trouble> {
        Err(not_here("delete backups"))
    }
}
