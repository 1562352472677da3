//! Parameters, fields of answers and members of object types.

use std::collections::BTreeSet;

use rdbfetch_codegen::spec::{DiffersWord, FieldBody, Fields};
use serde_json::Value;

use super::{Comparing, Difference, Recorded, Sides, last, values, word};
use crate::document::{Document, Field, Kind};

impl Comparing<'_> {
    pub(super) fn parameters(&mut self) {
        let own = &self.spec.spec.parameters;
        let document = self.document;
        let lost = document.lost.iter().find(|lost| lost.part == "parameters");
        if let Some(lost) = lost {
            let sides = Sides { document_line: Some(lost.line), ..Sides::default() };
            let message = "the table has a column for what is required, and nothing in it".to_owned();
            self.note("parameters".to_owned(), DiffersWord::Untold, sides, message);
        }
        for told in &document.parameters {
            let body = own.iter().find(|(name, field)| {
                let body = field.body();
                body.wire.as_deref().unwrap_or(name) == told.name || *name == told.name
            });
            let about = format!("parameters.{}", told.name);
            match body {
                Some((name, field)) => self.field(&about, "parameters", name, &field.body(), told, false),
                None if self.common.has_parameter(&told.name) => {}
                // A dotted name is a member of an object type.
                None if told.name.contains('.') && self.has_member(last(told)) => {}
                None => self.missing(about, told, "parameter"),
            }
        }
        for (name, field) in own.iter() {
            let body = field.body();
            let wire = body.wire.clone().unwrap_or_else(|| name.to_owned());
            let told = |told: &Field| told.name == wire || told.name.split('.').next() == Some(wire.as_str());
            if !document.parameters.is_empty() && !document.parameters.iter().any(told) {
                self.extra(format!("parameters.{name}"), ("parameters", name), &body, "parameter");
            }
        }
        for example in document.examples.iter().filter(|example| !example.response) {
            let named: Vec<&String> =
                example.json.as_object().into_iter().flatten().map(|(name, _)| name).collect();
            for name in named {
                let bare = name.split('.').next().unwrap_or_default();
                let in_table = document.parameters.iter().any(|told| told.name == bare);
                if !in_table && own.get(bare).is_none() && !self.common.has_parameter(bare) {
                    let sides = Sides {
                        document: Some(name.clone()),
                        document_line: Some(example.line),
                        ..Sides::default()
                    };
                    let message = format!("the document sends {bare} in an example, and no table has it");
                    self.note(format!("parameters.{bare}"), DiffersWord::ExampleOnly, sides, message);
                }
            }
        }
    }

    pub(super) fn answer(&mut self) {
        let document = self.document;
        let spec = self.spec.spec;
        for told in &document.response {
            let about = format!("response.{}", told.name);
            if let Some(field) = spec.response.get(&told.name) {
                self.field(&about, "response", &told.name, &field.body(), told, true);
            } else if let Some((kind, body)) = self.member_of(&told.name) {
                let (about, part) = match kind.as_str() {
                    "" => (format!("response.{}", last(told)), "response"),
                    kind => (format!("types.{kind}.{}", last(told)), "types"),
                };
                self.field(&about, part, last(told), &body, told, true);
            } else if !self.common.has_field(last(told)) && !self.is_wrapper(&told.name) {
                self.missing(about, told, "field");
            }
        }
        for object in &document.objects {
            let members = spec.types.get(&object.name).or_else(|| self.spec.shared.types.get(&object.name));
            let own = members.cloned();
            for told in &object.fields {
                let (about, body) = match own.as_ref().and_then(|fields| fields.get(&told.name)) {
                    Some(field) => (format!("types.{}.{}", object.name, told.name), Some(field.body())),
                    // The object can be the operation's part of the answer itself, or have another name in the spec.
                    None => match spec.response.get(&told.name) {
                        Some(field) if own.is_none() => {
                            (format!("response.{}", told.name), Some(field.body()))
                        }
                        _ => {
                            let named = if own.is_none() { self.any_member(&told.name) } else { None };
                            match named {
                                Some((kind, body)) => (format!("types.{kind}.{}", told.name), Some(body)),
                                None => (format!("types.{}.{}", object.name, told.name), None),
                            }
                        }
                    },
                };
                let part = if about.starts_with("response.") { "response" } else { "types" };
                match body {
                    Some(body) => self.field(&about, part, &told.name, &body, told, true),
                    None if self.common.has_field(&told.name) => {}
                    None => self.missing(about, told, "field"),
                }
            }
        }
        if document.response.is_empty() {
            return;
        }
        let (told, shown) = (told(document), shown(document));
        for (name, field) in spec.response.iter() {
            self.only_own(format!("response.{name}"), "response", name, &field.body(), &told, &shown);
        }
        for (kind, fields) in spec.types.iter() {
            self.members(kind, fields, &told, &shown);
        }
        for (name, line) in &shown {
            let known = told.contains(name.as_str())
                || self.common.has_field(name)
                || self.is_wrapper(name)
                || spec.response.get(name).is_some()
                || self.any_member(name).is_some();
            if !known {
                let sides =
                    Sides { document: Some(name.clone()), document_line: Some(*line), ..Sides::default() };
                let message = format!(
                    "the document shows {name} in an example, and neither its tables nor the spec have it"
                );
                self.note(format!("response.{name}"), DiffersWord::ExampleOnly, sides, message);
            }
        }
    }

    /// Members of an object type that no table of the document has.
    fn members(&mut self, kind: &str, fields: &Fields, told: &BTreeSet<&str>, shown: &[(String, usize)]) {
        let some =
            fields.keys().any(|name| told.contains(name) || shown.iter().any(|(other, _)| other == name));
        if !some && self.document.objects.iter().all(|object| object.name != kind) {
            let sides = Sides {
                spec: Some(fields.keys().collect::<Vec<_>>().join(", ")),
                spec_line: self.spec.line("types", kind),
                ..Sides::default()
            };
            let message = format!("the document does not say what {kind} holds");
            return self.note(format!("types.{kind}"), DiffersWord::Untold, sides, message);
        }
        for (name, field) in fields.iter() {
            self.only_own(format!("types.{kind}.{name}"), "types", name, &field.body(), told, shown);
        }
    }

    /// A field that no table of the document has: in excess, or seen in an example.
    fn only_own(
        &mut self,
        about: String,
        part: &str,
        name: &str,
        body: &FieldBody,
        told: &BTreeSet<&str>,
        shown: &[(String, usize)],
    ) {
        if told.contains(name) {
            return;
        }
        let Some((_, line)) = shown.iter().find(|(other, _)| other == name) else {
            return self.extra(about, (part, name), body, "field");
        };
        let difference = Difference {
            about,
            differs: word(DiffersWord::ExampleOnly),
            spec: Some(body.kind.clone()),
            document: Some(name.to_owned()),
            spec_line: self.spec.line(part, name),
            document_line: Some(*line),
            message: format!("the document shows {name} in an example only"),
        };
        if body.seen.as_deref() == Some("example") {
            let why = "the spec says `seen: example`".to_owned();
            self.known.push(Recorded { difference, why });
        } else {
            self.found.push(difference);
        }
    }

    fn missing(&mut self, about: String, told: &Field, what: &str) {
        let sides = Sides {
            document: Some(told.kind.as_ref().map_or_else(|| told.name.clone(), Kind::to_string)),
            document_line: Some(told.line),
            ..Sides::default()
        };
        self.note(about, DiffersWord::Missing, sides, format!("the spec lacks the {what} {}", told.name));
    }

    fn extra(&mut self, about: String, (part, name): (&str, &str), body: &FieldBody, what: &str) {
        let difference = Difference {
            about,
            differs: word(DiffersWord::Extra),
            spec: Some(body.kind.clone()),
            document: None,
            spec_line: self.spec.line(part, name),
            document_line: None,
            message: format!("the document lacks the {what} {name}"),
        };
        match body.seen.as_deref() {
            Some(seen) if seen != "example" => {
                let why = format!("the spec says `seen: {seen}`");
                self.known.push(Recorded { difference, why });
            }
            _ if body.assumed => {
                let why = "the spec marks it as assumed".to_owned();
                self.known.push(Recorded { difference, why });
            }
            _ => self.found.push(difference),
        }
    }

    /// What both sides say of one field.
    fn field(&mut self, about: &str, part: &str, name: &str, own: &FieldBody, told: &Field, answer: bool) {
        let sides = |spec: String, document: String| Sides {
            spec: Some(spec),
            document: Some(document),
            spec_line: self.spec.line(part, name),
            document_line: Some(told.line),
        };
        let mut noted = Vec::new();
        if let Some(kind) = &told.kind
            && !alike(&own.kind, kind)
        {
            let message = format!("the document's type is {kind}");
            noted.push((DiffersWord::Type, sides(own.kind.clone(), kind.to_string()), message));
        }
        if let Some(odd) = &told.odd_kind {
            let message = format!("where the document has types stands `{odd}`");
            noted.push((DiffersWord::Type, sides(own.kind.clone(), odd.clone()), message));
        }
        if let Some(required) = told.required.filter(|required| !answer && *required != own.required) {
            let say = |required| if required { "required" } else { "optional" };
            let message = format!("the document says that it is {}", say(required));
            noted.push((
                DiffersWord::Required,
                sides(say(own.required).to_owned(), say(required).to_owned()),
                message,
            ));
        }
        let default = own.default_text();
        let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        match (&default, &told.default) {
            (Some(own), Some(told)) if same(own, told) => {}
            (None, None) => {}
            // Answers have no defaults.
            _ if answer => {}
            (own, told) => {
                let message = match told {
                    Some(told) => format!("the document's default is {told}"),
                    None => "the document names no default".to_owned(),
                };
                let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
                noted.push((DiffersWord::Default, sides(side(own), side(told)), message));
            }
        }
        let listed = values(own);
        let (mut one, mut other) = (listed.clone(), told.values.clone());
        one.sort();
        other.sort();
        if !told.values.is_empty() && one != other {
            let message = format!("the document lists {}", told.values.join(", "));
            noted.push((DiffersWord::Values, sides(listed.join(", "), told.values.join(", ")), message));
        }
        if own.deprecated.is_some() != told.deprecated {
            let say = |deprecated| if deprecated { "deprecated" } else { "in use" };
            let message = format!("the document says that it is {}", say(told.deprecated));
            let (own, told) = (say(own.deprecated.is_some()), say(told.deprecated));
            noted.push((DiffersWord::Deprecated, sides(own.to_owned(), told.to_owned()), message));
        }
        if answer && own.nullable != told.nullable {
            let say = |nullable| if nullable { "can be null" } else { "is never null" };
            let message = format!("the document says that it {}", say(told.nullable));
            let (own, told) = (say(own.nullable), say(told.nullable));
            noted.push((DiffersWord::Nullable, sides(own.to_owned(), told.to_owned()), message));
        }
        for (differs, sides, message) in noted {
            self.note(about.to_owned(), differs, sides, message);
        }
    }

    /// The member of an object type that a dotted name leads to, and that type.
    fn member_of(&self, name: &str) -> Option<(String, FieldBody)> {
        let (spec, shared) = (self.spec.spec, self.spec.shared);
        let (before, member) = name.rsplit_once('.')?;
        let mut fields = &spec.response;
        let mut kind = String::new();
        for part in before.split('.') {
            let body = match fields.get(part) {
                Some(field) => field.body(),
                None if self.is_wrapper(part) => continue,
                // Some pages leave out what is further out.
                None => self.any_member(part)?.1,
            };
            body.kind.trim_end_matches("[]").clone_into(&mut kind);
            fields = spec.types.get(&kind).or_else(|| shared.types.get(&kind))?;
        }
        Some((kind, fields.get(member)?.body()))
    }

    /// The member of this name of any object type.
    fn any_member(&self, name: &str) -> Option<(String, FieldBody)> {
        let all = self.spec.spec.types.iter().chain(self.spec.shared.types.iter());
        let mut found = all.filter_map(|(kind, fields)| Some((kind.to_owned(), fields.get(name)?.body())));
        found.next()
    }

    fn has_member(&self, name: &str) -> bool {
        self.any_member(name).is_some()
    }

    /// Whether a field is one of those that the operation's part of an answer stands in.
    fn is_wrapper(&self, name: &str) -> bool {
        let within = self.spec.spec.within.as_deref().or(self.spec.shared.response.within.as_deref());
        within.is_some_and(|within| within.split('.').any(|part| part == name))
    }
}

/// The names that tables of answers and object types have.
fn told(document: &Document) -> BTreeSet<&str> {
    let fields = document.response.iter();
    let members = document.objects.iter().flat_map(|object| &object.fields);
    fields.chain(members).flat_map(|field| field.name.split('.')).collect()
}

/// The names that examples of answers have, each with the line of the first example.
fn shown(document: &Document) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for example in document.examples.iter().filter(|example| example.response) {
        names(&example.json, example.line, &mut found);
    }
    found
}

/// Whether a type of a spec and one of a document say the same. Moments are texts or numbers on the wire, and what a
/// document calls an object can have a name.
fn alike(own: &str, told: &Kind) -> bool {
    let lists = own.matches("[]").count();
    let base = own.replace("[]", "");
    if base == "any" || told.name == "any" {
        return true;
    }
    let object = base.starts_with(|letter: char| letter.is_ascii_uppercase()) || base.starts_with("map<");
    let same = match told.name.as_str() {
        "" => true,
        "object" => object,
        name if object => base == name || name.starts_with(|letter: char| letter.is_ascii_uppercase()),
        name => base == name || base == "timestamp" && matches!(name, "string" | "int64" | "timestamp"),
    };
    same && (lists == told.lists || told.name.is_empty() && lists >= told.lists)
}

/// The keys of all objects inside of a value.
fn names(value: &Value, line: usize, found: &mut Vec<(String, usize)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if !found.iter().any(|(other, _)| other == name) {
                    found.push((name.clone(), line));
                }
                names(member, line, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|one| names(one, line, found)),
        _ => {}
    }
}
