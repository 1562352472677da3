//! What there is where nothing else is declared: two accounts, and for every service an instance with three backups.

use rdbfetch::Timestamp;
use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::projection::Row;
use rdbfetch::service::{Convert, Field, JsonKind, Operation, Place, Service as Spec, Step};

use super::backup::{Backup, Source};
use super::{Account, Project, Service};
use crate::api::lists_links;
use crate::scope::is_for;

/// The access key of the one account.
pub(crate) const FIRST: &str = "AKIDEMULATOR00000001";
/// Its secret key, which opens nothing. It reads as hexadecimal digits and as base64, as some signatures decode their key.
const SECRET: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e701";
/// The access key of its temporary credentials.
pub(crate) const TEMPORARY: &str = "AKIDEMULATOR00000002";
/// Their secret key.
const TEMPORARY_SECRET: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e702";
/// Their token.
const TEMPORARY_TOKEN: &str = "emulator-token-that-opens-nothing";

/// The state of an instance that says nothing about it.
pub(crate) const INSTANCE_STATE: &str = "running";
/// The kind of an instance with one data set.
pub(crate) const STANDALONE: &str = "standalone";
/// The kind of an instance whose backups have several files.
pub(crate) const CLUSTER: &str = "cluster";
/// The sample projects of a service that has projects; the first is the default one.
const PROJECTS: [(&str, &str); 2] = [("org-emulated", "Emulated"), ("org-empty", "Empty")];
/// The zone of a service whose zones are numbers.
const ZONE: &str = "100001";
/// The region where a spec shows none.
const REGION: &str = "emulated-region";
/// The backups of an instance: the beginning of the id, how many days before the emulator's day began it was taken, and how it is. Those
/// who ask for the last days find them. The latest is still running, so the newest is not the one to fetch.
const BACKUPS: [(&str, i64, Finish); 3] = [
    ("20260102000000", 0, |backup| backup.automatic().never_ends()),
    ("20260101000000", 1, with_files),
    ("20251231000000", 2, |backup| with_files(backup.automatic())),
];
/// What is done to a backup.
type Finish = fn(Backup) -> Backup;
/// Seconds of a day.
const DAY: i64 = 86_400;
/// The files of a backup with several; one with a single file has the first.
pub(crate) const SHARDS: [&[u8]; 3] = [
    include_bytes!("../../samples/shard-0.rdb"),
    include_bytes!("../../samples/shard-1.rdb"),
    include_bytes!("../../samples/shard-2.rdb"),
];

/// The built-in account, and its temporary credentials.
pub(crate) fn accounts() -> [Account; 2] {
    let temporary = Account::new(TEMPORARY, TEMPORARY_SECRET).token(TEMPORARY_TOKEN).of(FIRST);
    [Account::new(FIRST, SECRET), temporary]
}

/// The samples of a service, for every service the same, as they are when it is `now`.
pub(crate) fn samples(metadata: &ServiceMetadata, now: Timestamp) -> Service {
    let spec = metadata.service;
    let mut operations = spec.operations.iter();
    let projects = match operations.any(|operation| !operation.projects.is_empty()) {
        true => PROJECTS.map(|(id, name)| Project::new(id).name(name)).to_vec(),
        false => Vec::new(),
    };
    let service = projects.into_iter().fold(Service::default(), Service::project);
    service.region(&region(metadata), |region| {
        kinds(spec).into_iter().zip(1..).fold(region, |region, (kind, number)| {
            let id = fitting(spec, Field::Instance, &format!("emulated-{number}"));
            let count = shards(spec, kind);
            region.instance(&id, |instance| {
                let backups = BACKUPS.iter().map(|one| backup(spec, one, number, count, now));
                backups.fold(instance.kind(kind), |instance, one| instance.backup(one))
            })
        })
    })
}

/// The kinds of the sample instances: the first is the one that people are shown; a service that lists instances of the
/// other kind has one of it too.
fn kinds(spec: &Spec) -> Vec<&'static str> {
    match (sharded(spec, STANDALONE), sharded(spec, CLUSTER)) {
        // Without a difference between kinds, the first has as many files as there can be.
        (true, _) if tells_kinds(spec) => vec![CLUSTER, STANDALONE],
        (true, _) => vec![CLUSTER],
        (false, true) => vec![STANDALONE, CLUSTER],
        (false, false) => vec![STANDALONE],
    }
}

/// Whether a service tells clusters from other instances.
fn tells_kinds(spec: &Spec) -> bool {
    let listed = spec.operations.iter().flat_map(|operation| operation.instances);
    let mut sources = listed.flat_map(|projection| projection.field(Field::Kind));
    sources.any(|source| match source.convert {
        Convert::Words(words) => words.iter().any(|(ours, _)| *ours == CLUSTER),
        _ => false,
    })
}

/// How many files a new backup of such an instance has.
pub(crate) fn shards(spec: &Spec, kind: &str) -> usize {
    let single = kind == STANDALONE && tells_kinds(spec);
    if sharded(spec, kind) && !single { SHARDS.len() } else { 1 }
}

/// A backup of the sample instance with this number, with so many files.
fn backup(
    spec: &Spec,
    (id, days, finish): &(&str, i64, Finish),
    number: usize,
    count: usize,
    now: Timestamp,
) -> Backup {
    let id = format!("{id}-{number}");
    let today = now.unix().div_euclid(DAY) * DAY;
    let created = Timestamp::from_unix(today - days * DAY).unwrap_or(now);
    let mut backup = finish(Backup::new(&id).created(created));
    backup.files.truncate(count);
    backup.id = fitting(spec, Field::Backup, &id);
    backup
}

/// The availability zone of an instance that names none.
pub(crate) fn zone(service: &Spec, region: &str) -> String {
    if numeric(service, Field::Zone) { ZONE.to_owned() } else { format!("{region}-01") }
}

fn with_files(backup: Backup) -> Backup {
    let id = backup.id.clone();
    (0..SHARDS.len())
        .fold(backup, |backup, number| backup.file(&format!("{id}-{number}.rdb"), Source::Sample(number)))
}

/// An id as a service can write it: only its digits where ids are numbers.
pub(crate) fn fitting(service: &Spec, field: Field, text: &str) -> String {
    if numeric(service, field) {
        return text.chars().filter(char::is_ascii_digit).collect();
    }
    text.to_owned()
}

/// Whether a service's ids are numbers.
pub(crate) fn numeric(service: &Spec, field: Field) -> bool {
    let operations = service.operations.iter();
    let projections = operations.flat_map(|one| [one.links, one.backups, one.instances]).flatten();
    let mut sources = projections.flat_map(|projection| projection.field(field));
    sources.any(|source| source.kind == JsonKind::Integer)
}

/// Whether the links of a service stand in a list, for instances of this kind, so that a backup can have several files.
/// In a list of backups that has a link for each, they cannot.
pub(crate) fn sharded(service: &Spec, kind: &str) -> bool {
    let facts = Row::new().with(Field::Kind, kind);
    let depth = |place: &Place| place.steps.iter().filter(|step| !matches!(step, Step::Key(_))).count();
    let of = |operation: &'static Operation| operation.links.iter().map(move |links| (operation, links));
    let mut projections = service.operations.iter().copied().flat_map(of);
    projections.any(|(operation, links)| {
        if !is_for(links, &facts) {
            return false;
        }
        let urls = [links.field(Field::PublicUrl), links.field(Field::InternalUrl)];
        let urls = urls.into_iter().flatten().map(|source| depth(&source.place)).max().unwrap_or(0);
        let ids = links.field(Field::Backup);
        let listed = ids.iter().map(|id| depth(&id.place)).max().unwrap_or(0);
        urls > if lists_links(operation) { listed } else { 0 }
    })
}

/// A region that the spec shows: the one that clients have by default, a documented value, or that of an example.
pub(crate) fn region(metadata: &ServiceMetadata) -> String {
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
    let mut settings = metadata.service.settings.iter();
    let default =
        settings.find(|setting| setting.name == "region").and_then(|setting| setting.default.as_ref());
    default.or(documented).or(shown).map_or_else(|| REGION.to_owned(), |region| (*region).to_owned())
}
