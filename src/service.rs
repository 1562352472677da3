//! What the generator says about a service, as plain static data.
//!
//! Generated code fills these tables in; the runtime reads them. Nothing here knows a particular cloud.

mod credentials;
mod errors;
mod want;

pub use credentials::{EnvCredentials, Layout, ProfileChoice, Refusal, Tool, ToolFile};
pub use errors::{Class, ErrorCode, ErrorShape, When};
pub use want::Want;
pub(crate) use want::{like, like_lower};

use crate::encode::Typed;
pub use crate::place::*;
pub use crate::shape::*;
use crate::sign::Auth;

/// A service: one folder of specs.
#[derive(Debug)]
pub struct Service {
    /// The folder's name, as used on the command line.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// The API's version, where the vendor has one.
    pub version: Option<&'static str>,
    /// Why the service should no longer be used, where its vendor retired it.
    pub deprecated: Option<&'static str>,
    /// What a client is configured with, apart from credentials.
    pub settings: &'static [Setting],
    /// Endpoints in order; the first whose conditions hold is used.
    pub endpoints: &'static [Endpoint],
    /// How answers tell success from failure.
    pub envelope: Envelope,
    /// Errors that every operation can answer with, after its own.
    pub errors: &'static [ErrorCode],
    /// Calls per second that the vendor allows, where known.
    pub rate_limit: Option<u32>,
    /// How far a client's clock may be off, in seconds; `None` where the signature has no clock.
    pub clock_window: Option<u32>,
    /// Environment variables in which the vendor's own tools look for credentials, first found wins.
    pub credentials: &'static [EnvCredentials],
    /// The vendor's own tools that keep credentials in files, looked through after all variables, first found wins.
    pub tools: &'static [Tool],
    /// The signature.
    pub auth: Auth,
    /// The operations in the order of their names.
    pub operations: &'static [&'static Operation],
}

impl Service {
    /// The operation with this wire name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&'static Operation> {
        self.operations.iter().find(|operation| operation.name == name).copied()
    }

    /// The setting with this name.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&'static Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }
}

/// Something that a client is configured with: a region, a project.
#[derive(Debug)]
pub struct Setting {
    /// Its name in specs and in `Builder::setting`.
    pub name: &'static str,
    /// Whether calls need it.
    pub required: bool,
    /// Its value when nobody sets it.
    pub default: Option<&'static str>,
    /// What it means.
    pub doc: &'static str,
}

/// A base URL and when it applies.
#[derive(Debug)]
pub struct Endpoint {
    /// Conditions on settings: name and what is wanted.
    pub when: &'static [(&'static str, &'static [Want])],
    /// The URL.
    pub url: Template,
}

/// Text with holes.
pub type Template = &'static [Piece];

/// A part of a [`Template`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// Literal text.
    Text(&'static str),
    /// The value of a setting, of a parameter, or of `operation` and `version`.
    Hole(&'static str),
}

/// Where in a request a value travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum In {
    /// The query of the URL.
    Query,
    /// A form body.
    Form,
    /// A JSON body.
    Json,
    /// A header.
    Header,
    /// The path.
    Path,
}

impl In {
    /// The word that specs and `rdbfetch ops` use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Form => "form",
            Self::Json => "json",
            Self::Header => "header",
            Self::Path => "path",
        }
    }
}

/// One call of a service.
#[derive(Debug)]
pub struct Operation {
    /// The wire name.
    pub name: &'static str,
    /// The version of the API that it belongs to, where the vendor has one.
    pub version: Option<&'static str>,
    /// Endpoints of its own, as those of the service; none where it shares the service's.
    pub endpoints: &'static [Endpoint],
    /// The HTTP method.
    pub method: &'static str,
    /// The path; its holes are parameters or settings.
    pub path: Template,
    /// Where parameters go unless they say otherwise.
    pub place: In,
    /// The `Content-Type` that is sent.
    pub content_type: Option<&'static str>,
    /// Values that every request of this operation carries.
    pub constants: &'static [Constant],
    /// How lists and objects travel where there are only names and texts.
    pub lists: Lists,
    /// Other forms in which the service takes the same call.
    pub also: &'static [Form],
    /// What a caller can set, in spec order, those that every operation has first.
    pub parameters: &'static [Parameter],
    /// Rules across parameters.
    pub rules: &'static [Rule],
    /// Keys under which the operation's own fields stand in the answer.
    pub within: &'static [&'static str],
    /// Whether numbers may come as text in the answer, and text as numbers.
    pub lenient: bool,
    /// The one field that the whole body of an answer is, where that is no object of fields.
    pub root: Option<Whole>,
    /// Fields of the answer that have a known value: what the emulator writes.
    pub values: &'static [(Place, JsonKind, Template)],
    /// All of these hold in a successful answer, in place of what the envelope says; nothing where that goes.
    pub success: &'static [(Place, &'static [Want])],
    /// Errors that this operation documents.
    pub errors: &'static [ErrorCode],
    /// Calls per second that the vendor allows, where known.
    pub rate_limit: Option<u32>,
    /// Whether the call can be repeated when its answer was lost.
    pub idempotent: bool,
    /// How a list continues.
    pub paging: Option<Paging>,
    /// How the answer reads as download links: alternatives, all of them written, the first usable one read.
    pub links: &'static [Projection],
    /// How the answer reads as backups.
    pub backups: &'static [Projection],
    /// How the answer reads as instances.
    pub instances: &'static [Projection],
    /// How request and answer show the backup that the operation makes: whose it is, and its id where the answer has it.
    pub creates: &'static [Projection],
    /// How the answer tells what became of a task that makes a backup.
    pub tasks: &'static [Projection],
    /// How the answer reads as the shards of an instance.
    pub shards: &'static [Projection],
    /// How the answer reads as regions.
    pub regions: &'static [Projection],
    /// How the answer reads as projects.
    pub projects: &'static [Projection],
}

impl Operation {
    /// What holds where a spec says nothing.
    pub const DEFAULT: Self = Self {
        name: "",
        version: None,
        endpoints: &[],
        method: "GET",
        path: &[Piece::Text("/")],
        place: In::Query,
        content_type: None,
        constants: &[],
        lists: Lists::dotted(0),
        also: &[],
        parameters: &[],
        rules: &[],
        within: &[],
        lenient: false,
        root: None,
        values: &[],
        success: &[],
        errors: &[],
        rate_limit: None,
        idempotent: false,
        paging: None,
        links: &[],
        backups: &[],
        instances: &[],
        creates: &[],
        tasks: &[],
        shards: &[],
        regions: &[],
        projects: &[],
    };

    /// How the answer reads as a list of instances; empty where one instance has to be named, and where the list leaves
    /// out those of some kinds.
    #[must_use]
    pub fn lists_instances(&self) -> &'static [Projection] {
        let some = self.instances.iter().any(|projection| !projection.only.is_empty());
        if some || self.needs(self.instances, Field::Instance) { &[] } else { self.instances }
    }

    /// How the answer reads as the one instance that has to be named; empty where none has to.
    #[must_use]
    pub fn describes_instance(&self) -> &'static [Projection] {
        if self.needs(self.instances, Field::Instance) { self.instances } else { &[] }
    }

    /// How the answer reads as a list of backups; empty where one backup has to be named.
    #[must_use]
    pub fn lists_backups(&self) -> &'static [Projection] {
        if self.needs(self.backups, Field::Backup) { &[] } else { self.backups }
    }

    /// Whether a call has to be told this field.
    fn needs(&self, projections: &[Projection], field: Field) -> bool {
        let mut sources = projections.iter().flat_map(|projection| projection.field(field));
        sources.any(|source| match source.place.root {
            Root::Request(name) => self.parameter(name).is_some_and(|parameter| parameter.required),
            _ => false,
        })
    }

    /// What holds in a successful answer.
    #[must_use]
    pub fn succeeds(&self, envelope: &Envelope) -> &'static [(Place, &'static [Want])] {
        if self.success.is_empty() { envelope.success } else { self.success }
    }

    /// The parameter with this name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}

/// A value that every request of an operation carries.
#[derive(Debug)]
pub struct Constant {
    /// Where it travels.
    pub place: In,
    /// Its wire name.
    pub name: &'static str,
    /// Its value; left out when a hole has no value.
    pub value: Template,
    /// How it is written in a JSON body.
    pub kind: JsonKind,
}

/// Another form in which a service takes the same call.
#[derive(Debug)]
pub struct Form {
    /// The HTTP method.
    pub method: &'static str,
    /// Where parameters go unless they say otherwise.
    pub place: In,
    /// The Content-Type that is sent in this form, exactly; by the place if not given.
    pub content_type: Option<&'static str>,
}

/// A parameter, or a field of an object inside one.
#[derive(Debug)]
pub struct Parameter {
    /// The documented name.
    pub name: &'static str,
    /// The name on the wire.
    pub wire: &'static str,
    /// Where it travels, if not in the operation's usual place.
    pub place: Option<In>,
    /// Its type.
    pub kind: Kind,
    /// Whether a call needs it.
    pub required: bool,
    /// The setting that fills it when the caller does not.
    pub from: Option<&'static str>,
    /// What the vendor assumes when it is left out. Documented, never sent.
    pub default: Option<&'static str>,
    /// The documented values, as text; empty where any value goes.
    pub values: &'static [&'static str],
    /// Smallest and largest number, length of text, or count of a list.
    pub bounds: Bounds,
    /// What few parameters have.
    pub traits: Traits,
}

impl Parameter {
    /// A parameter that holds such values and of which nothing else is known.
    #[must_use]
    pub const fn of<T: Typed>(name: &'static str) -> Self {
        Self {
            name,
            wire: name,
            place: None,
            kind: T::KIND,
            required: false,
            from: None,
            default: None,
            values: T::VALUES,
            bounds: Bounds::NONE,
            traits: Traits::NONE,
        }
    }
}

/// Limits, both ends included; `None` where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    /// The least.
    pub min: Option<i64>,
    /// The most.
    pub max: Option<i64>,
}

impl Bounds {
    /// No limits.
    pub const NONE: Self = Self { min: None, max: None };

    /// Both.
    #[must_use]
    pub const fn between(min: i64, max: i64) -> Self {
        Self { min: Some(min), max: Some(max) }
    }

    /// The least only.
    #[must_use]
    pub const fn at_least(min: i64) -> Self {
        Self { min: Some(min), max: None }
    }

    /// The most only.
    #[must_use]
    pub const fn at_most(max: i64) -> Self {
        Self { min: None, max: Some(max) }
    }
}

/// The type of a parameter.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Text.
    String,
    /// A whole number.
    Int64,
    /// A number.
    Double,
    /// True or false.
    Bool,
    /// A moment, written in a format.
    Timestamp(TimeFormat),
    /// A list.
    List(&'static Kind),
    /// Names to values.
    Map(&'static Kind),
    /// An object with these fields. A function, since an object can hold its like.
    Object(fn() -> &'static [Parameter]),
    /// Any JSON value.
    Any,
}

/// How a moment is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "metadata", derive(serde::Deserialize))]
pub struct TimeFormat {
    /// `%Y %m %d %H %M %S %L %f %z %:z %a %b %e`, `%s` (unix seconds), `%s%L` (unix milliseconds), or empty for
    /// RFC 3339. Of several lines the first is written, and the first that fits is read.
    #[cfg_attr(feature = "metadata", serde(deserialize_with = "crate::metadata::leaked"))]
    pub format: &'static str,
    /// Offset from UTC in seconds for formats that do not show one.
    pub offset: i32,
}

impl TimeFormat {
    /// RFC 3339.
    pub const RFC3339: Self = Self { format: "", offset: 0 };
}

/// The format that is said, otherwise RFC 3339.
#[must_use]
pub const fn format(said: &[(&'static str, i32)]) -> TimeFormat {
    match said {
        [(format, offset)] => TimeFormat { format, offset: *offset },
        _ => TimeFormat::RFC3339,
    }
}

/// A rule across parameters.
#[derive(Debug)]
pub struct Rule {
    /// When the rule applies: parameters and what is wanted of them; an absent one counts as its default.
    pub when: &'static [(&'static str, &'static [Want])],
    /// What it demands.
    pub verb: Verb,
    /// The rule in words.
    pub text: &'static str,
}

/// What a [`Rule`] demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// At least one of these is present.
    Required(&'static [&'static str]),
    /// This one is absent.
    Forbidden(&'static str),
    /// These differ where both are present.
    NotEqual(&'static str, &'static str),
}

/// How answers tell success from failure.
#[derive(Debug)]
pub struct Envelope {
    /// All of these hold in a successful answer.
    pub success: &'static [(Place, &'static [Want])],
    /// Shapes of errors; the first with a code wins.
    pub errors: &'static [ErrorShape],
    /// Where the request id stands.
    pub request_id: &'static [Place],
    /// The HTTP status of errors that name none.
    pub error_status: u16,
    /// Fields of the envelope that have a known value: what the emulator writes on success.
    pub values: &'static [(Place, JsonKind, Template)],
}

/// How a list continues.
#[derive(Debug)]
pub struct Paging {
    /// What the next request is told.
    pub by: PageBy,
    /// The parameter with the size of a page.
    pub limit: Option<&'static str>,
    /// Where the answer counts all rows.
    pub total: Option<Place>,
    /// Where the answer says whether more pages follow, and how.
    pub more: Option<(Place, JsonKind)>,
    /// The rows of a page.
    pub items: Place,
}

/// What the next request of a paged list is told.
#[derive(Debug)]
pub enum PageBy {
    /// How many rows to skip.
    Offset(&'static str),
    /// Which page, counted from this number.
    Page(&'static str, i64),
    /// A token from the last answer; of a list, its last.
    Token(&'static str, Place),
    /// A parameter in the query of the link to the next page, which the last answer holds.
    Link(&'static str, Place),
}
