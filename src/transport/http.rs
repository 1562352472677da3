//! The default transport: HTTP/1.1, and TLS with the feature `rustls`.

mod connect;
mod line;
mod pool;
mod proxied;
mod target;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{self, HeaderMap, HeaderValue};
use http_body_util::Full;
use hyper::body::{Body as _, Incoming};
use hyper_util::client::proxy::matcher::Matcher;
use tokio::runtime::Handle;

use self::connect::{Connector, NoConnection};
use self::line::{Line, Message};
use self::pool::Pool;
use self::proxied::Proxied;
use self::target::{Destination, Target};
use super::shared::{Call, Timeouts, USER_AGENT, deepest, head, texts};
use super::{Body, BoxFuture, Request, Response, Transport};
use crate::error::{Error, TimeoutKind, TransportError, TransportErrorKind as Kind};

type Lines = Pool<Destination, Box<Line>>;

/// Sends requests over the network. Follows no redirects, decompresses nothing, and sends a URL byte for byte or not at
/// all.
///
/// Ten seconds are enough to connect, and thirty between two reads, unless [`HttpTransport::connect_timeout`] and
/// [`HttpTransport::read_timeout`] say otherwise; [`Request::timeout`] limits the whole. Trusted certificates are the
/// system's; `SSL_CERT_FILE` and `SSL_CERT_DIR` name others.
///
/// Requests go over connections of hyper's, or, where the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`) or
/// the system means them for a proxy, through reqwest, unless [`HttpTransport::no_proxy`] says to go past them. This machine
/// itself is never reached through a proxy. On the way to one, a URL that URL parsers would change is refused.
///
/// Connections are kept for 90 seconds, up to 256 for each host, and belong to the tokio runtime in which they were
/// made; another runtime makes its own. No task runs in the background: what a server does to a waiting connection is
/// noticed when it is next to be used, and it is then replaced. Dropping an answer before its end closes its connection.
#[derive(Default)]
pub struct HttpTransport {
    timeouts: Timeouts,
    connector: Connector,
    idle: Arc<Lines>,
    proxied: Proxied,
}

impl HttpTransport {
    /// A transport. What it needs is set up with the first request.
    ///
    /// # Errors
    /// None at present.
    pub fn new() -> Result<Self, Error> {
        Ok(Self::default())
    }

    /// The same with this much time to connect, TLS included. [`Duration::MAX`] is no limit. What is connected to a proxy
    /// already is forgotten.
    ///
    /// # Errors
    /// [`Error::Config`] where it is zero.
    pub fn connect_timeout(self, timeout: Duration) -> Result<Self, Error> {
        Ok(Self { timeouts: self.timeouts.with_connect(timeout)?, proxied: Proxied::default(), ..self })
    }

    /// The same with this much time for every silence of the server: before its answer, and within it.
    /// [`Duration::MAX`] is no limit.
    ///
    /// # Errors
    /// [`Error::Config`] where it is zero.
    pub fn read_timeout(self, timeout: Duration) -> Result<Self, Error> {
        Ok(Self { timeouts: self.timeouts.with_read(timeout)?, ..self })
    }

    /// The same, past all proxies.
    #[must_use]
    pub fn no_proxy(self) -> Self {
        Self { connector: Connector::with_proxies(Matcher::builder().build()), ..self }
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let runtime = Handle::try_current();
        let Parts { target, head, body, call } = Parts::new(request, self.timeouts)?;
        let runtime =
            runtime.map_err(|_| call.error(Kind::Refused, "there is no tokio runtime".to_owned()))?;
        let destination = target.destination(runtime.id());
        let mut waiting = self.idle.take(&destination);
        // What waits was not meant for a proxy.
        if waiting.is_none() && self.connector.is_for_a_proxy(&target) {
            return self.proxied.exchange(&target, head, body, call, self.timeouts).await;
        }
        let mut message = message(&target, head, body, &call.host);
        loop {
            let new = waiting.is_none();
            let mut line = match waiting {
                Some(line) => line,
                None => self.connect(&target, &call).await?,
            };
            match call.silent(line.send(message)).await? {
                Ok(answer) => return Ok(self.response(answer, line, destination, call)),
                Err(mut why) => match why.take_message() {
                    // The server had closed it while it waited: another one will do.
                    Some(unsent) if !new => message = unsent,
                    _ => return Err(call.broken(&why.into_error())),
                },
            }
            waiting = self.idle.take(&destination);
        }
    }

    async fn connect(&self, target: &Target, call: &Call) -> Result<Box<Line>, TransportError> {
        let io = self.connector.connect(target);
        let io = call.within(self.timeouts.connect, TimeoutKind::Connect, io).await?;
        let io = io.map_err(|why| match why {
            NoConnection::Refused(why) => call.error(Kind::Refused, why),
            NoConnection::Failed(why) => {
                let why = deepest(Some(&*why));
                call.error(Kind::Connect, format!("cannot connect to {}: {why}", call.host()))
            }
        })?;
        Line::new(io).await.map_err(|why| call.broken(&why))
    }

    /// An answer whose head is there.
    fn response(
        &self,
        answer: http::Response<Incoming>,
        line: Box<Line>,
        good_for: Destination,
        call: Call,
    ) -> Response {
        let (head, body) = answer.into_parts();
        let (status, headers) = (head.status.as_u16(), texts(&head.headers));
        let mut rest =
            Rest { state: State::Coming(line), body, call, good_for, idle: Arc::clone(&self.idle) };
        if rest.body.is_end_stream() {
            rest.end();
        }
        Response { status, headers, body: Box::new(rest) }
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

/// A request, read.
struct Parts {
    target: Target,
    head: (Method, HeaderMap),
    body: Vec<u8>,
    call: Call,
}

impl Parts {
    /// Reads a request. Its time begins.
    fn new(request: Request, timeouts: Timeouts) -> Result<Self, TransportError> {
        let Request { what, method, url, headers, body, timeout } = request;
        let refused = |why: String| TransportError::new(what.as_str(), Kind::Refused, why);
        let target = Target::new(url).map_err(refused)?;
        let host = HeaderValue::try_from(target.host())
            .map_err(|_| refused("the URL's host cannot be sent".to_owned()))?;
        let head = head(&method, headers, body.is_empty()).map_err(refused)?;
        let call = Call::new(what, host, timeout, timeouts.read);
        Ok(Self { target, head, body, call })
    }
}

/// A request in hyper's form.
fn message(
    target: &Target,
    (method, mut headers): (Method, HeaderMap),
    body: Vec<u8>,
    host: &HeaderValue,
) -> Message {
    headers.entry(header::HOST).or_insert_with(|| host.clone());
    headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    headers.entry(header::USER_AGENT).or_insert(HeaderValue::from_static(USER_AGENT));
    let mut message = http::Request::new(Full::from(body));
    *message.method_mut() = method;
    *message.uri_mut() = target.origin_form();
    *message.headers_mut() = headers;
    message
}

/// The rest of an answer.
struct Rest {
    state: State,
    body: Incoming,
    call: Call,
    good_for: Destination,
    idle: Arc<Lines>,
}

enum State {
    /// It comes over this connection.
    Coming(Box<Line>),
    /// All of it is there.
    Over,
    /// It never came.
    Lost(TransportError),
}

impl Rest {
    async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        let line = match &mut self.state {
            State::Coming(line) => line,
            State::Over => return Ok(None),
            State::Lost(why) => return Err(why.clone()),
        };
        let piece = line.piece(&mut self.body);
        let piece = self.call.silent(piece).await;
        let piece = piece.and_then(|piece| piece.transpose().map_err(|why| self.call.broken(&why)));
        match &piece {
            Ok(Some(_)) if !self.body.is_end_stream() => {}
            Ok(_) => self.end(),
            // Nothing else can come over this connection.
            Err(why) => self.state = State::Lost(why.clone()),
        }
        piece
    }

    /// Lets the connection wait for another request, now that all of the answer is there.
    fn end(&mut self) {
        if let State::Coming(mut line) = std::mem::replace(&mut self.state, State::Over)
            && line.is_free()
        {
            self.idle.give(self.good_for.clone(), line);
        }
    }
}

impl Body for Rest {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(self.next())
    }
}

/// The way of what is meant for a proxy, for everything and without one: it must do what the other does.
#[cfg(test)]
pub(super) struct ThroughReqwest(HttpTransport);

#[cfg(test)]
impl ThroughReqwest {
    pub(super) fn new(transport: HttpTransport) -> Self {
        let proxied = Proxied::with(transport.timeouts, reqwest::ClientBuilder::no_proxy);
        Self(HttpTransport { proxied, ..transport })
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let Parts { target, head, body, call } = Parts::new(request, self.0.timeouts)?;
        self.0.proxied.exchange(&target, head, body, call, self.0.timeouts).await
    }
}

#[cfg(test)]
impl Transport for ThroughReqwest {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    fn get(url: &str) -> Request {
        Request {
            what: "Op".to_owned(),
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: None,
        }
    }

    /// A server that answers once, and what it was sent up to the end of the head.
    async fn proxy() -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = Vec::new();
            while !seen.ends_with(b"\r\n\r\n") {
                seen.push(stream.read_u8().await.unwrap());
            }
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            String::from_utf8(seen).unwrap()
        });
        (url, seen)
    }

    /// A transport for which all the world but this machine is behind a proxy.
    fn behind(proxy: &str) -> HttpTransport {
        let proxies = Matcher::builder().all(proxy.to_owned()).build();
        let all = reqwest::Proxy::all(proxy).unwrap();
        HttpTransport {
            connector: Connector::with_proxies(proxies),
            proxied: Proxied::with(Timeouts::default(), |builder| builder.proxy(all)),
            ..HttpTransport::default()
        }
    }

    #[tokio::test]
    async fn what_is_meant_for_a_proxy_goes_there() {
        let (proxy, seen) = proxy().await;
        let answer = behind(&proxy).send(get("http://192.0.2.1:81/a%2fb?sign=a+b")).await.unwrap();
        assert_eq!(answer.status, 204);
        let seen = seen.await.unwrap();
        assert!(seen.starts_with("GET http://192.0.2.1:81/a%2fb?sign=a+b HTTP/1.1\r\n"), "{seen}");
        let head = seen.to_lowercase();
        for header in ["host: 192.0.2.1:81", concat!("user-agent: rdbfetch/", env!("CARGO_PKG_VERSION"))] {
            assert_eq!(head.matches(&format!("\r\n{header}\r\n")).count(), 1, "{seen}");
        }
    }

    #[cfg(feature = "rustls")]
    #[tokio::test]
    async fn a_proxy_that_refuses_a_tunnel_is_no_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut line = [0; 7];
            stream.read_exact(&mut line).await.unwrap();
            assert_eq!(&line, b"CONNECT");
            stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        });
        let error = behind(&proxy).send(get("https://elsewhere.invalid/?sign=hush")).await.unwrap_err();
        assert_eq!(error.kind, Kind::Connect, "{error}");
        assert!(!error.message.contains("hush"), "{error}");
    }

    #[tokio::test]
    async fn nothing_is_changed_on_the_way_to_a_proxy() {
        let error =
            behind("http://127.0.0.1:1").send(get("http://192.0.2.1/a/../b?sign=hush")).await.unwrap_err();
        assert_eq!(error.kind, Kind::Refused, "{error}");
        assert!(error.message.contains("its path holds `..`") && !error.message.contains("hush"), "{error}");
    }

    #[tokio::test]
    async fn this_machine_is_never_behind_a_proxy() {
        let (near, seen) = proxy().await;
        let answer = behind("http://127.0.0.1:1").send(get(&format!("{near}/a/../b'"))).await.unwrap();
        assert_eq!(answer.status, 204);
        assert!(seen.await.unwrap().starts_with("GET /a/../b' HTTP/1.1\r\n"));
    }

    #[test]
    fn without_a_runtime_nothing_is_sent() {
        let transport = HttpTransport::default();
        let mut future = std::pin::pin!(transport.exchange(get("http://127.0.0.1:1/")));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(Err(error)) => assert_eq!(error.kind, Kind::Refused, "{error}"),
            other => panic!("{other:?}"),
        }
    }
}
