//! The bytes of a connection, and how it ends.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::admission::Slot;
use crate::delivery::Then;
use crate::limits::Limits;

/// How long to wait for a client to hang up after the connection's last answer, so that it can read it.
const FAREWELL: Duration = Duration::from_secs(2);
/// How many bytes of a client are thrown away meanwhile.
const LEFTOVERS: u64 = 64 << 20;
/// How many bytes are read ahead to learn whether a client that waits has left.
const AHEAD: usize = 16 << 10;

/// Where bytes go to and come from.
#[derive(Debug)]
pub(crate) enum Stream {
    /// As they are.
    Plain(TcpStream),
    /// Through TLS.
    #[cfg(feature = "tls")]
    Tls(Box<tokio_rustls::server::TlsStream<TcpStream>>),
    /// In memory.
    #[cfg(test)]
    Memory(tokio::io::DuplexStream),
}

impl Stream {
    fn tcp(&self) -> Option<&TcpStream> {
        match self {
            Self::Plain(stream) => Some(stream),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => Some(stream.get_ref().0),
            #[cfg(test)]
            Self::Memory(_) => None,
        }
    }
}

/// Runs an expression on whatever the stream is.
macro_rules! each {
    ($stream:expr, $inner:ident => $do:expr) => {
        match $stream {
            Stream::Plain($inner) => $do,
            #[cfg(feature = "tls")]
            Stream::Tls($inner) => $do,
            #[cfg(test)]
            Stream::Memory($inner) => $do,
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        each!(self.get_mut(), inner => Pin::new(inner).poll_read(cx, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), inner => Pin::new(inner).poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), inner => Pin::new(inner).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), inner => Pin::new(inner).poll_shutdown(cx))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), inner => Pin::new(inner).poll_write_vectored(cx, bytes))
    }

    fn is_write_vectored(&self) -> bool {
        each!(self, inner => inner.is_write_vectored())
    }
}

/// What the answers of a connection tell its wire.
#[derive(Debug)]
pub(crate) struct Line {
    slot: Slot,
    /// Whether an answer was handed over whose last bytes may not be sent yet.
    answered: AtomicBool,
    /// Whether the client is being kept waiting for an answer.
    waiting: AtomicBool,
    /// How the connection ends once all is sent that there is to send: one more than the place in [`ENDS`], or 0.
    ends: AtomicU8,
    /// The stream, when the wire is through with it.
    stream: Mutex<Option<Stream>>,
}

const ENDS: [Then; 3] = [Then::Close, Then::Reset, Then::Stall];

impl Line {
    pub(crate) fn new(slot: Slot) -> Self {
        let (answered, waiting) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { slot, answered, waiting, ends: AtomicU8::new(0), stream: Mutex::default() }
    }

    /// Notes that a request is being served.
    pub(crate) fn asked(&self) {
        self.slot.busy();
    }

    /// Keeps the client waiting for so long. Should it leave meanwhile, the connection ends.
    pub(crate) async fn wait(&self, time: Duration) {
        self.waiting.store(true, Ordering::Relaxed);
        tokio::time::sleep(time).await;
        self.waiting.store(false, Ordering::Relaxed);
    }

    /// Notes that all of an answer was handed over.
    pub(crate) fn answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// Notes that all is sent that was handed over.
    fn flushed(&self) {
        if self.answered.load(Ordering::Relaxed) {
            self.answered.store(false, Ordering::Relaxed);
            self.slot.idle();
        }
    }

    /// Ends the connection in this way once all is sent that was handed over.
    pub(crate) fn end(&self, then: Then) {
        let place = match then {
            Then::Close => 1,
            Then::Reset => 2,
            Then::Stall => 3,
        };
        self.ends.store(place, Ordering::Relaxed);
    }

    /// How the connection is to end, if it is known.
    pub(crate) fn ends(&self) -> Option<Then> {
        let place = self.ends.load(Ordering::Relaxed).checked_sub(1)?;
        ENDS.get(usize::from(place)).copied()
    }

    /// Ends a connection whose wire is gone.
    pub(crate) async fn finish(&self) {
        self.slot.busy();
        let stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(stream) = stream else { return };
        if self.ends() == Some(Then::Reset) {
            return reset(&stream);
        }
        farewell(stream).await;
    }
}

/// Has a stream reset when it is dropped.
fn reset(stream: &Stream) {
    if let Some(stream) = stream.tcp() {
        // Where this fails the connection is gone already.
        let _ = stream.set_zero_linger();
    }
}

/// Says that nothing more comes, and waits for the client to hang up, within bounds: one that still sends would be
/// answered with a reset, and might lose the answer that it has not read yet.
pub(crate) async fn farewell(mut stream: Stream) {
    let leave = async {
        stream.shutdown().await?;
        tokio::io::copy(&mut (&mut stream).take(LEFTOVERS), &mut tokio::io::sink()).await
    };
    let _ = tokio::time::timeout(FAREWELL, leave).await;
}

/// The bytes of a connection.
#[derive(Debug)]
pub(crate) struct Wire {
    /// There until the wire is dropped.
    stream: Option<Stream>,
    line: Arc<Line>,
    /// What was read while the client was kept waiting.
    ahead: Vec<u8>,
    /// Whether the client sends no more.
    ended: bool,
    write_time: Duration,
    stall_time: Duration,
    /// When the client has taken nothing for too long, or has been stalled for long enough.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    pub(crate) fn new(stream: Stream, line: Arc<Line>, limits: &Limits) -> Self {
        let Limits { write_time, stall_time, .. } = *limits;
        let (stream, ahead) = (Some(stream), Vec::new());
        Self { stream, line, ahead, ended: false, write_time, stall_time, deadline: None }
    }

    fn stream(&mut self) -> io::Result<Pin<&mut Stream>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// What a write came to: an error where the client has taken nothing for too long.
    fn written<T>(&mut self, cx: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if result.is_ready() {
            self.deadline = None;
            return result;
        }
        let time = self.write_time;
        ready!(self.wait(cx, time));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Whether a client that is kept waiting has left. One that only sends no more looks the same, but has nothing to
    /// expect soon. That it leaves behind more than what is read ahead is noticed late.
    fn has_left(&mut self, cx: &mut Context<'_>) -> bool {
        while !self.ended && self.ahead.len() < AHEAD {
            let mut room = [0; 1 << 10];
            let mut buffer = ReadBuf::new(&mut room);
            let Ok(stream) = self.stream() else { return true };
            match stream.poll_read(cx, &mut buffer) {
                Poll::Pending => return false,
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.ahead.extend_from_slice(buffer.filled());
                }
                Poll::Ready(_) => self.ended = true,
            }
        }
        self.ended
    }

    /// Waits until some time after the first such call.
    fn wait(&mut self, cx: &mut Context<'_>, time: Duration) -> Poll<()> {
        self.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep(time))).as_mut().poll(cx)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            return if self.ended { Poll::Ready(Ok(())) } else { self.stream()?.poll_read(cx, buffer) };
        }
        let count = buffer.remaining().min(self.ahead.len());
        buffer.put_slice(&self.ahead[..count]);
        self.ahead.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = self.stream()?.poll_write(cx, bytes);
        self.written(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = self.stream()?.poll_write_vectored(cx, bytes);
        self.written(cx, result)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = self.stream()?.poll_flush(cx);
        if !matches!(result, Poll::Ready(Ok(()))) {
            return self.written(cx, result);
        }
        self.line.flushed();
        let stalls = self.line.ends() == Some(Then::Stall);
        let waits = stalls || self.line.waiting.load(Ordering::Relaxed);
        if !(waits && self.has_left(cx)) {
            if stalls {
                let time = self.stall_time;
                ready!(self.wait(cx, time));
            } else if self.line.ends().is_none() {
                return result;
            }
        }
        // What then becomes of the stream is up to `Line::finish`.
        Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = self.stream()?.poll_shutdown(cx);
        self.written(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        *self.line.stream.lock().unwrap_or_else(PoisonError::into_inner) = self.stream.take();
    }
}
