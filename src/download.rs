//! Downloads every file of a backup and verifies it.
//!
//! [`pull`] asks for the links, fetches one file after the other under a temporary name, checks it while it arrives,
//! and gives it its own name only once it is whole, verified and on the disk. Links that expired are renewed. What
//! it leaves behind when its future is dropped are files named `….part`, which the next pull replaces.

mod engine;
mod name;
mod part;
#[cfg(test)]
mod tests;
mod transfer;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::cloud::Cloud;
use crate::error::Error;
use crate::model::BackupId;
use crate::rdb::{Checksum, Verdict};
use crate::value::Parameters;

/// Downloads every file of a backup into a folder, which is made if it is not there.
///
/// Files are named by us, after the instance, the backup and their position. A file whose contents nothing vouches
/// for ends as `NAME.unverified`, a corrupt one as `NAME.corrupt`; neither counts as success.
///
/// `parameters` go to the operation that gives the links, besides those that name the backup.
///
/// # Errors
/// When not every file arrived and was verified. [`PullError::manifest`] then holds those that are there.
pub async fn pull(
    cloud: &Cloud,
    backup: &BackupId,
    options: &Options,
    parameters: Parameters,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<Manifest, PullError> {
    let origin = engine::CloudOrigin { cloud, backup, parameters };
    engine::pull(&origin, backup, options, events).await
}

/// How to [`pull`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The folder to put the files in.
    pub dir: PathBuf,
    /// Whether files that are there already are replaced; otherwise nothing is downloaded.
    pub overwrite: bool,
    /// Whether a file whose contents nothing vouches for gets its own name like a verified one.
    pub accept_unverified: bool,
    /// Which links to use where a file has two.
    pub prefer: Network,
    /// How often a file is tried.
    pub attempts: u32,
    /// The pause before a file is tried again after a failure of the network.
    pub delay: Duration,
}

impl Options {
    /// Into this folder, and otherwise as by default.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), ..Self::default() }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("."),
            overwrite: false,
            accept_unverified: false,
            prefer: Network::Public,
            attempts: 3,
            delay: Duration::from_secs(1),
        }
    }
}

/// Where the files are fetched from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Network {
    /// Links that work from anywhere, where there are any.
    #[default]
    Public,
    /// Links that work inside the vendor's network only, where there are any.
    Internal,
}

/// What happens during a [`pull`]. Files are counted from 0.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The links are there.
    Planned {
        /// How many files there are.
        files: usize,
        /// How many bytes in all, if the service says so for every file.
        bytes: Option<u64>,
    },
    /// A file is being fetched.
    Started {
        /// Which file.
        file: usize,
        /// The name it gets on the disk.
        name: String,
        /// Which network the link is for, as that is not always the preferred one.
        network: Network,
    },
    /// A piece of a file arrived.
    Progress {
        /// Which file.
        file: usize,
        /// The bytes that are there.
        received: u64,
        /// The size of the file, where known.
        size: Option<u64>,
    },
    /// A file is tried again, from its beginning.
    Retrying {
        /// Which file.
        file: usize,
        /// Which attempt comes now, counted from 1.
        attempt: u32,
        /// What went wrong.
        problem: String,
    },
    /// The links of all files were asked for again.
    Renewed,
    /// A file is there, verified or not.
    Finished {
        /// Which file.
        file: usize,
        /// What became of it.
        entry: FileEntry,
    },
    /// A file is given up.
    Failed {
        /// Which file.
        file: usize,
        /// What went wrong.
        problem: String,
    },
}

/// What a [`pull`] brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Manifest {
    /// The service's name.
    pub service: String,
    /// The instance's id.
    pub instance: String,
    /// The backup's id.
    pub backup: String,
    /// The files that are there.
    pub files: Vec<FileEntry>,
    /// The files that are not.
    pub failed: Vec<FailedFile>,
}

/// A downloaded file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FileEntry {
    /// The vendor's name for it.
    pub name: Option<String>,
    /// Where it is: relative to the current folder where that is possible.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// The SHA-256 of the contents, in lower-case hexadecimal digits.
    pub sha256: String,
    /// What the file says of itself.
    pub rdb: Rdb,
    /// What the check concluded.
    #[serde(serialize_with = "display")]
    pub verdict: Verdict,
    /// What the check found, for people.
    pub detail: String,
}

/// What an RDB file says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Rdb {
    /// The version of the format.
    pub version: Option<u32>,
    /// What became of the checksum.
    #[serde(serialize_with = "display")]
    pub checksum: Checksum,
}

/// A file that did not arrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FailedFile {
    /// Its position, counted from 0.
    pub index: usize,
    /// The vendor's name for it.
    pub name: Option<String>,
    /// What went wrong.
    pub kind: PullErrorKind,
    /// The HTTP status, where the storage answered with an error.
    pub http_status: Option<u16>,
    /// What went wrong, for people.
    pub problem: String,
}

/// Why a [`pull`] did not bring every file, and what it brought.
///
/// Neither `Display` nor `Debug` shows secrets or signed links.
#[derive(Debug)]
#[non_exhaustive]
pub struct PullError {
    /// What kind of failure it is.
    pub kind: PullErrorKind,
    /// What happened, in a line.
    pub message: String,
    /// What there is nevertheless.
    pub manifest: Box<Manifest>,
    /// The failed call or the failed connection, where that is what went wrong.
    pub cause: Option<Box<Error>>,
}

/// Kinds of [`PullError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PullErrorKind {
    /// The service gave no links, at first or when they had expired; the cause says why.
    Api,
    /// The answer holds no link that can be used.
    NoLinks,
    /// A file is there already, so nothing was downloaded.
    Exists,
    /// The disk failed or is full.
    Disk,
    /// The storage could not be reached, or the connection broke, as often as it was tried.
    Network,
    /// The storage answered with an error, even to fresh links.
    Refused,
    /// A file is corrupt, of another size than announced, no RDB file, or not verifiable.
    Verification,
    /// Some files are there and verified, and some are not there.
    Partial,
}

impl fmt::Display for PullError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PullError {}

/// Serialises as `Display` writes.
fn display<S: Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
