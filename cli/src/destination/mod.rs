//! Where backups go.

mod folder;
mod pipe;
#[cfg(feature = "object-store")]
mod store;

use std::path::Path;

use rdbfetch::download::{self, Event, Options, PullError};
use rdbfetch::value::Parameters;
use rdbfetch::{BackupId, Cloud};

use self::folder::Folder;
use self::pipe::Pipe;
#[cfg(feature = "object-store")]
use self::store::Store;
use crate::exit::Failure;
use crate::manifest::Manifest;

/// A place that keeps backups, and small files that say what they are. Names are single components that we made.
#[derive(Clone, Debug)]
pub enum Destination {
    /// A folder of this machine.
    Folder(Folder),
    /// Standard output, which keeps nothing.
    Pipe,
    /// A folder in an object store.
    #[cfg(feature = "object-store")]
    Store(Store),
}

/// A backup that is to be fetched.
pub struct Fetch<'a> {
    /// The service's client.
    pub cloud: &'a Cloud,
    /// Which backup.
    pub id: &'a BackupId,
    /// How; the folder is the destination's business.
    pub options: Options,
    /// Further parameters for the operation that gives the links.
    pub parameters: Parameters,
}

impl Destination {
    /// What `--dir` names: a folder, which need not be there yet, `-` for stdout, or the URL of a folder in an object store.
    /// `sync` is whether what is written to a folder is brought to the disk.
    ///
    /// # Errors
    ///
    /// If a URL is none, or of no store that is known.
    pub fn open(path: &Path, sync: bool) -> Result<Self, Failure> {
        match path.to_str() {
            Some("-") => Ok(Self::Pipe),
            Some(url) if url.contains("://") => Self::store(url),
            _ => Ok(Self::Folder(Folder::new(path, sync))),
        }
    }

    #[cfg(feature = "object-store")]
    fn store(url: &str) -> Result<Self, Failure> {
        Store::open(url).map(Self::Store)
    }

    #[cfg(not(feature = "object-store"))]
    fn store(url: &str) -> Result<Self, Failure> {
        let scheme = url.split(':').next().unwrap_or_default();
        Err(Failure::usage(format!("--dir {scheme}: built without the feature `object-store`.")))
    }

    /// How many files of a backup come at a time, unless somebody says so: what goes to a store is collected in memory.
    #[must_use]
    pub const fn files(&self) -> usize {
        match self {
            Self::Folder(_) => 4,
            Self::Pipe => 1,
            #[cfg(feature = "object-store")]
            Self::Store(_) => 1,
        }
    }

    /// What lies below in folders of these names.
    #[must_use]
    pub fn below(&self, names: &[String]) -> Self {
        match self {
            Self::Folder(folder) => Self::Folder(folder.below(names)),
            Self::Pipe => Self::Pipe,
            #[cfg(feature = "object-store")]
            Self::Store(store) => Self::Store(store.below(names)),
        }
    }

    /// Where something of this name is, as reports show it.
    #[must_use]
    pub fn shown(&self, name: &str) -> String {
        match self {
            Self::Folder(folder) => folder.shown(name),
            Self::Pipe => "-".to_owned(),
            #[cfg(feature = "object-store")]
            Self::Store(store) => store.shown(name),
        }
    }

    /// The whole of a small file; `None` if there is none.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is longer than `most` bytes.
    pub async fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, Failure> {
        match self {
            Self::Folder(folder) => folder.read(name, most).await,
            Self::Pipe => Ok(None),
            #[cfg(feature = "object-store")]
            Self::Store(store) => store.read(name, most).await,
        }
    }

    /// Writes a small file, in place of another one: whoever reads it finds the one or the other.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub async fn write(&self, name: &str, bytes: Vec<u8>) -> Result<(), Failure> {
        match self {
            Self::Folder(folder) => folder.write(name, bytes).await,
            Self::Pipe => Ok(()),
            #[cfg(feature = "object-store")]
            Self::Store(store) => store.write(name, bytes).await,
        }
    }

    /// The size of a file in bytes; `None` if there is none.
    ///
    /// # Errors
    ///
    /// If nobody can tell.
    pub async fn size(&self, name: &str) -> Result<Option<u64>, Failure> {
        match self {
            Self::Folder(folder) => folder.size(name).await,
            Self::Pipe => Ok(None),
            #[cfg(feature = "object-store")]
            Self::Store(store) => store.size(name).await,
        }
    }

    /// The SHA-256 of a file, read from its beginning to its end, in lower-case hexadecimal digits; `None` if there is no
    /// such file.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub async fn sha256(&self, name: &str) -> Result<Option<String>, Failure> {
        match self {
            Self::Folder(folder) => folder.sha256(name).await,
            Self::Pipe => Ok(None),
            #[cfg(feature = "object-store")]
            Self::Store(store) => store.sha256(name).await,
        }
    }

    /// The names of the files here that begin and end so, in order.
    ///
    /// # Errors
    ///
    /// If they cannot be listed. Where there is no such place, there are no files.
    pub async fn list(&self, prefix: &str, suffix: &str) -> Result<Vec<String>, Failure> {
        match self {
            Self::Folder(folder) => folder.list(prefix, suffix).await,
            Self::Pipe => Ok(Vec::new()),
            #[cfg(feature = "object-store")]
            Self::Store(store) => store.list(prefix, suffix).await,
        }
    }

    /// Removes a file, if it is there.
    ///
    /// # Errors
    ///
    /// If it is there afterwards.
    pub async fn remove(&self, name: &str) -> Result<(), Failure> {
        match self {
            Self::Folder(folder) => folder.remove(name).await,
            Self::Pipe => Ok(()),
            #[cfg(feature = "object-store")]
            Self::Store(store) => store.remove(name).await,
        }
    }

    /// Fetches a backup. Files that `manifest` knows and that are what it says are kept; to those that are about to be
    /// there it is extended, and written under this name, so that a run that is killed is gone on with.
    ///
    /// # Errors
    ///
    /// When not every file arrived and was verified.
    pub async fn fetch(
        &self,
        fetch: Fetch<'_>,
        (name, manifest): (&str, &mut Manifest),
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<download::Manifest, PullError> {
        match self {
            Self::Folder(folder) => folder.fetch(fetch, (name, manifest), events).await,
            Self::Pipe => {
                let Fetch { cloud, id, options, parameters } = fetch;
                download::pull_into(cloud, id, &options, parameters, &Pipe, events).await
            }
            #[cfg(feature = "object-store")]
            Self::Store(store) => store.fetch(fetch, (name, manifest), events).await,
        }
    }
}
