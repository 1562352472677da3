//! Signatures.

use super::*;

/// A resolved signature.
#[derive(Debug, Default, Serialize)]
pub struct Auth {
    pub sign_headers: Vec<String>,
    pub skip_headers: Vec<String>,
    pub require_headers: Vec<String>,
    pub default: String,
    pub variants: Vec<Variant>,
}

#[derive(Debug, Serialize)]
pub struct Variant {
    pub name: String,
    /// The function's name.
    pub function: String,
    /// Steps and placements in an order in which each has what it needs.
    pub lines: Vec<Line>,
    pub placements: Vec<Placement>,
    pub secret_steps: Vec<String>,
}

impl Variant {
    /// The names of its steps.
    pub fn steps(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(|line| match line {
            Line::Step { name, .. } => Some(name.as_str()),
            Line::Place { .. } => None,
        })
    }
}

#[derive(Debug, Serialize)]
pub enum Line {
    Step { name: String, value: Expr },
    Place { header: bool, name: String, value: Expr, optional: bool },
}

/// A value in a signature, typed already.
#[derive(Clone, Debug, Serialize)]
pub enum Expr {
    Input(String),
    Setting(String),
    Step(String),
    Literal(String),
    /// A moment so many seconds after `now`.
    Later(i64),
    Time {
        format: String,
        offset: i32,
        /// How many seconds after `now`.
        later: i64,
    },
    Filter {
        of: Box<Expr>,
        name: &'static str,
        on: On,
        arguments: Vec<Expr>,
        spot: Spot,
    },
    Template(Vec<Expr>),
}

/// What of a value a filter changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum On {
    All,
    /// The names of pairs.
    Names,
    /// The values of pairs.
    Values,
}

/// Where a filter stands: in which pipeline, and there from where to where.
#[derive(Clone, Debug, Serialize)]
pub struct Spot {
    #[serde(serialize_with = "text")]
    pub pipeline: Arc<str>,
    #[serde(skip)]
    pub call: Range<usize>,
    #[serde(skip)]
    pub arguments: Vec<Range<usize>>,
}

fn text<S: serde::Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

#[derive(Debug, Serialize)]
pub struct Placement {
    pub header: bool,
    pub name: String,
    pub pattern: Vec<PlacementPiece>,
    pub optional: bool,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub enum PlacementPiece {
    Text(String),
    AccessKey,
    Token,
    TokenBase64,
    Base64(Vec<PlacementPiece>),
    Percent(Vec<PlacementPiece>),
    Now(TimeFormat),
    /// A moment so many seconds after the clock.
    Later(TimeFormat, i64),
    Uuid,
    Random,
    Variant,
    Setting(String),
    SignedHeaders(String),
    Signature,
    Computed,
}
