//! One RDB file from its header on: followed, summed up, and judged.

use super::header::{self, Format, HEADER};
use super::report::{Checksum, Finding, Report, Verdict};
use super::sum::{CHECKSUM, Sum};
use super::walk::{Stop, Walker};

/// Marks the end of the contents.
const END_MARKER: u8 = 0xff;

/// As many zeros at the end of a file are room that was not filled rather than contents.
const PADDING: u64 = 64;

/// A file whose header is sound.
#[derive(Clone)]
pub(super) struct Inspection {
    format: Format,
    version: u32,
    size: u64,
    sum: Sum,
    walker: Walker,
    end: Option<End>,
    /// How many of the last bytes are zeros.
    zeros: u64,
}

/// The end of the contents, and what is behind it.
#[derive(Clone)]
struct End {
    /// How many bytes the file has up to there, and their checksum.
    at: u64,
    sum: u64,
    /// What follows: the checksum if there is one, then bytes that do not belong there.
    first: [u8; CHECKSUM + HEADER],
    behind: u64,
    /// Whether everything behind the checksum is zero.
    zeros: bool,
}

impl End {
    fn update(&mut self, bytes: &[u8]) {
        let had = usize::try_from(self.behind).unwrap_or(usize::MAX);
        for (to, from) in self.first.iter_mut().skip(had).zip(bytes) {
            *to = *from;
        }
        let extra = bytes.get(CHECKSUM.saturating_sub(had)..).unwrap_or_default();
        self.zeros &= extra.iter().all(|byte| *byte == 0);
        self.behind += bytes.len() as u64;
    }

    fn stored(&self) -> u64 {
        self.first.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

/// A verdict and its reasons.
struct Judgement {
    verdict: Verdict,
    finding: Finding,
    checksum: Checksum,
    offset: Option<u64>,
    detail: String,
}

fn corrupt(finding: Finding, checksum: Checksum, offset: u64, detail: String) -> Judgement {
    Judgement { verdict: Verdict::Corrupt, finding, checksum, offset: Some(offset), detail }
}

fn unverifiable(finding: Finding, checksum: Checksum, offset: Option<u64>, detail: String) -> Judgement {
    Judgement { verdict: Verdict::NotVerifiable, finding, checksum, offset, detail }
}

impl Inspection {
    pub(super) fn new(format: Format, version: u32) -> Self {
        let walker = Walker::new(format, HEADER as u64);
        Self { format, version, size: 0, sum: Sum::new(), walker, end: None, zeros: 0 }
    }

    /// Takes the next bytes, the header included.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        let header = usize::try_from((HEADER as u64).saturating_sub(self.size)).unwrap_or_default();
        let (header, body) = bytes.split_at(header.min(bytes.len()));
        self.sum.update(header);
        if let Some(end) = &mut self.end {
            end.update(body);
        } else if self.walker.stop().is_none() {
            let (contents, behind) = body.split_at(self.walker.update(body));
            if self.walker.stop() == Some(Stop::End) {
                let sum = self.sum.with(contents);
                let first = [0; CHECKSUM + HEADER];
                let end = End { at: self.walker.at(), sum, first, behind: 0, zeros: true };
                self.end.insert(end).update(behind);
            }
        }
        self.sum.update(body);
        self.size += bytes.len() as u64;
        let zeros = bytes.iter().rev().take_while(|byte| **byte == 0).count();
        self.zeros = if zeros == bytes.len() { self.zeros } else { 0 } + zeros as u64;
    }

    /// The conclusion: there are no more bytes. `head` are the first ones.
    pub(super) fn finish(&self, head: &[u8]) -> Report {
        let whole = self.end.as_ref().filter(|_| !self.walker.absurd(self.size));
        let judgement = match (whole, self.format.has_checksum(self.version)) {
            (Some(end), true) => self.ended(end),
            (Some(end), false) => self.ended_without(end),
            (None, _) => self.stopped(head),
        };
        let contents = self.walker.tally().contents(self.format, self.version, whole.is_some());
        Report {
            size: self.size,
            verdict: judgement.verdict,
            finding: judgement.finding,
            offset: judgement.offset,
            version: Some(self.version),
            checksum: judgement.checksum,
            unpacked: None,
            contents: Some(Box::new(contents)),
            detail: judgement.detail,
        }
    }

    fn name(&self) -> String {
        self.format.name(self.version)
    }

    fn known(&self) -> bool {
        self.format.knows(self.version)
    }

    /// Whether the last eight bytes are the checksum of all before them.
    fn sealed(&self) -> bool {
        self.sum.trailer().is_some_and(|(_, sum, stored)| stored != 0 && stored == sum)
    }

    /// The walk came to the end marker, behind which there is a checksum.
    fn ended(&self, end: &End) -> Judgement {
        let (name, at) = (self.name(), end.at);
        let Some(extra) = end.behind.checked_sub(CHECKSUM as u64) else {
            let detail = format!(
                "cut short: ends at byte {}, {} bytes into the checksum of {CHECKSUM}",
                self.size, end.behind
            );
            return corrupt(Finding::CutShort, Checksum::Absent, self.size, detail);
        };
        let (stored, sum) = (end.stored(), end.sum);
        let checksum = match stored {
            0 => Checksum::Absent,
            _ if stored == sum => Checksum::Ok,
            _ => Checksum::Bad,
        };
        if extra > 0 && checksum != Checksum::Ok && self.sealed() {
            // What looked like the end was none: the whole has a checksum of its own.
            return self.unlike(at - 1, &format!("an end marker at byte {}", at - 1));
        }
        if checksum == Checksum::Bad {
            let detail = format!(
                "the checksum at byte {at} is {stored:016x} and that of the file {sum:016x}: its contents were altered"
            );
            return corrupt(Finding::BadChecksum, checksum, at, detail);
        }
        if extra > 0 {
            let whole = match checksum {
                Checksum::Ok => "a complete file with a matching checksum",
                _ => "a complete file with its checksum switched off",
            };
            return self.trailing(end, at + CHECKSUM as u64, extra, checksum, whole);
        }
        match (checksum, self.known()) {
            (Checksum::Ok, true) => Judgement {
                verdict: Verdict::Ok,
                finding: Finding::Verified,
                checksum,
                offset: None,
                detail: format!("{name}, complete, checksum matches"),
            },
            (Checksum::Ok, false) => {
                let detail = format!(
                    "{name} is unknown to this version of the check; followed by what is known to its end, and the \
                     checksum matches"
                );
                unverifiable(Finding::UnknownVersion, checksum, None, detail)
            }
            _ => {
                let detail = format!(
                    "{name} with its checksum switched off; complete by its structure, and nothing vouches for the \
                     contents"
                );
                unverifiable(Finding::NoChecksum, checksum, None, detail)
            }
        }
    }

    /// The walk came to the end marker, which is the last byte of a file of this version.
    fn ended_without(&self, end: &End) -> Judgement {
        if end.behind > 0 {
            let mut end = end.clone();
            // What follows stands where others have their checksum.
            end.first.rotate_right(CHECKSUM);
            end.zeros &= end.first.iter().skip(CHECKSUM).all(|byte| *byte == 0);
            return self.trailing(&end, end.at, end.behind, Checksum::Absent, "a complete file");
        }
        let detail = format!("{} has no checksum; complete by its structure", self.name());
        unverifiable(Finding::NoChecksum, Checksum::Absent, None, detail)
    }

    /// Other bytes follow a complete file.
    fn trailing(&self, end: &End, at: u64, extra: u64, checksum: Checksum, whole: &str) -> Judgement {
        let behind = end.first.get(CHECKSUM..).unwrap_or_default();
        if extra >= HEADER as u64 && header::is_magic(behind) {
            let detail =
                format!("two files in one: {whole} ends at byte {at}, where the header of another follows");
            return corrupt(Finding::TwoFiles, checksum, at, detail);
        }
        let what = match behind {
            _ if end.zeros => ", all zeros",
            [b'*', b'0'..=b'9', ..] => ", commands as in an append-only file",
            _ => self.hint(),
        };
        let (plural, s) = if extra == 1 { ("byte", "s") } else { ("bytes", "") };
        let detail = format!("{whole} ends at byte {at}, and {extra} {plural} follow{s}{what}");
        corrupt(Finding::TrailingBytes, checksum, at, detail)
    }

    /// The walk did not come to an end that is one.
    fn stopped(&self, head: &[u8]) -> Judgement {
        let (name, at, size) = (self.name(), self.walker.at(), self.size);
        let (unknown, what) = match self.walker.stop() {
            Some(Stop::Unknown(byte)) => (true, format!("a record of unknown type {byte} at byte {at}")),
            Some(Stop::Broken(fault)) => (false, format!("{fault} at byte {at}")),
            Some(Stop::End) => (false, "a database that is larger than the file".to_owned()),
            None => (false, format!("an end at byte {size}, inside a record")),
        };
        if self.sealed() {
            return self.unlike(at, &what);
        }
        if at < header::LONGEST as u64 && header::is_noise(head.get(HEADER..).unwrap_or_default()) {
            let detail = format!(
                "{name} by its header, but what follows has no form, as if encrypted; no checksum fits it"
            );
            return unverifiable(Finding::Encrypted, Checksum::Absent, Some(HEADER as u64), detail);
        }
        let short = self.walker.stop().is_none();
        let least = if self.format.has_checksum(self.version) { HEADER + 1 + CHECKSUM } else { HEADER + 1 };
        let trailer = self.sum.trailer().filter(|_| size >= least as u64);
        let has_checksum = self.format.has_checksum(self.version);
        let ends = if has_checksum {
            trailer.filter(|(marker, ..)| *marker == END_MARKER)
        } else {
            self.sum.tail().last().filter(|byte| **byte == END_MARKER).map(|byte| (*byte, 0, 0))
        };
        let finding = match (short, unknown) {
            (true, _) => Finding::CutShort,
            (_, true) => Finding::UnknownType,
            _ => Finding::BrokenStructure,
        };
        match ends {
            // In the midst of something, these bytes are part of it.
            Some((_, sum, stored)) if !short && stored != 0 => {
                let detail = format!(
                    "{what}, and the checksum in the last {CHECKSUM} bytes is {stored:016x} and that of the file \
                     {sum:016x}"
                );
                corrupt(if unknown { Finding::BadChecksum } else { finding }, Checksum::Bad, at, detail)
            }
            Some(_) if unknown => {
                let detail = format!(
                    "{what}, of a later version or a vendor's own; {name} without a checksum, followed up to there"
                );
                let finding = if self.known() { finding } else { Finding::UnknownVersion };
                unverifiable(finding, Checksum::Absent, Some(at), detail)
            }
            _ if !self.known() && size >= least as u64 => {
                let detail = format!(
                    "{name} is unknown to this version of the check: followed up to {what}, and no checksum fits: it \
                     may be of another form, or the file is cut short or has bytes after its end{}",
                    self.hint()
                );
                unverifiable(Finding::UnknownVersion, Checksum::Absent, Some(at), detail)
            }
            _ if short => {
                let detail = format!(
                    "cut short: ends at byte {size}, before the end marker (0xff) of the contents{}",
                    self.hint()
                );
                let finding = if self.padded() { Finding::Zeros } else { finding };
                corrupt(finding, Checksum::Absent, size, detail)
            }
            _ => {
                let finding = match finding {
                    _ if self.padded() => Finding::Zeros,
                    Finding::UnknownType => Finding::BrokenStructure,
                    other => other,
                };
                corrupt(finding, Checksum::Absent, at, format!("{what}{}", self.hint()))
            }
        }
    }

    /// The checksum of the whole vouches for contents that are not understood.
    fn unlike(&self, at: u64, what: &str) -> Judgement {
        let name = self.name();
        let unknown = matches!(self.walker.stop(), Some(Stop::Unknown(_)));
        let (finding, detail) = if !self.known() {
            let detail = format!(
                "{name} is unknown to this version of the check: followed up to {what}; the checksum matches"
            );
            (Finding::UnknownVersion, detail)
        } else if unknown {
            let detail = format!(
                "{what}, of a later version or a vendor's own: {name} is followed up to there; the checksum matches"
            );
            (Finding::UnknownType, detail)
        } else {
            let detail = format!(
                "{what}, which is not of {name}: written that way, as the checksum matches, by a faulty program or \
                 in a vendor's own form"
            );
            (Finding::BrokenStructure, detail)
        };
        unverifiable(finding, Checksum::Ok, Some(at), detail)
    }

    fn padded(&self) -> bool {
        self.zeros >= PADDING
    }

    /// What the last bytes look like, where they should have been an end.
    fn hint(&self) -> &'static str {
        let text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
        let tail = self.sum.tail();
        if self.padded() {
            "; its last bytes are zeros, as in a file whose room was reserved and not filled"
        } else if tail.iter().all(text) && matches!(tail.trim_ascii_end(), [.., b'>' | b'}']) {
            "; its last bytes look like those of an error page"
        } else {
            ""
        }
    }
}
