//! Examples and vectors: what can be checked without running them. Running them is what tests do.

use super::scope::{File, at};
use crate::diagnostics::suggest;
use crate::model::{Auth, Expr, Field, Line};
use crate::spec::{AuthSpec, OperationSpec};

/// Checks that examples name what exists and hold JSON where JSON stands.
pub fn check(file: &File<'_>, spec: &OperationSpec, parameters: &[Field], settings: &[String]) {
    for (index, example) in spec.examples.iter().enumerate() {
        let number = index.to_string();
        let path = ["examples", number.as_str()];
        let known: Vec<&str> = parameters.iter().map(|field| field.name.as_str()).collect();
        for name in example.request.iter().flat_map(|request| request.keys()) {
            if !known.contains(&name) {
                let help = suggest(name, known.iter().copied());
                file.wrong_key(
                    &at(&path, &["request", name]),
                    format!("there is no parameter `{name}`"),
                    help,
                );
            }
        }
        for name in example.settings.keys().filter(|name| !settings.iter().any(|known| known == name)) {
            let help = suggest(name, settings.iter().map(String::as_str));
            file.wrong_key(&at(&path, &["settings", name]), format!("there is no setting `{name}`"), help);
        }
        if let Some(body) = &example.response {
            if let Err(error) = serde_json::from_str::<serde_json::Value>(body) {
                file.wrong_key(&at(&path, &["response"]), format!("this is not JSON: {error}"), None);
            }
        }
        if let Some(at_text) = &example.at {
            moment(file, &at(&path, &["at"]), at_text);
        }
        if let Some(code) = &example.error {
            if example.gives.is_some() {
                let message = format!("an answer with the error `{code}` gives no rows");
                file.wrong_key(&at(&path, &["gives"]), message, None);
            }
        }
    }
}

/// Checks that vectors name what exists.
pub fn check_vectors(file: &File<'_>, spec: &AuthSpec, auth: &Auth, settings: &[String]) {
    for (index, vector) in spec.vectors.iter().enumerate() {
        let number = index.to_string();
        let path = ["auth", "vectors", number.as_str()];
        let name = vector.variant.as_ref().unwrap_or(&auth.default);
        let Some(variant) = auth.variants.iter().find(|variant| variant.name == *name) else {
            // A broken signature has its own problems; say this only where the variant does not exist at all.
            if !spec.variants.keys().any(|known| known == name) && !spec.variants.is_empty() {
                file.unknown(&at(&path, &["variant"]), "variant", name, spec.variants.keys());
            }
            continue;
        };
        let steps: Vec<&str> = variant
            .lines
            .iter()
            .filter_map(|line| match line {
                Line::Step { name, .. } => Some(name.as_str()),
                Line::Place { .. } => None,
            })
            .collect();
        for step in vector.steps.keys().filter(|step| !steps.contains(step)) {
            let help = suggest(step, steps.iter().copied());
            file.wrong_key(&at(&path, &["steps", step]), format!("there is no step `{step}`"), help);
        }
        if vector.steps.is_empty() {
            file.wrong(&path, "a vector says what at least one step must be");
        }
        let inputs: Vec<&str> = ["access_key", "secret", "token", "now", "uuid", "random"]
            .into_iter()
            .chain(settings.iter().map(String::as_str))
            .collect();
        for input in vector.inputs.keys().filter(|input| !inputs.contains(input)) {
            let help = suggest(input, inputs.iter().copied());
            file.wrong_key(&at(&path, &["inputs", input]), format!("there is no input `{input}`"), help);
        }
        for needed in ["access_key", "secret"] {
            if vector.inputs.get(needed).is_none() {
                file.wrong(&at(&path, &["inputs"]), format!("a vector needs the input `{needed}`"));
            }
        }
        match vector.inputs.get("now") {
            Some(now) => moment(file, &at(&path, &["inputs", "now"]), &now.0),
            None if variant.lines.iter().any(|line| uses_clock(line)) => {
                file.wrong(
                    &at(&path, &["inputs"]),
                    "a vector needs the input `now`: the signature has a clock",
                );
            }
            None => {}
        }
        for name in &vector.omit {
            let placed: Vec<&str> =
                variant.placements.iter().map(|placement| placement.name.as_str()).collect();
            if !placed.contains(&name.as_str()) {
                file.unknown(&at(&path, &["omit"]), "header or parameter", name, placed.iter().copied());
            }
        }
    }
}

fn uses_clock(line: &Line) -> bool {
    let (Line::Step { value, .. } | Line::Place { value, .. }) = line;
    clock(value)
}

fn clock(value: &Expr) -> bool {
    match value {
        Expr::Time { .. } => true,
        Expr::Filter { of, arguments, .. } => clock(of) || arguments.iter().any(clock),
        Expr::Template(parts) => parts.iter().any(clock),
        _ => false,
    }
}

fn moment(file: &File<'_>, path: &[&str], text: &str) {
    if text.parse::<jiff::Timestamp>().is_err() {
        file.wrong(path, format!("`{text}` is not a moment such as `2026-01-31T08:00:00Z`"));
    }
}
