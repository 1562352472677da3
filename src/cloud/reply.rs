//! A successful answer.

use std::fmt;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::decode::{Decode, How};
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
    /// The body, parsed; null where it is empty. Where one field is the whole body, an object with that field.
    pub json: Value,
    /// The id under which the vendor finds the request.
    pub request_id: Option<String>,
    /// When the request was signed: lifetimes that an answer gives in seconds count from here.
    pub at: Timestamp,
}

impl Reply {
    /// The operation's own part of the answer, without the envelope. Where it is absent or null, it counts as empty.
    ///
    /// # Errors
    /// [`Error::Answer`] where a value has another type than the spec says; which one, but not what it holds.
    pub fn decode<T: Decode>(&self) -> Result<T, Error> {
        self.clone().into_decoded()
    }

    /// The same, taken out of the answer.
    ///
    /// # Errors
    /// As for [`Reply::decode`].
    pub(crate) fn into_decoded<T: Decode>(mut self) -> Result<T, Error> {
        let within = self.operation.within;
        let part = within.iter().try_fold(&mut self.json, |value, key| value.get_mut(key));
        let mut empty = Value::Object(Map::new());
        let part = part.filter(|part| !part.is_null()).unwrap_or(&mut empty);
        let read = T::decode(Some(part), How::new(self.operation.lenient));
        read.map_err(|wrong| self.error(wrong.within(within)))
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
