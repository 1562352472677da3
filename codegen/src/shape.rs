//! Holds a tree against the language's schema: unknown keys, missing keys, wrong types. All of them, with positions.
//!
//! The schema is the one that editors use, made from the structs that serde reads into, so there is one truth. What is
//! wrong is mended in the tree as well as can be, so that it can be read and one run finds what else is wrong: see
//! [`mend`](crate::mend).

mod entries;
mod neutral;

use std::ops::Range;

use serde_json::{Map, Value};

use crate::SpecFile;
use crate::diagnostics::{Problems, suggest};
use crate::mend::{Mend, TAKEN_OUT};
use crate::scalar::{ScalarKind, plain_kind};
use crate::tree::{Key, Node, NodeValue};
use neutral::neutral;

/// Checks `node` against the definition `name` of `schema`, and mends what is wrong.
pub fn check(file: &SpecFile, node: &mut Node, schema: &Value, name: &str, problems: &mut Problems) {
    let definition = &schema["$defs"][name];
    let place = Place { what: "the file".to_owned(), owner: node.span.start..node.span.start + 1 };
    let (path, keys, above, misplaced) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut checker = Checker { file, schema, problems, mends: Vec::new(), path, keys, above, misplaced };
    if !checker.check(node, definition, &place) {
        checker.mend();
        checker.replace(node, definition);
    }
    let mends = std::mem::take(&mut checker.mends);
    problems.mends.note(&file.path, mends);
}

/// What says as little as possible of the definition `name`.
pub fn nothing(schema: &Value, name: &str) -> Node {
    Node { span: 0..0, value: neutral(schema, &schema["$defs"][name], &(0..0)) }
}

/// What a value is to its reader, and where that is written.
struct Place {
    what: String,
    owner: Range<usize>,
}

/// A block whose keys are known.
struct Above<'a> {
    /// What it is called.
    what: String,
    /// What it can hold.
    known: &'a Map<String, Value>,
    /// What it holds.
    present: Vec<String>,
}

struct Checker<'a> {
    file: &'a SpecFile,
    schema: &'a Value,
    problems: &'a mut Problems,
    mends: Vec<Mend>,
    /// The keys that lead to what is being checked, and where they stand.
    path: Vec<String>,
    keys: Vec<Range<usize>>,
    /// The blocks around it whose keys are known.
    above: Vec<Above<'a>>,
    /// What stands too deep, with the number of the block in `above` that it belongs to.
    misplaced: Vec<(usize, Key, Node)>,
}

impl<'a> Checker<'a> {
    /// Notes the place that is being checked as mended.
    fn mend(&mut self) {
        let keys = self.keys.iter().rev().take(2).cloned().collect();
        self.mends.push(Mend { path: self.path.clone(), keys });
    }

    /// Notes a key of the place that is being checked as mended.
    fn mend_key(&mut self, key: &str) {
        let keys = self.keys.last().into_iter().cloned().collect();
        self.mends.push(Mend { path: [&self.path[..], &[key.to_owned()]].concat(), keys });
    }

    fn note(&mut self, span: Range<usize>, message: String, help: Option<String>) {
        self.problems.add(&self.file.path, span, message).help = help;
    }

    /// Checks a node and mends what it holds. Whether it can be kept.
    fn check(&mut self, node: &mut Node, schema: &'a Value, place: &Place) -> bool {
        let schema = self.find(schema);
        if let Some(alternatives) = alternatives(schema) {
            return self.check_alternatives(node, schema, alternatives, place);
        }
        let wanted = type_names(schema);
        if !accepts(node, &wanted) {
            self.wrong_type(node, schema, &wanted, place);
            return false;
        }
        match &mut node.value {
            NodeValue::Scalar(..) => self.check_scalar(node, schema, place, wanted.contains(&"string")),
            NodeValue::Sequence(items) => {
                if let Some(inner) = schema.get("items") {
                    self.check_items(items, inner, place);
                }
                true
            }
            NodeValue::Mapping(entries) => {
                self.check_entries(entries, schema, place);
                true
            }
            NodeValue::Refused => false,
        }
    }

    fn check_items(&mut self, items: &mut Vec<Node>, schema: &'a Value, place: &Place) {
        let mut kept = 0;
        items.retain_mut(|item| {
            let owner = item.span.start..item.span.start + 1;
            self.path.push(kept.to_string());
            self.keys.push(owner.clone());
            let good = self.check(item, schema, &Place { what: format!("an item of {}", place.what), owner });
            self.path.pop();
            self.keys.pop();
            if good {
                kept += 1;
            } else {
                self.mend_key(TAKEN_OUT);
            }
            good
        });
    }

    fn check_scalar(&mut self, node: &mut Node, schema: &'a Value, place: &Place, text_wanted: bool) -> bool {
        let NodeValue::Scalar(text, plain) = &mut node.value else { return true };
        if let Some(words) = words(schema)
            && !words.contains(&text.as_str())
        {
            self.unknown_word(&node.span, text, &words, place);
            return false;
        }
        if let Some((low, high)) = range(schema) {
            let number = plain_kind(text).1.parse::<i128>();
            if !number.is_ok_and(|number| (low..=high).contains(&number)) {
                let message = format!("{} is a whole number between {low} and {high}", place.what);
                self.note(node.span.clone(), message, None);
                return false;
            }
        }
        // Where texts are wanted, numbers and booleans are taken as the text that they are written with.
        let (kind, read) = plain_kind(text);
        if *plain && text_wanted && !matches!(kind, ScalarKind::Null | ScalarKind::String) && read != *text {
            let message = format!("`{text}` is not read as it is written, but as `{read}`");
            self.problems
                .add(&self.file.path, node.span.clone(), message)
                .help(format!("write `\"{text}\"`"));
            *plain = false;
            self.mend();
        }
        true
    }

    fn check_alternatives(
        &mut self,
        node: &mut Node,
        schema: &'a Value,
        alternatives: &'a [Value],
        place: &Place,
    ) -> bool {
        let types = |one: &'a Value| type_names(self.find(one));
        let fitting: Vec<&'a Value> = alternatives.iter().filter(|one| accepts(node, &types(one))).collect();
        match (fitting.as_slice(), &node.value) {
            ([], _) => {
                let wanted: Vec<&'a str> = alternatives.iter().flat_map(types).collect();
                self.wrong_type(node, schema, &wanted, place);
                false
            }
            // With constants of several descriptions, one list of words reads best.
            (several, NodeValue::Scalar(text, _))
                if several.iter().all(|one| self.find(one).get("const").is_some()) =>
            {
                let words: Vec<&str> =
                    several.iter().filter_map(|one| self.find(one)["const"].as_str()).collect();
                let known = words.contains(&text.as_str());
                if !known {
                    self.unknown_word(&node.span, text, &words, place);
                }
                known
            }
            ([one, ..], _) => self.check(node, one, place),
        }
    }

    fn find(&self, schema: &'a Value) -> &'a Value {
        find(self.schema, schema)
    }

    /// Puts a value that says as little as possible in place of a node.
    fn replace(&self, node: &mut Node, schema: &'a Value) {
        node.value = neutral(self.schema, schema, &node.span);
    }

    /// How a list with one item is written.
    fn listed(&self, text: &str, schema: &'a Value) -> String {
        let items = schema.get("items").map(|items| self.find(items));
        let key = items.and_then(|items| items.get("required")?.get(0)?.as_str());
        match key {
            Some(key) => format!("write `[{{{key}: {text}}}]`"),
            None => format!("write `[{text}]`"),
        }
    }

    fn wrong_type(&mut self, node: &Node, schema: &'a Value, wanted: &[&str], place: &Place) {
        // Numbers and booleans are welcome where text is: they are taken as the text that they are written with.
        let text = wanted.contains(&"string");
        let as_text = |name: &str| text && ["number", "integer", "boolean"].contains(&name);
        let mut words: Vec<&str> = Vec::new();
        for name in wanted.iter().filter(|name| !as_text(name)).map(|name| people_name(name)) {
            if !words.contains(&name) {
                words.push(name);
            }
        }
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
            (NodeValue::Scalar(..), _) if text && node.scalar_kind() == Some(ScalarKind::Bool) => {
                Some("write a text, in quotes if it is this one".to_owned())
            }
            (NodeValue::Scalar(..), _) if text => Some("put it in quotes".to_owned()),
            (NodeValue::Scalar(text, _), _) if wanted == ["array"] => Some(self.listed(text, schema)),
            (NodeValue::Scalar(text, plain), _) if wanted == ["boolean"] => boolean(text, *plain),
            (NodeValue::Scalar(text, true), _) if wanted == ["integer"] => number(text),
            (NodeValue::Scalar(text, false), _) if fits_unquoted(text, wanted) => {
                Some("write it without quotes".to_owned())
            }
            (NodeValue::Sequence(_) | NodeValue::Mapping(_), Some(c)) if text => {
                Some(format!("text that starts with `{c}` needs quotes"))
            }
            (NodeValue::Sequence(_), _) if wanted.contains(&"object") => {
                Some("write `key: value` lines without the `- ` before them".to_owned())
            }
            (NodeValue::Mapping(_), _) if wanted == ["array"] => {
                Some("begin each of its items with `- `".to_owned())
            }
            _ => None,
        };
        let span = if null { place.owner.clone() } else { node.span.clone() };
        let message = format!("{} wants {}, not {found}", place.what, words.join(" or "));
        self.note(span, message, help);
    }

    fn unknown_word(&mut self, span: &Range<usize>, text: &str, words: &[&str], place: &Place) {
        let message = format!("{} cannot be `{text}`", place.what);
        self.note(span.clone(), message, suggest(text, words.iter().copied()));
    }
}

/// Help for what YAML 1.1 took for a boolean.
fn boolean(text: &str, plain: bool) -> Option<String> {
    match text.to_lowercase().as_str() {
        "yes" | "on" | "y" | "1" => Some("write `true`".to_owned()),
        "no" | "off" | "n" | "0" => Some("write `false`".to_owned()),
        "true" | "false" if !plain => Some("write it without quotes".to_owned()),
        _ => None,
    }
}

/// Help for numbers that other languages write like this.
fn number(text: &str) -> Option<String> {
    let number: u64 = text.replace(['_', ','], "").parse().ok()?;
    Some(format!("write `{number}`"))
}

fn fits_unquoted(text: &str, wanted: &[&str]) -> bool {
    let plain = NodeValue::Scalar(text.to_owned(), true);
    accepts(&Node { span: 0..0, value: plain }, wanted)
}

/// The definition that a schema refers to.
fn find<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(name) => &root["$defs"][name.trim_start_matches("#/$defs/")],
        None => schema,
    }
}

fn alternatives(schema: &Value) -> Option<&[Value]> {
    schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array).map(Vec::as_slice)
}

/// The words that a schema knows, if it is about words.
fn words(schema: &Value) -> Option<Vec<&str>> {
    match (schema.get("enum").and_then(Value::as_array), schema.get("const")) {
        (Some(words), _) => Some(words.iter().filter_map(Value::as_str).collect()),
        (None, Some(word)) => Some(word.as_str().into_iter().collect()),
        (None, None) => None,
    }
}

/// The size of whole numbers.
fn range(schema: &Value) -> Option<(i128, i128)> {
    match schema.get("format").and_then(Value::as_str)? {
        "uint16" => Some((0, u16::MAX.into())),
        "uint32" => Some((0, u32::MAX.into())),
        "int64" => Some((i64::MIN.into(), i64::MAX.into())),
        _ => None,
    }
}

fn accepts(node: &Node, types: &[&str]) -> bool {
    types.is_empty() || types.iter().any(|name| fits(node, name))
}

fn type_names(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ if words(schema).is_some() => vec!["string"],
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
        other => other,
    }
}
