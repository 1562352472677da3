//! One file of a backup, from its link to its name.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::engine::{Pull, UNVERIFIED, blocking};
use super::failure::{Failure, Remedy};
use super::journal::{Journal, Subject};
use super::name::shown;
use super::part::{Part, Taken, with_suffix};
use super::run::{Arrived, Run};
use super::{Event, FileEntry, PullErrorKind, Rdb};
use crate::rdb::{Report, Verdict};

/// How often it is tried to lock a file that another download holds, and how long it takes until the next time: one that
/// was just given up may still be writing.
const LOCKING: (u32, Duration) = (20, Duration::from_millis(50));

/// Brings one file to its place.
pub(super) async fn bring(pull: &Pull<'_>, index: usize) -> (usize, Result<FileEntry, Failure>) {
    (index, attempts(pull, index).await)
}

async fn attempts(pull: &Pull<'_>, index: usize) -> Result<FileEntry, Failure> {
    let Some(expected) = pull.files.get(index) else {
        return Err(Failure::new(PullErrorKind::NoLinks, Remedy::GiveUp, "there is no such file"));
    };
    let name = expected.target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    pull.events.tell(Event::Started { file: index, name: name.clone(), size: expected.size });
    let (part, mut journal) = open(pull, index).await?;
    let mut part = Arc::new(part);
    let mut plain = false;
    let mut attempt = 1;
    loop {
        let last = attempt >= pull.options.retry.max_attempts;
        let run = Run::new(pull, index, &name, Arc::clone(&part), journal.take(), plain);
        let failure = match run.run().await {
            Ok(arrived) if last || arrived.announced || arrived.report.verdict != Verdict::Corrupt => {
                return publish(pull, index, part, arrived).await;
            }
            Ok(arrived) => Failure::new(PullErrorKind::Network, Remedy::Restart, arrived.report.detail),
            Err(failure) => failure,
        };
        if last || !matches!(failure.remedy, Remedy::Restart | Remedy::Whole) {
            run.leave(failure.kind != PullErrorKind::Verification).await?;
            return Err(failure);
        }
        plain = failure.remedy == Remedy::Whole || run.is_plain();
        drop(run);
        pull.events.tell(Event::Restarted { file: index, problem: failure.problem.clone() });
        tokio::time::sleep(pull.options.pause(attempt, &failure, pull.origin.share())).await;
        attempt += 1;
        let anew = blocking(move || part.anew()).await?;
        part = Arc::new(anew.map_err(|taken| in_the_way(&expected.target, taken))?);
    }
}

/// Opens what there is of a file, or begins it.
async fn open(pull: &Pull<'_>, index: usize) -> Result<(Part, Option<Journal>), Failure> {
    let Some(expected) = pull.files.get(index) else {
        return Err(Failure::new(PullErrorKind::NoLinks, Remedy::GiveUp, "there is no such file"));
    };
    let mut tries = 1;
    loop {
        let subject = subject(pull, index);
        let (target, sync) = (expected.target.clone(), pull.options.sync);
        match blocking(move || Part::open(&target, &subject, sync)).await? {
            Err(Taken::Busy) if tries < LOCKING.0 => tries += 1,
            opened => return opened.map_err(|taken| in_the_way(&expected.target, taken)),
        }
        tokio::time::sleep(LOCKING.1).await;
    }
}

/// What a journal of the file is about.
pub(super) fn subject(pull: &Pull<'_>, index: usize) -> Subject {
    Subject {
        service: pull.origin.service().to_owned(),
        instance: pull.backup.instance.clone(),
        backup: pull.backup.backup.clone(),
        index,
        name: pull.files.get(index).and_then(|file| file.name.clone()),
    }
}

fn in_the_way(target: &Path, taken: Taken) -> Failure {
    match taken {
        Taken::Disk(error) => Failure::disk(&with_suffix(target, ".part"), &error),
        Taken::Busy => {
            let problem = format!("{} is being downloaded already", shown(target));
            Failure::new(PullErrorKind::Busy, Remedy::Stop, problem)
        }
    }
}

/// Gives a file the name that it deserves.
async fn publish(
    pull: &Pull<'_>,
    index: usize,
    part: Arc<Part>,
    arrived: Arrived,
) -> Result<FileEntry, Failure> {
    let Some(expected) = pull.files.get(index) else {
        return Err(Failure::new(PullErrorKind::NoLinks, Remedy::GiveUp, "there is no such file"));
    };
    let Arrived { report, sha256, .. } = arrived;
    let (verdict, length, target) = (report.verdict, report.size, expected.target.clone());
    let (overwrite, accept) = (pull.options.overwrite, pull.options.accept_unverified);
    let unverified = verdict == Verdict::NotVerifiable && !accept;
    let path = shown(&if unverified { with_suffix(&target, UNVERIFIED) } else { target.clone() });
    let mut entry = entry(expected.name.clone(), path, report, sha256);
    if verdict != Verdict::Corrupt {
        pull.events.tell(Event::Checked { file: index, entry: entry.clone() });
    }
    let published = blocking(move || match verdict {
        Verdict::Corrupt => part.publish_corrupt(&target, length),
        Verdict::NotVerifiable if unverified => {
            let target = with_suffix(&target, UNVERIFIED);
            part.publish(&target, length, overwrite).map(|()| target)
        }
        _ => part.publish(&target, length, overwrite).map(|()| target),
    });
    entry.path = shown(&published.await?.map_err(|error| Failure::disk(&expected.target, &error))?);
    Ok(entry)
}

/// What is told of a file that is where it belongs.
pub(super) fn entry(name: Option<String>, path: String, report: Report, sha256: String) -> FileEntry {
    FileEntry {
        name,
        path,
        size: report.size,
        sha256,
        rdb: Rdb { version: report.version, checksum: report.checksum },
        verdict: report.verdict,
        detail: report.detail,
    }
}
