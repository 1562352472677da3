//! Examples: what can be checked without running them. Running them is what tests do.

use super::errors::check_status;
use super::scope::{File, at};
use serde_json::Value;

use crate::diagnostics::nearest;
use crate::model::{Field, Type};
use crate::spec::{ExampleSpec, OperationSpec};

/// What a row of `gives` can hold.
const ROW: [&str; 16] = [
    "region",
    "project",
    "zone",
    "instance",
    "backup",
    "name",
    "size",
    "public_url",
    "internal_url",
    "expires_at",
    "created_at",
    "state",
    "kind",
    "task",
    "shard",
    "default",
];

/// Checks that examples name what exists and hold JSON where JSON stands.
///
/// `text` says that the whole body is a text, which need not be JSON.
pub fn check(file: &File<'_>, spec: &OperationSpec, parameters: &[Field], settings: &[String], text: bool) {
    for (index, example) in spec.examples.iter().enumerate() {
        let number = index.to_string();
        let path = ["examples", number.as_str()];
        check_names(file, &path, example, parameters, settings);
        check_status(file, &at(&path, &["status"]), example.status);
        if let Some(body) = example.response.as_ref().filter(|_| !text)
            && let Err(error) = serde_json::from_str::<serde_json::Value>(body)
        {
            not_json(file, &at(&path, &["response"]), body, &error);
        }
        if let Some(moment) = &example.at {
            check_moment(file, &at(&path, &["at"]), moment);
        }
        if let (Some(code), true) = (&example.error, example.gives.is_some()) {
            let message = format!("an answer with the error `{code}` gives no rows");
            file.wrong_key(&at(&path, &["gives"]), message, None);
        }
    }
}

/// Points into the JSON itself, where its text is found in the file.
fn not_json(file: &File<'_>, path: &[&str], body: &str, error: &serde_json::Error) {
    let why = error.to_string();
    let why = why.split(" at line ").next().unwrap_or_default();
    let message = format!("this is not JSON: {why}");
    let line = body.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let start = file.tree.key_span(path).start;
    match file.text[start..].find(line).filter(|_| !line.is_empty()) {
        Some(found) => {
            let at = start + found + error.column().saturating_sub(1).min(line.len());
            file.problem(at..at + 1, message, None);
        }
        None => file.wrong_key(path, message, None),
    }
}

fn check_names(
    file: &File<'_>,
    path: &[&str],
    example: &ExampleSpec,
    parameters: &[Field],
    settings: &[String],
) {
    let known = || parameters.iter().map(|field| field.name.as_str());
    for name in example.request.iter().flat_map(|request| request.keys()) {
        if !known().any(|known| known == name) {
            file.unknown_key(&at(path, &["request", name]), "parameter", known());
        }
    }
    for (name, value) in example.request.iter().flat_map(|request| request.iter()) {
        if let Some(field) = parameters.iter().find(|field| field.name == name) {
            check_value(file, &at(path, &["request", name]), field, value);
        }
    }
    // One that is misspelt has a problem of its own.
    let means = |other: &str, name: &str| {
        other == name || !known().any(|known| known == other) && nearest(other, [name]).is_some()
    };
    let given = |name: &str| {
        example.request.as_ref().is_none_or(|request| request.keys().any(|other| means(other, name)))
    };
    let needed = parameters.iter().filter(|field| field.required && field.from.is_none());
    for field in needed.filter(|field| example.error.is_none() && !given(&field.name)) {
        let message = format!("this example lacks the parameter `{}`, which is required", field.name);
        file.wrong_key(&at(path, &["request"]), message, None);
    }
    let known = || settings.iter().map(String::as_str);
    for name in example.settings.keys().filter(|name| !known().any(|known| known == *name)) {
        file.unknown_key(&at(path, &["settings", name]), "setting", known());
    }
    for (index, row) in example.gives.iter().flatten().enumerate() {
        let number = index.to_string();
        for name in row.keys().filter(|name| !ROW.contains(&name.as_str())) {
            file.unknown_key(&at(path, &["gives", &number, name]), "field of a row", ROW);
        }
    }
}

/// A parameter of an example has the parameter's type, and is one of its values.
fn check_value(file: &File<'_>, path: &[&str], field: &Field, value: &Value) {
    let fits = match (&field.kind, value) {
        (Type::Int64, value) => value.is_i64(),
        (Type::Double, value) => value.is_number(),
        (Type::Bool, value) => value.is_boolean(),
        (Type::String | Type::Timestamp, value) => value.is_string(),
        (Type::List(_), value) => value.is_array(),
        (Type::Map(_), value) => value.is_object(),
        (Type::Named(_), value) => value.is_object() || field.kind == Type::UNKNOWN,
        (Type::Any, _) => true,
    };
    let text = value.as_str().map(str::to_owned).unwrap_or_else(|| value.to_string());
    if !fits {
        let quotes = matches!(
            (&field.kind, value),
            (Type::String | Type::Timestamp, Value::Number(_) | Value::Bool(_))
        );
        let help = quotes.then(|| format!("put it in quotes: `\"{text}\"`"));
        let message = format!("`{}` is a `{}`, which this value is not", field.name, field.kind_text);
        file.wrong_help(path, message, help);
    } else if !field.values.is_empty()
        && !value.is_array()
        && !field.values.iter().any(|known| known.value == text)
    {
        file.no_value(path, &field.name, &text, field.values.iter().map(|known| known.value.as_str()));
    }
}

/// A moment is one.
pub fn check_moment(file: &File<'_>, path: &[&str], text: &str) {
    if text.parse::<jiff::Timestamp>().is_err() {
        file.wrong(path, format!("`{text}` is not a moment such as `2026-01-31T08:00:00Z`"));
    }
}
