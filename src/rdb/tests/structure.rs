//! Every type of record, whole and in pieces, cut and altered.

#[path = "../../../fuzz/body.rs"]
mod body;

use super::samples::{Sample, cat, entry, len, listpack, literals, repeated, samples, text};
use super::{report, sealed};
use crate::rdb::{Checker, Checksum, Finding, Report, ValueType, Verdict};

/// A record with fewer bytes, so that every byte of it can be tried.
fn short() -> impl Iterator<Item = Sample> {
    samples().into_iter().filter(|sample| sample.record.len() < 600)
}

fn in_pieces(file: &[u8], size: usize) -> Report {
    let mut checker = Checker::new();
    file.chunks(size).for_each(|chunk| checker.update(chunk));
    checker.finish()
}

#[test]
fn every_type_is_followed() {
    for sample in samples() {
        let file = sample.file();
        let report = report(&file);
        let wanted = if sample.has_checksum() { Verdict::Ok } else { Verdict::NotVerifiable };
        assert_eq!(report.verdict, wanted, "{}: {report:?}", sample.name);
        let contents = report.contents.unwrap();
        assert!(contents.complete);
        let keys: Vec<_> = sample.kind.into_iter().map(|kind| (kind, 1)).collect();
        assert_eq!(contents.by_type, keys, "{}", sample.name);
        assert_eq!(contents.loadable_by.is_empty(), sample.abandoned, "{}", sample.name);
    }
}

#[test]
fn every_type_behind_every_other() {
    let all = samples();
    for header in ["REDIS0013", "VALKEY080"] {
        let fits: Vec<&Sample> = all
            .iter()
            .filter(|sample| {
                sample.header.starts_with(&header[..5]) || sample.header < "REDIS0012" && header > "VALKEY"
            })
            .filter(|sample| sample.name != "empty string")
            .collect();
        let records: Vec<u8> = fits.iter().flat_map(|sample| sample.record.clone()).collect();
        let file = sealed(&cat(&[header.as_bytes(), &records, b"\xff"]));
        let report = report(&file);
        assert_eq!(report.verdict, Verdict::Ok, "{report:?}");
        let keys = fits.iter().filter(|sample| sample.kind.is_some()).count();
        assert_eq!(report.contents.as_ref().unwrap().keys, keys as u64);
        for size in [1, 2, 3, 7, 64, 1000] {
            assert_eq!(in_pieces(&file, size), report, "pieces of {size} bytes");
        }
    }
}

#[test]
fn pieces_of_any_size_give_the_same_report() {
    for sample in short() {
        let file = sample.file();
        let whole = report(&file);
        for size in 1..=9 {
            assert_eq!(in_pieces(&file, size), whole, "{}: pieces of {size} bytes", sample.name);
        }
        for cut in 0..=file.len() {
            let mut checker = Checker::new();
            checker.update(&file[..cut]);
            checker.update(&file[cut..]);
            assert_eq!(checker.finish(), whole, "{}: cut at byte {cut}", sample.name);
        }
    }
}

#[test]
fn no_part_of_a_file_passes() {
    for sample in short() {
        let file = sample.file();
        for end in 0..file.len() {
            let report = report(&file[..end]);
            assert_eq!(report.verdict, Verdict::Corrupt, "{} up to {end}: {report:?}", sample.name);
            assert_eq!(report.finding, Finding::CutShort, "{} up to {end}: {report:?}", sample.name);
            assert_eq!(report.offset, Some(end as u64), "{} up to {end}: {report:?}", sample.name);
        }
    }
}

#[test]
fn no_flipped_byte_passes() {
    for sample in short().filter(Sample::has_checksum) {
        let mut file = sample.file();
        for at in 0..file.len() {
            for with in [0x01, 0x80, 0xff] {
                file[at] ^= with;
                let report = report(&file);
                assert_ne!(report.verdict, Verdict::Ok, "{} at {at}: {report:?}", sample.name);
                file[at] ^= with;
            }
        }
    }
}

#[test]
fn a_matching_checksum_makes_no_alteration_corrupt() {
    // What has a checksum was written that way.
    for sample in short().filter(Sample::has_checksum) {
        let file = sample.file();
        let body = file.len() - 8;
        for at in 9..body {
            let mut file = file[..body].to_vec();
            file[at] = file[at].wrapping_add(1);
            let report = report(&sealed(&file));
            let early = matches!(report.finding, Finding::BadChecksum | Finding::TrailingBytes);
            assert!(report.verdict != Verdict::Corrupt || early, "{} at {at}: {report:?}", sample.name);
            assert_ne!(report.checksum, Checksum::Bad, "{} at {at}: {report:?}", sample.name);
        }
    }
}

/// Numbers without a pattern, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

#[test]
fn what_must_hold_holds_for_altered_files() {
    let files: Vec<Vec<u8>> = short().map(|sample| sample.file()).collect();
    let mut numbers = Numbers(7);
    for _ in 0..4000 {
        let mut file = files[numbers.below(files.len())].clone();
        for _ in 0..=numbers.below(4) {
            let at = numbers.below(file.len());
            match numbers.below(5) {
                0 => file[at] = numbers.below(256) as u8,
                1 => file[at] = [0, 0x7f, 0x80, 0x81, 0xc3, 0xfe, 0xff][numbers.below(7)],
                2 => file.truncate(at.max(10)),
                3 => file.insert(at, numbers.below(256) as u8),
                _ => {
                    let from = numbers.below(file.len());
                    let part = file[from..(from + numbers.below(40)).min(file.len())].to_vec();
                    file.splice(at..at, part);
                }
            }
        }
        file.insert(0, numbers.below(20) as u8);
        body::body(&file);
    }
}

/// A string at random, in any of its encodings.
fn any_text(numbers: &mut Numbers) -> Vec<u8> {
    let size = [1, 5, 63, 64, 300, 17_000][numbers.below(6)];
    let bytes: Vec<u8> = (0..1 + numbers.below(size)).map(|_| numbers.below(256) as u8).collect();
    match numbers.below(4) {
        0 => cat(&[b"\xc2", &(numbers.below(1 << 30) as u32).to_le_bytes()]),
        1 => literals(&bytes),
        2 => repeated(bytes[0], 2 + numbers.below(20_000)),
        _ => text(&bytes),
    }
}

#[test]
fn files_made_at_random_are_ok_and_counted() {
    let mut numbers = Numbers(3);
    for _ in 0..200 {
        let mut file = b"REDIS0011".to_vec();
        let (mut keys, mut expiries) = (0, 0);
        for _ in 0..numbers.below(12) {
            if numbers.below(3) == 0 {
                expiries += 1;
                file.extend(cat(&[b"\xfc", &[numbers.below(256) as u8; 8]]));
            }
            keys += 1;
            let count = 1 + numbers.below(80);
            let parts = |each: &mut dyn FnMut(&mut Numbers) -> Vec<u8>, numbers: &mut Numbers| {
                let parts: Vec<Vec<u8>> = (0..count).map(|_| each(numbers)).collect();
                parts
            };
            let (kind, value) = match numbers.below(6) {
                0 => (0, any_text(&mut numbers)),
                1 => (2, cat(&[&len(count as u64), &parts(&mut any_text, &mut numbers).concat()])),
                2 => {
                    let mut scored = |numbers: &mut Numbers| {
                        cat(&[&any_text(numbers), &(numbers.below(1 << 20) as f64).to_le_bytes()])
                    };
                    (5, cat(&[&len(count as u64), &parts(&mut scored, &mut numbers).concat()]))
                }
                kind => {
                    let mut part = |numbers: &mut Numbers| {
                        let most = [5, 100, 300, 5000][kind - 3 + numbers.below(2)];
                        vec![b'e'; numbers.below(most)]
                    };
                    let parts = parts(&mut part, &mut numbers);
                    let entries: Vec<Vec<u8>> = parts.iter().map(|part| entry(part)).collect();
                    let blob = listpack(&entries.iter().map(Vec::as_slice).collect::<Vec<_>>());
                    (20, if numbers.below(2) == 0 { literals(&blob) } else { text(&blob) })
                }
            };
            file.extend(cat(&[&[kind], &any_text(&mut numbers), &value]));
        }
        let file = sealed(&cat(&[&file, b"\xff"]));
        let report = in_pieces(&file, 1 + numbers.below(5000));
        assert_eq!(report.verdict, Verdict::Ok, "{report:?}");
        let contents = report.contents.unwrap();
        assert_eq!((contents.keys, contents.expiries), (keys, expiries));
    }
}

#[test]
fn lengths_beyond_all_bounds() {
    let huge = [
        &b"\x81\xff\xff\xff\xff\xff\xff\xff\xff"[..],
        b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\x80\xff\xff\xff\xff",
    ];
    for length in huge {
        // As a string, as a number of elements, compressed and as it is, of each data structure.
        for kind in (0..28_u8).chain(243..=254) {
            for lead in [&b""[..], b"\xc3", b"\xc3\x05", b"\x01", b"\x01\x01"] {
                let key = text(b"key");
                let file =
                    cat(&[b"REDIS0013", &[kind], if kind < 28 { &key } else { b"" }, lead, length, length]);
                let file = cat(&[&file, &[0x11; 200]]);
                let report = report(&file);
                assert_eq!(report.verdict, Verdict::Corrupt, "{kind} {lead:?}: {report:?}");
            }
        }
    }
}

#[test]
fn counts_are_by_database_and_type() {
    let plain = |key: &[u8]| cat(&[b"\x00", &text(key), &text(b"value")]);
    let set = cat(&[b"\x02", &text(b"set"), b"\x01", &text(b"a")]);
    let expiry = cat(&[b"\xfc", &[7; 8]]);
    let body = [
        &b"REDIS0010\xfe\x00"[..],
        &plain(b"a"),
        &expiry,
        &plain(b"b"),
        b"\xfe\x05",
        &set,
        &expiry,
        &set,
        b"\xfe\x00",
        &plain(b"c"),
        b"\xff",
    ];
    let report = report(&sealed(&body.concat()));
    let contents = report.contents.unwrap();
    let databases: Vec<_> =
        contents.databases.iter().map(|one| (one.index, one.keys, one.expiries)).collect();
    assert_eq!(databases, [(0, 3, 1), (5, 2, 1)]);
    assert_eq!((contents.keys, contents.expiries), (5, 2));
    assert_eq!(contents.by_type, [(ValueType::String, 3), (ValueType::Set, 2)]);
    assert_eq!(contents.loadable_by, ["Redis 7.0 or later", "Valkey 7.2 or later"]);
}
