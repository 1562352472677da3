//! Examples: what can be checked without running them. Running them is what tests do.

use super::errors::check_status;
use super::scope::{File, at};
use crate::model::Field;
use crate::spec::{ExampleSpec, OperationSpec};

/// What a row of `gives` can hold.
const ROW: [&str; 11] = [
    "region",
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

/// A moment is one.
pub fn check_moment(file: &File<'_>, path: &[&str], text: &str) {
    if text.parse::<jiff::Timestamp>().is_err() {
        file.wrong(path, format!("`{text}` is not a moment such as `2026-01-31T08:00:00Z`"));
    }
}
