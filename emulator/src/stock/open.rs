//! From a declared world to what there is, and back.

use std::cmp::Reverse;
use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use rdbfetch::Timestamp;
use rdbfetch::metadata::ServiceMetadata;

use super::{Accounts, Backup, File, Instance, Region, Shelf, Stock, etag};
use crate::content::Content;
use crate::generate;
use crate::world::{
    self, DurationText, INSTANCE_STATE, Moment, SHARDS, ScenarioError, Source, World, milliseconds,
};

/// 9999-12-30T00:00:00Z, in unix seconds.
const END: i64 = 253_402_128_000;

impl Stock {
    /// What a world declares, when the emulator's clock shows `now`.
    ///
    /// # Errors
    /// Everything that is wrong with the world.
    pub(crate) fn open(
        world: &World,
        services: &[&'static ServiceMetadata],
        now: Timestamp,
        seed: u64,
    ) -> Result<Self, ScenarioError> {
        let problems = world::check(world, services);
        if !problems.is_empty() {
            return Err(ScenarioError::new(problems));
        }
        let builtin = world.builtin_accounts || world.accounts.is_empty();
        let accounts = Accounts::new(&world.accounts, builtin, now);
        let mut opener = Opener { now, seed, samples: SHARDS.map(|_| None) };
        let mut shelves = Vec::with_capacity(services.len());
        for metadata in services {
            let spec = metadata.service;
            let declared = match world.services.get(spec.name) {
                Some(declared) => declared.clone(),
                None if world.samples => world::samples(metadata, now),
                None => world::Service::default(),
            };
            let mut shelf = Shelf { spec, projects: declared.projects.clone(), regions: Vec::new() };
            for (name, region) in declared.regions.iter() {
                let instances = region.instances.iter();
                let instances =
                    instances.map(|one| opener.instance(&shelf, name, one)).collect::<Result<_, _>>()?;
                let (name, title) = (name.to_owned(), region.name.clone());
                shelf.regions.push(Region { name, title, instances });
            }
            shelves.push(shelf);
        }
        Ok(Self { accounts, shelves, created: 0 })
    }

    /// The world that declares what there is, moments on the calendar.
    pub(crate) fn world(&self) -> World {
        let mut world = World::empty();
        world.accounts = self.accounts.list().to_vec();
        for shelf in &self.shelves {
            let mut service = world::Service::default();
            service.projects.clone_from(&shelf.projects);
            let service = shelf.regions.iter().fold(service, |service, region| {
                service.region(&region.name, |mut declared| {
                    declared.name.clone_from(&region.title);
                    declared.instances = region.instances.iter().map(Instance::declared).collect();
                    declared
                })
            });
            world.services.set(shelf.spec.name, service);
        }
        world
    }
}

/// Opens what is declared.
pub(super) struct Opener {
    pub(super) now: Timestamp,
    pub(super) seed: u64,
    /// The samples that were opened already.
    pub(super) samples: [Option<(Content, String)>; SHARDS.len()],
}

impl Opener {
    fn instance(
        &mut self,
        shelf: &Shelf,
        region: &str,
        declared: &world::Instance,
    ) -> Result<Instance, ScenarioError> {
        let service = shelf.spec.name;
        let backups = declared.backups.iter().map(|backup| self.backup(service, &declared.id, backup));
        let mut backups = backups.collect::<Result<Vec<_>, _>>()?;
        // Of those of the same moment, the order is as declared.
        backups.sort_by_key(|backup| Reverse(backup.created_at));
        Ok(Instance {
            id: declared.id.clone(),
            name: declared.name.clone(),
            state: declared.state.clone().unwrap_or_else(|| INSTANCE_STATE.to_owned()),
            kind: declared.shape().to_owned(),
            created_at: declared.created.map(|moment| moment.on(self.now)),
            zone: declared.zone.clone().unwrap_or_else(|| world::zone(shelf.spec, region)),
            project: declared.project.clone().or_else(|| Some(shelf.default_project()?.id.clone())),
            account: declared.account.clone(),
            backups,
        })
    }

    pub(super) fn backup(
        &mut self,
        service: &str,
        instance: &str,
        declared: &world::Backup,
    ) -> Result<Backup, ScenarioError> {
        let created_at = declared.created.on(self.now);
        let takes = declared.takes.map_or(0, |takes| milliseconds(takes.0));
        let ends_at = Timestamp::from_unix_millis(created_at.unix_millis().saturating_add(takes));
        // What takes longer than the calendar goes on to its end.
        let ends_at = ends_at.or(Timestamp::from_unix(END)).unwrap_or(created_at);
        let mut files = Vec::with_capacity(declared.files.len());
        for (number, file) in declared.files.iter().enumerate() {
            let name = file.name(&declared.id, number);
            let what = format!("{service}/{instance}/{}/{name}", declared.id);
            let (content, etag) = self.content(&file.source, &what)?;
            files.push(File { name, content, etag, source: file.source.clone() });
        }
        Ok(Backup {
            id: declared.id.clone(),
            name: declared.name.clone(),
            created_at,
            kind: declared.kind.into(),
            ends_at,
            outcome: declared.state.state(),
            expires_at: declared.expires.map(|moment| moment.on(self.now)),
            files,
        })
    }

    /// Contents and their ETag.
    fn content(&mut self, source: &Source, what: &str) -> Result<(Content, String), ScenarioError> {
        let memory = |bytes: Bytes| {
            let etag = etag(&bytes);
            (Content::Memory(bytes), etag)
        };
        Ok(match source {
            Source::Bytes(bytes) => memory(bytes.clone()),
            Source::Recipe(recipe) => memory(generate::rdb(recipe, self.seed, what)),
            Source::Path(path) => from_disk(path)?,
            Source::Sample(number) => {
                let empty = (Content::Memory(Bytes::new()), etag(&Bytes::new()));
                let known = self.samples.get_mut(*number).zip(SHARDS.get(*number));
                known.map_or(empty, |(known, shard)| {
                    known.get_or_insert_with(|| memory(Bytes::from_static(shard))).clone()
                })
            }
        })
    }
}

/// A file on disk. The ETag follows from length and time of change, as that of common web servers: a digest would take
/// as long as reading.
fn from_disk(path: &Path) -> Result<(Content, String), ScenarioError> {
    let (content, changed) = Content::open(path).map_err(|problem| {
        ScenarioError::one(path.display().to_string(), format!("cannot be read: {problem}"))
    })?;
    let changed = changed.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let etag = etag(&Bytes::from(format!("{} {}", content.len(), changed.as_nanos())));
    Ok((content, etag))
}

impl Instance {
    fn declared(&self) -> world::Instance {
        world::Instance {
            id: self.id.clone(),
            name: self.name.clone(),
            state: Some(self.state.clone()),
            kind: Some(self.kind.clone()),
            zone: Some(self.zone.clone()),
            created: self.created_at.map(Moment::At),
            project: self.project.clone(),
            account: self.account.clone(),
            backups: self.backups.iter().map(Backup::declared).collect(),
        }
    }
}

impl Backup {
    fn declared(&self) -> world::Backup {
        let takes = self.ends_at.unix_millis().saturating_sub(self.created_at.unix_millis());
        let takes = u64::try_from(takes).ok().filter(|takes| *takes > 0);
        let file =
            |file: &File| world::File { name: Some(file.name.clone()), source: absolute(&file.source) };
        world::Backup {
            id: self.id.clone(),
            name: self.name.clone(),
            created: Moment::At(self.created_at),
            takes: takes.map(|takes| DurationText(Duration::from_millis(takes))),
            state: self.outcome.into(),
            kind: self.kind.into(),
            expires: self.expires_at.map(Moment::At),
            files: self.files.iter().map(file).collect(),
        }
    }
}

/// A source that does not depend on where the process stands.
fn absolute(source: &Source) -> Source {
    match source {
        Source::Path(path) => Source::Path(std::path::absolute(path).unwrap_or_else(|_| path.clone())),
        other => other.clone(),
    }
}
