//! Where specs are read from: folders, and revisions that git keeps.

use std::fmt;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use rdbfetch_codegen::{Failure, Folder, SpecFile, read};

use super::Specs;

/// The folder of all services in a revision, where no other is named.
const FOLDER: &str = "specs";

/// Specs as an argument names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A folder of services, or of one.
    Folder(String),
    /// A revision and a folder in it.
    Revision {
        /// The revision, as git reads it.
        revision: String,
        /// The folder, from the repository's root.
        folder: String,
    },
}

/// Why specs cannot be read.
#[derive(Debug)]
pub enum SourceError {
    /// There are none, and why.
    Missing(String),
    /// There are, and something is wrong in them.
    Wrong(Box<Failure>),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(why) => f.write_str(why),
            Self::Wrong(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for SourceError {}

impl Source {
    /// What an argument names: a folder where there is one, a revision otherwise.
    #[must_use]
    pub fn of(argument: &str) -> Self {
        if Path::new(argument).exists() {
            return Self::Folder(argument.to_owned());
        }
        let (revision, folder) = argument.split_once(':').unwrap_or((argument, FOLDER));
        Self::Revision { revision: revision.to_owned(), folder: folder.to_owned() }
    }

    /// Whether a folder stands in the way of a revision of the same name.
    #[must_use]
    pub fn hides_revision(&self) -> bool {
        let Self::Folder(name) = self else { return false };
        !name.contains(['/', '.'])
            && git(&["rev-parse", "--verify", "--quiet", "--end-of-options", name]).is_ok()
    }

    /// Reads the specs.
    ///
    /// # Errors
    /// When there are none, git is not there or does not know the revision, or anything in the specs is wrong.
    pub fn read(&self) -> Result<Specs, SourceError> {
        match self {
            Self::Folder(path) => {
                let folder = Folder::read(Path::new(path)).map_err(|error| {
                    SourceError::Missing(match error.kind() {
                        ErrorKind::NotFound => format!("{path}: there is no such folder"),
                        ErrorKind::NotADirectory => format!("{path}: this is no folder"),
                        _ => format!("{path}: {error}"),
                    })
                })?;
                let services = folder.model().map_err(wrong)?;
                Ok(Specs { files: folder.files().to_vec(), services })
            }
            Self::Revision { revision, folder } => {
                let files = files(revision, folder).map_err(SourceError::Missing)?;
                let services = read(&files).map_err(wrong)?;
                Ok(Specs { files, services })
            }
        }
    }
}

fn wrong(failure: Failure) -> SourceError {
    SourceError::Wrong(Box::new(failure))
}

/// The specs in a folder of a revision.
fn files(revision: &str, folder: &str) -> Result<Vec<SpecFile>, String> {
    let commit = commit(revision)?;
    let folder = folder.trim_end_matches('/');
    let tree = git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{commit}:{folder}")])
        .map_err(|_| {
            format!("the revision {revision} has no folder {folder:?}; REVISION:FOLDER names another")
        })?;
    let tree = String::from_utf8_lossy(&tree).trim().to_owned();
    let list = git(&["ls-tree", "-r", "-z", "--end-of-options", &tree])
        .map_err(|why| format!("{revision}:{folder} is no folder: {why}"))?;
    let list = String::from_utf8_lossy(&list).into_owned();
    // `MODE blob ID\tPATH`
    let entries = list.split('\0').filter_map(|entry| {
        let (facts, path) = entry.split_once('\t')?;
        let spec = path.ends_with(".yaml") && !path.split('/').any(|part| part.starts_with('.'));
        spec.then(|| (facts.rsplit(' ').next().unwrap_or_default(), path))
    });
    let entries: Vec<(&str, &str)> = entries.collect();
    let one = entries.iter().any(|(_, path)| *path == "service.yaml");
    let depth = usize::from(!one);
    let mut out = Vec::new();
    for (id, path) in entries.into_iter().filter(|(_, path)| path.matches('/').count() == depth) {
        let text = git(&["cat-file", "blob", id])?;
        let text = String::from_utf8(text)
            .map_err(|_| format!("{revision}:{folder}/{path}: this file is not UTF-8"))?;
        let folder = if folder.is_empty() { "." } else { folder };
        out.push(SpecFile { path: format!("{revision}:{folder}/{path}"), text });
    }
    if out.is_empty() {
        return Err(format!(
            "the revision {revision} has no specs in {folder:?}; REVISION:FOLDER names another folder"
        ));
    }
    Ok(out)
}

fn commit(revision: &str) -> Result<String, String> {
    let name = format!("{revision}^{{commit}}");
    let found = git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &name]).map_err(|why| {
        if why.is_empty() {
            format!("{revision}: there is no such folder, and no such revision")
        } else {
            format!("{revision}: there is no such folder, and git says: {why}")
        }
    })?;
    Ok(String::from_utf8_lossy(&found).trim().to_owned())
}

/// The text of a file in a revision, from the repository's root.
///
/// # Errors
/// When git is not there, or the revision or the file is not.
pub fn file_at(revision: &str, path: &str) -> Result<String, String> {
    let name = format!("{}:{path}", commit(revision)?);
    let text = git(&["cat-file", "blob", &name])
        .map_err(|_| format!("the revision {revision} has no file {path}"))?;
    String::from_utf8(text).map_err(|_| format!("{revision}:{path}: this file is not UTF-8"))
}

/// What git answers, or what it complains of.
fn git(arguments: &[&str]) -> Result<Vec<u8>, String> {
    let output = Command::new("git").args(arguments).output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            "the program `git` is not installed; folders can be compared without it".to_owned()
        }
        _ => format!("the program `git` cannot be run: {error}"),
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(why.trim().trim_start_matches("fatal: ").to_owned())
}
