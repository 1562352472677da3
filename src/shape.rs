//! How parameters travel and answers stand where they do not do so plainly: static data.

/// How lists and objects travel where there are only names and texts: in queries, forms and headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lists {
    /// Every element and every member has a name of its own.
    Named {
        /// What stands between a list's name and the number of an element.
        before: &'static str,
        /// The number of the first element.
        first: u32,
        /// What stands behind the number.
        after: &'static str,
        /// What stands around the name of a member.
        member: (&'static str, &'static str),
    },
    /// Elements share the list's name, with this behind it.
    Repeated(&'static str),
    /// Elements share one text, with this between them.
    Joined(&'static str),
    /// The whole value is one text of JSON.
    Json,
}

impl Lists {
    /// `Key.0.Sub`, `Key.1.Sub` and so on.
    #[must_use]
    pub const fn dotted(first: u32) -> Self {
        Self::Named { before: ".", first, after: "", member: (".", "") }
    }
}

/// What few parameters have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traits {
    /// How its lists and objects travel, where they do otherwise than the operation's.
    pub lists: Option<Lists>,
    /// Keys of the JSON body under which it stands.
    pub within: &'static [&'static str],
    /// Whether JSON holds it in quotes although it is no text.
    pub quoted: bool,
    /// A regular expression that its text fits as a whole, or each text of a list.
    pub pattern: Option<&'static str>,
}

impl Traits {
    /// What most parameters have.
    pub const NONE: Self = Self { lists: None, within: &[], quoted: false, pattern: None };
}

/// The field that the whole body of an answer is. It reads as if the body were an object with this one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// A list or a map.
    Json(&'static str),
    /// A text, be it JSON or not.
    Text(&'static str),
}

impl Whole {
    /// The field's name.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Json(name) | Self::Text(name) => name,
        }
    }

    /// The body as an object with this one member.
    #[must_use]
    pub fn wrap(self, body: serde_json::Value) -> serde_json::Value {
        serde_json::Value::Object([(self.field().to_owned(), body)].into_iter().collect())
    }
}
