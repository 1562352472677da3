//! How answers read as rows of the uniform model.

use super::*;

#[derive(Debug, Serialize)]
pub struct Projection {
    /// The runtime's fields of an instance, and what is wanted of them.
    pub only: Vec<(&'static str, Vec<Want>)>,
    pub with: Vec<(String, With)>,
    pub filters: Vec<Chooser>,
    pub sort: Option<Sort>,
    /// The runtime's field and its candidates.
    pub fields: Vec<(&'static str, Vec<Source>)>,
    pub expires: Vec<Expiry>,
}

/// Parameters that say in which order rows come.
#[derive(Debug, Serialize)]
pub struct Sort {
    /// The parameter; of a list, the member of its elements.
    pub by: (String, Option<String>),
    pub order: Option<(String, Option<String>)>,
    pub falling: String,
    /// The runtime's fields and the words for them.
    pub fields: Vec<(&'static str, String)>,
}

/// A parameter that chooses among rows.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Chooser {
    /// The runtime's word.
    pub by: &'static str,
    pub parameter: String,
    /// Of a list of conditions: the member that says what one is about, what it says, and the member that holds what is
    /// wanted.
    pub condition: Option<[String; 3]>,
    pub words: Vec<(&'static str, Vec<String>)>,
}

#[derive(Debug, Serialize)]
pub enum With {
    /// JSON text.
    Json(String),
    /// Seconds from now.
    Now(i64),
    /// The runtime's field of the instance.
    Instance(&'static str),
}

#[derive(Debug, Serialize)]
pub struct Source {
    pub place: Place,
    pub kind: JsonKind,
    pub convert: Convert,
}

#[derive(Debug, Serialize)]
pub enum Convert {
    Plain,
    Bytes(u64),
    Time(TimeFormat),
    /// Units of this many milliseconds.
    Duration(u64),
    Words(Vec<(&'static str, Vec<String>)>),
}

#[derive(Debug, Serialize)]
pub enum Expiry {
    After(u64),
    Field(Source),
    Url(Vec<(Vec<String>, Vec<UrlPiece>)>),
}

#[derive(Debug, Serialize)]
pub enum UrlPiece {
    Text(String),
    At(TimeFormat),
    From(TimeFormat),
    Seconds,
    Ignore,
}
