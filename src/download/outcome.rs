//! What a pull has come to.

use super::failure::{Failure, Remedy};
use super::{FailedFile, FileEntry, Manifest, Options, PullError, PullErrorKind};
use crate::model::BackupId;
use crate::rdb::Verdict;

/// What a pull has come to so far.
pub(super) struct Outcome {
    manifest: Manifest,
    /// The files that are there, by position.
    files: Vec<(usize, FileEntry)>,
    /// The failure that the whole is reported as, if no file arrived: the last that stopped everything, else the
    /// first by position.
    first: Option<(usize, Failure)>,
}

impl Outcome {
    pub(super) fn new(service: &str, backup: &BackupId) -> Self {
        let manifest = Manifest {
            service: service.to_owned(),
            instance: backup.instance.clone(),
            backup: backup.backup.clone(),
            files: Vec::new(),
            failed: Vec::new(),
        };
        Self { manifest, files: Vec::new(), first: None }
    }

    pub(super) fn add(&mut self, index: usize, entry: FileEntry) {
        self.files.push((index, entry));
    }

    pub(super) fn fail(&mut self, index: usize, name: Option<String>, failure: Failure) {
        let Failure { kind, http_status, remedy, .. } = failure;
        let problem = failure.problem.clone();
        self.manifest.failed.push(FailedFile { index, name, kind, http_status, problem });
        let goes_first = |(at, first): &(usize, Failure)| first.remedy != Remedy::Stop && index < *at;
        if remedy == Remedy::Stop || self.first.as_ref().is_none_or(goes_first) {
            self.first = Some((index, failure));
        }
    }

    /// Nothing was downloaded.
    pub(super) fn abort(self, failure: Failure) -> PullError {
        let Failure { kind, problem, cause, .. } = failure;
        PullError { kind, message: problem, manifest: Box::new(self.manifest), cause }
    }

    /// The result of the whole.
    pub(super) fn conclude(mut self, wanted: usize, options: &Options) -> Result<Manifest, PullError> {
        self.files.sort_by_key(|(index, _)| *index);
        self.manifest.files = self.files.into_iter().map(|(_, entry)| entry).collect();
        self.manifest.failed.sort_by_key(|file| file.index);
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
            Some((_, failure)) if failure.remedy == Remedy::Stop => failure.kind,
            _ if doubtful.is_some() || mismatch => PullErrorKind::Verification,
            _ if good > 0 => PullErrorKind::Partial,
            Some((_, failure)) => failure.kind,
            None => PullErrorKind::Partial,
        };
        let mut message = format!("{good} of {wanted} files are in place");
        if let Some(entry) = doubtful {
            message.push_str(&format!("; {} is {}: {}", entry.path, entry.verdict, entry.detail));
        }
        if let Some((index, failure)) = &self.first {
            let which =
                if failure.remedy == Remedy::Stop { String::new() } else { format!("file {index}: ") };
            message.push_str(&format!("; {which}{}", failure.problem));
        }
        let cause = self.first.and_then(|(_, failure)| failure.cause);
        Err(PullError { kind, message, manifest: Box::new(self.manifest), cause })
    }
}
