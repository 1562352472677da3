//! The uniform model: instances, backups and links, the same on every cloud.

use serde::Serialize;

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
