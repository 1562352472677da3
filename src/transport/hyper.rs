//! A transport on hyper alone: HTTP/1.1, and TLS with the feature `rustls`.

mod connect;
mod line;
mod pool;
mod target;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http_body_util::Full;
use hyper::body::{Body as _, Incoming};
use hyper_util::client::proxy::matcher::Matcher;
use tokio::runtime::Handle;

use self::connect::{Connector, NoConnection};
use self::line::{Line, Message};
use self::pool::Pool;
use self::target::{Destination, Target};
use super::shared::{Call, Timeouts, USER_AGENT, deepest, head, texts};
use super::{Body, BoxFuture, Request, Response, Transport};
use crate::error::{Error, TimeoutKind, TransportError, TransportErrorKind as Kind};

type Lines = Pool<Destination, Box<Line>>;

/// Sends requests over the network with less work for each than [`HttpTransport`](super::HttpTransport). Follows no
/// redirects, decompresses nothing, and sends a URL byte for byte, also such as URL parsers would change.
///
/// Timeouts and trusted certificates are those of the default transport. What it lacks are proxies: a request that the
/// environment or the system means for one is refused, unless [`HyperTransport::no_proxy`] says to go past them.
///
/// Connections are kept for 90 seconds, up to 256 for each host, and belong to the tokio runtime in which they were
/// made; another runtime makes its own. No task runs in the background: what a server does to a waiting connection is
/// noticed when it is next to be used, and it is then replaced. Dropping an answer before its end closes its connection.
#[derive(Default)]
pub struct HyperTransport {
    timeouts: Timeouts,
    connector: Connector,
    idle: Arc<Lines>,
}

impl HyperTransport {
    /// A transport. What TLS needs is set up with the first request that needs it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with this much time to connect, TLS included. [`Duration::MAX`] is no limit.
    ///
    /// # Errors
    /// [`Error::Config`] where it is zero.
    pub fn connect_timeout(self, timeout: Duration) -> Result<Self, Error> {
        Ok(Self { timeouts: self.timeouts.with_connect(timeout)?, ..self })
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
        let Request { what, method, url, headers, body, timeout } = request;
        let refused = |why: String| TransportError::new(what.as_str(), Kind::Refused, why);
        let runtime = Handle::try_current().map_err(|_| refused("there is no tokio runtime".to_owned()))?;
        let target = Target::new(url).map_err(refused)?;
        let host = HeaderValue::try_from(target.host())
            .map_err(|_| refused("the URL's host cannot be sent".to_owned()))?;
        let mut message = message(&target, &method, headers, body, &host).map_err(refused)?;
        let destination = target.destination(runtime.id());
        let call = Call::new(what, host, timeout, self.timeouts.read);
        loop {
            let waiting = self.idle.take(&destination);
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

impl fmt::Debug for HyperTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HyperTransport")
    }
}

impl Transport for HyperTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

/// A request in hyper's form, or what about it cannot be sent.
fn message(
    target: &Target,
    method: &str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    host: &HeaderValue,
) -> Result<Message, String> {
    let (method, mut headers) = head(method, headers, body.is_empty())?;
    headers.entry(header::HOST).or_insert_with(|| host.clone());
    headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    headers.entry(header::USER_AGENT).or_insert(HeaderValue::from_static(USER_AGENT));
    let mut message = http::Request::new(Full::from(body));
    *message.method_mut() = method;
    *message.uri_mut() = target.origin_form();
    *message.headers_mut() = headers;
    Ok(message)
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

#[cfg(test)]
mod tests {
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

    #[tokio::test]
    async fn what_is_meant_for_a_proxy_is_refused_and_not_sent_past_it() {
        let proxies = Matcher::builder().all("http://127.0.0.1:1").build();
        let behind = HyperTransport { connector: Connector::with_proxies(proxies), ..HyperTransport::new() };
        for url in ["http://192.0.2.1:1/?sign=hush", "https://elsewhere.invalid/?sign=hush"] {
            let error = behind.send(get(url)).await.unwrap_err();
            assert_eq!(error.kind, Kind::Refused, "{error}");
            assert!(
                error.message.contains("meant for a proxy") && !error.message.contains("hush"),
                "{error}"
            );
        }
        let error = behind.send(get("http://127.0.0.1:1/")).await.unwrap_err();
        assert_eq!(error.kind, Kind::Connect, "{error}");
    }

    #[test]
    fn without_a_runtime_nothing_is_sent() {
        let transport = HyperTransport::new();
        let mut future = std::pin::pin!(transport.exchange(get("http://127.0.0.1:1/")));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(Err(error)) => assert_eq!(error.kind, Kind::Refused, "{error}"),
            other => panic!("{other:?}"),
        }
    }
}
