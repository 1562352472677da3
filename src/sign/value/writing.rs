//! Long texts, written piece by piece into one buffer: each piece comes from where it is, and none becomes a text of its
//! own first.

use std::fmt;

use super::Text;
use crate::encoding::write_hex;

/// What a text is written to.
#[derive(Debug)]
pub struct Out(Vec<u8>);

/// Writes a text. `room` is about how many bytes it has: with more of them it only takes longer.
#[must_use]
pub fn written(room: usize, write: impl FnOnce(&mut Out)) -> Text {
    let mut out = Out(Vec::with_capacity(room));
    write(&mut out);
    Text::from(out.0)
}

impl Out {
    /// Adds what is there.
    pub fn add(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.extend_from_slice(bytes.as_ref());
    }

    /// Adds text with its ASCII letters in lower case.
    pub fn lower(&mut self, text: impl AsRef<[u8]>) {
        let start = self.0.len();
        self.add(text);
        self.0[start..].make_ascii_lowercase();
    }

    /// Adds text with its ASCII letters in upper case.
    pub fn upper(&mut self, text: impl AsRef<[u8]>) {
        let start = self.0.len();
        self.add(text);
        self.0[start..].make_ascii_uppercase();
    }

    /// Adds bytes as lower-case hexadecimal digits.
    pub fn hex(&mut self, bytes: impl AsRef<[u8]>) {
        let (bytes, start) = (bytes.as_ref(), self.0.len());
        self.0.resize(start + bytes.len() * 2, 0);
        write_hex(bytes, &mut self.0[start..]);
    }
}

/// What is written becomes text.
impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }

    // Moments are written digit by digit.
    fn write_char(&mut self, one: char) -> fmt::Result {
        match u8::try_from(one) {
            Ok(byte) if byte.is_ascii() => {
                self.0.push(byte);
                Ok(())
            }
            _ => self.write_str(one.encode_utf8(&mut [0; 4])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::Octets as _;

    #[test]
    fn what_is_written_stands_in_its_order() {
        let text = written(1, |out| {
            out.add("é/");
            out.lower(b"A\xffZ");
            out.upper(Text::from("a-é"));
            out.hex([0, 0xaf]);
        });
        assert_eq!(*text, *b"\xc3\xa9/a\xffzA-\xc3\xa900af");
        assert_eq!(written(0, |_| ()), Text::default());
    }

    #[test]
    fn text_takes_letters_of_any_length() {
        let mut text = Text::default();
        for one in ['a', 'é', '\u{80}', '語', '🦀'] {
            fmt::Write::write_char(&mut text, one).unwrap();
        }
        assert_eq!(*text, *"aé\u{80}語🦀".as_bytes());
    }

    #[test]
    fn digits_are_the_same_however_they_are_made() {
        for length in [0, 1, 20, 32, 33, 64] {
            let bytes: Vec<u8> = (0..length).map(|at: u8| at.wrapping_mul(5)).collect();
            assert_eq!(written(0, |out| out.hex(&bytes)), bytes.hex(), "{length}");
        }
    }
}
