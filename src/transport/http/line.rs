//! One connection. No task of its own looks after it: whoever waits for its answer moves it along, which spares two
//! changes of task per request, and a wake-up of another thread where the runtime has several.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{Connection, SendRequest, handshake};

use super::connect::Io;

/// A request as hyper sends it.
pub(super) type Message = http::Request<Full<Bytes>>;

/// A connection that nobody else uses. Dropping it closes it.
pub(super) struct Line {
    sender: SendRequest<Full<Bytes>>,
    /// `None` once it is over.
    connection: Option<Connection<Io, Full<Bytes>>>,
}

impl Line {
    pub(super) async fn new(io: Io) -> hyper::Result<Box<Self>> {
        let (sender, connection) = handshake(io).await?;
        Ok(Box::new(Self { sender, connection: Some(connection) }))
    }

    /// Lets the connection write and read what it can, and has the task woken when it can do more.
    fn drive(&mut self, cx: &mut Context<'_>) {
        if let Some(connection) = &mut self.connection
            && Pin::new(connection).poll(cx).is_ready()
        {
            // Whoever waits for something from it is told when it is dropped.
            self.connection = None;
        }
    }

    /// Sends a request and waits for the head of the answer. A request of which nothing was written comes back with the
    /// error.
    pub(super) async fn send(
        &mut self,
        message: Message,
    ) -> Result<http::Response<Incoming>, TrySendError<Message>> {
        let mut answer = pin!(self.sender.try_send_request(message));
        poll_fn(|cx| {
            self.drive(cx);
            let answer = ready!(answer.as_mut().poll(cx));
            self.rest();
            Poll::Ready(answer)
        })
        .await
    }

    /// Waits for the next piece of an answer's body; `None` at the end.
    pub(super) async fn piece(&mut self, body: &mut Incoming) -> Option<hyper::Result<Bytes>> {
        poll_fn(|cx| {
            loop {
                let mut frame = Pin::new(&mut *body).poll_frame(cx);
                if frame.is_pending() {
                    self.drive(cx);
                    frame = Pin::new(&mut *body).poll_frame(cx);
                }
                match ready!(frame) {
                    Some(Ok(frame)) => {
                        // Fields behind the body are nobody's business.
                        let Ok(data) = frame.into_data() else { continue };
                        return Poll::Ready(Some(Ok(data)));
                    }
                    other => return Poll::Ready(other.map(|frame| frame.map(|_| Bytes::new()))),
                }
            }
        })
        .await
    }

    /// Whether it can take another request, after the answer to the last one was read.
    pub(super) fn is_free(&mut self) -> bool {
        self.rest();
        self.connection.is_some() && self.sender.is_ready()
    }

    /// Has nobody woken until it is driven again. Otherwise the task would wake itself with the next thing that it asks
    /// of the connection, and the runtime look for events before it lets the task wait.
    fn rest(&mut self) {
        self.drive(&mut Context::from_waker(Waker::noop()));
    }
}
