//! The values that signing steps work on: byte strings, lists of them, and pairs of them.
//!
//! Text is a byte string that is meant to be UTF-8 but need not be: percent-decoding can yield anything, and
//! encoding must give it back unchanged.

use std::ops::Deref;

use base64::Engine as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::encoding::{percent_decode, percent_encode};

/// A byte string that is meant to be text.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Vec<u8>);

/// Bytes that are not text: a digest, a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(Vec<u8>);

/// A list of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List(Vec<Text>);

/// Names and values, repeats allowed, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs(Vec<(Text, Text)>);

/// Writes parts one after the other.
#[must_use]
pub fn cat(parts: &[&[u8]]) -> Text {
    Text(parts.concat())
}

macro_rules! hashes {
    ($type:ty) => {
        impl $type {
            /// The SHA-1 digest.
            #[must_use]
            pub fn sha1(&self) -> Bytes {
                Bytes(Sha1::digest(&self.0).to_vec())
            }

            /// The SHA-256 digest.
            #[must_use]
            pub fn sha256(&self) -> Bytes {
                Bytes(Sha256::digest(&self.0).to_vec())
            }

            /// HMAC-SHA1 of `message`, keyed with this value.
            #[must_use]
            pub fn hmac_sha1(&self, message: impl AsRef<[u8]>) -> Bytes {
                let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
                mac.update(message.as_ref());
                Bytes(mac.finalize().into_bytes().to_vec())
            }

            /// HMAC-SHA256 of `message`, keyed with this value.
            #[must_use]
            pub fn hmac_sha256(&self, message: impl AsRef<[u8]>) -> Bytes {
                let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
                mac.update(message.as_ref());
                Bytes(mac.finalize().into_bytes().to_vec())
            }

            /// Base64 in the standard alphabet, padded.
            #[must_use]
            pub fn base64(&self) -> Text {
                Text(base64::engine::general_purpose::STANDARD.encode(&self.0).into_bytes())
            }
        }

        impl AsRef<[u8]> for $type {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl Deref for $type {
            type Target = [u8];

            fn deref(&self) -> &[u8] {
                &self.0
            }
        }
    };
}

hashes!(Text);
hashes!(Bytes);

impl Bytes {
    /// Lower-case hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> Text {
        Text(crate::encoding::hex(&self.0).into_bytes())
    }
}

impl Text {
    /// The same, with ASCII letters in lower case.
    #[must_use]
    pub fn lower(mut self) -> Self {
        self.0.make_ascii_lowercase();
        self
    }

    /// The same, with every run of `of` made one.
    #[must_use]
    pub fn squeeze(mut self, of: &str) -> Self {
        if let [of] = of.as_bytes() {
            self.0.dedup_by(|next, previous| next == of && previous == of);
        }
        self
    }

    /// Percent-encodes everything but `A-Za-z0-9-_.~` and the characters in `keep`.
    #[must_use]
    pub fn encode(self, keep: &str) -> Self {
        Self(percent_encode(&self.0, keep.as_bytes()).into_bytes())
    }

    /// Undoes percent-encoding; a stray `%` stays, and so does `+`.
    #[must_use]
    pub fn decode(self) -> Self {
        Self(percent_decode(&self.0))
    }

    /// As text, with what is not UTF-8 replaced.
    #[must_use]
    pub fn to_string_lossy(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl From<&str> for Text {
    fn from(value: &str) -> Self {
        Self(value.as_bytes().to_vec())
    }
}

impl From<String> for Text {
    fn from(value: String) -> Self {
        Self(value.into_bytes())
    }
}

impl From<Vec<u8>> for Text {
    fn from(value: Vec<u8>) -> Self {
        Self(value)
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(value: Vec<u8>) -> Self {
        Self(value)
    }
}

macro_rules! elementwise {
    ($type:ty, $($name:ident($($argument:ident: $kind:ty),*)),*) => {
        impl $type {
            $(
                /// Applies the filter of the same name of [`Text`] to every element.
                #[must_use]
                pub fn $name(self, $($argument: $kind),*) -> Self {
                    self.map(|text| text.$name($($argument),*))
                }
            )*
        }
    };
}

elementwise!(List, lower(), squeeze(of: &str), encode(keep: &str), decode());
elementwise!(Pairs, lower(), squeeze(of: &str), encode(keep: &str), decode());

impl List {
    fn map(self, each: impl Fn(Text) -> Text) -> Self {
        Self(self.0.into_iter().map(each).collect())
    }

    /// In byte order.
    #[must_use]
    pub fn sort(mut self) -> Self {
        self.0.sort();
        self
    }

    /// The elements with `separator` between them.
    #[must_use]
    pub fn join(&self, separator: &str) -> Text {
        let parts: Vec<&[u8]> = self.0.iter().map(AsRef::as_ref).collect();
        Text(parts.join(separator.as_bytes()))
    }

    /// The elements with newlines between them.
    #[must_use]
    pub fn lines(&self) -> Text {
        self.join("\n")
    }

    /// The elements.
    pub fn iter(&self) -> impl Iterator<Item = &Text> {
        self.0.iter()
    }
}

impl FromIterator<Text> for List {
    fn from_iter<I: IntoIterator<Item = Text>>(iter: I) -> Self {
        Self(iter.into_iter().collect())
    }
}

impl Pairs {
    fn map(self, each: impl Fn(Text) -> Text) -> Self {
        Self(self.0.into_iter().map(|(name, value)| (each(name), each(value))).collect())
    }

    /// Replaces `from` by `to` in the names.
    #[must_use]
    pub fn rename(self, from: &str, to: &str) -> Self {
        let rename = |name: Text| Text::from(name.to_string_lossy().replace(from, to));
        Self(self.0.into_iter().map(|(name, value)| (rename(name), value)).collect())
    }

    /// Without pairs whose value is empty.
    #[must_use]
    pub fn drop_empty(self) -> Self {
        Self(self.0.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }

    /// In byte order of the names, then of the values.
    #[must_use]
    pub fn sort(mut self) -> Self {
        self.0.sort();
        self
    }

    /// Each pair with `separator` between name and value.
    #[must_use]
    pub fn join(&self, separator: &str) -> List {
        self.iter().map(|(name, value)| cat(&[name, separator.as_bytes(), value])).collect()
    }

    /// The pairs.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &Text)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// Adds a pair.
    pub fn push(&mut self, name: impl Into<Text>, value: impl Into<Text>) {
        self.0.push((name.into(), value.into()));
    }

    /// Keeps the pairs for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&Text, &Text) -> bool) {
        self.0.retain(|(name, value)| keep(name, value));
    }

    /// The first value with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Text> {
        self.iter().find(|(key, _)| key.as_ref() == name.as_bytes()).map(|(_, value)| value)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Text, Text)> for Pairs {
    fn from_iter<I: IntoIterator<Item = (Text, Text)>>(iter: I) -> Self {
        Self(iter.into_iter().collect())
    }
}

impl Extend<(Text, Text)> for Pairs {
    fn extend<I: IntoIterator<Item = (Text, Text)>>(&mut self, iter: I) {
        self.0.extend(iter);
    }
}

impl IntoIterator for Pairs {
    type Item = (Text, Text);
    type IntoIter = std::vec::IntoIter<(Text, Text)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(items: &[(&str, &str)]) -> Pairs {
        items.iter().map(|(name, value)| (Text::from(*name), Text::from(*value))).collect()
    }

    #[test]
    fn hashes_give_published_values() {
        assert_eq!(*Text::from("abc").sha1().hex(), *b"a9993e364706816aba3e25717850c26c9cd0d89d");
        let abc256 = Text::from("abc").sha256().hex().to_string_lossy();
        assert_eq!(abc256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        // RFC 2202 and RFC 4231, test case 2.
        let what = "what do ya want for nothing?";
        let mac = Text::from("Jefe").hmac_sha1(what).hex().to_string_lossy();
        assert_eq!(mac, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        let mac = Text::from("Jefe").hmac_sha256(what).hex().to_string_lossy();
        assert_eq!(mac, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn filters_work_on_every_shape() {
        assert_eq!(Text::from("/a//b///").squeeze("/"), Text::from("/a/b/"));
        assert_eq!(Text::from("a b/é~").encode("/"), Text::from("a%20b/%C3%A9~"));
        assert_eq!(Text::from("a%20b%2Gc%+").decode(), Text::from("a b%2Gc%+"));
        let not_utf8 = Text::from("%FF").decode();
        assert_eq!(not_utf8.encode(""), Text::from("%FF"));
        let some = pairs(&[("b_x", "2"), ("a", ""), ("b_x", "1")]);
        assert_eq!(some.clone().rename("_", ".").sort().join("=").join("&"), Text::from("a=&b.x=1&b.x=2"));
        assert_eq!(some.drop_empty().join(":").lines(), Text::from("b_x:2\nb_x:1"));
    }

    #[test]
    fn order_of_sorting_and_encoding_matters() {
        let some = pairs(&[("a-b", "1"), ("aé", "2"), ("a", "3")]);
        let sorted_first = some.clone().sort().encode("").join("=").join("&");
        let joined_first = some.encode("").join("=").sort().join("&");
        assert_eq!(sorted_first, Text::from("a=3&a-b=1&a%C3%A9=2"));
        assert_eq!(joined_first, Text::from("a%C3%A9=2&a-b=1&a=3"));
    }
}
