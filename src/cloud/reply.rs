//! A successful answer.

use std::fmt;
use std::sync::OnceLock;

use bytes::Bytes;
use serde_json::Value;

use crate::answer;
use crate::decode::Decode;
use crate::error::Error;
use crate::service::Operation;
use crate::time::Timestamp;

/// A successful answer. `Debug` shows nothing of its body, which can hold signed links.
#[derive(Clone)]
#[non_exhaustive]
pub struct Reply {
    /// The operation that was called.
    pub operation: &'static Operation,
    /// The HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// The id under which the vendor finds the request.
    pub request_id: Option<String>,
    /// When the request was signed: lifetimes that an answer gives in seconds count from here.
    pub at: Timestamp,
    pub(super) json: OnceLock<Value>,
}

impl Reply {
    /// The body as JSON; null where it is empty. Where one field is the whole body, an object with that field.
    ///
    /// Parsed when it is first asked for: typed answers are read without it.
    pub fn json(&self) -> &Value {
        self.json.get_or_init(|| answer::json(self.operation, &self.body))
    }

    /// The operation's own part of the answer, without the envelope. Where it is absent or null, it counts as empty.
    ///
    /// # Errors
    /// [`Error::Answer`] where a value has another type than the spec says; which one, but not what it holds.
    pub fn decode<T: Decode>(&self) -> Result<T, Error> {
        let read = answer::decode(self.operation, &self.body);
        read.map_err(|wrong| self.error(wrong.within(self.operation.within)))
    }

    /// The error that the answer is not what the spec says.
    pub(super) fn error(&self, problem: impl Into<String>) -> Error {
        Error::Answer {
            operation: self.operation.name,
            problem: problem.into(),
            http_status: self.status,
            request_id: self.request_id.clone(),
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Reply");
        shown.field("operation", &self.operation.name).field("status", &self.status);
        shown.field("request_id", &self.request_id).finish_non_exhaustive()
    }
}
