//! Real RDB files, made from a seed: string keys with random values.
//!
//! A number decides every byte, so that the same seed gives the same file on every machine and in every version of
//! this crate.

use bytes::Bytes;
use crc::{CRC_64_REDIS, Crc, Table};
use rdbfetch::sign::{Octets as _, Text};

use crate::world::Recipe;

static CRC: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_REDIS);

/// Opcodes and types of the format.
const AUX: u8 = 0xFA;
const RESIZE: u8 = 0xFB;
const EXPIRES_MS: u8 = 0xFC;
const SELECT: u8 = 0xFE;
const END: u8 = 0xFF;
const STRING: u8 = 0;

/// 2099-01-01T00:00:00Z, in unix milliseconds.
const FAR: u64 = 4_070_908_800_000;

/// The file that a recipe makes. `what` tells it from others of the same seed.
pub(crate) fn rdb(recipe: &Recipe, seed: u64, what: &str) -> Bytes {
    let digest = Text::from(format!("{seed} {what}")).sha256();
    let state = digest.iter().take(8).fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte));
    let mut random = Random(state);
    let mut out = Vec::with_capacity(usize::try_from(recipe.size()).unwrap_or(0).saturating_add(64));
    out.extend_from_slice(format!("REDIS{:04}", recipe.version).as_bytes());
    // Version 7 brought the two opcodes.
    if recipe.version >= 7 {
        aux(&mut out, "redis-bits", "64");
        aux(&mut out, "made-by", "rdbfetch-emulator");
    }
    if recipe.keys > 0 {
        out.push(SELECT);
        length(&mut out, 0);
        if recipe.version >= 7 {
            out.push(RESIZE);
            length(&mut out, recipe.keys);
            length(&mut out, recipe.expiring);
        }
    }
    for number in 0..recipe.keys {
        if number < recipe.expiring {
            out.push(EXPIRES_MS);
            out.extend_from_slice(&FAR.saturating_add(number).to_le_bytes());
        }
        out.push(STRING);
        string(&mut out, format!("key:{number:08}").as_bytes());
        length(&mut out, recipe.value_size);
        random.letters(&mut out, recipe.value_size);
    }
    out.push(END);
    let sum = if recipe.checksum { CRC.checksum(&out) } else { 0 };
    out.extend_from_slice(&sum.to_le_bytes());
    Bytes::from(out)
}

fn aux(out: &mut Vec<u8>, name: &str, value: &str) {
    out.push(AUX);
    string(out, name.as_bytes());
    string(out, value.as_bytes());
}

fn string(out: &mut Vec<u8>, text: &[u8]) {
    length(out, u64::try_from(text.len()).unwrap_or(u64::MAX));
    out.extend_from_slice(text);
}

/// A length: 6, 14, 32 or 64 bits, as the first byte says.
fn length(out: &mut Vec<u8>, length: u64) {
    match (u8::try_from(length), u16::try_from(length), u32::try_from(length)) {
        (Ok(short), _, _) if short < 1 << 6 => out.push(short),
        (_, Ok(medium), _) if medium < 1 << 14 => out.extend_from_slice(&(medium | 0x4000).to_be_bytes()),
        (_, _, Ok(long)) => {
            out.push(0x80);
            out.extend_from_slice(&long.to_be_bytes());
        }
        _ => {
            out.push(0x81);
            out.extend_from_slice(&length.to_be_bytes());
        }
    }
}

/// Random numbers by Steele, Lea and Flood's SplitMix: it is no secret and never changes.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// So many letters of base64's alphabet.
    fn letters(&mut self, out: &mut Vec<u8>, mut count: u64) {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        while count > 0 {
            let mut bits = self.next();
            for _ in 0..count.min(10) {
                let letter = usize::try_from(bits & 63).unwrap_or(0);
                out.extend(LETTERS.get(letter));
                bits >>= 6;
            }
            count = count.saturating_sub(10);
        }
    }
}

#[cfg(test)]
mod tests {
    use rdbfetch::rdb::{Checksum, Verdict, check};

    use super::*;

    #[test]
    fn every_version_is_a_whole_file() {
        for version in 6..=12 {
            for (recipe, verdict) in [
                (Recipe::keys(0), Verdict::Ok),
                (Recipe::keys(70).expiring(7).value_size(63), Verdict::Ok),
                (Recipe::keys(2).value_size(64), Verdict::Ok),
                (Recipe::keys(1).value_size(20_000), Verdict::Ok),
                (Recipe::keys(3).without_checksum(), Verdict::NotVerifiable),
            ] {
                let bytes = rdb(&recipe.version(version), 1, "a");
                let report = check(&bytes[..]).unwrap();
                assert_eq!((report.verdict, report.version), (verdict, Some(version)), "{recipe:?}");
                let sound = if recipe.checksum { Checksum::Ok } else { Checksum::Absent };
                assert_eq!(report.checksum, sound, "{recipe:?}");
            }
        }
    }

    #[test]
    fn a_seed_gives_the_same_file_and_no_other_one() {
        let recipe = Recipe::keys(10);
        assert_eq!(rdb(&recipe, 1, "a"), rdb(&recipe, 1, "a"));
        assert_ne!(rdb(&recipe, 1, "a"), rdb(&recipe, 2, "a"));
        assert_ne!(rdb(&recipe, 1, "a"), rdb(&recipe, 1, "b"));
        // What was made once is made for ever: tests pin digests of such files.
        let digest = Text::from(rdb(&recipe, 1, "a").to_vec()).sha256().hex().to_string_lossy();
        assert_eq!(digest, "5b7b968ac5bd9d8cf88f85db152daeb3819f327542f3d6bbc5854d983f581256");
    }
}
