//! A service: settings, endpoint, envelope, errors, signature; then its operations.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::operation::{Shared, operation};
use super::places::{Reach, json_kind};
use super::request::template;
use super::scope::{File, at};
use super::{auth, examples, fields};
use crate::diagnostics::{Problems, suggest};
use crate::model::{
    EnvCredentials, Envelope, ErrorCode, ErrorShape, Field, JsonKind, Place, Root, Service, Setting, Step,
    Want,
};
use crate::names::{camel, snake};
use crate::notation::{parse_duration, parse_place, parse_want};
use crate::parse::ParsedService;
use crate::spec::{
    EndpointSpec, ErrorSpec, OneOrMany, Ordered, ResponseSpec, ServiceSpec, SourceSpec, Wanted, WhenWord,
};

/// Resolves a service and its operations.
pub fn service(parsed: &ParsedService, problems: &RefCell<Problems>) -> Option<Service> {
    let file = File { path: &parsed.file.path, tree: &parsed.file.tree, problems };
    let spec = &parsed.file.spec;
    let settings: Vec<String> = spec.settings.keys().map(str::to_owned).collect();
    let declared: BTreeSet<String> = spec.types.keys().map(str::to_owned).collect();
    let objects = fields::objects(&file, &["types"], &spec.types, &declared);
    let groups: Vec<_> = objects.iter().map(|object| (&object.fields[..], true, true)).collect();
    let used: BTreeSet<String> = objects.iter().map(|object| object.rust.clone()).collect();
    let enums = fields::enums(&file, &groups, &used);
    let response_fields = fields::fields(
        &file,
        &["response", "fields"],
        &spec.response.fields,
        fields::Role::Response,
        "",
        &declared,
    );
    let envelope_fields: Vec<(Place, Field)> = response_fields
        .into_iter()
        .filter_map(|field| {
            let place = file.accept(&["response", "fields", &field.name], parse_place(&field.name))?;
            Some((place, field))
        })
        .collect();
    let within = within(&file, spec);
    let envelope = envelope(&file, &spec.response, &envelope_fields, &objects, &settings);
    let errors = errors(&file, &spec.errors);
    check_whens(&file, spec);
    let auth = auth::auth(&file, &spec.auth, &settings);
    examples::check_vectors(&file, &spec.auth, &auth, &settings);

    let mut objects = objects;
    let shared = Shared {
        spec,
        file: &file,
        settings: &settings,
        envelope: &envelope_fields,
        within: &within,
        declared: &declared,
        parameters: fields::fields(
            &file,
            &["request", "parameters"],
            &spec.request.parameters,
            fields::Role::Parameter,
            "",
            &declared,
        ),
    };
    let operations: Vec<_> = parsed
        .operations
        .iter()
        .filter_map(|operation_file| {
            let file = File { path: &operation_file.path, tree: &operation_file.tree, problems };
            operation(&file, operation_file, &shared, &mut objects)
        })
        .collect();
    check_modules(&file, &operations);
    Some(Service {
        module: snake(&parsed.name),
        name: parsed.name.clone(),
        title: spec.title.clone(),
        version: spec.version.clone(),
        deprecated: spec.deprecated.clone(),
        documents: documents(&file, &spec.source),
        notes: spec.notes.clone(),
        settings: spec
            .settings
            .iter()
            .map(|(name, setting)| Setting {
                name: name.to_owned(),
                required: setting.required,
                default: setting.default.as_ref().map(|default| default.0.clone()),
                doc: setting.doc.clone(),
            })
            .collect(),
        endpoints: endpoints(&file, spec, &settings),
        envelope,
        errors,
        rate_limit: spec.rate_limit,
        clock_window: clock_window(&file, spec),
        credentials: credentials(&file, spec, &settings),
        auth,
        vectors: spec.auth.vectors.clone(),
        objects,
        enums,
        operations,
    })
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

fn within(file: &File<'_>, spec: &ServiceSpec) -> Vec<String> {
    let Some(text) = &spec.response.within else { return Vec::new() };
    let Some(place) = file.accept(&["response", "within"], parse_place(text)) else { return Vec::new() };
    let keys: Option<Vec<String>> = place
        .steps
        .into_iter()
        .map(|step| match step {
            Step::Key(key) => Some(key),
            Step::Each | Step::EachKey => None,
        })
        .collect();
    match keys {
        Some(keys) if place.root == Root::Body => keys,
        _ => {
            file.wrong(&["response", "within"], "`within` names keys joined by dots");
            Vec::new()
        }
    }
}

/// Reads what a condition wants.
pub fn wants(wanted: &Wanted) -> Vec<Want> {
    match wanted {
        Wanted::Null => vec![Want::Absent],
        Wanted::AnyOf(texts) => texts.iter().map(|text| parse_want(text)).collect(),
    }
}

fn endpoints(
    file: &File<'_>,
    spec: &ServiceSpec,
    settings: &[String],
) -> Vec<(Vec<(String, Vec<Want>)>, crate::model::Template)> {
    let known: Vec<&str> = settings.iter().map(String::as_str).collect();
    let list = spec.endpoint.list();
    let many = matches!(spec.endpoint, OneOrMany::Many(_));
    let numbers: Vec<String> = (0..list.len()).map(|at| at.to_string()).collect();
    let mut out = Vec::new();
    for (endpoint, number) in list.iter().zip(&numbers) {
        let path = if many { vec!["endpoint", number.as_str()] } else { vec!["endpoint"] };
        let (condition, url, url_path) = match endpoint {
            EndpointSpec::Url(url) => (Vec::new(), url, path),
            EndpointSpec::If(conditional) => {
                let mut when = Vec::new();
                for (name, wanted) in conditional.condition.iter() {
                    if !settings.iter().any(|setting| setting == name) {
                        let help = suggest(name, known.iter().copied());
                        let message = format!("there is no setting `{name}`");
                        file.wrong_key(&at(&path, &["if", name]), message, help);
                    }
                    when.push((name.to_owned(), wants(wanted)));
                }
                (when, &conditional.url, at(&path, &["url"]))
            }
        };
        if !url.starts_with("https://") && !url.starts_with("http://") {
            file.wrong(&url_path, "an endpoint begins with `https://` or `http://`");
        }
        out.push((condition, template(file, &url_path, url, &known)));
    }
    if out.last().is_some_and(|(when, _)| !when.is_empty()) {
        let help = "add an endpoint without `if`".to_owned();
        file.wrong_key(&["endpoint"], "no endpoint is left when no condition holds", Some(help));
    }
    out
}

fn envelope(
    file: &File<'_>,
    spec: &ResponseSpec,
    fields: &[(Place, Field)],
    objects: &[crate::model::Object],
    settings: &[String],
) -> Envelope {
    let reach = Reach {
        envelope: fields,
        within: &[],
        fields: &[],
        objects: objects.iter().collect(),
        parameters: &[],
    };
    let place = |path: &[&str], text: &str, declared: bool| -> Option<(Place, JsonKind)> {
        let place = file.accept(path, parse_place(text))?;
        match &place.root {
            Root::Body => match reach.follow(&place) {
                Ok((place, field, kind)) => Some((place, json_kind(&field, &kind))),
                Err((message, help)) if declared => {
                    let help = help.or(Some("declare it under `response.fields`".to_owned()));
                    file.wrong_help(path, message, help);
                    None
                }
                Err(_) => Some((place, JsonKind::String)),
            },
            Root::Status | Root::Header(_) => Some((place, JsonKind::String)),
            _ => {
                file.wrong(path, format!("`{text}` does not stand in an answer"));
                None
            }
        }
    };
    let mut success = Vec::new();
    for (text, wanted) in spec.success.iter() {
        let path = ["response", "success", text];
        let undeclared = matches!(wanted, Wanted::Null);
        if let Some((place, _)) = place(&path, text, !undeclared) {
            success.push((place, wants(wanted)));
        }
    }
    if spec.success.is_empty() {
        file.wrong(&["response", "success"], "`success` says what holds in a successful answer");
    }
    let mut errors = Vec::new();
    let many = matches!(spec.error, OneOrMany::Many(_));
    for (index, shape) in spec.error.list().iter().enumerate() {
        let number = index.to_string();
        let path = if many { vec!["response", "error", number.as_str()] } else { vec!["response", "error"] };
        let first = index == 0;
        let Some((code, code_kind)) = place(&at(&path, &["code"]), &shape.code, first) else { continue };
        let optional = |key: &str, text: &Option<String>| {
            text.as_ref().and_then(|text| place(&at(&path, &[key]), text, first)).map(|(place, _)| place)
        };
        let (name, message) = (optional("name", &shape.name), optional("message", &shape.message));
        errors.push(ErrorShape { code, code_kind, name, message });
    }
    let ids = spec.request_id.as_ref().map_or(&[][..], OneOrMany::list);
    let request_id = ids
        .iter()
        .enumerate()
        .filter_map(|(index, text)| {
            place(&["response", "request_id"], text, index == 0).map(|(place, _)| place)
        })
        .collect();
    let mut known: Vec<&str> = settings.iter().map(String::as_str).collect();
    known.extend(["operation", "version"]);
    let values = spec
        .fields
        .iter()
        .filter_map(|(name, field)| {
            let value = field.body().value?;
            let path = ["response", "fields", name, "value"];
            let (place, field) = fields.iter().find(|(_, field)| field.name == name)?;
            Some((place.clone(), json_kind(field, &field.kind), template(file, &path, &value.0, &known)))
        })
        .collect();
    Envelope { success, errors, request_id, error_status: spec.error_status.unwrap_or(400), values }
}

/// Resolves error codes.
pub fn errors(file: &File<'_>, specs: &Ordered<ErrorSpec>) -> Vec<ErrorCode> {
    let mut out: Vec<ErrorCode> = Vec::new();
    let mut answered: BTreeMap<&'static str, String> = BTreeMap::new();
    for (code, spec) in specs.iter() {
        let when: Vec<WhenWord> = spec.when.as_ref().map_or(&[][..], OneOrMany::list).to_vec();
        for word in &when {
            if let Some(other) = answered.insert(word.variant(), code.to_owned()) {
                let message = format!("`{other}` is answered in this situation already");
                file.wrong(&["errors", code, "when"], message);
            }
        }
        if !when.is_empty() && code.contains('*') {
            file.wrong(&["errors", code, "when"], "a family of codes is not a code that can be answered");
        }
        let variant = (!code.contains('*')).then(|| match &spec.name {
            Some(name) => camel(name),
            None if code.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                format!("Code{}", camel(code).trim_start_matches('_'))
            }
            None => camel(code),
        });
        let variant = variant.map(|variant| match variant.as_str() {
            "Other" | "Failed" => format!("{variant}_"),
            _ => variant,
        });
        if let Some(other) = out.iter().find(|other| other.variant.is_some() && other.variant == variant) {
            let name = variant.as_deref().unwrap_or_default();
            let message = format!("`{code}` and `{}` both become `{name}` in Rust", other.code);
            file.wrong_key(&["errors", code], message, Some("give one of them another `name`".to_owned()));
        }
        out.push(ErrorCode {
            code: code.to_owned(),
            variant,
            name: spec.name.clone(),
            class: spec.class,
            retry: spec.retry,
            status: spec.status,
            when,
            assumed: spec.assumed,
            doc: spec.doc.trim().to_owned(),
        });
    }
    out
}

fn check_whens(file: &File<'_>, spec: &ServiceSpec) {
    let signed = spec.auth.steps.get("signature").is_some();
    for (word, name) in [(WhenWord::UnknownKey, "unknown-key"), (WhenWord::BadSignature, "bad-signature")] {
        let answered = spec
            .errors
            .iter()
            .any(|(_, error)| error.when.as_ref().is_some_and(|when| when.list().contains(&word)));
        if !answered && (signed || word == WhenWord::UnknownKey) {
            let help = format!("say `when: {name}` at the code that the vendor answers then");
            file.wrong_key(
                &["errors"],
                format!("no error is answered in the situation `{name}`"),
                Some(help),
            );
        }
    }
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

fn credentials(file: &File<'_>, spec: &ServiceSpec, settings: &[String]) -> Vec<EnvCredentials> {
    let mut out = Vec::new();
    for (index, source) in spec.credentials.iter().enumerate() {
        let number = index.to_string();
        let path = ["credentials", number.as_str(), "env"];
        let known: Vec<&str> = ["access_key", "secret", "token"]
            .into_iter()
            .chain(settings.iter().map(String::as_str))
            .collect();
        for name in source.env.keys().filter(|name| !known.contains(name)) {
            let help = suggest(name, known.iter().copied());
            file.wrong_key(
                &at(&path, &[name]),
                format!("`{name}` is neither a credential nor a setting"),
                help,
            );
        }
        let (Some(access_key), Some(secret)) = (source.env.get("access_key"), source.env.get("secret"))
        else {
            file.wrong(&path, "credentials need `access_key` and `secret`");
            continue;
        };
        out.push(EnvCredentials {
            access_key: access_key.clone(),
            secret: secret.clone(),
            token: source.env.get("token").cloned(),
            settings: source
                .env
                .iter()
                .filter(|(name, _)| settings.iter().any(|setting| setting == name))
                .map(|(name, variable)| (name.to_owned(), variable.clone()))
                .collect(),
        });
    }
    out
}

fn check_modules(file: &File<'_>, operations: &[crate::model::Operation]) {
    for (index, operation) in operations.iter().enumerate() {
        if let Some(other) = operations[..index].iter().find(|other| other.module == operation.module) {
            let message = format!(
                "the operations `{}` and `{}` both become `{}` in Rust",
                other.name, operation.name, operation.module
            );
            file.wrong(&[], message);
        }
    }
}
