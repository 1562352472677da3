//! The object types of an answer: from tables, from dotted names, and from examples.

use serde_json::Value;

use super::Member;
use super::guess::{scalar, written};
use crate::common::Common;
use crate::document::{Document, Field};

/// What an answer is made of.
pub(super) struct Resolved {
    /// The operation's own fields.
    pub(super) response: Vec<Member>,
    /// The object types that they lead to.
    pub(super) types: Vec<(String, Vec<Member>)>,
    /// What is around the fields.
    pub(super) within: Option<String>,
}

/// What a document says of its types.
pub(super) struct Types<'a> {
    document: &'a Document,
    /// What is around every answer.
    common: &'a Common,
    /// What an example has around the operation's own fields, although no table says so.
    within: Option<String>,
    /// Whether what is looked at belongs to a request: there it matters what has to be sent.
    sent: bool,
    /// Types that were asked for, in that order, with their members once they are known.
    found: Vec<(String, Vec<Member>)>,
}

impl<'a> Types<'a> {
    pub(super) fn of(document: &'a Document, common: &'a Common) -> Self {
        Self { document, common, within: None, sent: false, found: Vec::new() }
    }

    /// The answer's own fields, the object types that they and parameters lead to, and what is around them.
    pub(super) fn resolve(mut self, parameters: &[&Field]) -> Resolved {
        let document = self.document;
        self.sent = true;
        for kind in parameters.iter().filter_map(|field| field.kind.as_ref()) {
            if let Some(object) = document.objects.iter().find(|object| object.name == kind.name) {
                let fields: Vec<&Field> = object.fields.iter().collect();
                self.declare(&kind.name, &fields, None, "", 0);
            }
        }
        self.sent = false;
        let mut rows: Vec<&Field> = document
            .response
            .iter()
            .filter(|field| !self.common.has_field(field.name.split('.').next().unwrap_or_default()))
            .collect();
        let mut example = self.example();
        if rows.is_empty() {
            // All of it stands inside of one field that every answer has.
            let wrapper = document.response.iter().find_map(|field| {
                let kind = &field.kind.as_ref()?.name;
                let object = document.objects.iter().find(|object| object.name == *kind)?;
                Some((field, object))
            });
            if let Some((field, object)) = wrapper {
                rows = object.fields.iter().collect();
                example = example.and_then(|json| json.get(&field.name));
            }
        } else {
            let own = |json: &Value| rows.iter().any(|field| json.get(&field.name).is_some());
            // The answer may be wrapped without a table saying so.
            if let Some(members) = example.filter(|json| !own(json)).and_then(Value::as_object)
                && let Some((name, inner)) = members.iter().find(|(_, inner)| own(inner))
            {
                self.within = Some(name.clone());
                example = Some(inner);
            }
        }
        let members = self.members(&rows, example, "", 0);
        Resolved { response: members, types: self.found, within: self.within }
    }

    /// The first example of an answer.
    fn example(&self) -> Option<&'a Value> {
        self.document.examples.iter().find(|example| example.response).map(|example| &example.json)
    }

    /// The members that rows name, and those that only an example has.
    fn members(
        &mut self,
        rows: &[&Field],
        example: Option<&Value>,
        prefix: &str,
        depth: usize,
    ) -> Vec<Member> {
        let mut members: Vec<Member> = Vec::new();
        for field in rows {
            let Some(name) = field.name.strip_prefix(prefix).filter(|name| !name.contains('.')) else {
                continue;
            };
            if members.iter().any(|member| member.name == name) {
                continue;
            }
            let value = example.and_then(|json| json.get(name));
            let (kind, guess) = self.kind(field, name, rows, value, depth);
            let (nullable, deprecated) = (field.nullable, field.deprecated);
            let required = self.sent && field.required == Some(true);
            let name = name.to_owned();
            let values = field.values.clone();
            members.push(Member { name, kind, values, required, nullable, deprecated, seen: false, guess });
        }
        let shown = example.and_then(Value::as_object).into_iter().flatten();
        for (name, value) in shown {
            if members.iter().any(|member| member.name == *name)
                || prefix.is_empty() && depth == 0 && self.common.has_field(name)
            {
                continue;
            }
            let kind = self.shown(name, value, depth);
            members.push(Member {
                name: name.clone(),
                kind,
                values: Vec::new(),
                required: false,
                nullable: false,
                deprecated: false,
                seen: true,
                guess: None,
            });
        }
        members
    }

    /// The type of a row.
    fn kind(
        &mut self,
        field: &Field,
        name: &str,
        rows: &[&Field],
        value: Option<&Value>,
        depth: usize,
    ) -> (String, Option<&'static str>) {
        let Some(kind) = &field.kind else {
            let told = value.map_or("string", scalar);
            return (told.to_owned(), Some("GUESS: the document says no type"));
        };
        let lists = "[]".repeat(kind.lists);
        let inner = innermost(value);
        let document = self.document;
        if let Some(object) = document.objects.iter().find(|object| object.name == kind.name) {
            let fields: Vec<&Field> = object.fields.iter().collect();
            self.declare(&kind.name, &fields, inner, "", depth);
            return (format!("{}{lists}", kind.name), None);
        }
        let plain = matches!(kind.name.as_str(), "string" | "int64" | "double" | "bool" | "timestamp");
        if plain {
            return written(kind, &|_| false);
        }
        // Members under dotted names, or in an example.
        let prefix = format!("{}.", field.name);
        let dotted = rows.iter().any(|other| other.name.starts_with(&prefix));
        let object = inner.is_some_and(|inner| inner.as_object().is_some_and(|members| !members.is_empty()));
        if dotted || object {
            let own = !kind.name.is_empty() && kind.name != "object" && kind.name != "any";
            let type_name = if own { kind.name.clone() } else { type_name(name) };
            self.declare(&type_name, rows, inner, &prefix, depth);
            let guess = (!dotted).then_some("GUESS: its members are those of the example");
            return (format!("{type_name}{lists}"), guess);
        }
        if kind.name.is_empty()
            && let Some(inner) = inner
            && scalar(inner) != "any"
        {
            return (
                format!("{}{lists}", scalar(inner)),
                Some("GUESS: its elements are those of the example"),
            );
        }
        written(kind, &|_| false)
    }

    /// The type of something that only an example has.
    fn shown(&mut self, name: &str, value: &Value, depth: usize) -> String {
        match value {
            Value::Array(items) => match items.first() {
                Some(first) => format!("{}[]", self.shown(name, first, depth + 1)),
                None => "any[]".to_owned(),
            },
            Value::Object(members) if !members.is_empty() && depth < 16 => {
                let name = type_name(name);
                self.declare(&name, &[], Some(value), "", depth);
                name
            }
            other => scalar(other).to_owned(),
        }
    }

    fn declare(&mut self, name: &str, rows: &[&Field], example: Option<&Value>, prefix: &str, depth: usize) {
        if self.found.iter().any(|(other, _)| other == name) || depth > 16 {
            return;
        }
        let at = self.found.len();
        self.found.push((name.to_owned(), Vec::new()));
        let members = self.members(rows, example, prefix, depth + 1);
        if let Some(slot) = self.found.get_mut(at) {
            slot.1 = members;
        }
    }
}

/// The first element of the innermost list.
fn innermost(value: Option<&Value>) -> Option<&Value> {
    match value? {
        Value::Array(items) => innermost(items.first()),
        other => Some(other),
    }
}

/// The name of a type, from that of a field.
fn type_name(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).filter(char::is_ascii_alphanumeric).collect(),
        None => String::new(),
    }
}
