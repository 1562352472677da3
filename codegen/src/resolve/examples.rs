//! Examples and vectors: what can be checked without running them. Running them is what tests do.

use super::errors::check_status;
use super::request::check_method;
use super::scope::{File, at};
use crate::diagnostics::nearest;
use serde_json::Value;

use crate::model::{Auth, Expr, Field, Line, Type, Variant};
use crate::spec::{AuthSpec, ExampleSpec, OperationSpec, VectorSpec};

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
pub fn check(file: &File<'_>, spec: &OperationSpec, parameters: &[Field], settings: &[String]) {
    for (index, example) in spec.examples.iter().enumerate() {
        let number = index.to_string();
        let path = ["examples", number.as_str()];
        check_names(file, &path, example, parameters, settings);
        check_status(file, &at(&path, &["status"]), example.status);
        if let Some(body) = &example.response
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

/// Checks that vectors name what exists.
pub fn check_vectors(file: &File<'_>, spec: &AuthSpec, auth: &Auth, settings: &[String]) {
    for (index, vector) in spec.vectors.iter().enumerate() {
        let number = index.to_string();
        let path = ["auth", "vectors", number.as_str()];
        if let Some(other) = spec.vectors[..index].iter().find(|other| other.id == vector.id) {
            file.wrong(&at(&path, &["id"]), format!("there are two vectors `{}`", other.id));
        }
        check_method(file, &at(&path, &["request", "method"]), &vector.request.method);
        let url = &vector.request.url;
        if !url.starts_with("https://") && !url.starts_with("http://") {
            let message = "the URL of a vector begins with `https://` or `http://`";
            file.wrong(&at(&path, &["request", "url"]), message);
        }
        if vector.steps.is_empty() {
            file.wrong_key(&at(&path, &["steps"]), "a vector says what at least one step must be", None);
        }
        let unknown =
            vector.variant.as_deref().filter(|name| !spec.variants.keys().any(|known| known == *name));
        if let Some(name) = unknown {
            file.unknown(&at(&path, &["variant"]), "variant", name, spec.variants.keys());
        }
        // A variant that is not there has its own problems.
        let name = vector.variant.as_ref().unwrap_or(&auth.default);
        let variant = auth.variants.iter().find(|variant| variant.name == *name);
        check_inputs(file, &path, vector, variant, settings);
        if let Some(variant) = variant {
            check_steps(file, &path, vector, variant);
        }
    }
}

fn check_inputs(
    file: &File<'_>,
    path: &[&str],
    vector: &VectorSpec,
    variant: Option<&Variant>,
    settings: &[String],
) {
    let path = at(path, &["inputs"]);
    let credentials = ["access_key", "secret", "token", "now", "uuid", "random"];
    let inputs = || credentials.into_iter().chain(settings.iter().map(String::as_str));
    for input in vector.inputs.keys().filter(|input| !inputs().any(|known| known == *input)) {
        file.unknown_key(&at(&path, &[input]), "input", inputs());
    }
    let reads =
        |input: &str| variant.is_some_and(|variant| variant.lines.iter().any(|line| line_reads(line, input)));
    for (needed, why) in [
        ("access_key", "every request has one"),
        ("secret", "every request is signed with one"),
        ("now", "the signature has a clock"),
        ("uuid", "the signature has one"),
        ("random", "the signature has one"),
    ] {
        let wanted = ["access_key", "secret"].contains(&needed) || reads(needed);
        if wanted && vector.inputs.get(needed).is_none() {
            file.wrong_key(&path, format!("a vector needs the input `{needed}`: {why}"), None);
        }
    }
    if let Some(now) = vector.inputs.get("now") {
        check_moment(file, &at(&path, &["now"]), &now.0);
    }
}

fn check_steps(file: &File<'_>, path: &[&str], vector: &VectorSpec, variant: &Variant) {
    let steps = || {
        variant.lines.iter().filter_map(|line| match line {
            Line::Step { name, .. } => Some(name.as_str()),
            Line::Place { .. } => None,
        })
    };
    for step in vector.steps.keys().filter(|step| !steps().any(|known| known == *step)) {
        file.unknown_key(&at(path, &["steps", step]), "step", steps());
    }
    let placed = || variant.placements.iter().map(|placement| placement.name.as_str());
    for (index, name) in vector.omit.iter().enumerate() {
        if !placed().any(|known| known == name) {
            let number = index.to_string();
            file.unknown(&at(path, &["omit", &number]), "header or parameter", name, placed());
        }
    }
}

/// Whether any variant of a signature reads the clock.
pub fn uses_clock(auth: &Auth) -> bool {
    auth.variants.iter().flat_map(|variant| &variant.lines).any(|line| line_reads(line, "now"))
}

fn line_reads(line: &Line, input: &str) -> bool {
    let (Line::Step { value, .. } | Line::Place { value, .. }) = line;
    reads(value, input)
}

fn reads(value: &Expr, input: &str) -> bool {
    match value {
        Expr::Time { .. } => input == "now",
        Expr::Input(name) => name == input,
        Expr::Filter { of, arguments, .. } => {
            reads(of, input) || arguments.iter().any(|argument| reads(argument, input))
        }
        Expr::Template(parts) => parts.iter().any(|part| reads(part, input)),
        Expr::Setting(_) | Expr::Step(_) | Expr::Literal(_) => false,
    }
}

fn check_moment(file: &File<'_>, path: &[&str], text: &str) {
    if text.parse::<jiff::Timestamp>().is_err() {
        file.wrong(path, format!("`{text}` is not a moment such as `2026-01-31T08:00:00Z`"));
    }
}
