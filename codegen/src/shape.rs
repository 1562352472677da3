//! Holds a tree against the language's schema: unknown keys, missing keys, wrong types. All of them, with positions.
//!
//! The schema is the one that editors use, made from the structs that serde reads into, so there is one truth.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::SpecFile;
use crate::diagnostics::{Problems, nearest, suggest};
use crate::scalar::{ScalarKind, plain_kind};
use crate::tree::{Key, Node, NodeValue};

/// Checks `node` against the definition `name` of `schema`.
///
/// Gives back the misspelt keys with what they were probably meant to be.
pub fn check(
    file: &SpecFile,
    node: &Node,
    schema: &Value,
    name: &str,
    problems: &mut Problems,
) -> Vec<Correction> {
    let definition = &schema["$defs"][name];
    let place = Place { what: "the file".to_owned(), owner: node.span.start..node.span.start + 1 };
    let mut checker = Checker { file, schema, problems, corrections: Vec::new() };
    checker.check(node, definition, &place);
    checker.corrections
}

/// A misspelt key and what it was probably meant to be.
pub struct Correction {
    /// Where the key stands.
    pub span: Range<usize>,
    /// The key that it is one or two letters from, and that does not stand beside it.
    pub key: String,
}

/// What a value is to its reader, and where that is written.
struct Place {
    what: String,
    owner: Range<usize>,
}

struct Checker<'a> {
    file: &'a SpecFile,
    schema: &'a Value,
    problems: &'a mut Problems,
    corrections: Vec<Correction>,
}

impl<'a> Checker<'a> {
    fn check(&mut self, node: &Node, schema: &'a Value, place: &Place) {
        let schema = self.find(schema);
        if let Some(alternatives) =
            schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array)
        {
            return self.check_alternatives(node, alternatives, place);
        }
        if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
            all.iter().for_each(|one| self.check(node, one, place));
        }
        let wanted = type_names(schema);
        if !accepts(node, &wanted) {
            return self.wrong_type(node, &wanted, place);
        }
        match &node.value {
            NodeValue::Scalar(text, plain) => {
                self.check_word(node, text, schema, place);
                self.check_range(node, text, schema, place);
                if *plain && wanted.contains(&"string") {
                    self.check_reading(node, text);
                }
            }
            NodeValue::Sequence(items) => {
                if let Some(inner) = schema.get("items") {
                    for item in items {
                        let what = format!("an item of {}", place.what);
                        self.check(item, inner, &Place { what, owner: item.span.start..item.span.start + 1 });
                    }
                }
            }
            NodeValue::Mapping(entries) => self.check_entries(entries, schema, place),
            NodeValue::Refused => {}
        }
    }

    /// Whether a key stands among `entries`, as it is written or as it was corrected.
    fn taken(&self, entries: &[(Key, Node)], name: &str) -> bool {
        entries.iter().any(|(key, _)| {
            let corrected = |one: &Correction| one.key == name && one.span == key.span;
            key.text == name || self.corrections.iter().any(corrected)
        })
    }

    fn check_entries(&mut self, entries: &[(Key, Node)], schema: &'a Value, place: &Place) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let additional = schema.get("additionalProperties");
        for (key, value) in entries {
            let known = properties.and_then(|known| known.get(&key.text));
            match known.or(additional.filter(|inner| inner.is_object())) {
                Some(inner) => {
                    let what = format!("`{}`", key.text);
                    self.check(value, inner, &Place { what, owner: key.span.clone() });
                }
                None if matches!(additional, None | Some(Value::Bool(true))) => {}
                None => {
                    let known = properties.into_iter().flatten().map(|(name, _)| name.as_str());
                    let meant = nearest(&key.text, known.clone());
                    if let Some(meant) = meant.filter(|meant| !self.taken(entries, meant)) {
                        self.corrections.push(Correction { span: key.span.clone(), key: meant.to_owned() });
                    }
                    let message = format!("{} has no key `{}`", place.what, key.text);
                    let cut = key.text.contains(' ') && value.scalar_kind() == Some(ScalarKind::Null);
                    let comma = || "a comma ends a text inside `{…}`: put the text in quotes".to_owned();
                    self.problems.add(&self.file.path, key.span.clone(), message).help =
                        if cut { Some(comma()) } else { suggest(&key.text, known) };
                }
            }
        }
        for needed in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            let needed = needed.as_str().unwrap_or_default();
            if !entries.iter().any(|(key, _)| key.text == needed || misspells(&key.text, needed, properties))
            {
                let message = format!("{} lacks the key `{needed}`", place.what);
                self.problems.add(&self.file.path, place.owner.clone(), message);
            }
        }
    }

    fn check_alternatives(&mut self, node: &Node, alternatives: &'a [Value], place: &Place) {
        let types = |one: &'a Value| type_names(self.find(one));
        let fitting: Vec<&'a Value> = alternatives.iter().filter(|one| accepts(node, &types(one))).collect();
        match (fitting.as_slice(), &node.value) {
            ([], _) => {
                let wanted: Vec<&'a str> = alternatives.iter().flat_map(types).collect();
                self.wrong_type(node, &wanted, place);
            }
            // With constants of several descriptions, one list of words reads best.
            (several, NodeValue::Scalar(text, _))
                if several.iter().all(|one| self.find(one).get("const").is_some()) =>
            {
                let words = several.iter().filter_map(|one| self.find(one)["const"].as_str()).collect();
                self.unknown_word(node, text, words, place);
            }
            ([one, ..], _) => self.check(node, one, place),
        }
    }

    fn find(&self, schema: &'a Value) -> &'a Value {
        match schema.get("$ref").and_then(Value::as_str) {
            Some(name) => &self.schema["$defs"][name.trim_start_matches("#/$defs/")],
            None => schema,
        }
    }

    fn wrong_type(&mut self, node: &Node, wanted: &[&str], place: &Place) {
        // Numbers and booleans are welcome where text is: they are taken as the text that they are written with.
        let text = wanted.contains(&"string");
        let as_text = |name: &str| text && ["number", "integer", "boolean"].contains(&name);
        let mut words: Vec<&str> =
            wanted.iter().filter(|name| !as_text(name)).map(|name| people_name(name)).collect();
        words.dedup();
        let null = node.scalar_kind() == Some(ScalarKind::Null);
        let found = match &node.value {
            NodeValue::Sequence(_) => "a list".to_owned(),
            NodeValue::Mapping(_) => "keys with values".to_owned(),
            NodeValue::Scalar(..) if null => "nothing".to_owned(),
            NodeValue::Scalar(text, _) => format!("`{text}`"),
            NodeValue::Refused => return,
        };
        let flow = self.file.text[node.span.start..].chars().next().filter(|c| ['[', '{'].contains(c));
        let help = match (&node.value, flow) {
            _ if null => Some("write a value, or leave this out".to_owned()),
            (NodeValue::Scalar(..), _) if text => Some("put it in quotes".to_owned()),
            (NodeValue::Scalar(text, _), _) if wanted == ["array"] => Some(format!("write `[{text}]`")),
            (NodeValue::Sequence(_) | NodeValue::Mapping(_), Some(c)) if text => {
                Some(format!("text that starts with `{c}` needs quotes"))
            }
            _ => None,
        };
        let span = if null { place.owner.clone() } else { node.span.clone() };
        let message = format!("{} wants {}, not {found}", place.what, words.join(" or "));
        self.problems.add(&self.file.path, span, message).help = help;
    }

    fn check_word(&mut self, node: &Node, text: &str, schema: &'a Value, place: &Place) {
        let words = match (schema.get("enum").and_then(Value::as_array), schema.get("const")) {
            (Some(words), _) => words.iter().filter_map(Value::as_str).collect(),
            (None, Some(word)) => word.as_str().into_iter().collect(),
            (None, None) => return,
        };
        self.unknown_word(node, text, words, place);
    }

    fn unknown_word(&mut self, node: &Node, text: &str, words: Vec<&str>, place: &Place) {
        if !words.contains(&text) {
            let message = format!("{} cannot be `{text}`", place.what);
            self.problems.add(&self.file.path, node.span.clone(), message).help = suggest(text, words);
        }
    }

    /// Whole numbers have a size.
    fn check_range(&mut self, node: &Node, text: &str, schema: &Value, place: &Place) {
        let Some(format) = schema.get("format").and_then(Value::as_str) else { return };
        let range = match format {
            "uint16" => 0..=i128::from(u16::MAX),
            "uint32" => 0..=i128::from(u32::MAX),
            "int64" => i128::from(i64::MIN)..=i128::from(i64::MAX),
            _ => return,
        };
        let number = plain_kind(text).1.parse::<i128>();
        if !number.is_ok_and(|number| range.contains(&number)) {
            let message = format!("{} is a number between {} and {}", place.what, range.start(), range.end());
            self.problems.add(&self.file.path, node.span.clone(), message);
        }
    }

    /// Where texts are wanted, numbers and booleans are taken as the text that they are written with.
    fn check_reading(&mut self, node: &Node, text: &str) {
        let (kind, read) = plain_kind(text);
        if !matches!(kind, ScalarKind::Null | ScalarKind::String) && read != text {
            let message = format!("`{text}` is not read as it is written");
            self.problems.add(&self.file.path, node.span.clone(), message).help("put it in quotes");
        }
    }
}

/// Whether a key is no known one and probably meant to be `needed`.
fn misspells(key: &str, needed: &str, known: Option<&Map<String, Value>>) -> bool {
    known.is_some_and(|known| !known.contains_key(key)) && nearest(key, [needed]).is_some()
}

fn accepts(node: &Node, types: &[&str]) -> bool {
    types.is_empty() || types.iter().any(|name| fits(node, name))
}

fn type_names(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ if schema.get("const").is_some() || schema.get("enum").is_some() => vec!["string"],
        _ => Vec::new(),
    }
}

fn fits(node: &Node, name: &str) -> bool {
    match (&node.value, node.scalar_kind()) {
        (NodeValue::Sequence(_), _) => name == "array",
        (NodeValue::Mapping(_), _) => name == "object",
        (NodeValue::Refused, _) => true,
        (_, Some(kind)) => match kind {
            ScalarKind::Null => name == "null",
            ScalarKind::Bool => name == "boolean",
            ScalarKind::Integer => name == "integer" || name == "number",
            ScalarKind::Number => name == "number",
            ScalarKind::String => name == "string",
        },
        (_, None) => false,
    }
}

fn people_name(name: &str) -> &str {
    match name {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "keys with values",
        "null" => "null",
        other => other,
    }
}
