//! HTTP: connections and their limits, and the way from bytes to a [`Request`] and from an [`Answer`] back.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rdbfetch::Timestamp;
use rdbfetch::service::TimeFormat;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::content::Body;
use crate::delivery::Delivery;

/// Connections that a port serves at a time; more have to wait.
const MAX_CONNECTIONS: usize = 1024;
/// Bytes that the head of a request may have.
const MAX_HEAD: usize = 64 << 10;
/// Bytes that the body of a request may have.
const MAX_BODY: usize = 10 << 20;
/// How long a client may take for the head of a request, and for its body.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait when the machine has no more sockets.
const PAUSE: Duration = Duration::from_millis(50);

/// A request with its whole body.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path as it travelled.
    pub(crate) path: String,
    /// The query as it travelled, without `?`.
    pub(crate) query: String,
    /// The Host header.
    pub(crate) host: String,
    /// All other headers, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    /// When it came, by the emulator's clock.
    pub(crate) now: Timestamp,
}

impl Request {
    /// The first header with this name (lower case).
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// An answer with its whole body.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
    pub(crate) delivery: Delivery,
}

impl Answer {
    /// An answer with a body of this type.
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Body>) -> Self {
        let answer = Self { status, body: body.into(), ..Self::default() };
        answer.with("content-type", content_type)
    }

    /// A plain text, for what the specs say nothing about.
    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", format!("{text}\n"))
    }

    /// The answer with one more header.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// What answers the requests of a port.
pub(crate) trait Handler: Send + Sync + 'static {
    /// Answers a request.
    fn answer(&self, request: &Request) -> Answer;

    /// How many bytes the body of a request for this path may have.
    fn most(&self, _path: &str) -> usize {
        MAX_BODY
    }

    /// Answers a request that cannot be read: its body is too large, is broken, or takes too long.
    fn unreadable(&self, status: u16, reason: &str) -> Answer {
        Answer::text(status, reason)
    }
}

/// Serves a port until it is dropped, with all its connections.
pub(crate) async fn serve(listener: TcpListener, handler: Arc<dyn Handler>, clock: Clock) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let (handler, clock) = (Arc::clone(&handler), clock.clone());
        connections.spawn(async move {
            connection(stream, handler, clock).await;
            drop(slot);
        });
    }
}

async fn connection(stream: TcpStream, handler: Arc<dyn Handler>, clock: Clock) {
    // Without this small answers wait for the client's acknowledgement; where it fails they just do.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let (handler, clock) = (Arc::clone(&handler), clock.clone());
        async move { Ok::<_, Infallible>(respond(request, &*handler, clock.tick()).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(MAX_HEAD)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service);
    // A client that goes away, or that speaks no HTTP, concerns nobody else.
    let _ = connection.await;
}

async fn respond(
    request: hyper::Request<Incoming>,
    handler: &dyn Handler,
    now: Timestamp,
) -> hyper::Response<Full<Bytes>> {
    let most = handler.most(request.uri().path());
    let answer = match receive(request, now, most).await {
        Ok(request) => handler.answer(&request),
        Err((status, reason)) => handler.unreadable(status, reason).with("connection", "close"),
    };
    let body = match answer.body {
        Body::Bytes(bytes) => bytes,
        Body::Part(content, range) => content.read(range),
    };
    let mut response = hyper::Response::new(Full::new(body));
    *response.status_mut() =
        hyper::StatusCode::from_u16(answer.status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    // An answer that brings its own Date goes by another clock.
    let date =
        (!answer.headers.iter().any(|(name, _)| name == "date")).then(|| ("date".to_owned(), http_date(now)));
    let common = date.into_iter().chain([("server".to_owned(), SERVER.to_owned())]);
    for (name, value) in common.chain(answer.headers) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// The Server header.
const SERVER: &str = concat!("rdbfetch-emulator/", env!("CARGO_PKG_VERSION"));

/// Reads the whole request, or says why not.
async fn receive(
    request: hyper::Request<Incoming>,
    now: Timestamp,
    most: usize,
) -> Result<Request, (u16, &'static str)> {
    let (head, body) = request.into_parts();
    let body = tokio::time::timeout(PATIENCE, Limited::new(body, most).collect()).await;
    let body = match body {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(problem)) if problem.is::<LengthLimitError>() => {
            return Err((413, "the body of the request is too large"));
        }
        Ok(Err(_)) => return Err((400, "the body of the request is broken")),
        Err(_) => return Err((408, "the body of the request takes too long")),
    };
    let mut host = String::new();
    let mut headers = Vec::with_capacity(head.headers.len());
    for (name, value) in &head.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        if name == hyper::header::HOST {
            host = value;
        } else {
            headers.push((name.as_str().to_owned(), value));
        }
    }
    let path = match head.uri.path() {
        "" => "/",
        path => path,
    };
    Ok(Request {
        method: head.method.as_str().to_owned(),
        path: path.to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        host,
        headers,
        body,
        now,
    })
}

/// A moment as HTTP headers write it.
pub(crate) fn http_date(moment: Timestamp) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let utc = |format| moment.format(TimeFormat { format, offset: 0 });
    // The first of January 1970 was a Thursday.
    let day = usize::try_from(moment.unix().div_euclid(86_400).rem_euclid(7)).unwrap_or_default();
    let month: usize = utc("%m").parse().unwrap_or(1);
    format!("{}, {} {} {} GMT", DAYS[day], utc("%d"), MONTHS[(month - 1) % 12], utc("%Y %H:%M:%S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_as_http_wants_them() {
        let date = |unix| http_date(Timestamp::from_unix(unix).unwrap());
        assert_eq!(date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
    }
}
