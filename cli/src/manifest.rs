//! What stands beside the files of a backup and says what they are.

use std::fmt::Write as _;

use rdbfetch::BackupId;
use rdbfetch::download::{self, FileEntry, KnownFile};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the document.
const VERSION: u32 = 1;

/// A manifest that is longer is none of ours, in bytes.
pub const LONGEST: u64 = 64 << 20;

/// The manifest of a backup, as it stands beside the files. It does not depend on when they were fetched.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this document: 1.
    manifest: u32,
    /// The service.
    pub service: String,
    /// The region; null where the service has none.
    pub region: Option<String>,
    /// The project; null where none was said.
    pub project: Option<String>,
    /// The instance.
    pub instance: String,
    /// The backup.
    pub backup: String,
    /// When the backup was taken, as far as the list of backups was asked and says it.
    pub created_at: Option<String>,
    /// Whether all files are there. If not, the files are those that are, or were about to be.
    pub complete: bool,
    /// The files.
    pub files: Vec<File>,
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct File {
    /// The name that the service gives it.
    pub name: Option<String>,
    /// Its name in the folder of the manifest.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// What its own format says.
    pub rdb: Rdb,
    /// What its check concluded.
    #[schemars(extend("enum" = ["ok", "not-verifiable"]))]
    pub verdict: String,
    /// What the check found, for people.
    pub detail: String,
}

/// What the RDB format says about a file.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct Rdb {
    /// The version of the format; null where it is none.
    pub version: Option<u32>,
    /// How the checksum inside of the file compares.
    #[schemars(extend("enum" = ["ok", "absent", "bad"]))]
    pub checksum: String,
}

/// Which backup a manifest is about, and where and when it is.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The service.
    pub service: &'static str,
    /// The region; `None` where the service has none.
    pub region: Option<String>,
    /// The project, where one was said.
    pub project: Option<String>,
    /// Instance and backup.
    pub id: BackupId,
    /// When the backup was taken, where known.
    pub created_at: Option<String>,
}

/// The names of what stands beside the files of a backup: the manifest, and the sums for `sha256sum -c`.
#[must_use]
pub fn names(id: &BackupId) -> (String, String) {
    let stem = download::stem(id);
    (format!("{stem}{SUFFIX}"), format!("{stem}.sha256"))
}

/// What the name of every manifest ends with.
pub const SUFFIX: &str = ".manifest.json";

impl Manifest {
    /// A manifest of which no file is known yet.
    #[must_use]
    pub fn new(subject: &Subject) -> Self {
        Self {
            manifest: VERSION,
            service: subject.service.to_owned(),
            region: subject.region.clone(),
            project: subject.project.clone(),
            instance: subject.id.instance.clone(),
            backup: subject.id.backup.clone(),
            created_at: subject.created_at.clone(),
            complete: false,
            files: Vec::new(),
        }
    }

    /// Reads a manifest; `None` where it is none, or one whose files are not beside it.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let manifest: Self = serde_json::from_slice(bytes).ok()?;
        let beside = |file: &File| !file.path.is_empty() && file.path.bytes().enumerate().all(plain);
        (manifest.manifest == VERSION && manifest.files.iter().all(beside)).then_some(manifest)
    }

    /// Whether this is about the backup.
    #[must_use]
    pub fn is_of(&self, subject: &Subject) -> bool {
        self.is_of_instance(subject.service, &subject.id.instance) && self.backup == subject.id.backup
    }

    /// Whether this is about a backup of the instance.
    #[must_use]
    pub fn is_of_instance(&self, service: &str, instance: &str) -> bool {
        self.service == service && self.instance == instance
    }

    /// Instance and backup.
    #[must_use]
    pub fn id(&self) -> BackupId {
        BackupId::new(&self.instance, &self.backup)
    }

    /// Adds a file, beside what is said of another one of that name.
    pub fn add(&mut self, entry: &FileEntry) {
        let file = File::from(entry);
        if !self.files.contains(&file) {
            self.files.push(file);
        }
    }

    /// What a pull needs to know of the files.
    #[must_use]
    pub fn known(&self) -> Vec<KnownFile> {
        self.files.iter().map(|file| KnownFile::new(&file.path, file.size, &file.sha256)).collect()
    }

    /// The document.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        // Nothing in it can fail to be written.
        let mut text = serde_json::to_vec_pretty(self).unwrap_or_default();
        text.push(b'\n');
        text
    }

    /// What `sha256sum -c` reads in the folder of the files.
    #[must_use]
    pub fn sums(&self) -> Vec<u8> {
        let mut text = String::new();
        for file in &self.files {
            // A text takes whatever comes.
            let _ = writeln!(text, "{}  {}", file.sha256, file.path);
        }
        text.into_bytes()
    }
}

impl From<&FileEntry> for File {
    fn from(entry: &FileEntry) -> Self {
        let path = std::path::Path::new(&entry.path).file_name().unwrap_or_default();
        Self {
            name: entry.name.clone(),
            path: path.to_string_lossy().into_owned(),
            size: entry.size,
            sha256: entry.sha256.clone(),
            rdb: Rdb { version: entry.rdb.version, checksum: entry.rdb.checksum.as_str().to_owned() },
            verdict: entry.verdict.as_str().to_owned(),
            detail: entry.detail.clone(),
        }
    }
}

/// Whether a byte stands in names that we give.
fn plain((at, byte): (usize, u8)) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || (byte == b'.' && at > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(path: &str) -> Vec<u8> {
        let subject = Subject {
            service: "acme",
            region: None,
            project: None,
            id: BackupId::new("i", "b"),
            created_at: Some("2026-01-02T03:04:05Z".to_owned()),
        };
        let mut manifest = Manifest::new(&subject);
        let rdb = Rdb { version: Some(11), checksum: "ok".to_owned() };
        let (verdict, detail) = ("ok".to_owned(), "fine".to_owned());
        let sha256 = "ab".repeat(32);
        manifest.files.push(File {
            name: None,
            path: path.to_owned(),
            size: 7,
            sha256,
            rdb,
            verdict,
            detail,
        });
        manifest.text()
    }

    #[test]
    fn a_manifest_is_read_as_it_was_written() {
        let text = manifest("i-b-000.rdb");
        let read = Manifest::read(&text).unwrap();
        assert_eq!(read.text(), text);
        assert_eq!(read.sums(), format!("{}  i-b-000.rdb\n", "ab".repeat(32)).into_bytes());
        assert_eq!((read.files[0].size, names(&read.id()).0), (7, "i-b.manifest.json".to_owned()));
    }

    #[test]
    fn files_stand_beside_their_manifest() {
        for path in ["", "../x", "/etc/passwd", ".", "..", "a/b", "a\\b", "a\nb", ".hidden", "C:x"] {
            assert!(Manifest::read(&manifest(path)).is_none(), "{path:?}");
        }
        let cut = manifest("x.rdb");
        assert!(Manifest::read(&cut[..cut.len() / 2]).is_none());
        let other = String::from_utf8(cut).unwrap().replace("\"manifest\": 1", "\"manifest\": 2");
        assert!(Manifest::read(other.as_bytes()).is_none());
    }
}
