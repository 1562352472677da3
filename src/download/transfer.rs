//! One attempt at one file: from the request to a temporary file that was checked on the way.

use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::name::shown;
use super::part::Part;
use super::{Network, Options, PullErrorKind};
use crate::encoding::hex;
use crate::error::{Error, TransportError, TransportErrorKind};
use crate::model::BackupFile;
use crate::rdb::{Checker, Report, Verdict};
use crate::sensitive::Link;
use crate::transport::{Body, Request, Response, Transport};

/// How much of an answer that is no file is read to find out what it is.
const GLANCE: u64 = 256;

/// How many pieces are waited for until then.
const GLANCES: usize = 8;

/// Why an attempt failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) kind: PullErrorKind,
    pub(super) problem: String,
    pub(super) http_status: Option<u16>,
    pub(super) remedy: Remedy,
    pub(super) cause: Option<Box<Error>>,
}

/// What can be done about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Try again.
    Retry,
    /// Ask for new links and try again.
    Renew,
    /// Give the file up.
    GiveUp,
    /// Give all files up.
    Stop,
}

impl Failure {
    pub(super) fn new(kind: PullErrorKind, remedy: Remedy, problem: impl Into<String>) -> Self {
        Self { kind, problem: problem.into(), http_status: None, remedy, cause: None }
    }

    pub(super) fn disk(path: &Path, error: &io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::AlreadyExists => PullErrorKind::Exists,
            _ => PullErrorKind::Disk,
        };
        Self::new(kind, Remedy::Stop, format!("{}: {error}", shown(path)))
    }

    /// The service gave no links.
    pub(super) fn api(error: Error) -> Self {
        let kind = match &error {
            Error::Transport(_) => PullErrorKind::Network,
            _ => PullErrorKind::Api,
        };
        let problem = error.to_string();
        Self::caused(kind, problem, error)
    }

    /// The storage was not reached, or broke off.
    fn network(error: TransportError) -> Self {
        let problem = error.message.clone();
        Self::caused(PullErrorKind::Network, problem, Error::Transport(error))
    }

    fn caused(kind: PullErrorKind, problem: String, cause: Error) -> Self {
        let remedy = if cause.retryable() { Remedy::Retry } else { Remedy::GiveUp };
        Self { cause: Some(Box::new(cause)), ..Self::new(kind, remedy, problem) }
    }
}

/// A file that arrived as a whole.
pub(super) struct Arrived {
    pub(super) part: Part,
    pub(super) report: Report,
    pub(super) sha256: String,
    /// Whether anything but the file itself said how long it is.
    pub(super) announced: bool,
}

/// What to fetch.
pub(super) struct Transfer<'a> {
    pub(super) transport: &'a dyn Transport,
    pub(super) file: &'a BackupFile,
    pub(super) target: &'a Path,
    /// The name in messages.
    pub(super) name: &'a str,
    pub(super) link: &'a Link,
    /// The unit in which the service gives sizes.
    pub(super) unit: u64,
}

/// The link to use, and which network it is for.
pub(super) fn choose<'f>(file: &'f BackupFile, options: &Options) -> Option<(Network, &'f Link)> {
    let public = file.public_url.as_ref().map(|link| (Network::Public, link));
    let internal = file.internal_url.as_ref().map(|link| (Network::Internal, link));
    match options.prefer {
        Network::Public => public.or(internal),
        Network::Internal => internal.or(public),
    }
}

impl Transfer<'_> {
    /// Fetches the file; `progress` is told how many bytes are there, and how many there will be.
    pub(super) async fn run(
        &self,
        progress: &mut (dyn FnMut(u64, Option<u64>) + Send),
    ) -> Result<Arrived, Failure> {
        let request = Request {
            what: format!("download of {}", self.name),
            method: "GET".to_owned(),
            url: self.link.expose().to_owned(),
            headers: vec![("Accept-Encoding".to_owned(), "identity".to_owned())],
            body: Vec::new(),
            timeout: None,
        };
        let mut response = self.transport.send(request).await.map_err(Failure::network)?;
        if response.status != 200 {
            return Err(refused(response).await);
        }
        let length = response.header("content-length").and_then(|text| text.trim().parse().ok());
        let size = self.file.size.filter(|size| *size > 0);
        if let Some(length) = length {
            self.compare(length)?;
        }
        let mut part = self.disk(Part::create(self.target).await)?;
        match self.receive(&mut *response.body, &mut part, length, progress).await {
            Ok((report, sha256)) => {
                Ok(Arrived { part, report, sha256, announced: length.or(size).is_some() })
            }
            Err(failure) if failure.kind == PullErrorKind::Verification => {
                self.disk(part.discard().await)?;
                Err(failure)
            }
            Err(failure) => Err(failure),
        }
    }

    async fn receive(
        &self,
        body: &mut dyn Body,
        part: &mut Part,
        length: Option<u64>,
        progress: &mut (dyn FnMut(u64, Option<u64>) + Send),
    ) -> Result<(Report, String), Failure> {
        let size = length.or(self.file.size.filter(|size| *size > 0));
        let most = length.or(size.map(|size| size.saturating_add(self.unit - 1)));
        let mut checker = Checker::new();
        let mut digest = Sha256::new();
        while let Some(chunk) = body.chunk().await.map_err(Failure::network)? {
            checker.update(&chunk);
            if checker.header_problem().is_some() {
                return Err(Failure::new(
                    PullErrorKind::Verification,
                    Remedy::GiveUp,
                    look(checker, body).await,
                ));
            }
            if most.is_some_and(|most| checker.bytes() > most) {
                return Err(self.wrong_length(&checker, size));
            }
            digest.update(&chunk);
            self.disk(part.write(&chunk).await)?;
            progress(checker.bytes(), size);
        }
        if length.is_some_and(|length| length != checker.bytes()) {
            return Err(self.wrong_length(&checker, length));
        }
        self.compare(checker.bytes())?;
        let report = checker.finish();
        if report.verdict == Verdict::Corrupt && report.version.is_none() {
            return Err(Failure::new(PullErrorKind::Verification, Remedy::GiveUp, report.detail));
        }
        self.disk(part.sync().await)?;
        Ok((report, hex(&digest.finalize())))
    }

    fn disk<T>(&self, result: io::Result<T>) -> Result<T, Failure> {
        result.map_err(|error| Failure::disk(self.target, &error))
    }

    /// Compares a length with what the service says, to the precision with which it says it.
    fn compare(&self, length: u64) -> Result<(), Failure> {
        match self.file.size {
            Some(size) if size > 0 && size.abs_diff(length) >= self.unit => {
                let problem = format!("{length} bytes, but the service says {size}");
                Err(Failure::new(PullErrorKind::Verification, Remedy::Retry, problem))
            }
            _ => Ok(()),
        }
    }

    fn wrong_length(&self, checker: &Checker, wanted: Option<u64>) -> Failure {
        let problem = format!("{} bytes arrived of {}", checker.bytes(), wanted.unwrap_or_default());
        let error =
            TransportError::new(format!("download of {}", self.name), TransportErrorKind::Broken, problem);
        Failure::network(error)
    }
}

/// What an answer with another status than 200 means.
async fn refused(mut response: Response) -> Failure {
    let status = response.status;
    let remedy = match status {
        401 | 403 | 410 => Remedy::Renew,
        408 | 425 | 429 | 500..=599 => Remedy::Retry,
        _ => Remedy::GiveUp,
    };
    let detail = match status {
        300..=399 => "a redirection, which is not followed".to_owned(),
        _ => look(Checker::new(), &mut *response.body).await,
    };
    let problem = format!("the storage answered HTTP {status}: {detail}");
    Failure { http_status: Some(status), ..Failure::new(PullErrorKind::Refused, remedy, problem) }
}

/// Says what a body is that is no RDB file, by its first bytes.
async fn look(mut checker: Checker, body: &mut dyn Body) -> String {
    for _ in 0..GLANCES {
        if checker.bytes() >= GLANCE {
            break;
        }
        match body.chunk().await {
            Ok(Some(chunk)) => checker.update(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    if checker.bytes() == 0 {
        return "an empty answer".to_owned();
    }
    checker.header_problem().map(str::to_owned).unwrap_or_else(|| checker.finish().detail)
}
