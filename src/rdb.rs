//! Checks that a downloaded Redis backup is whole.
//!
//! [`Checker`] follows an RDB file record by record from chunk to chunk, in constant memory, so that a file can be
//! checked while it is being downloaded; [`check`] does the same for anything that can be read. It knows Redis's format
//! up to version 13 and Valkey's version 80, with every type of value, the data structures inside, streams with their
//! groups, functions, and data of modules, which are followed without being understood.
//!
//! Redis's own `redis-check-rdb` stops reading at the end marker and says nothing about what comes after it, and
//! accepts a file whose checksum is switched off. Both matter after a resumed download, so this check insists that
//! the file ends exactly where its contents do, and tells *verified* from *not verifiable*. What it does not know, a
//! later version or a vendor's own type, is no reason to call a file corrupt whose checksum matches.
//!
//! Three things that a server notices when it loads a file take memory that grows with the file, and are not looked
//! for: a key, an element or a name that occurs twice, a function that does not compile, and a module that does not
//! understand its data.

#[cfg(feature = "gzip")]
mod gzip;

mod blob;
mod header;
mod inspection;
mod length;
mod lzf;
mod report;
mod shape;
mod sum;
mod tally;
#[cfg(test)]
mod tests;
mod walk;

use std::fmt;
use std::io::{self, Read};

use header::{HEADER, Start};
use inspection::Inspection;
pub use report::{Checksum, Contents, Database, Finding, Report, ValueType, Verdict};

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
/// The pieces may be of any size; the report does not depend on where they were cut. A checker keeps a few kilobytes,
/// whatever the size of the file and whatever stands in it.
///
/// ```
/// use rdbfetch::rdb::{Checker, Finding, Verdict};
///
/// let mut checker = Checker::new();
/// checker.update(b"REDIS0010\xff");
/// checker.update(&[0; 8]); // the checksum, switched off
/// let report = checker.finish();
/// assert_eq!((report.verdict, report.finding), (Verdict::NotVerifiable, Finding::NoChecksum));
/// ```
pub struct Checker {
    size: u64,
    head: Vec<u8>,
    /// What the head says, once there is enough of it.
    start: Option<Start>,
    body: Body,
    /// Whether what is compressed is unpacked.
    #[cfg(feature = "gzip")]
    unpacks: bool,
}

/// What follows the bytes behind the head.
enum Body {
    Nothing,
    Rdb(Box<Inspection>),
    #[cfg(feature = "gzip")]
    Gzip(Box<gzip::Gunzip>),
}

impl Checker {
    /// A checker that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            size: 0,
            head: Vec::new(),
            start: None,
            body: Body::Nothing,
            #[cfg(feature = "gzip")]
            unpacks: true,
        }
    }

    /// A checker of what was unpacked, which is not unpacked again.
    #[cfg(feature = "gzip")]
    fn inside() -> Self {
        Self { unpacks: false, ..Self::new() }
    }

    /// Takes the next bytes of the file.
    pub fn update(&mut self, chunk: &[u8]) {
        self.size = self.size.saturating_add(chunk.len() as u64);
        let (head, body) = if self.start.is_none() {
            let missing = HEADER.saturating_sub(self.head.len());
            chunk.split_at(missing.min(chunk.len()))
        } else {
            (&[][..], chunk)
        };
        self.read_head(head);
        if self.start.is_some() && !head.is_empty() {
            self.begin();
        }
        self.read_head(body);
        self.body.update(body);
    }

    /// How many bytes were taken so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.size
    }

    /// Says why this is no RDB file, as soon as the first bytes show it; `None` before and otherwise.
    ///
    /// A download can stop there: [`finish`](Self::finish) would report [`Verdict::Corrupt`] whatever came next. Nine
    /// bytes are enough for an error page; the text gets more precise while the first few hundred bytes arrive, as
    /// those may hold its code. Other bytes may be an encrypted file, which takes as many to tell. A gzip stream is no
    /// RDB file either but may well contain one; it is no problem here.
    #[must_use]
    pub fn header_problem(&self) -> Option<&str> {
        match &self.start {
            Some(Start::Foreign { problem, .. } | Start::BadVersion { problem, .. }) => Some(problem),
            _ => None,
        }
    }

    /// Draws the conclusion: there is nothing after the bytes taken so far.
    #[must_use]
    pub fn finish(mut self) -> Report {
        match self.body {
            Body::Rdb(inspection) => return inspection.finish(&self.head),
            #[cfg(feature = "gzip")]
            Body::Gzip(gunzip) => return gunzip.finish(),
            Body::Nothing => {}
        }
        let (verdict, finding, version, detail) =
            match self.start.take().unwrap_or_else(|| header::classify_short(&self.head)) {
                Start::BadVersion { version, problem } => {
                    (Verdict::Corrupt, Finding::NotRdb, version, problem)
                }
                Start::Foreign { finding, problem } => (Verdict::Corrupt, finding, None, problem),
                Start::Unclear(problem) => (Verdict::Corrupt, Finding::NotRdb, None, problem),
                Start::Noise => {
                    let detail = "no header of an RDB file, and bytes without any form, as if encrypted or \
                                  compressed in a way that is not unpacked";
                    (Verdict::NotVerifiable, Finding::Encrypted, None, detail.to_owned())
                }
                Start::Gzip if self.head.len() < HEADER => {
                    let detail = format!("gzip-compressed and cut short: ends at byte {}", self.size);
                    (Verdict::Corrupt, Finding::CutShort, None, detail)
                }
                // The header of an RDB file has a body behind it, be it empty.
                Start::Gzip | Start::Rdb { .. } => {
                    let detail = "gzip-compressed; not unpacked".to_owned();
                    (Verdict::NotVerifiable, Finding::Compressed, None, detail)
                }
            };
        Report {
            size: self.size,
            verdict,
            finding,
            offset: (finding == Finding::CutShort).then_some(self.size),
            version,
            checksum: Checksum::Absent,
            unpacked: None,
            contents: None,
            detail,
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

    /// The first bytes say what follows.
    fn begin(&mut self) {
        match self.start {
            Some(Start::Rdb { format, version }) => {
                self.body = Body::Rdb(Box::new(Inspection::new(format, version)));
            }
            #[cfg(feature = "gzip")]
            Some(Start::Gzip) if self.unpacks => self.body = Body::Gzip(Box::new(gzip::Gunzip::new())),
            _ => {}
        }
        self.body.update(&self.head);
    }
}

impl Body {
    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Nothing => {}
            Self::Rdb(inspection) => inspection.update(bytes),
            #[cfg(feature = "gzip")]
            Self::Gzip(gunzip) => gunzip.update(bytes),
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
