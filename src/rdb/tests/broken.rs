//! What no server writes, at its place, and what is only unknown.

use super::samples::{all_of_a_listpack, all_of_a_ziplist, cat, entry, intset, len, listpack, text, ziplist};
use super::{expect, expect_corrupt, expect_unverifiable, report, sealed};
use crate::rdb::{Checksum, Finding, Verdict};

/// A file of one record with a checksum that does not fit.
fn spoiled(record: &[u8]) -> Vec<u8> {
    let mut file = sealed(&cat(&[b"REDIS0013", record, b"\xff"]));
    *file.last_mut().unwrap() ^= 1;
    file
}

/// What is said of a record: where it is broken, whatever the checksum says.
#[track_caller]
fn fault(record: &[u8], what: &str) {
    let corrupt = expect_corrupt(&spoiled(record), Checksum::Bad, what);
    assert_eq!(corrupt.finding, Finding::BrokenStructure, "{corrupt:?}");
    let written = sealed(&cat(&[b"REDIS0013", record, b"\xff"]));
    let written = expect_unverifiable(&written, Checksum::Ok, what);
    assert_eq!((written.finding, written.offset), (Finding::BrokenStructure, corrupt.offset));
}

/// A hash that holds `blob` as a data structure of type `kind`.
fn holding(kind: u8, blob: &[u8]) -> Vec<u8> {
    cat(&[&[kind], &text(b"k"), &text(blob)])
}

#[test]
fn strings() {
    let value = |value: &[u8]| cat(&[b"\x00\x01k", value]);
    fault(&value(b"\xc4"), "a length of unknown form at byte 12");
    fault(&value(b"\x82\0\0\0\0"), "a length of unknown form");
    fault(&value(b"\xc3\x00\x05"), "a compressed string of no bytes");
    fault(&value(b"\xc3\x02\x03\x00a"), "unpacks to fewer bytes");
    fault(&value(b"\xc3\x03\x01\x01ab"), "unpacks to more bytes");
    fault(&value(b"\xc3\x04\x05\x00a\x20\x01"), "repeats what is before its beginning");
    fault(&value(b"\xc3\x03\x05\x00a\x20"), "a compressed string that ends early");
    fault(b"\x00\x00\x00\x00\x00\x00", "a key without a name a second time at byte 13");
}

#[test]
fn numbers() {
    fault(b"\x05\x01k\x01\x01a\0\0\0\0\0\0\xf8\x7f", "a score that is no number");
    for score in [&b"\xfd"[..], b"\x03nan", b"\x03one", b"\x00", b"\xf0", b"\x40"] {
        fault(&cat(&[b"\x03\x01k\x01\x01a", score, &[b'1'; 64]]), "a score that is no number");
    }
    fault(b"\x04\x01k\xc0\x01", "an encoded string where a number belongs");
    fault(b"\xfe\x80\xff\xff\xff\xff", "a database that cannot be");
    fault(b"\xfb\x80\xff\xff\xff\xff\x00", "a database that is larger than the file");
    fault(b"\xfc\0\0\0\0\0\0\0\0", "an expiry without a key");
}

#[test]
fn listpacks() {
    let good = all_of_a_listpack();
    let change = |at: usize, to: u8| {
        let mut blob = good.clone();
        blob[at] = to;
        holding(16, &blob)
    };
    fault(&change(0, 7), "a listpack that states another size than it has");
    fault(&change(4, 11), "another number of entries than it states");
    fault(&change(6, 0xf5), "an entry of a listpack in an unknown form");
    fault(&change(7, 2), "states another length behind it");
    fault(&change(6, 0xff), "an end mark in the midst of a data structure");
    fault(&change(6, 0xf4), "states another length behind it");
    let three = listpack(&[b"\x01", b"\x02", b"\x03"]);
    fault(&holding(16, &three), "whose last element is incomplete");
    fault(&holding(23, &listpack(&[b"\x01", b"\x02"])), "whose last element is incomplete");
    fault(&holding(16, b""), "a listpack that ends early");
    fault(&holding(16, &[7, 0, 0, 0, 0, 0, 1]), "an entry that is longer than the data structure around it");
    fault(b"\x10\x01k\xc0\x05", "an integer where a data structure belongs");
    expect(&sealed(&cat(&[b"REDIS0011", &holding(20, &three), b"\xff"])), Verdict::Ok, Checksum::Ok, "");
    // More entries than the head has room to count.
    let many = vec![&b"\x01"[..]; 70_000];
    let mut many = listpack(&many);
    many[4..6].fill(0xff);
    expect(&sealed(&cat(&[b"REDIS0011", &holding(20, &many), b"\xff"])), Verdict::Ok, Checksum::Ok, "");
}

#[test]
fn ziplists() {
    let good = all_of_a_ziplist();
    let change = |at: usize, to: u8| {
        let mut blob = good.clone();
        blob[at] = to;
        holding(10, &blob)
    };
    fault(&change(0, 7), "a ziplist that states another size than it has");
    fault(&change(4, 7), "whose last entry is not where its head says");
    fault(&change(8, 7), "another number of entries than it states");
    fault(&change(10, 1), "another length of the one before");
    fault(&change(11, 0xff), "an entry of a ziplist in an unknown form");
    fault(&change(10, 0xff), "an end mark in the midst of a data structure");
    fault(&holding(13, &ziplist(&[b"\x01a"])), "whose last element is incomplete");
    expect(
        &sealed(&cat(&[b"REDIS0006", &holding(13, &ziplist(&[])), b"\xff"])),
        Verdict::Ok,
        Checksum::Ok,
        "",
    );
}

#[test]
fn intsets_and_zipmaps() {
    fault(&holding(11, &intset(2, &[2, 1])), "an intset that is out of order");
    fault(&holding(11, &intset(2, &[1, 1])), "an intset that is out of order");
    fault(&holding(11, &intset(3, &[1])), "integers of an unknown size");
    fault(&holding(11, &intset(8, &[])), "another number of integers than it states");
    fault(&holding(11, &intset(4, &[1, 2])[..12]), "another number of integers than it states");
    fault(&holding(9, b"\x00\xff"), "an empty data structure where none may be");
    fault(&holding(9, b"\x01\x01a\xff"), "a zipmap that ends behind a field");
    fault(&holding(9, b"\x01\x01a\x01\x00b"), "an entry that is longer");
    fault(&holding(9, b"\x02\x01a\x01\x00b\xff"), "another number of entries");
    fault(&holding(9, b"\x01\x01a\x01\x00b\xff."), "an end mark in the midst");
}

#[test]
fn streams() {
    let stream = |id: &[u8], node: &[u8], rest: &[u8]| {
        cat(&[b"\x0f\x01k\x01", &text(id), &text(node), b"\x00\x00\x00", rest])
    };
    let node = listpack(&[&entry(b"a")]);
    fault(&stream(&[1; 15], &node, b"\x00"), "a name of a wrong length");
    fault(&stream(&[1; 16], &listpack(&[]), b"\x00"), "an empty data structure where none may be");
    // One entry waits, and the one consumer has another.
    let group = cat(&[b"\x01\x01g\0\0\x01", &[1; 16], &[0; 8], b"\x01\x01\x01c", &[0; 8], b"\x01", &[2; 16]]);
    fault(&stream(&[1; 16], &node, &group), "whose pending entries are not those of its consumers");
}

#[test]
fn lists_and_modules() {
    fault(b"\x12\x01k\x01\x03\x01a", "a node of a list of an unknown kind");
    fault(b"\x07\x01k\x01\x06", "a value of a module of an unknown type");
    fault(b"\xf7\x01\x01\x01\x00", "data of a module that do not say when to load them");
    fault(b"\xf3\x08", "a number of parts that is too great");
}

#[test]
fn what_is_unknown_is_not_corrupt_if_its_checksum_matches() {
    let plain = b"\x00\x01k\x01v";
    // A vendor's own type, an opcode of a later version, and a module's value whose length is not told.
    for byte in [6, 8, 33, 100, 242] {
        let record = cat(&[plain, &[byte], b"\x05who knows\xff\x00\x07"]);
        let file = sealed(&cat(&[b"REDIS0011", &record, b"\xff"]));
        let place = format!("unknown type {byte} at byte 14");
        let found = expect_unverifiable(&file, Checksum::Ok, &place);
        assert_eq!((found.finding, found.offset), (Finding::UnknownType, Some(14)));
        let contents = found.contents.unwrap();
        assert!(!contents.complete && contents.keys == 1 && contents.loadable_by.is_empty());

        let mut off = file.clone();
        let body = off.len() - 8;
        off[body..].fill(0);
        let found = expect_unverifiable(&off, Checksum::Absent, &place);
        assert_eq!(found.finding, Finding::UnknownType);

        let found = expect_corrupt(&spoiled(&record), Checksum::Bad, "unknown type");
        assert_eq!(found.finding, Finding::BadChecksum);
        expect_corrupt(&file[..file.len() - 1], Checksum::Absent, &place);
    }
    // The two formats went their own ways.
    let hash = sealed(b"REDIS0011\x16\x01k\x01\x01f\x01v\0\0\0\0\0\0\0\0\xff");
    assert_ne!(report(&hash).verdict, Verdict::Ok);
    let hash = sealed(b"VALKEY080\x18\x01k\0\0\0\0\0\0\0\0\x01\x00\x01f\x01v\xff");
    expect_unverifiable(&hash, Checksum::Ok, "unknown type 24");
}

#[test]
fn an_end_marker_may_be_a_byte_of_something_unknown() {
    // Read as a string, the unknown ends soon; the checksum of the whole tells.
    let file = sealed(&cat(&[b"REDIS0011\x00\x01k\x01v\xff", &[0x55; 100], b"\xff"]));
    let found = expect_unverifiable(&file, Checksum::Ok, "an end marker at byte 14");
    assert_eq!((found.finding, found.offset), (Finding::BrokenStructure, Some(14)));
}

#[test]
fn encrypted_files_are_not_verifiable() {
    let mut state = 11_u64;
    let noise: Vec<u8> = (0..1000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        })
        .collect();
    for size in [256, 257, 1000] {
        let found = expect_unverifiable(&noise[..size], Checksum::Absent, "as if encrypted");
        assert_eq!(found.finding, Finding::Encrypted);
        assert_eq!(super::header_problem(&noise[..size]), None);
    }
    expect_corrupt(&noise[..255], Checksum::Absent, "not an RDB file, or an encrypted one");
    assert_eq!(super::header_problem(&noise[..255]), None);
    for start in 0..100 {
        let file = cat(&[b"REDIS0009", &noise[start..]]);
        let found = report(&file);
        assert_ne!(found.verdict, Verdict::Ok);
        if found.finding == Finding::Encrypted {
            assert_eq!((found.verdict, found.checksum), (Verdict::NotVerifiable, Checksum::Absent));
        }
    }
    // A program has too many zeros.
    let program: Vec<u8> = (0..1000_u32).flat_map(u32::to_le_bytes).collect();
    let found = expect_corrupt(&program, Checksum::Absent, "not an RDB file");
    assert_eq!((found.finding, super::header_problem(&program)), (Finding::NotRdb, Some(found.detail)));
}

#[test]
fn room_that_was_not_filled() {
    let file = cat(&[b"REDIS0010\xfe\x00", &holding(0, b"v"), &len(0)]);
    let found = expect_corrupt(&cat(&[&file, &[0; 100]]), Checksum::Absent, "its last bytes are zeros");
    assert_eq!(found.finding, Finding::Zeros);
    let found =
        expect_corrupt(&cat(&[b"REDIS0010\x00\x01k\x80\0\x01\0\0", &[0; 100]]), Checksum::Absent, "zeros");
    assert_eq!(found.finding, Finding::Zeros);
}
