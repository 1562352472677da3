//! What services have, as JSON.

use rdbfetch::Timestamp;
use serde_json::{Map, Value, json};

use crate::stock::{Backup, File, Instance, Region, Shelf};
use crate::world::Project;

/// What a service has, as it is at `now`.
pub(super) fn shelf(shelf: &Shelf, now: Timestamp) -> Value {
    let regions: Map<String, Value> =
        shelf.regions.iter().map(|one| (one.name.clone(), region(one, now))).collect();
    let project = |one: &Project| json!({"id": one.id, "name": one.name, "default": one.default});
    let projects: Vec<Value> = shelf.projects.iter().map(project).collect();
    json!({"projects": projects, "regions": regions})
}

fn region(region: &Region, now: Timestamp) -> Value {
    json!({"name": region.title, "instances": region.instances.iter().map(|one| instance(one, now)).collect::<Vec<_>>()})
}

fn instance(instance: &Instance, now: Timestamp) -> Value {
    let Instance { id, name, state, kind, zone, project, account, .. } = instance;
    let backups: Vec<Value> = instance.backups.iter().map(|one| backup(one, now)).collect();
    json!({
        "id": id,
        "name": name,
        "state": state,
        "kind": kind,
        "zone": zone,
        "project": project,
        "account": account,
        "backups": backups,
    })
}

fn backup(backup: &Backup, now: Timestamp) -> Value {
    let file = |file: &File| json!({"name": file.name, "size": file.size()});
    json!({
        "id": backup.id,
        "name": backup.name,
        "created_at": backup.created_at.to_string(),
        "state": crate::lists::state(backup.state(now)),
        "kind": crate::lists::kind(backup.kind),
        "files": backup.files(now).iter().map(file).collect::<Vec<_>>(),
    })
}
