//! Files that go somewhere else than to a folder: to a pipe, or to an object store.
//!
//! Nothing there can be read back, so each file comes over one connection, in order, and is checked on its way. A
//! destination shows a file to others only once that check is done.

use std::io;

use bytes::Bytes;

use super::engine::{self, CONNECTIONS, CloudOrigin, Events, Expected, Origin, Pull, UNVERIFIED};
use super::failure::{Failure, Remedy};
use super::file::entry;
use super::kept::in_the_way;
use super::links::Links;
use super::name::file_name;
use super::outcome::Outcome;
use super::run::Arrived;
use super::space::Space;
use super::stream::{Digests, Stream};
use super::{Event, FileEntry, KnownFile, Manifest, Options, PullError, PullErrorKind};
use crate::cloud::Cloud;
use crate::model::{BackupFile, BackupId};
use crate::rdb::Verdict;
use crate::transport::{Body, BoxFuture};
use crate::value::Parameters;

/// Where files go that are not put into a folder.
pub trait Destination: Sync {
    /// Where a file of this name goes, for people and for the manifest.
    fn place(&self, name: &str) -> String;

    /// Whether it takes so many files of a backup. All of them, unless it says otherwise.
    ///
    /// # Errors
    /// When it does not, and why.
    fn takes(&self, files: usize) -> io::Result<()> {
        let _ = files;
        Ok(())
    }

    /// Reads what has this name there already; `None` where nothing has.
    ///
    /// # Errors
    /// When the destination cannot say.
    fn read<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Option<Box<dyn Body>>>>;

    /// Begins a file of this name, whose size in bytes is roughly this, if the service says so.
    ///
    /// # Errors
    /// When the destination does not take it.
    fn begin<'a>(&'a self, name: &'a str, size: Option<u64>) -> BoxFuture<'a, io::Result<Box<dyn Sink>>>;
}

/// A file on its way to a [`Destination`]. Dropping it without [`Sink::finish`] or [`Sink::discard`] gives it up, too.
pub trait Sink: Send {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// When they cannot be taken.
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>>;

    /// Shows the file to others: all of it was written, and it is what `entry` says.
    ///
    /// # Errors
    /// When it is not there after all.
    fn finish(self: Box<Self>, entry: FileEntry) -> BoxFuture<'static, io::Result<()>>;

    /// Takes back what was written. Says whether that could be done: what went into a pipe is gone.
    fn discard(self: Box<Self>) -> BoxFuture<'static, bool>;
}

/// Downloads every file of a backup to a destination that is no folder: one file at a time unless
/// [`Options::files`] says otherwise, each over one connection. [`Options::dir`], [`Options::connections`], [`Options::piece`] and
/// [`Options::sync`] do not matter.
///
/// Files are named as [`pull`](super::pull) names them. One whose contents nothing vouches for is fetched a second time, to
/// get the name `NAME.unverified`, where the destination could take back the first; a corrupt one is taken back, and what
/// could not be taken back is no success either.
///
/// # Errors
/// When not every file arrived and was verified. [`PullError::manifest`] then holds those that are there.
pub async fn pull_into(
    cloud: &Cloud,
    backup: &BackupId,
    options: &Options,
    parameters: Parameters,
    destination: &dyn Destination,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<Manifest, PullError> {
    let origin = CloudOrigin { cloud, backup, parameters };
    bring_all(&origin, backup, options, destination, events).await
}

/// Pulls a backup.
pub(super) async fn bring_all(
    origin: &dyn Origin,
    backup: &BackupId,
    options: &Options,
    destination: &dyn Destination,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<Manifest, PullError> {
    let events = Events::new(events);
    let outcome = Outcome::new(origin.service(), backup);
    let pull = match prepare(origin, backup, options, destination, &events).await {
        Ok(pull) => pull,
        Err(failure) => return Err(outcome.abort(failure)),
    };
    pull.bring(outcome, |index| bring(&pull, index, destination)).await
}

/// Asks for the links and makes sure that nothing is in the way.
async fn prepare<'a>(
    origin: &'a dyn Origin,
    backup: &'a BackupId,
    options: &'a Options,
    destination: &dyn Destination,
    events: &'a Events<'a>,
) -> Result<Pull<'a>, Failure> {
    let links = engine::links(origin).await?;
    let expected = |(index, file): (usize, &BackupFile)| Expected {
        name: file.name.clone(),
        size: file.size.filter(|size| *size > 0),
        target: file_name(backup, index, file.name.as_deref()).into(),
        kept: None,
    };
    let mut files: Vec<_> = links.files.iter().enumerate().map(expected).collect();
    if let Some(only) = options.only.filter(|only| *only >= files.len()) {
        let problem = format!("there is no file {only}: there are {}, counted from 0", files.len());
        return Err(Failure::new(PullErrorKind::NoLinks, Remedy::Stop, problem));
    }
    let wanted = if options.only.is_some() { 1 } else { files.len() };
    destination
        .takes(wanted)
        .map_err(|why| Failure::new(PullErrorKind::Destination, Remedy::Stop, why.to_string()))?;
    let unit = origin.size_unit(links.operation).max(1);
    for file in files.iter_mut().filter(|_| !options.overwrite) {
        file.kept = kept(file, unit, options, destination).await?;
    }
    engine::planned(&files, events);
    Ok(Pull {
        origin,
        backup,
        options,
        events,
        files,
        unit,
        links: Links::new(origin, events, options.network, links.files),
        connections: options.shared(CONNECTIONS),
        space: Space::default(),
    })
}

/// A file that an earlier pull has brought, read again.
///
/// # Errors
/// When something is in its place that is not known, or is not what it was.
async fn kept(
    file: &Expected,
    unit: u64,
    options: &Options,
    destination: &dyn Destination,
) -> Result<Option<FileEntry>, Failure> {
    let name = file.target.to_string_lossy().into_owned();
    let unverified = format!("{name}{UNVERIFIED}");
    let names = if options.accept_unverified { vec![name] } else { vec![name, unverified] };
    for name in names {
        let read = destination.read(&name).await.map_err(|why| failed(destination, &name, &why))?;
        let Some(mut body) = read else { continue };
        let place = destination.place(&name);
        let known: Vec<&KnownFile> = options.known.iter().filter(|known| known.name == name).collect();
        if known.is_empty() {
            return Err(in_the_way(&place, ""));
        }
        let mut digests = Digests::default();
        while let Some(bytes) = body.chunk().await.map_err(Failure::network)? {
            digests = digests.after(bytes).await?;
        }
        let (report, sha256) = digests.finish();
        let announced = file.size.is_none_or(|size| size.abs_diff(report.size) < unit);
        let same = |known: &&KnownFile| known.size == report.size && known.sha256 == sha256;
        if !announced || report.verdict == Verdict::Corrupt || !known.iter().any(same) {
            return Err(in_the_way(&place, ", and is not what an earlier pull left there"));
        }
        return Ok(Some(entry(file.name.clone(), place, report, sha256)));
    }
    Ok(None)
}

/// Brings one file to its place.
async fn bring(
    pull: &Pull<'_>,
    index: usize,
    destination: &dyn Destination,
) -> (usize, Result<FileEntry, Failure>) {
    (index, attempts(pull, index, destination).await)
}

async fn attempts(
    pull: &Pull<'_>,
    index: usize,
    destination: &dyn Destination,
) -> Result<FileEntry, Failure> {
    let Some(expected) = pull.files.get(index) else {
        return Err(Failure::new(PullErrorKind::NoLinks, Remedy::GiveUp, "there is no such file"));
    };
    let target = expected.target.to_string_lossy().into_owned();
    pull.events.tell(Event::Started { file: index, name: target.clone(), size: expected.size });
    // What the first time showed of a file that nothing vouches for.
    let mut unverified: Option<String> = None;
    let mut attempt = 1;
    loop {
        let last = attempt >= pull.options.retry.max_attempts;
        let name = if unverified.is_some() { format!("{target}{UNVERIFIED}") } else { target.clone() };
        let begun = destination.begin(&name, expected.size).await;
        let mut sink = begun.map_err(|why| failed(destination, &name, &why))?;
        let failure = match Stream::new(pull, index, &name, destination).run(&mut *sink).await {
            Ok(Arrived { report, announced, .. })
                if report.verdict == Verdict::Corrupt && (announced || last) =>
            {
                Failure::new(PullErrorKind::Verification, Remedy::GiveUp, report.detail)
            }
            Ok(Arrived { report, .. }) if report.verdict == Verdict::Corrupt => {
                Failure::new(PullErrorKind::Network, Remedy::Restart, report.detail)
            }
            Ok(Arrived { sha256, .. }) if unverified.as_ref().is_some_and(|first| *first != sha256) => {
                unverified = None;
                let problem = "it is another file than it was the first time";
                Failure::new(PullErrorKind::Network, Remedy::Restart, problem)
            }
            Ok(Arrived { report, sha256, .. }) => {
                let accepted = report.verdict == Verdict::Ok || pull.options.accept_unverified;
                let detail = report.detail.clone();
                let entry = entry(expected.name.clone(), destination.place(&name), report, sha256);
                if accepted || unverified.is_some() {
                    pull.events.tell(Event::Checked { file: index, entry: entry.clone() });
                    sink.finish(entry.clone()).await.map_err(|why| failed(destination, &name, &why))?;
                    return Ok(entry);
                }
                if !sink.discard().await {
                    // It is out, and no success.
                    return Ok(entry);
                }
                unverified = Some(entry.sha256);
                let problem = format!("{detail}; it is fetched again, as {target}{UNVERIFIED}");
                pull.events.tell(Event::Restarted { file: index, problem });
                continue;
            }
            Err(failure) => failure,
        };
        let discarded = sink.discard().await;
        if last || !discarded || !matches!(failure.remedy, Remedy::Restart | Remedy::Whole) {
            return Err(failure);
        }
        pull.events.tell(Event::Restarted { file: index, problem: failure.problem.clone() });
        tokio::time::sleep(pull.options.pause(attempt, &failure, pull.origin.share())).await;
        attempt += 1;
    }
}

/// What went wrong at a destination.
pub(super) fn failed(destination: &dyn Destination, name: &str, why: &io::Error) -> Failure {
    let problem = format!("{}: {why}", destination.place(name));
    Failure::new(PullErrorKind::Destination, Remedy::Stop, problem)
}
