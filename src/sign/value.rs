//! The values that signing steps work on: byte strings, lists of them, and pairs of them.
//!
//! Text is a byte string that is meant to be UTF-8 but need not be: percent-decoding can yield anything, and
//! encoding must give it back unchanged.

mod digests;
mod raw;
mod sha256;
mod writing;

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;

pub use self::digests::Octets;
use self::raw::{Raw, joined};
pub use self::sha256::Key;
pub use self::writing::{Out, written};
use crate::encoding::{is_plain, percent_decode, percent_encode, unhex};
use crate::service::like;

/// A byte string that is meant to be text.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Raw);

/// Bytes that are not text: a digest, a key.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Bytes(Raw);

/// A list of texts. A clone costs nothing: the names of the signed headers are asked for several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List(Arc<Vec<Text>>);

/// Names and values, repeats allowed, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs(Vec<(Text, Text)>);

/// What can be empty.
pub trait Emptiness {
    /// Whether there is nothing in it.
    fn is_nothing(&self) -> bool;
}

macro_rules! emptiness {
    ($($type:ty),*) => {
        $(
            impl Emptiness for $type {
                fn is_nothing(&self) -> bool {
                    self.0.is_empty()
                }
            }
        )*
    };
}

emptiness!(Text, Bytes, List, Pairs);

impl Emptiness for Cow<'_, [u8]> {
    fn is_nothing(&self) -> bool {
        self.is_empty()
    }
}

/// Writes parts one after the other.
#[must_use]
pub fn cat(parts: &[&[u8]]) -> Text {
    Text(joined(parts.iter().copied(), b""))
}

impl Text {
    /// The same, with ASCII letters in lower case.
    #[must_use]
    pub fn lower(mut self) -> Self {
        self.0.make_ascii_lowercase();
        self
    }

    /// The same, with ASCII letters in upper case.
    #[must_use]
    pub fn upper(mut self) -> Self {
        self.0.make_ascii_uppercase();
        self
    }

    /// The same, without any of the characters `of` at either end.
    #[must_use]
    pub fn trim(self, of: &str) -> Self {
        let kept = |byte: &u8| !of.as_bytes().contains(byte);
        let start = self.0.iter().position(kept).unwrap_or(self.0.len());
        let end = self.0.iter().rposition(kept).map_or(start, |at| at + 1);
        Self::from(&self.0[start..end])
    }

    /// The same, with every run of `of` made one.
    #[must_use]
    pub fn squeeze(mut self, of: &str) -> Self {
        if let [of] = of.as_bytes() {
            self.0.dedup_by(|next, previous| next == of && previous == of);
        }
        self
    }

    /// The same, with every `from` replaced by `to`.
    #[must_use]
    pub fn replace(self, from: &str, to: &str) -> Self {
        let (from, mut rest) = (from.as_bytes(), self.0.as_slice());
        let mut out = Raw::with_capacity(rest.len());
        while let Some(first) = rest.first() {
            match rest.strip_prefix(from).filter(|_| !from.is_empty()) {
                Some(after) => {
                    out.extend_from_slice(to.as_bytes());
                    rest = after;
                }
                None => {
                    out.push(*first);
                    rest = &rest[1..];
                }
            }
        }
        Self(out)
    }

    /// Percent-encodes everything but `A-Za-z0-9-_.~` and the characters in `keep`.
    #[must_use]
    pub fn encode(self, keep: &str) -> Self {
        if is_plain(&self.0, keep.as_bytes()) {
            return self;
        }
        Self(percent_encode(&self.0, keep.as_bytes()).into_bytes().into())
    }

    /// Undoes percent-encoding; a stray `%` stays, and so does `+`.
    #[must_use]
    pub fn decode(self) -> Self {
        if !self.0.contains(&b'%') {
            return self;
        }
        Self(percent_decode(&self.0).into())
    }

    /// A path with its segments `.` and `..` resolved, as RFC 3986 (section 5.2.4) says.
    #[must_use]
    pub fn remove_dots(self) -> Self {
        let mut rest = self.0.as_slice();
        let mut out = Raw::with_capacity(rest.len());
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix(b"../").or_else(|| rest.strip_prefix(b"./")) {
                rest = after;
            } else if rest.starts_with(b"/./") || rest == b"/." {
                rest = if rest.len() == 2 { b"/" } else { &rest[2..] };
            } else if rest.starts_with(b"/../") || rest == b"/.." {
                rest = if rest.len() == 3 { b"/" } else { &rest[3..] };
                out.truncate(out.iter().rposition(|byte| *byte == b'/').unwrap_or(0));
            } else if rest == b"." || rest == b".." {
                rest = b"";
            } else {
                let from = usize::from(rest[0] == b'/');
                let end =
                    rest[from..].iter().position(|byte| *byte == b'/').map_or(rest.len(), |at| from + at);
                out.extend_from_slice(&rest[..end]);
                rest = &rest[end..];
            }
        }
        Self(out)
    }

    /// The same, with `end` behind it unless it ends so already.
    #[must_use]
    pub fn end_with(mut self, end: &str) -> Self {
        if !self.0.ends_with(end.as_bytes()) {
            self.0.extend_from_slice(end.as_bytes());
        }
        self
    }

    /// The same with `before` before it, unless it is empty.
    #[must_use]
    pub fn prefix(self, before: &str) -> Self {
        if self.0.is_empty() { self } else { cat(&[before.as_bytes(), &self]) }
    }

    /// The same with `after` behind it, unless it is empty.
    #[must_use]
    pub fn suffix(self, after: &str) -> Self {
        if self.0.is_empty() { self } else { cat(&[&self, after.as_bytes()]) }
    }

    /// The same, or nothing where `other` is empty.
    #[must_use]
    pub fn when(&self, other: &impl Emptiness) -> Self {
        if other.is_nothing() { Self::default() } else { self.clone() }
    }

    /// What this is the base64 of, in the standard alphabet and padded.
    #[must_use]
    pub fn unbase64(&self) -> Option<Bytes> {
        base64::engine::general_purpose::STANDARD.decode(&self.0).ok().map(Bytes::from)
    }

    /// What these hexadecimal digits of either case stand for.
    #[must_use]
    pub fn unhex(&self) -> Option<Bytes> {
        unhex(&self.0).map(Bytes::from)
    }

    /// As text, with what is not UTF-8 replaced.
    #[must_use]
    pub fn to_string_lossy(&self) -> String {
        self.clone().into_string_lossy()
    }

    /// The same, without a copy where the text is long.
    pub(super) fn into_string_lossy(self) -> String {
        // Nearly all text is UTF-8, which is seen much faster than what is not is replaced.
        String::from_utf8(self.0.into_vec())
            .unwrap_or_else(|other| String::from_utf8_lossy(other.as_bytes()).into_owned())
    }
}

impl From<&Text> for Text {
    fn from(value: &Text) -> Self {
        value.clone()
    }
}

impl From<&str> for Text {
    fn from(value: &str) -> Self {
        Self::from(value.as_bytes())
    }
}

impl From<String> for Text {
    fn from(value: String) -> Self {
        Self(value.into_bytes().into())
    }
}

macro_rules! from_bytes {
    ($($type:ident),*) => {
        $(
            impl From<&[u8]> for $type {
                fn from(value: &[u8]) -> Self {
                    Self(Raw::from_slice(value))
                }
            }

            impl Clone for $type {
                fn clone(&self) -> Self {
                    Self::from(&self.0[..])
                }
            }

            impl From<Vec<u8>> for $type {
                fn from(value: Vec<u8>) -> Self {
                    Self(value.into())
                }
            }
        )*
    };
}

from_bytes!(Text, Bytes);

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

elementwise!(
    List,
    lower(), upper(), trim(of: &str), squeeze(of: &str), replace(from: &str, to: &str), encode(keep: &str), decode(),
    remove_dots(), end_with(end: &str), prefix(before: &str), suffix(after: &str)
);
elementwise!(
    Pairs,
    lower(), upper(), trim(of: &str), squeeze(of: &str), replace(from: &str, to: &str), encode(keep: &str), decode(),
    remove_dots(), end_with(end: &str), prefix(before: &str), suffix(after: &str)
);

/// Whether a name fits one of some patterns, in which `*` stands for any run of characters.
fn fits(patterns: &[&str], name: &[u8]) -> bool {
    patterns.iter().any(|pattern| like(pattern.as_bytes(), name))
}

impl List {
    fn map(self, each: impl Fn(Text) -> Text) -> Self {
        self.into_iter().map(each).collect()
    }

    /// The same, changed.
    fn changed(mut self, change: impl FnOnce(&mut Vec<Text>)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Those that fit one of the patterns.
    #[must_use]
    pub fn only(self, patterns: &[&str]) -> Self {
        self.changed(|texts| texts.retain(|name| fits(patterns, name)))
    }

    /// Those that fit none of the patterns.
    #[must_use]
    pub fn except(self, patterns: &[&str]) -> Self {
        self.changed(|texts| texts.retain(|name| !fits(patterns, name)))
    }

    /// In byte order.
    #[must_use]
    pub fn sort(self) -> Self {
        self.changed(|texts| texts.sort())
    }

    /// Without those that equal the one before.
    pub(super) fn dedup(self) -> Self {
        self.changed(Vec::dedup)
    }

    /// The elements with `separator` between them.
    #[must_use]
    pub fn join(&self, separator: &str) -> Text {
        Text(joined(self.0.iter().map(AsRef::as_ref), separator.as_bytes()))
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

impl IntoIterator for List {
    type Item = Text;
    type IntoIter = std::vec::IntoIter<Text>;

    fn into_iter(self) -> Self::IntoIter {
        Arc::unwrap_or_clone(self.0).into_iter()
    }
}

impl FromIterator<Text> for List {
    fn from_iter<I: IntoIterator<Item = Text>>(iter: I) -> Self {
        Self(Arc::new(iter.into_iter().collect()))
    }
}

impl Pairs {
    fn map(self, each: impl Fn(Text) -> Text) -> Self {
        Self(self.0.into_iter().map(|(name, value)| (each(name), each(value))).collect())
    }

    /// The same with other names.
    #[must_use]
    pub fn names(self, change: impl Fn(Text) -> Text) -> Self {
        Self(self.0.into_iter().map(|(name, value)| (change(name), value)).collect())
    }

    /// The same with other values.
    #[must_use]
    pub fn values(self, change: impl Fn(Text) -> Text) -> Self {
        Self(self.0.into_iter().map(|(name, value)| (name, change(value))).collect())
    }

    /// The names alone.
    #[must_use]
    pub fn list_names(self) -> List {
        self.0.into_iter().map(|(name, _)| name).collect()
    }

    /// The values alone.
    #[must_use]
    pub fn list_values(self) -> List {
        self.0.into_iter().map(|(_, value)| value).collect()
    }

    /// Those whose name fits one of the patterns.
    #[must_use]
    pub fn only(mut self, patterns: &[&str]) -> Self {
        self.0.retain(|(name, _)| fits(patterns, name));
        self
    }

    /// Those whose name fits none of the patterns.
    #[must_use]
    pub fn except(mut self, patterns: &[&str]) -> Self {
        self.0.retain(|(name, _)| !fits(patterns, name));
        self
    }

    /// In byte order of the names; pairs of one name stay in their order.
    #[must_use]
    pub fn sort_names(mut self) -> Self {
        self.0.sort_by(|(a, _), (b, _)| a.cmp(b));
        self
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

    /// The first value with this name; empty where there is none.
    #[must_use]
    pub fn value_of(&self, name: &str) -> Text {
        self.get(name).cloned().unwrap_or_default()
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
mod tests;
