//! The answers of examples: whether they are what the types, the envelope and the example itself say.

use serde_json::{Map, Value};

use super::operation::Shared;
use super::places::{Reach, shown};
use super::scope::{File, at};
use crate::diagnostics::suggest;
use crate::mend::Names;
use crate::model::{Field, Place, Root, Step, Type, Want};
use crate::spec::{ExampleSpec, OperationSpec};

/// What an operation's answers are, besides what its fields and its service say.
pub struct Shape<'a> {
    /// What holds in a successful answer; nothing where that is broken.
    pub success: Option<&'a [(Place, Vec<Want>)]>,
    /// The field that the whole body is.
    pub root: Option<&'a Field>,
}

/// The body of an example's answer; nothing where it is no JSON, which is a problem of its own. `text` says that the
/// body of a success is a text, in JSON or plain.
pub fn body(example: &ExampleSpec, text: bool) -> Option<Value> {
    let body = example.response.as_deref()?;
    let json = serde_json::from_str(body).ok();
    if !text || example.error.is_some() {
        return json;
    }
    json.filter(Value::is_string).or_else(|| Some(Value::from(body.trim_end())))
}

/// Checks the answers of all examples.
pub fn check(
    file: &File<'_>,
    spec: &OperationSpec,
    shared: &Shared<'_>,
    reach: &Reach<'_>,
    shape: &Shape<'_>,
) {
    let text = shape.root.is_some_and(|root| root.kind == Type::String);
    for (index, example) in spec.examples.iter().enumerate() {
        let number = index.to_string();
        let path = ["examples", number.as_str()];
        let Some(body) = body(example, text) else { continue };
        let path = at(&path, &["response"]);
        let answer = Answer { file, shared, reach, shape, path: &path, example };
        answer.check_body(&body);
        answer.check_outcome(&at(&["examples", &number], &[]), &body);
    }
}

struct Answer<'a> {
    file: &'a File<'a>,
    shared: &'a Shared<'a>,
    reach: &'a Reach<'a>,
    shape: &'a Shape<'a>,
    path: &'a [&'a str],
    example: &'a ExampleSpec,
}

/// The keys and numbers that lead to a value.
type Trail = Vec<String>;

impl Answer<'_> {
    fn wrong(&self, trail: &Trail, message: String, help: Option<String>) {
        let span = self.span(trail).unwrap_or_else(|| self.file.tree.key_span(self.path));
        if !self.file.lacks(Names::Fields) {
            self.file.problem(span, message, help);
        }
    }

    /// Where a value's key stands in the JSON: the keys that lead to it, one after the other.
    fn span(&self, trail: &Trail) -> Option<std::ops::Range<usize>> {
        let mut from = self.file.tree.at(self.path)?.span.start;
        let (mut skip, mut found) = (0, None);
        for part in trail {
            if let Ok(number) = part.parse::<usize>() {
                skip = number;
                continue;
            }
            let key = Value::from(part.as_str()).to_string();
            let (start, _) = self.file.text.get(from..)?.match_indices(&key).nth(skip)?;
            found = Some(from + start..from + start + key.len());
            from += start + key.len();
            skip = 0;
        }
        found
    }

    fn check_body(&self, body: &Value) {
        if let (Some(root), None) = (self.shape.root, &self.example.error) {
            return self.check_kind(root, &root.kind, body, &mut Vec::new());
        }
        let Value::Object(map) = body else {
            return self.wrong(&Vec::new(), "this answer is no JSON object".to_owned(), None);
        };
        self.check_envelope(map, &mut Vec::new());
        if self.example.error.is_some() || self.file.lacks(Names::Fields) {
            return;
        }
        let own = self.reach.within.iter().try_fold(body, |value, key| value.get(key));
        let missing = |field: &&Field| own.and_then(|own| own.get(&field.name)).is_none_or(Value::is_null);
        for field in self.reach.fields.iter().filter(|field| field.required).filter(missing) {
            let message = format!("this answer lacks `{}`, which is required", field.name);
            let help = "leave `required` out where an answer can do without".to_owned();
            self.wrong(&self.reach.within.to_vec(), message, Some(help));
        }
    }

    /// Checks an object that stands on the way to the envelope's fields and to the operation's own.
    fn check_envelope(&self, map: &Map<String, Value>, trail: &mut Trail) {
        let keys = |place: &Place| -> Vec<String> {
            let key = |step: &Step| if let Step::Key(key) = step { Some(key.clone()) } else { None };
            place.steps.iter().filter_map(key).collect()
        };
        for (key, value) in map {
            let own = *trail == self.reach.within;
            let names = self.shared.envelope.iter().map(|(place, field)| (keys(place), field));
            trail.push(key.clone());
            let declared = own.then(|| self.reach.fields.iter().find(|field| field.name == *key)).flatten();
            let envelope = names.clone().find(|(keys, _)| keys == trail).map(|(_, field)| field);
            let on_the_way = self.reach.within.starts_with(trail)
                || names.clone().any(|(keys, _)| keys.len() > trail.len() && keys.starts_with(trail));
            match (declared.or(envelope), value) {
                (Some(field), _) => self.check_kind(field, &field.kind, value, trail),
                (None, Value::Object(inner)) if on_the_way => self.check_envelope(inner, trail),
                (None, Value::Null) if on_the_way => {}
                (None, _) => {
                    let known = self.reach.fields.iter().filter(|_| own).map(|field| field.name.as_str());
                    self.undeclared(key, known, trail);
                }
            }
            trail.pop();
        }
    }

    fn undeclared<'k>(&self, key: &str, known: impl Iterator<Item = &'k str>, trail: &Trail) {
        let known: Vec<&str> = known.collect();
        let near = crate::diagnostics::nearest(key, known.iter().copied()).is_some();
        let declare = || format!("declare `{key}`, with `seen: example` if no table of the document does");
        let help = if near { suggest(key, known) } else { Some(declare()) };
        self.wrong(trail, format!("nothing declares `{key}` of this answer"), help);
    }

    fn check_kind(&self, field: &Field, kind: &Type, value: &Value, trail: &mut Trail) {
        if *kind == Type::UNKNOWN || value.is_null() {
            return;
        }
        let lenient = self.shared.spec.response.lenient || field.quoted;
        let fits = match (kind, value) {
            (Type::List(inner), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    trail.push(index.to_string());
                    self.check_kind(field, inner, item, trail);
                    trail.pop();
                }
                true
            }
            // What was XML has no lists: one element stands alone, and none are empty text.
            (Type::List(_), Value::String(text)) if text.is_empty() => true,
            (Type::List(inner), Value::Object(_)) if matches!(**inner, Type::Named(_)) => {
                return self.check_kind(field, inner, value, trail);
            }
            (Type::List(inner), value) => alone(inner, value, lenient),
            (Type::Map(inner), Value::Object(map)) => {
                for (key, item) in map {
                    trail.push(key.clone());
                    self.check_kind(field, inner, item, trail);
                    trail.pop();
                }
                true
            }
            (Type::Named(name), Value::Object(map)) => {
                self.check_object(name, map, trail);
                true
            }
            (kind, value) => alone(kind, value, lenient),
        };
        if !fits {
            let help = match (kind, value) {
                (Type::Int64 | Type::Double | Type::Bool, Value::String(_)) => Some(
                    "say `quoted: true` of a field that stands in quotes, or `lenient: true` where the service mixes \
                     texts and numbers",
                ),
                (Type::String, Value::Number(_)) => {
                    Some("say `lenient: true` where the service mixes texts and numbers")
                }
                _ => None,
            };
            let help = help.map(str::to_owned);
            let whose = if *kind == field.kind { "" } else { "an element of " };
            let message = format!(
                "{whose}`{}` is a `{}`, and {} in this answer",
                field.name,
                shown(field, kind),
                found(value)
            );
            self.wrong(trail, message, help);
        }
    }

    fn check_object(&self, name: &str, map: &Map<String, Value>, trail: &mut Trail) {
        let Some(object) = self.reach.objects.find(name) else { return };
        for (key, value) in map {
            trail.push(key.clone());
            match object.fields.iter().find(|field| field.name == *key) {
                Some(field) => self.check_kind(field, &field.kind, value, trail),
                None => self.undeclared(key, object.fields.iter().map(|field| field.name.as_str()), trail),
            }
            trail.pop();
        }
        let missing = |field: &&Field| map.get(&field.name).is_none_or(Value::is_null);
        for field in object.fields.iter().filter(|field| field.required).filter(missing) {
            let message = format!("a `{name}` of this answer lacks `{}`, which is required", field.name);
            let help = "leave `required` out where an answer can do without".to_owned();
            self.wrong(trail, message, Some(help));
        }
    }

    /// A success is told as one, and an error as the one that it is.
    fn check_outcome(&self, path: &[&str], body: &Value) {
        let envelope = self.shared.answers;
        let status = u64::from(self.example.status.unwrap_or(200));
        let contradicts = self.example.error.is_some() && self.example.gives.is_some();
        // These have problems of their own.
        if contradicts
            || !(100..=599).contains(&status)
            || self.file.lacks(Names::Fields)
            || envelope.errors.is_empty()
        {
            return;
        }
        let Some(success) = self.shape.success else { return };
        let broken = success.iter().find(|(place, wants)| {
            let text = self.text(place, body, status);
            !wants.iter().any(|want| holds(want, text.as_deref()))
        });
        let key = at(path, &["error"]);
        match (&self.example.error, broken) {
            (None, Some((place, _))) => {
                let message =
                    format!("this answer is no success: `success` wants another `{}`", written(place));
                let help = "say `error: CODE` for an answer that is an error".to_owned();
                self.file.wrong_key(self.path, message, Some(help));
            }
            (Some(code), None) => {
                let message = format!("this answer is a success, so it has no error `{code}`");
                let help = "leave `error` out, or show the answer and the `status` of the error".to_owned();
                self.file.wrong_help(&key, message, Some(help));
            }
            (Some(code), Some(_)) => {
                let codes = envelope.errors.iter().filter_map(|shape| self.text(&shape.code, body, status));
                let real =
                    codes.into_iter().find(|code| !code.is_empty()).unwrap_or_else(|| status.to_string());
                if real != *code {
                    let message = format!("the code of this answer is `{real}`, not `{code}`");
                    self.file.wrong_help(&key, message, Some(format!("say `error: \"{real}\"`")));
                }
            }
            (None, None) => {}
        }
    }

    /// What stands at a place of the answer, as text; nothing where it is absent.
    fn text(&self, place: &Place, body: &Value, status: u64) -> Option<String> {
        let step = |value: &'_ Value, step: &Step| match step {
            Step::Key(key) => value.get(key).cloned(),
            Step::Each if value.is_array() => value.get(0).cloned(),
            Step::Each => Some(value.clone()),
            Step::EachKey => None,
        };
        match &place.root {
            Root::Status => Some(status.to_string()),
            Root::Header(name) => {
                let header = self.example.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                header.map(|(_, value)| value.0.clone())
            }
            _ => match place.steps.iter().try_fold(body.clone(), |value, one| step(&value, one))? {
                Value::Null => None,
                Value::String(text) => Some(text),
                other => Some(other.to_string()),
            },
        }
    }
}

/// Whether a value that is made of no others has a type. `lenient` takes texts for numbers, and numbers for texts.
fn alone(kind: &Type, value: &Value, lenient: bool) -> bool {
    match (kind, value) {
        (Type::Any, _) | (Type::String, Value::String(_)) | (Type::Bool, Value::Bool(_)) => true,
        (Type::Int64, Value::Number(number)) => {
            number.is_i64() || number.as_f64().is_some_and(|float| number.is_f64() && float.fract() == 0.0)
        }
        (Type::Double, Value::Number(_)) => true,
        (Type::Timestamp, value) => value.is_string() || value.is_number(),
        // Empty text stands for a number that is absent.
        (Type::Int64, Value::String(text)) if lenient => blank(text) || text.trim().parse::<i64>().is_ok(),
        (Type::Double, Value::String(text)) if lenient => blank(text) || text.trim().parse::<f64>().is_ok(),
        (Type::Bool | Type::String, Value::String(_) | Value::Bool(_) | Value::Number(_)) => lenient,
        _ => false,
    }
}

fn blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// A place as it is written.
fn written(place: &Place) -> String {
    match &place.root {
        Root::Status => "$status".to_owned(),
        Root::Header(name) => format!("$header.{name}"),
        _ => {
            let mut out = String::new();
            for step in &place.steps {
                match step {
                    Step::Key(key) if out.is_empty() => out.push_str(key),
                    Step::Key(key) => out.extend([".", key]),
                    Step::Each | Step::EachKey => out.push_str("[]"),
                }
            }
            out
        }
    }
}

fn holds(want: &Want, text: Option<&str>) -> bool {
    match (want, text) {
        (Want::Absent, text) => text.is_none(),
        (Want::Range(low, high), Some(text)) => {
            text.parse().is_ok_and(|number: i64| (*low..=*high).contains(&number))
        }
        (Want::Like(pattern), Some(text)) => like(pattern, text),
        (Want::Range(..) | Want::Like(_), None) => false,
    }
}

/// Whether a text is like a pattern in which `*` stands for any run of characters.
pub fn like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(found) => rest = &rest[found + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn found(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a number",
        Value::Bool(_) => "true or false",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
        Value::Null => "null",
    }
}
