//! Accounts, as they are declared.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::Moment;

/// An account, or temporary credentials of one.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an account: a mapping with `access_key` and `secret_key`")]
#[must_use]
pub struct Account {
    pub(crate) access_key: String,
    #[serde(deserialize_with = "secret")]
    pub(crate) secret_key: String,
    #[serde(default, deserialize_with = "token", skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) refuse_tokens: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<Moment>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) denied: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) services: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) of: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) projects: Option<Vec<String>>,
}

/// Reads a secret. What is none must not be repeated in a message.
fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer);
    text.map_err(|_| D::Error::custom("a secret is a text: put it in quotes"))
}

fn token<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    secret(deserializer).map(Some)
}

impl Account {
    /// An account that may do everything everywhere. Any token goes with its key, as the emulator issues none.
    pub fn new(access_key: &str, secret_key: &str) -> Self {
        Self {
            access_key: access_key.to_owned(),
            secret_key: secret_key.to_owned(),
            token: None,
            refuse_tokens: false,
            expires: None,
            denied: Vec::new(),
            services: None,
            of: None,
            projects: None,
        }
    }

    /// As temporary credentials: every request must show this token.
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Refusing requests that show a token.
    pub fn refuse_tokens(mut self) -> Self {
        self.refuse_tokens = true;
        self
    }

    /// Until a moment; from then on it is refused as a wrong token is.
    pub fn expires(mut self, at: impl Into<Moment>) -> Self {
        self.expires = Some(at.into());
        self
    }

    /// Without the right to an operation: `OPERATION` of any service, `SERVICE/OPERATION`, or `SERVICE/*`.
    pub fn deny(mut self, operation: &str) -> Self {
        self.denied.push(operation.to_owned());
        self
    }

    /// Known to these services only.
    pub fn services<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
        self.services = Some(names.into_iter().map(str::to_owned).collect());
        self
    }

    /// Let into these projects only: for it there are no others, nor what is in them.
    pub fn projects<'n>(mut self, ids: impl IntoIterator<Item = &'n str>) -> Self {
        self.projects = Some(ids.into_iter().map(str::to_owned).collect());
        self
    }

    /// Acting for the account with this access key: whose instances it sees.
    pub fn of(mut self, access_key: &str) -> Self {
        self.of = Some(access_key.to_owned());
        self
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("access_key", &self.access_key).finish_non_exhaustive()
    }
}
