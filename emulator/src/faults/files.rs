//! Files that are not as they should be.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use crc::{CRC_64_REDIS, Crc};

use super::Applied;
use super::chance::draw;
use super::effects::{Effects, Etag, Flip, WrongRange};
use crate::content::{Body, Content, Flipped};
use crate::server::Answer;

/// The checksum of RDB files.
const CRC: Crc<u64> = Crc::<u64>::new(&CRC_64_REDIS);
/// The most bytes of filling in a file that stands in for another.
const MOST: u64 = 64 << 20;

impl Applied {
    /// Does to an answer of the object store what was asked for.
    pub(crate) fn alter_file(&self, answer: &mut Answer) {
        let Effects { flip, content_range, etag, error_page, .. } = &self.effects;
        if *error_page {
            let page = "<!DOCTYPE html>\n<html><head><title>Error</title></head>\n\
                        <body><h1>The file is not available at the moment</h1></body></html>\n";
            *answer = Answer::new(200, "text/html; charset=utf-8", page.to_owned());
        }
        if let Some(flip) = flip {
            self.flip(*flip, answer);
        }
        match etag {
            Some(Etag::Missing) => answer.headers.retain(|(name, _)| name != "etag"),
            Some(Etag::Weak) => header(answer, "etag", |etag| format!("W/{}", etag.trim_start_matches("W/"))),
            None => {}
        }
        if let (Some(wrong), 206) = (content_range, answer.status) {
            match wrong {
                WrongRange::Missing => answer.headers.retain(|(name, _)| name != "content-range"),
                WrongRange::Start => header(answer, "content-range", |range| one_more(range, ' ')),
                WrongRange::Total => header(answer, "content-range", |range| one_more(range, '/')),
            }
        }
    }

    /// Has bits of a file wrong. Where they are does not depend on the part that is asked for.
    fn flip(&self, flip: Flip, answer: &mut Answer) {
        let Body::Part(content, range) = &answer.body else { return };
        let masks = match flip {
            Flip::Bit(bit) => vec![(bit / 8, 1 << (bit % 8))],
            Flip::Byte(byte) => vec![(byte, 0xff)],
            Flip::Some(count) => some(self.bits, count, content.len().saturating_mul(8)),
        };
        let flipped = Flipped { content: content.clone(), masks };
        answer.body = Body::Part(Content::Flipped(Arc::new(flipped)), range.clone());
    }
}

/// So many different bits of a file.
fn some(seed: u64, count: u64, bits: u64) -> Vec<(u64, u8)> {
    let mut chosen = BTreeSet::new();
    let mut number = 0;
    while (chosen.len() as u64) < count.min(bits) {
        chosen.insert(draw(seed, "bit", number) % bits);
        number += 1;
    }
    chosen.into_iter().map(|bit| (bit / 8, 1 << (bit % 8))).collect()
}

/// Rewrites a header.
fn header(answer: &mut Answer, name: &str, write: impl Fn(&str) -> String) {
    for (_, value) in answer.headers.iter_mut().filter(|(known, _)| known == name) {
        *value = write(value);
    }
}

/// Adds one to the number that follows the first of a character.
fn one_more(text: &str, after: char) -> String {
    let Some((head, rest)) = text.split_once(after) else { return text.to_owned() };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = rest.split_at(digits);
    match number.parse::<u64>() {
        Ok(number) => format!("{head}{after}{}{rest}", number.saturating_add(1)),
        Err(_) => text.to_owned(),
    }
}

/// A sound RDB file, longer than the one that it stands in for, with nothing in it but a remark; and its ETag.
pub(crate) fn changed(length: u64) -> (Content, String) {
    let filling = usize::try_from(length.min(MOST)).unwrap_or_default().max(64);
    let mut file = Vec::with_capacity(filling + 64);
    file.extend_from_slice(b"REDIS0011\xfa\x07changed\x80");
    file.extend_from_slice(&u32::try_from(filling).unwrap_or_default().to_be_bytes());
    file.extend((b'a'..=b'z').cycle().take(filling));
    file.push(0xff);
    let checksum = CRC.checksum(&file);
    file.extend_from_slice(&checksum.to_le_bytes());
    let etag = format!("\"changed-{checksum:016x}\"");
    (Content::Memory(Bytes::from(file)), etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_sound_and_longer() {
        for length in [0, 100, 40_000] {
            let (content, etag) = changed(length);
            assert!(content.len() > length && etag.len() > 10);
            let Content::Memory(bytes) = content else { panic!("a file on disk") };
            let report = rdbfetch::rdb::check(&bytes[..]).unwrap();
            assert_eq!(format!("{:?}", report.verdict), "Ok", "{report:?}");
        }
    }

    #[test]
    fn bits_are_different_and_inside() {
        assert_eq!(some(1, 16, 16).iter().map(|(at, _)| *at).filter(|at| *at < 2).count(), 16);
        assert_eq!(some(1, 99, 8).len(), 8);
        assert_eq!(some(1, 5, 0), []);
        assert_eq!(some(3, 4, 1000), some(3, 4, 1000));
        assert_ne!(some(3, 4, 1000), some(4, 4, 1000));
    }

    #[test]
    fn ranges_are_told_wrong() {
        assert_eq!(one_more("bytes 3-9/40", ' '), "bytes 4-9/40");
        assert_eq!(one_more("bytes 3-9/40", '/'), "bytes 3-9/41");
        assert_eq!(one_more("bytes 3-9/*", '/'), "bytes 3-9/*");
    }
}
