//! The files of a backup one after the other, each as often as it takes.

use std::path::{Path, PathBuf};

use tokio::fs;

use super::name::{file_name, shown};
use super::part::{exists, with_suffix};
use super::transfer::{Arrived, Failure, Remedy, Transfer, choose};
use super::{Event, FailedFile, FileEntry, Manifest, Options, PullError, PullErrorKind, Rdb};
use crate::cloud::Cloud;
use crate::error::Error;
use crate::model::{BackupFile, BackupId, BackupLinks};
use crate::projection;
use crate::rdb::Verdict;
use crate::time::Timestamp;
use crate::transport::{BoxFuture, Transport};
use crate::value::Parameters;

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
}

/// Pulls a backup.
pub(super) async fn pull(
    origin: &dyn Origin,
    backup: &BackupId,
    options: &Options,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<Manifest, PullError> {
    let mut outcome = Outcome::new(origin.service(), backup);
    let mut engine = match Engine::prepare(origin, backup, options, events).await {
        Ok(engine) => engine,
        Err(failure) => return Err(outcome.abort(failure)),
    };
    for index in 0..engine.targets.len() {
        match engine.file(index).await {
            Ok(entry) => {
                (engine.events)(Event::Finished { file: index, entry: entry.clone() });
                outcome.manifest.files.push(entry);
            }
            Err(failure) => {
                (engine.events)(Event::Failed { file: index, problem: failure.problem.clone() });
                let name = engine.files.get(index).and_then(|file| file.name.clone());
                if outcome.fail(index, name, failure) == Remedy::Stop {
                    break;
                }
            }
        }
    }
    outcome.conclude(engine.targets.len(), options)
}

/// What is known about the links while a file is fetched.
enum Links {
    /// They have not been tried.
    Given,
    /// They were asked for again.
    Renewed,
    /// The storage did not take them.
    Refused,
}

/// What is known during a pull.
struct Engine<'a> {
    origin: &'a dyn Origin,
    options: &'a Options,
    events: &'a mut (dyn FnMut(Event) + Send),
    /// The files with their latest links.
    files: Vec<BackupFile>,
    /// Where they go.
    targets: Vec<PathBuf>,
    unit: u64,
}

impl<'a> Engine<'a> {
    /// Asks for the links and makes sure that nothing is in the way.
    async fn prepare(
        origin: &'a dyn Origin,
        backup: &BackupId,
        options: &'a Options,
        events: &'a mut (dyn FnMut(Event) + Send),
    ) -> Result<Self, Failure> {
        let links = origin.links().await.map_err(Failure::api)?;
        let files = links.files;
        if files.is_empty() {
            let problem = format!("{}: the answer holds no link that can be used", links.operation);
            return Err(Failure::new(PullErrorKind::NoLinks, Remedy::Stop, problem));
        }
        let name = |(index, file): (usize, &BackupFile)| file_name(backup, index, file.name.as_deref());
        let targets: Vec<_> = files.iter().enumerate().map(name).map(|name| options.dir.join(name)).collect();
        for target in &targets {
            vacant(target, options).await?;
        }
        fs::create_dir_all(&options.dir).await.map_err(|error| Failure::disk(&options.dir, &error))?;
        let bytes = files.iter().map(|file| file.size).try_fold(0, |sum: u64, size| sum.checked_add(size?));
        events(Event::Planned { files: files.len(), bytes });
        let unit = origin.size_unit(links.operation).max(1);
        Ok(Self { origin, options, events, files, targets, unit })
    }

    /// Brings one file to its place.
    async fn file(&mut self, index: usize) -> Result<FileEntry, Failure> {
        let mut links = Links::Given;
        let mut attempt = 1;
        loop {
            let last = attempt >= self.options.attempts;
            let failure = match self.attempt(index, &mut links).await {
                Ok(arrived) if last || arrived.announced || arrived.report.verdict != Verdict::Corrupt => {
                    return self.publish(index, arrived).await;
                }
                Ok(arrived) => Failure::new(PullErrorKind::Network, Remedy::Retry, arrived.report.detail),
                Err(failure) => failure,
            };
            if last || matches!(failure.remedy, Remedy::GiveUp | Remedy::Stop) {
                return Err(failure);
            }
            attempt += 1;
            let problem = failure.problem.clone();
            (self.events)(Event::Retrying { file: index, attempt, problem });
            if failure.remedy == Remedy::Renew {
                links = Links::Refused;
            } else if !self.options.delay.is_zero() {
                tokio::time::sleep(self.options.delay).await;
            }
        }
    }

    /// One attempt, with new links if the old ones were refused. Links that are known to have expired are renewed
    /// too, but not again: the clock may be wrong.
    async fn attempt(&mut self, index: usize, links: &mut Links) -> Result<Arrived, Failure> {
        let expired = |file: &BackupFile| file.expires_at.is_some_and(|at| at <= self.origin.now());
        let stale = match *links {
            Links::Given => self.files.get(index).is_some_and(expired),
            Links::Renewed => false,
            Links::Refused => true,
        };
        if stale {
            self.renew().await?;
            *links = Links::Renewed;
        }
        let (Some(file), Some(target)) = (self.files.get(index), self.targets.get(index)) else {
            return Err(Failure::new(PullErrorKind::NoLinks, Remedy::GiveUp, "there is no such file"));
        };
        let Some((network, link)) = choose(file, self.options) else {
            return Err(Failure::new(PullErrorKind::NoLinks, Remedy::GiveUp, "it has no link"));
        };
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        (self.events)(Event::Started { file: index, name: name.to_string(), network });
        let transport = self.origin.transport();
        let transfer = Transfer { transport, file, target, name: &name, link, unit: self.unit };
        let events = &mut self.events;
        let mut progress = |received, size| events(Event::Progress { file: index, received, size });
        transfer.run(&mut progress).await
    }

    /// Asks for the links again. They belong to the same files: by name where the names tell them apart, else by
    /// position.
    async fn renew(&mut self) -> Result<(), Failure> {
        let fresh = self.origin.links().await.map_err(Failure::api)?.files;
        if fresh.len() != self.files.len() {
            let problem = format!(
                "the links expired, and the service now names {} files instead of {}",
                fresh.len(),
                self.files.len()
            );
            return Err(Failure::new(PullErrorKind::NoLinks, Remedy::GiveUp, problem));
        }
        (self.events)(Event::Renewed);
        self.files = in_order_of(&self.files, fresh);
        Ok(())
    }

    /// Gives a file the name that it deserves.
    async fn publish(&mut self, index: usize, arrived: Arrived) -> Result<FileEntry, Failure> {
        let Arrived { part, report, sha256, .. } = arrived;
        let target = self.targets.get(index).map(PathBuf::as_path).unwrap_or(Path::new(""));
        let overwrite = self.options.overwrite;
        let published = match report.verdict {
            Verdict::Corrupt => part.publish_corrupt(target).await,
            Verdict::NotVerifiable if !self.options.accept_unverified => {
                let target = with_suffix(target, UNVERIFIED);
                part.publish(&target, overwrite).await.map(|()| target)
            }
            _ => part.publish(target, overwrite).await.map(|()| target.to_path_buf()),
        };
        let path = published.map_err(|error| Failure::disk(target, &error))?;
        Ok(FileEntry {
            name: self.files.get(index).and_then(|file| file.name.clone()),
            path: shown(&path),
            size: report.size,
            sha256,
            rdb: Rdb { version: report.version, checksum: report.checksum },
            verdict: report.verdict,
            detail: report.detail,
        })
    }
}

/// What the name of a file ends with for whose contents nothing vouches.
const UNVERIFIED: &str = ".unverified";

/// Refuses where a file is in the way.
async fn vacant(target: &Path, options: &Options) -> Result<(), Failure> {
    let unverified = with_suffix(target, UNVERIFIED);
    let names = if options.accept_unverified { vec![target] } else { vec![target, &unverified] };
    for name in names {
        let there = exists(name).await.map_err(|error| Failure::disk(name, &error))?;
        if there && !options.overwrite {
            let problem = format!(
                "{} is there already; nothing was downloaded. Move it away, or replace it with --overwrite",
                shown(name)
            );
            return Err(Failure::new(PullErrorKind::Exists, Remedy::Stop, problem));
        }
    }
    Ok(())
}

/// Fresh files in the order of the old ones.
fn in_order_of(old: &[BackupFile], fresh: Vec<BackupFile>) -> Vec<BackupFile> {
    use std::collections::HashMap;

    let named: HashMap<_, _> =
        fresh.iter().enumerate().filter_map(|(at, file)| Some((file.name.clone()?, at))).collect();
    let places: Option<Vec<usize>> = old.iter().map(|file| named.get(file.name.as_ref()?).copied()).collect();
    match places {
        Some(places) if named.len() == fresh.len() => {
            places.into_iter().filter_map(|at| fresh.get(at).cloned()).collect()
        }
        _ => fresh,
    }
}

/// What a pull has come to so far.
struct Outcome {
    manifest: Manifest,
    /// The failure that the whole is reported as, if no file arrived: the last that stopped everything, else the
    /// first.
    first: Option<Failure>,
}

impl Outcome {
    fn new(service: &str, backup: &BackupId) -> Self {
        let manifest = Manifest {
            service: service.to_owned(),
            instance: backup.instance.clone(),
            backup: backup.backup.clone(),
            files: Vec::new(),
            failed: Vec::new(),
        };
        Self { manifest, first: None }
    }

    fn fail(&mut self, index: usize, name: Option<String>, failure: Failure) -> Remedy {
        let Failure { kind, http_status, remedy, .. } = failure;
        let problem = failure.problem.clone();
        self.manifest.failed.push(FailedFile { index, name, kind, http_status, problem });
        if self.first.is_none() || remedy == Remedy::Stop {
            self.first = Some(failure);
        }
        remedy
    }

    /// Nothing was downloaded.
    fn abort(self, failure: Failure) -> PullError {
        let Failure { kind, problem, cause, .. } = failure;
        PullError { kind, message: problem, manifest: Box::new(self.manifest), cause }
    }

    /// The result of the whole.
    fn conclude(self, wanted: usize, options: &Options) -> Result<Manifest, PullError> {
        let accepted = |entry: &&FileEntry| match entry.verdict {
            Verdict::Ok => true,
            Verdict::NotVerifiable => options.accept_unverified,
            Verdict::Corrupt => false,
        };
        let good = self.manifest.files.iter().filter(accepted).count();
        if good == wanted {
            return Ok(self.manifest);
        }
        let doubtful = self.manifest.files.iter().find(|entry| !accepted(entry));
        let failed = self.manifest.failed.iter();
        let mismatch = failed.clone().any(|file| file.kind == PullErrorKind::Verification);
        let kind = match &self.first {
            Some(failure) if failure.remedy == Remedy::Stop => failure.kind,
            _ if doubtful.is_some() || mismatch => PullErrorKind::Verification,
            _ if good > 0 => PullErrorKind::Partial,
            Some(failure) => failure.kind,
            None => PullErrorKind::Partial,
        };
        let mut message = format!("{good} of {wanted} files are in place");
        if let Some(entry) = doubtful {
            message.push_str(&format!("; {} is {}: {}", entry.path, entry.verdict, entry.detail));
        }
        if let (Some(failure), Some(file)) = (&self.first, self.manifest.failed.first()) {
            let which =
                if failure.remedy == Remedy::Stop { String::new() } else { format!("file {}: ", file.index) };
            message.push_str(&format!("; {which}{}", failure.problem));
        }
        let cause = self.first.and_then(|failure| failure.cause);
        Err(PullError { kind, message, manifest: Box::new(self.manifest), cause })
    }
}
