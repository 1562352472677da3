//! Projects, as they are declared.

use serde::{Deserialize, Serialize};

/// A project of a service: a set of instances that accounts can be let into.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a project: a mapping with `id`")]
#[must_use]
pub struct Project {
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) default: bool,
}

impl Project {
    /// A project that is called as its id.
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned(), name: None, default: false }
    }

    /// Called so by people.
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// The one that is meant where a call names none.
    pub fn default_one(mut self) -> Self {
        self.default = true;
        self
    }
}
