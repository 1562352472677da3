//! A JSON document whose members keep their order, which is what tables and TSV are made from.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Number;

/// A JSON document.
#[derive(Clone, Debug, PartialEq)]
pub enum Doc {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(String),
    /// An array.
    List(Vec<Doc>),
    /// An object, its members in order.
    Object(Vec<(String, Doc)>),
}

impl Doc {
    /// The text of a cell: text and numbers as they are, nothing for null, lists and objects as JSON in one line.
    #[must_use]
    pub fn cell(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) => text.clone(),
            // What was read from JSON can be written as JSON.
            other => serde_json::to_string(other).unwrap_or_default(),
        }
    }

    /// The member with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }
}

/// The shape of a document, as rows are made from it.
pub enum Rows<'a> {
    /// Objects: the names of all their members, in order of appearance, and the objects.
    Named(Vec<&'a str>, &'a [Doc]),
    /// Lists, which have no names.
    Lists(&'a [Doc]),
    /// Single values, a row each.
    Values(&'a [Doc]),
}

impl<'a> Rows<'a> {
    /// How this list is laid out. A list of several kinds of things is one of single values.
    #[must_use]
    pub fn of(list: &'a [Doc]) -> Self {
        if list.is_empty() {
            return Self::Values(list);
        }
        if list.iter().all(|row| matches!(row, Doc::List(_))) {
            return Self::Lists(list);
        }
        let mut names: Vec<&str> = Vec::new();
        for row in list {
            let Doc::Object(members) = row else { return Self::Values(list) };
            for (name, _) in members {
                if !names.contains(&name.as_str()) {
                    names.push(name);
                }
            }
        }
        Self::Named(names, list)
    }

    /// The cells, row by row.
    #[must_use]
    pub fn cells(&self) -> Vec<Vec<&'a Doc>> {
        const NULL: &Doc = &Doc::Null;
        match self {
            Self::Named(names, rows) => {
                let row = |row: &'a Doc| names.iter().map(|name| row.get(name).unwrap_or(NULL)).collect();
                rows.iter().map(row).collect()
            }
            Self::Lists(rows) => {
                let row = |row: &'a Doc| match row {
                    Doc::List(cells) => cells.iter().collect(),
                    other => vec![other],
                };
                rows.iter().map(row).collect()
            }
            Self::Values(values) => values.iter().map(|value| vec![value]).collect(),
        }
    }
}

impl Serialize for Doc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(list) => list.serialize(serializer),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Doc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Doc;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Doc, E> {
        Ok(Doc::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Doc, E> {
        Ok(Doc::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Doc, E> {
        Ok(Doc::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Doc, E> {
        Ok(Doc::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Doc, E> {
        Ok(Number::from_f64(value).map_or(Doc::Null, Doc::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Doc, E> {
        Ok(Doc::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Doc, E> {
        Ok(Doc::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Doc, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element()? {
            list.push(value);
        }
        Ok(Doc::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Doc, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Doc::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_numbers_survive() {
        let json = r#"{"z":[1,-2,1.5,18446744073709551615,true,null,{}],"a":{"é":"\n"}}"#;
        let doc: Doc = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&doc).unwrap(), json);
        assert_eq!(doc.get("a").unwrap().cell(), r#"{"é":"\n"}"#);
        assert_eq!(Doc::Null.cell(), "");
    }

    #[test]
    fn rows_have_the_members_of_all() {
        let doc: Doc = serde_json::from_str(r#"[{"b":1},{"a":2,"b":3}]"#).unwrap();
        let Doc::List(list) = &doc else { panic!("a list") };
        let rows = Rows::of(list);
        assert!(matches!(&rows, Rows::Named(names, _) if *names == ["b", "a"]));
        let cells: Vec<Vec<String>> =
            rows.cells().iter().map(|row| row.iter().map(|cell| cell.cell()).collect()).collect();
        assert_eq!(cells, [["1", ""], ["3", "2"]]);
    }
}
