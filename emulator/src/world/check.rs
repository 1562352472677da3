//! Whether a declared world can be, all problems together.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::service::{Field, Root, Service as Spec};

use super::backup::{Backup, File, Outcome, Recipe, Source};
use super::problem::Problem;
use super::samples::{CLUSTER, FIRST, INSTANCE_STATE, SHARDS, STANDALONE, TEMPORARY, numeric, sharded};
use super::{Account, Instance, Project, Service, World};
use crate::nearest::nearest;

/// How many bytes a generated file may have, as it is held in memory.
const LARGEST: u64 = 256 << 20;

/// How instances can be.
const STATES: &[&str] = &[INSTANCE_STATE, "creating", "changing", "stopped", "failed", "deleting", "unknown"];
/// What kinds of instances there are.
const KINDS: &[&str] = &[STANDALONE, CLUSTER, "unknown"];

/// Everything that is wrong with a world for an emulator of these services.
pub(crate) fn check(world: &World, services: &[&'static ServiceMetadata]) -> Vec<Problem> {
    let mut check = Check { world, services, problems: Vec::new() };
    for (number, account) in world.accounts.iter().enumerate() {
        check.account(&format!("accounts[{number}]"), number, account);
    }
    for (name, service) in world.services.iter() {
        let path = format!("services.{name}");
        match services.iter().find(|known| known.service.name == name) {
            Some(metadata) => check.service(&path, metadata.service, service),
            None => check.unknown_service(&path, name),
        }
    }
    check.problems
}

/// `did you mean …` for the known name that comes nearest, or all of them where none does.
pub(crate) fn hint<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    let known: Vec<&str> = known.collect();
    match nearest(name, known.iter().copied()) {
        Some(one) => format!("did you mean {one:?}?"),
        None => format!("expected one of {}", known.join(", ")),
    }
}

struct Check<'w> {
    world: &'w World,
    services: &'w [&'static ServiceMetadata],
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn report(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem::new(path, message));
    }

    fn unknown_service(&mut self, path: &str, name: &str) {
        let hint = hint(name, self.services.iter().map(|known| known.service.name));
        self.report(path, format!("there is no service {name:?}; {hint}"));
    }

    fn account(&mut self, path: &str, number: usize, account: &Account) {
        if account.access_key.is_empty() {
            self.report(format!("{path}.access_key"), "an access key must not be empty");
        }
        let same = |other: &Account| other.access_key == account.access_key;
        if self.world.accounts.iter().take(number).any(same) {
            self.report(
                format!("{path}.access_key"),
                "another account has this access key: they must differ",
            );
        }
        if account.token.is_some() && account.refuse_tokens {
            self.report(path, "`token` and `refuse_tokens` exclude each other");
        }
        if let Some(owner) = account.of.as_deref().filter(|owner| !self.knows(owner)) {
            self.report(format!("{path}.of"), format!("there is no account with the access key {owner:?}"));
        }
        for (number, name) in account.services.iter().flatten().enumerate() {
            if !self.services.iter().any(|known| known.service.name == name) {
                self.unknown_service(&format!("{path}.services[{number}]"), name);
            }
        }
        for (number, operation) in account.denied.iter().enumerate() {
            self.denied(&format!("{path}.denied[{number}]"), operation);
        }
    }

    fn denied(&mut self, path: &str, denied: &str) {
        let (service, name) = denied.split_once('/').map_or((None, denied), |(one, two)| (Some(one), two));
        if let Some(service) = service.filter(|name| !self.services.iter().any(|s| s.service.name == *name)) {
            return self.unknown_service(path, service);
        }
        let of = self.services.iter().filter(|known| service.is_none_or(|name| known.service.name == name));
        let mut names = of.flat_map(|known| known.service.operations).map(|operation| operation.name);
        if (name == "*" && service.is_some()) || names.clone().any(|known| known == name) {
            return;
        }
        let hint = hint(name, &mut names);
        self.report(path, format!("there is no operation {name:?}; {hint}"));
    }

    /// Whether there is an account with an access key.
    fn knows(&self, access_key: &str) -> bool {
        let builtin = self.world.builtin_accounts || self.world.accounts.is_empty();
        self.world.accounts.iter().any(|account| account.access_key == access_key)
            || builtin && [FIRST, TEMPORARY].contains(&access_key)
    }

    fn service(&mut self, path: &str, spec: &'static Spec, service: &Service) {
        let mut instances = HashSet::new();
        // Where links are asked for by the backup alone, its id must say which.
        let links = || spec.operations.iter().flat_map(|operation| operation.links);
        let asked = |field| links().flat_map(move |one| one.field(field)).any(|one| is_asked(one.place.root));
        let alone = asked(Field::Backup) && !asked(Field::Instance);
        let mut backups = HashSet::new();
        self.projects(path, &service.projects);
        for (region, declared) in service.regions.iter() {
            if region.is_empty() {
                self.report(format!("{path}.regions"), "the name of a region must not be empty");
            }
            for (number, instance) in declared.instances.iter().enumerate() {
                let path = format!("{path}.regions.{region}.instances[{number}]");
                self.id(&format!("{path}.id"), spec, Field::Instance, &instance.id);
                if !instances.insert(instance.id.as_str()) {
                    let message = format!("there is another instance {:?} in this service", instance.id);
                    self.report(format!("{path}.id"), message);
                }
                if !alone {
                    backups.clear();
                }
                if let Some(id) = instance.project.as_deref().filter(|id| !service.has_project(id)) {
                    self.report(format!("{path}.project"), format!("the service has no project {id:?}"));
                }
                self.instance(&path, spec, instance, &mut backups);
            }
        }
    }

    fn projects(&mut self, path: &str, projects: &[Project]) {
        let defaults = projects.iter().filter(|project| project.default).count();
        if defaults > 1 {
            self.report(format!("{path}.projects"), "one project can be the default one");
        }
        for (number, project) in projects.iter().enumerate() {
            let path = format!("{path}.projects[{number}].id");
            if project.id.is_empty() {
                self.report(path, "an id must not be empty");
            } else if projects.iter().take(number).any(|other| other.id == project.id) {
                self.report(path, format!("there is another project {:?} in this service", project.id));
            }
        }
    }

    /// A word for the state or the kind of an instance.
    fn word(&mut self, path: &str, word: Option<&String>, known: &[&str]) {
        if let Some(word) = word.filter(|word| !known.contains(&word.as_str())) {
            self.report(path, format!("there is no {word:?}; {}", hint(word, known.iter().copied())));
        }
    }

    fn instance<'i>(
        &mut self,
        path: &str,
        spec: &'static Spec,
        instance: &'i Instance,
        backups: &mut HashSet<&'i str>,
    ) {
        if let Some(owner) = instance.account.as_deref().filter(|owner| !self.knows(owner)) {
            let message = format!("there is no account with the access key {owner:?}");
            self.report(format!("{path}.account"), message);
        }
        self.word(&format!("{path}.state"), instance.state.as_ref(), STATES);
        self.word(&format!("{path}.kind"), instance.kind.as_ref(), KINDS);
        for (number, backup) in instance.backups.iter().enumerate() {
            let path = format!("{path}.backups[{number}]");
            self.id(&format!("{path}.id"), spec, Field::Backup, &backup.id);
            if !backups.insert(&backup.id) {
                let message = format!("there is another backup {:?} that calls could mean", backup.id);
                self.report(format!("{path}.id"), message);
            }
            self.backup(&path, spec, instance.shape(), backup);
        }
    }

    fn backup(&mut self, path: &str, spec: &'static Spec, kind: &str, backup: &Backup) {
        if backup.state == Outcome::Running && backup.takes.is_some() {
            let message = "a backup with `state: running` never ends: leave out `takes`, or give the state it ends with";
            self.report(format!("{path}.takes"), message);
        }
        if backup.files.len() > 1 && !sharded(spec, kind) {
            let message = format!(
                "backups of {} have one file each, as an answer has room for one link; there are {}",
                spec.name,
                backup.files.len()
            );
            self.report(format!("{path}.files"), message);
        }
        let mut names = HashSet::new();
        for (number, file) in backup.files.iter().enumerate() {
            let path = format!("{path}.files[{number}]");
            let name = file.name(&backup.id, number);
            if name.is_empty() {
                self.report(format!("{path}.name"), "the name of a file must not be empty");
            }
            if !names.insert(name) {
                self.report(format!("{path}.name"), "another file of the backup has this name");
            }
            self.source(&path, &file.source);
        }
    }

    fn source(&mut self, path: &str, source: &Source) {
        match source {
            Source::Bytes(_) => {}
            Source::Path(file) => {
                if let Some(message) = unreadable(file) {
                    self.report(format!("{path}.path"), message);
                }
            }
            Source::Sample(number) if *number < SHARDS.len() => {}
            Source::Sample(number) => {
                self.report(
                    format!("{path}.sample"),
                    format!("there is no sample {number}: expected 0, 1 or 2"),
                );
            }
            Source::Recipe(recipe) => self.recipe(path, recipe),
        }
    }

    fn recipe(&mut self, path: &str, recipe: &Recipe) {
        if !(6..=12).contains(&recipe.version) {
            let message = format!("version {} cannot be written: expected 6 to 12", recipe.version);
            self.report(format!("{path}.version"), message);
        }
        if recipe.expiring > recipe.keys {
            let message = format!("{} of {} keys cannot expire", recipe.expiring, recipe.keys);
            self.report(format!("{path}.expiring"), message);
        }
        if recipe.size() > LARGEST {
            let message = format!(
                "{} keys of {} bytes make more than {} MiB, which is too large to be generated: give a `path`",
                recipe.keys,
                recipe.value_size,
                LARGEST >> 20
            );
            self.report(format!("{path}.keys"), message);
        }
    }

    fn id(&mut self, path: &str, spec: &'static Spec, field: Field, id: &str) {
        if id.is_empty() {
            self.report(path, "an id must not be empty");
        } else if numeric(spec, field) && !is_number(id) {
            let message = format!("ids of {} are numbers: expected up to 18 digits, got {id:?}", spec.name);
            self.report(path, message);
        }
    }
}

/// Whether an id looks the same after it was a number.
fn is_number(id: &str) -> bool {
    let digits = id.bytes().all(|byte| byte.is_ascii_digit());
    digits && id.len() <= 18 && (id == "0" || !id.starts_with('0'))
}

fn is_asked(root: Root) -> bool {
    matches!(root, Root::Request(_))
}

/// Why a file cannot be served, if so.
fn unreadable(file: &Path) -> Option<String> {
    match fs::metadata(file) {
        Ok(facts) if facts.is_file() => None,
        Ok(_) => Some(format!("{} is no file", file.display())),
        Err(problem) => Some(format!("{} cannot be read: {problem}", file.display())),
    }
}

impl File {
    /// The name under which it is served.
    pub(crate) fn name(&self, backup: &str, number: usize) -> String {
        let on_disk = || match &self.source {
            Source::Path(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
            _ => None,
        };
        self.name.clone().or_else(on_disk).unwrap_or_else(|| format!("{backup}-{number}.rdb"))
    }
}
