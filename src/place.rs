//! Where values stand in requests and answers, and how answers map onto the uniform model: static data.

use crate::service::{TimeFormat, Want};

/// Where a value stands in a request or an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// What the steps start from.
    pub root: Root,
    /// The way from there.
    pub steps: &'static [Step],
}

/// What a [`Place`] starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// The JSON body's root.
    Body,
    /// The HTTP status.
    Status,
    /// The header with this name, in any case.
    Header(&'static str),
    /// A parameter of this call.
    Request(&'static str),
    /// The map key under which the row stands.
    Key,
    /// The query of the row's link; the steps are parameter names, each but the first inside the one before.
    Url,
}

/// A step of a [`Place`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Into the member with this name.
    Key(&'static str),
    /// Into every element of an array. A value that is no array counts as its one element, as in XML that was made
    /// JSON; null and empty text count as none.
    Each,
    /// Into every value of a map whose keys are rows' names.
    EachKey,
}

/// How a value is written in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonKind {
    /// As text.
    String,
    /// As a whole number.
    Integer,
    /// As a number.
    Number,
    /// As true or false.
    Bool,
}

/// How an answer reads as rows of the uniform model, and how such rows are written into an answer.
#[derive(Debug)]
pub struct Projection {
    /// For which instances this is: fields of an instance and what is wanted of them.
    pub only: &'static [(Field, &'static [Want])],
    /// Parameters that the uniform command sends besides.
    pub with: &'static [(&'static str, With)],
    /// Parameters that choose among the rows.
    pub filters: &'static [Chooser],
    /// Parameters that say in which order the rows come.
    pub sort: Option<Sorting>,
    /// Where each field stands; candidates in order.
    pub fields: &'static [(Field, &'static [Source])],
    /// When a link expires; the first that works.
    pub expires: &'static [Expiry],
}

impl Projection {
    /// One that says nothing.
    pub const NONE: Self = Self { only: &[], with: &[], filters: &[], sort: None, fields: &[], expires: &[] };

    /// The candidates of a field.
    #[must_use]
    pub fn field(&self, field: Field) -> &'static [Source] {
        self.fields.iter().find(|(name, _)| *name == field).map_or(&[], |(_, sources)| sources)
    }
}

/// What a parameter is sent with that the caller does not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum With {
    /// JSON.
    Json(&'static str),
    /// The moment this many seconds from now.
    Now(i64),
    /// What is known of the instance.
    Instance(Field),
}

/// Parameters that say in which order rows come.
#[derive(Debug)]
pub struct Sorting {
    /// The parameter that says by which field; where that is a list, the member of its first element.
    pub by: (&'static str, Option<&'static str>),
    /// The parameter, or member, that says in which direction.
    pub order: Option<(&'static str, Option<&'static str>)>,
    /// What it says for falling order; rows come in rising order otherwise.
    pub falling: &'static str,
    /// Fields, and the vendor's words for them.
    pub fields: &'static [(Field, &'static str)],
}

/// A parameter that chooses among rows.
#[derive(Debug)]
#[non_exhaustive]
pub struct Chooser {
    /// By what it chooses.
    pub by: Filter,
    /// The parameter's name.
    pub parameter: &'static str,
    /// Which one it is, where the parameter is a list of conditions.
    pub condition: Option<Condition>,
    /// Words: ours, and the vendor's for it; empty where they are those of the rows.
    pub words: &'static [(&'static str, &'static [&'static str])],
}

impl Chooser {
    /// A parameter that holds what is wanted.
    #[must_use]
    pub const fn new(by: Filter, parameter: &'static str) -> Self {
        Self { by, parameter, condition: None, words: &[] }
    }

    /// The same, as one of a list of conditions.
    #[must_use]
    pub const fn condition(
        mut self,
        member: &'static str,
        about: &'static str,
        values: &'static str,
    ) -> Self {
        self.condition = Some(Condition { member, about, values });
        self
    }

    /// The same, with words of its own.
    #[must_use]
    pub const fn words(mut self, words: &'static [(&'static str, &'static [&'static str])]) -> Self {
        self.words = words;
        self
    }
}

/// One of the conditions that a list of them can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition {
    /// The member that says what a condition is about.
    pub member: &'static str,
    /// What it says.
    pub about: &'static str,
    /// The member that holds what is wanted.
    pub values: &'static str,
}

/// By what a parameter chooses among rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Filter {
    /// Only those in one of these states.
    State,
    /// Only those of one of these kinds.
    Kind,
    /// Only those from this moment on.
    Since,
    /// Only those up to this moment.
    Until,
    /// Only these instances, or those of them.
    Instance,
    /// Only these backups.
    Backup,
    /// Only those in one of these zones.
    Zone,
    /// Only those in one of these projects.
    Project,
    /// Only those with one of these names.
    Name,
    /// Only those with one of these texts in name or id.
    Search,
}

/// A field of the uniform model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// The region.
    Region,
    /// The project.
    Project,
    /// The zone of an instance.
    Zone,
    /// The instance's id.
    Instance,
    /// The backup's id.
    Backup,
    /// The name of a file, a backup, an instance, a region or a project.
    Name,
    /// Bytes.
    Size,
    /// The link from anywhere.
    PublicUrl,
    /// The link from inside the cloud.
    InternalUrl,
    /// When the backup was taken, or the instance made.
    CreatedAt,
    /// The state.
    State,
    /// What kind it is.
    Kind,
    /// The task that makes a backup.
    Task,
    /// The id of a shard.
    Shard,
    /// Whether a project is the one that is taken where none is named.
    Default,
    /// The vendor's own word for the state.
    VendorState,
    /// The vendor's own word for the kind.
    VendorKind,
}

/// One candidate of a field.
#[derive(Debug)]
pub struct Source {
    /// Where it stands.
    pub place: Place,
    /// How it is written.
    pub kind: JsonKind,
    /// How it is read.
    pub convert: Convert,
}

impl Source {
    /// A candidate.
    #[must_use]
    pub const fn new(place: Place, kind: JsonKind, convert: Convert) -> Self {
        Self { place, kind, convert }
    }

    /// Text that is read as it stands.
    #[must_use]
    pub const fn text(place: Place) -> Self {
        Self::new(place, JsonKind::String, Convert::Plain)
    }
}

/// How a wire value becomes a value of the uniform model, and back.
#[derive(Debug)]
pub enum Convert {
    /// As it stands.
    Plain,
    /// A number in units of this many bytes.
    Bytes(u64),
    /// A moment.
    Time(TimeFormat),
    /// A duration from now in units of this many milliseconds.
    Duration(u64),
    /// Words: ours, and the vendor's for it, the first of which is written.
    Words(&'static [(&'static str, &'static [&'static str])]),
}

/// When a link expires.
#[derive(Debug)]
pub enum Expiry {
    /// This many seconds after the answer.
    After(u64),
    /// As this field says: a moment, or a duration from now.
    Field(Source),
    /// As parameters of the link say.
    Url(&'static [(&'static [&'static str], &'static [UrlPiece])]),
}

/// A part of the text in which a link shows its lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlPiece {
    /// Literal text.
    Text(&'static str),
    /// The moment it expires.
    At(TimeFormat),
    /// The moment it was issued.
    From(TimeFormat),
    /// How many seconds it lives.
    Seconds,
    /// Anything.
    Ignore,
}
