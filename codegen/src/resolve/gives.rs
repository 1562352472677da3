//! The rows of examples: whether their answers give as many, and the same.
//!
//! Only what plainly follows from places is compared here, row by row: columns with one place each, in lists. Tests run the
//! rest.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::answers::{self, like};
use super::examples::check_moment;
use super::scope::{File, at};
use crate::mend::Names;
use crate::model::{Convert, Expiry, Operation, Place, Projection, Root, Source, Step};
use crate::spec::ExampleSpec;

/// The numbers of the elements that lead to a value, and the value.
type Cells<'a> = BTreeMap<Vec<usize>, &'a Value>;

/// Checks the rows of all examples.
pub fn check(file: &File<'_>, operation: &Operation) {
    if file.lacks(Names::Fields) || file.lacks(Names::Parameters) {
        return;
    }
    let (projection, identity): (_, &[&str]) =
        match (operation.links.as_slice(), operation.backups.as_slice(), operation.instances.as_slice()) {
            ([links], [], []) => (links, &["PublicUrl", "InternalUrl"]),
            ([], [backups], []) => (backups, &["Backup"]),
            ([], [], [instances]) => (instances, &["Instance"]),
            _ => return,
        };
    for (index, example) in operation.examples.iter().enumerate() {
        let text = operation.root.as_ref().is_some_and(|(_, text)| *text);
        // Places name the field that the whole body is.
        let body = answers::body(example, text).map(|body| match &operation.root {
            Some((root, _)) => json!({ root: body }),
            None => body,
        });
        if let (Some(body), Some(_)) = (body, &example.gives) {
            let number = index.to_string();
            compare(file, &["examples", &number, "gives"], example, projection, identity, &body);
        }
    }
}

fn compare(
    file: &File<'_>,
    path: &[&str],
    example: &ExampleSpec,
    projection: &Projection,
    identity: &[&str],
    body: &Value,
) {
    let mut columns: BTreeMap<&str, (&Source, Cells<'_>)> = BTreeMap::new();
    for (name, sources) in &projection.fields {
        match sources.as_slice() {
            [source] if source.place.root == Root::Body && !source.place.steps.contains(&Step::EachKey) => {
                columns.insert(name, (source, cells(&source.place, body)));
            }
            [source] if matches!(source.place.root, Root::Request(_)) && !identity.contains(name) => {}
            _ => return,
        }
    }
    let depth = |source: &Source| source.place.steps.iter().filter(|step| **step == Step::Each).count();
    let Some(deepest) = columns.values().map(|(source, _)| depth(source)).max() else { return };
    let all: BTreeSet<&Vec<usize>> =
        columns.values().flat_map(|(_, cells)| cells.keys()).filter(|trail| trail.len() == deepest).collect();
    let cell = |name: &str, trail: &[usize]| {
        let (source, cells) = columns.get(name)?;
        cells.get(&trail[..depth(source)]).copied().filter(|value| !value.is_null())
    };
    let is_url = |text: &str| text.trim().split_once("://").is_some_and(|(_, rest)| !rest.is_empty());
    let usable = |name: &&str, trail: &[usize]| {
        let text = cell(name, trail).and_then(text);
        text.is_some_and(|text| if name.ends_with("Url") { is_url(&text) } else { !text.trim().is_empty() })
    };
    let rows: Vec<&Vec<usize>> =
        all.into_iter().filter(|trail| identity.iter().any(|name| usable(name, trail))).collect();
    let given = example.gives.as_deref().unwrap_or_default();
    if rows.len() != given.len() {
        let message = format!("the answer gives {}, not {}", counted(rows.len()), given.len());
        return file.wrong_key(path, message, Some("write a row for each".to_owned()));
    }
    for (index, (row, trail)) in given.iter().zip(&rows).enumerate() {
        let number = index.to_string();
        for (name, wanted) in row {
            let path = at(path, &[&number, name]);
            if let (true, Some(moment)) = (name.ends_with("_at"), wanted.as_str()) {
                check_moment(file, &path, moment);
            }
            let runtime = runtime(name);
            let source = columns.get(runtime.as_str()).map(|(source, _)| *source);
            // When a link dies is told apart from the other columns.
            let source = source.or_else(|| expiry(projection).filter(|_| name == "expires_at"));
            let Some(source) = source else { continue };
            let found = match columns.get(runtime.as_str()) {
                Some(_) => cell(&runtime, trail),
                None => cells(&source.place, body).get(&trail[..depth(source)]).copied(),
            };
            // A word that is missing or that nobody knows is read, too, and what takes more than places is left to tests.
            let words = matches!(name.as_str(), "state" | "kind");
            let found = match found.filter(|found| !found.is_null()) {
                Some(found) => read(found, &source.convert),
                None => (!words).then_some(Value::Null),
            };
            let Some(found) = found.filter(|_| !words || matches!(source.convert, Convert::Words(_))) else {
                continue;
            };
            if found != plain(wanted, &source.convert) {
                // Links are nobody's business, in messages too.
                let help = (!name.ends_with("url")).then(|| format!("the answer has `{}`", shown(&found)));
                let row = index + 1;
                let message =
                    format!("row {row} of the answer has another `{name}` than `{}`", shown(wanted));
                file.wrong_help(&path, message, help);
            }
        }
    }
}

/// The runtime's name of a column.
fn runtime(name: &str) -> String {
    let parts = name.split('_').map(|part| {
        let mut letters = part.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    parts.collect()
}

/// Where an answer says when a link dies, if that is the only way to know.
fn expiry(projection: &Projection) -> Option<&Source> {
    match projection.expires.as_slice() {
        [Expiry::Field(source)] if source.place.root == Root::Body => Some(source),
        _ => None,
    }
}

fn shown(value: &Value) -> String {
    text(value).unwrap_or_else(|| value.to_string())
}

fn counted(rows: usize) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}

/// What stands at a place, element by element.
fn cells<'a>(place: &Place, body: &'a Value) -> Cells<'a> {
    let mut open: Vec<(Vec<usize>, &Value)> = vec![(Vec::new(), body)];
    for step in &place.steps {
        open = open
            .into_iter()
            .flat_map(|(trail, value)| -> Vec<(Vec<usize>, &Value)> {
                match step {
                    Step::Key(key) => value.get(key).map(|value| (trail, value)).into_iter().collect(),
                    Step::Each | Step::EachKey => elements(value)
                        .iter()
                        .enumerate()
                        .map(|(number, item)| ([&trail[..], &[number]].concat(), item))
                        .collect(),
                }
            })
            .collect();
    }
    open.into_iter().collect()
}

/// The elements of a list. One element can stand alone, and none be empty text.
fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        Value::Null => &[],
        Value::String(text) if text.is_empty() => &[],
        one => std::slice::from_ref(one),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A value as the uniform model has it; nothing where that takes more than is known here.
fn read(value: &Value, convert: &Convert) -> Option<Value> {
    let text = text(value)?;
    if text.is_empty() {
        return Some(Value::Null);
    }
    match convert {
        // Of a file this says that nobody knows, of a backup that it is empty.
        Convert::Bytes(_) if text == "0" => None,
        Convert::Plain => Some(Value::from(text)),
        Convert::Bytes(factor) => {
            Some(Value::from(text.parse::<u64>().ok()?.checked_mul(*factor)?.to_string()))
        }
        Convert::Time(format) => {
            let seconds = match format.format.as_str() {
                "" => text.parse::<jiff::Timestamp>().ok()?.as_second(),
                "%s" => text.parse().ok()?,
                _ => return None,
            };
            Some(Value::from(seconds.to_string()))
        }
        Convert::Words(words) => {
            let says = |patterns: &[String]| patterns.iter().any(|pattern| like(pattern, &text));
            words.iter().find(|(_, patterns)| says(patterns)).map(|(word, _)| Value::from(*word))
        }
        Convert::Duration(_) => None,
    }
}

/// What a row says, to be compared with what was read.
fn plain(wanted: &Value, convert: &Convert) -> Value {
    let moment = || wanted.as_str()?.parse::<jiff::Timestamp>().ok();
    match convert {
        Convert::Time(_) => {
            moment().map_or_else(|| wanted.clone(), |at| Value::from(at.as_second().to_string()))
        }
        _ => text(wanted).map_or(Value::Null, Value::from),
    }
}
