//! Downloads every file of a backup and verifies it.
//!
//! [`pull`] asks for the links and fetches several files at a time, each over several connections where it is large
//! enough and the storage sends parts. What arrives is written under a temporary name, `NAME.part`, checked while it
//! arrives, and gets its own name only once it is whole, verified and on the disk.
//!
//! Beside it stands a journal, `NAME.part.journal`, of the pieces that are on the disk. A pull that was interrupted,
//! whether its future was dropped or its machine lost power, is gone on with by the next one: what the journal claims
//! is read again and compared with its checksum, what does not fit is fetched again. If the storage has another file
//! than before under the link (by its length, ETag or Last-Modified), the file is begun anew. Links that expire are
//! renewed.

mod answer;
mod connections;
mod engine;
mod event;
mod failure;
mod fetch;
mod file;
mod into;
mod journal;
mod kept;
mod links;
mod name;
mod outcome;
mod part;
mod run;
mod space;
mod stream;
mod table;
#[cfg(test)]
mod tests;
mod writer;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::cloud::{Cloud, Retry};
use crate::error::Error;
use crate::model::BackupId;
use crate::rdb::{Checksum, Verdict};
use crate::value::Parameters;

pub use self::connections::Connections;
pub use self::event::Event;
pub use self::into::{Destination, Sink, pull_into};
pub use self::name::{component, shown, stem};

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
    /// Whether files that are there already are replaced; otherwise nothing is downloaded, unless they are `known`.
    pub overwrite: bool,
    /// What an earlier pull of the same backup said of its files. Those of them that are there are read and checked again
    /// and, if they are what they were, not fetched.
    pub known: Vec<KnownFile>,
    /// The position of the only file that is wanted, counted from 0. The manifest is then not that of a whole backup.
    pub only: Option<usize>,
    /// Whether a file whose contents nothing vouches for gets its own name like a verified one.
    pub accept_unverified: bool,
    /// Which links to use where a file has two.
    pub network: NetworkChoice,
    /// How many files are fetched at a time; 0 counts as 1.
    pub files: usize,
    /// Over how many connections a file is fetched at most; 0 counts as 1. In all there are no more than eight, or than
    /// this where it is more, unless `in_all` says how many.
    pub connections: usize,
    /// How many connections there are in all, where several pulls share them.
    pub in_all: Option<Connections>,
    /// The size in bytes of what is asked for at a time and noted in the journal; of small files it is less. A file that
    /// another run began keeps its size. 0 counts as 1.
    pub piece: u64,
    /// How often a piece is tried while nothing of it arrives, and a file from its beginning.
    pub retry: Retry,
    /// How long the storage may be silent: before an answer, and within it. The transport may be less patient.
    pub patience: Duration,
    /// Whether what is written is brought to the disk (`fsync`) before it is counted on. Without it, a file can be lost
    /// when the machine loses power, but not when the program is killed.
    pub sync: bool,
}

impl Options {
    /// Into this folder, and otherwise as by default.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), ..Self::default() }
    }

    /// The connections of a pull: so many, unless others share them.
    fn shared(&self, most: usize) -> Connections {
        self.in_all.clone().unwrap_or_else(|| Connections::new(most))
    }
}

impl Default for Options {
    /// Four files at a time over four connections each, in pieces of 16 MiB; six attempts with waits of up to 0.5, 1, 2, 4
    /// and 8 s, and a minute of patience.
    fn default() -> Self {
        Self {
            dir: PathBuf::from("."),
            overwrite: false,
            known: Vec::new(),
            only: None,
            accept_unverified: false,
            network: NetworkChoice::Auto,
            files: 4,
            connections: 4,
            in_all: None,
            piece: 16 << 20,
            retry: Retry::default().max_attempts(6).base(Duration::from_millis(500)),
            patience: Duration::from_secs(60),
            sync: true,
        }
    }
}

/// A file that an earlier pull left, or was about to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownFile {
    /// Its name in the folder.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// The SHA-256 of the contents, in lower-case hexadecimal digits.
    pub sha256: String,
}

impl KnownFile {
    /// A file of this name, size and SHA-256.
    pub fn new(name: impl Into<String>, size: u64, sha256: impl Into<String>) -> Self {
        Self { name: name.into(), size, sha256: sha256.into() }
    }
}

/// Which links are used where a file has two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NetworkChoice {
    /// Internal ones if one of them gives a byte within three seconds, else public ones; the others where these fail.
    #[default]
    Auto,
    /// Those that work inside the vendor's network only.
    Internal,
    /// Those that work from anywhere.
    Public,
}

/// Where a file is fetched from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Network {
    /// The link works from anywhere.
    Public,
    /// The link works inside the vendor's network only.
    Internal,
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
    /// Another download is writing to a file.
    Busy,
    /// The disk failed or is full.
    Disk,
    /// A [`Destination`] failed, or does not take what there is.
    Destination,
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
