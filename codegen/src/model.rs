//! What emitters work from: resolved, with every Rust name decided, and no longer changed.

mod auth;
mod projection;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

pub use self::auth::*;
pub use self::projection::*;
use crate::spec::{ClassWord, ExampleSpec, PlaceWord, ProfileSpec, StoreSpec, VectorSpec, WhenWord};

/// A resolved service.
#[derive(Debug, Serialize)]
pub struct Service {
    /// The folder's name.
    pub name: String,
    /// The module's name.
    pub module: String,
    pub title: String,
    pub version: Option<String>,
    pub deprecated: Option<String>,
    pub documents: Vec<String>,
    pub notes: Vec<String>,
    pub settings: Vec<Setting>,
    pub endpoints: Vec<(Conditions, Template)>,
    pub envelope: Envelope,
    pub errors: Vec<ErrorCode>,
    pub rate_limit: Option<u32>,
    pub clock_window: Option<u64>,
    pub credentials: Vec<EnvCredentials>,
    /// Files of the vendor's tools.
    pub tools: Vec<Tool>,
    pub auth: Auth,
    pub vectors: Vec<VectorSpec>,
    pub store: Option<StoreSpec>,
    /// Object types that operations share.
    pub objects: Vec<Object>,
    /// Where each of them stands, by its name.
    #[serde(skip)]
    pub numbers: BTreeMap<String, usize>,
    /// Enums inside the shared types.
    pub enums: Vec<Enum>,
    pub operations: Vec<Operation>,
    /// An operation that says nothing of its own.
    #[serde(skip)]
    pub usual: Operation,
}

#[derive(Debug, Serialize)]
pub struct Setting {
    pub name: String,
    pub required: bool,
    pub default: Option<String>,
    /// What the documents know, with its meaning.
    pub values: Vec<(String, String)>,
    pub doc: String,
}

#[derive(Debug, Serialize)]
pub struct EnvCredentials {
    pub access_key: String,
    pub secret: String,
    pub token: Option<String>,
    pub settings: Vec<(String, String)>,
    pub unless_profile: bool,
}

/// A tool of the vendor that keeps credentials in files.
#[derive(Debug, Serialize)]
pub struct Tool {
    pub name: String,
    pub profile: Option<ProfileSpec>,
    pub files: Vec<ToolFile>,
}

#[derive(Debug, Serialize)]
pub struct ToolFile {
    pub paths: Vec<Template>,
    pub env: Option<String>,
    pub layout: Layout,
    /// What stands under which keys.
    pub fields: Vec<(String, Vec<Vec<String>>)>,
    pub ignore: Vec<(String, Vec<String>)>,
    pub refuse: Vec<Refusal>,
}

/// When a profile cannot be used: keys of the file with what is wanted of them, and why.
#[derive(Debug, Serialize)]
pub struct Refusal {
    pub when: Vec<(Vec<String>, Vec<Want>)>,
    pub doc: String,
}

/// How a file of a tool is laid out.
#[derive(Debug, Serialize)]
pub enum Layout {
    Json,
    /// A list of profiles, and the key of their names.
    Rows(String),
    Ini {
        section: Template,
        default: Option<String>,
        percent: bool,
    },
}

#[derive(Debug, Serialize)]
pub struct Envelope {
    pub success: Vec<(Place, Vec<Want>)>,
    pub errors: Vec<ErrorShape>,
    pub request_id: Vec<Place>,
    pub error_status: u16,
    pub values: Vec<(Place, JsonKind, Template)>,
}

#[derive(Debug, Serialize)]
pub struct ErrorShape {
    pub code: Place,
    pub code_kind: JsonKind,
    pub name: Option<Place>,
    pub message: Option<Place>,
}

#[derive(Debug, Serialize)]
pub struct ErrorCode {
    pub code: String,
    /// The variant in the operation's error enum; `None` for families.
    pub variant: Option<String>,
    pub name: Option<String>,
    pub class: ClassWord,
    pub retry: bool,
    pub status: Option<u16>,
    pub when: Vec<WhenWord>,
    pub assumed: bool,
    pub doc: String,
    /// What the emulator says with it, in one situation or in all: text, `reason`, `parameter`, `access_key`, and
    /// public steps of the signature.
    pub messages: Vec<(Option<WhenWord>, Template)>,
}

/// A resolved operation.
#[derive(Debug, Default, Serialize)]
pub struct Operation {
    pub name: String,
    pub module: String,
    pub summary: String,
    pub documents: Vec<String>,
    pub notes: Vec<String>,
    pub deprecated: Option<String>,
    pub version: Option<String>,
    /// Endpoints of its own; none where it shares the service's.
    pub endpoints: Vec<(Conditions, Template)>,
    pub method: String,
    pub path: Template,
    pub place: PlaceWord,
    pub content_type: Option<String>,
    pub constants: Vec<Constant>,
    pub lists: Lists,
    pub also: Vec<Form>,
    /// Those that every operation has first.
    pub parameters: Vec<Field>,
    pub rules: Vec<Rule>,
    pub within: Vec<String>,
    /// The field of the answer that is its whole body, and whether that is a text.
    pub root: Option<(String, bool)>,
    /// What holds in a successful answer; nothing where that is what the envelope says.
    pub success: Vec<(Place, Vec<Want>)>,
    pub response: Vec<Field>,
    /// What the emulator writes into fields of the answer.
    pub values: Vec<(Place, JsonKind, Template)>,
    pub lenient: bool,
    pub objects: Vec<Object>,
    pub enums: Vec<Enum>,
    pub errors: Vec<ErrorCode>,
    pub rate_limit: Option<u32>,
    pub idempotent: bool,
    pub paging: Option<Paging>,
    pub links: Vec<Projection>,
    pub backups: Vec<Projection>,
    pub instances: Vec<Projection>,
    pub creates: Vec<Projection>,
    pub tasks: Vec<Projection>,
    pub regions: Vec<Projection>,
    pub shards: Vec<Projection>,
    pub projects: Vec<Projection>,
    pub examples: Vec<ExampleSpec>,
    /// What documentation shows, flattened.
    #[serde(skip)]
    pub parameter_rows: Vec<Row>,
    #[serde(skip)]
    pub response_rows: Vec<Row>,
}

impl Operation {
    /// How long links live without seeing one.
    pub fn link_lifetime(&self) -> Option<u64> {
        self.links.iter().flat_map(|links| &links.expires).find_map(|expiry| match expiry {
            Expiry::After(seconds) => Some(*seconds),
            _ => None,
        })
    }
}

/// A field of documentation: a parameter or a response field with its full path.
#[derive(Debug)]
pub struct Row {
    pub path: String,
    pub place: Option<PlaceWord>,
    pub field: Field,
}

/// Where a spec declares something.
#[derive(Clone, Debug)]
pub struct Declared {
    pub file: String,
    pub span: Range<usize>,
}

/// A parameter, a response field, or a member of an object.
#[derive(Clone, Debug, Serialize)]
pub struct Field {
    pub name: String,
    #[serde(skip)]
    pub declared: Declared,
    pub wire: String,
    pub ident: String,
    pub kind: Type,
    /// The type as the spec writes it.
    pub kind_text: String,
    pub time: TimeFormat,
    pub required: bool,
    pub nullable: bool,
    pub from: Option<String>,
    pub place: Option<PlaceWord>,
    pub default: Option<String>,
    pub values: Vec<FieldValue>,
    /// The name of the enum made from the values.
    pub enumeration: Option<String>,
    pub bounds: Option<(Option<i64>, Option<i64>)>,
    pub bounds_text: Option<String>,
    pub pattern: Option<String>,
    pub unit: Option<String>,
    /// How its lists travel, where they do otherwise than the operation's.
    pub lists: Option<Lists>,
    /// The keys of a JSON body under which it stands.
    pub within: Vec<String>,
    /// Whether JSON holds it in quotes although it is no text.
    pub quoted: bool,
    pub deprecated: Option<String>,
    pub sensitive: bool,
    pub seen: Option<String>,
    pub assumed: bool,
    pub doc: String,
}

/// Another form in which a service takes the same call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Form {
    pub method: String,
    pub place: PlaceWord,
    pub content_type: Option<String>,
}

/// A value that every request of an operation carries.
#[derive(Debug, PartialEq, Serialize)]
pub struct Constant {
    pub place: PlaceWord,
    pub name: String,
    pub value: Template,
    pub kind: JsonKind,
}

/// How lists and objects travel where there are only names and texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Lists {
    /// What stands around the number of an element, the first number, and what stands around the name of a member.
    Named {
        before: String,
        first: u32,
        after: String,
        member: (String, String),
    },
    Repeated(String),
    Joined(String),
    Json,
}

impl Default for Lists {
    fn default() -> Self {
        let text = |text: &str| text.to_owned();
        Self::Named { before: text("."), first: 0, after: text(""), member: (text("."), text("")) }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldValue {
    pub value: String,
    pub variant: String,
    pub doc: String,
}

/// A type as specs write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Type {
    String,
    Int64,
    Double,
    Bool,
    Timestamp,
    Any,
    Named(String),
    List(Box<Type>),
    Map(Box<Type>),
}

impl Type {
    /// The type of a field whose type is broken: one that nothing declares.
    pub const UNKNOWN: Self = Self::Named(String::new());

    /// The type inside all lists and maps.
    pub fn leaf(&self) -> &Type {
        match self {
            Self::List(inner) | Self::Map(inner) => inner.leaf(),
            other => other,
        }
    }
}

/// An object type.
#[derive(Debug, Serialize)]
pub struct Object {
    pub name: String,
    pub rust: String,
    pub fields: Vec<Field>,
    pub in_request: bool,
    pub in_response: bool,
    /// Whether it can hold itself, directly or through others.
    pub recursive: bool,
}

impl Object {
    /// Its struct in Rust. What requests and answers both hold are two: strict in one, lenient in the other.
    pub fn struct_name(&self, read: bool) -> String {
        if read && self.in_request {
            format!("{}Answer", self.rust.trim_end_matches('_'))
        } else {
            self.rust.clone()
        }
    }
}

/// An open enum.
#[derive(Debug, Serialize)]
pub struct Enum {
    pub rust: String,
    /// Whether values are numbers in JSON.
    pub numeric: bool,
    pub values: Vec<FieldValue>,
    /// The field it belongs to, for the doc.
    pub field: String,
    pub in_request: bool,
    pub in_response: bool,
}

#[derive(Debug, Serialize)]
pub struct Rule {
    pub when: Conditions,
    pub verb: Verb,
    pub text: String,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub enum Verb {
    Required(Vec<String>),
    Forbidden(String),
    NotEqual(String, String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Want {
    Absent,
    Like(String),
    Range(i64, i64),
}

/// Text with holes.
pub type Template = Vec<Piece>;

/// Names and what is wanted of each.
pub type Conditions = Vec<(String, Vec<Want>)>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Piece {
    Text(String),
    Hole(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    pub root: Root,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Root {
    Body,
    Status,
    Header(String),
    Request(String),
    Key,
    Url,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Step {
    Key(String),
    Each,
    EachKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum JsonKind {
    String,
    Integer,
    Number,
    Bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct TimeFormat {
    pub format: String,
    pub offset: i32,
}

#[derive(Debug, Serialize)]
pub struct Paging {
    pub by: PageBy,
    pub limit: Option<String>,
    pub total: Option<Place>,
    pub more: Option<(Place, JsonKind)>,
    pub items: Place,
}

#[derive(Debug, Serialize)]
pub enum PageBy {
    Offset(String),
    Page(String, i64),
    Token(String, Place),
    Link(String, Place),
}
