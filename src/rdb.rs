//! Checks that a downloaded Redis backup is whole.
//!
//! An RDB file starts with a nine-byte header (`REDIS` and a four-digit version), ends with the end marker
//! `0xFF`, and since version 5 carries the CRC-64 of everything before it in its last eight bytes. [`Checker`]
//! follows that from chunk to chunk in constant memory, so a file can be checked while it is being downloaded;
//! [`check`] does the same for anything that can be read.
//!
//! Redis's own `redis-check-rdb` stops reading at the end marker and says nothing about what comes after it, and
//! accepts a file whose checksum is switched off. Both matter after a resumed download, so this check insists that
//! the file ends exactly where the format says, and tells *verified* from *not verifiable*. It does not decode
//! keys or values: a type or an opcode that it does not know is no reason to call a file corrupt.

mod header;
mod report;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, Read};

use crc::{CRC_64_REDIS, Crc, Digest, Table};

use header::{Format, HEADER, Start};
pub use report::{Checksum, Report, Verdict};

/// CRC-64/Jones as Redis computes it: it starts from zero and is not inverted at the end.
static CRC: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_REDIS);

/// Marks the end of the contents.
const END_MARKER: u8 = 0xFF;

/// Length of the checksum that ends a file, in bytes.
const CHECKSUM: usize = 8;

/// Length of the end marker and the checksum together, in bytes.
const TRAILER: usize = 1 + CHECKSUM;

/// Length of the shortest file that has a checksum, and of the shortest gzip stream, in bytes.
const SHORTEST: u64 = (HEADER + TRAILER) as u64;

/// Size of the buffer that [`check`] reads through, in bytes.
const BUFFER: usize = 64 * 1024;

/// Checks everything that `reader` yields, up to its end.
///
/// Reads through a buffer of its own; `reader` needs none. A file that is no RDB file is read to its end as well,
/// so that [`Report::size`] is always the size of the whole.
///
/// # Errors
///
/// Only those of `reader`. Interrupted reads are repeated. What is wrong with the file is never an error but part of
/// the report.
pub fn check(mut reader: impl Read) -> io::Result<Report> {
    let mut checker = Checker::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(checker.finish()),
            Ok(read) => checker.update(buffer.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Checks a file that arrives piece by piece.
///
/// The pieces may be of any size; the report does not depend on where they were cut. A checker keeps the first bytes
/// and the last nine, whatever the size of the file. A clone goes its own way from the bytes seen so far.
///
/// ```
/// use rdbfetch::rdb::{Checker, Verdict};
///
/// let mut checker = Checker::new();
/// checker.update(b"REDIS0010\xff");
/// checker.update(&[0; 8]); // the checksum, switched off
/// assert_eq!(checker.finish().verdict, Verdict::NotVerifiable);
/// ```
#[derive(Clone)]
pub struct Checker {
    size: u64,
    head: Vec<u8>,
    /// What the head says, once there is enough of it.
    start: Option<Start>,
    /// The checksum of all bytes but those in `tail`.
    digest: Digest<'static, u64, Table<16>>,
    digested: u64,
    tail: Tail,
    /// Where a second file begins, if one does.
    second: Option<u64>,
}

impl Checker {
    /// A checker that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            size: 0,
            head: Vec::new(),
            start: None,
            digest: CRC.digest(),
            digested: 0,
            tail: Tail::default(),
            second: None,
        }
    }

    /// Takes the next bytes of the file.
    pub fn update(&mut self, chunk: &[u8]) {
        self.size = self.size.saturating_add(chunk.len() as u64);
        self.read_head(chunk);
        if !matches!(self.start, None | Some(Start::Rdb { .. })) {
            return; // nothing further down can change the conclusion
        }

        // The tail waits, as it may turn out to be the trailer, until as many bytes have come after it.
        let (lead, rest) = chunk.split_at(chunk.len().min(TRAILER));
        let mut joined = [0; 2 * TRAILER];
        let window = concat(&mut joined, self.tail.bytes(), lead);
        self.digest(window, window.len().saturating_sub(TRAILER));
        if rest.is_empty() {
            self.tail = Tail::of(window);
        } else {
            self.digest(chunk, chunk.len() - TRAILER);
            self.tail = Tail::of(chunk);
        }
    }

    /// How many bytes were taken so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.size
    }

    /// Says why this is no RDB file, as soon as the first nine bytes show it; `None` before and otherwise.
    ///
    /// A download can stop there: [`finish`](Self::finish) would report [`Verdict::Corrupt`] whatever came next. The
    /// text gets more precise while the first few hundred bytes arrive, as those may hold the code of an error page.
    /// A gzip stream is no RDB file either but may well contain one; it is no problem here.
    #[must_use]
    pub fn header_problem(&self) -> Option<&str> {
        match &self.start {
            Some(Start::Foreign(problem) | Start::BadVersion { problem, .. }) => Some(problem),
            _ => None,
        }
    }

    /// Draws the conclusion: there is nothing after the bytes taken so far.
    #[must_use]
    pub fn finish(mut self) -> Report {
        let size = self.size;
        let report =
            |verdict, version, detail| Report { size, verdict, version, checksum: Checksum::Absent, detail };
        match self.start.take().unwrap_or_else(|| header::classify_short(&self.head)) {
            Start::Rdb { format, version } => self.conclude(format, version),
            Start::Gzip if size < SHORTEST => {
                let detail = format!("gzip-compressed and cut short: ends at byte {size}");
                report(Verdict::Corrupt, None, detail)
            }
            Start::Gzip => {
                let detail = "gzip-compressed; not unpacked by this version".to_owned();
                report(Verdict::NotVerifiable, None, detail)
            }
            Start::BadVersion { version, problem } => report(Verdict::Corrupt, version, problem),
            Start::Foreign(problem) => report(Verdict::Corrupt, None, problem),
        }
    }

    /// Keeps the first bytes, and reads them again as long as more of them arrive.
    fn read_head(&mut self, chunk: &[u8]) {
        let wanted = header::LONGEST.saturating_sub(self.head.len()).min(chunk.len());
        if let (1.., Some(more)) = (wanted, chunk.get(..wanted)) {
            self.head.extend_from_slice(more);
            self.start = header::classify(&self.head);
        }
    }

    /// Adds the first `due` bytes of `window` to the checksum; those behind them are only looked at.
    ///
    /// The checksum starts from zero, and whatever is followed by its own checksum sums up to zero: a second file
    /// behind a complete one starts afresh, and its trailer fits the two together. What gives it away is its header
    /// where the sum is zero, which nothing else but a chance of one in 2⁶⁴ brings about.
    fn digest(&mut self, window: &[u8], due: usize) {
        let magic = match &self.start {
            Some(Start::Rdb { format, .. }) => format.magic(),
            _ => return,
        };
        let (mut done, mut from) = (0, 0);
        while let Some(at) = find(window, magic, from, due) {
            self.add(window.get(done..at).unwrap_or_default());
            if self.digested > 0 && self.sum() == 0 {
                self.second = self.second.or(Some(self.digested));
            }
            (done, from) = (at, at + 1);
        }
        self.add(window.get(done..due).unwrap_or_default());
    }

    fn add(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.digested = self.digested.saturating_add(bytes.len() as u64);
    }

    fn sum(&self) -> u64 {
        self.digest.clone().finalize()
    }

    /// The conclusion for a file with a sound header.
    fn conclude(mut self, format: Format, version: u32) -> Report {
        let size = self.size;
        let report =
            |verdict, checksum, detail| Report { size, verdict, version: Some(version), checksum, detail };
        let name = format.name(version);

        if let Some(second) = self.second {
            let detail = format!(
                "two files in one: a complete one ends at byte {second}, where the header of another follows"
            );
            return report(Verdict::Corrupt, Checksum::Bad, detail);
        }
        if !format.has_checksum(version) {
            return if self.tail.bytes().last() == Some(&END_MARKER) {
                let detail = format!(
                    "{name} has no checksum; the end marker is in place: complete as far as can be told"
                );
                report(Verdict::NotVerifiable, Checksum::Absent, detail)
            } else {
                let last = size.saturating_sub(1);
                let detail = format!("no end marker (0xff) in the last byte, byte {last}: {CUT_OR_LONG}");
                report(Verdict::Corrupt, Checksum::Absent, detail + self.tail.hint())
            };
        }
        if size < SHORTEST {
            let detail =
                format!("cut short: ends at byte {size}, and {name} takes {SHORTEST} bytes at least");
            return report(Verdict::Corrupt, Checksum::Absent, detail);
        }

        let (marker, stored) = self.tail.trailer();
        self.add(&[marker]);
        let sum = self.sum();
        let ended = marker == END_MARKER;
        let at = size.saturating_sub(TRAILER as u64);
        let sum_at = at.saturating_add(1);
        let known = format.knows(version);
        match (known, ended) {
            (true, false) => {
                let detail =
                    format!("no end marker (0xff) at byte {at}, 9 bytes before the end: {CUT_OR_LONG}");
                report(Verdict::Corrupt, Checksum::Absent, detail + self.tail.hint())
            }
            (_, true) if sum == 0 && stored == 0 => {
                let detail = format!("zeros from byte {sum_at} on, behind the end of a complete file");
                report(Verdict::Corrupt, Checksum::Bad, detail)
            }
            (_, true) if stored == 0 => {
                let detail = format!(
                    "{name} with its checksum switched off; the end marker is in place: complete as far as can be \
                     told"
                );
                report(Verdict::NotVerifiable, Checksum::Absent, detail)
            }
            (_, true) if sum != stored => {
                let detail = format!(
                    "the checksum at byte {sum_at} is {stored:016x} and that of the file {sum:016x}: altered, cut \
                     short or followed by other bytes"
                );
                report(Verdict::Corrupt, Checksum::Bad, detail)
            }
            (true, true) if format == Format::Redis => {
                report(Verdict::Ok, Checksum::Ok, format!("{name}, checksum matches"))
            }
            (true, true) => {
                let detail = format!(
                    "{name}, a format of its own, is not verified beyond its checksum, which matches"
                );
                report(Verdict::NotVerifiable, Checksum::Ok, detail)
            }
            (false, _) if stored != 0 && sum == stored => {
                let detail = format!("{name} is unknown to this version of the check; the checksum matches");
                report(Verdict::NotVerifiable, Checksum::Ok, detail)
            }
            (false, _) => {
                let detail = format!(
                    "{name} is unknown to this version of the check, and the file does not end as the known ones \
                     do, with an end marker (0xff) at byte {at}: it may be of another form, or {CUT_OR_LONG}"
                );
                report(Verdict::NotVerifiable, Checksum::Absent, detail + self.tail.hint())
            }
        }
    }
}

impl Default for Checker {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Checker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checker")
            .field("bytes", &self.size)
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}

/// What is wrong where the end marker is missing.
const CUT_OR_LONG: &str = "the file is cut short or has bytes after its end";

/// The last bytes of what was seen so far, nine at most.
#[derive(Clone, Copy, Default)]
struct Tail {
    bytes: [u8; TRAILER],
    len: usize,
}

impl Tail {
    /// The last bytes of `bytes`.
    fn of(bytes: &[u8]) -> Self {
        let mut tail = Self::default();
        let last = bytes.get(bytes.len().saturating_sub(TRAILER)..).unwrap_or_default();
        for (to, from) in tail.bytes.iter_mut().zip(last) {
            *to = *from;
        }
        tail.len = last.len();
        tail
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// The bytes where the end marker and the checksum stand in a file of nine bytes or more.
    fn trailer(&self) -> (u8, u64) {
        let [marker, sum @ ..] = self.bytes;
        (marker, u64::from_le_bytes(sum))
    }

    /// What the last bytes look like, where they should have been a trailer.
    fn hint(&self) -> &'static str {
        let text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
        if self.bytes().iter().all(|byte| *byte == 0) {
            "; its last bytes are zeros, as in a file whose room was reserved and not filled"
        } else if self.bytes().iter().all(text) && matches!(self.bytes().trim_ascii_end(), [.., b'>' | b'}'])
        {
            "; its last bytes look like those of an error page"
        } else {
            ""
        }
    }
}

/// Lines up two short slices in `buffer`.
fn concat<'a, const N: usize>(buffer: &'a mut [u8; N], first: &[u8], second: &[u8]) -> &'a [u8] {
    let len = (first.len() + second.len()).min(N);
    for (to, from) in buffer.iter_mut().zip(first.iter().chain(second)) {
        *to = *from;
    }
    buffer.get(..len).unwrap_or_default()
}

/// Where `magic` next begins in `window`, from `from` up to but not including `to`.
///
/// Goes by blocks of a fixed size and looks closer only where the first two bytes turn up, so that the compiler can
/// compare many bytes at once: the checksum takes four times as long.
fn find(window: &[u8], magic: &[u8], from: usize, to: usize) -> Option<usize> {
    const BLOCK: usize = 64;
    let [first, second, ..] = magic else { return None };
    let mut at = from;
    while at < to {
        let end = to.min(at + BLOCK);
        let pairs = window.get(at..end)?.iter().zip(window.get(at + 1..)?);
        if pairs.fold(false, |found, (one, two)| found | ((one == first) & (two == second))) {
            let found = (at..end).find(|at| window.get(*at..).is_some_and(|rest| rest.starts_with(magic)));
            if found.is_some() {
                return found;
            }
        }
        at = end;
    }
    None
}
