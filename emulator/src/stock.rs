//! What there is to ask for: accounts, instances, backups and their files.

use bytes::Bytes;
use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::service::{Field, JsonKind, Operation, Place, Service, Step};
use rdbfetch::sign::Text;
use rdbfetch::sign::verify::{Secrets, Tokens};
use rdbfetch::{BackupKind, State, Timestamp};

use crate::api::lists_links;
use crate::content::Content;

/// The access key of the one account.
pub(crate) const ACCESS_KEY: &str = "AKIDEMULATOR00000001";
/// Its secret key, which opens nothing. It reads as hexadecimal digits and as base64, as some signatures decode their key.
pub(crate) const SECRET: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e701";
/// The access key of its temporary credentials.
pub(crate) const TEMPORARY_KEY: &str = "AKIDEMULATOR00000002";
/// Their secret key.
pub(crate) const TEMPORARY_SECRET: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e702";
/// Their token.
pub(crate) const TEMPORARY_TOKEN: &str = "emulator-token-that-opens-nothing";

/// The one instance that every service has.
const INSTANCE: &str = "emulated-1";
/// The region where a spec shows none.
const REGION: &str = "emulated-region";
/// The backups of the instance: id, how many days before the emulator's day began it was taken, state, kind. Those who
/// ask for the last days find them. The latest is still running, so the newest is not the one to fetch.
const BACKUPS: [(&str, i64, State, BackupKind); 3] = [
    ("20260102000000-1", 0, State::Running, BackupKind::Automatic),
    ("20260101000000-1", 1, State::Finished, BackupKind::Manual),
    ("20251231000000-1", 2, State::Finished, BackupKind::Automatic),
];
/// Seconds of a day.
const DAY: i64 = 86_400;
/// The files of a backup with several; one with a single file has the first.
const SHARDS: [&[u8]; 3] = [
    include_bytes!("../samples/shard-0.rdb"),
    include_bytes!("../samples/shard-1.rdb"),
    include_bytes!("../samples/shard-2.rdb"),
];

/// What there is to ask a service for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sample {
    /// A region. Any other is taken too.
    pub region: String,
    /// An instance.
    pub instance: String,
    /// Its newest finished backup.
    pub backup: String,
}

/// What there is to ask for, by service.
#[derive(Debug)]
pub(crate) struct Stock {
    shelves: Vec<(&'static str, Shelf)>,
}

/// What a service has.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    pub(crate) region: String,
    pub(crate) instances: Vec<Instance>,
}

/// An instance.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) id: String,
    /// The newest first.
    pub(crate) backups: Vec<Backup>,
}

/// A backup.
#[derive(Debug)]
pub(crate) struct Backup {
    pub(crate) id: String,
    pub(crate) created_at: Timestamp,
    pub(crate) state: State,
    pub(crate) kind: BackupKind,
    pub(crate) files: Vec<File>,
}

/// A file of a backup.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) content: Content,
    /// A strong one, quotes included.
    pub(crate) etag: String,
}

impl Stock {
    /// The sample backups, for every service the same, as they are when it is `now`.
    pub(crate) fn samples(services: &'static [&'static ServiceMetadata], now: Timestamp) -> Self {
        let today = now.unix().div_euclid(DAY) * DAY;
        let contents = SHARDS.map(|bytes| {
            let digest = Text::from(bytes.to_vec()).sha256().hex().to_string_lossy();
            (Content::Memory(Bytes::from_static(bytes)), format!("\"{digest}\""))
        });
        let shelf = |metadata: &&'static ServiceMetadata| {
            let count = if sharded(metadata.service) { contents.len() } else { 1 };
            let backups = BACKUPS.iter().map(|sample| Backup {
                id: id(metadata.service, Field::Backup, sample.0),
                ..backup(sample, today, &contents[..count])
            });
            let backups = backups.collect();
            let instances = vec![Instance { id: id(metadata.service, Field::Instance, INSTANCE), backups }];
            (metadata.service.name, Shelf { region: region(metadata), instances })
        };
        Self { shelves: services.iter().map(shelf).collect() }
    }

    /// Everything as JSON.
    pub(crate) fn to_value(&self) -> serde_json::Value {
        use serde_json::json;
        let state = |backup: &Backup| format!("{:?}", backup.state).to_lowercase();
        let kind = |backup: &Backup| format!("{:?}", backup.kind).to_lowercase();
        let file = |file: &File| json!({"name": file.name, "size": file.size()});
        let backup = |backup: &Backup| {
            json!({
                "id": backup.id,
                "created_at": backup.created_at.to_string(),
                "state": state(backup),
                "kind": kind(backup),
                "files": backup.files.iter().map(file).collect::<Vec<_>>(),
            })
        };
        let instance = |instance: &Instance| json!({"id": instance.id, "backups": instance.backups.iter().map(backup).collect::<Vec<_>>()});
        let shelf = |(name, shelf): &(&'static str, Shelf)| {
            let instances: Vec<_> = shelf.instances.iter().map(instance).collect();
            ((*name).to_owned(), json!({"region": shelf.region, "instances": instances}))
        };
        json!({"services": self.shelves.iter().map(shelf).collect::<serde_json::Map<_, _>>()})
    }

    /// What a service has.
    pub(crate) fn shelf(&self, service: &str) -> Option<&Shelf> {
        self.shelves.iter().find(|(name, _)| *name == service).map(|(_, shelf)| shelf)
    }

    /// The sample of a service.
    pub(crate) fn sample(&self, service: &str) -> Option<Sample> {
        let shelf = self.shelf(service)?;
        let instance = shelf.instances.first()?;
        let backup = instance.backups.iter().find(|backup| backup.state == State::Finished)?;
        Some(Sample {
            region: shelf.region.clone(),
            instance: instance.id.clone(),
            backup: backup.id.clone(),
        })
    }
}

impl Backup {
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

/// What belongs to an access key.
pub(crate) fn secrets(access_key: &str) -> Option<Secrets> {
    match access_key {
        // The emulator issues no tokens, so whoever shows one with the account's own key may have got it anywhere.
        // Without a signature, requests need not show the key.
        ACCESS_KEY | "" => Some(Secrets { secret: SECRET.to_owned(), token: Tokens::Any }),
        TEMPORARY_KEY => Some(Secrets {
            secret: TEMPORARY_SECRET.to_owned(),
            token: Tokens::Only(TEMPORARY_TOKEN.to_owned()),
        }),
        _ => None,
    }
}

fn backup(
    (id, days, state, kind): &(&str, i64, State, BackupKind),
    today: i64,
    contents: &[(Content, String)],
) -> Backup {
    let contents = if *state == State::Finished { contents } else { &[] };
    let file = |(number, (content, etag)): (usize, &(Content, String))| File {
        name: format!("{id}-{number}.rdb"),
        content: content.clone(),
        etag: etag.clone(),
    };
    Backup {
        id: (*id).to_owned(),
        created_at: Timestamp::from_unix(today - days * DAY).unwrap_or_else(Timestamp::now),
        state: *state,
        kind: *kind,
        files: contents.iter().enumerate().map(file).collect(),
    }
}

/// An id as a service can write it: only its digits where ids are numbers.
fn id(service: &Service, field: Field, text: &str) -> String {
    let operations = service.operations.iter();
    let projections = operations.flat_map(|one| [one.links, one.backups, one.instances]).flatten();
    let mut sources = projections.flat_map(|projection| projection.field(field));
    if sources.any(|source| source.kind == JsonKind::Integer) {
        return text.chars().filter(char::is_ascii_digit).collect();
    }
    text.to_owned()
}

/// Whether the links of a service stand in a list, so that a backup can have several files. In a list of backups that
/// has a link for each, they cannot.
fn sharded(service: &Service) -> bool {
    let depth = |place: &Place| place.steps.iter().filter(|step| !matches!(step, Step::Key(_))).count();
    let of = |operation: &'static Operation| operation.links.iter().map(move |links| (operation, links));
    let mut projections = service.operations.iter().copied().flat_map(of);
    projections.any(|(operation, links)| {
        let urls = [links.field(Field::PublicUrl), links.field(Field::InternalUrl)];
        let urls = urls.into_iter().flatten().map(|source| depth(&source.place)).max().unwrap_or(0);
        let ids = links.field(Field::Backup);
        let listed = ids.iter().map(|id| depth(&id.place)).max().unwrap_or(0);
        urls > if lists_links(operation) { listed } else { 0 }
    })
}

/// A region that the spec shows: a documented value, or that of an example.
fn region(metadata: &ServiceMetadata) -> String {
    let mut parameters = metadata.service.operations.iter().flat_map(|operation| operation.parameters);
    let documented = parameters
        .find(|parameter| parameter.from == Some("region") && !parameter.values.is_empty())
        .and_then(|parameter| parameter.values.first());
    let settings = metadata
        .operations
        .iter()
        .flat_map(|operation| operation.examples)
        .flat_map(|example| example.settings);
    let shown = settings.into_iter().find(|(name, _)| *name == "region").map(|(_, value)| value);
    documented.or(shown).map_or_else(|| REGION.to_owned(), |region| (*region).to_owned())
}
