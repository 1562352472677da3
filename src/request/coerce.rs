//! Values from text as people write them.

use serde_json::Value;

use crate::service::{Kind, TimeFormat};
use crate::time::Timestamp;
use crate::value::moment;

/// RFC 3339.
const RFC3339: TimeFormat = TimeFormat { format: "", offset: 0 };

/// Reads the value of a parameter from text as people write it on a command line: plain text by type; JSON for
/// objects, maps and `any`; for lists JSON too, or elements with commas between them. A moment may be in the vendor's
/// format or in RFC 3339.
///
/// # Errors
/// What is wrong with the text, in words that follow the parameter's name. They do not repeat the text.
pub fn coerce(kind: &Kind, text: &str) -> Result<Value, String> {
    match kind {
        Kind::String => Ok(Value::from(text)),
        Kind::Int64 => {
            let number: Result<i64, _> = text.trim().parse();
            number.map(Value::from).map_err(|_| "must be a whole number of 64 bits".to_owned())
        }
        Kind::Double => double(text.trim()).ok_or_else(|| "must be a number".to_owned()),
        Kind::Bool => match text.trim().to_ascii_lowercase().as_str() {
            "true" => Ok(Value::from(true)),
            "false" => Ok(Value::from(false)),
            _ => Err("must be true or false".to_owned()),
        },
        Kind::Timestamp(format) => {
            let at = Timestamp::parse(text, *format).or_else(|| Timestamp::parse(text, RFC3339));
            at.map(|at| moment(at, *format)).ok_or_else(|| time_problem(*format))
        }
        Kind::List(element) => list(element, text),
        Kind::Map(_) | Kind::Object(_) => match json(text)? {
            object @ Value::Object(_) => Ok(object),
            _ => Err("must be a JSON object".to_owned()),
        },
        Kind::Any => Ok(serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))),
    }
}

/// What to say of text that is no moment.
pub(super) fn time_problem(format: TimeFormat) -> String {
    let example = Timestamp::from_unix(1_782_864_000).map(|at| at.format(format)).unwrap_or_default();
    if format.format.is_empty() {
        return format!("must be a time such as {example}");
    }
    format!("must be a time such as {example}, or in RFC 3339 such as 2026-07-01T00:00:00Z")
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|why| format!("is not JSON: {why}"))
}

/// A finite number; one without fraction stays whole.
fn double(text: &str) -> Option<Value> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Value::from(whole));
    }
    let number: f64 = text.parse().ok()?;
    serde_json::Number::from_f64(number).map(Value::Number)
}

fn list(element: &Kind, text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('[') {
        return match json(text)? {
            list @ Value::Array(_) => Ok(list),
            _ => Err("must be a JSON array".to_owned()),
        };
    }
    match element {
        Kind::Object(_) | Kind::Map(_) | Kind::List(_) | Kind::Any => {
            Err("must be a JSON array, such as [{\"Name\": \"value\"}]".to_owned())
        }
        _ if text.is_empty() => Ok(Value::Array(Vec::new())),
        _ => {
            let elements = text.split(',').map(|part| coerce(element, part));
            elements
                .collect::<Result<Vec<Value>, String>>()
                .map(Value::Array)
                .map_err(|why| format!("{why} each"))
        }
    }
}
