//! What there is to ask for: accounts, instances, backups and their files, as they are right now.

mod accounts;
mod life;
mod open;

use bytes::Bytes;
use rdbfetch::service::{Field, Service as Spec};
use rdbfetch::sign::Octets as _;
use rdbfetch::{BackupKind, State, Timestamp};

use crate::content::Content;
use crate::world::{Project, Source, fitting};

pub(crate) use accounts::Accounts;
pub(crate) use life::NewBackup;
pub use life::StateError;

/// What there is to ask a service for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sample {
    /// A region. One that is not declared is refused.
    pub region: String,
    /// An instance.
    pub instance: String,
    /// Its newest finished backup.
    pub backup: String,
}

/// What there is to ask for, by service. A clone shares the contents of files.
#[derive(Clone, Debug)]
pub(crate) struct Stock {
    pub(crate) accounts: Accounts,
    shelves: Vec<Shelf>,
    /// How many backups were created so far, for their ids.
    pub(crate) created: u64,
}

/// What a service has.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    pub(crate) spec: &'static Spec,
    pub(crate) projects: Vec<Project>,
    pub(crate) regions: Vec<Region>,
}

/// What a region has.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    pub(crate) name: String,
    /// What people call it.
    pub(crate) title: Option<String>,
    pub(crate) instances: Vec<Instance>,
}

/// An instance.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) state: String,
    pub(crate) kind: String,
    pub(crate) zone: String,
    pub(crate) created_at: Option<Timestamp>,
    /// Its project; `None` where the service has none.
    pub(crate) project: Option<String>,
    /// The access key of the account that it belongs to; `None` where it is everybody's.
    pub(crate) account: Option<String>,
    /// The newest first.
    pub(crate) backups: Vec<Backup>,
}

/// A backup. How it is follows from the time.
#[derive(Clone, Debug)]
pub(crate) struct Backup {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) kind: BackupKind,
    /// When it is over.
    ends_at: Timestamp,
    /// How it is then.
    outcome: State,
    expires_at: Option<Timestamp>,
    files: Vec<File>,
}

/// A file of a backup.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) content: Content,
    /// A strong one, quotes included.
    pub(crate) etag: String,
    /// Where the content is from, for snapshots.
    source: Source,
}

impl Stock {
    /// What a service has.
    pub(crate) fn shelf(&self, service: &str) -> Option<&Shelf> {
        self.shelves.iter().find(|shelf| shelf.spec.name == service)
    }

    /// The sample of a service: the newest finished backup of the first instance that has one.
    pub(crate) fn sample(&self, service: &str, now: Timestamp) -> Option<Sample> {
        self.shelf(service)?.instances().find_map(|(region, instance)| {
            let backup = instance.backups.iter().find(|backup| backup.state(now) == State::Finished)?;
            let region = region.name.clone();
            Some(Sample { region, instance: instance.id.clone(), backup: backup.id.clone() })
        })
    }

    /// A file by the segments of its path in the object store, and the backup it belongs to. None of a backup that is
    /// not finished, or no longer kept.
    pub(crate) fn file(&self, path: [&str; 5], now: Timestamp) -> Option<(&Backup, &File)> {
        let [service, instance, backup, number, name] = path;
        let backup = self.shelf(service)?.instance(instance)?.backup(backup)?;
        let file = backup.files(now).get(number.parse::<usize>().ok()?)?;
        (file.name == name).then_some((backup, file))
    }
}

impl Shelf {
    /// The instances of all regions, and where they are.
    pub(crate) fn instances(&self) -> impl Iterator<Item = (&Region, &Instance)> {
        self.regions.iter().flat_map(|region| region.instances.iter().map(move |instance| (region, instance)))
    }

    fn instance(&self, id: &str) -> Option<&Instance> {
        self.instances().map(|(_, instance)| instance).find(|instance| instance.id == id)
    }

    /// The project that a call means which names none: the one that says so, or the first.
    pub(crate) fn default_project(&self) -> Option<&Project> {
        self.projects.iter().find(|project| project.default).or(self.projects.first())
    }

    /// An id as the service can write it.
    fn fitting(&self, field: Field, text: &str) -> String {
        fitting(self.spec, field, text)
    }
}

impl Instance {
    /// Whether it exists for an account.
    pub(crate) fn seen_by(&self, account: &str) -> bool {
        self.account.as_deref().is_none_or(|owner| owner == account)
    }

    fn backup(&self, id: &str) -> Option<&Backup> {
        self.backups.iter().find(|backup| backup.id == id)
    }
}

impl Backup {
    /// How it is at a moment.
    pub(crate) fn state(&self, now: Timestamp) -> State {
        match self.expires_at {
            _ if now < self.ends_at => State::Running,
            Some(end) if now >= end && self.outcome != State::Running => State::Expired,
            _ => self.outcome,
        }
    }

    /// Its files at a moment: none unless it is finished.
    pub(crate) fn files(&self, now: Timestamp) -> &[File] {
        if self.state(now) == State::Finished { &self.files } else { &[] }
    }

    /// The bytes of all its files.
    pub(crate) fn size(&self) -> u64 {
        self.files.iter().map(File::size).sum()
    }
}

impl File {
    /// Its bytes.
    pub(crate) fn size(&self) -> u64 {
        self.content.len()
    }
}

/// A strong ETag of some bytes.
fn etag(bytes: &Bytes) -> String {
    let digest = bytes.sha256().hex();
    format!("\"{}\"", digest.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(seconds).unwrap()
    }

    fn backup(ends: i64, outcome: State, expires: Option<i64>) -> Backup {
        let file = File {
            name: "a".to_owned(),
            content: Content::Memory(Bytes::from_static(b"abc")),
            etag: String::new(),
            source: Source::Sample(0),
        };
        Backup {
            id: "b".to_owned(),
            name: None,
            created_at: at(0),
            kind: BackupKind::Manual,
            ends_at: at(ends),
            outcome,
            expires_at: expires.map(at),
            files: vec![file],
        }
    }

    #[test]
    fn the_state_follows_from_the_time() {
        let good = backup(10, State::Finished, Some(20));
        let states = [9, 10, 19, 20].map(|now| (good.state(at(now)), good.files(at(now)).len()));
        let expected = [(State::Running, 0), (State::Finished, 1), (State::Finished, 1), (State::Expired, 0)];
        assert_eq!(states, expected);

        let bad = backup(10, State::Failed, None);
        assert_eq!([9, 10].map(|now| bad.state(at(now))), [State::Running, State::Failed]);
        assert!(bad.files(at(10)).is_empty());

        let endless = backup(0, State::Running, Some(20));
        assert_eq!(endless.state(at(1000)), State::Running);
        assert!(endless.files(at(1000)).is_empty());

        let gone_first = backup(10, State::Finished, Some(5));
        assert_eq!([7, 10].map(|now| gone_first.state(at(now))), [State::Running, State::Expired]);
    }

    #[test]
    fn etags_follow_the_content() {
        assert_ne!(etag(&Bytes::from_static(b"a")), etag(&Bytes::from_static(b"b")));
    }
}
