//! An operation: its request, its answer, and how both map onto the uniform model.

use std::collections::BTreeSet;

use super::examples;
use super::fields::{self, Role};
use super::places::{Reach, projections};
use super::request::{check_method, check_path, constants, template};
use super::scope::{File, at};
use super::service::{documents, errors, wants};
use crate::diagnostics::suggest;
use crate::model::{Field, Object, Operation, PageBy, Paging, Place, Root, Row, Rule, Step, Type, Verb};
use crate::names::snake;
use crate::notation::{parse_lists, parse_place};
use crate::parse::ParsedFile;
use crate::spec::{OneOrMany, OperationSpec, PagingSpec, PlaceWord, RuleSpec, ServiceSpec, Wanted};

/// What operations share.
pub struct Shared<'a> {
    pub spec: &'a ServiceSpec,
    pub file: &'a File<'a>,
    pub settings: &'a [String],
    pub envelope: &'a [(Place, Field)],
    pub within: &'a [String],
    pub declared: &'a BTreeSet<String>,
    pub parameters: Vec<Field>,
}

/// Modules of a service that are not operations, and methods of its client.
const TAKEN: [&str; 10] = [
    "auth",
    "metadata",
    "types",
    "new",
    "builder",
    "from_env",
    "cloud",
    "backup_links",
    "backups",
    "instances",
];

/// Resolves an operation.
pub fn operation(
    file: &File<'_>,
    parsed: &ParsedFile<OperationSpec>,
    shared: &Shared<'_>,
    service_objects: &mut [Object],
) -> Option<Operation> {
    let spec = &parsed.spec;
    let name = parsed.stem.clone();
    let module = match snake(&name) {
        module if TAKEN.contains(&module.as_str()) => format!("{module}_operation"),
        module => module,
    };
    let mut declared = shared.declared.clone();
    declared.extend(spec.types.keys().map(str::to_owned));
    let mut objects = fields::objects(file, &["types"], &spec.types, &declared);

    let own = fields::fields(file, &["parameters"], &spec.parameters, Role::Parameter, "", &declared);
    let more = fields::fields(
        file,
        &["request", "parameters"],
        &spec.request.parameters,
        Role::Parameter,
        "",
        &declared,
    );
    let mut parameters: Vec<Field> = Vec::new();
    for field in shared.parameters.iter().cloned().chain(more).chain(own) {
        match parameters.iter_mut().find(|known| known.name == field.name) {
            Some(known) => *known = field,
            None => parameters.push(field),
        }
    }
    let response = fields::fields(file, &["response"], &spec.response, Role::Response, "", &declared);
    for (list, request) in [(&parameters, true), (&response, false)] {
        fields::mark_use(&mut objects, list, request);
        fields::mark_use(service_objects, list, request);
    }
    for object in objects.iter().filter(|object| !object.in_request && !object.in_response) {
        let path = ["types", object.name.as_str()];
        file.wrong_key(&path, format!("nothing uses the type `{}`", object.name), None);
    }
    for field in parameters.iter().filter(|field| field.from.is_some()) {
        let from = field.from.as_deref().unwrap_or_default();
        if !shared.settings.iter().any(|setting| setting == from) {
            let path = ["parameters", field.name.as_str(), "from"];
            file.unknown(&path, "setting", from, shared.settings.iter().map(String::as_str));
        }
    }

    let place = spec.request.place.or(shared.spec.request.place).unwrap_or_else(|| {
        let help = "say `place: query`, `form` or `json`".to_owned();
        shared.file.wrong_help(&["request"], "`request` lacks `place`, where parameters go", Some(help));
        PlaceWord::Query
    });
    let (path, first_index) =
        (request_path(file, spec, shared, &parameters, place), lists(file, spec, shared));
    let method = method(file, spec, shared);
    let known: Vec<&str> = shared
        .settings
        .iter()
        .map(String::as_str)
        .chain(parameters.iter().map(|field| field.name.as_str()))
        .chain(["operation", "version"])
        .collect();
    let mut all_constants = constants(shared.file, &shared.spec.request, place, &known);
    for constant in constants(file, &spec.request, place, &known) {
        all_constants.retain(|known| known.0 != constant.0 || known.1 != constant.1);
        all_constants.push(constant);
    }
    let rules = rules(file, spec, &parameters);
    let enums = {
        let mut groups: Vec<(&[Field], bool, bool)> =
            vec![(&parameters, true, false), (&response, false, true)];
        groups
            .extend(objects.iter().map(|object| (&object.fields[..], object.in_request, object.in_response)));
        let mut used: BTreeSet<String> = objects.iter().map(|object| object.rust.clone()).collect();
        used.extend(["Request", "Response", "Error", "Call"].map(str::to_owned));
        fields::enums(file, &groups, &used)
    };
    let reach = Reach {
        envelope: shared.envelope,
        within: shared.within,
        fields: &response,
        objects: objects.iter().chain(service_objects.iter()).collect(),
        parameters: &parameters,
    };
    let paging = spec.paging.as_ref().and_then(|paging| resolve_paging(file, paging, &reach));
    let links = projections(file, "links", spec.links.as_ref(), &reach);
    let backups = projections(file, "backups", spec.backups.as_ref(), &reach);
    let instances = projections(file, "instances", spec.instances.as_ref(), &reach);
    let parameter_rows = parameter_rows(&parameters, place, &reach);
    let response_rows = response_rows(shared, &response, &reach);
    examples::check(file, spec, &parameters, shared.settings);
    let also = if spec.request.also.is_empty() { &shared.spec.request.also } else { &spec.request.also };
    Some(Operation {
        module,
        summary: spec.summary.trim().to_owned(),
        documents: documents(file, &spec.source),
        notes: spec.notes.clone(),
        deprecated: spec.deprecated.clone(),
        method,
        path,
        place,
        content_type: spec.request.content_type.clone().or(shared.spec.request.content_type.clone()),
        constants: all_constants,
        first_index,
        also: also.iter().map(|form| (form.method.clone(), form.place)).collect(),
        rules,
        within: shared.within.to_vec(),
        lenient: shared.spec.response.lenient,
        enums,
        errors: errors(file, &spec.errors),
        rate_limit: spec.rate_limit.or(shared.spec.rate_limit),
        idempotent: spec.idempotent,
        paging,
        links,
        backups,
        instances,
        examples: spec.examples.clone(),
        parameter_rows,
        response_rows,
        parameters,
        response,
        objects,
        name,
    })
}

fn method(file: &File<'_>, spec: &OperationSpec, shared: &Shared<'_>) -> String {
    if let Some(method) = &spec.request.method {
        check_method(file, &["request", "method"], method);
        return method.clone();
    }
    match &shared.spec.request.method {
        Some(method) => {
            check_method(shared.file, &["request", "method"], method);
            method.clone()
        }
        None => {
            file.wrong(&[], "neither the service nor this operation says its HTTP `method`");
            String::new()
        }
    }
}

fn request_path(
    file: &File<'_>,
    spec: &OperationSpec,
    shared: &Shared<'_>,
    parameters: &[Field],
    place: PlaceWord,
) -> crate::model::Template {
    let known: Vec<&str> = parameters
        .iter()
        .map(|field| field.name.as_str())
        .chain(shared.settings.iter().map(String::as_str))
        .chain(["operation", "version"])
        .collect();
    let (owner, text) = match (&spec.request.path, &shared.spec.request.path) {
        (Some(path), _) => (file, path.as_str()),
        (None, Some(path)) => (shared.file, path.as_str()),
        (None, None) => (file, "/"),
    };
    if !text.starts_with('/') {
        owner.wrong(&["request", "path"], "a path begins with `/`");
    }
    let path = template(owner, &["request", "path"], text, &known);
    check_path(file, &path, parameters, place);
    path
}

fn lists(file: &File<'_>, spec: &OperationSpec, shared: &Shared<'_>) -> u32 {
    let (owner, text) = match (&spec.request.lists, &shared.spec.request.lists) {
        (Some(text), _) => (file, text.as_str()),
        (None, Some(text)) => (shared.file, text.as_str()),
        (None, None) => return 0,
    };
    parse_lists(text).unwrap_or_else(|| {
        owner.wrong(&["request", "lists"], "`lists` is `Key.0.Sub` or `Key.1.Sub`");
        0
    })
}

fn rules(file: &File<'_>, spec: &OperationSpec, parameters: &[Field]) -> Vec<Rule> {
    let known: Vec<&str> = parameters.iter().map(|field| field.name.as_str()).collect();
    let mut out = Vec::new();
    for (index, rule) in spec.rules.iter().enumerate() {
        let number = index.to_string();
        let path = ["rules", number.as_str()];
        let names = rule
            .required
            .iter()
            .flat_map(OneOrMany::list)
            .chain(&rule.forbidden)
            .chain(rule.not_equal.iter().flatten())
            .map(String::as_str);
        for name in names.filter(|name| !known.contains(name)) {
            file.unknown(&path, "parameter", name, known.iter().copied());
        }
        for name in rule.condition.keys().filter(|name| !known.contains(name)) {
            let help = suggest(name, known.iter().copied());
            file.wrong_key(&at(&path, &["if", name]), format!("there is no parameter `{name}`"), help);
        }
        let verb = match (&rule.required, &rule.forbidden, rule.not_equal.as_deref()) {
            (Some(names), None, None) => Verb::Required(names.list().to_vec()),
            (None, Some(name), None) => Verb::Forbidden(name.clone()),
            (None, None, Some([a, b])) => Verb::NotEqual(a.clone(), b.clone()),
            _ => {
                let message = "a rule has one of `required`, `forbidden`, `not_equal: [A, B]`";
                file.wrong(&path, message);
                continue;
            }
        };
        let when = rule.condition.iter().map(|(name, wanted)| (name.to_owned(), wants(wanted))).collect();
        let text = rule_text(rule, &verb);
        out.push(Rule { when, verb, text });
    }
    out
}

/// The rule in words.
fn rule_text(rule: &RuleSpec, verb: &Verb) -> String {
    if let Some(doc) = &rule.doc {
        return doc.trim().to_owned();
    }
    let demand = match verb {
        Verb::Required(names) if names.len() == 1 => format!("{} is required", names[0]),
        Verb::Required(names) => format!("{} is required", names.join(" or ")),
        Verb::Forbidden(name) => format!("{name} must not be given"),
        Verb::NotEqual(a, b) => format!("{a} must differ from {b}"),
    };
    let conditions: Vec<String> = rule
        .condition
        .iter()
        .map(|(name, wanted)| match wanted {
            Wanted::Null => format!("{name} is not given"),
            Wanted::AnyOf(texts) if texts.len() == 1 && texts[0] == "*" => format!("{name} is given"),
            Wanted::AnyOf(texts) => format!("{name} is {}", texts.join(" or ")),
        })
        .collect();
    if conditions.is_empty() { demand } else { format!("{demand} when {}", conditions.join(" and ")) }
}

fn resolve_paging(file: &File<'_>, spec: &PagingSpec, reach: &Reach<'_>) -> Option<Paging> {
    let parameter = |key: &str, name: &Option<String>| {
        let name = name.as_ref()?;
        if !reach.parameters.iter().any(|field| field.name == *name) {
            let known = reach.parameters.iter().map(|field| field.name.as_str());
            file.unknown(&["paging", key], "parameter", name, known);
        }
        Some(name.clone())
    };
    let place = |key: &str, text: &str| -> Option<Place> {
        let path = ["paging", key];
        let place = file.accept(&path, parse_place(text))?;
        let mut steps: Vec<Step> = reach.within.iter().cloned().map(Step::Key).collect();
        steps.extend(place.steps);
        match reach.follow(&Place { root: Root::Body, steps }) {
            Ok((place, _, _)) => Some(place),
            Err((message, help)) => {
                file.wrong_help(&path, message, help);
                None
            }
        }
    };
    let by = match (
        parameter("offset", &spec.offset),
        parameter("page", &spec.page),
        parameter("token", &spec.token),
    ) {
        (Some(offset), None, None) => PageBy::Offset(offset),
        (None, Some(page), None) => PageBy::Page(page, spec.first.unwrap_or(1)),
        (None, None, Some(token)) => match &spec.next {
            Some(next) => PageBy::Token(token, place("next", next)?),
            None => {
                file.wrong(&["paging"], "`token` needs `next`, where the answer keeps the next token");
                return None;
            }
        },
        _ => {
            file.wrong(&["paging"], "`paging` goes by one of `offset`, `page`, `token`");
            return None;
        }
    };
    Some(Paging {
        by,
        limit: parameter("limit", &spec.limit),
        total: spec.total.as_ref().and_then(|total| place("total", total)),
        items: place("items", &spec.items)?,
    })
}

/// Parameters and what stands inside them, flattened.
fn parameter_rows(parameters: &[Field], place: PlaceWord, reach: &Reach<'_>) -> Vec<Row> {
    let mut out = Vec::new();
    for field in parameters {
        let place = field.place.unwrap_or(place);
        flatten(field, field.name.clone(), Some(place), reach, &mut Vec::new(), &mut out);
    }
    out
}

/// Fields of the answer from the body's root, flattened.
fn response_rows(shared: &Shared<'_>, response: &[Field], reach: &Reach<'_>) -> Vec<Row> {
    let mut out = Vec::new();
    for (_, field) in shared.envelope {
        flatten(field, field.name.clone(), None, reach, &mut Vec::new(), &mut out);
    }
    let prefix: String = shared.within.iter().map(|key| format!("{key}.")).collect();
    for field in response {
        flatten(field, format!("{prefix}{}", field.name), None, reach, &mut Vec::new(), &mut out);
    }
    out
}

fn flatten(
    field: &Field,
    path: String,
    place: Option<PlaceWord>,
    reach: &Reach<'_>,
    above: &mut Vec<String>,
    out: &mut Vec<Row>,
) {
    let mut inner_path = path.clone();
    let mut kind = &field.kind;
    while let Type::List(inner) | Type::Map(inner) = kind {
        inner_path.push_str("[]");
        kind = inner;
    }
    out.push(Row { path, place, field: field.clone() });
    let Type::Named(name) = kind else { return };
    // A type that holds itself is shown once.
    if above.contains(name) {
        return;
    }
    let Some(object) = reach.objects.iter().find(|object| object.name == *name) else { return };
    above.push(name.clone());
    for member in &object.fields {
        flatten(member, format!("{inner_path}.{}", member.name), place, reach, above, out);
    }
    above.pop();
}
