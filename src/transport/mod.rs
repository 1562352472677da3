//! How requests travel: a trait, so that tests and other HTTP stacks can take the place of the default.

mod http;
mod shared;
#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;

use crate::error::TransportError;

pub use self::http::HttpTransport;

/// A future that a transport returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends requests. Follows no redirects, decompresses nothing.
pub trait Transport: Send + Sync {
    /// Sends a request and returns the answer as soon as its headers are there.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>>;
}

/// A request that is ready to travel.
#[derive(Clone)]
pub struct Request {
    /// What is being done, for error messages: an operation, or the name of a file.
    pub what: String,
    /// The HTTP method.
    pub method: String,
    /// The absolute URL, to be sent byte for byte.
    pub url: String,
    /// Headers; Host is made from the URL.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long the whole exchange may take; `None` for downloads, where only a pause between two reads counts.
    pub timeout: Option<Duration>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({}, {} [redacted])", self.what, self.method)
    }
}

/// An answer whose body is still to be read.
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Box<dyn Body>,
}

impl Response {
    /// The first header with this name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({})", self.status)
    }
}

/// A body that arrives in pieces.
pub trait Body: Send {
    /// The next piece; `None` at the end, and never after an error: an answer that broke off must not look complete.
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>>;
}

/// A body that is there already: for mock transports.
impl Body for Option<Bytes> {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let piece = self.take();
        Box::pin(std::future::ready(Ok(piece)))
    }
}
