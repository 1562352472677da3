//! What generated response types are deserialised with: null is absent everywhere, and where a service mixes up
//! numbers and text, the `lenient` functions take either.
//!
//! Every function goes into `#[serde(default, deserialize_with = "…")]`. Messages never show a value: it may be a
//! signed link.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::service::TimeFormat;
use crate::time::Timestamp;

/// A moment as the service wrote it, and as it reads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WireTime {
    /// As the service wrote it.
    pub text: String,
    /// As it reads; `None` where it is not in the documented format.
    pub at: Option<Timestamp>,
}

impl WireTime {
    fn new(text: String, format: TimeFormat) -> Self {
        let at = Timestamp::parse(&text, format);
        Self { text, at }
    }
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

/// A text.
///
/// # Errors
/// When it is something else.
pub fn option_string<'de, D: Deserializer<'de>, T: From<String>>(from: D) -> Result<Option<T>, D::Error> {
    scalar(from, "text", |value| match value {
        Scalar::Text(text) => Some(text.into()),
        _ => None,
    })
}

/// A whole number.
///
/// # Errors
/// When it is something else.
pub fn option_int<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    scalar(from, "a whole number of 64 bits", Scalar::int)
}

/// A number.
///
/// # Errors
/// When it is something else.
pub fn option_double<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    scalar(from, "a number", Scalar::double)
}

/// True or false.
///
/// # Errors
/// When it is something else.
pub fn option_bool<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    scalar(from, "true or false", |value| match value {
        Scalar::Bool(value) => Some(value),
        _ => None,
    })
}

/// A text, or a number or boolean in its place.
///
/// # Errors
/// When it is a list or an object.
pub fn lenient_string<'de, D: Deserializer<'de>, T: From<String>>(from: D) -> Result<Option<T>, D::Error> {
    scalar(from, "text", |value| Some(value.text().into()))
}

/// A whole number, or text that is one; empty text is absent.
///
/// # Errors
/// When it is something else.
pub fn lenient_int<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    lenient(from, "a whole number of 64 bits", |value| match value {
        Scalar::Text(text) => text.trim().parse().ok(),
        other => other.int(),
    })
}

/// A number, or text that is one; empty text is absent.
///
/// # Errors
/// When it is something else.
pub fn lenient_double<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    lenient(from, "a number", |value| match value {
        Scalar::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        other => other.double(),
    })
}

/// True or false, also as text in any case or as 1 and 0; empty text is absent.
///
/// # Errors
/// When it is something else.
pub fn lenient_bool<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    lenient(from, "true or false", |value| match value.text().trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    })
}

/// An open enum, or anything else made of text; a number counts as its text.
///
/// # Errors
/// When it is a list or an object.
pub fn text<'de, D: Deserializer<'de>, T: From<String>>(from: D) -> Result<Option<T>, D::Error> {
    lenient_string(from)
}

/// Reads an answer as its type and gives its `Debug` text: what tests of examples look at.
///
/// # Errors
/// When it does not have the type.
#[cfg(feature = "metadata")]
pub fn shown<T: serde::de::DeserializeOwned + fmt::Debug>(
    answer: &serde_json::Value,
) -> Result<String, serde_json::Error> {
    T::deserialize(answer).map(|read| format!("{read:?}"))
}

/// Text that names a thing and must be there; a number counts as its text.
///
/// # Errors
/// When it is null, a list or an object.
pub fn required_text<'de, D: Deserializer<'de>, T: From<String>>(from: D) -> Result<T, D::Error> {
    lenient_string(from)?.ok_or_else(|| D::Error::custom("null, where text is required"))
}

/// A whole number that names a thing and must be there; it may be text.
///
/// # Errors
/// When it is null or no whole number.
pub fn required_int<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    lenient_int(from)?.ok_or_else(|| D::Error::custom("null, where a whole number is required"))
}

/// A list of open enums, or of anything else made of text; numbers count as their text, null as an empty list.
///
/// # Errors
/// When it is no list, or an element is a list or an object.
pub fn text_list<'de, D: Deserializer<'de>, T: From<String>>(from: D) -> Result<Vec<T>, D::Error> {
    let list: Vec<Scalar> = list(from)?;
    Ok(list.into_iter().map(|value| value.text().into()).collect())
}

/// A list of whole numbers, each of which may be text; null is an empty list.
///
/// # Errors
/// When it is no list, or an element is something else.
pub fn lenient_int_list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<i64>, D::Error> {
    elements(from, "a list of whole numbers", |value| match value {
        Scalar::Text(text) => text.trim().parse().ok(),
        other => other.int(),
    })
}

/// A list of numbers, each of which may be text; null is an empty list.
///
/// # Errors
/// When it is no list, or an element is something else.
pub fn lenient_double_list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
    elements(from, "a list of numbers", |value| match value {
        Scalar::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        other => other.double(),
    })
}

/// A list; null is an empty one.
///
/// # Errors
/// When it is no list, or an element has the wrong type.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Names to values; null is an empty map.
///
/// # Errors
/// When it is no object, or a value has the wrong type.
pub fn map<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<BTreeMap<String, T>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A moment in a format, as text or as a number; empty text is absent.
///
/// # Errors
/// When it is neither text nor a number.
pub fn time<'de, D: Deserializer<'de>>(from: D, format: TimeFormat) -> Result<Option<WireTime>, D::Error> {
    lenient(from, "a time", |value| match value {
        Scalar::Bool(_) => None,
        other => Some(WireTime::new(other.text(), format)),
    })
}

/// A list of moments in a format; null is an empty list.
///
/// # Errors
/// When it is no list, or an element is neither text nor a number.
pub fn time_list<'de, D: Deserializer<'de>>(from: D, format: TimeFormat) -> Result<Vec<WireTime>, D::Error> {
    elements(from, "a list of times", |value| match value {
        Scalar::Bool(_) => None,
        other => Some(WireTime::new(other.text(), format)),
    })
}

/// Reads a value that may be null.
fn scalar<'de, D: Deserializer<'de>, T>(
    from: D,
    expected: &'static str,
    read: impl FnOnce(Scalar) -> Option<T>,
) -> Result<Option<T>, D::Error> {
    let Some(value) = Option::<Scalar>::deserialize(from)? else { return Ok(None) };
    read(value).map(Some).ok_or_else(|| unexpected(expected))
}

/// Reads a value that may be null or empty text.
fn lenient<'de, D: Deserializer<'de>, T>(
    from: D,
    expected: &'static str,
    read: impl FnOnce(Scalar) -> Option<T>,
) -> Result<Option<T>, D::Error> {
    match Option::<Scalar>::deserialize(from)? {
        None => Ok(None),
        Some(Scalar::Text(text)) if text.trim().is_empty() => Ok(None),
        Some(value) => read(value).map(Some).ok_or_else(|| unexpected(expected)),
    }
}

/// Reads a list whose elements are neither lists nor objects.
fn elements<'de, D: Deserializer<'de>, T>(
    from: D,
    expected: &'static str,
    read: impl Fn(Scalar) -> Option<T>,
) -> Result<Vec<T>, D::Error> {
    let list: Vec<Scalar> = list(from)?;
    list.into_iter().map(|value| read(value).ok_or_else(|| unexpected(expected))).collect()
}

/// In the words of serde, but without the value.
fn unexpected<E: Error>(expected: &str) -> E {
    E::custom(format_args!("wrong type, expected {expected}"))
}

/// A value that is neither a list nor an object.
enum Scalar {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text(String),
}

impl Scalar {
    fn int(self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(number),
            Self::Float(number) => {
                // Up to 2^53 a float is a whole number exactly.
                let whole = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
                #[allow(clippy::cast_possible_truncation)]
                whole.then_some(number as i64)
            }
            Self::Bool(_) | Self::Uint(_) | Self::Text(_) => None,
        }
    }

    fn double(self) -> Option<f64> {
        match self {
            #[allow(clippy::cast_precision_loss)]
            Self::Int(number) => Some(number as f64),
            #[allow(clippy::cast_precision_loss)]
            Self::Uint(number) => Some(number as f64),
            Self::Float(number) => Some(number),
            Self::Bool(_) | Self::Text(_) => None,
        }
    }

    fn text(self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Int(number) => number.to_string(),
            Self::Uint(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number or a boolean")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
        Ok(i64::try_from(value).map_or(Scalar::Uint(value), Scalar::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Scalar, E> {
        Ok(Scalar::Text(value))
    }
}

#[cfg(test)]
mod tests;
