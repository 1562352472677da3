//! Backups that were compressed with gzip: unpacked and checked as they arrive, nothing of them kept.

use std::io::{self, Write};

use flate2::write::GzDecoder;

use super::Checker;
use super::report::{Checksum, Finding, Report, Verdict};

/// What every member of a gzip stream starts with.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Unpacks a stream of any number of members into a check.
pub(super) struct Gunzip {
    decoder: GzDecoder<Contents>,
    state: State,
    /// How many bytes were taken.
    size: u64,
}

enum State {
    Member,
    /// Behind a complete member and maybe the first byte of another.
    Between {
        begun: bool,
    },
    /// Behind the last member, which ended there.
    Behind {
        end: u64,
    },
    Damaged,
}

/// The check of what is inside.
struct Contents(Checker);

impl Write for Contents {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Gunzip {
    pub(super) fn new() -> Self {
        Self { decoder: GzDecoder::new(Contents(Checker::inside())), state: State::Member, size: 0 }
    }

    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        while let Some((first, rest)) = bytes.split_first() {
            match self.state {
                State::Member => {
                    match self.decoder.write(bytes) {
                        // Nothing is taken behind the end of a member.
                        Ok(0) => self.end_member(),
                        Ok(taken) => {
                            self.size += taken as u64;
                            bytes = bytes.get(taken..).unwrap_or_default();
                        }
                        Err(_) => self.state = State::Damaged,
                    }
                }
                State::Between { begun } => {
                    let begins = MAGIC.get(usize::from(begun)) == Some(first);
                    self.state = match (begins, begun) {
                        (false, _) => State::Behind { end: self.size - u64::from(begun) },
                        (true, false) => State::Between { begun: true },
                        (true, true) => self.next_member(),
                    };
                    self.size += 1;
                    bytes = rest;
                }
                State::Behind { .. } | State::Damaged => {
                    self.size += bytes.len() as u64;
                    bytes = &[];
                }
            }
        }
    }

    /// Compares the member's checksum and length.
    fn end_member(&mut self) {
        self.state = match self.decoder.try_finish() {
            Ok(()) => State::Between { begun: false },
            Err(_) => State::Damaged,
        };
    }

    fn next_member(&mut self) -> State {
        let contents = Contents(std::mem::take(&mut self.decoder.get_mut().0));
        self.decoder = GzDecoder::new(contents);
        match self.decoder.write_all(&MAGIC) {
            Ok(()) => State::Member,
            Err(_) => State::Damaged,
        }
    }

    /// The conclusion: there are no more bytes.
    pub(super) fn finish(mut self) -> Report {
        let size = self.size;
        let problem = |finding, offset, checksum, detail: String| Report {
            size,
            verdict: Verdict::Corrupt,
            finding,
            offset,
            version: None,
            checksum,
            unpacked: None,
            contents: None,
            detail,
        };
        // Where a member is complete, it takes no more.
        if let (State::Member, Ok(0)) = (&self.state, self.decoder.write(&[0])) {
            self.end_member();
        }
        let ended = match self.state {
            State::Member => false,
            State::Between { begun } => !begun,
            State::Behind { .. } => true,
            State::Damaged => {
                let detail = "gzip-compressed, and damaged: it cannot be unpacked".to_owned();
                return problem(Finding::BadChecksum, None, Checksum::Bad, detail);
            }
        };
        if !ended {
            let detail = format!("gzip-compressed and cut short: ends at byte {size}");
            return problem(Finding::CutShort, Some(size), Checksum::Absent, detail);
        }
        let inside = std::mem::take(&mut self.decoder.get_mut().0);
        let report = inside.finish();
        if let State::Behind { end } = self.state {
            let detail = format!("gzip-compressed, and {} bytes follow its end at byte {end}", size - end);
            return Report {
                contents: report.contents,
                unpacked: Some(report.size),
                version: report.version,
                ..problem(Finding::TrailingBytes, Some(end), report.checksum, detail)
            };
        }
        Report {
            size,
            unpacked: Some(report.size),
            detail: format!("gzip-compressed; inside: {}", report.detail),
            ..report
        }
    }
}
