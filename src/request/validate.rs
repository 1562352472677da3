//! Checks parameters against the tables: those of typed requests, and those that have no type.

use std::borrow::Cow;

use serde_json::Value;

use super::build::{HEADER_PROBLEM, fits_header};
use super::coerce::{coerce, time_problem};
use super::{named, parameter};
use crate::check::{Check, Strictness, ViolationKind, Violations, measure};
use crate::service::{In, Kind, Operation, Parameter, Rule, Verb};
use crate::time::Timestamp;
use crate::value::{self, Parameters};

/// Checks parameters that have no type. Names may be documented names or names on the wire; null counts as absent;
/// what a setting can fill is not missing.
///
/// # Errors
/// Everything that is wrong with them, in the order of the spec; unknown names first.
pub fn validate<N: AsRef<str>>(
    operation: &Operation,
    given: &[(N, Value)],
    strictness: Strictness,
) -> Result<(), Violations> {
    parameters(operation, given, strictness).map(|_| ())
}

/// Checks parameters that come from a typed request.
pub(crate) fn validate_typed(
    operation: &Operation,
    given: &Parameters,
    strictness: Strictness,
) -> Result<(), Violations> {
    let mut check = Check::new(operation.name, strictness).open();
    run(&mut check, operation, given, strictness);
    check.finish()
}

/// Checks parameters that are in the form that calls take, as far as is needed to form the request.
pub(super) fn formable(operation: &Operation, given: &Parameters) -> Result<(), Violations> {
    let mut check = Check::new(operation.name, Strictness::Form);
    for (at, (name, _)) in given.iter().enumerate() {
        if operation.parameter(name).is_none() {
            unknown(&mut check, operation.parameters, name);
        } else if given[..at].iter().any(|(other, _)| other == name) {
            check.add(name, ViolationKind::Value, GIVEN_TWICE);
        }
    }
    run(&mut check, operation, given, Strictness::Form);
    check.finish()
}

const GIVEN_TWICE: &str = "is given twice";

/// Checks parameters that have no type, as [`validate`] does, and gives them the form that calls take.
///
/// # Errors
/// Everything that is wrong with them.
pub fn parameters<N: AsRef<str>>(
    operation: &Operation,
    given: &[(N, Value)],
    strictness: Strictness,
) -> Result<Parameters, Violations> {
    let mut check = Check::new(operation.name, strictness);
    let mut known: Parameters = Vec::with_capacity(given.len());
    for (name, value) in given {
        let name = name.as_ref();
        match parameter(operation, name) {
            None => unknown(&mut check, operation.parameters, name),
            Some(parameter) if known.iter().any(|(other, _)| *other == parameter.name) => {
                check.add(name, ViolationKind::Value, GIVEN_TWICE);
            }
            Some(parameter) => known.push((parameter.name, written(parameter, value))),
        }
    }
    run(&mut check, operation, &known, strictness);
    check.finish()?;
    Ok(known)
}

/// Runs all checks on parameters by their documented names.
fn run(check: &mut Check, operation: &Operation, known: &Parameters, strictness: Strictness) {
    let value = |name: &str| {
        known.iter().find(|(other, value)| *other == name && !value.is_null()).map(|(_, value)| value)
    };
    for parameter in operation.parameters {
        let value = value(parameter.name);
        one(check, strictness, parameter, value);
        if let Some(value) = value.filter(|value| !empty(value)) {
            travels(check, parameter.name, parameter.place.unwrap_or(operation.place), value);
        }
    }
    for rule in operation.rules {
        check_rule(check, operation, rule, value);
    }
}

/// A moment in RFC 3339 becomes what the vendor writes; everything else stays as it is.
fn written(parameter: &'static Parameter, value: &Value) -> Value {
    match (&parameter.kind, value) {
        (Kind::Timestamp(_), Value::String(text)) => {
            coerce(&parameter.kind, text).unwrap_or_else(|_| value.clone())
        }
        _ => value.clone(),
    }
}

/// Checks a parameter, or a field of an object.
fn one(check: &mut Check, strictness: Strictness, parameter: &'static Parameter, value: Option<&Value>) {
    let name = parameter.name;
    let Some(value) = value else {
        check.required(name, !parameter.required || parameter.from.is_some());
        return;
    };
    if parameter.required && empty(value) {
        check.required(name, false);
        return;
    }
    if !typed(check, strictness, name, &parameter.kind, value) {
        return;
    }
    if let Some(measured) = measure(value) {
        check.bounds(name, measured, parameter.bounds);
    }
    if let Some(pattern) = parameter.traits.pattern {
        check.pattern(name, value, pattern);
    }
    if !parameter.values.is_empty() {
        match value {
            Value::Array(list) => {
                for (index, element) in list.iter().enumerate() {
                    let element = value::shown(element).unwrap_or_default();
                    check.one_of(&format!("{name}[{index}]"), &element, parameter.values);
                }
            }
            _ => check.one_of(name, &value::shown(value).unwrap_or_default(), parameter.values),
        }
    }
}

/// Checks that a value can travel where it must.
fn travels(check: &mut Check, name: &str, place: In, value: &Value) {
    if !matches!(place, In::Path | In::Header) {
        return;
    }
    let Some(text) = value::shown(value) else { return };
    match place {
        In::Path => check.path_segment(name, &text),
        In::Header if !fits_header(&text) => check.add(name, ViolationKind::Value, HEADER_PROBLEM),
        _ => {}
    }
}

/// Checks a value against its type, and what stands inside it.
fn typed(check: &mut Check, strictness: Strictness, name: &str, kind: &'static Kind, value: &Value) -> bool {
    let fits = match (kind, value) {
        (Kind::Any, _)
        | (Kind::String, Value::String(_))
        | (Kind::Bool, Value::Bool(_))
        | (Kind::Double, Value::Number(_)) => true,
        (Kind::Int64, Value::Number(number)) => number.is_i64(),
        (Kind::Timestamp(format), Value::String(_) | Value::Number(_)) => {
            let text = value::shown(value).unwrap_or_default();
            if strictness == Strictness::Documented && Timestamp::parse(&text, *format).is_none() {
                check.add(name, ViolationKind::Value, time_problem(*format));
            }
            true
        }
        (Kind::List(element), Value::Array(list)) => {
            for (index, value) in list.iter().enumerate() {
                typed(check, strictness, &format!("{name}[{index}]"), element, value);
            }
            true
        }
        (Kind::Map(element), Value::Object(map)) => {
            check.within(name, |check| {
                for (key, value) in map {
                    typed(check, strictness, key, element, value);
                }
            });
            true
        }
        (Kind::Object(fields), Value::Object(map)) => {
            let fields = fields();
            check.within(name, |check| {
                for key in map.keys().filter(|key| named(fields, key).is_none()) {
                    unknown(check, fields, key);
                }
                for field in fields {
                    let value = map.get(field.name).or_else(|| map.get(field.wire));
                    one(check, strictness, field, value.filter(|value| !value.is_null()));
                }
            });
            true
        }
        _ => false,
    };
    // A vendor can take more than it documents, and anything can be written.
    if !fits && strictness == Strictness::Documented {
        let problem = format!("must be {}, not {}", wanted(kind), found(kind, value));
        check.add(name, ViolationKind::Type, problem);
    }
    fits
}

/// A rule: an absent parameter counts as its default in the condition.
fn check_rule<'a>(
    check: &mut Check,
    operation: &Operation,
    rule: &Rule,
    value: impl Fn(&str) -> Option<&'a Value>,
) {
    let text = |name: &str| match value(name) {
        // What has no text is there all the same.
        Some(value) => Some(value::shown(value).unwrap_or_default()),
        None => parameter(operation, name).and_then(|parameter| parameter.default).map(Cow::Borrowed),
    };
    let applies = rule.when.iter().all(|(name, wants)| {
        let text = text(name);
        wants.iter().any(|want| want.accepts(text.as_deref()))
    });
    if !applies {
        return;
    }
    let there = |name: &str| value(name).is_some_and(|value| !empty(value));
    let filled = |name: &str| parameter(operation, name).is_some_and(|parameter| parameter.from.is_some());
    match rule.verb {
        Verb::Required(names) => {
            let holds = names.iter().any(|name| there(name) || filled(name));
            check.rule(names.first().copied().unwrap_or_default(), holds, rule.text);
        }
        Verb::Forbidden(name) => check.rule(name, !there(name), rule.text),
        Verb::NotEqual(one, other) => {
            let (left, right) = (text(one), text(other));
            check.rule(one, left.is_none() || left != right, rule.text);
        }
    }
}

/// Whether a value says nothing.
fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

fn wanted(kind: &Kind) -> &'static str {
    match kind {
        Kind::String => "text",
        Kind::Int64 => "a whole number of 64 bits",
        Kind::Double => "a number",
        Kind::Bool => "true or false",
        Kind::Timestamp(_) => "a time",
        Kind::List(_) => "a list",
        Kind::Map(_) | Kind::Object(_) => "an object",
        Kind::Any => "a value",
    }
}

fn found(kind: &Kind, value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) if matches!(kind, Kind::Int64) => "such a number",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Notes a name that nothing has, and the nearest one that something has.
fn unknown(check: &mut Check, parameters: &[Parameter], name: &str) {
    let names = parameters.iter().flat_map(|parameter| [parameter.name, parameter.wire]);
    let near = names.map(|known| (distance(name, known), known)).min_by_key(|(distance, _)| *distance);
    let problem = match near {
        Some((distance, known)) if distance <= name.chars().count().max(3) / 3 => {
            format!("is no parameter here; did you mean {known}?")
        }
        _ => "is no parameter here".to_owned(),
    };
    check.add(name, ViolationKind::Unknown, problem);
}

/// How many letters must be added, removed or replaced to make one name the other; case does not matter.
fn distance(one: &str, other: &str) -> usize {
    let letters = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
    let (one, other) = (letters(one), letters(other));
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}
