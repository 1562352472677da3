//! What survives of a download that was interrupted: which pieces of which file are on the disk.
//!
//! A journal is lines of text. Each begins with the CRC-32 of the rest of it, in eight hexadecimal digits, and a blank.
//! The first line names the file in JSON; every further one is the number of a piece that is there, a blank, and the
//! CRC-32 of the piece. A line that is cut short or altered ends the journal: what is after it counts for nothing.

use serde::{Deserialize, Serialize};

use super::answer::Identity;

/// The only format so far.
const VERSION: u32 = 1;

/// Longer lines are none of ours, in bytes.
const LONGEST: usize = 16 * 1024;

/// What a journal is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Subject {
    pub(super) service: String,
    pub(super) instance: String,
    pub(super) backup: String,
    /// The position of the file among those of the backup.
    pub(super) index: usize,
    /// The vendor's name for it.
    pub(super) name: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    journal: u32,
    #[serde(flatten)]
    subject: Subject,
    #[serde(flatten)]
    identity: Identity,
    piece: u64,
}

/// What a journal says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Journal {
    pub(super) identity: Identity,
    /// The size of a piece in bytes.
    pub(super) piece: u64,
    /// Pieces and their checksums.
    pub(super) claims: Vec<(usize, u32)>,
    /// How many bytes of the journal are good.
    pub(super) good: u64,
}

/// The first line.
pub(super) fn header(subject: &Subject, identity: &Identity, piece: u64) -> Option<String> {
    let header = Header { journal: VERSION, subject: subject.clone(), identity: identity.clone(), piece };
    serde_json::to_string(&header).ok().map(|text| line(&text))
}

/// The line of a piece that is there.
pub(super) fn record(index: usize, crc: u32) -> String {
    line(&format!("{index} {crc:08x}"))
}

/// Reads a journal about this subject, as far as it is good; `None` where it is none or about something else.
pub(super) fn read(bytes: &[u8], subject: &Subject) -> Option<Journal> {
    let (first, mut rest) = next(bytes)?;
    let header: Header = serde_json::from_str(first).ok()?;
    if header.journal != VERSION
        || header.subject != *subject
        || header.piece == 0
        || !header.identity.lasts()
    {
        return None;
    }
    let mut claims = Vec::new();
    while let Some((line, after)) = next(rest)
        && let Some(claim) = claim(line)
    {
        claims.push(claim);
        rest = after;
    }
    let good = (bytes.len() - rest.len()) as u64;
    Some(Journal { identity: header.identity, piece: header.piece, claims, good })
}

fn line(text: &str) -> String {
    format!("{:08x} {text}\n", crc32fast::hash(text.as_bytes()))
}

/// The next line without its checksum, if it is whole, and what follows it.
fn next(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().take(LONGEST).position(|byte| *byte == b'\n')?;
    let (sum, text) = std::str::from_utf8(bytes.get(..end)?).ok()?.split_once(' ')?;
    (sum == format!("{:08x}", crc32fast::hash(text.as_bytes()))).then_some((text, bytes.get(end + 1..)?))
}

fn claim(line: &str) -> Option<(usize, u32)> {
    let (index, crc) = line.split_once(' ')?;
    Some((index.parse().ok()?, u32::from_str_radix(crc, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject() -> Subject {
        Subject {
            service: "s".to_owned(),
            instance: "i\n".to_owned(),
            backup: "b".to_owned(),
            index: 3,
            name: Some("备份 \"1\"".to_owned()),
        }
    }

    fn identity() -> Identity {
        Identity { total: Some(99), etag: Some("\"e\"".to_owned()), modified: None }
    }

    fn written() -> (Vec<u8>, Vec<usize>) {
        let mut bytes = header(&subject(), &identity(), 16).unwrap().into_bytes();
        let mut ends = vec![bytes.len()];
        for (index, crc) in [(2, 7), (0, u32::MAX), (5, 0)] {
            bytes.extend(record(index, crc).bytes());
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    #[test]
    fn what_is_written_is_read() {
        let (bytes, _) = written();
        let journal = read(&bytes, &subject()).unwrap();
        assert_eq!((&journal.identity, journal.piece), (&identity(), 16));
        assert_eq!(journal.claims, [(2, 7), (0, u32::MAX), (5, 0)]);
        assert_eq!(journal.good, bytes.len() as u64);
    }

    #[test]
    fn a_journal_that_is_cut_anywhere_says_what_was_whole() {
        let (bytes, ends) = written();
        for cut in 0..=bytes.len() {
            let whole = ends.iter().filter(|end| **end <= cut).count();
            match read(&bytes[..cut], &subject()) {
                None => assert_eq!(whole, 0, "cut at {cut}"),
                Some(journal) => {
                    assert_eq!(journal.claims.len() + 1, whole, "cut at {cut}");
                    assert_eq!(journal.good, ends[whole - 1] as u64);
                }
            }
        }
    }

    #[test]
    fn a_journal_that_is_altered_anywhere_claims_nothing_false() {
        let (bytes, ends) = written();
        let truth = read(&bytes, &subject()).unwrap();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut altered = bytes.clone();
                altered[at] ^= 1 << bit;
                let before = ends.iter().filter(|end| **end <= at).count();
                match read(&altered, &subject()) {
                    None => assert_eq!(before, 0, "byte {at}"),
                    Some(journal) => assert_eq!(journal.claims, truth.claims[..before - 1], "byte {at}"),
                }
            }
        }
    }

    #[test]
    fn other_subjects_and_formats_are_refused() {
        let (bytes, _) = written();
        let all: [fn(&mut Subject); 5] = [
            |other| other.service.push('x'),
            |other| other.instance.push('x'),
            |other| other.backup.push('x'),
            |other| other.index += 1,
            |other| other.name = None,
        ];
        for change in all {
            let mut other = subject();
            change(&mut other);
            assert_eq!(read(&bytes, &other), None, "{other:?}");
        }
        let unknown = Identity { etag: None, ..identity() };
        for text in [
            header(&subject(), &unknown, 16).unwrap(),
            header(&subject(), &identity(), 0).unwrap(),
            line("{}"),
            line("1 2"),
            line(&serde_json::json!({"journal": 2}).to_string()),
            "\n".to_owned(),
            "x".repeat(2 * LONGEST),
        ] {
            assert_eq!(read(text.as_bytes(), &subject()), None, "{text:.40}");
        }
        let mut odd = bytes.clone();
        odd.extend(line("1 xyz").bytes());
        assert_eq!(read(&odd, &subject()).unwrap().good, bytes.len() as u64);
    }
}
