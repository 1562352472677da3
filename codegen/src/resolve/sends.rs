//! What examples say is sent: held against what plainly follows from the operation. Signatures, times and lists are left to
//! tests, which run the calls.

use serde_json::Value;

use super::operation::Shared;
use super::scope::{File, at};
use crate::model::{Constant, Field, Operation, Piece, Template, Type};
use crate::spec::{ExampleSpec, Ordered, PlaceWord, Scalar, SendsSpec};

/// Checks what all examples send.
pub fn check(file: &File<'_>, shared: &Shared<'_>, operation: &Operation) {
    for (index, example) in operation.examples.iter().enumerate() {
        if let Some(sends) = &example.sends {
            let number = index.to_string();
            // The method says in which of the forms that the service takes the call is sent.
            let form = operation.also.iter().find(|form| sends.method.as_ref() == Some(&form.method));
            let place = form.map_or(operation.place, |form| form.place);
            let path: &[&str] = &["examples", &number, "sends"];
            let sent = Sent { file, shared, operation, example, place, path };
            if let Some(method) = sends.method.as_ref().filter(|_| form.is_none())
                && *method != operation.method
            {
                sent.differs(&["method"], &format!("`{method}`"), &operation.method);
            }
            sent.check(sends);
        }
    }
}

/// An example that says what it sends.
struct Sent<'a> {
    file: &'a File<'a>,
    shared: &'a Shared<'a>,
    operation: &'a Operation,
    example: &'a ExampleSpec,
    /// Where what names no place of its own stands.
    place: PlaceWord,
    path: &'a [&'a str],
}

impl Sent<'_> {
    fn check(&self, sends: &SendsSpec) {
        // An endpoint can have a path of its own in front.
        if let (Some(path), Some(wanted)) = (&sends.path, self.fill(&self.operation.path))
            && !path.ends_with(&wanted)
        {
            self.differs(&["path"], &format!("`{path}`"), &wanted);
        }
        self.pairs("query", &sends.query, PlaceWord::Query);
        self.pairs("form", &sends.form, PlaceWord::Form);
        self.pairs("headers", &sends.headers, PlaceWord::Header);
        if let Some(Value::Object(members)) = &sends.json {
            self.json(members);
        }
    }

    fn differs(&self, within: &[&str], said: &str, sent: &str) {
        let message = format!("the example says {said}, and the call sends `{sent}`");
        self.file.wrong(&at(self.path, within), message);
    }

    /// Pairs of names and texts.
    fn pairs(&self, part: &str, said: &Ordered<Scalar>, place: PlaceWord) {
        for (name, Scalar(text)) in said.iter() {
            if let Some(wanted) = self.constant(place, name).or_else(|| self.parameter(place, name))
                && wanted != *text
            {
                self.differs(&[part, name], &format!("`{text}`"), &wanted);
            }
        }
    }

    /// The members of a JSON body, which has no others.
    fn json(&self, said: &serde_json::Map<String, Value>) {
        let of = |field: &&Field| self.place(field) == PlaceWord::Json;
        let parameters = || self.operation.parameters.iter().filter(of);
        let first = |field: &Field| field.within.first().unwrap_or(&field.wire).clone();
        let constants =
            self.operation.constants.iter().filter(|one| self.moved(one.place) == PlaceWord::Json);
        let constant = |one: &Constant| one.name.split('.').next().unwrap_or_default().to_owned();
        let known: Vec<String> = parameters().map(first).chain(constants.map(constant)).collect();
        for name in said.keys().filter(|name| !known.contains(name)) {
            let path = at(self.path, &["json", name]);
            self.file.unknown_key(&path, "member of the body", known.iter().map(String::as_str));
        }
        for field in parameters().filter(|field| field.within.is_empty()) {
            let Some(given) = self.example.request.as_ref().and_then(|request| request.get(&field.name))
            else {
                continue;
            };
            match said.get(&field.wire) {
                None => {
                    let message =
                        format!("the call sends `{}` too, which the example does not say", field.wire);
                    self.file.wrong_key(&at(self.path, &["json"]), message, None);
                }
                Some(text) if self.plain(field, given).is_some() && !field.quoted && text != given => {
                    self.differs(&["json", &field.wire], &format!("`{text}`"), &given.to_string());
                }
                Some(_) => {}
            }
        }
    }

    fn place(&self, field: &Field) -> PlaceWord {
        field.place.unwrap_or(self.place)
    }

    /// Where a constant stands in the form in which this call is sent.
    fn moved(&self, place: PlaceWord) -> PlaceWord {
        if place == self.operation.place { self.place } else { place }
    }

    /// The text of a constant, if there is one of this name.
    fn constant(&self, place: PlaceWord, name: &str) -> Option<String> {
        let named = |one: &&Constant| {
            self.moved(one.place) == place
                && if place == PlaceWord::Header {
                    one.name.eq_ignore_ascii_case(name)
                } else {
                    one.name == name
                }
        };
        self.fill(&self.operation.constants.iter().find(named)?.value)
    }

    /// The text of a parameter that travels under this name.
    fn parameter(&self, place: PlaceWord, wire: &str) -> Option<String> {
        let named = |field: &&Field| self.place(field) == place && field.wire == wire;
        let field = self.operation.parameters.iter().find(named)?;
        self.value(field)
    }

    /// The text of a parameter, where the example or a setting says it.
    fn value(&self, field: &Field) -> Option<String> {
        match self.example.request.as_ref().and_then(|request| request.get(&field.name)) {
            Some(value) => self.plain(field, value),
            None => self.setting(field.from.as_ref()?),
        }
    }

    /// The text of a value that travels as it is written.
    fn plain(&self, field: &Field, value: &Value) -> Option<String> {
        match (&field.kind, value) {
            (Type::String, Value::String(text)) => Some(text.clone()),
            (Type::Int64, Value::Number(number)) => Some(number.to_string()),
            (Type::Bool, Value::Bool(flag)) => Some(flag.to_string()),
            _ => None,
        }
    }

    fn setting(&self, name: &str) -> Option<String> {
        let default = || self.shared.spec.settings.get(name)?.default.as_ref();
        self.example.settings.get(name).or_else(default).map(|Scalar(text)| text.clone())
    }

    /// A template with what the example says in its holes; nothing where it does not say all of it.
    fn fill(&self, template: &Template) -> Option<String> {
        let pieces = template.iter().map(|piece| match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::Hole(hole) => match hole.as_str() {
                "operation" => Some(self.operation.name.clone()),
                "version" => self.operation.version.clone().or_else(|| self.shared.spec.version.clone()),
                name => match self.operation.parameters.iter().find(|field| field.name == name) {
                    // What has to be encoded is left to tests.
                    Some(field) => self.value(field).filter(|text| {
                        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
                    }),
                    None => self.setting(name),
                },
            },
        });
        pieces.collect()
    }
}
