//! The default transport: HTTP/1.1, and TLS with the feature `rustls`.

mod target;

use std::error::Error as _;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;

use self::target::{Memory, Target};
use super::shared::{Call, Timeouts, USER_AGENT, deepest, finite, head, texts};
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
    /// Where the last request went: most go where the one before went.
    memory: Memory,
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

    /// The client for where a request goes.
    fn client(&self, target: &Target) -> Result<&reqwest::Client, &str> {
        let of = self.timeouts;
        let client = match (target.loopback, target.url.scheme()) {
            (true, "http") => {
                self.plain.get_or_init(|| client(of, |builder| without_certificates(builder.no_proxy())))
            }
            (true, _) => self.direct.get_or_init(|| client(of, reqwest::ClientBuilder::no_proxy)),
            (false, _) => self.outside.get_or_init(|| client(of, |builder| builder)),
        };
        client.as_ref().map_err(String::as_str)
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let Request { what, method, url, headers, body, timeout } = request;
        let refused = |why: String| TransportError::new(what.as_str(), Kind::Refused, why);
        let target = self.memory.target(&url).map_err(&refused)?;
        #[cfg(not(feature = "rustls"))]
        if target.url.scheme() == "https" {
            let host = target.host.to_str().unwrap_or_default();
            return Err(refused(super::shared::without_tls(host)));
        }
        let client = self.client(&target).map_err(|why| refused(why.to_owned()))?;
        let (method, headers) = head(&method, headers, body.is_empty()).map_err(&refused)?;
        let mut message = reqwest::Request::new(method, target.url);
        *message.headers_mut() = headers;
        if !body.is_empty() {
            *message.body_mut() = Some(body.into());
        }
        // One clock for all limits instead of two of reqwest's for every request.
        let call = Call::new(what, target.host, timeout, self.timeouts.read);
        let response = call.silent(client.execute(message)).await?;
        let response = response.map_err(|why| failure(&call, self.timeouts, why))?;
        let (status, headers) = (response.status().as_u16(), texts(response.headers()));
        let pieces = Pieces { response, call, timeouts: self.timeouts, lost: None };
        Ok(Response { status, headers, body: Box::new(pieces) })
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
        // What can be repeated is known where calls are made; every request would be copied for it.
        .retry(reqwest::retry::never())
        .user_agent(USER_AGENT);
    if let Some(timeout) = finite(timeouts.connect) {
        builder = builder.connect_timeout(timeout);
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
    call: Call,
    timeouts: Timeouts,
    /// Why the rest never came. reqwest tells it once, and then the end.
    lost: Option<TransportError>,
}

impl Pieces {
    async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        if let Some(why) = &self.lost {
            return Err(why.clone());
        }
        let piece = self.call.silent(self.response.chunk()).await;
        let piece = piece.and_then(|piece| piece.map_err(|why| failure(&self.call, self.timeouts, why)));
        piece.inspect_err(|why| self.lost = Some(why.clone()))
    }
}

impl Body for Pieces {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(self.next())
    }
}

/// A failure of reqwest in our words, without the URL, which can be signed.
fn failure(call: &Call, timeouts: Timeouts, why: reqwest::Error) -> TransportError {
    let why = why.without_url();
    let host = call.host();
    if why.is_builder() {
        call.error(Kind::Refused, format!("the request to {host} cannot be sent: {}", deepest(why.source())))
    } else if why.is_timeout() && why.is_connect() {
        call.timed_out(TimeoutKind::Connect, timeouts.connect)
    } else if why.is_connect() {
        call.error(Kind::Connect, format!("cannot connect to {host}: {}", deepest(why.source())))
    } else {
        call.broken(&why)
    }
}
