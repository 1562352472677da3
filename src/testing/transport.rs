//! A transport that answers what a test wants.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;

use crate::cloud::{Builder, Cloud};
use crate::config::Credentials;
use crate::error::TransportError;
use crate::service::Service;
use crate::time::Timestamp;
use crate::transport::{BoxFuture, Request, Response, Transport};

/// An answer of a [`Mock`].
#[derive(Clone)]
pub(crate) struct Canned {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Canned {
    pub(crate) fn response(self) -> Response {
        Response { status: self.status, headers: self.headers, body: Box::new(Some(self.body)) }
    }
}

/// An answer with this status and body.
pub(crate) fn canned(status: u16, body: impl Into<Bytes>) -> Result<Canned, TransportError> {
    let headers =
        vec![("content-type".to_owned(), "text/x".to_owned()), ("x-request-id".to_owned(), "r-1".to_owned())];
    Ok(Canned { status, headers, body: body.into() })
}

/// Answers requests in the order of its answers, the last one again and again, and keeps the requests.
#[derive(Default)]
pub(crate) struct Mock {
    answers: Mutex<VecDeque<Result<Canned, TransportError>>>,
    pub(crate) requests: Mutex<Vec<Request>>,
}

impl Mock {
    pub(crate) fn new(answers: impl IntoIterator<Item = Result<Canned, TransportError>>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into_iter().collect()), ..Self::default() })
    }

    /// The URLs that were asked for.
    pub(crate) fn urls(&self) -> Vec<String> {
        self.requests.lock().unwrap().iter().map(|request| request.url.clone()).collect()
    }

    fn answer(&self) -> Result<Response, TransportError> {
        let mut answers = self.answers.lock().unwrap();
        let answer = match answers.len() {
            0 => panic!("no answer for this request"),
            1 => answers[0].clone(),
            _ => answers.pop_front().unwrap(),
        };
        answer.map(Canned::response)
    }
}

impl Transport for Mock {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        self.requests.lock().unwrap().push(request);
        Box::pin(std::future::ready(self.answer()))
    }
}

/// A client of `service` that gets its answers from `mock`, at 2018-06-25T11:44:28Z.
pub(crate) fn builder(service: &'static Service, mock: &Arc<Mock>) -> Builder {
    Cloud::builder(service)
        .region("r-1")
        .credentials(Credentials::new("AKID", "hush-hush"))
        .transport(Arc::clone(mock) as Arc<dyn Transport>)
        .clock(|| Timestamp::from_unix(1_529_927_068).unwrap())
}
