//! How the answers of a service look around what an operation answers.

use std::collections::BTreeMap;

use super::errors::check_status;
use super::fields::Block;
use super::objects::KnownObjects;
use super::places::{Problem, Reach, json_kind};
use super::request::{Known, template};
use super::scope::{File, at};
use crate::mend::Names;
use crate::model::{Envelope, ErrorShape, Field, JsonKind, Object, Piece, Place, Root, Step, Want};
use crate::notation::{parse_place, parse_want, split_template};
use crate::spec::{ErrorShapeSpec, OneOrMany, Ordered, ResponseSpec, Wanted};

/// The envelope's fields with their places.
pub fn envelope_fields(block: &Block<'_>, spec: &ResponseSpec) -> Vec<(Place, Field)> {
    let mut out = Vec::new();
    for field in block.resolve(&spec.fields) {
        let path = at(block.path, &[&field.name]);
        match parse_place(&field.name) {
            Ok(place) if keys(&place).is_some() => out.push((place, field)),
            _ => block.file.wrong_key(&path, "a field of the envelope is named by keys joined by dots", None),
        }
    }
    out
}

/// The keys that lead to the fields of an operation, with holes for the operation's name.
pub fn within(file: &File<'_>, path: &[&str], text: Option<&str>) -> Vec<String> {
    let Some(text) = text else { return Vec::new() };
    let holes = split_template(text).is_ok_and(|pieces| {
        pieces
            .iter()
            .all(|piece| matches!(piece, Piece::Text(_)) || *piece == Piece::Hole("operation".into()))
    });
    parse_place(text).ok().as_ref().and_then(keys).filter(|_| holes).unwrap_or_else(|| {
        let help = Some("the one hole that it can have is `{operation}`".to_owned()).filter(|_| !holes);
        file.wrong_help(path, "`within` names keys joined by dots", help);
        Vec::new()
    })
}

/// The keys of a place in the body that steps into no list.
fn keys(place: &Place) -> Option<Vec<String>> {
    let key = |step: &Step| match step {
        Step::Key(key) => Some(key.clone()),
        Step::Each | Step::EachKey => None,
    };
    place.steps.iter().map(key).collect::<Option<Vec<_>>>().filter(|_| place.root == Root::Body)
}

/// Reads what a condition wants.
pub fn wants(wanted: &Wanted) -> Vec<Want> {
    match wanted {
        Wanted::Null => vec![Want::Absent],
        Wanted::AnyOf(texts) => texts.iter().map(|text| parse_want(text)).collect(),
    }
}

/// Resolves the envelope.
pub fn envelope(
    file: &File<'_>,
    spec: &ResponseSpec,
    fields: &[(Place, Field)],
    objects: &[Object],
    settings: &[&str],
) -> Envelope {
    let reach = Reach {
        envelope: fields,
        within: &[],
        fields: &[],
        objects: KnownObjects { own: objects, shared: &[], numbers: &BTreeMap::new() },
        parameters: &[],
    };
    let places = Places { file, reach };
    let success = success(file, &["response", "success"], &spec.success, &places.reach);
    if spec.success.is_empty() {
        file.wrong(&["response", "success"], "`success` says what holds in a successful answer");
    }
    check_status(file, &["response", "error_status"], spec.error_status);
    let request_id = places.list(&["response", "request_id"], spec.request_id.as_ref());
    let known = Known { settings, parameters: &[] };
    let mut values = Vec::new();
    for (place, field) in fields {
        let Some(value) = spec.fields.get(&field.name).and_then(|field| field.body().value) else { continue };
        let path = ["response", "fields", &field.name, "value"];
        values.push((place.clone(), json_kind(field, &field.kind), template(file, &path, &value.0, &known)));
    }
    Envelope {
        success,
        errors: error_shapes(&places, &spec.error),
        request_id,
        error_status: spec.error_status.unwrap_or(400),
        values,
    }
}

/// What holds in a successful answer.
pub fn success(
    file: &File<'_>,
    path: &[&str],
    spec: &Ordered<Wanted>,
    reach: &Reach<'_>,
) -> Vec<(Place, Vec<Want>)> {
    let places = Places { file, reach: reach.clone() };
    let mut success = Vec::new();
    for (text, wanted) in spec.iter() {
        // What only a failure has can go without a declaration.
        let declared = !matches!(wanted, Wanted::Null);
        if let Some((place, _)) = places.key(&at(path, &[text]), text, declared) {
            success.push((place, wants(wanted)));
        }
    }
    success
}

fn error_shapes(places: &Places<'_>, shapes: &OneOrMany<ErrorShapeSpec>) -> Vec<ErrorShape> {
    let many = matches!(shapes, OneOrMany::Many(_));
    if shapes.list().is_empty() {
        places.file.wrong(&["response", "error"], "`error` says where an error keeps its code");
    }
    let mut out = Vec::new();
    for (index, shape) in shapes.list().iter().enumerate() {
        let number = index.to_string();
        let path = if many { vec!["response", "error", &number] } else { vec!["response", "error"] };
        // The first is the one that is written; others are only looked at.
        let declared = index == 0;
        let optional = |key: &str, text: &Option<String>| {
            text.as_ref().and_then(|text| places.value(&at(&path, &[key]), text, declared))
        };
        let code = places.value(&at(&path, &["code"]), &shape.code, declared);
        let (name, message) = (optional("name", &shape.name), optional("message", &shape.message));
        let Some((code, code_kind)) = code else { continue };
        let (name, message) = (name.map(|(place, _)| place), message.map(|(place, _)| place));
        out.push(ErrorShape { code, code_kind, name, message });
    }
    out
}

/// Places in any answer of the service.
struct Places<'a> {
    file: &'a File<'a>,
    reach: Reach<'a>,
}

impl Places<'_> {
    /// The place that a value is.
    fn value(&self, path: &[&str], text: &str, declared: bool) -> Option<(Place, JsonKind)> {
        self.place(text, declared).map_err(|(message, help)| self.file.wrong_help(path, message, help)).ok()
    }

    /// The place that a key is.
    fn key(&self, path: &[&str], text: &str, declared: bool) -> Option<(Place, JsonKind)> {
        self.place(text, declared).map_err(|(message, help)| self.file.wrong_key(path, message, help)).ok()
    }

    /// A place or several, of which the first is declared.
    fn list(&self, path: &[&str], places: Option<&OneOrMany<String>>) -> Vec<Place> {
        let many = matches!(places, Some(OneOrMany::Many(_)));
        let list = places.map_or(&[][..], OneOrMany::list);
        list.iter()
            .enumerate()
            .filter_map(|(index, text)| {
                let number = index.to_string();
                let path = if many { at(path, &[&number]) } else { path.to_vec() };
                self.value(&path, text, index == 0).map(|(place, _)| place)
            })
            .collect()
    }

    fn place(&self, text: &str, declared: bool) -> Result<(Place, JsonKind), Problem> {
        let place = parse_place(text).map_err(|message| (message, None))?;
        match &place.root {
            Root::Body => match self.reach.follow(&place) {
                Ok((place, field, kind)) => Ok((place, json_kind(&field, &kind))),
                Err(Some((message, help))) if declared && !self.file.lacks(Names::Fields) => {
                    Err((message, help.or(Some("declare it under `response.fields`".to_owned()))))
                }
                Err(_) => Ok((place, JsonKind::String)),
            },
            Root::Status | Root::Header(_) => Ok((place, JsonKind::String)),
            _ => Err((format!("`{text}` does not stand in an answer"), None)),
        }
    }
}
