//! The default transport: HTTP/1.1, and TLS with the feature `rustls`.

use std::error::Error as _;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use url::{Host, Url};

use super::shared::{Timeouts, USER_AGENT, deepest, finite, head, texts};
use super::{Body, BoxFuture, Request, Response, Transport};
use crate::error::{Error, TimeoutKind, TransportError, TransportErrorKind as Kind};

/// Sends requests over the network. Follows no redirects, decompresses nothing, and sends a URL byte for byte or not
/// at all.
///
/// Ten seconds are enough to connect, and thirty between two reads, unless [`HttpTransport::connect_timeout`] and
/// [`HttpTransport::read_timeout`] say otherwise; [`Request::timeout`] limits the whole. Proxies are taken from the
/// environment (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`), except for this machine itself. Trusted certificates are the
/// system's; `SSL_CERT_FILE` and `SSL_CERT_DIR` name others.
#[derive(Default)]
pub struct HttpTransport {
    timeouts: Timeouts,
    /// To this machine, past all proxies.
    direct: OnceLock<Result<reqwest::Client, String>>,
    /// The same without TLS: reading the system's certificates takes longer than everything else.
    plain: OnceLock<Result<reqwest::Client, String>>,
    /// To everywhere else.
    outside: OnceLock<Result<reqwest::Client, String>>,
}

impl HttpTransport {
    /// A transport. What it needs is set up with the first request.
    ///
    /// # Errors
    /// None at present.
    pub fn new() -> Result<Self, Error> {
        Ok(Self::default())
    }

    /// The same with this much time to connect, TLS included. [`Duration::MAX`] is no limit. What is connected already is
    /// forgotten.
    ///
    /// # Errors
    /// [`Error::Config`] where it is zero.
    pub fn connect_timeout(self, timeout: Duration) -> Result<Self, Error> {
        Ok(Self { timeouts: self.timeouts.with_connect(timeout)?, ..Self::default() })
    }

    /// The same with this much time for every silence of the server: before its answer, and within it.
    /// [`Duration::MAX`] is no limit. What is connected already is forgotten.
    ///
    /// # Errors
    /// [`Error::Config`] where it is zero.
    pub fn read_timeout(self, timeout: Duration) -> Result<Self, Error> {
        Ok(Self { timeouts: self.timeouts.with_read(timeout)?, ..Self::default() })
    }

    /// The client for a URL.
    fn client(&self, url: &Url) -> Result<&reqwest::Client, &str> {
        let of = self.timeouts;
        let client = match (loopback(url), url.scheme()) {
            (true, "http") => {
                self.plain.get_or_init(|| client(of, |builder| without_certificates(builder.no_proxy())))
            }
            (true, _) => self.direct.get_or_init(|| client(of, reqwest::ClientBuilder::no_proxy)),
            (false, _) => self.outside.get_or_init(|| client(of, |builder| builder)),
        };
        client.as_ref().map_err(String::as_str)
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let what = request.what;
        let refused = |why: String| TransportError::new(what.as_str(), Kind::Refused, why);
        let url = exact(&request.url).map_err(&refused)?;
        let host = host(&url);
        #[cfg(not(feature = "rustls"))]
        if url.scheme() == "https" {
            return Err(refused(super::shared::without_tls(&host)));
        }
        let client = self.client(&url).map_err(|why| refused(why.to_owned()))?;
        let (method, headers) =
            head(&request.method, request.headers, request.body.is_empty()).map_err(&refused)?;
        let limit = request.timeout.and_then(finite);
        let mut message = reqwest::Request::new(method, url);
        *message.headers_mut() = headers;
        *message.timeout_mut() = limit;
        if !request.body.is_empty() {
            *message.body_mut() = Some(request.body.into());
        }
        let limit = limit.map(|timeout| Instant::now() + timeout);
        let response = client.execute(message).await.map_err(|why| failure(&what, &host, limit, why))?;
        let (status, headers) = (response.status().as_u16(), texts(response.headers()));
        Ok(Response { status, headers, body: Box::new(Pieces { response, what, host, limit, lost: None }) })
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpTransport")
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

fn client(
    timeouts: Timeouts,
    configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .user_agent(USER_AGENT);
    if let Some(timeout) = finite(timeouts.connect) {
        builder = builder.connect_timeout(timeout);
    }
    if let Some(timeout) = finite(timeouts.read) {
        builder = builder.read_timeout(timeout);
    }
    configure(builder).build().map_err(|why| format!("cannot set up HTTP: {}", deepest(why.source())))
}

#[cfg(feature = "rustls")]
fn without_certificates(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder.tls_certs_only([])
}

#[cfg(not(feature = "rustls"))]
fn without_certificates(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder
}

/// A body on its way.
struct Pieces {
    response: reqwest::Response,
    what: String,
    host: String,
    /// When the whole exchange has to be over.
    limit: Option<Instant>,
    /// Why the rest never came. reqwest tells it once, and then the end.
    lost: Option<TransportError>,
}

impl Body for Pieces {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(async {
            if let Some(why) = &self.lost {
                return Err(why.clone());
            }
            let piece = self.response.chunk().await;
            let piece = piece.map_err(|why| failure(&self.what, &self.host, self.limit, why));
            piece.inspect_err(|why| self.lost = Some(why.clone()))
        })
    }
}

/// The host of a URL, with its port where that is not the default.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether a URL leads to this machine.
fn loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => {
            address.is_loopback() || address.to_ipv4_mapped().is_some_and(|address| address.is_loopback())
        }
        None => false,
    }
}

/// Parses a URL that will be sent exactly as it stands. Says what stands in the way without showing the query.
fn exact(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|why| format!("the URL cannot be parsed: {why}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("the URL is of the kind {}, not http or https", url.scheme()));
    }
    let host = host(&url);
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("the URL for {host} holds a user name or password"));
    }
    // Nothing before the path is compared: letters of the host may be in any case, a default port may show.
    let rest = text.split_once("//").map_or("", |(_, rest)| rest);
    let rest = &rest[rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len())..];
    let rest = rest.split('#').next().unwrap_or_default();
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    let path = if path.is_empty() { "/" } else { path };
    let change = if path == url.path() {
        (query != url.query()).then(|| format!("its query holds {}", odd(query, url.query())))
    } else {
        let dotted = path.split('/').find(|segment| is_dots(segment));
        let what = dotted.map_or_else(|| odd(Some(path), Some(url.path())), |dots| format!("`{dots}`"));
        Some(format!("its path holds {what}"))
    };
    match change {
        None => Ok(url),
        Some(change) => Err(format!(
            "the URL for {host} cannot be sent as it stands: {change}, which would be changed on the way"
        )),
    }
}

/// Whether a URL parser removes this segment.
fn is_dots(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

/// The first character that a URL parser changes.
fn odd(text: Option<&str>, parsed: Option<&str>) -> String {
    let (mut text, mut parsed) = (text.unwrap_or_default().chars(), parsed.unwrap_or_default().chars());
    loop {
        match (text.next(), parsed.next()) {
            (Some(one), Some(other)) if one == other => {}
            (Some(one), _) if one.is_ascii_graphic() => return format!("the character `{one}`"),
            (Some(' '), _) => return "a space".to_owned(),
            (Some(one), _) if one.is_ascii() => return "a control character".to_owned(),
            (Some(_), _) => return "a character outside ASCII".to_owned(),
            (None, _) => return "too little".to_owned(),
        }
    }
}

/// A failure of reqwest in our words, without the URL, which can be signed.
fn failure(what: &str, host: &str, limit: Option<Instant>, why: reqwest::Error) -> TransportError {
    let why = why.without_url();
    let (kind, message) = if why.is_builder() {
        (Kind::Refused, format!("the request to {host} cannot be sent: {}", deepest(why.source())))
    } else if why.is_timeout() && why.is_connect() {
        let message = format!("timed out while connecting to {host}");
        return TransportError::timed_out(what, TimeoutKind::Connect, message);
    } else if why.is_timeout() {
        let over = limit.is_some_and(|limit| limit <= Instant::now());
        let kind = if over { TimeoutKind::Attempt } else { TimeoutKind::Read };
        return TransportError::timed_out(what, kind, format!("timed out while waiting for {host}"));
    } else if why.is_connect() {
        (Kind::Connect, format!("cannot connect to {host}: {}", deepest(why.source())))
    } else {
        (Kind::Broken, format!("the connection to {host} broke: {}", deepest(why.source())))
    };
    TransportError::new(what, kind, message)
}

#[cfg(test)]
mod tests;
