//! What the transports have in common.

use std::error::Error as StdError;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, TimeoutKind, TransportError, TransportErrorKind as Kind};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// How transports call themselves.
pub(super) const USER_AGENT: &str = concat!("rdbfetch/", env!("CARGO_PKG_VERSION"));

/// How long a transport waits.
#[derive(Clone, Copy)]
pub(super) struct Timeouts {
    pub(super) connect: Duration,
    pub(super) read: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: CONNECT_TIMEOUT, read: READ_TIMEOUT }
    }
}

impl Timeouts {
    /// The same with this much time to connect; zero is refused.
    pub(super) fn with_connect(self, timeout: Duration) -> Result<Self, Error> {
        Ok(Self { connect: positive("connect", timeout)?, ..self })
    }

    /// The same with this much time between two reads; zero is refused.
    pub(super) fn with_read(self, timeout: Duration) -> Result<Self, Error> {
        Ok(Self { read: positive("read", timeout)?, ..self })
    }
}

fn positive(name: &str, timeout: Duration) -> Result<Duration, Error> {
    if timeout.is_zero() {
        let problem = format!("the time to {name} is zero; Duration::MAX stands for no limit");
        return Err(Error::Config(problem));
    }
    Ok(timeout)
}

/// Whether a clock can count so far: what is longer is no limit.
pub(super) fn finite(timeout: Duration) -> Option<Duration> {
    Instant::now().checked_add(timeout).map(|_| timeout)
}

/// What is said about an exchange, and how long it may take.
pub(super) struct Call {
    what: String,
    /// The header Host.
    pub(super) host: HeaderValue,
    /// How long the whole may take, and when that is over.
    limit: Option<(Duration, Instant)>,
    /// The longest silence.
    read: Duration,
}

impl Call {
    pub(super) fn new(what: String, host: HeaderValue, limit: Option<Duration>, read: Duration) -> Self {
        let limit = limit.and_then(|limit| Some((limit, Instant::now().checked_add(limit)?)));
        Self { what, host, limit, read }
    }

    pub(super) fn host(&self) -> &str {
        self.host.to_str().unwrap_or_default()
    }

    pub(super) fn error(&self, kind: Kind, message: String) -> TransportError {
        TransportError::new(self.what.as_str(), kind, message)
    }

    /// A failure of HTTP whose messages hold no URL.
    pub(super) fn broken(&self, why: &(dyn StdError + 'static)) -> TransportError {
        let why = deepest(Some(why));
        self.error(Kind::Broken, format!("the connection to {} broke: {why}", self.host()))
    }

    /// Waits for the server to say something.
    pub(super) async fn silent<T>(&self, what: impl Future<Output = T>) -> Result<T, TransportError> {
        self.within(self.read, TimeoutKind::Read, what).await
    }

    /// Waits for something for so long, which is a timeout of this kind, and no longer than the whole may take.
    pub(super) async fn within<T>(
        &self,
        longest: Duration,
        kind: TimeoutKind,
        what: impl Future<Output = T>,
    ) -> Result<T, TransportError> {
        let own = Instant::now().checked_add(longest).map(|at| (longest, at, kind));
        let whole = self.limit.map(|(length, at)| (length, at, TimeoutKind::Attempt));
        let sooner = match (own, whole) {
            (Some(own), Some(whole)) if own.1 < whole.1 => Some(own),
            (own, whole) => whole.or(own),
        };
        let Some((length, at, kind)) = sooner else { return Ok(what.await) };
        timeout_at(at, what).await.map_err(|_| self.timed_out(kind, length))
    }

    /// The error that something took longer than so long.
    pub(super) fn timed_out(&self, kind: TimeoutKind, length: Duration) -> TransportError {
        let doing = if kind == TimeoutKind::Connect { "connecting to" } else { "waiting for" };
        let message = format!("timed out while {doing} {}: {length:?} are over", self.host());
        TransportError::timed_out(self.what.as_str(), kind, message)
    }
}

/// What of a request has the same types everywhere: its method, and its headers. What cannot be sent is said.
pub(super) fn head(
    method: &str,
    headers: Vec<(String, String)>,
    empty: bool,
) -> Result<(Method, HeaderMap), String> {
    let method =
        Method::from_bytes(method.as_bytes()).map_err(|_| format!("{method:?} is no HTTP method"))?;
    // Room for what transports add.
    let mut fields = HeaderMap::with_capacity(headers.len() + 4);
    for (name, value) in headers {
        // What is owned becomes a value without a copy.
        let pair = HeaderName::from_bytes(name.as_bytes()).ok();
        let pair = pair.zip(HeaderValue::from_maybe_shared(Bytes::from(value)).ok());
        let (name, value) = pair.ok_or_else(|| format!("the header {name} cannot be sent"))?;
        fields.append(name, value);
    }
    // Where a body is expected, an empty one has a length.
    if empty && !method.is_safe() && method != Method::DELETE {
        fields.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    Ok((method, fields))
}

/// The headers of an answer.
pub(super) fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| match value.to_str() {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
    };
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

/// What an error comes down to.
pub(super) fn deepest(why: Option<&(dyn StdError + 'static)>) -> String {
    let mut text = None;
    let mut next = why;
    while let Some(error) = next {
        let io = error.downcast_ref::<std::io::Error>().filter(|error| error.raw_os_error().is_some());
        // The words of the standard library are plainer than those of the system.
        text = Some(io.map_or_else(|| error.to_string(), |io| io.kind().to_string()));
        next = error.source();
    }
    // Whatever it is, it must not smuggle a link into a message.
    text.filter(|text| !text.contains("://")).unwrap_or_else(|| "no details are known".to_owned())
}

/// What is said of https where there is no TLS.
#[cfg(not(feature = "rustls"))]
pub(super) fn without_tls(host: &str) -> String {
    format!("cannot reach {host} over https: built without the feature `rustls`")
}
