//! The files of a backup, some at a time.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::timeout;

use super::connections::Connections;
use super::failure::{Failure, Remedy};
use super::kept::Wanted;
use super::links::Links;
use super::name::file_name;
use super::outcome::Outcome;
use super::space::{self, Space};
use super::{Event, FileEntry, Manifest, Options, PullError, PullErrorKind, file};
use crate::cloud::Cloud;
use crate::error::Error;
use crate::model::{BackupFile, BackupId, BackupLinks};
use crate::projection;
use crate::time::Timestamp;
use crate::transport::{BoxFuture, Transport};
use crate::value::Parameters;

/// How many connections there are at most at a time, unless one file alone may have more.
pub(super) const CONNECTIONS: usize = 8;

/// What the name of a file ends with for whose contents nothing vouches.
pub(super) const UNVERIFIED: &str = ".unverified";

/// Where links come from: a cloud, or a test.
pub(super) trait Origin: Sync {
    /// The service's name.
    fn service(&self) -> &str;
    /// Asks for the links.
    fn links(&self) -> BoxFuture<'_, Result<BackupLinks, Error>>;
    /// The unit of the sizes that an operation gives.
    fn size_unit(&self, operation: &str) -> u64;
    /// What the files are fetched with.
    fn transport(&self) -> &dyn Transport;
    /// The clock.
    fn now(&self) -> Timestamp;
    /// A random number from 0 to 1.
    fn share(&self) -> f64;
}

/// The links of a backup, from its cloud.
pub(super) struct CloudOrigin<'a> {
    pub(super) cloud: &'a Cloud,
    pub(super) backup: &'a BackupId,
    pub(super) parameters: Parameters,
}

impl Origin for CloudOrigin<'_> {
    fn service(&self) -> &str {
        self.cloud.service().name
    }

    fn links(&self) -> BoxFuture<'_, Result<BackupLinks, Error>> {
        Box::pin(self.cloud.backup_links_with(self.backup, self.parameters.clone()))
    }

    fn size_unit(&self, operation: &str) -> u64 {
        let operation = self.cloud.service().operation(operation);
        operation.map_or(1, |operation| projection::size_unit(operation.links))
    }

    fn transport(&self) -> &dyn Transport {
        &**self.cloud.transport()
    }

    fn now(&self) -> Timestamp {
        self.cloud.now()
    }

    fn share(&self) -> f64 {
        self.cloud.share()
    }
}

/// Whoever is told what happens.
pub(super) struct Events<'a>(Mutex<&'a mut (dyn FnMut(Event) + Send)>);

impl<'a> Events<'a> {
    pub(super) fn new(events: &'a mut (dyn FnMut(Event) + Send)) -> Self {
        Self(Mutex::new(events))
    }

    pub(super) fn tell(&self, event: Event) {
        (lock(&self.0))(event);
    }
}

/// What all who fetch files of a backup share.
pub(super) struct Pull<'a> {
    pub(super) origin: &'a dyn Origin,
    pub(super) backup: &'a BackupId,
    pub(super) options: &'a Options,
    pub(super) events: &'a Events<'a>,
    pub(super) files: Vec<Expected>,
    pub(super) links: Links<'a>,
    /// The unit in which the service gives sizes.
    pub(super) unit: u64,
    pub(super) connections: Connections,
    pub(super) space: Space,
}

/// What is known of a file beforehand.
pub(super) struct Expected {
    /// The vendor's name for it.
    pub(super) name: Option<String>,
    /// Its size in bytes, to the precision of the service.
    pub(super) size: Option<u64>,
    /// Where it goes.
    pub(super) target: PathBuf,
    /// The file itself, where an earlier pull has left it.
    pub(super) kept: Option<FileEntry>,
}

/// Pulls a backup.
pub(super) async fn pull(
    origin: &dyn Origin,
    backup: &BackupId,
    options: &Options,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<Manifest, PullError> {
    let events = Events::new(events);
    let outcome = Outcome::new(origin.service(), backup);
    let pull = match prepare(origin, backup, options, &events).await {
        Ok(pull) => pull,
        Err(failure) => return Err(outcome.abort(failure)),
    };
    pull.bring(outcome, |index| file::bring(&pull, index)).await
}

impl Pull<'_> {
    /// How many files there should be in the end.
    fn wanted(&self) -> usize {
        if self.options.only.is_some() { 1 } else { self.files.len() }
    }

    /// The positions of the files that are to be fetched. Those that are there already are noted.
    fn missing(&self, outcome: &mut Outcome) -> Vec<usize> {
        let mut missing = Vec::new();
        for (index, file) in self.files.iter().enumerate() {
            if self.options.only.is_some_and(|only| only != index) {
                continue;
            }
            match &file.kept {
                Some(entry) => {
                    self.events.tell(Event::Kept { file: index, entry: entry.clone() });
                    outcome.add(index, entry.clone());
                }
                None => missing.push(index),
            }
        }
        missing
    }

    /// Brings the files that are missing to their places, some at a time.
    pub(super) async fn bring<F>(
        &self,
        mut outcome: Outcome,
        one: impl Fn(usize) -> F,
    ) -> Result<Manifest, PullError>
    where
        F: Future<Output = (usize, Result<FileEntry, Failure>)>,
    {
        let mut waiting = self.missing(&mut outcome).into_iter();
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < self.options.files.max(1)
                && let Some(index) = waiting.next()
            {
                running.push(one(index));
            }
            let Some((index, result)) = running.next().await else { break };
            if self.settle(&mut outcome, index, result) {
                break;
            }
        }
        drop(running);
        outcome.conclude(self.wanted(), self.options)
    }

    /// Notes what became of a file. Says whether that puts an end to the whole.
    fn settle(&self, outcome: &mut Outcome, index: usize, result: Result<FileEntry, Failure>) -> bool {
        match result {
            Ok(entry) => {
                self.events.tell(Event::Finished { file: index, entry: entry.clone() });
                outcome.add(index, entry);
                false
            }
            Err(failure) => {
                self.events.tell(Event::Failed { file: index, problem: failure.problem.clone() });
                let stop = failure.remedy == Remedy::Stop;
                let name = self.files.get(index).and_then(|file| file.name.clone());
                outcome.fail(index, name, failure);
                stop
            }
        }
    }

    /// Waits for the storage of a file, but not for ever.
    pub(super) async fn patiently<T>(&self, name: &str, what: impl Future<Output = T>) -> Result<T, Failure> {
        let patience = self.options.patience;
        let nothing = |_| Failure::broken(name, format!("nothing arrived for {} s", patience.as_secs()));
        timeout(patience, what).await.map_err(nothing)
    }

    /// Compares the length of a file with what the service says, to the precision with which it says it.
    pub(super) fn compare(&self, file: usize, length: u64) -> Result<(), Failure> {
        match self.files.get(file).and_then(|file| file.size) {
            Some(size) if size.abs_diff(length) >= self.unit => {
                let problem = format!("{length} bytes, but the service says {size}");
                Err(Failure::new(PullErrorKind::Verification, Remedy::Retry, problem))
            }
            _ => Ok(()),
        }
    }
}

/// Asks for the links and makes sure that nothing is in the way.
async fn prepare<'a>(
    origin: &'a dyn Origin,
    backup: &'a BackupId,
    options: &'a Options,
    events: &'a Events<'a>,
) -> Result<Pull<'a>, Failure> {
    let links = links(origin).await?;
    let unit = origin.size_unit(links.operation).max(1);
    let wanted = |(index, file): (usize, &BackupFile)| Wanted {
        name: file.name.clone(),
        size: file.size.filter(|size| *size > 0),
        unit,
        target: options.dir.join(file_name(backup, index, file.name.as_deref())),
    };
    let wanted: Vec<_> = links.files.iter().enumerate().map(wanted).collect();
    let (dir, overwrite, accept) = (options.dir.clone(), options.overwrite, options.accept_unverified);
    let known = options.known.clone();
    let files = blocking(move || {
        let mut files = Vec::with_capacity(wanted.len());
        for file in wanted {
            let kept = if overwrite { None } else { file.find(&known, accept)? };
            files.push(Expected { name: file.name, size: file.size, target: file.target, kept });
        }
        std::fs::create_dir_all(&dir).map_err(|error| Failure::disk(&dir, &error))?;
        let missing = files.iter().filter(|file| file.kept.is_none());
        let missing = missing.map(|file| (file.target.clone(), file.size.unwrap_or_default()));
        space::check(&dir, &missing.collect::<Vec<_>>())?;
        Ok(files)
    })
    .await??;
    planned(&files, events);
    Ok(Pull {
        origin,
        backup,
        options,
        events,
        files,
        unit,
        links: Links::new(origin, events, options.network, links.files),
        connections: options.shared(options.connections.max(CONNECTIONS)),
        space: Space::default(),
    })
}

/// Asks for the links; there must be some.
pub(super) async fn links(origin: &dyn Origin) -> Result<BackupLinks, Failure> {
    let links = origin.links().await.map_err(Failure::api)?;
    if links.files.is_empty() {
        let problem = format!("{}: the answer holds no link that can be used", links.operation);
        return Err(Failure::new(PullErrorKind::NoLinks, Remedy::Stop, problem));
    }
    Ok(links)
}

/// Tells what is to be fetched.
pub(super) fn planned(files: &[Expected], events: &Events<'_>) {
    let bytes = files.iter().map(|file| file.size).try_fold(0, |sum: u64, size| sum.checked_add(size?));
    events.tell(Event::Planned { files: files.len(), bytes });
}

/// Does what waits for the disk where it holds up nobody.
pub(super) async fn blocking<T: Send + 'static>(
    action: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(action)
        .await
        .map_err(|_| Failure::new(PullErrorKind::Disk, Remedy::Stop, "the runtime is shutting down"))
}

/// A lock whose holders do not panic.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
