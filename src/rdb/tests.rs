mod broken;
#[cfg(feature = "gzip")]
mod gzip;
mod reports;
mod samples;
mod structure;

use std::io::{self, Read};

use super::{Checker, Checksum, Finding, Report, Verdict, check};

/// A database without keys, as a server wrote it.
const EMPTY: &[u8] = include_bytes!("../../tests/fixtures/rdb/empty.rdb");

/// Three keys, as a server with `rdbchecksum no` wrote them.
const NO_CHECKSUM: &[u8] = include_bytes!("../../tests/fixtures/rdb/no-checksum.rdb");

/// A sample of some tens of kilobytes, as a server wrote it.
fn sample() -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/emulator/samples/shard-0.rdb");
    std::fs::read(path).expect(path)
}

fn sum(bytes: &[u8]) -> u64 {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Redis, bytes)
}

/// `body` with its checksum behind it.
fn sealed(body: &[u8]) -> Vec<u8> {
    let sum = sum(body);
    [body, &sum.to_le_bytes()].concat()
}

/// The shortest file with this header.
fn shortest(header: &str) -> Vec<u8> {
    sealed(&[header.as_bytes(), b"\xff"].concat())
}

fn report(bytes: &[u8]) -> Report {
    let mut checker = Checker::new();
    checker.update(bytes);
    checker.finish()
}

#[track_caller]
fn expect(bytes: &[u8], verdict: Verdict, checksum: Checksum, detail: &str) -> Report {
    let report = report(bytes);
    assert_eq!((report.verdict, report.checksum), (verdict, checksum), "{report:?}");
    assert!(report.detail.contains(detail), "{detail:?} is not in {:?}", report.detail);
    assert_eq!(report.size, bytes.len() as u64);
    report
}

#[track_caller]
fn expect_corrupt(bytes: &[u8], checksum: Checksum, detail: &str) -> Report {
    expect(bytes, Verdict::Corrupt, checksum, detail)
}

#[track_caller]
fn expect_unverifiable(bytes: &[u8], checksum: Checksum, detail: &str) -> Report {
    expect(bytes, Verdict::NotVerifiable, checksum, detail)
}

/// What a downloader sees after these bytes.
fn header_problem(bytes: &[u8]) -> Option<String> {
    let mut checker = Checker::new();
    checker.update(bytes);
    checker.header_problem().map(str::to_owned)
}

#[test]
fn the_checksum_is_that_of_redis() {
    assert_eq!(sum(b"123456789"), 0xe9c6_d914_c4b8_d9ca);
    // And a real server agrees.
    assert_eq!(sum(&EMPTY[..EMPTY.len() - 8]).to_le_bytes(), EMPTY[EMPTY.len() - 8..]);
}

#[test]
fn names_are_stable() {
    assert_eq!(
        [Verdict::Ok, Verdict::NotVerifiable, Verdict::Corrupt].map(Verdict::as_str),
        ["ok", "not-verifiable", "corrupt"]
    );
    assert_eq!(
        [Checksum::Ok, Checksum::Absent, Checksum::Bad].map(Checksum::as_str),
        ["ok", "absent", "bad"]
    );
    assert_eq!(format!("[{:>8}|{:<4}]", Verdict::Corrupt, Checksum::Ok), "[ corrupt|ok  ]");
}

#[test]
fn files_of_a_server_are_ok() {
    for file in [EMPTY, &sample()] {
        let report = expect(file, Verdict::Ok, Checksum::Ok, "RDB version 10, complete, checksum matches");
        assert_eq!(report.version, Some(10));
    }
}

#[test]
fn the_shortest_file_of_each_version() {
    for version in 1..=4 {
        let file = format!("REDIS{version:04}").into_bytes();
        expect_corrupt(&file, Checksum::Absent, "cut short: ends at byte 9, before the end marker");
        let file = [&file, &b"\xff"[..]].concat();
        let report = expect_unverifiable(&file, Checksum::Absent, "has no checksum");
        assert_eq!(report.version, Some(version));
    }
    for version in 5..=13 {
        let file = shortest(&format!("REDIS{version:04}"));
        assert_eq!(file.len(), 18);
        assert_eq!(expect(&file, Verdict::Ok, Checksum::Ok, "checksum matches").version, Some(version));
    }
}

#[test]
fn a_missing_end_is_named_with_its_place() {
    let file = b"REDIS0011\x00\x01k\x10value";
    expect_corrupt(file, Checksum::Absent, "cut short: ends at byte 18, before the end marker (0xff)");
    let cut = &EMPTY[..EMPTY.len() - 1];
    expect_corrupt(cut, Checksum::Absent, "cut short: ends at byte 88, 7 bytes into the checksum of 8");
    let old = b"REDIS0003\xff\x00";
    expect_corrupt(old, Checksum::Absent, "a complete file ends at byte 10, and 1 byte follows, all zeros");
}

#[test]
fn no_part_of_a_file_passes() {
    for (file, step) in [(EMPTY, 1), (NO_CHECKSUM, 1), (&sample(), 97)] {
        for end in (0..file.len()).step_by(step) {
            let report = report(&file[..end]);
            assert_eq!(report.verdict, Verdict::Corrupt, "{report:?}");
            assert_eq!(report.size, end as u64);
        }
    }
}

#[test]
fn files_that_end_early() {
    expect_corrupt(b"", Checksum::Absent, "empty file");
    expect_corrupt(b"RED", Checksum::Absent, "ends at byte 3, inside the header");
    expect_corrupt(b"REDIS001", Checksum::Absent, "ends at byte 8, inside the header");
    expect_corrupt(b"VALKEY08", Checksum::Absent, "ends at byte 8, inside the header");
    expect_corrupt(b"REDIS0010", Checksum::Absent, "cut short: ends at byte 9");
    expect_corrupt(b"REDIS0010\xff\0\0\0\0\0\0\0", Checksum::Absent, "cut short: ends at byte 17");
    expect_corrupt(b"\x7fELF", Checksum::Absent, "with the bytes 7f 45 4c 46:");
}

#[test]
fn no_flipped_bit_passes() {
    let old: Vec<_> = (5..=13).map(|version| shortest(&format!("REDIS{version:04}"))).collect();
    let new = shortest("VALKEY080");
    for file in old.iter().map(Vec::as_slice).chain([EMPTY, NO_CHECKSUM, &new]) {
        let mut file = file.to_vec();
        for at in 0..file.len() * 8 {
            file[at / 8] ^= 1 << (at % 8);
            let report = report(&file);
            assert_ne!(report.verdict, Verdict::Ok, "bit {at}: {report:?}");
            file[at / 8] ^= 1 << (at % 8);
        }
    }
}

#[test]
fn an_altered_file_has_a_bad_checksum() {
    let mut file = sample();
    let middle = file.len() / 2;
    file[middle] ^= 0x10;
    let place = format!("the checksum at byte {} is ", file.len() - 8);
    expect_corrupt(&file, Checksum::Bad, &place);
}

#[test]
fn a_checksum_that_is_switched_off_verifies_nothing() {
    let report = expect_unverifiable(NO_CHECKSUM, Checksum::Absent, "checksum switched off");
    assert_eq!(report.version, Some(10));
    let mut file = sample();
    let body = file.len() - 8;
    file[body..].fill(0);
    expect_unverifiable(&file, Checksum::Absent, "checksum switched off");
    let body = shortest("REDIS0005")[..10].to_vec();
    expect_unverifiable(&[&body[..], &[0; 8]].concat(), Checksum::Absent, "complete by its structure");
}

#[test]
fn bytes_behind_the_end_are_found() {
    let file = sample();
    for behind in [&[0; 40], &[b'x'; 40], &[0xff; 40], &[b'\n'; 40]] {
        for len in 1..=behind.len() {
            let report = report(&[&file, &behind[..len]].concat());
            assert_eq!(report.verdict, Verdict::Corrupt, "{len} bytes: {report:?}");
        }
    }
    let page = b"<?xml version='1.0'?><Error><Code>ExpiredToken</Code></Error>\n";
    let at = file.len();
    let behind = |checksum, file: &[u8], behind: &[u8], detail: &str| {
        let report = expect_corrupt(&[file, behind].concat(), checksum, detail);
        assert_eq!((report.finding, report.offset), (Finding::TrailingBytes, Some(file.len() as u64)));
    };
    let place = format!("a complete file with a matching checksum ends at byte {at}, and 62 bytes follow");
    behind(Checksum::Ok, &file, page, &place);
    behind(Checksum::Ok, &file, page, "; its last bytes look like those of an error page");
    behind(Checksum::Ok, EMPTY, &[0; 4096], "4096 bytes follow, all zeros");
    behind(Checksum::Ok, EMPTY, b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n", "commands as in an append-only file");
    let page = b"{\"RetCode\":160}";
    behind(Checksum::Absent, NO_CHECKSUM, page, "its checksum switched off");
    behind(Checksum::Absent, NO_CHECKSUM, page, "; its last bytes look like those of an error page");
    behind(
        Checksum::Absent,
        b"REDIS0004\xff",
        b"REDIS",
        "a complete file ends at byte 10, and 5 bytes follow",
    );
}

#[test]
fn zeros_behind_a_checksum_are_no_checksum() {
    // Where a checksum happens to end in 0xff, eight zeros behind it look like an end marker and a checksum of zero.
    let file = (0_u16..)
        .map(|salt| sealed(&[&b"REDIS0010\x00\x01k\x02"[..], &salt.to_le_bytes(), b"\xff"].concat()))
        .find(|file| file.ends_with(b"\xff"))
        .unwrap();
    expect(&file, Verdict::Ok, Checksum::Ok, "");
    let padded = [&file[..], &[0; 8]].concat();
    expect_corrupt(&padded, Checksum::Ok, "ends at byte 24, and 8 bytes follow, all zeros");
}

#[test]
fn two_files_are_not_one() {
    // The second one's checksum fits both together: a sum over a file and its checksum is zero, as at the beginning.
    let sample = sample();
    for (first, second) in [(EMPTY, EMPTY), (&sample, EMPTY), (EMPTY, &sample), (&sample, &sample)] {
        let both = [first, second].concat();
        let body = both.len() - 8;
        assert_eq!(sum(&both[..body]).to_le_bytes(), both[body..]);
        let place = format!("ends at byte {}, where", first.len());
        let report = expect_corrupt(&both, Checksum::Ok, &place);
        assert_eq!(report.finding, Finding::TwoFiles);
    }
    let valkey = shortest("VALKEY080");
    expect_corrupt(&[&valkey[..], &valkey].concat(), Checksum::Ok, "two files in one");
    let old = b"REDIS0004\xffREDIS0004\xff";
    expect_corrupt(old, Checksum::Absent, "two files in one");
    let off = [NO_CHECKSUM, NO_CHECKSUM].concat();
    expect_corrupt(&off, Checksum::Absent, "two files in one");
    let three = [EMPTY, EMPTY, EMPTY].concat();
    expect_corrupt(&three, Checksum::Ok, &format!("ends at byte {}, where", EMPTY.len()));

    // A download that began again without discarding what it had.
    let again = [&sample[..1000], &sample].concat();
    expect_corrupt(&again, Checksum::Bad, "");
}

#[test]
fn an_rdb_file_may_be_a_value_in_another() {
    let value = [EMPTY, b" REDIS0010 ", EMPTY, EMPTY].concat();
    let record = samples::cat(&[b"\x00\x01k", &samples::text(&value)]);
    expect(&sealed(&[b"REDIS0010", &record[..], b"\xff"].concat()), Verdict::Ok, Checksum::Ok, "");
}

#[test]
fn versions_that_are_unknown() {
    for (header, version) in [("REDIS0014", 14), ("REDIS9999", 9999), ("VALKEY081", 81), ("VALKEY012", 12)] {
        let good = shortest(header);
        let report = expect_unverifiable(&good, Checksum::Ok, "unknown to this version of the check");
        assert_eq!(report.version, Some(version));

        let mut off = good.clone();
        off[10..].fill(0);
        expect_unverifiable(&off, Checksum::Absent, "checksum switched off");

        let mut bad = good.clone();
        bad[17] ^= 1;
        expect_corrupt(&bad, Checksum::Bad, "the checksum at byte 10 is ");

        let other = sealed(format!("{header} contents").as_bytes());
        expect_unverifiable(&other, Checksum::Ok, "the checksum matches");

        let other = format!("{header} contents without any trailer");
        expect_unverifiable(
            other.as_bytes(),
            Checksum::Absent,
            "record of unknown type 32 at byte 9, and no checksum fits",
        );

        expect_corrupt(header.as_bytes(), Checksum::Absent, "cut short");
        assert_eq!(header_problem(header.as_bytes()), None);
    }
}

#[test]
fn valkeys_own_version_is_known() {
    let file = shortest("VALKEY080");
    let report = expect(&file, Verdict::Ok, Checksum::Ok, "Valkey's RDB version 80, complete");
    assert_eq!(report.version, Some(80));
    expect_corrupt(&file[..17], Checksum::Absent, "cut short");
    let file = sealed(b"VALKEY080 contents");
    expect_unverifiable(&file, Checksum::Ok, "unknown type 32 at byte 9");
    assert_eq!(header_problem(&file), None);
}

#[test]
fn versions_that_cannot_be() {
    for (file, version, problem) in [
        (&b"REDIS0000\xff........"[..], Some(0), "version 0"),
        (b"REDIS00A0\xff........", None, "no version of 4 digits follows (bytes 30 30 41 30)"),
        (b"REDIS-001\xff........", None, "no version of 4 digits follows"),
        (b"VALKEY\xff80\xff........", None, "no version of 3 digits follows (bytes ff 38 30)"),
    ] {
        let report = expect_corrupt(file, Checksum::Absent, problem);
        assert_eq!(report.version, version);
        assert_eq!(header_problem(file), Some(report.detail));
    }
}

#[test]
fn error_pages_are_named() {
    for (page, kind) in [
        (&b"<?xml version='1.0' encoding='utf-8' ?>\n<Error/>"[..], "an XML or HTML document"),
        (b"<!DOCTYPE html><title>502 Bad Gateway</title>", "an XML or HTML document"),
        (b"\xef\xbb\xbf\r\n<html>...", "an XML or HTML document"),
        (b"  <Error></Error>", "an XML or HTML document"),
        (b"<p/>", "an XML or HTML document"),
        (b"{\"RetCode\":172,\"Message\":\"no\"}", "a JSON document"),
        (b"{}", "a JSON document"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "a raw HTTP response"),
    ] {
        let report = expect_corrupt(page, Checksum::Absent, kind);
        assert_eq!((report.version, report.finding), (None, Finding::ErrorPage));
        assert!(page.len() < 9 || header_problem(page) == Some(report.detail));
    }
    expect_corrupt(b"<\x01\x02\x03\x04\x05\x06\x07\x08", Checksum::Absent, "or an encrypted one");
}

#[test]
fn the_code_of_an_error_page_is_named() {
    let page = b"<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n\t<Code>AccessDenied</Code>\n\t<Message>no</Message>";
    let report = expect_corrupt(page, Checksum::Absent, "error page, with the code AccessDenied");
    assert!(report.detail.ends_with("AccessDenied"));

    // No half codes while the page arrives.
    let mut checker = Checker::new();
    for byte in page {
        checker.update(std::slice::from_ref(byte));
        let problem = checker.header_problem().unwrap_or_default();
        assert!(!problem.contains("code") || problem.ends_with("the code AccessDenied"), "{problem}");
    }

    let wild = b"<Error><Code>\x1b[31m\xe4\xbd\xa0\n ok</Code></Error>";
    expect_corrupt(wild, Checksum::Absent, "with the code ?[31m???? ok");
    let long = [&b"<Error><Code>"[..], &[b'x'; 500]].concat();
    let report = expect_corrupt(&long, Checksum::Absent, "with the code xxx");
    assert!(report.detail.ends_with(&format!("code {}", "x".repeat(64))), "{report:?}");
    let late = [&b"<Error>"[..], &[b' '; 500], b"<Code>Late</Code>"].concat();
    assert!(!expect_corrupt(&late, Checksum::Absent, "").detail.contains("Late"));
    assert!(!expect_corrupt(b"<Error><Code></Code>", Checksum::Absent, "").detail.contains("code"));
}

#[test]
fn other_files_are_shown_in_hexadecimal() {
    let file = b"\x00\x01redis0010\xff";
    let detail = "does not start with REDIS but with the bytes 00 01 72 65 64 69 73 30 30: not an RDB file, or an \
                  encrypted one";
    let report = expect_corrupt(file, Checksum::Absent, detail);
    assert_eq!(report.finding, Finding::NotRdb);
    // It might still be encrypted.
    assert_eq!(header_problem(file), None);
    expect_corrupt(b"*2\r\n$6\r\nSELECT\r\n", Checksum::Absent, "2a 32 0d 0a");
}

#[test]
fn a_wrong_header_shows_with_its_ninth_byte() {
    let mut checker = Checker::new();
    for byte in b"<!DOCTYP" {
        checker.update(std::slice::from_ref(byte));
        assert_eq!(checker.header_problem(), None);
    }
    checker.update(b"E");
    assert!(checker.header_problem().is_some());
    assert_eq!(checker.bytes(), 9);
    assert_eq!(header_problem(EMPTY), None);
    assert_eq!(header_problem(b""), None);
}

#[test]
fn the_report_does_not_depend_on_the_pieces() {
    let double = [EMPTY, NO_CHECKSUM, &shortest("REDIS0009")].concat();
    let triple = [EMPTY, EMPTY, EMPTY].concat();
    let page = [&b"<Error><Message>....</Message><Code>NoSuchKey</Code>"[..], &[b' '; 300]].concat();
    let gzip = [&b"\x1f\x8b"[..], &[7; 50]].concat();
    let valkey = sealed(b"VALKEY080\x00\x06VALKEY\x05REDIS\xff");
    let near = sealed(&[&b"REDIS0012 REDI REDREDIS RRREDIS"[..], &[b'R'; 30], b"\xff"].concat());
    let files: [&[u8]; 9] =
        [EMPTY, NO_CHECKSUM, b"REDIS0004....\xff", &double, &triple, &page, &gzip, &valkey, &near];
    for file in files {
        let whole = report(file);
        for size in 1..=file.len() {
            let mut checker = Checker::new();
            for chunk in file.chunks(size) {
                checker.update(chunk);
                checker.update(b"");
            }
            assert_eq!(checker.finish(), whole, "pieces of {size} bytes");
        }
        for cut in 0..=file.len() {
            let mut checker = Checker::new();
            checker.update(&file[..cut]);
            checker.update(&file[cut..]);
            assert_eq!(checker.finish(), whole, "cut at byte {cut}");
        }
    }
}

#[test]
fn any_bytes_get_a_report() {
    let mut state = 1_u64;
    let mut byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    let starts: [&[u8]; 11] = [
        b"",
        b"R",
        b"REDIS",
        b"REDIS0001",
        b"REDIS0010",
        b"REDIS0099",
        b"VALKEY",
        b"VALKEY080",
        b"<Code>",
        b"\x1f\x8b",
        b"HTTP/",
    ];
    for round in 0..2000 {
        let start = starts[round % starts.len()];
        let file: Vec<_> = start.iter().copied().chain((0..round % 400).map(|_| byte())).collect();
        let report = report(&file);
        assert_ne!(report.verdict, Verdict::Ok);
        assert!(report.detail.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{report:?}");
        assert!(!report.detail.is_empty() && report.detail.len() < 400);
    }
}

#[test]
fn a_checker_stays_small() {
    fn shared<T: Send + Sync + 'static>(_: &T) {}

    let mut checker = Checker::default();
    shared(&checker);
    checker.update(b"REDIS0010");
    for _ in 0..100 {
        checker.update(&[0x52; 10_000]);
    }
    assert_eq!(checker.bytes(), 1_000_009);
    assert!(checker.head.capacity() <= 1024);
    assert!(size_of::<Checker>() + size_of::<super::Inspection>() < 2048);
    assert!(format!("{checker:?}").contains("1000009"));
}

/// Yields one byte at a time, every other read being interrupted, and at the end what `last` says.
struct Halting<'a> {
    bytes: &'a [u8],
    interrupted: bool,
    last: Option<io::ErrorKind>,
}

impl Read for Halting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        match (self.bytes, self.last) {
            ([], Some(kind)) => Err(kind.into()),
            _ => {
                let len = buffer.len().min(1);
                self.bytes.read(&mut buffer[..len])
            }
        }
    }
}

#[test]
fn readers_are_read_to_their_end() {
    let sample = sample();
    assert_eq!(check(&sample[..]).unwrap(), report(&sample));
    let reader = Halting { bytes: EMPTY, interrupted: false, last: None };
    assert_eq!(check(reader).unwrap(), report(EMPTY));
    let page = [b'<'; 200_000];
    assert_eq!(check(&page[..]).unwrap().size, 200_000);
    let reader = Halting { bytes: EMPTY, interrupted: false, last: Some(io::ErrorKind::TimedOut) };
    assert_eq!(check(reader).unwrap_err().kind(), io::ErrorKind::TimedOut);
}
