//! A cloud and its storage, in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::download::engine::Origin;
use crate::error::{Error, TransportError, TransportErrorKind};
use crate::model::BackupLinks;
use crate::time::Timestamp;
use crate::transport::{Body, BoxFuture, Request, Response, Transport};

pub(super) const ERROR_PAGE: &[u8] =
    b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Resource>/x?sign=s3cret</Resource></Error>";

/// A file on the storage.
#[derive(Clone)]
pub(super) struct Object {
    pub(super) bytes: Bytes,
    pub(super) etag: Option<String>,
    pub(super) modified: Option<String>,
    /// Whether parts of it can be had.
    pub(super) ranges: bool,
}

impl Object {
    /// One that can be recognised, and of which parts can be had.
    pub(super) fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let etag = Some(format!("\"{:08x}\"", crc32fast::hash(&bytes)));
        Self { bytes, etag, modified: None, ranges: true }
    }

    /// One of which nothing can be had but the whole.
    pub(super) fn plain(bytes: impl Into<Bytes>) -> Self {
        Self { etag: None, ranges: false, ..Self::new(bytes) }
    }
}

/// What the storage answers to a request.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
    /// What happens after the body.
    pub(super) then: Then,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    End,
    Break,
    /// Nothing happens ever after.
    Silence,
}

impl Answer {
    pub(super) fn set(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value.to_string()));
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self
    }

    /// With so many bytes of the body only, and then this.
    pub(super) fn cut(mut self, after: usize, then: Then) -> Self {
        self.body.truncate(after);
        Self { then, ..self }
    }
}

pub(super) fn page(status: u16, body: &[u8]) -> Answer {
    let headers = vec![("content-length", body.len().to_string())];
    Answer { status, headers, body: Bytes::copy_from_slice(body), then: Then::End }
}

/// What goes wrong with an answer; `None` is a connection that never comes about.
pub(super) type Act = Box<dyn FnOnce(Answer) -> Option<Answer> + Send>;

/// What happens to a request with this number.
type Always = Box<dyn Fn(usize, &Asked) -> Act + Send + Sync>;

pub(super) fn act(change: impl FnOnce(Answer) -> Answer + Send + 'static) -> Act {
    Box::new(|answer| Some(change(answer)))
}

pub(super) fn fine() -> Act {
    act(|answer| answer)
}

pub(super) fn status(status: u16) -> Act {
    act(move |_| page(status, ERROR_PAGE))
}

pub(super) fn unreachable() -> Act {
    Box::new(|_| None)
}

/// A request for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) url: String,
    pub(super) range: Option<String>,
    pub(super) if_range: Option<String>,
}

/// The cloud and the storage, and what they were asked.
pub(super) struct Mock {
    pub(super) links: Mutex<VecDeque<Result<Vec<BackupFile>, Error>>>,
    /// By name.
    pub(super) objects: Arc<Mutex<HashMap<String, Object>>>,
    /// What happens to requests, in their order.
    pub(super) acts: Mutex<VecDeque<Act>>,
    /// What happens to each request after these, by its number.
    pub(super) always: Always,
    pub(super) asked: Mutex<Vec<Asked>>,
    pub(super) log: Mutex<Vec<String>>,
    /// Bytes that were sent, whether anybody took them or not.
    pub(super) sent: Mutex<u64>,
    /// How often each byte of a file was taken.
    pub(super) delivered: Arc<Mutex<Vec<u32>>>,
    pub(super) unit: u64,
    /// The time, in seconds, if it does not stand still at 1000.
    pub(super) clock: Option<Arc<Mutex<i64>>>,
    /// How large the pieces of a body are.
    pub(super) chunk: usize,
}

impl Mock {
    /// A cloud that gives these links, one after the other.
    pub(super) fn with(links: Vec<Vec<BackupFile>>) -> Self {
        Self {
            links: Mutex::new(links.into_iter().map(Ok).collect()),
            objects: Arc::default(),
            delivered: Arc::default(),
            acts: Mutex::default(),
            always: Box::new(|_, _| fine()),
            asked: Mutex::default(),
            log: Mutex::default(),
            sent: Mutex::default(),
            unit: 1,
            clock: None,
            chunk: 7,
        }
    }

    /// A cloud with one file.
    pub(super) fn of(object: Object) -> Self {
        Self::with(vec![vec![file("f")]; 9]).has("f", object)
    }

    pub(super) fn has(self, name: &str, object: Object) -> Self {
        self.objects.lock().unwrap().insert(name.to_owned(), object);
        self
    }

    /// These things happen to the next requests.
    pub(super) fn acts(self, acts: impl IntoIterator<Item = Act>) -> Self {
        self.acts.lock().unwrap().extend(acts);
        self
    }

    /// The ranges that were asked for.
    pub(super) fn ranges(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|asked| asked.range.clone().unwrap_or_default()).collect()
    }

    fn answer(&self, asked: &Asked) -> Answer {
        let name = asked.url.split(['/', '?']).nth(3).unwrap();
        let Some(object) = self.objects.lock().unwrap().get(name).cloned() else {
            return page(404, ERROR_PAGE);
        };
        let total = object.bytes.len();
        let fits = asked.if_range.is_none() || asked.if_range == object.etag;
        let range = asked.range.as_deref().filter(|_| object.ranges && fits);
        let range = range.map(|range| {
            let (from, to) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
            (from.parse::<usize>().unwrap(), (to.parse::<usize>().unwrap() + 1).min(total))
        });
        let (status, from, to) = match range {
            Some((from, _)) if from >= total => {
                return page(416, b"").set("content-range", format!("bytes */{total}"));
            }
            Some((from, to)) => (206, from, to),
            None => (200, 0, total),
        };
        let mut answer = page(status, &object.bytes[from..to]);
        if status == 206 {
            answer = answer.set("content-range", format!("bytes {from}-{}/{total}", to - 1));
        }
        answer.headers.extend(object.etag.map(|etag| ("etag", etag)));
        answer.headers.extend(object.modified.map(|date| ("last-modified", date)));
        answer
    }
}

impl Transport for Mock {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        assert_eq!((request.method.as_str(), request.body.len(), request.timeout), ("GET", 0, None));
        let header = |name: &str| {
            let found = request.headers.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone())
        };
        assert_eq!(header("Accept-Encoding").as_deref(), Some("identity"));
        let asked = Asked { url: request.url.clone(), range: header("Range"), if_range: header("If-Range") };
        self.log.lock().unwrap().push(request.url);
        let number = {
            let mut all = self.asked.lock().unwrap();
            all.push(asked.clone());
            all.len()
        };
        let act = self.acts.lock().unwrap().pop_front().unwrap_or_else(|| (self.always)(number, &asked));
        let Some(answer) = act(self.answer(&asked)) else {
            let error = TransportError::new(request.what, TransportErrorKind::Connect, "no route");
            return Box::pin(std::future::ready(Err(error)));
        };
        if matches!(answer.status, 200 | 206) {
            *self.sent.lock().unwrap() += answer.body.len() as u64;
        }
        let headers = answer.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let last = asked.range.as_deref().and_then(|range| range.split_once('-')?.1.parse::<usize>().ok());
        let body = Box::new(Pieces {
            at: first(&asked, answer.status),
            until: last.map_or(usize::MAX, |last| last + 1),
            delivered: Arc::clone(&self.delivered),
            rest: answer.body,
            chunk: self.chunk,
            then: answer.then,
        });
        Box::pin(std::future::ready(Ok(Response { status: answer.status, headers, body })))
    }
}

/// Which byte of the file an answer begins with, if it holds what was asked for. Of a whole that comes in place of a part,
/// some may be taken that is of no use.
fn first(asked: &Asked, status: u16) -> Option<usize> {
    let range = asked.range.as_deref().filter(|_| status == 206);
    let first = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-')?.0.parse().ok());
    if status == 200 && asked.range.is_none() { Some(0) } else { first }
}

/// Gives its pieces one by one.
struct Pieces {
    at: Option<usize>,
    /// Where what was asked for ends.
    until: usize,
    delivered: Arc<Mutex<Vec<u32>>>,
    rest: Bytes,
    chunk: usize,
    then: Then,
}

impl Body for Pieces {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let piece = self.rest.split_to(self.chunk.min(self.rest.len()));
        if let Some(at) = self.at.as_mut() {
            let mut delivered = self.delivered.lock().unwrap();
            let end = (*at + piece.len()).min(self.until);
            if delivered.len() < end {
                delivered.resize(end, 0);
            }
            delivered[(*at).min(end)..end].iter_mut().for_each(|times| *times += 1);
            *at += piece.len();
        }
        if !piece.is_empty() {
            return Box::pin(std::future::ready(Ok(Some(piece))));
        }
        match self.then {
            Then::End => Box::pin(std::future::ready(Ok(None))),
            Then::Silence => Box::pin(std::future::pending()),
            Then::Break => {
                let error = TransportError::new("mock", TransportErrorKind::Broken, "connection reset");
                Box::pin(std::future::ready(Err(error)))
            }
        }
    }
}

impl Origin for Mock {
    fn service(&self) -> &str {
        "mock"
    }

    fn links(&self) -> BoxFuture<'_, Result<BackupLinks, Error>> {
        self.log.lock().unwrap().push("links".to_owned());
        let files = self.links.lock().unwrap().pop_front().expect("asked for links too often");
        let links = files.map(|files| BackupLinks {
            operation: "GetLinks",
            backup: BackupId::new("i", "b"),
            request_id: None,
            files,
        });
        Box::pin(std::future::ready(links))
    }

    fn size_unit(&self, operation: &str) -> u64 {
        assert_eq!(operation, "GetLinks");
        self.unit
    }

    fn transport(&self) -> &dyn Transport {
        self
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.clock.as_ref().map_or(1000, |clock| *clock.lock().unwrap())).unwrap()
    }

    fn share(&self) -> f64 {
        1.0
    }
}
