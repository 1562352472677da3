//! HTTP: connections and their limits, and the way from bytes to a [`Request`] and from an [`Answer`] back.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::Version;
use hyper::body::{Body as _, Incoming};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rdbfetch::Timestamp;

use crate::admission::{Admission, Slot};
use crate::clock::Clock;
use crate::content::Body;
use crate::delivery::{Delivery, Stop};
use crate::outgoing::{Outgoing, Telling};
use crate::wire::{Line, Stream, Wire};

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

    /// What becomes of a new connection, before anything is read from it.
    fn accept(&self) -> Accept {
        Accept::Serve
    }

    /// How many bytes the body of a request for this path may have, where not as many as for all ports.
    fn most(&self, _path: &str) -> Option<usize> {
        None
    }

    /// Answers a request that cannot be read: its body is too large, is broken, or takes too long.
    fn unreadable(&self, status: u16, reason: &str) -> Answer {
        Answer::text(status, reason)
    }
}

/// What becomes of a new connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accept {
    /// Its requests are answered.
    Serve,
    /// It is reset.
    Reset,
}

/// What a connection's requests are answered with.
pub(crate) struct Desk {
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) clock: Clock,
    pub(crate) admission: Arc<Admission>,
}

/// Why a request cannot be read.
struct Unreadable {
    status: u16,
    reason: &'static str,
    header: Option<(&'static str, &'static str)>,
}

fn unreadable(status: u16, reason: &'static str) -> Unreadable {
    Unreadable { status, reason, header: None }
}

impl Unreadable {
    /// The same with a header in its answer.
    fn with(self, name: &'static str, value: &'static str) -> Self {
        Self { header: Some((name, value)), ..self }
    }
}

/// An answer that ends before its head.
type Unsaid = std::io::Error;

impl Desk {
    /// Serves a connection until it ends.
    pub(crate) async fn serve(&self, stream: Stream, slot: Slot) {
        let limits = &self.admission.limits;
        let line = Arc::new(Line::new(slot));
        let wire = Wire::new(stream, Arc::clone(&line), limits);
        let service = service_fn(|request| self.respond(request, &line));
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_time)
            .max_buf_size(limits.head_bytes.max(SMALLEST_HEAD))
            .auto_date_header(false)
            // Who has said all may still want to hear; a wire notices who leaves while waiting.
            .half_close(true)
            .serve_connection(TokioIo::new(wire), service);
        // A client that goes away, or that speaks no HTTP, concerns nobody else.
        let _ = connection.await;
        line.finish().await;
    }

    async fn respond(
        &self,
        request: hyper::Request<Incoming>,
        line: &Arc<Line>,
    ) -> Result<hyper::Response<Outgoing>, Unsaid> {
        if line.ends().is_some() {
            // This connection has said its last word.
            std::future::pending::<()>().await;
        }
        line.asked();
        let now = self.clock.tick();
        let bodiless = request.method() == hyper::Method::HEAD;
        let answer = match self.receive(request, now).await {
            Ok(request) => self.handler.answer(&request),
            Err(Unreadable { status, reason, header }) => {
                let answer = self.handler.unreadable(status, reason).with("connection", "close");
                header.into_iter().fold(answer, |answer, (name, value)| answer.with(name, value))
            }
        };
        let Answer { status, headers, body, delivery } = answer;
        let Delivery { delay, stop, unmeasured, over } = delivery;
        let telling = Telling(over);
        if !delay.is_zero() {
            line.wait(delay).await;
        }
        if let Some(Stop { after: None, then }) = stop {
            line.end(then);
            if then == crate::delivery::Then::Stall {
                line.wait(self.admission.limits.stall_time).await;
            }
            return Err(std::io::ErrorKind::ConnectionAborted.into());
        }
        let body = Outgoing::new(body, telling, Arc::clone(line));
        let body = body.bodiless(bodiless).stopping(stop.filter(|_| !bodiless)).unmeasured(unmeasured);
        let mut response = hyper::Response::new(body);
        if unmeasured {
            // In HTTP/1.1 such a body would come in chunks, and its end would show.
            *response.version_mut() = Version::HTTP_10;
        }
        *response.status_mut() =
            hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
        write_head(response.headers_mut(), headers, now);
        Ok(response)
    }

    /// Reads the whole request, or says why not.
    async fn receive(
        &self,
        request: hyper::Request<Incoming>,
        now: Timestamp,
    ) -> Result<Request, Unreadable> {
        let (head, body) = request.into_parts();
        if head.method == hyper::Method::CONNECT {
            return Err(unreadable(405, "this is no proxy").with("allow", "GET, HEAD, POST"));
        }
        let most = self.handler.most(head.uri.path()).unwrap_or(self.admission.limits.body_bytes);
        let body = if body.is_end_stream() { Bytes::new() } else { self.body(body, most).await? };
        let mut host = None;
        let mut headers = Vec::with_capacity(head.headers.len());
        for (name, value) in &head.headers {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            if name != header::HOST {
                headers.push((name.as_str().to_owned(), value));
            } else if host.replace(value).is_some() {
                return Err(unreadable(400, "the request has more than one Host header"));
            }
        }
        if host.is_none() && head.version == Version::HTTP_11 {
            return Err(unreadable(400, "the request has no Host header"));
        }
        // A target that names the host itself goes before the header.
        let named = head.uri.authority().map(|authority| authority.as_str().to_owned());
        let path = match head.uri.path() {
            "" => "/",
            path => path,
        };
        Ok(Request {
            method: head.method.as_str().to_owned(),
            path: path.to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            host: named.or(host).unwrap_or_default(),
            headers,
            body,
            now,
        })
    }

    /// Reads the body of a request, or says why not.
    async fn body(&self, mut body: Incoming, most: usize) -> Result<Bytes, Unreadable> {
        let too_large = || unreadable(413, "the body of the request is too large");
        if body.size_hint().lower() > u64::try_from(most).unwrap_or(u64::MAX) {
            return Err(too_large());
        }
        let mut room = self.admission.room();
        let read = async {
            let mut first = Bytes::new();
            let mut all = BytesMut::new();
            while let Some(frame) = body.frame().await {
                let Ok(frame) = frame else {
                    return Err(unreadable(400, "the body of the request is broken"));
                };
                let Ok(data) = frame.into_data() else { continue };
                if first.len().max(all.len()).saturating_add(data.len()) > most {
                    return Err(too_large());
                }
                if !room.grow(data.len()) {
                    return Err(
                        unreadable(503, "too many bodies of requests at a time").with("retry-after", "1")
                    );
                }
                match (first.is_empty(), all.is_empty()) {
                    // Most bodies come in one piece.
                    (true, true) => first = data,
                    (false, true) => {
                        all.extend_from_slice(&first);
                        all.extend_from_slice(&data);
                    }
                    _ => all.extend_from_slice(&data),
                }
            }
            Ok(if all.is_empty() { first } else { all.freeze() })
        };
        match tokio::time::timeout(self.admission.limits.body_time, read).await {
            Ok(result) => result,
            Err(_) => Err(unreadable(408, "the body of the request takes too long")),
        }
    }
}

/// The least that hyper takes as the most of a head.
const SMALLEST_HEAD: usize = 8 << 10;
/// The Server header.
const SERVER: HeaderValue =
    HeaderValue::from_static(concat!("rdbfetch-emulator/", env!("CARGO_PKG_VERSION")));

/// Writes the headers of an answer. Those that say where it ends are not for handlers to say.
fn write_head(head: &mut hyper::HeaderMap, headers: Vec<(String, String)>, now: Timestamp) {
    head.reserve(headers.len() + 2);
    if let Ok(date) = HeaderValue::try_from(http_date(now)) {
        head.insert(header::DATE, date);
    }
    head.insert(header::SERVER, SERVER);
    for (name, value) in headers {
        // What is no header, such as one with a line break in it, is left out.
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else {
            continue;
        };
        if name == header::DATE {
            // An answer that brings its own goes by another clock.
            head.insert(name, value);
        } else if name != header::CONTENT_LENGTH && name != header::TRANSFER_ENCODING {
            head.append(name, value);
        }
    }
}

/// A moment as HTTP headers write it: the epoch where it lies before.
pub(crate) fn http_date(moment: Timestamp) -> String {
    let seconds = u64::try_from(moment.unix()).unwrap_or_default();
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_as_http_wants_them() {
        let date = |unix| http_date(Timestamp::from_unix(unix).unwrap());
        assert_eq!(date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date(-1), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date(253_402_207_200), "Thu, 30 Dec 9999 22:00:00 GMT", "the end of the calendar");
    }
}
