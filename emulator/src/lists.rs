//! What there is of what a call asks for: instances, backups, and files with links.

use rdbfetch::projection::{Row, link_parameters};
use rdbfetch::service::{Convert, Expiry, Field, Operation, Projection, Root, When};
use rdbfetch::value::Parameters;
use rdbfetch::{BackupKind, State};

use crate::api::{Asked, value_of};
use crate::create::task;
use crate::filters::wanted;
use crate::links::{self, Side};
use crate::refusal::Refusal;
use crate::scope::facts;
use crate::sorting::sort;
use crate::stock::{Backup, File, Instance, Region, Shelf};
use crate::world::{Project, shards};

/// A backup and whose it is.
pub(crate) type Found<'a> = (&'a Instance, &'a Backup);

impl Asked<'_> {
    /// The instances that a call is about: the one it names, or all that the caller sees; of those that the projections
    /// are for.
    pub(crate) fn chosen(
        &self,
        projections: &[Projection],
        id: Option<&str>,
    ) -> Result<Vec<(&Region, &Instance)>, Refusal> {
        let named = |one: &Instance| id.is_none_or(|id| one.id == id);
        let of = |region| {
            all_of(region).filter(|(region, one)| named(one) && self.covers(projections, region, one))
        };
        let chosen: Vec<_> = self.regions.iter().flat_map(of).collect();
        match id.filter(|_| chosen.is_empty()) {
            Some(id) => {
                let particular = projections.iter().any(|one| !one.only.is_empty() || !one.with.is_empty());
                let hint = if particular { " that this operation is for" } else { "" };
                Err(Refusal::new(When::NoInstance, format!("there is no instance {id:?}{hint}")))
            }
            None => Ok(chosen),
        }
    }

    /// The files of the backup that is asked for, with links.
    pub(crate) fn files(&self) -> Result<Vec<Row>, Refusal> {
        let projections = self.operation.links;
        let names = self.asked(projections);
        let wanted = names.text(Field::Backup).unwrap_or_default();
        let instances = self.chosen(projections, names.text(Field::Instance))?;
        let found = instances.iter().find_map(|(_, instance)| {
            instance.backups.iter().find(|backup| backup.id == wanted).map(|backup| (*instance, backup))
        });
        let Some((instance, backup)) = found else {
            return Err(Refusal::new(When::NoBackup, format!("there is no backup {wanted:?}")));
        };
        match backup.state(self.now) {
            State::Finished => Ok(self.linked(instance, backup)),
            State::Expired => {
                Err(Refusal::new(When::NoBackup, format!("the backup {wanted:?} is no longer kept")))
            }
            _ => Err(Refusal::new(When::NotReady, format!("the backup {wanted:?} is not finished"))),
        }
    }

    /// The files of a backup, with links.
    fn linked(&self, instance: &Instance, backup: &Backup) -> Vec<Row> {
        let projections = self.operation.links;
        let expiries = projections.iter().flat_map(|projection| projection.expires);
        let mut documented = expiries.filter_map(|expiry| match expiry {
            Expiry::After(seconds) => Some(*seconds),
            // What the caller asks for goes before the vendor's default, which comes next in the list.
            Expiry::Field(source) => self.lifetime(source),
            Expiry::Url(_) => None,
        });
        let expires = self.links.expiry(self.now, documented.next());
        let in_url = |expiry: &Expiry| matches!(expiry, Expiry::Url(_));
        let shown = projections.iter().find(|projection| projection.expires.iter().any(in_url));
        let parameters =
            shown.map_or_else(Vec::new, |projection| link_parameters(projection.expires, self.now, expires));
        let query = links::query(&parameters);
        let folder = links::path(&[self.service, &instance.id, &backup.id]);
        let sides = [(Field::PublicUrl, Side::Public), (Field::InternalUrl, Side::Internal)];
        let sides: Vec<_> = sides.into_iter().filter(|(field, _)| is_bound(projections, *field)).collect();
        let common = identity(instance, backup, |field| is_bound(projections, field));
        let row = |(number, file): (usize, &File)| {
            let path = folder.clone() + &links::path(&[&number.to_string(), &file.name]);
            let mut row =
                common.clone().with(Field::Name, &*file.name).with(Field::Size, file.size().to_string());
            for (field, side) in &sides {
                row.set(*field, self.links.link(self.seed, *side, &path, &query, expires));
            }
            row.expires = Some(expires);
            row
        };
        let mut rows: Vec<Row> = backup.files(self.now).iter().enumerate().map(row).collect();
        if let Some(shard) = self.amiss.missing {
            shard.leave_out(&mut rows);
        }
        rows
    }

    /// The files of a backup in a list: one row at least, so that links and backups stand side by side.
    pub(crate) fn links_of(&self, (instance, backup): Found<'_>, listed: &Row) -> Vec<Row> {
        let rows = self.linked(instance, backup);
        if rows.is_empty() { vec![listed.clone()] } else { rows }
    }

    /// The backups that are asked for, the newest first.
    pub(crate) fn backups(&self, projections: &[Projection]) -> Result<Vec<(Row, Found<'_>)>, Refusal> {
        let names = self.asked(projections);
        let links = self.asked(self.operation.links);
        let id = names.text(Field::Backup).or(links.text(Field::Backup));
        let tells_expired = tells(projections, state(State::Expired));
        let mut rows = Vec::new();
        for (_, instance) in self.chosen(projections, names.text(Field::Instance))? {
            for backup in &instance.backups {
                let its_state = backup.state(self.now);
                if its_state == State::Expired && !tells_expired {
                    continue;
                }
                let mut row = identity(instance, backup, |_| true)
                    .with(Field::State, state(its_state))
                    .with(Field::Kind, kind(backup.kind));
                if let Some(name) = &backup.name {
                    row.set(Field::Name, &**name);
                }
                if its_state == State::Finished {
                    row = row.with(Field::Size, backup.size().to_string());
                }
                let named = id.is_none_or(|id| backup.id == id);
                if named && wanted(self, projections, &row) {
                    rows.push((row, (instance, backup)));
                }
            }
        }
        sort(self, projections, &mut rows, |(row, _)| row);
        match id.filter(|_| rows.is_empty()) {
            Some(id) => Err(Refusal::new(When::NoBackup, format!("there is no backup {id:?}"))),
            None if is_bound(projections, Field::Backup) => Ok(rows),
            // What tells no backup from another is about the latest.
            None => {
                let finished = |(_, found): &(Row, Found<'_>)| found.1.state(self.now) == State::Finished;
                Ok(rows.into_iter().find(finished).into_iter().collect())
            }
        }
    }

    /// The instances that are asked for.
    pub(crate) fn instances(&self) -> Result<Vec<Row>, Refusal> {
        let names = self.asked(self.operation.instances);
        let projections = self.operation.instances;
        let chosen = self.chosen(projections, names.text(Field::Instance))?;
        let mut rows: Vec<Row> = chosen.iter().map(|(region, one)| facts(region, one)).collect();
        rows.retain(|row| self.narrowed(projections, row) && wanted(self, projections, row));
        sort(self, projections, &mut rows, |row| row);
        Ok(rows)
    }

    /// The regions of the service.
    pub(crate) fn regions(&self) -> Result<Vec<Row>, Refusal> {
        let row = |region: &Region| {
            let name = region.title.as_deref().unwrap_or(&region.name);
            Row::new().with(Field::Region, &*region.name).with(Field::Name, name)
        };
        Ok(self.shelf.regions.iter().map(row).collect())
    }

    /// The projects that the caller is let into.
    pub(crate) fn projects(&self) -> Result<Vec<Row>, Refusal> {
        let default = self.shelf.default_project().map(|project| &project.id);
        let open = |project: &&Project| self.accounts.lets_into(self.access_key, &project.id);
        let row = |project: &Project| {
            let name = project.name.as_deref().unwrap_or(&project.id);
            let is_default = default == Some(&project.id);
            Row::new()
                .with(Field::Project, &*project.id)
                .with(Field::Name, name)
                .with(Field::Default, is_default.to_string())
        };
        Ok(self.shelf.projects.iter().filter(open).map(row).collect())
    }

    /// The shards of the instance that is asked about: as many as a backup of it would have files.
    pub(crate) fn shards(&self) -> Result<Vec<Row>, Refusal> {
        let projections = self.operation.shards;
        let asked = self.asked(projections);
        let id = asked.text(Field::Instance).unwrap_or_default();
        let mut rows = Vec::new();
        for (_, instance) in self.chosen(projections, Some(id))? {
            for number in 1..=shards(self.shelf.spec, &instance.kind) {
                let row =
                    Row::new().with(Field::Instance, &*instance.id).with(Field::State, &*instance.state);
                let row = row.with(Field::Shard, format!("{}-{number}", instance.id));
                rows.push(row.with(Field::Name, format!("shard-{number}")));
            }
        }
        Ok(rows)
    }

    /// The task that is asked about, which makes a backup: how it is follows from how the backup is.
    pub(crate) fn tasks(&self) -> Result<Vec<Row>, Refusal> {
        let asked = self.asked(self.operation.tasks);
        let id = asked.text(Field::Task).unwrap_or_default();
        let chosen = self.chosen(self.operation.tasks, None)?;
        let mut backups = chosen.iter().flat_map(|(_, instance)| &instance.backups);
        let Some(backup) = backups.find(|backup| task(self.seed, &backup.id) == id) else {
            return Err(Refusal::new(When::BadValue, format!("there is no task {id:?}")));
        };
        let its_state = match backup.state(self.now) {
            State::Expired => State::Finished,
            other => other,
        };
        Ok(vec![Row::new().with(Field::Task, id).with(Field::State, state(its_state))])
    }
}

/// The regions that a call is about: the one that a parameter names, or that the request shows elsewhere, or all of the
/// service's.
///
/// # Errors
/// Where there is no such region.
pub(crate) fn regions<'s>(
    shelf: &'s Shelf,
    operation: &Operation,
    parameters: &Parameters,
    shown: Option<&str>,
) -> Result<&'s [Region], Refusal> {
    // Whoever asks which regions there are need not know one, and an account's projects are in none.
    if !operation.regions.is_empty() || !operation.projects.is_empty() {
        return Ok(&shelf.regions);
    }
    let settings = operation.parameters.iter().filter(|parameter| parameter.from == Some("region"));
    let projections = [operation.links, operation.backups, operation.instances].into_iter().flatten();
    let bound = projections.flat_map(|projection| projection.field(Field::Region));
    let bound = bound.filter_map(|source| match source.place.root {
        Root::Request(name) => Some(name),
        _ => None,
    });
    let names = settings.map(|parameter| parameter.name).chain(bound);
    let mut said = names.filter_map(|name| value_of(parameters, name)).filter(|name| !name.is_empty());
    let Some(name) = said.next().or(shown.map(str::to_owned)) else { return Ok(&shelf.regions) };
    match shelf.regions.iter().position(|region| region.name == name) {
        Some(position) => Ok(shelf.regions.get(position..=position).unwrap_or_default()),
        None => Err(Refusal::new(When::WrongRegion, format!("there is no region {name:?}"))),
    }
}

/// The instances of a region.
fn all_of(region: &Region) -> impl Iterator<Item = (&Region, &Instance)> {
    region.instances.iter().map(move |instance| (region, instance))
}

/// Whether rows, or the call, say this field.
fn is_bound(projections: &[Projection], field: Field) -> bool {
    projections.iter().any(|projection| !projection.field(field).is_empty())
}

/// Whether rows can say this state: a service without a word for it does not list what is in it.
fn tells(projections: &[Projection], state: &str) -> bool {
    let mut sources = projections.iter().flat_map(|projection| projection.field(Field::State));
    sources.any(|source| match source.convert {
        Convert::Words(words) => words.iter().any(|(ours, _)| *ours == state),
        _ => true,
    })
}

/// What every row about a backup says, as far as it is wanted.
fn identity(instance: &Instance, backup: &Backup, wanted: impl Fn(Field) -> bool) -> Row {
    let mut row = Row::new();
    if wanted(Field::Instance) {
        row.set(Field::Instance, &*instance.id);
    }
    if wanted(Field::Backup) {
        row.set(Field::Backup, &*backup.id);
    }
    if wanted(Field::CreatedAt) {
        row.set(Field::CreatedAt, backup.created_at.to_string());
    }
    row
}

/// The uniform word for a state.
pub(crate) fn state(state: State) -> &'static str {
    match state {
        State::Running => "running",
        State::Finished => "finished",
        State::Failed => "failed",
        State::Expired => "expired",
        _ => "unknown",
    }
}

/// The uniform word for a kind.
pub(crate) fn kind(kind: BackupKind) -> &'static str {
    match kind {
        BackupKind::Manual => "manual",
        BackupKind::Automatic => "automatic",
        _ => "unknown",
    }
}
