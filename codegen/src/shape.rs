//! Holds a tree against the language's schema: unknown keys, missing keys, wrong types. All of them, with positions.
//!
//! The schema is the one that editors use, made from the structs that serde reads into, so there is one truth.

use serde_json::Value;

use crate::diagnostics::{Problems, nearest, suggest};
use crate::tree::{Node, NodeValue, ScalarKind};

/// Checks `node` against the definition `name` of `schema`.
pub fn check(file: &str, node: &Node, schema: &Value, name: &str, problems: &mut Problems) {
    let definition = &schema["$defs"][name];
    Checker { file, schema, problems }.check(node, definition, "the file");
}

struct Checker<'a> {
    file: &'a str,
    schema: &'a Value,
    problems: &'a mut Problems,
}

impl<'a> Checker<'a> {
    fn check(&mut self, node: &Node, schema: &'a Value, what: &str) {
        let schema = self.find(schema);
        if let Some(alternatives) =
            schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array)
        {
            return self.check_alternatives(node, alternatives, what);
        }
        if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
            all.iter().for_each(|one| self.check(node, one, what));
        }
        if !self.check_type(node, schema, what) {
            return;
        }
        match &node.value {
            NodeValue::Scalar(text, _) => self.check_word(node, text, schema, what),
            NodeValue::Sequence(items) => {
                if let Some(inner) = schema.get("items") {
                    items.iter().for_each(|item| self.check(item, inner, what));
                }
            }
            NodeValue::Mapping(entries) => {
                let properties = schema.get("properties").and_then(Value::as_object);
                let additional = schema.get("additionalProperties");
                for (key, value) in entries {
                    let known = properties.and_then(|known| known.get(&key.text));
                    let name = format!("`{}`", key.text);
                    match (known, additional) {
                        (Some(inner), _) => self.check(value, inner, &name),
                        (None, Some(inner)) if inner.is_object() => self.check(value, inner, &name),
                        (None, None | Some(Value::Bool(true))) => {}
                        (None, _) => {
                            let known = properties.into_iter().flatten().map(|(name, _)| name.as_str());
                            let help = suggest(&key.text, known);
                            let message = format!("{what} has no key `{}`", key.text);
                            self.problems.add(self.file, key.span.clone(), message).help = help;
                        }
                    }
                }
                for needed in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
                    let needed = needed.as_str().unwrap_or_default();
                    if !entries.iter().any(|(key, _)| key.text == needed) {
                        let message = format!("{what} lacks the key `{needed}`");
                        let misspelt = entries.iter().find(|(key, _)| {
                            properties.is_some_and(|known| !known.contains_key(&key.text))
                                && nearest(&key.text, [needed]).is_some()
                        });
                        if misspelt.is_none() {
                            self.problems.add(self.file, node.span.start..node.span.start + 1, message);
                        }
                    }
                }
            }
        }
    }

    fn check_alternatives(&mut self, node: &Node, alternatives: &'a [Value], what: &str) {
        let fitting: Vec<&'a Value> = alternatives
            .iter()
            .filter(|one| self.accepts_type(node, self.find(one)) || self.find(one).get("anyOf").is_some())
            .collect();
        match fitting.as_slice() {
            [] => {
                let wanted: Vec<&'a str> =
                    alternatives.iter().flat_map(|one| type_names(self.find(one))).collect();
                self.wrong_type(node, &wanted, what);
            }
            // With constants of several descriptions, one list of words reads best.
            several if several.iter().all(|one| self.find(one).get("const").is_some()) => {
                let words: Vec<Value> =
                    several.iter().filter_map(|one| self.find(one).get("const").cloned()).collect();
                let NodeValue::Scalar(text, _) = &node.value else { return };
                let merged = serde_json::json!({ "enum": words });
                self.check_word(node, text, &merged, what);
            }
            [one, ..] => self.check(node, one, what),
        }
    }

    fn find(&self, schema: &'a Value) -> &'a Value {
        match schema.get("$ref").and_then(Value::as_str) {
            Some(name) => &self.schema["$defs"][name.trim_start_matches("#/$defs/")],
            None => schema,
        }
    }

    fn accepts_type(&self, node: &Node, schema: &Value) -> bool {
        let names = type_names(schema);
        names.is_empty() || names.iter().any(|name| fits(node, name))
    }

    fn check_type(&mut self, node: &Node, schema: &'a Value, what: &str) -> bool {
        if self.accepts_type(node, schema) {
            return true;
        }
        let wanted = type_names(schema);
        self.wrong_type(node, &wanted, what);
        false
    }

    fn wrong_type(&mut self, node: &Node, wanted: &[&str], what: &str) {
        let words: Vec<&str> = wanted.iter().map(|name| people_name(name)).collect();
        let found = match &node.value {
            NodeValue::Sequence(_) => "a list".to_owned(),
            NodeValue::Mapping(_) => "keys with values".to_owned(),
            NodeValue::Scalar(text, _) => match node.scalar_kind() {
                Some(ScalarKind::Null) => "nothing".to_owned(),
                _ => format!("`{text}`"),
            },
        };
        let message = format!("{what} wants {}, not {found}", words.join(" or "));
        let quoted = wanted.contains(&"string") && node.scalar_kind().is_some_and(|k| k != ScalarKind::Null);
        let flow = matches!(node.value, NodeValue::Mapping(_)) && wanted.contains(&"string");
        let problem = self.problems.add(self.file, node.span.clone(), message);
        if quoted {
            problem.help("put it in quotes");
        } else if flow {
            problem.help("text that starts with `{` needs quotes");
        }
    }

    fn check_word(&mut self, node: &Node, text: &str, schema: &Value, what: &str) {
        let words: Vec<&str> = match (schema.get("enum").and_then(Value::as_array), schema.get("const")) {
            (Some(words), _) => words.iter().filter_map(Value::as_str).collect(),
            (None, Some(word)) => word.as_str().into_iter().collect(),
            (None, None) => return,
        };
        if !words.contains(&text) {
            let message = format!("{what} cannot be `{text}`");
            self.problems.add(self.file, node.span.clone(), message).help = suggest(text, words);
        }
    }
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
