//! The document that `rdbfetch pull` prints about one backup.

use rdbfetch::download::{self, PullErrorKind};
use schemars::JsonSchema;
use serde::Serialize;

use crate::destination::Destination;
use crate::exit::Failure;
use crate::manifest::{Manifest, Rdb};
use crate::output::{Output, or_dash, table};
use crate::text::size;

/// What was downloaded.
#[derive(JsonSchema, Serialize)]
pub struct Pulled {
    /// The service.
    pub service: String,
    /// The instance.
    pub instance: String,
    /// The backup.
    pub backup: String,
    /// The files that are there.
    files: Vec<File>,
    /// The files that are not; only there where some are not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Missing>,
}

/// A downloaded file.
#[derive(JsonSchema, Serialize)]
struct File {
    /// The name that the service gives it.
    name: Option<String>,
    /// Where it is, from the current folder.
    path: String,
    /// Its size in bytes.
    size: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    sha256: String,
    /// What its own format says.
    rdb: Rdb,
    /// What its check concluded, for the table.
    #[serde(skip)]
    verdict: String,
}

/// A file that did not arrive.
#[derive(JsonSchema, Serialize)]
struct Missing {
    /// Its place among the links, from 0.
    index: usize,
    /// The name that the service gives it.
    name: Option<String>,
    /// What kind of problem it is.
    #[schemars(with = "String")]
    kind: PullErrorKind,
    /// The HTTP status that the storage answered with.
    http_status: Option<u16>,
    /// What happened.
    problem: String,
}

impl Pulled {
    /// What stands in a destination.
    #[must_use]
    pub fn of(manifest: &Manifest, destination: &Destination) -> Self {
        let files = manifest.files.iter().map(|file| File {
            name: file.name.clone(),
            path: destination.shown(&file.path),
            size: file.size,
            sha256: file.sha256.clone(),
            rdb: file.rdb.clone(),
            verdict: file.verdict.clone(),
        });
        Self {
            service: manifest.service.clone(),
            instance: manifest.instance.clone(),
            backup: manifest.backup.clone(),
            files: files.collect(),
            failed: Vec::new(),
        }
    }

    /// What there is although not everything is.
    #[must_use]
    pub fn left(manifest: &download::Manifest) -> Self {
        let files = manifest.files.iter().map(|file| File {
            name: file.name.clone(),
            path: file.path.clone(),
            size: file.size,
            sha256: file.sha256.clone(),
            rdb: Rdb { version: file.rdb.version, checksum: file.rdb.checksum.as_str().to_owned() },
            verdict: file.verdict.to_string(),
        });
        let failed = manifest.failed.iter().map(|file| Missing {
            index: file.index,
            name: file.name.clone(),
            kind: file.kind,
            http_status: file.http_status,
            problem: file.problem.clone(),
        });
        Self {
            service: manifest.service.clone(),
            instance: manifest.instance.clone(),
            backup: manifest.backup.clone(),
            files: files.collect(),
            failed: failed.collect(),
        }
    }

    /// How many files are there.
    #[must_use]
    pub fn files(&self) -> u64 {
        self.files.len() as u64
    }

    /// The bytes of all files that are there.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// Writes it: to stdout, unless that is what the backup went to.
    ///
    /// # Errors
    ///
    /// As every output.
    pub fn tell(&self, destination: &Destination, output: Output) -> Result<(), Failure> {
        if matches!(destination, Destination::Pipe) {
            output.aside(self, || self.in_words())
        } else {
            self.print(output)
        }
    }

    fn in_words(&self) -> String {
        let file = |file: &File| format!("{}, SHA-256 {}, {}", size(file.size), file.sha256, file.verdict);
        self.files.iter().map(file).collect::<Vec<_>>().join("; ")
    }

    /// Writes it to stdout.
    ///
    /// # Errors
    ///
    /// As every output.
    pub fn print(&self, output: Output) -> Result<(), Failure> {
        output.object(self, || {
            let row = |file: &File| {
                let version = or_dash(file.rdb.version);
                vec![file.path.clone(), size(file.size), version, file.verdict.clone()]
            };
            table(&["path", "size", "rdb", "verdict"], self.files.iter().map(row))
        })
    }
}
