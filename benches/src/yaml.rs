//! Operations in our language: one folder, written as a person would.

use std::fmt::Write;

use crate::plan::{Api, Field, Object, Operation, Owner};
use crate::table::Kind;

/// What does not depend on the operations.
const SERVICE: &str = include_str!("service.yaml");
/// Docs up to this long stand on the line of their field.
const SHORT: usize = 40;

/// The files under `specs/`, by their paths there.
#[must_use]
pub fn specs(api: &Api) -> Vec<(String, String)> {
    let mut service = SERVICE.to_owned();
    for object in api.objects.iter().filter(|object| object.owner == Owner::Several) {
        members(&mut service, api, object);
    }
    let mut out = vec![("synthetic/service.yaml".to_owned(), service)];
    let mut owned: Vec<Vec<&Object>> = api.operations.iter().map(|_| Vec::new()).collect();
    for object in &api.objects {
        if let Owner::Operation(at) = object.owner {
            owned[at].push(object);
        }
    }
    for (one, objects) in api.operations.iter().zip(owned) {
        out.push((format!("synthetic/{}.yaml", one.name), operation(api, one, &objects)));
    }
    out
}

fn operation(api: &Api, operation: &Operation, objects: &[&Object]) -> String {
    let mut out = "# yaml-language-server: $schema=../schema.json\n".to_owned();
    put(&mut out, format_args!("summary: {}\n", operation.summary));
    out.push_str("source:\n  - {document: made up for measuring, date: \"2026-11-25\"}\n");
    section(&mut out, api, "parameters", &operation.parameters);
    if !objects.is_empty() {
        out.push_str("types:\n");
        for object in objects {
            members(&mut out, api, object);
        }
    }
    section(&mut out, api, "response", &operation.answer);
    if !operation.errors.is_empty() {
        out.push_str("errors:\n");
    }
    for (code, class, doc) in &operation.errors {
        put(&mut out, format_args!("  {code}: {{class: {class}, doc: {doc}}}\n"));
    }
    out
}

fn section(out: &mut String, api: &Api, name: &str, fields: &[Field]) {
    if !fields.is_empty() {
        put(out, format_args!("{name}:\n"));
    }
    for one in fields {
        field(out, api, "  ", one);
    }
}

fn members(out: &mut String, api: &Api, object: &Object) {
    put(out, format_args!("  {}:\n", object.name));
    for one in &object.members {
        field(out, api, "    ", one);
    }
}

fn field(out: &mut String, api: &Api, indent: &str, field: &Field) {
    let leaf = match field.kind {
        Kind::String => "string",
        Kind::Int => "int64",
        Kind::Double => "double",
        Kind::Bool => "bool",
        Kind::Object => &api.objects[field.object].name,
    };
    let kind = if field.list { format!("{leaf}[]") } else { leaf.to_owned() };
    let Field { name, doc, .. } = field;
    let flags = [("required", field.required), ("nullable", field.nullable)];
    let flags = flags.into_iter().filter(|(_, set)| *set).map(|(flag, _)| flag);
    if field.values.is_empty() && doc.chars().count() <= SHORT {
        let kind = if field.list { format!("\"{kind}\"") } else { kind };
        let flags: String = flags.map(|flag| format!(", {flag}: true")).collect();
        return put(out, format_args!("{indent}{name}: {{type: {kind}{flags}, doc: {doc}}}\n"));
    }
    put(out, format_args!("{indent}{name}:\n{indent}  type: {kind}\n"));
    for flag in flags {
        put(out, format_args!("{indent}  {flag}: true\n"));
    }
    if !field.values.is_empty() {
        put(out, format_args!("{indent}  values:\n"));
    }
    for (value, word, doc) in &field.values {
        if field.kind == Kind::Int {
            put(out, format_args!("{indent}    {value}: {{name: {}, doc: {doc}}}\n", capitalised(word)));
        } else {
            put(out, format_args!("{indent}    {value}: {doc}\n"));
        }
    }
    put(out, format_args!("{indent}  doc: {doc}\n"));
}

fn capitalised(word: &str) -> String {
    word[..1].to_ascii_uppercase() + &word[1..]
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes everything");
}
