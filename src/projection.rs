//! How answers read as rows of the uniform model, and how such rows are written into answers.
//!
//! A [`Projection`] is data: it names the places of each field. [`read`] follows it in a client, and `write` follows
//! it backwards in the emulator (feature `metadata`). Neither knows a particular cloud, and nothing in an answer,
//! whatever its shape, makes them fail: what cannot be used counts as absent.

mod expiry;
mod read;
#[cfg(test)]
mod tests;
#[cfg(feature = "metadata")]
mod write;

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use crate::model::{
    Backup, BackupFile, BackupKind, Instance, InstanceKind, InstanceState, Project, Region, Shard, State,
};
use crate::node::{Json, Shape};
use crate::place::{Convert, Field, JsonKind, Place, Projection, Root, Step, With};
use crate::sensitive::Link;
use crate::service::{Kind, Operation, TimeFormat};
use crate::time::Timestamp;
use crate::value::moment;

pub(crate) use read::at;

#[cfg(feature = "metadata")]
pub use expiry::link_parameters;
#[cfg(feature = "metadata")]
pub use write::{asked, headers, put, write};

/// RFC 3339: how a [`Row`] holds moments.
const RFC3339: TimeFormat = TimeFormat { format: "", offset: 0 };

/// What a word reads as that the spec does not list.
const UNKNOWN: &str = "unknown";

/// An answer, and what is known beside it.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The headers; names in any case.
    pub headers: &'a [(String, String)],
    /// The whole body.
    pub body: &'a Value,
    /// The value of a parameter of the call, as text.
    pub request: &'a dyn Fn(&str) -> Option<String>,
    /// When the answer came.
    pub now: Timestamp,
}

impl<'a> Context<'a> {
    /// What stands at a place of the body; `None` for other roots. Null counts as absent, and a step through a list
    /// or a map goes into its first value. For the envelope: errors, paging.
    #[must_use]
    pub fn value(&self, place: &Place) -> Option<&'a Value> {
        (place.root == Root::Body).then(|| read::at(self.body, place.steps, &[])).flatten()
    }

    /// What stands at a place as text: numbers and booleans too, empty text too. Null, objects, lists and places
    /// where nothing stands give `None`.
    #[must_use]
    pub fn text(&self, place: &Place) -> Option<Cow<'a, str>> {
        match place.root {
            Root::Body => scalar(self.value(place)?),
            Root::Request(name) => (self.request)(name).map(Cow::Owned),
            root => beside(root, self.status, self.headers),
        }
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Context({}, [redacted])", self.status)
    }
}

/// A row of the uniform model: text by field. Sizes are bytes, moments RFC 3339, words ours.
///
/// Two rows are equal when they hold the same, in whatever order. `Debug` shows no links.
#[derive(Clone, Default)]
pub struct Row {
    fields: Vec<(Field, String)>,
    /// The vendor's own words for fields that were translated.
    vendors: Vec<(Field, String)>,
    /// When its links expire.
    pub expires: Option<Timestamp>,
}

impl Row {
    /// An empty row.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The row with this field set.
    #[must_use]
    pub fn with(mut self, field: Field, value: impl Into<String>) -> Self {
        self.set(field, value);
        self
    }

    /// Sets a field.
    pub fn set(&mut self, field: Field, value: impl Into<String>) {
        let value = value.into();
        match self.fields.iter_mut().find(|(name, _)| *name == field) {
            Some((_, old)) => *old = value,
            None => self.fields.push((field, value)),
        }
    }

    /// A field as text.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<&str> {
        self.fields.iter().find(|(name, _)| *name == field).map(|(_, value)| value.as_str())
    }

    /// The vendor's own word for a state or a kind, as the answer has it.
    #[must_use]
    pub fn vendors_word(&self, field: Field) -> Option<&str> {
        self.vendors.iter().find(|(name, _)| *name == field).map(|(_, word)| word.as_str())
    }

    /// The size in bytes.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.text(Field::Size)?.parse().ok()
    }

    /// A field that is a moment.
    #[must_use]
    pub fn time(&self, field: Field) -> Option<Timestamp> {
        Timestamp::parse(self.text(field)?, RFC3339)
    }

    /// A field that is a link.
    #[must_use]
    pub fn link(&self, field: Field) -> Option<Link> {
        Link::new(self.text(field)?)
    }

    /// The state of a backup.
    #[must_use]
    pub fn state(&self) -> State {
        match self.text(Field::State) {
            Some("running") => State::Running,
            Some("finished") => State::Finished,
            Some("failed") => State::Failed,
            Some("expired") => State::Expired,
            _ => State::Unknown,
        }
    }

    /// Who asked for a backup.
    #[must_use]
    pub fn kind(&self) -> BackupKind {
        match self.text(Field::Kind) {
            Some("manual") => BackupKind::Manual,
            Some("automatic") => BackupKind::Automatic,
            _ => BackupKind::Unknown,
        }
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.expires == other.expires
            && self.fields.len() == other.fields.len()
            && self.fields.iter().all(|(field, text)| other.text(*field) == Some(text))
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (field, text) in &self.fields {
            match field {
                Field::PublicUrl | Field::InternalUrl => map.entry(field, &Link::new(text)),
                _ => map.entry(field, text),
            };
        }
        if let Some(expires) = self.expires {
            map.entry(&"expires", &expires.to_string());
        }
        map.finish()
    }
}

/// Parameters of the uniform command: those into which the projections' places in the request put `fields`, and
/// those that the projections send besides, `now` and of this instance. What is not known of it is left out.
#[must_use]
pub fn parameters(
    operation: &Operation,
    projections: &[Projection],
    fields: &[(Field, &str)],
    instance: Option<&Instance>,
    now: Timestamp,
) -> Vec<(&'static str, Value)> {
    let mut list: Vec<(&'static str, Value)> = Vec::new();
    let mut add = |name: &'static str, value: Value| {
        if list.iter().all(|(other, _)| *other != name) {
            list.push((name, value));
        }
    };
    for projection in projections {
        for (field, sources) in projection.fields {
            let Some((_, text)) = fields.iter().find(|(name, _)| name == field) else { continue };
            for source in *sources {
                if let Root::Request(name) = source.place.root {
                    let value = typed(source.kind, text);
                    add(name, if source.place.steps.is_empty() { value } else { Value::from(vec![value]) });
                }
            }
        }
        for (name, with) in projection.with {
            add(
                name,
                match with {
                    With::Instance(field) => match instance.and_then(|instance| instance.text(*field)) {
                        Some(text) => Value::from(text),
                        None => continue,
                    },
                    With::Json(json) => serde_json::from_str(json).unwrap_or_else(|_| Value::from(*json)),
                    With::Now(seconds) => {
                        let kind = operation.parameter(name).map(|parameter| parameter.kind);
                        let format = if let Some(Kind::Timestamp(format)) = kind { format } else { RFC3339 };
                        moment(now.plus_seconds(*seconds), format)
                    }
                },
            );
        }
    }
    list
}

/// The rows that an answer holds, by the first alternative that gives any.
///
/// Where a projection binds links, a row without a usable one is no row; where it lists backups or instances, one
/// without an id is none. Rows of another instance or backup than the one that was asked for are skipped.
#[must_use]
pub fn read(projections: &[Projection], context: &Context<'_>) -> Vec<Row> {
    let mut alternatives = projections.iter().map(|projection| read::rows(projection, context));
    alternatives.find(|rows| !rows.is_empty()).unwrap_or_default()
}

/// Rows as files of a backup.
#[must_use]
pub fn links(rows: &[Row]) -> Vec<BackupFile> {
    let file = |row: &Row| BackupFile {
        name: row.text(Field::Name).map(str::to_owned),
        size: row.size().filter(|size| *size > 0),
        public_url: row.link(Field::PublicUrl),
        internal_url: row.link(Field::InternalUrl),
        expires_at: row.expires,
    };
    rows.iter().map(file).collect()
}

/// Rows as backups, of this instance where they name no other.
#[must_use]
pub fn backups(rows: &[Row], instance: &str) -> Vec<Backup> {
    let backup = |row: &Row| Backup {
        instance: row.text(Field::Instance).unwrap_or(instance).to_owned(),
        backup: row.text(Field::Backup).unwrap_or_default().to_owned(),
        created_at: row.time(Field::CreatedAt),
        size: row.size(),
        state: row.state(),
        kind: row.kind(),
        name: row.text(Field::Name).map(str::to_owned),
        vendor_state: row.vendors_word(Field::State).map(str::to_owned),
    };
    rows.iter().map(backup).collect()
}

/// Rows as instances.
#[must_use]
pub fn instances(rows: &[Row]) -> Vec<Instance> {
    let text = |row: &Row, field| row.text(field).map(str::to_owned);
    let vendors = |row: &Row, field| row.vendors_word(field).map(str::to_owned);
    let instance = |row: &Row| Instance {
        region: text(row, Field::Region),
        project: text(row, Field::Project),
        zone: text(row, Field::Zone),
        instance: text(row, Field::Instance).unwrap_or_default(),
        name: text(row, Field::Name),
        state: InstanceState::from_word(row.text(Field::State).unwrap_or_default()),
        kind: InstanceKind::from_word(row.text(Field::Kind).unwrap_or_default()),
        created_at: row.time(Field::CreatedAt),
        vendor_state: vendors(row, Field::State),
        vendor_kind: vendors(row, Field::Kind),
    };
    rows.iter().map(instance).collect()
}

/// Rows as shards, of this instance where they name no other.
#[must_use]
pub fn shards(rows: &[Row], instance: &str) -> Vec<Shard> {
    let shard = |row: &Row| {
        Some(Shard {
            instance: row.text(Field::Instance).unwrap_or(instance).to_owned(),
            shard: row.text(Field::Shard)?.to_owned(),
            name: row.text(Field::Name).map(str::to_owned),
            state: InstanceState::from_word(row.text(Field::State).unwrap_or_default()),
            vendor_state: row.vendors_word(Field::State).map(str::to_owned),
        })
    };
    rows.iter().filter_map(shard).collect()
}

/// Rows as regions.
#[must_use]
pub fn regions(rows: &[Row]) -> Vec<Region> {
    let region = |row: &Row| {
        Some(Region {
            region: row.text(Field::Region)?.to_owned(),
            name: row.text(Field::Name).map(str::to_owned),
        })
    };
    rows.iter().filter_map(region).collect()
}

/// Rows as projects.
#[must_use]
pub fn projects(rows: &[Row]) -> Vec<Project> {
    let project = |row: &Row| {
        Some(Project {
            project: row.text(Field::Project)?.to_owned(),
            name: row.text(Field::Name).map(str::to_owned),
            default: row.text(Field::Default).and_then(|text| match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" => Some(true),
                "false" | "0" | "no" => Some(false),
                _ => None,
            }),
        })
    };
    rows.iter().filter_map(project).collect()
}

/// The unit in bytes in which answers give the size of a file: sizes in a coarser one than 1 are rounded.
#[must_use]
pub fn size_unit(projections: &[Projection]) -> u64 {
    let sources = projections.iter().flat_map(|projection| projection.field(Field::Size));
    let units = sources.map(|source| if let Convert::Bytes(unit) = source.convert { unit } else { 1 });
    units.max().unwrap_or(1)
}

/// Whether the rows of a projection are files with links.
fn has_links(projection: &Projection) -> bool {
    [Field::PublicUrl, Field::InternalUrl].iter().any(|field| !projection.field(*field).is_empty())
}

/// How many lists and maps a place steps through.
fn depth(place: &Place) -> usize {
    place.steps.iter().filter(|step| !matches!(step, Step::Key(_))).count()
}

/// What an answer says beside its body: the status, or a header by its name in any case.
pub(crate) fn beside(root: Root, status: u16, headers: &[(String, String)]) -> Option<Cow<'_, str>> {
    match root {
        Root::Status => Some(Cow::Owned(status.to_string())),
        Root::Header(name) => {
            let header = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            header.map(|(_, value)| Cow::Borrowed(value.as_str()))
        }
        Root::Body | Root::Request(_) | Root::Key | Root::Url => None,
    }
}

/// A JSON value that is no list or object, as text. A number that is whole is written as such.
pub(crate) fn scalar<J: Json>(value: &J) -> Option<Cow<'_, str>> {
    match value.shape() {
        Shape::Text(text) => Some(Cow::Borrowed(text)),
        Shape::Bool(flag) => Some(Cow::Borrowed(if flag { "true" } else { "false" })),
        Shape::Number(number) => Some(Cow::Owned(match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => {
                format!("{float:.0}")
            }
            _ => number.to_string(),
        })),
        Shape::Null | Shape::List | Shape::Object => None,
    }
}

/// Text as JSON of this kind; text that does not fit stays text.
pub(crate) fn typed(kind: JsonKind, text: &str) -> Value {
    let fitting = match kind {
        JsonKind::String => None,
        JsonKind::Integer => {
            text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from)).ok()
        }
        JsonKind::Number => text.parse().ok().map(Value::Number),
        JsonKind::Bool => text.parse::<bool>().map(Value::from).ok(),
    };
    fitting.unwrap_or_else(|| Value::from(text))
}
