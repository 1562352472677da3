//! An operation: its request, its answer, and how both map onto the uniform model.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::fields::{Block, Role};
use super::objects::KnownObjects;
use super::places::{Reach, json_kind};
use super::projections::projections;
use super::request::{self, Known};
use super::rows::{parameter_rows, response_rows};
use super::scope::File;
use super::service::{check_text, documents, endpoints};
use super::{answers, envelope, errors, examples, gives, objects, rules, sends};
use crate::model::{
    Auth, Enum, Envelope, Field, JsonKind, Object, Operation, Place, Root, Step, Template, Type,
};
use crate::names::{nameable, snake};
use crate::parse::ParsedFile;
use crate::spec::{OperationSpec, PlaceWord, ServiceSpec};
use crate::tree::Node;

/// Departures are from documents that are named.
fn departures(file: &File<'_>, spec: &OperationSpec) {
    for (index, departure) in spec.departures.iter().enumerate() {
        let number = index.to_string();
        let sources = spec.source.iter().map(|source| source.document.as_str());
        if sources.clone().all(|document| document != departure.document) {
            let what = "document in `source`";
            file.unknown(&["departures", &number, "document"], what, &departure.document, sources);
        }
    }
}

/// What operations share.
#[derive(Clone)]
pub struct Shared<'a> {
    /// The service's module.
    pub module: &'a str,
    /// The service's spec.
    pub spec: &'a ServiceSpec,
    /// The service's file.
    pub file: &'a File<'a>,
    /// The names of its settings.
    pub settings: &'a [String],
    /// Its signature.
    pub auth: &'a Auth,
    /// How answers look around what operations answer.
    pub answers: &'a Envelope,
    /// The envelope's fields.
    pub envelope: &'a [(Place, Field)],
    /// The keys that lead to the operation's own fields.
    pub within: &'a [String],
    /// The names of its types.
    pub types: &'a BTreeSet<String>,
    /// Where each of them stands.
    pub numbers: &'a BTreeMap<String, usize>,
    /// Whether any of its types has numbers in quotes.
    pub quoted: bool,
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

/// An operation that says nothing of its own: how the service's usually are. Problems are left to those that it has.
pub fn usual(shared: &Shared<'_>) -> Operation {
    let nowhere = RefCell::default();
    let nothing = ParsedFile {
        path: String::new(),
        text: String::new(),
        stem: String::new(),
        tree: Node::EMPTY,
        spec: OperationSpec::default(),
    };
    let service = File { problems: &nowhere, ..*shared.file };
    let numbers = BTreeMap::new();
    operation(
        &File::new(&nothing, &nowhere),
        &nothing,
        &Shared { file: &service, numbers: &numbers, ..shared.clone() },
        &mut [],
    )
}

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
    let Fields { mut parameters, response, objects } = fields(file, spec, shared, service_objects);
    let enums = enums(file, &parameters, &response, &objects);

    let place = place(spec, shared);
    request::place_within(file, spec, shared, place, &mut parameters);
    let within = within(file, &parsed.stem, spec, shared);
    let root = root(file, spec, &response);
    let settings: Vec<&str> = shared.settings.iter().map(String::as_str).collect();
    let known = Known { settings: &settings, parameters: &parameters };
    let path = request::path(file, spec, shared, place, &known);
    let constants = request::constants(file, spec, shared, place, &known);
    request::check_wires(file, &parameters, &constants, place);
    let lists = request::lists(file, spec, shared);
    let reach = Reach {
        envelope: shared.envelope,
        within: &within,
        fields: &response,
        objects: KnownObjects { own: &objects, shared: service_objects, numbers: shared.numbers },
        parameters: &parameters,
    };
    request::check_lists(file, &parameters, &lists, place, reach.objects);
    let text = root.as_ref().is_some_and(|root| root.kind == Type::String);
    examples::check(file, spec, &parameters, shared.settings, text);
    let success = envelope::success(file, &["success"], &spec.success, &reach);
    let shape = answers::Shape {
        success: match spec.success.is_empty() {
            true => Some(&shared.answers.success[..]),
            false => Some(&success[..]).filter(|success| success.len() == spec.success.keys().count()),
        },
        root,
    };
    // A root that is not right says nothing about answers.
    let rooted = |root: &Field| response.len() == 1 && !matches!(root.kind, Type::Named(_));
    if spec.root.is_none() || root.is_some_and(rooted) {
        answers::check(file, spec, shared, &reach, &shape);
    }
    departures(file, spec);
    let operation = Operation {
        module: module(&parsed.stem, shared.module),
        name: parsed.stem.clone(),
        summary: spec.summary.trim().to_owned(),
        documents: documents(file, &spec.source),
        notes: spec.notes.clone(),
        deprecated: spec.deprecated.clone(),
        version: spec.version.clone().or(shared.spec.version.clone()),
        endpoints: spec.endpoint.as_ref().map_or_else(Vec::new, |list| endpoints(file, shared.spec, list)),
        method: request::method(file, spec, shared),
        path,
        place,
        content_type: spec.request.content_type.clone().or(shared.spec.request.content_type.clone()),
        constants,
        lists,
        also: request::also(file, spec, shared),
        rules: rules::rules(file, spec, &parameters),
        root: root.map(|root| (root.name.clone(), text)),
        success,
        values: values(file, spec, &response, &reach, &settings),
        // Texts in place of numbers are what quotes make of them.
        lenient: shared.spec.response.lenient
            || shared.quoted
            || objects.iter().flat_map(|object| &object.fields).chain(&response).any(|field| field.quoted),
        enums,
        errors: errors::errors(file, &spec.errors, shared.auth),
        rate_limit: spec.rate_limit.or(shared.spec.rate_limit),
        idempotent: spec.idempotent,
        paging: spec.paging.as_ref().and_then(|paging| rules::paging(file, paging, &reach)),
        links: projections(file, "links", spec.links.as_ref(), &reach),
        backups: projections(file, "backups", spec.backups.as_ref(), &reach),
        instances: projections(file, "instances", spec.instances.as_ref(), &reach),
        creates: projections(file, "creates", spec.creates.as_ref(), &reach),
        tasks: projections(file, "tasks", spec.tasks.as_ref(), &reach),
        shards: projections(file, "shards", spec.shards.as_ref(), &reach),
        regions: projections(file, "regions", spec.regions.as_ref(), &reach),
        projects: projections(file, "projects", spec.projects.as_ref(), &reach),
        examples: spec.examples.clone(),
        parameter_rows: parameter_rows(&parameters, place, &reach),
        response_rows: response_rows(shared, &response, &reach),
        within,
        parameters,
        response,
        objects,
    };
    // Rows follow from everything else.
    if !file.problems.borrow().concern(file.path) && !file.problems.borrow().concern(shared.file.path) {
        gives::check(file, &operation);
        sends::check(file, shared, &operation);
    }
    operation
}

/// What the emulator writes into the operation's own fields.
fn values(
    file: &File<'_>,
    spec: &OperationSpec,
    response: &[Field],
    reach: &Reach<'_>,
    settings: &[&str],
) -> Vec<(Place, JsonKind, Template)> {
    let known = Known { settings, parameters: &[] };
    let value = |field: &Field| {
        let value = spec.response.get(&field.name)?.body().value?;
        let mut steps: Vec<Step> = reach.within.iter().cloned().map(Step::Key).collect();
        steps.push(Step::Key(field.name.clone()));
        let text = request::template(file, &["response", &field.name, "value"], &value.0, &known);
        Some((Place { root: Root::Body, steps }, json_kind(field, &field.kind), text))
    };
    response.iter().filter_map(value).collect()
}

/// The keys that lead to the operation's own fields.
fn within(file: &File<'_>, name: &str, spec: &OperationSpec, shared: &Shared<'_>) -> Vec<String> {
    let own = spec.within.as_deref().map(|text| envelope::within(file, &["within"], Some(text)));
    let keys = match (&spec.root, own) {
        (Some(_), Some(_)) => {
            let message = "`root` says that the fields stand nowhere but at the body's root";
            file.wrong_key(&["within"], message, None);
            Vec::new()
        }
        (Some(_), None) => Vec::new(),
        (None, own) => own.unwrap_or_else(|| shared.within.to_vec()),
    };
    keys.iter().map(|key| key.replace("{operation}", name)).collect()
}

/// The field that the whole body is.
fn root<'f>(file: &File<'_>, spec: &OperationSpec, response: &'f [Field]) -> Option<&'f Field> {
    let name = spec.root.as_ref()?;
    let Some(field) = response.iter().find(|field| field.name == *name) else {
        file.unknown(&["root"], "response field", name, response.iter().map(|field| field.name.as_str()));
        return None;
    };
    if let Some(other) = response.iter().find(|other| other.name != *name) {
        let message = format!("`{name}` is the whole body, so there can be no field beside it");
        file.wrong_at(&other.declared, message, None);
    }
    if matches!(field.kind, Type::Named(_)) && field.kind != Type::UNKNOWN {
        let help = "declare the fields of the object under `response`, and leave `root` out".to_owned();
        file.wrong_help(
            &["root"],
            format!("`{name}` is an object, whose fields are named themselves"),
            Some(help),
        );
    }
    Some(field)
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
    let own: BTreeSet<String> = spec.types.keys().map(str::to_owned).collect();
    let types = [&own, shared.types];
    let block = |path, role| Block { file, path, role, prefix: "", types, settings: shared.settings };
    let mut objects = objects::objects(&block(&["types"], Role::Member), &spec.types);
    let parameters = parameters(
        shared,
        block(&["request", "parameters"], Role::Parameter).resolve(&spec.request.parameters),
        block(&["parameters"], Role::Parameter).resolve(&spec.parameters),
        file,
    );
    let mut response = block(&["response"], Role::Response).resolve(&spec.response);
    tell_apart(&parameters, &mut response);
    for (list, request) in [(&parameters, true), (&response, false)] {
        objects::mark_use(&mut objects, service_objects, shared.numbers, list, request);
    }
    let members = objects.iter().flat_map(|object| &object.fields);
    if !objects::any_unknown(parameters.iter().chain(&response).chain(members)) {
        objects::check_objects(file, &objects, &[]);
    }
    Fields { parameters, response, objects }
}

/// Values of an answer that are others than those of a parameter become an enum of their own. A response field has the
/// name that it has on the wire, so nothing in the spec could tell the two apart.
fn tell_apart(parameters: &[Field], response: &mut [Field]) {
    for field in response {
        let Some(rust) = &mut field.enumeration else { continue };
        let other = parameters.iter().find(|parameter| parameter.enumeration.as_ref() == Some(rust));
        let same = |other: &Field| other.values == field.values && other.kind.leaf() == field.kind.leaf();
        if other.is_some_and(|other| !same(other)) {
            rust.push_str("Answer");
        }
    }
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
