//! An answer's JSON while it is read: texts are borrowed from the body where they stand in it as they are.
//!
//! A [`serde_json::Value`] would copy every text and sort every key, only for the typed answer to take what it needs and
//! to drop the rest.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

/// What JSON can be looked at as, owned or borrowed.
pub(crate) trait Json: Sized {
    /// The member of an object; the last where several have this name.
    fn member(&self, key: &str) -> Option<&Self>;

    /// The elements of a list.
    fn list(&self) -> Option<&[Self]>;

    /// The member of a map by its key, or the first one.
    fn entry(&self, key: Option<&str>) -> Option<&Self>;

    /// What it is.
    fn shape(&self) -> Shape<'_>;
}

/// What a value is.
pub(crate) enum Shape<'a> {
    Null,
    Bool(bool),
    Number(&'a Number),
    Text(&'a str),
    List,
    Object,
}

impl Json for Value {
    fn member(&self, key: &str) -> Option<&Self> {
        self.get(key)
    }

    fn list(&self) -> Option<&[Self]> {
        self.as_array().map(Vec::as_slice)
    }

    fn entry(&self, key: Option<&str>) -> Option<&Self> {
        let map = self.as_object()?;
        key.map_or_else(|| map.values().next(), |key| map.get(key))
    }

    fn shape(&self) -> Shape<'_> {
        match self {
            Self::Null => Shape::Null,
            Self::Bool(flag) => Shape::Bool(*flag),
            Self::Number(number) => Shape::Number(number),
            Self::String(text) => Shape::Text(text),
            Self::Array(_) => Shape::List,
            Self::Object(_) => Shape::Object,
        }
    }
}

/// JSON whose texts are those of the body where that is possible.
#[doc(hidden)]
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Node<'a> {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Node<'a>>),
    /// An object: its members as they stand, names that come twice included.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl Node<'_> {
    /// The member of an object.
    pub(crate) fn member_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Self::Object(members) = self else { return None };
        find(members, key)
    }

    /// The same, owned.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(flag),
            Self::Number(number) => Value::Number(number),
            Self::Text(text) => Value::String(text.into_owned()),
            Self::List(list) => list.into_iter().map(Self::into_value).collect(),
            Self::Object(members) => {
                members.into_iter().map(|(name, value)| (name.into_owned(), value.into_value())).collect()
            }
        }
    }
}

/// The member with this name: the last, as everywhere else that JSON is read.
pub(crate) fn find<'m, 'a>(
    members: &'m mut [(Cow<'a, str>, Node<'a>)],
    key: &str,
) -> Option<&'m mut Node<'a>> {
    members.iter_mut().rfind(|(name, _)| name == key).map(|(_, value)| value)
}

impl Json for Node<'_> {
    fn member(&self, key: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().rfind(|(name, _)| name == key).map(|(_, value)| value)
    }

    fn list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    fn entry(&self, key: Option<&str>) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        // A `Value` holds them by name.
        let first = || members.iter().map(|(name, _)| name.as_ref()).min();
        self.member(key.or_else(first)?)
    }

    fn shape(&self) -> Shape<'_> {
        match self {
            Self::Null => Shape::Null,
            Self::Bool(flag) => Shape::Bool(*flag),
            Self::Number(number) => Shape::Number(number),
            Self::Text(text) => Shape::Text(text),
            Self::List(_) => Shape::List,
            Self::Object(_) => Shape::Object,
        }
    }
}

#[cfg(any(test, feature = "metadata"))]
impl<'a> From<&'a Value> for Node<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(list) => Self::List(list.iter().map(Self::from).collect()),
            Value::Object(map) => {
                let member =
                    |(name, value): (&'a String, &'a Value)| (Cow::Borrowed(name.as_str()), value.into());
                Self::Object(map.iter().map(member).collect())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reading)
    }
}

struct Reading;

/// Most lists and objects are no longer, and need no second allocation.
const FEW: usize = 8;

impl<'de> Visitor<'de> for Reading {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Node::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Number::from_f64(number).map_or(Node::Null, Node::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::with_capacity(FEW);
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut object = Vec::with_capacity(FEW);
        while let Some(Name(name)) = members.next_key()? {
            object.push((name, members.next_value()?));
        }
        Ok(Node::Object(object))
    }
}

/// The name of a member. What serde makes of a `Cow` by itself is always a copy.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEXT: &str = r#"{"b": [1, -2, 2.5, true, null, "pl\u0061in", "pure"], "a": {"": {}}, "b2": 18446744073709551615,
        "twice": 1, "twice": {"x": "y"}}"#;

    #[test]
    fn nodes_and_values_are_the_same() {
        let value: Value = serde_json::from_str(TEXT).unwrap();
        let node: Node<'_> = serde_json::from_str(TEXT).unwrap();
        assert_eq!(node.clone().into_value(), value);
        assert_eq!(Node::from(&value).into_value(), value);
        for key in ["a", "b", "b2", "twice", "c"] {
            let same = node.member(key).cloned().map(Node::into_value);
            assert_eq!(same.as_ref(), value.member(key), "{key}");
            assert_eq!(node.entry(Some(key)).is_some(), value.entry(Some(key)).is_some(), "{key}");
        }
        let first = node.entry(None).cloned().map(Node::into_value);
        assert_eq!(first.as_ref(), value.entry(None));
        let list = |node: &Node<'_>| node.member("b").and_then(|list| Some(list.list()?.len()));
        assert_eq!(list(&node), value.member("b").and_then(|list| Some(list.list()?.len())));
    }

    #[test]
    fn texts_are_borrowed_unless_something_is_escaped_in_them() {
        let mut node: Node<'_> = serde_json::from_str(TEXT).unwrap();
        let Some(Node::List(list)) = node.member_mut("b") else { panic!("a list") };
        assert!(matches!(list.get(5), Some(Node::Text(Cow::Owned(text))) if text == "plain"));
        assert!(matches!(list.get(6), Some(Node::Text(Cow::Borrowed("pure")))));
        assert_eq!(
            json!({"twice": {"x": "y"}})["twice"],
            node.member_mut("twice").unwrap().clone().into_value()
        );
    }
}
