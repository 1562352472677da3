//! Percent-encoding and hexadecimal digits.

use percent_encoding::percent_decode as decode;

/// Percent-encodes everything but `A-Za-z0-9-_.~` and the bytes in `keep`, with upper-case digits (RFC 3986).
#[must_use]
pub fn percent_encode(bytes: &[u8], keep: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        if stays(byte, keep) {
            out.push(char::from(byte));
        } else {
            out.push_str(percent_encoding::percent_encode_byte(byte));
        }
    }
    out
}

fn stays(byte: u8, keep: &[u8]) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || (byte.is_ascii() && keep.contains(&byte))
}

/// Whether [`percent_encode`] changes nothing.
pub(crate) fn is_plain(bytes: &[u8], keep: &[u8]) -> bool {
    bytes.iter().all(|byte| stays(*byte, keep))
}

/// Undoes percent-encoding; a stray `%` stays, and so does `+`.
#[must_use]
pub fn percent_decode(bytes: &[u8]) -> Vec<u8> {
    decode(bytes).collect()
}

/// Splits a query or a form body into decoded names and values; `+` is a space, empty names are dropped.
#[must_use]
pub fn parse_query(query: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let part = |text: &[u8]| -> Vec<u8> {
        let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        percent_decode(&spaced)
    };
    query
        .split(|byte| *byte == b'&')
        .filter_map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = part(halves.next().unwrap_or_default());
            let value = part(halves.next().unwrap_or_default());
            (!name.is_empty()).then_some((name, value))
        })
        .collect()
}

/// Lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut out = vec![0; bytes.len() * 2];
    write_hex(bytes, &mut out);
    out.into_iter().map(char::from).collect()
}

/// Writes two digits for each byte, as far as there is room. Digits are computed, not looked up: so that this is done to
/// many bytes at a time.
pub(crate) fn write_hex(bytes: &[u8], digits: &mut [u8]) {
    let digit = |half: u8| half + if half < 10 { b'0' } else { b'a' - 10 };
    let pairs = digits.as_chunks_mut().0.iter_mut();
    bytes.iter().zip(pairs).for_each(|(byte, pair)| *pair = [digit(byte >> 4), digit(byte & 15)]);
}

/// What hexadecimal digits of either case stand for; `None` where there are others, or an odd number.
#[must_use]
pub fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some(value(*high)? << 4 | value(*low)?),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_split_and_decode() {
        let pairs = parse_query(b"a=1&b=x+y%2Bz&&=lost&c&d=e=f");
        let pairs: Vec<(&[u8], &[u8])> = pairs.iter().map(|(a, b)| (&a[..], &b[..])).collect();
        assert_eq!(pairs, [(&b"a"[..], &b"1"[..]), (b"b", b"x y+z"), (b"c", b""), (b"d", b"e=f")]);
    }

    #[test]
    fn hex_is_lower_case() {
        assert_eq!(hex(&[0, 0x1f, 0xab]), "001fab");
        for byte in 0..=u8::MAX {
            assert_eq!(hex(&[byte, !byte]), format!("{byte:02x}{:02x}", !byte));
        }
        assert_eq!(unhex(b"001FaB"), Some(vec![0, 0x1f, 0xab]));
        for none in ["0", "0g", "+1", "é"] {
            assert_eq!(unhex(none.as_bytes()), None, "{none}");
        }
    }
}
