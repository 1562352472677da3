//! What writes the bytes of a connection to the disk, many at a time.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crc32fast::Hasher;
use tokio::task::JoinHandle;

use super::answer::GLANCE;
use super::engine::lock;
use super::failure::{Failure, Remedy};
use super::run::Run;
use super::{Event, PullErrorKind};
use crate::rdb::Checker;

/// How many bytes are written at a time. A connection holds twice as many.
const BATCH: usize = 256 << 10;

/// Writes to one piece after the other: while one batch is being written, the next one is collected.
pub(super) struct Writer<'a, 'p> {
    run: &'a Run<'a, 'p>,
    /// The piece.
    index: usize,
    /// Where the batch that is being collected begins.
    at: u64,
    batch: Vec<u8>,
    /// An empty one.
    spare: Vec<u8>,
    /// The checksum of the piece so far, unless a job has it.
    crc: Hasher,
    job: Option<JoinHandle<Job>>,
    /// Bytes on the disk.
    gained: u64,
    /// Whether the first bytes may be those of an RDB file.
    plausible: bool,
}

/// A batch that was written.
struct Job {
    batch: Vec<u8>,
    crc: Hasher,
    result: std::io::Result<()>,
}

impl<'a, 'p> Writer<'a, 'p> {
    /// Writes what follows in a piece, whose bytes before `at` have this checksum.
    pub(super) fn new(run: &'a Run<'a, 'p>, index: usize, at: u64, crc: Hasher) -> Self {
        let (batch, spare) = (Vec::new(), Vec::new());
        Self { run, index, at, batch, spare, crc, job: None, gained: 0, plausible: at > 0 }
    }

    /// Where the next byte goes.
    pub(super) fn at(&self) -> u64 {
        self.at + self.batch.len() as u64
    }

    /// How many bytes are on the disk.
    pub(super) fn gained(&self) -> u64 {
        self.gained
    }

    /// Goes on with the beginning of another piece, right behind the one that was finished.
    pub(super) fn next_piece(&mut self, index: usize) {
        (self.index, self.crc) = (index, Hasher::new());
    }

    /// Takes the next bytes of the piece.
    pub(super) async fn push(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        while !bytes.is_empty() {
            // Whoever grows by and by takes up to twice as much.
            self.batch.reserve_exact(BATCH - self.batch.len());
            let (now, later) = bytes.split_at(bytes.len().min(BATCH - self.batch.len()));
            self.batch.extend_from_slice(now);
            bytes = later;
            if !self.plausible && self.batch.len() >= GLANCE {
                self.glance()?;
            }
            if self.batch.len() >= BATCH {
                self.start().await?;
            }
        }
        Ok(())
    }

    /// Writes everything that was taken.
    pub(super) async fn finish(&mut self) -> Result<(), Failure> {
        if !self.batch.is_empty() {
            self.start().await?;
        }
        self.settle().await
    }

    /// Refuses what is no RDB file before any of it is on the disk.
    fn glance(&mut self) -> Result<(), Failure> {
        let mut checker = Checker::new();
        checker.update(self.batch.get(..GLANCE).unwrap_or(&self.batch));
        if let Some(problem) = checker.header_problem() {
            return Err(Failure::new(PullErrorKind::Verification, Remedy::GiveUp, problem));
        }
        self.plausible = true;
        Ok(())
    }

    /// Begins to write the batch.
    async fn start(&mut self) -> Result<(), Failure> {
        if !self.plausible {
            self.glance()?;
        }
        self.settle().await?;
        let batch = std::mem::replace(&mut self.batch, std::mem::take(&mut self.spare));
        let (part, at, mut crc) = (Arc::clone(&self.run.part), self.at, self.crc.clone());
        self.at += batch.len() as u64;
        let pen = Arc::clone(&self.run.pen).lock_owned().await;
        self.job = Some(tokio::task::spawn_blocking(move || {
            let result = part.write(&batch, at);
            drop(pen);
            crc.update(&batch);
            Job { batch, crc, result }
        }));
        Ok(())
    }

    /// Waits for what is being written, and tells everybody.
    async fn settle(&mut self) -> Result<(), Failure> {
        let Some(job) = self.job.take() else { return Ok(()) };
        let stopped = |_| Failure::new(PullErrorKind::Disk, Remedy::Stop, "the runtime is shutting down");
        let Job { mut batch, crc, result } = job.await.map_err(stopped)?;
        result.map_err(|error| self.run.disk(&error))?;
        let bytes = batch.len() as u64;
        batch.clear();
        (self.spare, self.crc) = (batch, crc.clone());
        self.gained += bytes;
        let run = self.run;
        let (complete, received, size) = {
            let mut table = lock(&run.table);
            let complete = table.wrote(self.index, bytes, crc);
            (complete, table.received(), table.total())
        };
        let less = run
            .reserved
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |kept| Some(kept.saturating_sub(bytes)));
        run.pull.space.release(bytes.min(less.unwrap_or_default()));
        run.wrote.notify_one();
        if let Some(crc) = complete {
            lock(&run.complete).push((self.index, crc));
            run.completed.notify_one();
        }
        let size = size.or_else(|| run.expected()?.size);
        run.pull.events.tell(Event::Progress { file: run.index, received, size });
        Ok(())
    }
}
