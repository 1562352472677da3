//! Files that are compressed with gzip.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{
    EMPTY, NO_CHECKSUM, expect, expect_corrupt, expect_unverifiable, header_problem, report, sample,
};
use crate::rdb::{Checker, Checksum, Finding, Verdict};

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_is_inside_is_checked() {
    let sample = sample();
    let found = expect(&packed(&sample), Verdict::Ok, Checksum::Ok, "gzip-compressed; inside: RDB version");
    assert_eq!(found.unpacked, Some(sample.len() as u64));
    assert_eq!(found.contents, report(&sample).contents);
    assert_eq!(header_problem(&packed(&sample)), None);
    let found = expect_unverifiable(&packed(NO_CHECKSUM), Checksum::Absent, "checksum switched off");
    assert_eq!(found.finding, Finding::NoChecksum);
    let cut = expect_corrupt(&packed(&sample[..sample.len() - 1]), Checksum::Absent, "cut short");
    assert_eq!(cut.finding, Finding::CutShort);
    let page =
        expect_corrupt(&packed(b"<Error><Code>NoSuchKey</Code></Error>"), Checksum::Absent, "NoSuchKey");
    assert_eq!(page.finding, Finding::ErrorPage);
}

#[test]
fn several_members_are_one_file() {
    let sample = sample();
    let (first, second) = sample.split_at(1000);
    let both = [packed(first), packed(&[]), packed(second)].concat();
    let found = expect(&both, Verdict::Ok, Checksum::Ok, "inside: RDB");
    assert_eq!(found.unpacked, Some(sample.len() as u64));
    let found = expect_corrupt(&[packed(EMPTY), packed(EMPTY)].concat(), Checksum::Ok, "two files in one");
    assert_eq!(found.finding, Finding::TwoFiles);
}

#[test]
fn no_part_and_no_alteration_passes() {
    let file = packed(EMPTY);
    for end in 0..file.len() {
        let found = report(&file[..end]);
        assert_eq!(found.verdict, Verdict::Corrupt, "up to {end}: {found:?}");
    }
    for at in 0..file.len() * 8 {
        let mut file = file.clone();
        file[at / 8] ^= 1 << (at % 8);
        let found = report(&file);
        // Time, flags without meaning and the system do not count, nor do the bits that fill the last byte.
        let counts = !(3..10).contains(&(at / 8)) && at / 8 != file.len() - 9;
        assert!(found.verdict != Verdict::Ok || !counts, "bit {at}: {found:?}");
    }
    let mut bad = file.clone();
    let at = bad.len() - 6;
    bad[at] ^= 1;
    let found = expect_corrupt(&bad, Checksum::Bad, "gzip-compressed, and damaged");
    assert_eq!(found.finding, Finding::BadChecksum);
}

#[test]
fn bytes_behind_the_last_member() {
    let file = packed(EMPTY);
    for behind in [&b"\0"[..], b"x", b"\x1fx", b"<Error/>", &[0; 4000]] {
        let place =
            format!("gzip-compressed, and {} bytes follow its end at byte {}", behind.len(), file.len());
        let found = expect_corrupt(&[&file, behind].concat(), Checksum::Ok, &place);
        assert_eq!((found.finding, found.offset), (Finding::TrailingBytes, Some(file.len() as u64)));
    }
    let begun = expect_corrupt(&[&file[..], b"\x1f"].concat(), Checksum::Absent, "cut short");
    assert_eq!(begun.finding, Finding::CutShort);
}

#[test]
fn pieces_of_any_size_give_the_same_report() {
    let mut damaged = packed(&sample());
    damaged[2000] ^= 0x55;
    for file in [packed(&sample()), [packed(EMPTY), packed(EMPTY)].concat(), damaged] {
        let whole = report(&file);
        for size in [1, 2, 3, 7, 100, 1000] {
            let mut checker = Checker::new();
            file.chunks(size).for_each(|chunk| checker.update(chunk));
            assert_eq!(checker.finish(), whole, "pieces of {size} bytes");
        }
    }
}

#[test]
fn nothing_is_unpacked_twice_and_nothing_is_kept() {
    let twice = packed(&packed(EMPTY));
    let found = expect_unverifiable(&twice, Checksum::Absent, "gzip-compressed; not unpacked");
    assert_eq!(found.finding, Finding::Compressed);
    // Some hundred times as much inside as outside.
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(b"REDIS0010\x00\x01k\x80\x40\0\0\0").unwrap();
    (0..4).for_each(|_| bomb.write_all(&[0; 1 << 20]).unwrap());
    let bomb = bomb.finish().unwrap();
    let found = expect_corrupt(&bomb, Checksum::Absent, "inside: cut short");
    assert!(found.unpacked.unwrap() > 500 * bomb.len() as u64);
}
