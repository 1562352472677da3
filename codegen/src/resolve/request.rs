//! How requests look: the operation's block laid over the service's.

use super::objects::KnownObjects;
use super::operation::Shared;
use super::scope::File;
use crate::diagnostics::suggest;
use crate::mend::Names;
use crate::model::{Constant, Field, Form, JsonKind, Lists, Piece, Template, Type};
use crate::notation::{parse_lists, split_template};
use crate::scalar::ScalarKind;
use crate::spec::{OperationSpec, Ordered, PlaceWord, RequestSpec, Scalar};
use crate::tree::Node;

/// What the holes of a template can name.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Settings.
    pub settings: &'a [&'a str],
    /// Parameters, where those are known.
    pub parameters: &'a [Field],
}

/// What every template knows besides.
pub const BUILT_IN_HOLES: [&str; 2] = ["operation", "version"];

/// Reads a template whose holes are all known.
pub fn template(file: &File<'_>, path: &[&str], text: &str, known: &Known<'_>) -> Template {
    let Some(pieces) = file.accept(path, split_template(text)) else { return Vec::new() };
    let names = || {
        let parameters = known.parameters.iter().map(|field| field.name.as_str());
        known.settings.iter().copied().chain(parameters).chain(BUILT_IN_HOLES)
    };
    let what = if known.parameters.is_empty() { "setting" } else { "setting or parameter" };
    for piece in &pieces {
        if let Piece::Hole(name) = piece
            && !names().any(|known| known == name)
        {
            file.unknown(path, what, name, names());
        }
    }
    pieces
}

/// Constants of the service and the operation, with where each goes. The operation's hide the service's.
pub fn constants(
    file: &File<'_>,
    spec: &OperationSpec,
    shared: &Shared<'_>,
    place: PlaceWord,
    known: &Known<'_>,
) -> Vec<Constant> {
    let mut out = block(shared.file, &shared.spec.request, place, known);
    for constant in block(file, &spec.request, place, known) {
        out.retain(|known| known.place != constant.place || known.name != constant.name);
        out.push(constant);
    }
    out
}

fn block(file: &File<'_>, spec: &RequestSpec, place: PlaceWord, known: &Known<'_>) -> Vec<Constant> {
    let blocks: [(&str, &Ordered<Scalar>, PlaceWord); 3] = [
        ("params", &spec.params, place),
        ("query", &spec.query, PlaceWord::Query),
        ("headers", &spec.headers, PlaceWord::Header),
    ];
    let mut out = Vec::new();
    for (key, block, place) in blocks {
        for (name, value) in block.iter() {
            let path = ["request", key, name];
            if place == PlaceWord::Header {
                check_header(file, &path, name, &value.0);
            }
            let kind = match file.tree.at(&path).and_then(Node::scalar_kind) {
                Some(ScalarKind::Integer) => JsonKind::Integer,
                Some(ScalarKind::Number) => JsonKind::Number,
                Some(ScalarKind::Bool) => JsonKind::Bool,
                _ => JsonKind::String,
            };
            let value = template(file, &path, &value.0, known);
            out.push(Constant { place, name: name.to_owned(), value, kind });
        }
    }
    out
}

/// A header has a name that can be sent, and a value on one line.
pub fn check_header(file: &File<'_>, path: &[&str], name: &str, value: &str) {
    if !is_header_name(name) {
        let help = "letters, digits and dashes make a header's name".to_owned();
        file.wrong_key(path, format!("`{name}` is no name of a header"), Some(help));
    }
    if value.contains(['\n', '\r']) {
        let help = Some("write it on one line".to_owned());
        file.wrong_help(path, "a header cannot hold a line break", help);
    }
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// The path, whose holes are the path parameters.
pub fn path(
    file: &File<'_>,
    spec: &OperationSpec,
    shared: &Shared<'_>,
    place: PlaceWord,
    known: &Known<'_>,
) -> Template {
    let (owner, text) = match (&spec.request.path, &shared.spec.request.path) {
        (Some(path), _) => (file, path.as_str()),
        (None, Some(path)) => (shared.file, path.as_str()),
        (None, None) => (file, "/"),
    };
    let at = ["request", "path"];
    if !text.starts_with('/') {
        owner.wrong_help(&at, "a path begins with `/`", Some(format!("write `/{text}`")));
    }
    let path = template(owner, &at, text, known);
    let whole = !file.lacks(Names::Path);
    for field in known.parameters.iter().filter(|_| whole) {
        check_place(file, &path, field, place);
    }
    path
}

/// Path parameters occur in the path and the reverse; and every parameter can be written where it goes.
fn check_place(file: &File<'_>, path: &Template, field: &Field, place: PlaceWord) {
    let place = field.place.unwrap_or(place);
    let name = &field.name;
    let held = path.iter().any(|piece| matches!(piece, Piece::Hole(hole) if hole == name));
    let plain = !matches!(field.kind, Type::List(_) | Type::Map(_) | Type::Named(_) | Type::Any)
        || field.kind == Type::UNKNOWN;
    let wrong = |message: String, help: Option<String>| file.wrong_at(&field.declared, message, help);
    match place {
        PlaceWord::Path if !held => {
            wrong(format!("the path has no hole `{{{name}}}` for this parameter"), None);
        }
        PlaceWord::Path if !field.required => {
            wrong(
                format!("`{name}` stands in the path, so it is required"),
                Some("say `required: true`".into()),
            );
        }
        PlaceWord::Path if !plain => {
            wrong(
                format!("`{name}` stands in the path, which takes one value and no `{}`", field.kind_text),
                None,
            );
        }
        PlaceWord::Header if !is_header_name(&field.wire) => {
            wrong(format!("`{}` is no name of a header", field.wire), None);
        }
        PlaceWord::Path => {}
        _ if held => {
            let help = Some("say `place: path`".to_owned());
            wrong(format!("`{name}` stands in the path but is sent elsewhere"), help);
        }
        _ => {}
    }
}

/// No two parameters travel under the same name, and none under the name of a constant.
pub fn check_wires(file: &File<'_>, parameters: &[Field], constants: &[Constant], place: PlaceWord) {
    let travels = |field: &Field| {
        let place = field.place.unwrap_or(place);
        let wire = if place == PlaceWord::Header { field.wire.to_lowercase() } else { field.wire.clone() };
        (place, [&field.within[..], &[wire]].concat())
    };
    // One that stands below another would stand inside its value.
    let same = |a: &(PlaceWord, Vec<String>), b: &(PlaceWord, Vec<String>)| {
        a.0 == b.0 && (a.1.starts_with(&b.1) || b.1.starts_with(&a.1))
    };
    for (index, field) in parameters.iter().enumerate() {
        let own = travels(field);
        if let Some(other) = parameters[..index].iter().find(|other| same(&travels(other), &own)) {
            let message = format!("`{}` and `{}` travel under the same name", other.name, field.name);
            file.wrong_at(&field.declared, message, None);
        }
        if constants.iter().any(|constant| same(&(constant.place, vec![constant.name.clone()]), &own)) {
            let message = format!("`{}` travels as a constant already", own.1[0]);
            file.wrong_at(&field.declared, message, None);
        }
    }
}

/// How lists travel where parameters do not say it themselves.
pub fn lists(file: &File<'_>, spec: &OperationSpec, shared: &Shared<'_>) -> Lists {
    let (owner, text) = match (&spec.request.lists, &shared.spec.request.lists) {
        (Some(text), _) => (file, text.as_str()),
        (None, Some(text)) => (shared.file, text.as_str()),
        (None, None) => (file, "Key.0.Sub"),
    };
    // What is broken is noted, and nothing is emitted then.
    owner.accept(&["request", "lists"], parse_lists(text)).unwrap_or(Lists::Json)
}

/// Every list can travel as it must.
pub fn check_lists(
    file: &File<'_>,
    parameters: &[Field],
    lists: &Lists,
    place: PlaceWord,
    objects: KnownObjects<'_>,
) {
    for field in parameters {
        let place = field.place.unwrap_or(place);
        if matches!(place, PlaceWord::Json | PlaceWord::Path) {
            if field.lists.is_some() {
                let message = format!("`{}` does not travel in a query, a form or a header", field.name);
                file.wrong_at(&field.declared, message, Some("leave `lists` out".to_owned()));
            }
            continue;
        }
        let flat = matches!(field.lists.as_ref().unwrap_or(lists), Lists::Repeated(_) | Lists::Joined(_));
        if flat && nests(&field.kind, objects, 0) {
            let message = format!(
                "`{}` holds lists of more than single values, for which `lists` shows no way",
                field.name
            );
            let help = "give it `lists` of its own, such as `Key.0.Sub`".to_owned();
            file.wrong_at(&field.declared, message, Some(help));
        }
    }
}

/// Whether a type has a list whose elements are no single values.
fn nests(kind: &Type, objects: KnownObjects<'_>, depth: usize) -> bool {
    match kind {
        Type::List(inner) => matches!(**inner, Type::List(_) | Type::Map(_) | Type::Named(_) | Type::Any),
        Type::Map(inner) => nests(inner, objects, depth),
        Type::Named(name) if depth < 8 => {
            let object = objects.find(name);
            object.is_some_and(|object| {
                object.fields.iter().any(|field| nests(&field.kind, objects, depth + 1))
            })
        }
        _ => false,
    }
}

/// Puts parameters below the keys of a JSON body under which they stand.
pub fn place_within(
    file: &File<'_>,
    spec: &OperationSpec,
    shared: &Shared<'_>,
    place: PlaceWord,
    parameters: &mut [Field],
) {
    let (owner, text) = match (&spec.request.within, &shared.spec.request.within) {
        (Some(text), _) => (file, Some(text)),
        (None, text) => (shared.file, text.as_ref()),
    };
    let usual =
        text.and_then(|text| owner.accept(&["request", "within"], json_keys(text))).unwrap_or_default();
    for field in parameters {
        let in_json = field.place.unwrap_or(place) == PlaceWord::Json;
        if in_json && field.within.is_empty() {
            field.within.clone_from(&usual);
        } else if !in_json && !field.within.is_empty() {
            let message = format!("`{}` does not travel in a JSON body", field.name);
            file.wrong_at(&field.declared, message, Some("leave `within` out".to_owned()));
        }
    }
}

/// Keys joined by dots.
pub fn json_keys(text: &str) -> Result<Vec<String>, String> {
    let keys: Vec<String> = text.split('.').map(|key| key.trim().to_owned()).collect();
    if keys.iter().any(|key| key.is_empty() || key.contains(['[', ']', '$'])) {
        return Err("`within` names keys joined by dots".to_owned());
    }
    Ok(keys)
}

/// The HTTP method.
pub fn method(file: &File<'_>, spec: &OperationSpec, shared: &Shared<'_>) -> String {
    let path = ["request", "method"];
    let (owner, method) = match (&spec.request.method, &shared.spec.request.method) {
        (Some(method), _) => (file, method),
        (None, Some(method)) => (shared.file, method),
        (None, None) => {
            let help = Some("say `method: GET` or `method: POST`".to_owned());
            shared.file.wrong_key(&["request"], "`request` lacks `method`", help);
            return String::new();
        }
    };
    check_method(owner, &path, method);
    method.clone()
}

/// Other forms of the same call.
pub fn also(file: &File<'_>, spec: &OperationSpec, shared: &Shared<'_>) -> Vec<Form> {
    let (owner, forms) = match spec.request.also.as_slice() {
        [] => (shared.file, &shared.spec.request.also),
        _ => (file, &spec.request.also),
    };
    for (index, form) in forms.iter().enumerate() {
        check_method(owner, &["request", "also", &index.to_string(), "method"], &form.method);
    }
    let resolved = forms.iter().map(|form| Form {
        method: form.method.clone(),
        place: form.place,
        content_type: form.content_type.clone(),
    });
    resolved.collect()
}

/// A method is a word in capitals.
pub fn check_method(file: &File<'_>, path: &[&str], method: &str) {
    const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];
    if !METHODS.contains(&method) {
        let message = format!("there is no HTTP method `{method}`");
        file.wrong_help(path, message, suggest(method, METHODS));
    }
}
