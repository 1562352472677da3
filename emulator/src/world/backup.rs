//! Backups and their files, as they are declared.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use rdbfetch::{BackupKind, State};
use serde::{Deserialize, Serialize};

use super::moment::{DurationText, Moment};

/// A backup: taken when the emulator starts, at once and well, unless something else is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a backup: a mapping with `id` and `files`")]
#[must_use]
pub struct Backup {
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default = "start")]
    pub(crate) created: Moment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) takes: Option<DurationText>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) state: Outcome,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<Moment>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) files: Vec<File>,
}

fn start() -> Moment {
    Moment::Relative(0)
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What becomes of a backup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    #[default]
    Finished,
    Failed,
    /// It is never over.
    Running,
}

impl From<State> for Outcome {
    fn from(state: State) -> Self {
        match state {
            State::Failed => Self::Failed,
            State::Running => Self::Running,
            _ => Self::Finished,
        }
    }
}

impl Outcome {
    pub(crate) fn state(self) -> State {
        match self {
            Self::Finished => State::Finished,
            Self::Failed => State::Failed,
            Self::Running => State::Running,
        }
    }
}

/// Who asked for a backup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    #[default]
    Manual,
    Automatic,
    Unknown,
}

impl From<BackupKind> for Kind {
    fn from(kind: BackupKind) -> Self {
        match kind {
            BackupKind::Manual => Self::Manual,
            BackupKind::Automatic => Self::Automatic,
            _ => Self::Unknown,
        }
    }
}

impl From<Kind> for BackupKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Manual => Self::Manual,
            Kind::Automatic => Self::Automatic,
            Kind::Unknown => Self::Unknown,
        }
    }
}

impl Backup {
    /// A finished backup without files, taken by hand when the emulator starts.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: None,
            created: start(),
            takes: None,
            state: Outcome::Finished,
            kind: Kind::Manual,
            expires: None,
            files: Vec::new(),
        }
    }

    /// With a name or a remark, as services let users give one.
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Begun at a moment.
    pub fn created(mut self, at: impl Into<Moment>) -> Self {
        self.created = at.into();
        self
    }

    /// Running for so long from its beginning on.
    pub fn takes(mut self, duration: Duration) -> Self {
        self.takes = Some(DurationText(duration));
        self
    }

    /// Failed, when its time to run is over.
    pub fn fails(mut self) -> Self {
        self.state = Outcome::Failed;
        self
    }

    /// Running for ever.
    pub fn never_ends(mut self) -> Self {
        self.state = Outcome::Running;
        self
    }

    /// Made by the service's schedule instead of by hand.
    pub fn automatic(mut self) -> Self {
        self.kind = Kind::Automatic;
        self
    }

    /// Kept until a moment: from then on its files are gone, and it is listed as expired where the service has a word for
    /// that, and not at all elsewhere.
    pub fn expires(mut self, at: impl Into<Moment>) -> Self {
        self.expires = Some(at.into());
        self
    }

    /// With one more file.
    pub fn file(mut self, name: &str, source: impl Into<Source>) -> Self {
        self.files.push(File { name: Some(name.to_owned()), source: source.into() });
        self
    }
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "FileText", into = "FileText")]
pub struct File {
    /// Its name; otherwise that of the file on disk, or the backup's id and the file's number.
    pub(crate) name: Option<String>,
    pub(crate) source: Source,
}

/// Where the contents of a file come from.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Source {
    /// These bytes.
    Bytes(Bytes),
    /// A file on disk, read when the emulator starts.
    Path(PathBuf),
    /// Made from the emulator's seed.
    Recipe(Recipe),
    /// A built-in one: 0, 1 or 2.
    Sample(usize),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Self::Recipe(recipe) => recipe.fmt(f),
            Self::Sample(number) => f.debug_tuple("Sample").field(number).finish(),
        }
    }
}

impl From<&'static str> for Source {
    fn from(text: &'static str) -> Self {
        Self::Bytes(Bytes::from_static(text.as_bytes()))
    }
}

impl From<Vec<u8>> for Source {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<Bytes> for Source {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

impl From<&Path> for Source {
    fn from(path: &Path) -> Self {
        Self::Path(path.to_owned())
    }
}

impl From<Recipe> for Source {
    fn from(recipe: Recipe) -> Self {
        Self::Recipe(recipe)
    }
}

/// How a real RDB file is made from the emulator's seed: string keys with random values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Recipe {
    pub(crate) keys: u64,
    pub(crate) value_size: u64,
    pub(crate) expiring: u64,
    pub(crate) version: u32,
    pub(crate) checksum: bool,
}

impl Recipe {
    /// So many keys with values of 64 bytes, none of which expires; version 10, with its checksum.
    pub fn keys(count: u64) -> Self {
        Self { keys: count, value_size: 64, expiring: 0, version: 10, checksum: true }
    }

    /// With values of so many bytes.
    pub fn value_size(mut self, bytes: u64) -> Self {
        self.value_size = bytes;
        self
    }

    /// With so many of the keys expiring, in the year 2099.
    pub fn expiring(mut self, keys: u64) -> Self {
        self.expiring = keys;
        self
    }

    /// In a version of the format, from 6 to 12.
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// With the checksum switched off.
    pub fn without_checksum(mut self) -> Self {
        self.checksum = false;
        self
    }

    /// How many bytes that makes, about.
    pub(crate) fn size(&self) -> u64 {
        self.keys.saturating_mul(self.value_size.saturating_add(32))
    }
}

/// A file as text has it.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a file: a mapping with one of `path`, `keys`, `sample` and `base64`"
)]
struct FileText {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keys: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value_size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expiring: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checksum: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sample: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

impl TryFrom<FileText> for File {
    type Error = String;

    fn try_from(text: FileText) -> Result<Self, String> {
        let settings = [
            text.value_size.is_some(),
            text.expiring.is_some(),
            text.version.is_some(),
            text.checksum.is_some(),
        ];
        let source = match (text.path, text.keys, text.sample, text.base64) {
            (Some(path), None, None, None) => Source::Path(path),
            (None, Some(keys), None, None) => {
                let usual = Recipe::keys(keys);
                Source::Recipe(Recipe {
                    keys,
                    value_size: text.value_size.unwrap_or(usual.value_size),
                    expiring: text.expiring.unwrap_or(usual.expiring),
                    version: text.version.unwrap_or(usual.version),
                    checksum: text.checksum.unwrap_or(usual.checksum),
                })
            }
            (None, None, Some(number), None) => Source::Sample(number),
            (None, None, None, Some(base64)) => {
                let bytes = STANDARD.decode(base64.trim()).map_err(|problem| format!("base64: {problem}"))?;
                Source::Bytes(bytes.into())
            }
            _ => return Err("a file has exactly one of `path`, `keys`, `sample` and `base64`".to_owned()),
        };
        if !matches!(source, Source::Recipe(_)) && settings.contains(&true) {
            return Err("`value_size`, `expiring`, `version` and `checksum` go with `keys` only".to_owned());
        }
        Ok(Self { name: text.name, source })
    }
}

impl From<File> for FileText {
    fn from(file: File) -> Self {
        let mut text = Self { name: file.name, ..Self::default() };
        match file.source {
            Source::Bytes(bytes) => text.base64 = Some(STANDARD.encode(&bytes)),
            Source::Path(path) => text.path = Some(path),
            Source::Sample(number) => text.sample = Some(number),
            Source::Recipe(recipe) => {
                text.keys = Some(recipe.keys);
                text.value_size = Some(recipe.value_size);
                text.expiring = Some(recipe.expiring);
                text.version = Some(recipe.version);
                text.checksum = Some(recipe.checksum);
            }
        }
        text
    }
}
