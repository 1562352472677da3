//! Fields, object types and enums.

use std::collections::{BTreeMap, BTreeSet};

use super::scope::{File, at};
use crate::model::{Declared, Enum, Field, FieldValue, Object, TimeFormat, Type};
use crate::names::{camel, nameable, snake, type_name};
use crate::notation::{BUILT_IN, check_moment, parse_bounds, parse_type, parse_zone};
use crate::spec::{FieldBody, FieldSpec, Fields, OneOrMany, Ordered, Scalar, Values};

/// What fields are for; some keys make sense for one only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Something that a caller sets.
    Parameter,
    /// Something that an answer holds.
    Response,
    /// Something that every answer of a service holds.
    Envelope,
    /// A member of a type, which can be either.
    Member,
}

/// A block of fields: where it stands, what it is for, and what it can name.
pub struct Block<'a> {
    /// The file.
    pub file: &'a File<'a>,
    /// The block's path in it.
    pub path: &'a [&'a str],
    /// What its fields are for.
    pub role: Role,
    /// What goes before the names of enums, so that members of types do not collide.
    pub prefix: &'a str,
    /// The names of declared types.
    pub types: &'a BTreeSet<String>,
    /// The names of settings.
    pub settings: &'a [String],
}

impl Block<'_> {
    /// Resolves the fields. A broken one stays, so that what names it does not break as well.
    pub fn resolve(&self, fields: &Fields) -> Vec<Field> {
        let mut out: Vec<Field> = Vec::new();
        for (name, spec) in fields.iter() {
            let path = at(self.path, &[name]);
            let ident = snake(name);
            if !nameable(name) {
                let message = format!("no Rust name can be made of `{name}`");
                self.file.wrong_key(&path, message, Some(self.renaming()));
            } else if let Some(other) = out.iter().find(|other| other.ident == ident) {
                let message = format!("`{name}` and `{}` both become `{ident}` in Rust", other.name);
                self.file.wrong_key(&path, message, Some(self.renaming()));
            }
            out.push(self.field(&path, name, ident, spec));
        }
        out
    }

    /// How to give a field another name.
    fn renaming(&self) -> String {
        match self.role {
            Role::Parameter => "take another name, and say `wire:` for the one on the wire".to_owned(),
            _ => "declare what holds it as `any`".to_owned(),
        }
    }

    fn field(&self, path: &[&str], name: &str, ident: String, spec: &FieldSpec) -> Field {
        let file = self.file;
        let body = spec.body();
        let kind = self.kind(path, spec, &body);
        if let Some(kind) = &kind {
            self.check_keys(path, &body, kind);
        }
        let kind = kind.unwrap_or(Type::UNKNOWN);
        self.check_words(path, &body);
        let bounds =
            body.bounds.as_deref().and_then(|text| file.accept(&at(path, &["bounds"]), parse_bounds(text)));
        let values = values(file, path, &kind, &body);
        check_default(file, path, &kind, &body, &values);
        let prefix = self.prefix;
        Field {
            name: name.to_owned(),
            declared: Declared { file: file.path.to_owned(), span: file.tree.key_span(path) },
            wire: body.wire.clone().unwrap_or_else(|| name.to_owned()),
            ident,
            kind_text: body.kind.clone(),
            kind,
            time: time(file, path, &body),
            required: body.required,
            nullable: body.nullable,
            from: body.from.clone(),
            place: body.place,
            default: body.default_text(),
            enumeration: (!values.is_empty()).then(|| type_name(format!("{prefix}{}", camel(name)), "Value")),
            values,
            bounds,
            bounds_text: body.bounds.clone(),
            unit: body.unit.clone(),
            deprecated: body.deprecated.clone(),
            sensitive: body.sensitive,
            seen: body.seen.clone(),
            assumed: body.assumed,
            doc: body.doc.trim().to_owned(),
        }
    }

    /// The type, if there is such a one.
    fn kind(&self, path: &[&str], spec: &FieldSpec, body: &FieldBody) -> Option<Type> {
        let path = match spec {
            FieldSpec::Type(_) => path.to_vec(),
            FieldSpec::Full(_) => at(path, &["type"]),
        };
        let kind = match parse_type(&body.kind) {
            Ok(kind) => kind,
            Err(message) => {
                let help =
                    format!("types are `{}`, a declared one, `X[]` and `map<X>`", BUILT_IN.join("`, `"));
                self.file.wrong_help(&path, message, Some(help));
                return None;
            }
        };
        if let Type::Named(named) = kind.leaf()
            && !self.types.contains(named)
        {
            let known = self.types.iter().map(String::as_str).chain(BUILT_IN);
            self.file.unknown(&path, "type", named, known);
            return None;
        }
        let plain = match &kind {
            Type::List(inner) => **inner == Type::Timestamp,
            kind => *kind == Type::Timestamp,
        };
        if *kind.leaf() == Type::Timestamp && !plain {
            let help = "declare these as `string`".to_owned();
            self.file.wrong_help(&path, "moments stand alone or in a plain list", Some(help));
            return None;
        }
        Some(kind)
    }

    /// Keys that say nothing about this kind of field.
    fn check_keys(&self, path: &[&str], body: &FieldBody, kind: &Type) {
        let misplaced = |key: &str, present: bool, fits: bool, whose: &str| {
            if present && !fits {
                self.file.wrong_key(&at(path, &[key]), format!("`{key}` belongs to {whose}"), None);
            }
        };
        let parameter = self.role == Role::Parameter;
        misplaced("place", body.place.is_some(), parameter, "parameters");
        misplaced("wire", body.wire.is_some(), parameter, "parameters");
        misplaced("from", body.from.is_some(), parameter, "parameters");
        misplaced("nullable", body.nullable, !parameter, "response fields");
        misplaced("seen", body.seen.is_some(), !parameter, "response fields");
        misplaced("value", body.value.is_some(), self.role == Role::Envelope, "fields of the envelope");
        let time = *kind.leaf() == Type::Timestamp;
        misplaced("format", body.format.is_some(), time, "timestamps");
        misplaced("zone", body.zone.is_some(), time, "timestamps");
        let number = matches!(kind.leaf(), Type::Int64 | Type::Double | Type::String);
        misplaced("unit", body.unit.is_some(), number, "numbers");
        let one = match kind {
            Type::List(inner) => inner,
            other => other,
        };
        let listed = matches!(one, Type::String | Type::Int64);
        misplaced("values", body.values.is_some(), listed, "texts, whole numbers, and lists of them");
        let measured = matches!(kind, Type::String | Type::Int64 | Type::Double | Type::List(_));
        misplaced("bounds", body.bounds.is_some(), measured, "numbers, texts and lists");
    }

    /// Words and names in the field's keys.
    fn check_words(&self, path: &[&str], body: &FieldBody) {
        let units = ["B", "KB", "MB", "GB", "s"];
        if let Some(unit) = body.unit.as_deref().filter(|unit| !units.contains(unit)) {
            self.file.unknown(&at(path, &["unit"]), "unit", unit, units);
        }
        let sights = ["example", "sdk"];
        if let Some(seen) = body.seen.as_deref().filter(|seen| !sights.contains(seen)) {
            self.file.unknown(&at(path, &["seen"]), "word", seen, sights);
        }
        if let Some(from) = body.from.as_ref().filter(|from| !self.settings.contains(from)) {
            self.file.unknown(
                &at(path, &["from"]),
                "setting",
                from,
                self.settings.iter().map(String::as_str),
            );
        }
        if body.doc.trim().is_empty() {
            let name = path.last().copied().unwrap_or_default();
            self.file.wrong_key(path, format!("`{name}` lacks a `doc`: say what it means"), None);
        }
    }
}

fn time(file: &File<'_>, path: &[&str], body: &FieldBody) -> TimeFormat {
    let format = body.format.clone().unwrap_or_default();
    if body.format.is_some() {
        file.accept(&at(path, &["format"]), check_moment(&format));
    }
    let offset = body.zone.as_deref().and_then(|zone| file.accept(&at(path, &["zone"]), parse_zone(zone)));
    TimeFormat { format, offset: offset.unwrap_or(0) }
}

fn check_default(file: &File<'_>, path: &[&str], kind: &Type, body: &FieldBody, values: &[FieldValue]) {
    let Some(default) = &body.default else { return };
    let name = path.last().copied().unwrap_or_default();
    let path = at(path, &["default"]);
    let inner = match (kind, default) {
        (Type::List(inner), OneOrMany::Many(_)) => inner,
        (Type::List(_), OneOrMany::One(_)) => {
            return file.wrong(&path, format!("the default of a `{}` is a list", body.kind));
        }
        (_, OneOrMany::Many(_)) => {
            return file.wrong(&path, format!("the default of a `{}` is no list", body.kind));
        }
        (kind, OneOrMany::One(_)) => kind,
    };
    for (index, Scalar(value)) in default.list().iter().enumerate() {
        let number = index.to_string();
        let path = match default {
            OneOrMany::Many(_) => at(&path, &[&number]),
            OneOrMany::One(_) => path.clone(),
        };
        let fits = match inner {
            Type::Int64 => value.parse::<i64>().is_ok(),
            Type::Double => value.parse::<f64>().is_ok_and(f64::is_finite),
            Type::Bool => ["true", "false"].contains(&value.as_str()),
            _ => true,
        };
        if !fits {
            file.wrong(&path, format!("the default `{value}` does not have the field's type"));
        } else if !values.is_empty() && !values.iter().any(|known| known.value == *value) {
            file.no_value(&path, name, value, values.iter().map(|known| known.value.as_str()));
        }
    }
}

fn values(file: &File<'_>, path: &[&str], kind: &Type, body: &FieldBody) -> Vec<FieldValue> {
    let mut out: Vec<FieldValue> = Vec::new();
    for (index, (value, name, doc)) in body.values.iter().flat_map(Values::entries).enumerate() {
        let number = index.to_string();
        let key = if matches!(body.values, Some(Values::List(_))) { &number } else { &value };
        let path = at(path, &["values", key]);
        let whole_number = *kind.leaf() != Type::Int64 || value.parse::<i64>().is_ok();
        if !whole_number {
            file.wrong_key(&path, format!("`{value}` is no whole number"), None);
        }
        let rust = name.as_deref().unwrap_or(&value);
        let variant = match camel(rust) {
            variant if variant.starts_with('_') => format!("Value{}", variant.trim_start_matches('_')),
            // `Unknown` carries the values that no spec lists.
            variant if variant == "Unknown" => "Unknown_".to_owned(),
            variant => variant,
        };
        let help = Some("give it a `name`".to_owned());
        if !nameable(rust) {
            file.wrong_key(&path, format!("no Rust name can be made of `{rust}`"), help);
        } else if let Some(other) = out.iter().find(|other| other.variant == variant) {
            let message = format!("`{value}` and `{}` both become `{variant}` in Rust", other.value);
            file.wrong_key(&path, message, help);
        }
        out.push(FieldValue { value, variant, doc });
    }
    out
}

/// Resolves object types: the block's fields are the types' members.
pub fn objects(block: &Block<'_>, types: &Ordered<Fields>) -> Vec<Object> {
    let file = block.file;
    let mut out: Vec<Object> = Vec::new();
    for (name, members) in types.iter() {
        let path = at(block.path, &[name]);
        let rust = type_name(camel(name), "Object");
        let help = Some("take another name".to_owned());
        if BUILT_IN.contains(&name) {
            file.wrong_key(&path, format!("`{name}` is a built-in type"), help);
        } else if !is_type_name(name) {
            let message = format!("`{name}` is no name of a type: those are letters, digits and `_`");
            file.wrong_key(&path, message, help);
        } else if let Some(other) = out.iter().find(|other| other.rust == rust) {
            let message = format!("`{name}` and `{}` both become `{rust}` in Rust", other.name);
            file.wrong_key(&path, message, help);
        }
        let members = Block { path: &path, role: Role::Member, prefix: &rust, ..*block }.resolve(members);
        out.push(Object {
            name: name.to_owned(),
            rust,
            fields: members,
            in_request: false,
            in_response: false,
            recursive: false,
        });
    }
    mark_recursion(&mut out);
    out
}

/// Notes the types that nothing uses, and the structs of others that would have the same name. `besides` are fields
/// that use types although no code is made for them.
pub fn check_objects(file: &File<'_>, objects: &[Object], besides: &[&Field]) {
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<String> = besides.iter().filter_map(|field| named_by(field)).collect();
    while let Some(name) = open.pop() {
        let object = objects.iter().find(|object| object.name == name);
        if used.insert(name) {
            open.extend(object.into_iter().flat_map(|object| named(&object.fields)));
        }
    }
    for object in objects.iter().filter(|object| is_type_name(&object.name)) {
        let path = ["types", object.name.as_str()];
        if !object.in_request && !object.in_response && !used.contains(&object.name) {
            file.wrong_key(&path, format!("nothing uses the type `{}`", object.name), None);
        }
        let answer = object.struct_name(true);
        if let Some(other) = objects.iter().find(|other| answer != object.rust && other.rust == answer) {
            let message =
                format!("`{}` in answers and `{}` both become `{answer}` in Rust", object.name, other.name);
            file.wrong_key(&path, message, Some("take another name".to_owned()));
        }
    }
}

fn is_type_name(name: &str) -> bool {
    nameable(name) && parse_type(name) == Ok(Type::Named(name.to_owned()))
}

/// Whether the type of a field, or of what it holds, is not known. That was noted where it is declared.
pub fn any_unknown<'f>(fields: impl IntoIterator<Item = &'f Field>) -> bool {
    fields.into_iter().any(|field| field.kind == Type::UNKNOWN)
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

/// Marks the objects that `fields` reach: an operation's own, and those of its service.
pub fn mark_use(own: &mut [Object], shared: &mut [Object], fields: &[Field], request: bool) {
    let mut open: Vec<(String, bool)> = named(fields).map(|name| (name, true)).collect();
    while let Some((name, sees_own)) = open.pop() {
        let hidden = own.iter_mut().find(|object| sees_own && object.name == name);
        let from_own = hidden.is_some();
        let Some(object) = hidden.or_else(|| shared.iter_mut().find(|object| object.name == name)) else {
            continue;
        };
        let mark = if request { &mut object.in_request } else { &mut object.in_response };
        if !std::mem::replace(mark, true) {
            open.extend(named(&object.fields).map(|name| (name, from_own)));
        }
    }
}

fn named(fields: &[Field]) -> impl Iterator<Item = String> {
    fields.iter().filter_map(named_by)
}

fn named_by(field: &Field) -> Option<String> {
    match field.kind.leaf() {
        Type::Named(name) => Some(name.clone()),
        _ => None,
    }
}

/// Makes the enums of fields, one per name; equal ones are shared. `used` are the names of types.
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
                    let (a, b) = (&field.name, &other.field);
                    let message = if a == b {
                        format!(
                            "two fields `{a}` have different values, and both would be the enum `{rust}` in Rust"
                        )
                    } else {
                        format!("the values of `{a}` and of `{b}` would both be the enum `{rust}` in Rust")
                    };
                    let help = "give both the same values and meanings, or take another name".to_owned();
                    file.wrong_at(&field.declared, message, Some(help));
                }
                None if used.contains(rust) => {
                    let message =
                        format!("the values of `{}` and a type would both be `{rust}` in Rust", field.name);
                    file.wrong_at(&field.declared, message, Some("rename the type".to_owned()));
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
