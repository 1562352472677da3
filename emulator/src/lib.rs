//! Serves the APIs that rdbfetch's specs describe, on this machine: for tests, and for trying things out without an
//! account.
//!
//! Nothing here knows a particular cloud. The tables that clients run on, read backwards, route a request, check its
//! signature, find its parameters, and write the answer or the vendor's own error.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! let emulator = rdbfetch_emulator::Emulator::builder().start().await?;
//! for (service, url) in emulator.endpoints() {
//!     println!("{service} answers at {url}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! An emulator has no global state and lives as long as its [`Emulator`]: any number can run side by side.

mod admission;
mod answer;
mod api;
mod builder;
mod clock;
mod conditions;
mod content;
mod control;
mod create;
mod delivery;
mod faults;
mod files;
mod filters;
mod gate;
mod generate;
mod journal;
mod limits;
mod links;
mod lists;
mod nearest;
mod nonces;
mod outgoing;
mod pages;
mod parameters;
mod port;
mod range;
mod refusal;
mod route;
mod scenario;
mod scope;
mod server;
mod shared;
mod sign;
mod snapshot;
mod sorting;
mod stock;
mod store_error;
mod tally;
mod template;
#[cfg(test)]
mod tests;
#[cfg(feature = "tls")]
mod tls;
mod wire;
pub mod world;
mod yaml;

use std::sync::Arc;
use std::time::Duration;

use rdbfetch::BackupKind;
use rdbfetch::config::Credentials;
use tokio::task::JoinSet;

pub use builder::{Builder, StartError};
pub use clock::Clock;
pub use faults::{Fault, FaultCount, FaultError};
pub use journal::{Call, Calls, FileCall, Log, Sent, Verdict};
pub use limits::Limits;
pub use scenario::Scenario;
pub use snapshot::Snapshot;
use stock::NewBackup;
pub use stock::{Sample, StateError};
pub use world::World;

use shared::Shared;

/// A running emulator. It stops when it is dropped.
#[derive(Debug)]
pub struct Emulator {
    endpoints: Vec<(&'static str, String)>,
    files_url: String,
    control_url: Option<String>,
    credentials: Credentials,
    temporary: Credentials,
    samples: Vec<(&'static str, Sample)>,
    #[cfg(feature = "tls")]
    ca_file: Option<tls::CaFile>,
    shared: Arc<Shared>,
    /// One task per port; each owns its connections.
    _tasks: JoinSet<()>,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.shared.journal.close();
    }
}

impl Emulator {
    /// An emulator to be configured and started.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The services and the URLs under which they answer, in the order of the services.
    #[must_use]
    pub fn endpoints(&self) -> &[(&'static str, String)] {
        &self.endpoints
    }

    /// The URL under which a service answers.
    #[must_use]
    pub fn endpoint(&self, service: &str) -> Option<&str> {
        self.endpoints.iter().find(|(name, _)| *name == service).map(|(_, url)| url.as_str())
    }

    /// The URL under which the files of backups are.
    #[must_use]
    pub fn files_url(&self) -> &str {
        &self.files_url
    }

    /// The URL of the control API; `None` unless it was asked for.
    #[must_use]
    pub fn control_url(&self) -> Option<&str> {
        self.control_url.as_deref()
    }

    /// The file with the certificate, PEM, that clients have to trust; `None` without [`Builder::tls`].
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn ca_file(&self) -> Option<&std::path::Path> {
        self.ca_file.as_ref().map(tls::CaFile::path)
    }

    /// Has a client call this emulator: with its endpoint, its first account's credentials and its sample's region.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = rdbfetch_emulator::Emulator::builder().start().await?;
    /// let cloud = rdbfetch::tencent::Client::new(|builder| emulator.configure(builder))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn configure(&self, builder: rdbfetch::Builder) -> rdbfetch::Builder {
        let service = builder.service().name;
        let mut builder = builder.credentials(self.credentials.clone());
        if let Some(endpoint) = self.endpoint(service) {
            builder = builder.endpoint(endpoint);
        }
        match self.sample(service) {
            Some(sample) if builder.service().setting("region").is_some() => builder.region(&*sample.region),
            _ => builder,
        }
    }

    /// Credentials of the first account at the start. Unless a world says otherwise, every service knows them, and any
    /// token goes with them, since the emulator issues none.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The first temporary credentials at the start: they work with their token only.
    #[must_use]
    pub fn temporary_credentials(&self) -> &Credentials {
        &self.temporary
    }

    /// What there was to ask a service for at the start.
    #[must_use]
    pub fn sample(&self, service: &str) -> Option<&Sample> {
        self.samples.iter().find(|(name, _)| *name == service).map(|(_, sample)| sample)
    }

    /// The latest requests and what became of them, the oldest first. Holds no secrets and no links.
    #[must_use]
    pub fn journal(&self) -> Calls {
        self.shared.journal.calls()
    }

    /// The first call that is wanted: one that is in the journal already, or the next that comes. It also looks again
    /// when an answer is over, so that [`Call::sent`] can be waited for.
    pub async fn wait_for(&self, wanted: impl Fn(&Call) -> bool) -> Arc<Call> {
        self.shared.journal.wait(wanted).await
    }

    /// Adds a rule by which calls go wrong, and gives its name.
    ///
    /// # Errors
    /// When it makes no sense, names what there is not, or has the name of another rule.
    pub fn add_fault(&self, fault: Fault) -> Result<String, FaultError> {
        self.shared.faults.add(fault)
    }

    /// Removes the rule with this name, and says whether there was one.
    pub fn remove_fault(&self, name: &str) -> bool {
        self.shared.faults.remove(name)
    }

    /// Removes all rules by which calls go wrong.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// The rules by which calls go wrong, and how many calls each was about and hit.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultCount> {
        self.shared.faults.save()
    }

    /// The clock that it goes by.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.shared.clock.clone()
    }

    /// Moves its clock forward, however it goes.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
    }

    /// Begins a backup by hand, as of now by its clock. It runs for so long and is finished then, with as many
    /// generated files as a sample of such an instance has. Gives its id, which follows from the seed and from how many
    /// backups were created before.
    ///
    /// # Errors
    /// When there is no such service or instance.
    pub fn create_backup(
        &self,
        service: &str,
        instance: &str,
        takes: Duration,
    ) -> Result<String, StateError> {
        let now = self.shared.clock.now();
        let new = NewBackup { name: None, kind: BackupKind::Manual, takes, fails: false };
        self.shared.create_backup(service, instance, new, now)
    }

    /// Deletes a backup, whatever its state. Links to its files lead nowhere from then on.
    ///
    /// # Errors
    /// When there is no such service, instance or backup.
    pub fn delete_backup(&self, service: &str, instance: &str, backup: &str) -> Result<(), StateError> {
        self.shared.delete_backup(service, instance, backup)
    }

    /// Its whole state. It holds the secrets of the emulator's accounts.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.shared.snapshot()
    }

    /// Goes on from a snapshot, this emulator's or another's: the clock is set too.
    ///
    /// # Errors
    /// When the snapshot is of another version, is about services that are not served here, or refers to files that
    /// are no longer there. Nothing has changed then.
    pub fn restore(&self, snapshot: &Snapshot) -> Result<(), world::ScenarioError> {
        self.shared.restore(snapshot)
    }

    /// Goes back to the state of the start, clock, seed, counters and rules for faults included. The journal is kept.
    pub fn reset(&self) {
        self.shared.reset();
    }
}

/// The Rust on the page about scenarios.
#[cfg(doctest)]
#[doc = include_str!("../../docs/emulator/scenario.md")]
struct ScenarioPage;

/// The Rust on the page that begins.
#[cfg(doctest)]
#[doc = include_str!("../../docs/emulator/README.md")]
struct FirstPage;
