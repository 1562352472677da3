//! Fetching a file as long as it stays the same: connections fetch pieces, one task reads what is there from the
//! beginning and checks it, another notes in the journal what is on the disk.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;

use super::answer::Identity;
use super::engine::{Expected, Pull, blocking, lock};
use super::failure::{Failure, Remedy};
use super::journal::Journal;
use super::links::Refused;
use super::part::Part;
use super::table::{Next, Stretch, Table};
use super::{Event, Network, PullErrorKind};
use crate::encoding::hex;
use crate::rdb::{Checker, Report, Verdict};
use crate::transport::BoxFuture;

/// How much is read and checked before others are looked at, in bytes.
const TURN: u64 = 4 << 20;

/// The size of the buffer for that, in bytes.
const BUFFER: usize = 128 << 10;

/// A file that is not larger than this is fetched in one piece over one connection, in bytes.
const SMALLEST_PIECE: u64 = 4 << 20;

/// Fetching a file.
pub(super) struct Run<'a, 'p> {
    pub(super) pull: &'a Pull<'p>,
    /// The position of the file.
    pub(super) index: usize,
    /// Its name in messages.
    pub(super) name: &'a str,
    pub(super) part: Arc<Part>,
    pub(super) table: Mutex<Table>,
    /// Whoever writes to the file: two at a time would only wait for each other inside of the system, and not idly.
    pub(super) pen: Arc<tokio::sync::Mutex<()>>,
    /// The size of a piece.
    pub(super) piece: u64,
    /// What is known of the file on the storage.
    pub(super) identity: Mutex<Option<Identity>>,
    /// Whether the storage has sent a part when it was asked for one.
    pub(super) ranged: AtomicBool,
    /// Whether no parts are asked for.
    pub(super) plain: AtomicBool,
    /// Something was written.
    pub(super) wrote: Notify,
    /// Pieces that are complete and not in the journal.
    pub(super) complete: Mutex<Vec<(usize, u32)>>,
    pub(super) completed: Notify,
    /// More connections may be used than before.
    pub(super) planned: Notify,
    /// How many connections are used.
    pub(super) active: AtomicUsize,
    /// How many may be.
    pub(super) allowed: AtomicUsize,
    /// Links that were refused in turn.
    pub(super) refused: Mutex<Refused>,
    /// Over which network the file comes.
    pub(super) network: Mutex<Option<Network>>,
    /// The room that is kept for what is to be written.
    pub(super) reserved: AtomicU64,
}

/// A file that arrived as a whole.
pub(super) struct Arrived {
    pub(super) report: Report,
    pub(super) sha256: String,
    /// Whether anything but the file itself said how long it is.
    pub(super) announced: bool,
}

/// What one of those who work on a file has come to.
pub(super) enum Step {
    /// A connection is of no more use.
    Worked,
    /// More of them are.
    Planned,
    /// A piece that the journal claims is not on the disk.
    Lost(Box<Sum>),
    /// All of the file is there and was read.
    Summed(Box<Sum>),
    /// It cannot go on.
    Failed(Failure),
}

/// What the bytes from the beginning on come to.
pub(super) struct Sum {
    at: u64,
    digest: Sha256,
    checker: Checker,
    buffer: Vec<u8>,
}

impl<'a, 'p> Run<'a, 'p> {
    /// Begins, or goes on where a journal ends.
    pub(super) fn new(
        pull: &'a Pull<'p>,
        index: usize,
        name: &'a str,
        part: Arc<Part>,
        journal: Option<Journal>,
        plain: bool,
    ) -> Self {
        let announced = pull.files.get(index).and_then(|file| file.size);
        let piece =
            journal.as_ref().map_or_else(|| pull.options.piece_of(announced), |journal| journal.piece);
        let identity = journal.as_ref().map(|journal| journal.identity.clone());
        let mut table = Table::new(piece, identity.as_ref().and_then(|identity| identity.total));
        for (index, crc) in journal.iter().flat_map(|journal| &journal.claims) {
            table.claim(*index, *crc);
        }
        if journal.is_some() {
            pull.events.tell(Event::Resumed { file: index, bytes: table.received() });
        }
        Self {
            pull,
            index,
            name,
            part,
            table: Mutex::new(table),
            pen: Arc::default(),
            piece,
            ranged: AtomicBool::new(identity.is_some()),
            identity: Mutex::new(identity),
            plain: AtomicBool::new(plain),
            wrote: Notify::new(),
            complete: Mutex::default(),
            completed: Notify::new(),
            planned: Notify::new(),
            active: AtomicUsize::new(0),
            allowed: AtomicUsize::new(1),
            refused: Mutex::default(),
            network: Mutex::default(),
            reserved: AtomicU64::new(0),
        }
    }

    /// Fetches the file.
    pub(super) async fn run(&self) -> Result<Arrived, Failure> {
        if lock(&self.identity).is_some() {
            self.plan(true).await?;
        }
        let mut steps: FuturesUnordered<BoxFuture<'_, Step>> = FuturesUnordered::new();
        steps.push(Box::pin(self.sum(Box::new(Sum::new()))));
        steps.push(Box::pin(self.note()));
        steps.push(Box::pin(self.more()));
        loop {
            while self.active.load(Ordering::Relaxed) < self.allowed.load(Ordering::Relaxed)
                && lock(&self.table).waits()
            {
                self.active.fetch_add(1, Ordering::Relaxed);
                steps.push(Box::pin(self.work()));
            }
            match steps.next().await {
                Some(Step::Worked) => {
                    self.active.fetch_sub(1, Ordering::Relaxed);
                }
                Some(Step::Planned) => steps.push(Box::pin(self.more())),
                Some(Step::Lost(sum)) => steps.push(Box::pin(self.sum(sum))),
                Some(Step::Summed(sum)) => return self.conclude(*sum),
                Some(Step::Failed(failure)) => return Err(failure),
                None => return Err(Failure::broken(self.name, "nobody works on it".to_owned())),
            }
        }
    }

    /// Now that the length of the file is known: makes sure that there is room for it, and decides how many connections
    /// are worth it.
    pub(super) async fn plan(&self, ranged: bool) -> Result<(), Failure> {
        let (total, received) = {
            let table = lock(&self.table);
            (table.total().unwrap_or_default(), table.received())
        };
        let missing = total.saturating_sub(received);
        self.pull.space.reserve(&self.pull.options.dir, missing)?;
        self.reserved.fetch_add(missing, Ordering::Relaxed);
        let worth = if ranged { missing.div_ceil(self.piece.max(1)) } else { 1 };
        let most = u64::try_from(self.pull.options.connections).unwrap_or(u64::MAX);
        let connections = usize::try_from(worth.min(most)).unwrap_or(1).max(1);
        self.allowed.store(connections, Ordering::Relaxed);
        if connections > 1 {
            self.planned.notify_one();
            self.pull.events.tell(Event::Connections { file: self.index, connections });
            // They begin before this one goes on.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Reads what is there from the beginning on, as far as that goes.
    async fn sum(&self, mut sum: Box<Sum>) -> Step {
        loop {
            let next = lock(&self.table).next(sum.at);
            let part = Arc::clone(&self.part);
            match next {
                Next::End => return Step::Summed(sum),
                Next::Wait => self.wrote.notified().await,
                Next::Read(stretch) => match blocking(move || sum.read(&part, stretch)).await {
                    Ok(Ok(more)) => sum = more,
                    Ok(Err(error)) => return Step::Failed(self.disk(&error)),
                    Err(failure) => return Step::Failed(failure),
                },
                Next::Verify(index, stretch, crc) => {
                    match blocking(move || sum.verify(&part, stretch, crc)).await {
                        Err(failure) => return Step::Failed(failure),
                        Ok((same, right)) => {
                            sum = same;
                            lock(&self.table).verified(index, right);
                            if !right {
                                return Step::Lost(sum);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Waits until more connections may be used.
    async fn more(&self) -> Step {
        self.planned.notified().await;
        Step::Planned
    }

    /// Notes in the journal what is complete. Whatever becomes so while the disk is waited for is noted together.
    async fn note(&self) -> Step {
        loop {
            if lock(&self.complete).is_empty() || !self.part.has_journal() {
                self.completed.notified().await;
            }
            if let Err(failure) = self.note_now().await {
                return Step::Failed(failure);
            }
        }
    }

    async fn note_now(&self) -> Result<(), Failure> {
        let pieces = lock(&self.complete).clone();
        if pieces.is_empty() || !self.part.has_journal() {
            return Ok(());
        }
        let (part, noted) = (Arc::clone(&self.part), pieces.len());
        blocking(move || part.note(&pieces)).await?.map_err(|error| self.disk(&error))?;
        // Whoever is interrupted before this notes them again.
        lock(&self.complete).drain(..noted);
        Ok(())
    }

    /// All of it is there.
    fn conclude(&self, sum: Sum) -> Result<Arrived, Failure> {
        lock(&self.complete).clear();
        let announced = self.expected().is_some_and(|file| file.size.is_some())
            || lock(&self.identity).as_ref().is_some_and(|identity| identity.total.is_some());
        self.compare(sum.at)?;
        let report = sum.checker.finish();
        if report.verdict == Verdict::Corrupt && report.version.is_none() {
            return Err(Failure::new(PullErrorKind::Verification, Remedy::GiveUp, report.detail));
        }
        Ok(Arrived { report, sha256: hex(&sum.digest.finalize()), announced })
    }

    /// After a failure: keeps what another run can go on with, and nothing else.
    pub(super) async fn leave(&self, keep: bool) -> Result<(), Failure> {
        if keep && self.part.has_journal() && lock(&self.table).received() > 0 {
            return self.note_now().await;
        }
        lock(&self.complete).clear();
        let part = Arc::clone(&self.part);
        blocking(move || part.discard()).await?.map_err(|error| self.disk(&error))
    }

    pub(super) fn is_plain(&self) -> bool {
        self.plain.load(Ordering::Relaxed)
    }

    pub(super) fn expected(&self) -> Option<&Expected> {
        self.pull.files.get(self.index)
    }

    /// Compares a length with what the service says, to the precision with which it says it.
    pub(super) fn compare(&self, length: u64) -> Result<(), Failure> {
        self.pull.compare(self.index, length)
    }

    pub(super) fn disk(&self, error: &std::io::Error) -> Failure {
        let target = self.expected().map(|file| file.target.as_path());
        Failure::disk(target.unwrap_or(&self.pull.options.dir), error)
    }
}

impl Drop for Run<'_, '_> {
    /// What is complete is noted also where the whole is given up.
    fn drop(&mut self) {
        self.pull.space.release(self.reserved.load(Ordering::Relaxed));
        let pieces = std::mem::take(&mut *lock(&self.complete));
        if !pieces.is_empty() {
            // If it fails, these pieces are fetched again.
            let _ = self.part.append(&pieces);
        }
    }
}

impl Sum {
    fn new() -> Self {
        Self { at: 0, digest: Sha256::new(), checker: Checker::new(), buffer: vec![0; BUFFER] }
    }

    /// Reads on.
    fn read(mut self: Box<Self>, part: &Part, stretch: Stretch) -> std::io::Result<Box<Self>> {
        let end = stretch.to.min(self.at + TURN);
        while self.at < end {
            let bytes = chunk(&mut self.buffer, end - self.at);
            part.read(bytes, self.at)?;
            self.digest.update(&*bytes);
            self.checker.update(bytes);
            self.at += bytes.len() as u64;
        }
        Ok(self)
    }

    /// Compares a piece on the disk with its checksum.
    fn verify(mut self: Box<Self>, part: &Part, stretch: Stretch, crc: u32) -> (Box<Self>, bool) {
        let mut hasher = crc32fast::Hasher::new();
        let mut at = stretch.from;
        while at < stretch.to {
            let bytes = chunk(&mut self.buffer, stretch.to - at);
            if part.read(bytes, at).is_err() {
                return (self, false);
            }
            hasher.update(bytes);
            at += bytes.len() as u64;
        }
        (self, hasher.finalize() == crc)
    }
}

/// As much of a buffer as is wanted of it.
fn chunk(buffer: &mut [u8], wanted: u64) -> &mut [u8] {
    let length = usize::try_from(wanted).unwrap_or(usize::MAX).min(buffer.len());
    buffer.split_at_mut(length).0
}

impl super::Options {
    /// The size of a piece of a file of which this is told.
    pub(super) fn piece_of(&self, announced: Option<u64>) -> u64 {
        let largest = self.piece.max(1);
        let share = announced.map_or(largest, |bytes| bytes.div_ceil(self.connections.max(1) as u64));
        share.next_multiple_of(64 << 10).clamp(SMALLEST_PIECE.min(largest), largest)
    }
}
