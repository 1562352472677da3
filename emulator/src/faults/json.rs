//! JSON answers that are not as they should be.

use rdbfetch::projection::Row;
use serde_json::{Map, Number, Value};

use super::Applied;
use super::effects::{Effects, Shard};
use crate::content::Body;
use crate::server::Answer;

/// The name of what is added to an answer.
const ADDED: &str = "emulator_padding";
/// What marks the second of two equal keys until the answer is text.
const SECOND: &str = "-emulator-writes-this-key-twice";

impl Effects {
    /// Does to what an operation answers, its envelope apart, what was asked for.
    pub(crate) fn alter(&self, body: &mut Value, is_link: &dyn Fn(&str) -> bool) {
        if self.null_links {
            each(body, &mut |value| {
                if value.as_str().is_some_and(is_link) {
                    *value = Value::Null;
                }
            });
        }
        if self.wrong_types {
            each(body, &mut swap);
        }
    }
}

impl Shard {
    /// Leaves one file out of the files of a backup.
    pub(crate) fn leave_out(self, rows: &mut Vec<Row>) {
        let at = match self {
            Self::At(number) => usize::try_from(number).ok().filter(|number| *number < rows.len()),
            Self::Last => rows.len().checked_sub(1),
        };
        if let Some(at) = at {
            rows.remove(at);
        }
    }
}

impl Applied {
    /// Does to a JSON answer, envelope and all, what was asked for.
    pub(super) fn alter_json(&self, answer: &mut Answer) {
        let Effects { duplicate_keys, huge, deep, .. } = &self.effects;
        if !duplicate_keys && huge.is_none() && deep.is_none() {
            return;
        }
        let Some(mut text) = answer.bytes().map(|bytes| bytes.to_vec()) else { return };
        let Ok(mut value) = serde_json::from_slice::<Value>(&text) else { return };
        if *duplicate_keys {
            each_object(&mut value, &mut double);
            text = value.to_string().replace(&format!("{SECOND}\":"), "\":").into_bytes();
        }
        if let Some(levels) = deep {
            let levels = usize::try_from(*levels).unwrap_or_default();
            add(&mut text, levels.saturating_mul(2), |text| {
                text.resize(text.len() + levels, b'[');
                text.resize(text.len() + levels, b']');
            });
        }
        if let Some(bytes) = huge {
            let bytes = usize::try_from(*bytes).unwrap_or_default();
            add(&mut text, bytes, |text| {
                text.push(b'"');
                text.resize(text.len() + bytes, b'x');
                text.push(b'"');
            });
        }
        answer.body = Body::from(bytes::Bytes::from(text));
    }
}

/// Adds a value to the object or list that a text is; a text that is neither stays as it is.
fn add(text: &mut Vec<u8>, room: usize, write: impl FnOnce(&mut Vec<u8>)) {
    while text.last().is_some_and(u8::is_ascii_whitespace) {
        text.pop();
    }
    let Some(end) = text.last().copied().filter(|end| b"}]".contains(end)) else { return };
    text.pop();
    text.reserve(room + ADDED.len() + 8);
    let empty =
        text.iter().rev().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| b"{[".contains(byte));
    if !empty {
        text.push(b',');
    }
    if end == b'}' {
        text.extend_from_slice(format!("\"{ADDED}\":").as_bytes());
    }
    write(text);
    text.push(end);
}

/// Visits every value that holds no other.
fn each(value: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|value| each(value, visit)),
        Value::Object(map) => map.values_mut().for_each(|value| each(value, visit)),
        _ => visit(value),
    }
}

/// Visits every object, the inner ones first.
fn each_object(value: &mut Value, visit: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|value| each_object(value, visit)),
        Value::Object(map) => {
            map.values_mut().for_each(|value| each_object(value, visit));
            visit(map);
        }
        _ => {}
    }
}

/// Has the first key of an object twice.
fn double(map: &mut Map<String, Value>) {
    if let Some(key) = map.keys().next() {
        let key = format!("{key}{SECOND}");
        map.insert(key, Value::Null);
    }
}

/// Makes a value one of another type.
fn swap(value: &mut Value) {
    *value = match value.take() {
        Value::Number(number) => Value::String(number.to_string()),
        Value::String(text) => Value::Object(Map::from_iter([("value".to_owned(), Value::String(text))])),
        Value::Bool(flag) => Value::Number(Number::from(u8::from(flag))),
        other => other,
    };
}
