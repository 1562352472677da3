//! What there is of what a call asks for: instances, backups, and files with links.

use rdbfetch::projection::{Row, link_parameters};
use rdbfetch::service::{Expiry, Field, Projection, When};
use rdbfetch::{BackupKind, State};

use crate::api::Asked;
use crate::filters::wanted;
use crate::links::Side;
use crate::refusal::Refusal;
use crate::stock::{Backup, Instance};

/// A backup and whose it is.
pub(crate) type Found<'a> = (&'a Instance, &'a Backup);

impl Asked<'_> {
    /// The instances that a call is about: the one it names, or all.
    fn chosen(&self, id: Option<&str>) -> Result<Vec<&Instance>, Refusal> {
        let chosen: Vec<&Instance> =
            self.shelf.instances.iter().filter(|instance| id.is_none_or(|id| instance.id == id)).collect();
        if chosen.is_empty() {
            let reason = format!("there is no instance {:?}", id.unwrap_or_default());
            return Err(Refusal::new(When::NoInstance, reason));
        }
        Ok(chosen)
    }

    /// The files of the backup that is asked for, with links.
    pub(crate) fn files(&self) -> Result<Vec<Row>, Refusal> {
        let projections = self.operation.links;
        let names = self.asked(projections);
        let wanted = names.text(Field::Backup).unwrap_or_default();
        let instances = self.chosen(names.text(Field::Instance))?;
        let found = instances.iter().find_map(|instance| {
            instance.backups.iter().find(|backup| backup.id == wanted).map(|backup| (*instance, backup))
        });
        let Some((instance, backup)) = found else {
            return Err(Refusal::new(When::NoBackup, format!("there is no backup {wanted:?}")));
        };
        if backup.state != State::Finished {
            return Err(Refusal::new(When::NotReady, format!("the backup {wanted:?} is not finished")));
        }

        Ok(self.linked(instance, backup))
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
        let service = self.service;
        let row = |(number, file): (usize, &crate::stock::File)| {
            let number = number.to_string();
            let path = [service, &instance.id, &backup.id, &number, &file.name];
            let link = |side| self.links.link(side, &path, &parameters, expires);
            let mut row = identity(instance, backup)
                .with(Field::Name, &*file.name)
                .with(Field::Size, file.size().to_string())
                .with(Field::PublicUrl, link(Side::Public))
                .with(Field::InternalUrl, link(Side::Internal));
            row.expires = Some(expires);
            row
        };
        let mut rows: Vec<Row> = backup.files.iter().enumerate().map(row).collect();
        if let Some(shard) = self.missing {
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
        let mut rows = Vec::new();
        for instance in self.chosen(names.text(Field::Instance))? {
            for backup in &instance.backups {
                let mut row = identity(instance, backup)
                    .with(Field::State, state(backup.state))
                    .with(Field::Kind, kind(backup.kind));
                if backup.state == State::Finished {
                    row = row.with(Field::Size, backup.size().to_string());
                }
                let named = id.is_none_or(|id| backup.id == id);
                if named && wanted(self, projections, &row) {
                    rows.push((row, (instance, backup)));
                }
            }
        }
        match id.filter(|_| rows.is_empty()) {
            Some(id) => Err(Refusal::new(When::NoBackup, format!("there is no backup {id:?}"))),
            None if is_bound(projections, Field::Backup) => Ok(rows),
            // What tells no backup from another is about the latest.
            None => {
                Ok(rows.into_iter().find(|(_, found)| found.1.state == State::Finished).into_iter().collect())
            }
        }
    }

    /// The instances that are asked for.
    pub(crate) fn instances(&self) -> Result<Vec<Row>, Refusal> {
        let names = self.asked(self.operation.instances);
        let region = &*self.shelf.region;
        let row = |instance: &&Instance| {
            Row::new()
                .with(Field::Region, names.text(Field::Region).unwrap_or(region))
                .with(Field::Instance, &*instance.id)
                .with(Field::Name, &*instance.id)
                .with(Field::State, "running")
        };
        let mut rows: Vec<Row> = self.chosen(names.text(Field::Instance))?.iter().map(row).collect();
        rows.retain(|row| wanted(self, self.operation.instances, row));
        Ok(rows)
    }
}

/// Whether rows, or the call, say this field.
fn is_bound(projections: &[Projection], field: Field) -> bool {
    projections.iter().any(|projection| !projection.field(field).is_empty())
}

/// What every row about a backup says.
fn identity(instance: &Instance, backup: &Backup) -> Row {
    Row::new()
        .with(Field::Instance, &*instance.id)
        .with(Field::Backup, &*backup.id)
        .with(Field::CreatedAt, backup.created_at.to_string())
}

/// The uniform word for a state.
fn state(state: State) -> &'static str {
    match state {
        State::Running => "running",
        State::Finished => "finished",
        State::Failed => "failed",
        State::Expired => "expired",
        _ => "unknown",
    }
}

/// The uniform word for a kind.
fn kind(kind: BackupKind) -> &'static str {
    match kind {
        BackupKind::Manual => "manual",
        BackupKind::Automatic => "automatic",
        _ => "unknown",
    }
}
