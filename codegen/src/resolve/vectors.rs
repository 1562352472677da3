//! Known-answer vectors: that they name what exists, and that the description reproduces them.

use std::ops::Range;

use super::auth::is_input;
use super::examples::check_moment;
use super::request::check_method;
use super::scope::{File, at};
use crate::evaluate::{self, Mismatch};
use crate::model::{Auth, Expr, Line, Setting, Variant};
use crate::spec::{AuthSpec, Ordered, Scalar, VectorSpec};

/// Checks the vectors of a signature.
pub fn check(file: &File<'_>, spec: &AuthSpec, auth: &Auth, settings: &[Setting]) {
    for (index, vector) in spec.vectors.iter().enumerate() {
        let number = index.to_string();
        let path = ["auth", "vectors", number.as_str()];
        if let Some(other) = spec.vectors[..index].iter().find(|other| other.id == vector.id) {
            let help = "take another name: problems are told by it".to_owned();
            file.wrong_help(&at(&path, &["id"]), format!("there are two vectors `{}`", other.id), Some(help));
        }
        check_method(file, &at(&path, &["request", "method"]), &vector.request.method);
        let url = &vector.request.url;
        if !url.starts_with("https://") && !url.starts_with("http://") {
            let message = "the URL of a vector begins with `https://` or `http://`";
            let help = "write the whole URL as it travels, percent-encoded".to_owned();
            file.wrong_help(&at(&path, &["request", "url"]), message, Some(help));
        }
        if vector.steps.is_empty() {
            let help =
                "at least `signature`; with the text that is signed a mismatch is found sooner".to_owned();
            let message = "a vector says what at least one step must be";
            file.wrong_key(&at(&path, &["steps"]), message, Some(help));
        }
        let unknown =
            vector.variant.as_deref().filter(|name| !spec.variants.keys().any(|known| known == *name));
        if let Some(name) = unknown {
            if spec.variants.is_empty() {
                let help = "take `variant` away: this signature has none".to_owned();
                let message = format!("there is no variant `{name}`");
                file.wrong_help(&at(&path, &["variant"]), message, Some(help));
            } else {
                file.unknown(&at(&path, &["variant"]), "variant", name, spec.variants.keys());
            }
        }
        // A variant that is not there has its own problems.
        let name = vector.variant.as_ref().unwrap_or(&auth.default);
        let variant = auth.variants.iter().find(|variant| variant.name == *name);
        let complete = check_inputs(file, &path, vector, variant, settings);
        let Some(variant) = variant else { continue };
        check_steps(file, &path, vector, variant);
        if let Some(mismatch) = evaluate::compare(auth, variant, vector, settings).filter(|_| complete) {
            not_reproduced(file, &path, vector, mismatch);
        }
    }
}

/// Says where a vector that is not reproduced begins to differ.
fn not_reproduced(file: &File<'_>, path: &[&str], vector: &VectorSpec, mismatch: Mismatch) {
    let Mismatch { step, others, line, alone, unnamed, story } = mismatch;
    let message = format!("the vector `{}` is not reproduced: `{step}` comes out otherwise", vector.id);
    let help = if let [first, ..] = others.as_slice() {
        format!("mend `{step}` first: `{first}` comes after it")
    } else if !unnamed.is_empty() {
        format!("name {} here, too: the first that differs is told", unnamed.join(", "))
    } else if alone {
        format!(
            "`{step}` is made from the inputs and the request alone: one of those differs, or the step itself"
        )
    } else {
        format!("all that `{step}` is made from is as expected: it is this step itself that differs")
    };
    let span = file.tree.span_of(&at(path, &["steps", &step]));
    let span = line_of(file, span.clone(), &vector.steps, &step, line).unwrap_or(span);
    file.problem_with_note(path, span, message, story, Some(help));
}

/// Where a line of an expected value stands in the file, if it is written in lines there.
fn line_of(
    file: &File<'_>,
    span: Range<usize>,
    steps: &Ordered<Scalar>,
    step: &str,
    line: usize,
) -> Option<Range<usize>> {
    let wanted = steps.get(step)?.0.split('\n').nth(line).filter(|line| !line.is_empty())?;
    let value = file.text.get(span.clone())?;
    let start = value.split_inclusive('\n').take(line).map(str::len).sum();
    let found = start + value.get(start..)?.split('\n').next()?.find(wanted)?;
    Some(span.start + found..span.start + found + wanted.len())
}

/// Checks the inputs of a vector. Whether all that the signature reads is there.
fn check_inputs(
    file: &File<'_>,
    path: &[&str],
    vector: &VectorSpec,
    variant: Option<&Variant>,
    settings: &[Setting],
) -> bool {
    let path = at(path, &["inputs"]);
    let credentials = ["access_key", "secret", "token", "now", "uuid", "random"];
    let inputs = || credentials.into_iter().chain(settings.iter().map(|setting| setting.name.as_str()));
    let mut complete = true;
    for input in vector.inputs.keys().filter(|input| !inputs().any(|known| known == *input)) {
        file.unknown_key(&at(&path, &[input]), "input", inputs());
        complete = false;
    }
    let reads =
        |input: &str| variant.is_some_and(|variant| variant.lines.iter().any(|line| line_reads(line, input)));
    let mut lacks = |needed: &str, why: &str| {
        let example = match needed {
            "now" => "\"2026-01-31T08:00:00Z\"",
            "uuid" => "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
            "random" => "\"7\"",
            _ => "…",
        };
        let help = format!("add `{needed}: {example}`");
        file.wrong_key(&path, format!("a vector needs the input `{needed}`: {why}"), Some(help));
        complete = false;
    };
    for (needed, why) in [
        ("access_key", "every request has one"),
        ("secret", "every request is signed with one"),
        ("now", "the signature has a clock"),
        ("uuid", "the signature has one"),
        ("random", "the signature has one"),
    ] {
        let wanted = ["access_key", "secret"].contains(&needed) || reads(needed);
        if wanted && vector.inputs.get(needed).is_none() {
            lacks(needed, why);
        }
    }
    // A misspelt one is not missing.
    let all_known = vector.inputs.keys().all(|input| inputs().any(|known| known == input));
    for Setting { name, .. } in settings.iter().filter(|setting| setting.default.is_none() && all_known) {
        if reads(name) && !is_input(name) && vector.inputs.get(name).is_none() {
            lacks(name, "the signature reads this setting, which has no default");
        }
    }
    if let Some(now) = vector.inputs.get("now") {
        check_moment(file, &at(&path, &["now"]), &now.0);
    }
    complete
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
        Expr::Time { .. } | Expr::Later(_) => input == "now",
        Expr::Input(name) | Expr::Setting(name) => name == input,
        Expr::Filter { of, arguments, .. } => {
            reads(of, input) || arguments.iter().any(|argument| reads(argument, input))
        }
        Expr::Template(parts) => parts.iter().any(|part| reads(part, input)),
        Expr::Step(_) | Expr::Literal(_) => false,
    }
}
