//! From text to spec structs: YAML with positions, the shape check, then serde.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::diagnostics::Problems;
use crate::mend::Mend;
use crate::spec::{OperationSpec, ServiceSpec};
use crate::tree::Node;
use crate::{SpecFile, shape, spec, tree};

/// A file with its tree and what was read from it.
#[derive(Debug)]
pub struct ParsedFile<T> {
    /// The path, as the caller named it.
    pub path: String,
    /// The text.
    pub text: String,
    /// The file's name without its ending.
    pub stem: String,
    /// The tree, for positions.
    pub tree: Node,
    /// What was read.
    pub spec: T,
}

/// An operation's file that is still to be read: many trees at once would be most of the memory that is used.
#[derive(Debug)]
pub struct Pending<'f> {
    file: &'f SpecFile,
    stem: &'f str,
}

impl Pending<'_> {
    /// Reads the file. Its problems are noted.
    pub fn read(&self, problems: &mut Problems) -> Option<ParsedFile<OperationSpec>> {
        read(self.file, self.stem, "OperationSpec", problems)
    }
}

/// A service's folder.
#[derive(Debug)]
pub struct ParsedService<'f> {
    /// The folder's name.
    pub name: String,
    /// `service.yaml`.
    pub file: ParsedFile<ServiceSpec>,
    /// One per operation, in the order of their names.
    pub operations: Vec<Pending<'f>>,
    /// Whether `service.yaml` could be read.
    pub complete: bool,
}

/// The files of a folder while they are read.
#[derive(Default)]
struct Folder<'f> {
    service: Option<ParsedFile<ServiceSpec>>,
    operations: Vec<Pending<'f>>,
    /// The path of the first file, and whether `service.yaml` is among them.
    first: Option<String>,
    has_service: bool,
    /// Whether `service.yaml` could not be read.
    broken: bool,
}

/// Sorts all files by folder and reads what goes for whole services. Files that cannot be read are left out, with their
/// problems noted.
pub fn parse<'f>(files: &'f [SpecFile], problems: &mut Problems) -> Vec<ParsedService<'f>> {
    let mut sorted: Vec<(&str, &str, &SpecFile)> = Vec::new();
    for file in files {
        match split(&file.path) {
            Some((folder, stem)) => sorted.push((folder, stem, file)),
            None => {
                let message = "a spec file stands in its service's folder and ends in `.yaml`";
                problems.add(&file.path, 0..0, message);
            }
        }
    }
    sorted.sort_by_key(|(folder, stem, file)| (*folder, *stem, &file.path));
    let mut folders: BTreeMap<&str, Folder<'_>> = BTreeMap::new();
    for (name, stem, file) in sorted {
        let folder = folders.entry(name).or_default();
        folder.first.get_or_insert_with(|| file.path.clone());
        if stem == "service" {
            if folder.has_service {
                problems.add(&file.path, 0..0, format!("there are two folders `{name}`"));
            }
            folder.has_service = true;
            folder.service = read(file, stem, "ServiceSpec", problems);
            folder.broken |= folder.service.is_none();
        } else {
            folder.operations.push(Pending { file, stem });
        }
    }
    let mut services = Vec::new();
    for (name, folder) in folders {
        let first = folder.first.unwrap_or_default();
        if !folder.has_service {
            let message = format!("the folder `{name}` has no `service.yaml`");
            problems.add(&first, 0..0, message).help("it says what all operations of the service share");
        }
        // Without it, what operations say about themselves is checked all the same.
        let file = folder.service.or_else(|| nothing(&first, "service", "ServiceSpec", problems));
        services.extend(file.map(|file| ParsedService {
            name: name.to_owned(),
            file,
            operations: folder.operations,
            complete: !folder.broken,
        }));
    }
    services
}

/// The folder and the stem of `…/folder/stem.yaml`.
fn split(path: &str) -> Option<(&str, &str)> {
    let (folders, file) = path.rsplit_once('/')?;
    let folder = folders.rsplit('/').next().filter(|folder| !folder.is_empty())?;
    Some((folder, file.strip_suffix(".yaml")?))
}

/// The language's own schema.
static SCHEMA: LazyLock<Value> = LazyLock::new(spec::schema);

/// A file that says as little as possible, beside the file at `path`, in place of one that cannot be read.
fn nothing<T: DeserializeOwned>(
    path: &str,
    stem: &str,
    definition: &str,
    problems: &mut Problems,
) -> Option<ParsedFile<T>> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = format!("{folder}/{stem}.yaml");
    let tree = shape::nothing(&SCHEMA, definition);
    problems.mends.note(&path, vec![Mend { path: Vec::new(), keys: Vec::new() }]);
    let spec = serde_yaml::from_str(&tree.flow()).ok()?;
    Some(ParsedFile { path, text: String::new(), stem: stem.to_owned(), tree, spec })
}

fn read<T: DeserializeOwned>(
    file: &SpecFile,
    stem: &str,
    definition: &str,
    problems: &mut Problems,
) -> Option<ParsedFile<T>> {
    if problems.concern(&file.path) {
        return None;
    }
    let before = problems.len();
    let mut tree = tree::parse(&file.path, &file.text, problems)?;
    shape::check(file, &mut tree, &SCHEMA, definition, problems);
    // What is wrong was mended in the tree.
    let text = if problems.len() > before {
        Cow::Owned(tree.flow())
    } else {
        Cow::Borrowed(file.text.trim_start_matches('\u{FEFF}'))
    };
    match serde_yaml::from_str(&text) {
        Ok(spec) => Some(ParsedFile {
            path: file.path.clone(),
            text: file.text.clone(),
            stem: stem.to_owned(),
            tree,
            spec,
        }),
        Err(error) => {
            // The shape check knows the same rules; what reaches this point is YAML that the two readers take apart
            // differently. Marks count characters.
            let at = error.location().map_or(0, |location| location.index());
            let at = file.text.char_indices().nth(at).map_or(file.text.len(), |(byte, _)| byte);
            problems.add(&file.path, at..at + 1, error.to_string());
            None
        }
    }
}
