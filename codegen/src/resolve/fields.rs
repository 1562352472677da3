//! Fields, object types and enums.

use std::collections::BTreeSet;

use super::request::json_keys;
use super::scope::{File, at};
use crate::model::{Declared, Field, FieldValue, TimeFormat, Type};
use crate::names::{camel, nameable, snake, type_name};
use crate::notation::{
    BUILT_IN, check_moment, check_pattern, parse_bounds, parse_lists, parse_type, parse_zone,
};
use crate::spec::{FieldBody, FieldSpec, Fields, OneOrMany, Scalar, Values};

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
    /// The names of declared types: the file's own, and those of the service.
    pub types: [&'a BTreeSet<String>; 2],
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
        let pattern = body.pattern.as_ref();
        let pattern =
            pattern.filter(|text| file.accept(&at(path, &["pattern"]), check_pattern(text)).is_some());
        let lists = body.lists.as_deref();
        let lists = lists.and_then(|text| file.accept(&at(path, &["lists"]), parse_lists(text)));
        let within = body.within.as_deref();
        let within = within.and_then(|text| file.accept(&at(path, &["within"]), json_keys(text)));
        let values = values(file, path, &kind, &body);
        if body.values.is_none() || takes_values(&kind) {
            check_default(file, path, &kind, &body, &values);
        }
        if let Some((low, high)) = bounds {
            check_bounds(file, path, &kind, &body, low, high);
        }
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
            pattern: pattern.cloned(),
            lists,
            within: within.unwrap_or_default(),
            quoted: body.quoted,
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
            && !self.types.iter().any(|types| types.contains(named))
        {
            let known = self.types.iter().flat_map(|types| types.iter()).map(String::as_str).chain(BUILT_IN);
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
        misplaced("lists", body.lists.is_some(), parameter, "parameters");
        misplaced("within", body.within.is_some(), parameter, "parameters");
        misplaced("nullable", body.nullable, !parameter, "response fields");
        misplaced("seen", body.seen.is_some(), !parameter, "response fields");
        let one_value = !matches!(kind, Type::List(_) | Type::Map(_) | Type::Named(_));
        let answered = matches!(self.role, Role::Envelope | Role::Response) && one_value;
        misplaced("value", body.value.is_some(), answered, "single fields of answers");
        let time = *kind.leaf() == Type::Timestamp;
        misplaced("format", body.format.is_some(), time, "timestamps");
        misplaced("zone", body.zone.is_some(), time, "timestamps");
        let number = matches!(kind.leaf(), Type::Int64 | Type::Double | Type::String);
        misplaced("unit", body.unit.is_some(), number, "numbers");
        let one = match kind {
            Type::List(inner) => inner,
            other => other,
        };
        let plain = matches!(one, Type::Int64 | Type::Double | Type::Bool | Type::Timestamp);
        misplaced("quoted", body.quoted, plain, "numbers, booleans and moments");
        let asked = parameter || self.role == Role::Member;
        misplaced(
            "pattern",
            body.pattern.is_some(),
            asked && *one == Type::String,
            "parameters that are texts",
        );
        misplaced(
            "values",
            body.values.is_some(),
            takes_values(kind),
            "texts, whole numbers, and lists of them",
        );
        let measured = matches!(kind, Type::String | Type::Int64 | Type::Double | Type::List(_));
        misplaced("bounds", body.bounds.is_some(), measured, "numbers, texts and lists");
    }

    /// Words and names in the field's keys.
    fn check_words(&self, path: &[&str], body: &FieldBody) {
        let units = ["B", "KB", "MB", "GB", "TB", "ms", "s", "m", "h", "d"];
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

/// Whether fields of this type can have documented values.
fn takes_values(kind: &Type) -> bool {
    let one = match kind {
        Type::List(inner) => inner,
        other => other,
    };
    matches!(one, Type::String | Type::Int64) || *one == Type::UNKNOWN
}

/// What is documented lies within the documented bounds.
fn check_bounds(
    file: &File<'_>,
    path: &[&str],
    kind: &Type,
    body: &FieldBody,
    low: Option<i64>,
    high: Option<i64>,
) {
    let text = body.bounds.as_deref().unwrap_or_default();
    let within = |number: f64| {
        #[allow(clippy::cast_precision_loss, reason = "bounds are small numbers")]
        let (low, high) = (low.map(|low| low as f64), high.map(|high| high as f64));
        low.is_none_or(|low| number >= low) && high.is_none_or(|high| number <= high)
    };
    #[allow(clippy::cast_precision_loss, reason = "lengths are small numbers")]
    let size = |text: &str| match kind {
        Type::Int64 | Type::Double => text.parse().ok(),
        Type::String => Some(text.chars().count() as f64),
        _ => None,
    };
    let outside = |value: &str| size(value).is_some_and(|size: f64| !within(size));
    match &body.default {
        Some(OneOrMany::One(Scalar(value))) if outside(value) => {
            let message = format!("the default `{value}` is outside of the bounds `{text}`");
            file.wrong(&at(path, &["default"]), message);
        }
        _ => {}
    }
    for (index, (value, ..)) in body.values.iter().flat_map(Values::entries).enumerate() {
        if outside(&value) {
            let number = index.to_string();
            let key = if matches!(body.values, Some(Values::List(_))) { &number } else { &value };
            let message = format!("the value `{value}` is outside of the bounds `{text}`");
            file.wrong_key(&at(path, &["values", key]), message, None);
        }
    }
}

fn time(file: &File<'_>, path: &[&str], body: &FieldBody) -> TimeFormat {
    let many = matches!(body.format, Some(OneOrMany::Many(_)));
    let formats = body.format.as_ref().map_or(&[][..], OneOrMany::list);
    for (index, format) in formats.iter().enumerate() {
        let number = index.to_string();
        let path = if many { at(path, &["format", &number]) } else { at(path, &["format"]) };
        file.accept(&path, check_moment(format));
    }
    if many && formats.is_empty() {
        file.wrong(&at(path, &["format"]), "an empty list says no format");
    }
    let offset = body.zone.as_deref().and_then(|zone| file.accept(&at(path, &["zone"]), parse_zone(zone)));
    if body.zone.is_some() && !formats.is_empty() && formats.iter().all(|format| format.contains("%s")) {
        let message = "`zone` says nothing about `%s`, which counts in UTC";
        file.wrong_key(&at(path, &["zone"]), message, Some("leave it out".to_owned()));
    }
    TimeFormat { format: formats.join("\n"), offset: offset.unwrap_or(0) }
}

fn check_default(file: &File<'_>, path: &[&str], kind: &Type, body: &FieldBody, values: &[FieldValue]) {
    let Some(default) = &body.default else { return };
    let name = path.last().copied().unwrap_or_default();
    let path = at(path, &["default"]);
    let inner = match (kind, default) {
        (Type::List(inner), OneOrMany::Many(_)) => inner,
        (Type::List(_), OneOrMany::One(_)) => {
            let help = "write `[VALUE, …]`".to_owned();
            return file.wrong_help(&path, format!("the default of a `{}` is a list", body.kind), Some(help));
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
            file.wrong(
                &path,
                format!("the default `{value}` is no `{}`, which the field is", shown_kind(inner)),
            );
        } else if !values.is_empty() && !values.iter().any(|known| known.value == *value) {
            file.no_value(&path, name, value, values.iter().map(|known| known.value.as_str()));
        }
    }
}

/// A simple type as it is written.
fn shown_kind(kind: &Type) -> String {
    format!("{kind:?}").to_lowercase()
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
        if out.iter().any(|other| other.value == value) {
            file.wrong(&path, format!("`{value}` stands in `values` twice"));
            continue;
        }
        let rust = name.as_deref().unwrap_or(&value);
        let variant = match camel(rust) {
            variant if rust.starts_with(|c: char| c.is_ascii_digit()) => {
                format!("Value{}", variant.trim_start_matches('N'))
            }
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
