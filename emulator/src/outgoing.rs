//! The body of an answer on its way, piece by piece.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::task::JoinHandle;

use crate::content::{Body, Content, Disk, Flipped, PIECE};
use crate::delivery::{Over, Stop, Then};
use crate::wire::Line;

/// The body of an answer on its way. It tells when it is over, at the latest when it is dropped.
pub(crate) struct Outgoing {
    source: Source,
    /// The bits that are wrong in it, and the position in the file from which it begins.
    flips: Option<(Arc<Flipped>, u64)>,
    /// Bytes of the whole body.
    length: u64,
    /// How many of them were handed over.
    handed: u64,
    stop: Option<(u64, Then)>,
    unmeasured: bool,
    /// Whether there is a body at all: the answer to HEAD has none.
    bodiless: bool,
    telling: Telling,
    line: Arc<Line>,
}

enum Source {
    /// What is left of it.
    Memory(Bytes),
    Disk(Reading),
}

/// The file that was read from, and a piece of it.
type Piece = io::Result<(Arc<File>, Bytes)>;

/// A file that is being read.
struct Reading {
    disk: Arc<Disk>,
    /// From its first piece on.
    open: Option<Arc<File>>,
    /// Where to go on.
    position: u64,
    piece: Option<JoinHandle<Piece>>,
}

/// Tells that an answer is over, whatever becomes of it.
#[derive(Default)]
pub(crate) struct Telling(pub(crate) Option<Over>);

impl Telling {
    fn tell(&mut self, handed: u64, whole: bool) {
        if let Some(over) = self.0.take() {
            over(handed, whole);
        }
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.tell(0, false);
    }
}

impl Outgoing {
    pub(crate) fn new(body: Body, telling: Telling, line: Arc<Line>) -> Self {
        let length = body.len();
        let (body, flips) = match body {
            Body::Part(Content::Flipped(flipped), range) => {
                let start = range.start;
                (Body::Part(flipped.content.clone(), range), Some((flipped, start)))
            }
            body => (body, None),
        };
        let source = match body {
            Body::Bytes(bytes) => Source::Memory(bytes),
            Body::Part(Content::Memory(bytes), range) => Source::Memory(part(&bytes, range)),
            Body::Part(Content::Disk(disk), range) => {
                Source::Disk(Reading { disk, open: None, position: range.start, piece: None })
            }
            // Nobody has a flipped file flipped again.
            Body::Part(Content::Flipped(_), _) => Source::Memory(Bytes::new()),
        };
        let (handed, stop, unmeasured, bodiless) = (0, None, false, false);
        Self { source, flips, length, handed, stop, unmeasured, bodiless, telling, line }
    }

    /// Has it stop in the middle.
    pub(crate) fn stopping(mut self, stop: Option<Stop>) -> Self {
        let Some(Stop { after: Some(after), then }) = stop else { return self };
        self.stop = Some((after.min(self.length), then));
        if self.length == 0 {
            // Nobody will ask for any of it.
            self.line.end(then);
        }
        self
    }

    /// Keeps its length to itself.
    pub(crate) fn unmeasured(mut self, unmeasured: bool) -> Self {
        self.unmeasured = unmeasured;
        self
    }

    /// Is for an answer of which only the head is sent.
    pub(crate) fn bodiless(mut self, bodiless: bool) -> Self {
        self.bodiless = bodiless;
        self
    }

    /// How many bytes the next piece may have.
    fn room(&self) -> u64 {
        let end = self.stop.map_or(self.length, |(after, _)| after);
        end.saturating_sub(self.handed).min(PIECE)
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>, room: u64) -> Poll<io::Result<Bytes>> {
        match &mut self.source {
            Source::Memory(bytes) => {
                let count = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
                if count == 0 {
                    return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
                }
                Poll::Ready(Ok(bytes.split_to(count)))
            }
            Source::Disk(reading) => {
                let (disk, open, position) = (&reading.disk, &reading.open, reading.position);
                let task = reading.piece.get_or_insert_with(|| {
                    let (disk, open) = (Arc::clone(disk), open.clone());
                    tokio::task::spawn_blocking(move || disk.read(open, position, room))
                });
                let piece = ready!(Pin::new(task).poll(cx));
                reading.piece = None;
                let (open, piece) = piece.map_err(io::Error::other)??;
                reading.open = Some(open);
                reading.position += piece.len() as u64;
                Poll::Ready(Ok(piece))
            }
        }
    }
}

impl hyper::body::Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        let room = this.room();
        if room == 0 {
            let Some((_, then)) = this.stop else { return Poll::Ready(None) };
            // The wire ends the connection as soon as it has sent what it was given.
            this.line.end(then);
            return Poll::Pending;
        }
        let piece = match ready!(this.poll_piece(cx, room)) {
            Ok(piece) => piece,
            Err(problem) => {
                // Without a length the client could not tell that something is missing.
                if this.unmeasured {
                    this.line.end(Then::Reset);
                }
                return Poll::Ready(Some(Err(problem)));
            }
        };
        let piece = match &this.flips {
            Some((flipped, start)) => flipped.apply(start.saturating_add(this.handed), piece),
            None => piece,
        };
        this.handed += piece.len() as u64;
        if let Some((after, then)) = this.stop
            && this.handed == after
            && after == this.length
        {
            // Nobody asks for more than what was promised.
            this.line.end(then);
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.handed == self.length
    }

    fn size_hint(&self) -> SizeHint {
        if self.unmeasured { SizeHint::default() } else { SizeHint::with_exact(self.length - self.handed) }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.telling.tell(self.handed, self.bodiless || self.handed == self.length);
        self.line.answered();
    }
}

/// The bytes in a range; none where there is no such range.
fn part(bytes: &Bytes, range: Range<u64>) -> Bytes {
    let at = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(at(range.start)..at(range.end).max(at(range.start)))
}
