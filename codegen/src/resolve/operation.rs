//! An operation: its request, its answer, and how both map onto the uniform model.

use std::collections::BTreeSet;

use super::fields::{Block, Role, name_readers};
use super::places::Reach;
use super::projections::projections;
use super::request::{self, Known};
use super::rows::{parameter_rows, response_rows};
use super::scope::File;
use super::service::{check_text, documents};
use super::{answers, errors, examples, gives, objects, rules};
use crate::model::{Enum, Envelope, Field, Object, Operation, Place};
use crate::names::{nameable, snake};
use crate::parse::ParsedFile;
use crate::spec::{OperationSpec, PlaceWord, ServiceSpec};

/// What operations share.
pub struct Shared<'a> {
    /// The service's module.
    pub module: &'a str,
    /// The service's spec.
    pub spec: &'a ServiceSpec,
    /// The service's file.
    pub file: &'a File<'a>,
    /// The names of its settings.
    pub settings: &'a [String],
    /// How answers look around what operations answer.
    pub answers: &'a Envelope,
    /// The envelope's fields.
    pub envelope: &'a [(Place, Field)],
    /// The keys that lead to the operation's own fields.
    pub within: &'a [String],
    /// The names of its types.
    pub types: &'a BTreeSet<String>,
    /// The parameters of every operation.
    pub parameters: Vec<Field>,
}

/// Modules of a service that are not operations, and methods of its client.
const TAKEN: [&str; 14] = [
    "auth",
    "metadata",
    "types",
    "new",
    "builder",
    "from",
    "from_env",
    "cloud",
    "backup_links",
    "backups",
    "instances",
    "service",
    "clone",
    "into",
];

/// Resolves an operation.
pub fn operation(
    file: &File<'_>,
    parsed: &ParsedFile<OperationSpec>,
    shared: &Shared<'_>,
    service_objects: &mut [Object],
) -> Operation {
    let spec = &parsed.spec;
    check_name(file, &parsed.stem);
    check_text(file, "summary", &spec.summary);
    let Fields { parameters, response, objects } = fields(file, spec, shared, service_objects);
    let enums = enums(file, &parameters, &response, &objects);

    let place = place(spec, shared);
    let settings: Vec<&str> = shared.settings.iter().map(String::as_str).collect();
    let known = Known { settings: &settings, parameters: &parameters };
    let path = request::path(file, spec, shared, place, &known);
    let constants = request::constants(file, spec, shared, place, &known);
    request::check_wires(file, &parameters, &constants, place);
    let reach = Reach {
        envelope: shared.envelope,
        within: shared.within,
        fields: &response,
        objects: objects.iter().chain(service_objects.iter()).collect(),
        parameters: &parameters,
    };
    examples::check(file, spec, &parameters, shared.settings);
    answers::check(file, spec, shared, &reach);
    let operation = Operation {
        module: module(&parsed.stem, shared.module),
        name: parsed.stem.clone(),
        summary: spec.summary.trim().to_owned(),
        documents: documents(file, &spec.source),
        notes: spec.notes.clone(),
        deprecated: spec.deprecated.clone(),
        method: request::method(file, spec, shared),
        path,
        place,
        content_type: spec.request.content_type.clone().or(shared.spec.request.content_type.clone()),
        constants,
        first_index: request::lists(file, spec, shared),
        also: request::also(file, spec, shared),
        rules: rules::rules(file, spec, &parameters),
        within: shared.within.to_vec(),
        lenient: shared.spec.response.lenient,
        enums,
        errors: errors::errors(file, &spec.errors),
        rate_limit: spec.rate_limit.or(shared.spec.rate_limit),
        idempotent: spec.idempotent,
        paging: spec.paging.as_ref().and_then(|paging| rules::paging(file, paging, &reach)),
        links: projections(file, "links", spec.links.as_ref(), &reach),
        backups: projections(file, "backups", spec.backups.as_ref(), &reach),
        instances: projections(file, "instances", spec.instances.as_ref(), &reach),
        examples: spec.examples.clone(),
        parameter_rows: parameter_rows(&parameters, place, &reach),
        response_rows: response_rows(shared, &response, &reach),
        parameters,
        response,
        objects,
    };
    // Rows follow from everything else.
    if !file.problems.borrow().concern(file.path) && !file.problems.borrow().concern(shared.file.path) {
        gives::check(file, &operation);
    }
    operation
}

fn module(name: &str, service: &str) -> String {
    let module = snake(name);
    if TAKEN.contains(&module.as_str()) || module == service { format!("{module}_operation") } else { module }
}

/// A file is named after the operation as it is called on the wire.
fn check_name(file: &File<'_>, name: &str) {
    let fits = |c: char| c.is_ascii_graphic() && !['"', '\'', '`', '\\', '/'].contains(&c);
    if !name.chars().all(fits) || !nameable(name) {
        let help = "the file is named after the operation as it is called on the wire".to_owned();
        file.problem(0..0, format!("`{}` is no name of an operation", name.escape_debug()), Some(help));
    }
}

/// What an operation is asked and answers.
struct Fields {
    parameters: Vec<Field>,
    response: Vec<Field>,
    objects: Vec<Object>,
}

/// Resolves fields and types, and marks the types that they use.
fn fields(
    file: &File<'_>,
    spec: &OperationSpec,
    shared: &Shared<'_>,
    service_objects: &mut [Object],
) -> Fields {
    let mut types = shared.types.clone();
    types.extend(spec.types.keys().map(str::to_owned));
    let block = |path, role| Block { file, path, role, prefix: "", types: &types, settings: shared.settings };
    let mut objects = objects::objects(&block(&["types"], Role::Member), &spec.types);
    let parameters = parameters(
        shared,
        block(&["request", "parameters"], Role::Parameter).resolve(&spec.request.parameters),
        block(&["parameters"], Role::Parameter).resolve(&spec.parameters),
        file,
    );
    let mut response = block(&["response"], Role::Response).resolve(&spec.response);
    let members = objects.iter_mut().flat_map(|object| &mut object.fields);
    name_readers(response.iter_mut().chain(members));
    for (list, request) in [(&parameters, true), (&response, false)] {
        objects::mark_use(&mut objects, service_objects, list, request);
    }
    let members = objects.iter().flat_map(|object| &object.fields);
    if !objects::any_unknown(parameters.iter().chain(&response).chain(members)) {
        objects::check_objects(file, &objects, &[]);
    }
    Fields { parameters, response, objects }
}

/// The parameters of every operation, then the operation's own, which hide those of the same name.
fn parameters(shared: &Shared<'_>, more: Vec<Field>, own: Vec<Field>, file: &File<'_>) -> Vec<Field> {
    let mut out: Vec<Field> = shared.parameters.clone();
    let from_service = out.len();
    for field in more.into_iter().chain(own) {
        match out.iter_mut().find(|known| known.name == field.name) {
            Some(known) => *known = field,
            None => out.push(field),
        }
    }
    for field in &out[from_service..] {
        // Those of one block were compared before.
        if let Some(other) = out[..from_service].iter().find(|other| other.ident == field.ident) {
            let message =
                format!("`{}` and `{}` both become `{}` in Rust", other.name, field.name, field.ident);
            file.wrong_at(&field.declared, message, Some("take another name, and say `wire:`".to_owned()));
        }
    }
    out
}

fn enums(file: &File<'_>, parameters: &[Field], response: &[Field], objects: &[Object]) -> Vec<Enum> {
    let members = objects.iter().map(|object| (&object.fields[..], object.in_request, object.in_response));
    let groups: Vec<(&[Field], bool, bool)> =
        [(parameters, true, false), (response, false, true)].into_iter().chain(members).collect();
    objects::enums(file, &groups, objects)
}

fn place(spec: &OperationSpec, shared: &Shared<'_>) -> PlaceWord {
    spec.request.place.or(shared.spec.request.place).unwrap_or_else(|| {
        let help = "say `place: query`, `form` or `json`".to_owned();
        shared.file.wrong_key(&["request"], "`request` lacks `place`, where parameters go", Some(help));
        PlaceWord::Query
    })
}
