//! A digest of spec files, so that pinned text can tell whether it belongs to them.

use crate::SpecFile;

/// The digest of spec files, in any order. build.rs computes the same without this crate.
#[must_use]
pub fn digest(files: &[SpecFile]) -> u64 {
    let mut files: Vec<(&str, &str)> =
        files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
    files.sort_unstable();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for (path, text) in files {
        // FNV-1a over path and text, line ends normalised, with a separator that neither can hold.
        for byte in path.bytes().chain([0]).chain(text.bytes().filter(|byte| *byte != b'\r')).chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}
