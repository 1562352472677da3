//! From text to spec structs: YAML with positions, the shape check, then serde.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::diagnostics::Problems;
use crate::spec::{OperationSpec, ServiceSpec};
use crate::tree::Node;
use crate::{SpecFile, shape, spec, tree};

/// A file with its tree and what was read from it.
#[derive(Debug)]
pub struct ParsedFile<T> {
    /// The path, as the caller named it.
    pub path: String,
    /// The file's name without its ending.
    pub stem: String,
    /// The tree, for positions.
    pub tree: Node,
    /// What was read.
    pub spec: T,
}

/// A service's folder.
#[derive(Debug)]
pub struct ParsedService {
    /// The folder's name.
    pub name: String,
    /// `service.yaml`.
    pub file: ParsedFile<ServiceSpec>,
    /// One per operation, in the order of their names.
    pub operations: Vec<ParsedFile<OperationSpec>>,
}

/// Reads all files. Files that cannot be read are left out, with their problems noted.
pub fn parse(files: &[SpecFile], problems: &mut Problems) -> Vec<ParsedService> {
    let schema = spec::schema();
    let mut files: Vec<&SpecFile> = files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut services: Vec<ParsedService> = Vec::new();
    let mut operations: Vec<(String, ParsedFile<OperationSpec>)> = Vec::new();
    let mut unreadable: Vec<String> = Vec::new();
    for file in files {
        let Some((folder, stem)) = split(&file.path) else {
            let message = "a spec file stands in its service's folder and ends in `.yaml`";
            problems.add(&file.path, 0..0, message);
            continue;
        };
        if stem == "service" {
            match read::<ServiceSpec>(file, stem, &schema, "ServiceSpec", problems) {
                Some(file) => {
                    services.push(ParsedService { name: folder.to_owned(), file, operations: Vec::new() })
                }
                None => unreadable.push(folder.to_owned()),
            }
        } else if let Some(read) = read::<OperationSpec>(file, stem, &schema, "OperationSpec", problems) {
            operations.push((folder.to_owned(), read));
        }
    }
    for (folder, operation) in operations {
        match services.iter_mut().find(|service| service.name == folder) {
            Some(service) => service.operations.push(operation),
            None if unreadable.contains(&folder) => {}
            None => {
                let message = format!("the folder `{folder}` has no `service.yaml`");
                problems.add(&operation.path, 0..0, message);
            }
        }
    }
    services
}

/// The folder and the stem of `…/folder/stem.yaml`.
fn split(path: &str) -> Option<(&str, &str)> {
    let (folders, file) = path.rsplit_once('/')?;
    let folder = folders.rsplit('/').next().filter(|folder| !folder.is_empty())?;
    Some((folder, file.strip_suffix(".yaml")?))
}

fn read<T: DeserializeOwned>(
    file: &SpecFile,
    stem: &str,
    schema: &Value,
    definition: &str,
    problems: &mut Problems,
) -> Option<ParsedFile<T>> {
    let before = problems.sorted().len();
    let tree = tree::parse(&file.path, &file.text, problems)?;
    shape::check(&file.path, &tree, schema, definition, problems);
    if problems.sorted().len() > before {
        return None;
    }
    match serde_yaml::from_str(&file.text) {
        Ok(spec) => Some(ParsedFile { path: file.path.clone(), stem: stem.to_owned(), tree, spec }),
        Err(error) => {
            // The shape check knows the same rules; what reaches this point is a scalar that serde reads otherwise.
            let at = error.location().map_or(0, |location| location.index());
            problems.add(&file.path, at..at, error.to_string());
            None
        }
    }
}
