//! A service: settings, endpoint, envelope, errors, signature; then its operations.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::envelope::{envelope, envelope_fields, wants, within};
use super::fields::{Block, Role};
use super::operation::{Shared, operation, usual};
use super::request::{Known, check_header, template};
use super::scope::{File, at};
use super::settings::settings;
use super::{auth, credentials, errors, objects, vectors};
use crate::diagnostics::{Problems, nearest};
use crate::mend::Names;
use crate::model::{Conditions, ErrorCode, Field, Object, Operation, Piece, Place, Service, Template};
use crate::names::{is_library_module, nameable, snake};
use crate::notation::parse_duration;
use crate::parse::ParsedService;
use crate::spec::{
    EndpointSpec, FieldSpec, Fields, OneOrMany, OperationSpec, RequestSpec, ServiceSpec, SourceSpec,
};

/// Resolves a service and its operations, which are read one by one.
pub fn service(parsed: &ParsedService<'_>, problems: &RefCell<Problems>) -> Service {
    let ParsedService { name, file: service_file, operations: pending, complete } = parsed;
    let file = File::new(service_file, problems);
    let spec = &service_file.spec;
    check_folder(&file, name);
    check_text(&file, "title", &spec.title);
    let setting_names: Vec<String> = spec.settings.keys().map(str::to_owned).collect();
    let names: Vec<&str> = spec.settings.keys().collect();
    let types: BTreeSet<String> = spec.types.keys().map(str::to_owned).collect();
    let block = |path, role| Block {
        file: &file,
        path,
        role,
        prefix: "",
        types: [&types; 2],
        settings: &setting_names,
    };
    let mut objects = objects::objects(&block(&["types"], Role::Member), &spec.types);
    let envelope_fields = envelope_fields(&block(&["response", "fields"], Role::Envelope), &spec.response);
    let within = within(&file, &["response", "within"], spec.response.within.as_deref());
    let envelope = envelope(&file, &spec.response, &envelope_fields, &objects, &names);
    let auth = auth::auth(&file, spec, &setting_names);
    let settings = settings(&file, spec);
    vectors::check(&file, &spec.auth, &auth, &settings);
    let module = snake(name);
    let numbers = objects::numbers(&objects);
    let shared = Shared {
        module: &module,
        spec,
        file: &file,
        settings: &setting_names,
        auth: &auth,
        answers: &envelope,
        envelope: &envelope_fields,
        within: &within,
        types: &types,
        numbers: &numbers,
        quoted: objects.iter().flat_map(|object| &object.fields).any(|field| field.quoted),
        parameters: block(&["request", "parameters"], Role::Parameter).resolve(&spec.request.parameters),
    };
    let errors = errors::errors(&file, &spec.errors, &auth);
    let mut modules: BTreeMap<String, String> = BTreeMap::new();
    let mut operations: Vec<Operation> = Vec::with_capacity(pending.len());
    let (mut uses, mut complete, mut versioned) = (Uses::of_service(spec), *complete, !pending.is_empty());
    for pending in pending {
        let read = pending.read(&mut problems.borrow_mut());
        let Some(parsed) = read else {
            complete = false;
            continue;
        };
        let own = File::new(&parsed, problems);
        let operation = operation(&own, &parsed, &shared, &mut objects);
        check_operation(&own, &file, &errors, &operation, &mut modules);
        operations.push(operation);
        uses.add_operation(&parsed.spec);
        if parsed.spec.version.is_none() {
            versioned = false;
            check_version(&own, &file, spec);
        }
    }
    // What the service says goes for operations that have a version of their own as well.
    if !versioned {
        check_version(&file, &file, spec);
    }
    let usual = usual(&shared);
    let clock_window = clock_window(&file, spec);
    let clocked = clock_window.is_some() && vectors::uses_clock(&auth);
    errors::check_service(&file, &errors, spec.auth.steps.get("signature").is_some(), clocked);
    check_store(&file, spec);
    if complete {
        check_settings(&file, spec, &uses);
        check_types(&file, &objects, &envelope_fields, &operations);
    }
    let groups: Vec<_> = objects.iter().map(|object| (&object.fields[..], true, true)).collect();
    let enums = objects::enums(&file, &groups, &objects);
    let (credentials, tools) = credentials::credentials(&file, spec, &setting_names);
    Service {
        module: module.clone(),
        name: name.clone(),
        title: spec.title.trim().to_owned(),
        version: spec.version.clone(),
        deprecated: spec.deprecated.clone(),
        documents: documents(&file, &spec.source),
        notes: spec.notes.clone(),
        settings,
        endpoints: endpoints(&file, spec, &spec.endpoint),
        envelope,
        errors,
        rate_limit: spec.rate_limit,
        clock_window,
        credentials,
        tools,
        auth,
        vectors: spec.auth.vectors.clone(),
        store: spec.store.clone(),
        objects,
        numbers,
        enums,
        usual,
        operations,
    }
}

/// What is said of the object store can be sent.
fn check_store(file: &File<'_>, spec: &ServiceSpec) {
    let Some(store) = &spec.store else { return };
    for (index, word) in store.binds.iter().flatten().enumerate() {
        if store.binds.iter().flatten().take(index).any(|other| other == word) {
            let number = index.to_string();
            let word = format!("{word:?}").to_lowercase();
            file.wrong(&["store", "binds", &number], format!("`{word}` stands here twice"));
        }
    }
    if let Some(name) = &store.request_id {
        check_header(file, &["store", "request_id"], name, "");
    }
    for (key, _, error) in store.errors.entries() {
        errors::check_status(file, &["store", "errors", key, "status"], Some(error.status));
    }
}

/// The folder's name is the service's: on the command line, as a cargo feature, and as a module.
fn check_folder(file: &File<'_>, name: &str) {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !nameable(name) || !name.chars().all(fits) {
        let help = "take letters, digits, `-` and `_`".to_owned();
        file.problem(
            0..0,
            format!("the folder `{}` cannot be a service's name", name.escape_debug()),
            Some(help),
        );
    } else if is_library_module(&snake(name)) {
        let help = "rename the folder".to_owned();
        file.problem(0..0, format!("the library has a module `{}` of its own", snake(name)), Some(help));
    }
}

/// Types of the service are used, as far as all uses are known.
fn check_types(file: &File<'_>, objects: &[Object], envelope: &[(Place, Field)], operations: &[Operation]) {
    let envelope: Vec<&Field> = envelope.iter().map(|(_, field)| field).collect();
    let members = objects.iter().chain(operations.iter().flat_map(|operation| &operation.objects));
    let fields = operations
        .iter()
        .flat_map(|operation| operation.parameters.iter().chain(&operation.response))
        .chain(members.flat_map(|object| &object.fields))
        .chain(envelope.iter().copied());
    if !objects::any_unknown(fields) {
        objects::check_objects(file, objects, &envelope);
    }
}

/// A text for people says something.
pub fn check_text(file: &File<'_>, key: &str, text: &str) {
    if text.trim().is_empty() {
        file.wrong_key(&[key], format!("`{key}` is empty"), None);
    }
}

/// The names of documents; their dates are checked.
pub fn documents(file: &File<'_>, sources: &[SourceSpec]) -> Vec<String> {
    for (index, date) in sources.iter().enumerate().filter_map(|(at, one)| Some((at, one.date.as_ref()?))) {
        if date.parse::<jiff::civil::Date>().is_err() {
            let number = index.to_string();
            file.wrong(&["source", &number, "date"], format!("`{date}` is not a date such as `2026-01-31`"));
        }
    }
    sources.iter().map(|source| source.document.clone()).collect()
}

/// Templates that name the version need one.
fn check_version(file: &File<'_>, service: &File<'_>, spec: &ServiceSpec) {
    const HOLE: &str = "{version}";
    if spec.version.is_some() || service.lacks(Names::Settings) {
        return;
    }
    for (index, _) in file.text.match_indices(HOLE) {
        let help = "say `version: \"…\"` in `service.yaml`".to_owned();
        let message = "`{version}` has no value, as the service has no `version`";
        file.problem(index..index + HOLE.len(), message, Some(help));
    }
}

/// Settings are used by the requests, the answers or the signature, as far as all uses are known.
fn check_settings(file: &File<'_>, spec: &ServiceSpec, uses: &Uses) {
    if file.lacks(Names::UsesOfSettings) {
        return;
    }
    // A use that is misspelt has a problem of its own.
    let unknown: Vec<&str> =
        uses.words.iter().map(String::as_str).filter(|word| spec.settings.get(word).is_none()).collect();
    let misspelt = |name: &str| unknown.iter().any(|word| nearest(word, [name]).is_some());
    for name in spec.settings.keys().filter(|name| !uses.words.contains(*name) && !misspelt(name)) {
        let help = format!(
            "use it, as in `endpoint: \"https://{{{name}}}.…\"` or `from: {name}` of a parameter, or leave it out"
        );
        file.wrong_key(&["settings", name], format!("nothing uses the setting `{name}`"), Some(help));
    }
}

/// The words that can be names of settings, wherever settings can be named.
struct Uses {
    words: BTreeSet<String>,
}

impl Uses {
    fn of_service(spec: &ServiceSpec) -> Self {
        let mut uses = Self { words: BTreeSet::new() };
        uses.endpoint(&spec.endpoint);
        uses.request(&spec.request);
        for (_, field) in spec.response.fields.iter() {
            if let FieldSpec::Full(body) = field {
                body.value.iter().for_each(|value| uses.text(&value.0));
            }
        }
        let auth = &spec.auth;
        let variants =
            auth.variants.iter().map(|(_, variant)| [&variant.steps, &variant.headers, &variant.params]);
        let blocks = [[&auth.steps, &auth.headers, &auth.params]].into_iter().chain(variants).flatten();
        blocks.flat_map(|block| block.iter()).for_each(|(_, text)| uses.text(&text.0));
        uses
    }

    fn add_operation(&mut self, spec: &OperationSpec) {
        spec.endpoint.iter().for_each(|endpoint| self.endpoint(endpoint));
        self.request(&spec.request);
        self.fields(&spec.parameters);
    }

    fn endpoint(&mut self, endpoint: &OneOrMany<EndpointSpec>) {
        for endpoint in endpoint.list() {
            match endpoint {
                EndpointSpec::Url(url) => self.text(url),
                EndpointSpec::If(conditional) => {
                    self.text(&conditional.url);
                    conditional.condition.keys().for_each(|name| self.word(name));
                }
            }
        }
    }

    fn request(&mut self, request: &RequestSpec) {
        request.path.iter().for_each(|path| self.text(path));
        let constants = [&request.params, &request.query, &request.headers];
        constants.iter().flat_map(|block| block.iter()).for_each(|(_, value)| self.text(&value.0));
        self.fields(&request.parameters);
    }

    fn fields(&mut self, fields: &Fields) {
        for (_, field) in fields.iter() {
            if let FieldSpec::Full(body) = field {
                body.from.iter().for_each(|name| self.word(name));
            }
        }
    }

    fn text(&mut self, text: &str) {
        let part_of_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        text.split(|c| !part_of_name(c)).for_each(|word| self.word(word));
    }

    fn word(&mut self, word: &str) {
        if !self.words.contains(word) {
            self.words.insert(word.to_owned());
        }
    }
}

/// The endpoints of a service or of an operation.
pub fn endpoints(
    file: &File<'_>,
    spec: &ServiceSpec,
    endpoints: &OneOrMany<EndpointSpec>,
) -> Vec<(Conditions, Template)> {
    let settings: &[&str] = &spec.settings.keys().collect::<Vec<_>>();
    let list = endpoints.list();
    let many = matches!(endpoints, OneOrMany::Many(_));
    let mut out: Vec<(Conditions, Template)> = Vec::new();
    for (index, endpoint) in list.iter().enumerate() {
        let number = index.to_string();
        let path = if many { vec!["endpoint", &number] } else { vec!["endpoint"] };
        let (condition, url, url_path) = match endpoint {
            EndpointSpec::Url(url) => (Vec::new(), url, path.clone()),
            EndpointSpec::If(conditional) => {
                let mut when = Vec::new();
                for (name, wanted) in conditional.condition.iter() {
                    if !settings.contains(&name) {
                        file.unknown_key(&at(&path, &["if", name]), "setting", settings.iter().copied());
                    }
                    when.push((name.to_owned(), wants(wanted)));
                }
                (when, &conditional.url, at(&path, &["url"]))
            }
        };
        if !url.starts_with("https://") && !url.starts_with("http://") {
            let help = format!("write `https://{url}`");
            file.wrong_help(&url_path, "an endpoint begins with `https://` or `http://`", Some(help));
        }
        if out.last().is_some_and(|(when, url)| when.is_empty() && always_filled(spec, url)) {
            let help = "put those with `if` first".to_owned();
            file.wrong_help(
                &path,
                "the endpoint before this one has no condition and always wins",
                Some(help),
            );
        }
        out.push((condition, template(file, &url_path, url, &Known { settings, parameters: &[] })));
    }
    if out.last().is_none_or(|(when, _)| !when.is_empty()) {
        let help = "end with an endpoint without `if`".to_owned();
        file.wrong_key(&["endpoint"], "no endpoint is left when no condition holds", Some(help));
    }
    out
}

/// Whether every hole of an endpoint has a value. One that mentions an absent setting is passed over.
fn always_filled(spec: &ServiceSpec, url: &Template) -> bool {
    url.iter().all(|piece| match piece {
        Piece::Text(_) => true,
        Piece::Hole(name) => {
            spec.settings.get(name).is_some_and(|setting| setting.required || setting.default.is_some())
        }
    })
}

fn clock_window(file: &File<'_>, spec: &ServiceSpec) -> Option<u64> {
    match spec.clock_window.as_deref() {
        None => Some(900),
        Some("none") => None,
        Some(text) => {
            let window = parse_duration(text);
            if window.is_none() {
                file.wrong(&["clock_window"], "this is neither a duration such as `5m` nor `none`");
            }
            window
        }
    }
}

/// An operation answers what can happen to it, and its module has a name of its own.
fn check_operation(
    own: &File<'_>,
    service: &File<'_>,
    errors: &[ErrorCode],
    operation: &Operation,
    modules: &mut BTreeMap<String, String>,
) {
    errors::check_operation(own, service, errors, operation);
    if let Some(other) = modules.insert(operation.module.clone(), operation.name.clone()) {
        let message =
            format!("`{other}` and `{}` both become `{}` in Rust", operation.name, operation.module);
        own.problem(0..0, message, Some("leave one of the two files out".to_owned()));
    }
}
