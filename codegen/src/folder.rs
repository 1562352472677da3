//! Spec files on disk: the one place that says which files of a folder are specs and which have no business there.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::diagnostics::Problems;
use crate::{Checked, Failure, Output, Signatures, SpecFile, emit};

/// The files of a folder, and what keeps some of them from being read.
#[derive(Debug)]
pub struct Folder {
    files: Vec<SpecFile>,
    problems: Problems,
}

impl Folder {
    /// Reads a folder of services, or the folder of one service. Paths are reported as they are reached from `path`.
    ///
    /// Files whose names begin with a dot, Markdown files and `schema.json` may stand beside specs. Everything else
    /// that is no spec is a problem, which [`check`](Self::check) and [`generate`](Self::generate) report.
    ///
    /// # Errors
    /// When there is no such folder, or it cannot be listed.
    pub fn read(path: &Path) -> io::Result<Self> {
        // `.` and `..` have no name that a service could have.
        let named = path.file_name().is_some();
        let path = if named { path.to_owned() } else { fs::canonicalize(path)? };
        let entries = list(&path)?;
        let mut folder = Self { files: Vec::new(), problems: Problems::default() };
        let folders = entries.iter().any(Entry::is_folder);
        if entries.iter().any(|entry| entry.name == "service.yaml" || !folders && almost_spec(&entry.name)) {
            folder.service(&path, &entries);
            return Ok(folder);
        }
        for entry in &entries {
            if !entry.is_folder() {
                folder.refuse(entry, "a spec file stands in its service's folder");
                continue;
            }
            match list(&entry.path) {
                Ok(inner) => folder.service(&entry.path, &inner),
                Err(error) => folder.unreadable(&entry.path, &error),
            }
        }
        if !folders && folder.problems.is_empty() {
            let help = "a service is a folder with a `service.yaml` and a file per operation";
            folder.problems.add(&shown(&path), 0..0, "there is no service in this folder").help(help);
        }
        Ok(folder)
    }

    /// The specs.
    #[must_use]
    pub fn files(&self) -> &[SpecFile] {
        &self.files
    }

    /// As [`check`](crate::check), with what could not be read besides.
    ///
    /// # Errors
    /// As [`check`](crate::check), and when anything in the folder cannot be read or is no spec.
    pub fn check(&self) -> Result<Checked, Failure> {
        crate::resolved(&self.files, self.problems.clone()).map(|services| Checked::new(&services))
    }

    /// As [`generate`](crate::generate), with what could not be read besides.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn generate(&self, features: &[String]) -> Result<Vec<Output>, Failure> {
        self.generate_for("crate", features)
    }

    /// As [`generate_for`](crate::generate_for), with what could not be read besides.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn generate_for(&self, runtime: &str, features: &[String]) -> Result<Vec<Output>, Failure> {
        let services = crate::resolved(&self.files, self.problems.clone())?;
        Ok(emit::emit(&services, &emit::Target { runtime, features }, crate::digest(&self.files)))
    }

    /// As [`read`](crate::read), with what could not be read besides.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    #[doc(hidden)]
    pub fn model(&self) -> Result<Vec<crate::model::Service>, Failure> {
        crate::resolved(&self.files, self.problems.clone())
    }

    /// As [`signatures`](crate::signatures), with what could not be read besides.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn signatures(&self) -> Result<Signatures, Failure> {
        crate::resolved(&self.files, self.problems.clone()).map(Signatures::new)
    }

    /// Reads the files of a service.
    fn service(&mut self, path: &Path, entries: &[Entry]) {
        let before = self.files.len();
        let problems = self.problems.len();
        for entry in entries {
            if entry.is_folder() {
                let problem =
                    self.problems.add(&shown(&entry.path), 0..0, "a folder inside a service's folder");
                problem.help("services stand side by side, each in a folder of its own");
            } else if is_spec(&entry.name) {
                self.file(&entry.path);
            } else {
                self.refuse(entry, "this is no spec: a service's folder holds `.yaml` files");
            }
        }
        if self.files.len() == before && self.problems.len() == problems {
            let message = "this folder holds no specs";
            let help = "a service has a `service.yaml` and a file per operation";
            self.problems.add(&shown(path), 0..0, message).help(help);
        }
    }

    fn file(&mut self, path: &Path) {
        let name = shown(path);
        let text = match fs::read(path) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => {
                    // What comes before shows the place; what comes after is not looked at.
                    let good = error.utf8_error().valid_up_to();
                    let byte = error.as_bytes()[good];
                    let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                    let message = format!("this file is not UTF-8: there is a byte 0x{byte:02x} here");
                    let help = "save it as UTF-8 in your editor";
                    self.problems.add(&name, good..good + '\u{FFFD}'.len_utf8(), message).help(help);
                    text
                }
            },
            Err(error) => {
                self.unreadable(path, &error);
                String::new()
            }
        };
        self.files.push(SpecFile { path: name, text });
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        self.problems.add(&shown(path), 0..0, format!("this cannot be read: {error}"));
    }

    /// Notes a file that is no spec.
    fn refuse(&mut self, entry: &Entry, message: &str) {
        let stem = entry.name.rsplit_once('.').map_or(entry.name.as_str(), |(stem, _)| stem);
        let help = if almost_spec(&entry.name) {
            let beside = if is_spec(&entry.name) { " in the folder of its service" } else { "" };
            format!("call it `{stem}.yaml`{beside}")
        } else {
            "besides specs there may be Markdown files, `schema.json`, and files whose names begin with a dot"
                .to_owned()
        };
        self.problems.add(&shown(&entry.path), 0..0, message).help(help);
    }
}

struct Entry {
    name: String,
    path: PathBuf,
    /// Nothing where a link leads nowhere: reading it says why.
    metadata: Option<Metadata>,
}

impl Entry {
    fn is_folder(&self) -> bool {
        self.metadata.as_ref().is_some_and(Metadata::is_dir)
    }
}

/// What stands in a folder and is looked at, by name.
fn list(path: &Path) -> io::Result<Vec<Entry>> {
    let mut out = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let documentation = name.ends_with(".md") || name == "schema.json";
        let metadata = fs::metadata(&path).ok();
        let file = metadata.as_ref().is_none_or(Metadata::is_file);
        if !(name.starts_with('.') || documentation && file) {
            out.push(Entry { name, path, metadata });
        }
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(out)
}

fn is_spec(name: &str) -> bool {
    name.ends_with(".yaml")
}

/// Whether a file is meant to be a spec.
fn almost_spec(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".yaml") || name.ends_with(".yml")
}

/// A path with `/` between its parts, on every system.
fn shown(path: &Path) -> String {
    let parts: Vec<String> =
        path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    parts.join("/").replacen("//", "/", 1)
}
