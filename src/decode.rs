//! How typed answers are read: null is absent everywhere, and where a service mixes up numbers and text, either is
//! taken for the other.
//!
//! What is read is taken out of the value, and copied only where the answer holds it as it stands: most of an answer is long
//! texts.
//!
//! Messages never show a value: it may be a signed link.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::ser::{Serialize, Serializer};
use serde_json::{Number, Value};

use crate::node::{self, Node};
use crate::sensitive::Sensitive;
use crate::service::TimeFormat;
use crate::time::Timestamp;
use crate::value;

/// A moment as the service wrote it, and as it reads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WireTime {
    /// As the service wrote it.
    pub text: String,
    /// As it reads; `None` where it is not in the documented format.
    pub at: Option<Timestamp>,
}

impl fmt::Display for WireTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for WireTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// How a value is read.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// Whether the service mixes up numbers and text.
    lenient: bool,
    /// Whether this value may be written either way all the same: it names a thing, or stands in a list.
    loose: bool,
    /// How moments are written.
    time: TimeFormat,
}

impl How {
    /// How the answers of a service are read that mixes up numbers and text, or does not.
    #[must_use]
    pub fn new(lenient: bool) -> Self {
        Self { lenient, loose: true, time: TimeFormat::RFC3339 }
    }

    fn either(self) -> bool {
        self.lenient || self.loose
    }
}

/// What is wrong with an answer, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The way to the value, from the inside out.
    path: Vec<String>,
    problem: String,
}

impl Wrong {
    fn new(problem: impl Into<String>) -> Self {
        Self { path: Vec::new(), problem: problem.into() }
    }

    fn expected(what: &str) -> Self {
        Self::new(format!("expected {what}"))
    }

    fn inside(mut self, step: impl Into<String>) -> Self {
        self.path.push(step.into());
        self
    }

    /// What is wrong, after the keys that lead to where it is: `data.files[2].size is not as specified: …`.
    #[must_use]
    pub fn within(&self, keys: &[&str]) -> String {
        let steps = keys.iter().copied().chain(self.path.iter().rev().map(String::as_str));
        let path = steps.collect::<Vec<_>>().join(".").replace(".[", "[");
        let place = if path.is_empty() { "the answer" } else { &path };
        format!("{place} is not as specified: {}", self.problem)
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.within(&[]))
    }
}

impl std::error::Error for Wrong {}

/// A value that an answer can hold.
pub trait Decode: Sized {
    /// Whether empty text stands for an absent value.
    #[must_use]
    fn blank_is_absent(_: How) -> bool {
        false
    }

    /// Reads a value, and takes it; `None` where it is absent or null.
    ///
    /// # Errors
    /// When it has another type than the spec says, or must be there and is not.
    fn decode(value: Option<&mut Node<'_>>, how: How) -> Result<Self, Wrong>;
}

/// A value that a member of an object can have.
pub trait Member: Decode {
    /// What stands in the place of one that could not be read, until that is reported.
    fn nothing() -> Self;
}

/// The members of an object, while they are read. The first that is wrong is kept, so that reading goes straight on:
/// a way out after every member would be most of the code that reads answers.
#[derive(Debug)]
pub struct Members<'a, 'n> {
    map: Option<&'a mut [(Cow<'n, str>, Node<'n>)]>,
    how: How,
    wrong: Option<Wrong>,
}

impl<'a, 'n> Members<'a, 'n> {
    /// The members of `value`; one that is absent has none.
    #[must_use]
    pub fn of(value: Option<&'a mut Node<'n>>, how: How) -> Self {
        let (map, wrong) = match value {
            None => (None, None),
            Some(Node::Object(map)) => (Some(map.as_mut_slice()), None),
            Some(_) => (None, Some(Wrong::expected("an object"))),
        };
        Self { map, how, wrong }
    }

    /// Reads a member, once; moments in it are written in the format `time`.
    pub fn get<T: Member>(&mut self, name: &str, time: TimeFormat) -> T {
        let how = How { loose: true, time, ..self.how };
        match T::decode(self.member(name), how) {
            Ok(read) => read,
            Err(wrong) => {
                self.note(wrong, name);
                T::nothing()
            }
        }
    }

    fn member(&mut self, name: &str) -> Option<&mut Node<'n>> {
        node::find(self.map.as_mut()?, name).and_then(present)
    }

    fn note(&mut self, wrong: Wrong, name: &str) {
        if self.wrong.is_none() {
            self.wrong = Some(wrong.inside(name));
        }
    }

    /// What was read.
    ///
    /// # Errors
    /// When a member has another type than the spec says, or must be there and is not.
    pub fn finish<T>(self, read: T) -> Result<T, Wrong> {
        match self.wrong {
            None => Ok(read),
            Some(wrong) => Err(wrong),
        }
    }
}

macro_rules! nothing {
    ($(($($generic:tt)*) $type:ty: $nothing:expr;)*) => {
        $(impl<$($generic)*> Member for $type {
            fn nothing() -> Self {
                $nothing
            }
        })*
    };
}

nothing! {
    () String: String::new();
    () Sensitive: Sensitive::default();
    () i64: 0;
    () f64: 0.0;
    () bool: false;
    () Value: Value::Null;
    (T: Decode) Option<T>: None;
    (T: Decode) Vec<T>: Vec::new();
    (T: Decode) BTreeMap<String, T>: BTreeMap::new();
}

/// Reads a whole answer and gives its `Debug` text: what tests of examples look at.
///
/// # Errors
/// When it does not have the type.
#[cfg(feature = "metadata")]
pub fn shown<T: Decode + fmt::Debug>(answer: &Value, lenient: bool) -> Result<String, Wrong> {
    T::decode(Some(&mut Node::from(answer)), How::new(lenient)).map(|read| format!("{read:?}"))
}

/// Text, or where either is taken a number or boolean in its place.
///
/// # Errors
/// When it is something else, or absent.
pub fn text(value: Option<&mut Node<'_>>, how: How) -> Result<String, Wrong> {
    match value {
        None => Err(Wrong::new("text is missing")),
        Some(Node::Text(text)) => Ok(std::mem::take(text).into_owned()),
        Some(other) if how.either() => value::shown(other)
            .map(Cow::into_owned)
            .ok_or_else(|| Wrong::expected("text, a number or a boolean")),
        Some(_) => Err(Wrong::expected("text")),
    }
}

/// The text of an open enum, which may be written as a number.
///
/// # Errors
/// When it is a list or an object, or absent.
pub fn word(value: Option<&mut Node<'_>>, how: How) -> Result<String, Wrong> {
    text(value, How { loose: true, ..how })
}

/// Reads what is no text, or text that says it where either is taken.
fn parsed<T>(
    value: Option<&mut Node<'_>>,
    how: How,
    what: &str,
    plain: impl Fn(&Node<'_>) -> Option<T>,
    written: impl Fn(&str) -> Option<T>,
) -> Result<T, Wrong> {
    let read = match value {
        None => return Err(Wrong::new(format!("{what} is missing"))),
        Some(Node::Text(text)) if how.either() => written(text.trim()),
        Some(other) => plain(other),
    };
    read.ok_or_else(|| Wrong::expected(what))
}

impl Decode for String {
    fn decode(value: Option<&mut Node<'_>>, how: How) -> Result<Self, Wrong> {
        text(value, how)
    }
}

impl Decode for Sensitive {
    fn decode(value: Option<&mut Node<'_>>, how: How) -> Result<Self, Wrong> {
        text(value, how).map(Self::from)
    }
}

impl Decode for i64 {
    fn blank_is_absent(how: How) -> bool {
        how.lenient
    }

    fn decode(value: Option<&mut Node<'_>>, how: How) -> Result<Self, Wrong> {
        parsed(
            value,
            how,
            "a whole number of 64 bits",
            |value| number(value).and_then(whole),
            |text| text.parse().ok(),
        )
    }
}

fn number<'v>(value: &'v Node<'_>) -> Option<&'v Number> {
    if let Node::Number(number) = value { Some(number) } else { None }
}

/// A whole number. Up to 2^53 a float can be one exactly.
fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let float = number.as_f64().filter(|_| number.is_f64())?;
        #[allow(clippy::cast_possible_truncation, reason = "it was checked to be whole and small enough")]
        (float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0).then_some(float as i64)
    })
}

impl Decode for f64 {
    fn blank_is_absent(how: How) -> bool {
        how.lenient
    }

    fn decode(value: Option<&mut Node<'_>>, how: How) -> Result<Self, Wrong> {
        let written = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
        parsed(value, how, "a number", |value| number(value).and_then(Number::as_f64), written)
    }
}

impl Decode for bool {
    fn blank_is_absent(how: How) -> bool {
        how.lenient
    }

    fn decode(value: Option<&mut Node<'_>>, how: How) -> Result<Self, Wrong> {
        let written = |text: &str| match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        };
        let plain = |value: &Node<'_>| match value {
            Node::Number(number) if how.either() => written(&number.to_string()),
            Node::Bool(flag) => Some(*flag),
            _ => None,
        };
        parsed(value, how, "true or false", plain, written)
    }
}

impl Decode for WireTime {
    fn blank_is_absent(_: How) -> bool {
        true
    }

    fn decode(value: Option<&mut Node<'_>>, how: How) -> Result<Self, Wrong> {
        let text = match value {
            None => return Err(Wrong::new("a time is missing")),
            Some(Node::Text(text)) => std::mem::take(text).into_owned(),
            Some(number @ Node::Number(_)) => value::shown(number).unwrap_or_default().into_owned(),
            Some(_) => return Err(Wrong::expected("a time")),
        };
        let at = Timestamp::parse(&text, how.time);
        Ok(Self { text, at })
    }
}

impl Decode for Value {
    fn decode(value: Option<&mut Node<'_>>, _: How) -> Result<Self, Wrong> {
        Ok(value.map(std::mem::take).unwrap_or_default().into_value())
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(value: Option<&mut Node<'_>>, how: How) -> Result<Self, Wrong> {
        T::decode(value, how).map(Box::new)
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(value: Option<&mut Node<'_>>, how: How) -> Result<Self, Wrong> {
        match value {
            None => Ok(None),
            Some(Node::Text(text)) if text.trim().is_empty() && T::blank_is_absent(how) => Ok(None),
            present => T::decode(present, How { loose: false, ..how }).map(Some),
        }
    }
}

/// The elements of a list. In XML that was made JSON one element stands alone, and none are empty text.
fn elements<'v, 'n>(value: Option<&'v mut Node<'n>>) -> &'v mut [Node<'n>] {
    match value {
        None => &mut [],
        Some(Node::List(list)) => list,
        Some(Node::Text(text)) if text.is_empty() => &mut [],
        Some(one) => std::slice::from_mut(one),
    }
}

/// What is wrong with an element, and where it stands; or that the whole is no list.
#[cold]
fn wrong_element(wrong: Wrong, listed: bool, index: usize) -> Wrong {
    if listed { wrong.inside(format!("[{index}]")) } else { Wrong::expected("a list") }
}

/// A value, unless it is null.
fn present<'v, 'n>(value: &'v mut Node<'n>) -> Option<&'v mut Node<'n>> {
    Some(value).filter(|value| !matches!(value, Node::Null))
}

// Loops, not chains of adapters: these are compiled anew for every type that answers hold.
impl<T: Decode> Decode for Vec<T> {
    fn decode(value: Option<&mut Node<'_>>, how: How) -> Result<Self, Wrong> {
        let listed = matches!(value, Some(Node::List(_) | Node::Object(_)));
        let elements = elements(value);
        let mut list = Self::with_capacity(elements.len());
        for one in elements {
            match T::decode(present(one), How { loose: true, ..how }) {
                Ok(read) => list.push(read),
                Err(wrong) => return Err(wrong_element(wrong, listed, list.len())),
            }
        }
        Ok(list)
    }
}

impl<T: Decode> Decode for BTreeMap<String, T> {
    fn decode(value: Option<&mut Node<'_>>, how: How) -> Result<Self, Wrong> {
        let mut map = Self::new();
        let from = match value {
            None => return Ok(map),
            Some(Node::Object(from)) => from,
            Some(_) => return Err(Wrong::expected("an object")),
        };
        for (key, one) in from {
            match T::decode(present(one), How { loose: false, ..how }) {
                Ok(read) => drop(map.insert(key.to_string(), read)),
                Err(wrong) => return Err(wrong.inside(key.as_ref())),
            }
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests;
