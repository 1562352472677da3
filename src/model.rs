//! The uniform model: instances, backups and links, the same on every cloud.

use serde::Serialize;

use crate::place::Field;
use crate::sensitive::Link;
use crate::time::Timestamp;

/// Names a backup: the instance it belongs to and its own id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct BackupId {
    /// The instance's id.
    pub instance: String,
    /// The backup's id.
    pub backup: String,
}

impl BackupId {
    /// The backup with this id, of this instance.
    pub fn new(instance: impl Into<String>, backup: impl Into<String>) -> Self {
        Self { instance: instance.into(), backup: backup.into() }
    }
}

/// The temporary links of a backup.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BackupLinks {
    /// The operation that gave them.
    pub operation: &'static str,
    /// The backup they belong to.
    pub backup: BackupId,
    /// The id under which the vendor finds the request.
    pub request_id: Option<String>,
    /// One entry per file.
    pub files: Vec<BackupFile>,
}

/// One file of a backup, and where it can be fetched for a while.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BackupFile {
    /// The vendor's name for it. Never a path: make a file name of it with care.
    pub name: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
    /// The link from anywhere.
    pub public_url: Option<Link>,
    /// The link from inside the vendor's network.
    pub internal_url: Option<Link>,
    /// When the links expire: the earlier of the two where they differ.
    pub expires_at: Option<Timestamp>,
}

/// A backup of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Backup {
    /// The instance's id.
    pub instance: String,
    /// The backup's id.
    pub backup: String,
    /// When it was taken.
    pub created_at: Option<Timestamp>,
    /// Bytes, all files together.
    pub size: Option<u64>,
    /// Its state.
    pub state: State,
    /// Who asked for it.
    pub kind: BackupKind,
    /// The name or the remark that it was given.
    pub name: Option<String>,
    /// The vendor's own word for the state.
    pub vendor_state: Option<String>,
}

/// The state of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum State {
    /// Being taken.
    Running,
    /// Complete.
    Finished,
    /// Could not be taken.
    Failed,
    /// No longer kept.
    Expired,
    /// Anything the spec does not know.
    Unknown,
}

impl State {
    /// The word that output and specs use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
        }
    }
}

/// Who asked for a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum BackupKind {
    /// A person or a program.
    Manual,
    /// The vendor's schedule.
    Automatic,
    /// Anything the spec does not know.
    Unknown,
}

/// A Redis that the vendor runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Instance {
    /// The region.
    pub region: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// The zone inside the region.
    pub zone: Option<String>,
    /// Its id.
    pub instance: String,
    /// The name that it was given.
    pub name: Option<String>,
    /// Its state.
    pub state: InstanceState,
    /// What kind it is.
    pub kind: InstanceKind,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// The vendor's own word for the state.
    pub vendor_state: Option<String>,
    /// The vendor's own word for the kind.
    pub vendor_kind: Option<String>,
}

impl Instance {
    /// An instance of which only the id is known.
    pub fn new(instance: impl Into<String>) -> Self {
        Self {
            region: None,
            project: None,
            zone: None,
            instance: instance.into(),
            name: None,
            state: InstanceState::Unknown,
            kind: InstanceKind::Unknown,
            created_at: None,
            vendor_state: None,
            vendor_kind: None,
        }
    }

    /// The same, of this kind.
    #[must_use]
    pub fn with_kind(mut self, kind: InstanceKind) -> Self {
        self.kind = kind;
        self
    }

    /// The same, in this zone.
    #[must_use]
    pub fn with_zone(mut self, zone: impl Into<String>) -> Self {
        self.zone = Some(zone.into());
        self
    }

    /// One of its fields, as text.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<&str> {
        match field {
            Field::Region => self.region.as_deref(),
            Field::Project => self.project.as_deref(),
            Field::Zone => self.zone.as_deref(),
            Field::Instance => Some(&self.instance),
            Field::Name => self.name.as_deref(),
            Field::State => Some(self.state.as_str()),
            Field::Kind => Some(self.kind.as_str()),
            Field::VendorState => self.vendor_state.as_deref(),
            Field::VendorKind => self.vendor_kind.as_deref(),
            _ => None,
        }
    }
}

/// Declares an enum of words that are the same on all clouds.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        #[serde(rename_all = "lowercase")]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// Anything the spec does not know.
            Unknown,
        }

        impl $name {
            /// The word that output and specs use.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Unknown => "unknown",
                }
            }

            /// What has this word; [`Self::Unknown`] where nothing has.
            #[must_use]
            pub fn from_word(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)*
                    _ => Self::Unknown,
                }
            }
        }
    };
}

words! {
    /// The state of an instance.
    InstanceState {
        /// Being made.
        Creating = "creating",
        /// At work.
        Running = "running",
        /// At work, and being resized, upgraded, restored or moved.
        Changing = "changing",
        /// Kept, but not at work: isolated, suspended or not paid for.
        Stopped = "stopped",
        /// Broken.
        Failed = "failed",
        /// Being removed.
        Deleting = "deleting",
    }
}

words! {
    /// What kind of Redis an instance is.
    InstanceKind {
        /// One data set: a single node, or a master with replicas. Its backups are one file.
        Standalone = "standalone",
        /// Sharded. Its backups are as many files as it has shards.
        Cluster = "cluster",
    }
}

/// A shard of an instance: a part of its keys, which a backup has a file of its own for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Shard {
    /// The instance's id.
    pub instance: String,
    /// Its own id.
    pub shard: String,
    /// The name that it has.
    pub name: Option<String>,
    /// Its state.
    pub state: InstanceState,
    /// The vendor's own word for the state.
    pub vendor_state: Option<String>,
}

/// A region of a cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Region {
    /// Its code, as the setting `region` takes it.
    pub region: String,
    /// The name for people.
    pub name: Option<String>,
}

/// A project, in which a cloud groups what an account has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Project {
    /// Its id, as the setting `project` takes it.
    pub project: String,
    /// The name for people.
    pub name: Option<String>,
    /// Whether it is the one that is taken where none is named.
    pub default: Option<bool>,
}
