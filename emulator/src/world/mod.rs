//! What an emulated world consists of, as it is declared: in Rust, in a scenario or in a snapshot, all the same.
//!
//! ```
//! use std::time::Duration;
//! use rdbfetch_emulator::world::{Account, Backup, Moment, Recipe, World};
//!
//! let world = World::empty().account(Account::new("AK", "SK")).service("tencent", |service| {
//!     service.region("ap-guangzhou", |region| {
//!         region.instance("crs-1", |instance| {
//!             instance
//!                 .backup(Backup::new("b-1").created(Moment::ago(Duration::from_secs(3600))).file("0.rdb", "bytes"))
//!                 .backup(Backup::new("b-2").takes(Duration::from_secs(60)).file("0.rdb", Recipe::keys(1000)))
//!         })
//!     })
//! });
//! # drop(world);
//! ```

mod account;
mod backup;
mod check;
mod folder;
mod moment;
mod named;
mod problem;
mod project;
mod samples;

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use account::Account;
pub use backup::{Backup, File, Recipe, Source};
pub use moment::Moment;
pub use problem::{Problem, ScenarioError};
pub use project::Project;

pub(crate) use check::{check, hint};
pub(crate) use moment::{DurationText, duration, milliseconds, shift, timestamp};
pub(crate) use named::Named;
pub(crate) use samples::{
    CLUSTER, FIRST, INSTANCE_STATE, SHARDS, STANDALONE, TEMPORARY, accounts, fitting, samples, shards, zone,
};

/// Accounts, and what services have. Nothing is checked before an emulator starts with it.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct World {
    pub(crate) accounts: Vec<Account>,
    pub(crate) services: Named<Service>,
    /// Whether there are the built-in accounts too.
    pub(crate) builtin_accounts: bool,
    /// Whether services that are not named have the samples.
    pub(crate) samples: bool,
}

impl Default for World {
    /// The built-in accounts, and samples for every service that is not named.
    fn default() -> Self {
        let services = Named::default();
        Self { accounts: Vec::new(), services, builtin_accounts: true, samples: true }
    }
}

impl World {
    /// Nothing but what is added: a service that is not named has no regions. Without any account there are the
    /// built-in ones, as nobody could call otherwise.
    pub fn empty() -> Self {
        Self { builtin_accounts: false, samples: false, ..Self::default() }
    }

    /// With one more account; it replaces a built-in one that has its access key.
    pub fn account(mut self, account: Account) -> Self {
        self.accounts.push(account);
        self
    }

    /// With more in a service. What it is given is all that it has.
    pub fn service(mut self, name: &str, declare: impl FnOnce(Service) -> Service) -> Self {
        self.services.change(name, declare);
        self
    }

    /// With the backups of a folder that holds `SERVICE/INSTANCE/BACKUP/*`. Services with a folder have what is in it,
    /// in the region of their samples, and nothing else. Gives the hidden files and folders too, which are left out.
    ///
    /// Every regular file is a file of its backup, in the order of the names; the backup was taken when its folder was
    /// last changed.
    ///
    /// # Errors
    /// When the folder cannot be read, names no service that there is, or holds something else than that.
    pub fn backups(self, folder: impl AsRef<Path>) -> Result<(Self, Vec<PathBuf>), ScenarioError> {
        folder::read(self, folder.as_ref(), rdbfetch::metadata::services())
    }

    pub(crate) fn backups_of(
        self,
        folder: &Path,
        services: &[&'static rdbfetch::metadata::ServiceMetadata],
    ) -> Result<Self, ScenarioError> {
        folder::read(self, folder, services).map(|(world, _)| world)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("accounts", &self.accounts).field("services", &self.services).finish()
    }
}

/// What a service has, by region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a service: a mapping with `regions`")]
#[must_use]
pub struct Service {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) projects: Vec<Project>,
    #[serde(default)]
    pub(crate) regions: Named<Region>,
}

impl Service {
    /// With more in a region. The first region is the one that [`Sample`](crate::Sample) shows.
    pub fn region(mut self, name: &str, declare: impl FnOnce(Region) -> Region) -> Self {
        self.regions.change(name, declare);
        self
    }

    pub(crate) fn has_project(&self, id: &str) -> bool {
        self.projects.iter().any(|project| project.id == id)
    }

    /// With one more project. The first is the default one, unless another says that it is.
    pub fn project(mut self, project: Project) -> Self {
        self.projects.push(project);
        self
    }
}

/// What a region has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a region: a mapping with `instances`")]
#[must_use]
pub struct Region {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) instances: Vec<Instance>,
}

impl Region {
    /// Called so by people; otherwise as its code.
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// With one more instance.
    pub fn instance(mut self, id: &str, declare: impl FnOnce(Instance) -> Instance) -> Self {
        self.instances.push(declare(Instance::new(id)));
        self
    }
}

/// An instance and its backups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an instance: a mapping with `id` and `backups`")]
#[must_use]
pub struct Instance {
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) zone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) created: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) project: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) backups: Vec<Backup>,
}

impl Instance {
    fn new(id: &str) -> Self {
        let id = id.to_owned();
        Self {
            id,
            name: None,
            state: None,
            kind: None,
            zone: None,
            created: None,
            project: None,
            account: None,
            backups: Vec::new(),
        }
    }

    /// Its kind: as declared, or what its backups look like.
    pub(crate) fn shape(&self) -> &str {
        let sharded = || self.backups.iter().any(|backup| backup.files.len() > 1);
        let shown = || if sharded() { CLUSTER } else { STANDALONE };
        self.kind.as_deref().unwrap_or_else(shown)
    }

    /// With a name; otherwise it is called as its id.
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// In a state: `creating`, `running`, `changing`, `stopped`, `failed`, `deleting` or `unknown`; otherwise `running`.
    pub fn state(mut self, state: &str) -> Self {
        self.state = Some(state.to_owned());
        self
    }

    /// Of a kind: `standalone`, `cluster` or `unknown`; otherwise `cluster` if it has a backup of several
    /// files, and `standalone` if not.
    pub fn kind(mut self, kind: &str) -> Self {
        self.kind = Some(kind.to_owned());
        self
    }

    /// In an availability zone; otherwise in the one that the region's code and `-1` make, or the number 1 where zones
    /// are numbers.
    pub fn zone(mut self, zone: &str) -> Self {
        self.zone = Some(zone.to_owned());
        self
    }

    /// Made at a moment; otherwise nothing is told of that.
    pub fn created(mut self, at: impl Into<Moment>) -> Self {
        self.created = Some(at.into());
        self
    }

    /// In the project with this id; otherwise in the service's default one.
    pub fn project(mut self, id: &str) -> Self {
        self.project = Some(id.to_owned());
        self
    }

    /// Belonging to the account with this access key: for others it does not exist.
    pub fn account(mut self, access_key: &str) -> Self {
        self.account = Some(access_key.to_owned());
        self
    }

    /// With one more backup.
    pub fn backup(mut self, backup: Backup) -> Self {
        self.backups.push(backup);
        self
    }
}
