//! One backup, from the question whether it is there to what follows when it is.

use rdbfetch::BackupId;
use rdbfetch::download::{self, Connections, Event, NetworkChoice, Options, PullError, PullErrorKind};
use rdbfetch::value::Parameters;

use super::retention;
use crate::args::{NetworkWord, Pull};
use crate::destination::{Destination, Fetch};
use crate::exec;
use crate::exit::{Exit, Failure};
use crate::manifest::{self, Manifest, Subject};
use crate::session::Session;

/// Whatever a backup is to be pulled with.
pub struct Job<'a> {
    /// The command line.
    pub args: &'a Pull,
    /// The service.
    pub session: &'a Session,
    /// Where the files go.
    pub destination: &'a Destination,
    /// Which backup.
    pub subject: Subject,
    /// The operation that gives the links.
    pub operation: &'static str,
    /// Further parameters for it.
    pub parameters: Parameters,
    /// What it shares with the other backups of this run.
    pub connections: Connections,
}

/// A backup that is there.
pub struct Brought {
    /// What there is.
    pub manifest: Manifest,
    /// Whether an earlier run has brought it.
    pub already: bool,
    /// Backups that went in its stead.
    pub removed: Vec<BackupId>,
}

/// A backup that is not there, or not with all that follows.
pub struct Missed {
    /// Why.
    pub failure: Failure,
    /// What there is, where some is.
    pub left: Option<Box<download::Manifest>>,
}

impl From<Failure> for Missed {
    fn from(failure: Failure) -> Self {
        Self { failure, left: None }
    }
}

impl Job<'_> {
    /// The manifest of an earlier run, if it is all there.
    ///
    /// # Errors
    ///
    /// If the destination cannot be read.
    pub async fn there(&self) -> Result<Option<Manifest>, Failure> {
        Ok(match self.earlier().await? {
            Some(manifest) if !self.args.overwrite && self.is_whole(&manifest).await? => Some(manifest),
            _ => None,
        })
    }

    /// Brings the backup, unless it is there.
    ///
    /// # Errors
    ///
    /// If it is not there in the end, or what should follow did not.
    pub async fn bring(&self, events: &mut (dyn FnMut(Event) + Send)) -> Result<Brought, Missed> {
        let (manifest, already) = match self.there().await? {
            Some(manifest) => (manifest, true),
            None => (self.fetch(events).await?, false),
        };
        if let Some(command) = self.args.exec.as_ref().filter(|_| !already) {
            exec::run(command, &manifest, self.destination).await?;
        }
        let mut removed = Vec::new();
        if let Some(keep) = self.args.keep {
            let (service, instance) = (&manifest.service, &manifest.instance);
            let old = retention::old(self.destination, service, instance, keep.get(), None).await?;
            for manifest in old {
                retention::remove(self.destination, &manifest).await?;
                removed.push(manifest.id());
            }
        }
        Ok(Brought { manifest, already, removed })
    }

    /// What an earlier run wrote down.
    async fn earlier(&self) -> Result<Option<Manifest>, Failure> {
        let (name, sums) = manifest::names(&self.subject.id);
        let found = self.destination.read(&name, manifest::LONGEST).await?;
        let there = match &found {
            Some(bytes) => match Manifest::read(bytes).filter(|manifest| manifest.is_of(&self.subject)) {
                Some(manifest) => return Ok(Some(manifest)),
                None => Some(name),
            },
            None => self.destination.size(&sums).await?.map(|_| sums),
        };
        match there.filter(|_| !self.args.overwrite) {
            Some(name) => Err(Failure::new(
                Exit::Disk,
                "exists",
                format!(
                    "{} is there already, and is not of this backup; nothing was downloaded. Move it away, or replace it with --overwrite",
                    self.destination.shown(&name)
                ),
            )),
            None => Ok(None),
        }
    }

    /// Whether the files are what the manifest says: of the same size, and with --recheck of the same contents.
    async fn is_whole(&self, manifest: &Manifest) -> Result<bool, Failure> {
        if !manifest.complete {
            return Ok(false);
        }
        for file in &manifest.files {
            let same = self.destination.size(&file.path).await? == Some(file.size)
                && (!self.args.recheck
                    || self.destination.sha256(&file.path).await?.as_ref() == Some(&file.sha256));
            if !same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Fetches what is missing, and writes down what there is.
    async fn fetch(&self, events: &mut (dyn FnMut(Event) + Send)) -> Result<Manifest, Missed> {
        let (name, sums) = manifest::names(&self.subject.id);
        let mut manifest = Manifest::new(&self.subject);
        if let Some(earlier) = self.earlier().await? {
            manifest.files = earlier.files;
            manifest.created_at = manifest.created_at.or(earlier.created_at);
        }
        let fetch = Fetch {
            cloud: &self.session.cloud,
            id: &self.subject.id,
            options: self.options(),
            parameters: self.parameters.clone(),
        };
        let fetched = self.destination.fetch(fetch, (&name, &mut manifest), events).await;
        let fetched = fetched.map_err(|error| {
            let left = error.manifest.clone();
            let told = matches!(error.kind, PullErrorKind::Partial | PullErrorKind::Verification);
            let failure = self.session.doubting(failure(error).of(self.operation));
            Missed { failure, left: (told || !left.files.is_empty()).then_some(left) }
        })?;
        manifest.files.clear();
        for entry in &fetched.files {
            manifest.add(entry);
        }
        manifest.complete = true;
        self.destination.write(&sums, manifest.sums()).await?;
        self.destination.write(&name, manifest.text()).await?;
        Ok(manifest)
    }

    fn options(&self) -> Options {
        let args = self.args;
        let mut options = Options::default();
        options.overwrite = args.overwrite;
        options.accept_unverified = args.accept_unverified;
        options.network = match args.network {
            NetworkWord::Auto => NetworkChoice::Auto,
            NetworkWord::Internal => NetworkChoice::Internal,
            NetworkWord::Public => NetworkChoice::Public,
        };
        options.files = args.files.unwrap_or_else(|| self.destination.files());
        options.only = args.only;
        options.connections = args.connections;
        options.in_all = Some(self.connections.clone());
        options.piece = args.piece;
        if let Some(attempts) = self.session.attempts {
            options.retry = options.retry.max_attempts(attempts);
        }
        options
    }
}

/// What kept files from arriving, with its exit code and what to do next.
fn failure(error: PullError) -> Failure {
    let PullError { kind, message, manifest, cause, .. } = error;
    if let (PullErrorKind::Api, Some(cause)) = (kind, cause) {
        return Failure::from(*cause);
    }
    let (exit, kind, advice) = match kind {
        PullErrorKind::NoLinks => {
            (Exit::Other, "no-links", "`rdbfetch call` shows the answer as it was received.")
        }
        PullErrorKind::Exists => (Exit::Disk, "exists", ""),
        PullErrorKind::Busy => (Exit::Disk, "busy", "Wait for the other download, or choose another --dir."),
        PullErrorKind::Disk => {
            (Exit::Disk, "disk", "Check the free space and the permissions of the folder.")
        }
        PullErrorKind::Destination => (Exit::Disk, "destination", ""),
        PullErrorKind::Network => {
            (Exit::Network, "network", "Check the network and try again: it goes on where it was.")
        }
        PullErrorKind::Refused => {
            let status = manifest.failed.iter().find_map(|file| file.http_status);
            let fresh = "The storage refused fresh links; they may work from certain networks only.";
            match status {
                Some(401 | 403) => (Exit::Auth, "denied", fresh),
                Some(404 | 410) => (Exit::NotFound, "not-found", fresh),
                Some(429 | 500..) => (Exit::Network, "server", "Try again later: it goes on where it was."),
                _ => (
                    Exit::Network,
                    "server",
                    "Something on the way may alter answers; try another --network.",
                ),
            }
        }
        PullErrorKind::Verification => (
            Exit::Verification,
            "verification",
            "Try again; --accept-unverified takes files that are complete but cannot be verified.",
        ),
        PullErrorKind::Partial => (
            Exit::Partial,
            "partial",
            "The files that are there are verified; the next run fetches the others.",
        ),
        _ => (Exit::Other, "other", ""),
    };
    let failure = Failure::new(exit, kind, message);
    if advice.is_empty() { failure } else { failure.advise(advice) }
}
