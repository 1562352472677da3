//! Fields, object types and enums.

use std::collections::{BTreeMap, BTreeSet};

use super::scope::{File, at};
use crate::diagnostics::suggest;
use crate::model::{Enum, Field, FieldValue, Object, TimeFormat, Type};
use crate::names::{camel, snake};
use crate::notation::{BUILT_IN, parse_bounds, parse_type, time_format};
use crate::spec::{FieldBody, Fields, Ordered};

/// What fields are for; some keys make sense for one only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Something that a caller sets.
    Parameter,
    /// Something that an answer holds.
    Response,
    /// A member of a type, which can be either.
    Member,
}

/// Resolves fields. `prefix` goes before the names of enums, so that members of types do not collide.
pub fn fields(
    file: &File<'_>,
    path: &[&str],
    fields: &Fields,
    role: Role,
    prefix: &str,
    declared: &BTreeSet<String>,
) -> Vec<Field> {
    let mut out: Vec<Field> = Vec::new();
    for (name, spec) in fields.iter() {
        let path = at(path, &[name]);
        let body = spec.body();
        let ident = snake(name);
        if let Some(other) = out.iter().find(|other| other.ident == ident) {
            let message = format!("`{name}` and `{}` both become `{ident}` in Rust", other.name);
            file.wrong_key(
                &path,
                message,
                Some("rename one and say `wire:` for its name on the wire".into()),
            );
        }
        out.extend(field(file, &path, name, ident, &body, role, prefix, declared));
    }
    out
}

#[allow(clippy::too_many_arguments, reason = "one call site; the arguments are one field's surroundings")]
fn field(
    file: &File<'_>,
    path: &[&str],
    name: &str,
    ident: String,
    body: &FieldBody,
    role: Role,
    prefix: &str,
    declared: &BTreeSet<String>,
) -> Option<Field> {
    let type_path = if file.tree.key_span(&at(path, &["type"])) == file.tree.span_of(path) {
        path.to_vec()
    } else {
        at(path, &["type"])
    };
    let kind = file.accept(&type_path, parse_type(&body.kind))?;
    if let Type::Named(named) = kind.leaf() {
        if !declared.contains(named) {
            let known = declared.iter().map(String::as_str).chain(BUILT_IN);
            file.wrong_help(&type_path, format!("there is no type `{named}`"), suggest(named, known));
            return None;
        }
    }
    check_keys(file, path, body, role, &kind);
    let time = match time_format(body.format.as_deref(), body.zone.as_deref()) {
        Ok(time) => time,
        Err(message) => {
            let key = if body.zone.is_some() && message.contains("zone") { "zone" } else { "format" };
            file.wrong(&at(path, &[key]), message);
            TimeFormat::default()
        }
    };
    let bounds =
        body.bounds.as_deref().and_then(|text| file.accept(&at(path, &["bounds"]), parse_bounds(text)));
    let values = values(file, path, body);
    if let Some(default) = body.default_text() {
        check_default(file, path, &kind, &default, &values);
    }
    let enumeration = (!values.is_empty()).then(|| format!("{prefix}{}", camel(name)));
    Some(Field {
        name: name.to_owned(),
        wire: body.wire.clone().unwrap_or_else(|| name.to_owned()),
        ident,
        kind_text: body.kind.clone(),
        kind,
        time,
        required: body.required,
        nullable: body.nullable,
        from: body.from.clone(),
        place: body.place,
        default: body.default_text(),
        values,
        enumeration,
        bounds,
        bounds_text: body.bounds.clone(),
        unit: body.unit.clone(),
        deprecated: body.deprecated.clone(),
        sensitive: body.sensitive,
        seen: body.seen.clone(),
        assumed: body.assumed,
        doc: body.doc.trim().to_owned(),
    })
}

/// Keys that say nothing about this kind of field.
fn check_keys(file: &File<'_>, path: &[&str], body: &FieldBody, role: Role, kind: &Type) {
    let misplaced = |key: &str, present: bool, fits: bool, whose: &str| {
        if present && !fits {
            let span = at(path, &[key]);
            file.wrong_key(&span, format!("`{key}` belongs to {whose}"), None);
        }
    };
    let parameter = role == Role::Parameter;
    misplaced("place", body.place.is_some(), parameter, "parameters");
    misplaced("wire", body.wire.is_some(), parameter, "parameters");
    misplaced("from", body.from.is_some(), parameter, "parameters");
    misplaced("nullable", body.nullable, !parameter, "response fields");
    misplaced("seen", body.seen.is_some(), !parameter, "response fields");
    misplaced("value", body.value.is_some(), role == Role::Response, "fields of the envelope");
    let time = *kind.leaf() == Type::Timestamp;
    misplaced("format", body.format.is_some(), time, "timestamps");
    misplaced("zone", body.zone.is_some(), time, "timestamps");
    let number = matches!(kind.leaf(), Type::Int64 | Type::Double | Type::String);
    misplaced("unit", body.unit.is_some(), number, "numbers");
    let listed = matches!(kind.leaf(), Type::String | Type::Int64);
    misplaced("values", body.values.is_some(), listed, "texts and whole numbers");
    if let Some(unit) = &body.unit {
        if !["B", "KB", "MB", "GB", "s"].contains(&unit.as_str()) {
            file.unknown(&at(path, &["unit"]), "unit", unit, ["B", "KB", "MB", "GB", "s"]);
        }
    }
    if let Some(seen) = &body.seen {
        if !["example", "sdk"].contains(&seen.as_str()) {
            file.unknown(&at(path, &["seen"]), "word", seen, ["example", "sdk"]);
        }
    }
    if body.doc.trim().is_empty() && role != Role::Member {
        file.wrong_key(path, "this lacks a `doc`: say what it means", None);
    }
}

fn check_default(file: &File<'_>, path: &[&str], kind: &Type, default: &str, values: &[FieldValue]) {
    let path = at(path, &["default"]);
    let fits = match kind {
        Type::Int64 => default.parse::<i64>().is_ok(),
        Type::Double => default.parse::<f64>().is_ok(),
        Type::Bool => ["true", "false"].contains(&default),
        Type::List(_) => default.starts_with('['),
        _ => !default.starts_with('['),
    };
    if !fits {
        file.wrong(&path, format!("the default `{default}` does not have the field's type"));
    } else if !values.is_empty()
        && !matches!(kind, Type::List(_))
        && !values.iter().any(|value| value.value == default)
    {
        file.unknown(&path, "value", default, values.iter().map(|value| value.value.as_str()));
    }
}

fn values(file: &File<'_>, path: &[&str], body: &FieldBody) -> Vec<FieldValue> {
    let path = at(path, &["values"]);
    let mut out: Vec<FieldValue> = Vec::new();
    for (value, name, doc) in body.values.iter().flat_map(crate::spec::Values::entries) {
        let variant = match name {
            Some(name) => camel(&name),
            None => match camel(&value) {
                variant if variant.starts_with('_') => format!("Value{}", variant.trim_start_matches('_')),
                variant => variant,
            },
        };
        // `Unknown` carries the values that no spec lists.
        let variant = if variant == "Unknown" { "Unknown_".to_owned() } else { variant };
        if out.iter().any(|other| other.variant == variant) {
            let message = format!("two values both become `{variant}` in Rust");
            file.wrong_help(&path, message, Some("give one of them a `name`".to_owned()));
        }
        out.push(FieldValue { value, variant, doc });
    }
    out
}

/// Resolves object types, with the fields of `reached` as the ones that requests or answers start from.
pub fn objects(
    file: &File<'_>,
    path: &[&str],
    types: &Ordered<Fields>,
    declared: &BTreeSet<String>,
) -> Vec<Object> {
    let mut out: Vec<Object> = Vec::new();
    for (name, members) in types.iter() {
        let rust = camel(name);
        if BUILT_IN.contains(&name) || ["Request", "Response", "Error", "Call"].contains(&rust.as_str()) {
            if BUILT_IN.contains(&name) {
                file.wrong_key(&at(path, &[name]), format!("`{name}` is a built-in type"), None);
            }
        }
        if let Some(other) = out.iter().find(|other| other.rust == rust) {
            let message = format!("`{name}` and `{}` both become `{rust}` in Rust", other.name);
            file.wrong_key(&at(path, &[name]), message, Some("rename one".to_owned()));
        }
        let fields = fields(file, &at(path, &[name]), members, Role::Member, &rust, declared);
        let rust = if ["Request", "Response", "Error", "Call"].contains(&rust.as_str()) {
            format!("{rust}Object")
        } else {
            rust
        };
        out.push(Object {
            name: name.to_owned(),
            rust,
            fields,
            in_request: false,
            in_response: false,
            recursive: false,
        });
    }
    mark_recursion(&mut out);
    out
}

fn mark_recursion(objects: &mut [Object]) {
    let edges: BTreeMap<String, Vec<String>> = objects
        .iter()
        .map(|object| {
            // A list or map holds its elements elsewhere; only a direct field makes a size infinite.
            let direct = object.fields.iter().filter_map(|field| match &field.kind {
                Type::Named(name) => Some(name.clone()),
                _ => None,
            });
            (object.name.clone(), direct.collect())
        })
        .collect();
    for object in objects {
        let mut seen = BTreeSet::new();
        let mut open: Vec<String> = edges.get(&object.name).cloned().unwrap_or_default();
        while let Some(next) = open.pop() {
            if next == object.name {
                object.recursive = true;
            }
            if seen.insert(next.clone()) {
                open.extend(edges.get(&next).cloned().unwrap_or_default());
            }
        }
    }
}

/// Marks the objects that `fields` reach.
pub fn mark_use(objects: &mut [Object], fields: &[Field], request: bool) {
    let mut open: Vec<String> = named(fields);
    while let Some(name) = open.pop() {
        let Some(object) = objects.iter_mut().find(|object| object.name == name) else { continue };
        let mark = if request { &mut object.in_request } else { &mut object.in_response };
        if !*mark {
            *mark = true;
            open.extend(named(&object.fields));
        }
    }
}

fn named(fields: &[Field]) -> Vec<String> {
    fields
        .iter()
        .filter_map(|field| match field.kind.leaf() {
            Type::Named(name) => Some(name.clone()),
            _ => None,
        })
        .collect()
}

/// Makes the enums of fields, one per name; equal ones are shared.
pub fn enums(file: &File<'_>, groups: &[(&[Field], bool, bool)], used: &BTreeSet<String>) -> Vec<Enum> {
    let mut out: Vec<Enum> = Vec::new();
    for (fields, in_request, in_response) in groups {
        for field in *fields {
            let Some(rust) = &field.enumeration else { continue };
            let numeric = *field.kind.leaf() == Type::Int64;
            match out.iter_mut().find(|other| other.rust == *rust) {
                Some(other) if other.values == field.values && other.numeric == numeric => {
                    other.in_request |= in_request;
                    other.in_response |= in_response;
                }
                Some(other) => {
                    let message = format!(
                        "the values of `{}` and `{}` would both be the enum `{rust}` in Rust",
                        field.name, other.field
                    );
                    file.wrong_help(&[], message, Some("give both the same values, or rename one".into()));
                }
                None if used.contains(rust) => {
                    let message =
                        format!("the values of `{}` and a type would both be `{rust}` in Rust", field.name);
                    file.wrong_help(&[], message, Some("rename the type".to_owned()));
                }
                None => out.push(Enum {
                    rust: rust.clone(),
                    numeric,
                    values: field.values.clone(),
                    field: field.name.clone(),
                    in_request: *in_request,
                    in_response: *in_response,
                }),
            }
        }
    }
    out
}
