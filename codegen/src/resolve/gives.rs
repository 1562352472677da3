//! The rows of examples: whether their answers give as many, and the same.
//!
//! Only what plainly follows from places is compared here: columns with one place each, in lists. Tests run the rest.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::answers;
use super::scope::{File, at};
use crate::mend::Names;
use crate::model::{Convert, Operation, Place, Projection, Root, Source, Step};
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
    for (index, row) in given.iter().enumerate() {
        for (name, wanted) in row {
            let runtime = match name.as_str() {
                "name" => "Name",
                "size" => "Size",
                "public_url" => "PublicUrl",
                "internal_url" => "InternalUrl",
                "backup" => "Backup",
                _ => continue,
            };
            let Some((source, _)) = columns.get(runtime) else { continue };
            let values = rows.iter().filter_map(|trail| cell(runtime, trail));
            let found: Option<Vec<String>> = values.map(|value| read(value, &source.convert)).collect();
            // What takes more than that to read is left to the tests.
            let (Some(found), Some(wanted)) = (found, text(wanted)) else { continue };
            if !found.contains(&wanted) {
                let number = index.to_string();
                let help = found.first().map(|first| format!("the answer has `{first}`"));
                let help = help.filter(|_| found.len() == 1 && !name.ends_with("url"));
                let message = format!("no row of the answer has the `{name}` `{wanted}`");
                file.wrong_help(&at(path, &[&number, name]), message, help);
            }
        }
    }
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

/// A value as the uniform model has it.
fn read(value: &Value, convert: &Convert) -> Option<String> {
    let text = text(value)?;
    match convert {
        Convert::Bytes(factor) => {
            text.parse::<u64>().ok()?.checked_mul(*factor).map(|bytes| bytes.to_string())
        }
        _ => Some(text),
    }
}
