//! Fields: parameters, response fields, members of types.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{OneOrMany, Ordered, PlaceWord, Scalar};

/// Fields by name.
pub type Fields = Ordered<FieldSpec>;

/// A field: its type alone, or everything about it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FieldSpec {
    /// The type.
    Type(String),
    /// Everything about it.
    Full(Box<FieldBody>),
}

impl FieldSpec {
    /// Everything about the field.
    #[must_use]
    pub fn body(&self) -> FieldBody {
        match self {
            Self::Type(kind) => FieldBody { kind: kind.clone(), ..FieldBody::default() },
            Self::Full(body) => (**body).clone(),
        }
    }
}

impl FieldBody {
    /// The default as text; a list as JSON.
    #[must_use]
    pub fn default_text(&self) -> Option<String> {
        let item = |scalar: &Scalar| match serde_json::from_str(&scalar.0) {
            Ok(number @ serde_json::Value::Number(_)) => number.to_string(),
            _ => serde_json::Value::from(scalar.0.as_str()).to_string(),
        };
        Some(match self.default.as_ref()? {
            OneOrMany::One(scalar) => scalar.0.clone(),
            OneOrMany::Many(list) => {
                format!("[{}]", list.iter().map(item).collect::<Vec<_>>().join(", "))
            }
        })
    }
}

/// Everything about a field.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldBody {
    /// `string`, `int64`, `double`, `bool`, `timestamp`, `any`, a declared type, `X[]` or `map<X>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it is always there.
    #[serde(default)]
    pub required: bool,
    /// What the vendor assumes when it is left out. Documented, never sent.
    pub default: Option<OneOrMany<Scalar>>,
    /// The documented values: a list, or a map to their meanings.
    pub values: Option<Values>,
    /// `1..100`, `1..` or `..64`: of a number, of a text's length, of a list's count.
    pub bounds: Option<String>,
    /// A regular expression that the whole text fits, or each text of a list (parameters).
    pub pattern: Option<String>,
    /// How its lists travel, by example as in `request.lists` (parameters).
    pub lists: Option<String>,
    /// The keys, joined by dots, under which it stands in a JSON body (parameters).
    pub within: Option<String>,
    /// Whether JSON holds it in quotes although it is a number, a boolean or a moment.
    #[serde(default)]
    pub quoted: bool,
    /// Another place than the usual one (parameters).
    pub place: Option<PlaceWord>,
    /// Another name on the wire (parameters).
    pub wire: Option<String>,
    /// The setting that fills it when the caller does not (parameters).
    pub from: Option<String>,
    /// How a timestamp is written: `%Y %m %d %H %M %S %L %f %z %:z %a %b %e`, `%s`, `%s%L`; RFC 3339 if left out. Of
    /// several the first is written, and the first that fits is read.
    pub format: Option<OneOrMany<String>>,
    /// The zone of a timestamp that shows none, such as `+08:00`; UTC if left out.
    pub zone: Option<String>,
    /// `B`, `KB`, `MB`, `GB`, `TB` (1024) for sizes, `ms`, `s`, `m`, `h`, `d` for durations.
    pub unit: Option<String>,
    /// Whether it can be null (response fields).
    #[serde(default)]
    pub nullable: bool,
    /// `example` or `sdk`: where it was seen, if no table of a document declares it.
    pub seen: Option<String>,
    /// What to use instead, where the vendor retires it.
    pub deprecated: Option<String>,
    /// Whether the value must never be shown.
    #[serde(default)]
    pub sensitive: bool,
    /// What the emulator writes (single fields of answers), a template.
    pub value: Option<Scalar>,
    /// Whether no source says so.
    #[serde(default)]
    pub assumed: bool,
    /// What it means.
    #[serde(default)]
    pub doc: String,
}

/// Documented values.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Values {
    /// Values alone.
    List(Vec<Scalar>),
    /// Values and their meanings.
    Map(Ordered<ValueSpec>),
}

/// The meaning of a value, and its name in Rust where the value makes none.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ValueSpec {
    /// The meaning.
    Doc(String),
    /// The meaning and a name.
    Named(NamedValue),
}

/// The meaning of a value and its name in Rust.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedValue {
    /// The name in Rust.
    pub name: Option<String>,
    /// The meaning.
    #[serde(default)]
    pub doc: String,
}

impl Values {
    /// Value, name in Rust, meaning.
    #[must_use]
    pub fn entries(&self) -> Vec<(String, Option<String>, String)> {
        match self {
            Self::List(list) => list.iter().map(|one| (one.0.clone(), None, String::new())).collect(),
            Self::Map(map) => map
                .iter()
                .map(|(value, meaning)| match meaning {
                    ValueSpec::Doc(doc) => (value.to_owned(), None, doc.clone()),
                    ValueSpec::Named(named) => (value.to_owned(), named.name.clone(), named.doc.clone()),
                })
                .collect(),
        }
    }
}
