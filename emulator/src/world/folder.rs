//! Backups in a folder: `SERVICE/INSTANCE/BACKUP/*`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rdbfetch::Timestamp;
use rdbfetch::metadata::ServiceMetadata;

use super::backup::{Backup, Source};
use super::problem::{Problem, ScenarioError};
use super::samples::region;
use super::{Instance, Service, World, hint};

/// A world with the backups of a folder, and the hidden entries that were left out.
pub(crate) fn read(
    mut world: World,
    folder: &Path,
    services: &[&'static ServiceMetadata],
) -> Result<(World, Vec<PathBuf>), ScenarioError> {
    let mut reader = Reader::default();
    for (name, path) in reader.entries(folder, Expected::Folders("services")) {
        match services.iter().find(|known| known.service.name == name) {
            Some(metadata) => {
                let instances = reader.service(&path);
                let mut service = Service::default();
                service.regions.change(&region(metadata), |mut region| {
                    region.instances = instances;
                    region
                });
                world.services.set(&name, service);
            }
            None => {
                let hint = hint(&name, services.iter().map(|known| known.service.name));
                reader.report(&path, format!("there is no service {name:?}; {hint}"));
            }
        }
    }
    if reader.problems.is_empty() {
        return Ok((world, reader.skipped));
    }
    Err(ScenarioError::new(reader.problems))
}

/// What a folder is to hold.
#[derive(Clone, Copy)]
enum Expected {
    /// Folders for these.
    Folders(&'static str),
    Files,
}

#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
    skipped: Vec<PathBuf>,
}

impl Reader {
    fn report(&mut self, path: &Path, message: impl Into<String>) {
        self.problems.push(Problem::new(path.display().to_string(), message));
    }

    fn service(&mut self, folder: &Path) -> Vec<Instance> {
        let folders = self.entries(folder, Expected::Folders("instances"));
        folders.into_iter().map(|(id, path)| self.instance(&id, &path)).collect()
    }

    fn instance(&mut self, id: &str, folder: &Path) -> Instance {
        let folders = self.entries(folder, Expected::Folders("backups"));
        folders.into_iter().fold(Instance::new(id), |instance, (id, path)| {
            let backup = self.backup(&id, &path);
            instance.backup(backup)
        })
    }

    fn backup(&mut self, id: &str, folder: &Path) -> Backup {
        let before = self.problems.len();
        let files = self.entries(folder, Expected::Files);
        if files.is_empty() && self.problems.len() == before {
            self.report(folder, "the backup has no files: expected at least one, such as an RDB file");
        }
        let mut backup = Backup::new(id);
        match fs::metadata(folder).and_then(|facts| facts.modified()) {
            Ok(modified) => backup = backup.created(Timestamp::from(modified)),
            Err(problem) => self.report(folder, format!("cannot be read: {problem}")),
        }
        files.into_iter().fold(backup, |backup, (name, path)| {
            // Links must not depend on where the process stands.
            let path = std::path::absolute(&path).unwrap_or(path);
            backup.file(&name, Source::Path(path))
        })
    }

    /// What is in a folder, by name. Hidden entries are left out, and everything that does not belong is a problem.
    fn entries(&mut self, folder: &Path, expected: Expected) -> Vec<(String, PathBuf)> {
        let mut paths = match list(folder) {
            Ok(paths) => paths,
            Err(problem) => {
                self.report(folder, format!("cannot be read: {problem}"));
                return Vec::new();
            }
        };
        paths.sort();
        let mut entries = Vec::with_capacity(paths.len());
        for path in paths {
            let Some(name) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned) else {
                self.report(&path, "the name is not UTF-8");
                continue;
            };
            if name.starts_with('.') {
                self.skipped.push(path);
                continue;
            }
            let facts = fs::metadata(&path);
            match (facts, expected) {
                (Ok(facts), Expected::Folders(_)) if facts.is_dir() => entries.push((name, path)),
                (Ok(facts), Expected::Files) if facts.is_file() => entries.push((name, path)),
                (Ok(_), Expected::Folders(what)) => {
                    self.report(&path, format!("is no folder: only folders of {what} belong here"))
                }
                (Ok(_), Expected::Files) => {
                    self.report(&path, "is no regular file: only the files of a backup belong here")
                }
                (Err(problem), _) => self.report(&path, format!("cannot be read: {problem}")),
            }
        }
        entries
    }
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
}
