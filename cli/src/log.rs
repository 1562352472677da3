//! `-v`: tells which requests travel, without what could be secret in them.

use std::sync::Arc;
use std::time::Instant;

use rdbfetch::TransportError;
use rdbfetch::transport::{BoxFuture, Request, Response, Transport};

use crate::output::Output;

/// A transport that says on stderr what passes through it.
pub struct Logged {
    inner: Arc<dyn Transport>,
    output: Output,
}

impl Logged {
    /// The same transport, telling what it does.
    #[must_use]
    pub fn new(inner: Arc<dyn Transport>, output: Output) -> Self {
        Self { inner, output }
    }
}

impl Transport for Logged {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let what = format!("{}: {} {}", request.what, request.method, origin(&request.url));
            self.output.detail(&format!("{what} ..."));
            let start = Instant::now();
            let result = self.inner.send(request).await;
            let milliseconds = start.elapsed().as_millis();
            let end = match &result {
                Ok(response) => format!("HTTP {}", response.status),
                Err(error) => error.message.clone(),
            };
            self.output.detail(&format!("{what}: {end} after {milliseconds} ms"));
            result
        })
    }
}

/// The scheme, host and port of a URL: paths and queries of links are no one's business.
fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(start..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(url.len(), |at| start + at);
    let origin = url.get(..end).unwrap_or_default();
    if origin.contains('@') { "[redacted]" } else { origin }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_origin_is_told() {
        assert_eq!(origin("https://h.example:8080/a/b?sign=x"), "https://h.example:8080");
        assert_eq!(origin("http://h.example?sign=x"), "http://h.example");
        assert_eq!(origin("http://h.example"), "http://h.example");
        assert_eq!(origin("https://user:secret@h.example/"), "[redacted]");
    }
}
