//! What stands in for what is missing or broken.

use std::ops::Range;

use serde_json::Value;

use super::{alternatives, find, type_names, words};
use crate::tree::{Key, Node, NodeValue};

/// The value that says as little as possible, of a schema within `root`.
pub fn neutral(root: &Value, schema: &Value, span: &Range<usize>) -> NodeValue {
    let schema = find(root, schema);
    if let Some([first, ..]) = alternatives(schema) {
        return neutral(root, first, span);
    }
    let plain = |text: &str| NodeValue::Scalar(text.to_owned(), true);
    match type_names(schema).first() {
        Some(&"array") => NodeValue::Sequence(Vec::new()),
        Some(&"object") => {
            let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            let entry = |name: &Value| {
                let text = name.as_str().unwrap_or_default();
                let key = Key { text: text.to_owned(), span: span.clone() };
                let value = neutral(root, &schema["properties"][text], span);
                (key, Node { span: span.clone(), value })
            };
            NodeValue::Mapping(required.map(entry).collect())
        }
        Some(&("integer" | "number")) => plain("0"),
        Some(&"boolean") => plain("false"),
        _ => {
            let word = words(schema).and_then(|words| words.first().copied());
            NodeValue::Scalar(word.unwrap_or_default().to_owned(), false)
        }
    }
}
