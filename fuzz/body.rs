//! What must hold for any bytes: the body of the fuzz target, and of a test that tries a few thousand.

use rdbfetch::rdb::{Checker, Checksum, Report, Verdict};

fn report<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Report {
    let mut checker = Checker::new();
    for piece in pieces {
        checker.update(piece);
    }
    checker.finish()
}

/// Checks a file that the first byte says how to cut and whether to seal, and the others are.
///
/// # Panics
///
/// If the report is not what every report is.
pub fn body(data: &[u8]) {
    let Some((how, bytes)) = data.split_first() else { return };
    let mut file = bytes.to_vec();
    if how & 1 == 1 {
        // With a checksum that fits, so that it is the structure that decides.
        let end = file.len().saturating_sub(8);
        let sum = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Redis, &file[..end]);
        file.truncate(end);
        file.extend(sum.to_le_bytes());
    }
    let whole = report([&file[..]]);
    assert_eq!(report(file.chunks(1 + usize::from(how >> 1))), whole, "it depends on the pieces");
    assert_eq!(whole.size, file.len() as u64);
    let reach = whole.unpacked.unwrap_or_default().max(whole.size);
    assert!(whole.offset.is_none_or(|offset| offset <= reach), "{whole:?}");
    assert!(whole.detail.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{whole:?}");
    assert!(!whole.detail.is_empty() && whole.detail.len() < 400, "{whole:?}");
    if whole.verdict == Verdict::Ok {
        assert_eq!(whole.checksum, Checksum::Ok);
        let contents = whole.contents.as_deref().expect("contents");
        assert!(contents.complete && contents.expiries <= contents.keys, "{whole:?}");
        let by_type: u64 = contents.by_type.iter().map(|(_, keys)| keys).sum();
        assert_eq!(by_type, contents.keys, "{whole:?}");
        let cut = report([&file[..file.len() - 1]]);
        assert_eq!(cut.verdict, Verdict::Corrupt, "{cut:?}");
        let longer = report([&file[..], b"\0"]);
        assert_eq!(longer.verdict, Verdict::Corrupt, "{longer:?}");
    }
}
