//! What typed calls return.

use std::ops::Deref;

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
