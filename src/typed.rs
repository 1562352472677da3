//! What typed calls return.

use std::ops::Deref;

use crate::cloud::Reply;
use crate::decode::Decode;
use crate::error::Error;

/// A typed answer and what came with it. Reads as the answer itself.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Answer<T> {
    /// The answer.
    pub value: T,
    /// The id under which the vendor finds the request.
    pub request_id: Option<String>,
    /// The HTTP status.
    pub http_status: u16,
}

impl<T: Decode> Answer<T> {
    /// Reads an answer.
    ///
    /// # Errors
    /// [`Error::Answer`] where it is not what the spec says.
    pub fn read(reply: Reply) -> Result<Self, Error> {
        let (http_status, request_id) = (reply.status, reply.request_id.clone());
        Ok(Self { value: reply.into_decoded()?, http_status, request_id })
    }
}

impl<T> Answer<T> {
    /// The answer without what came with it.
    pub fn into_value(self) -> T {
        self.value
    }
}

impl<T> Deref for Answer<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
