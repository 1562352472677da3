//! `rdbfetch ops`

use rdbfetch::metadata::{self, FieldMetadata, OperationMetadata, ParameterMetadata, ServiceMetadata};
use rdbfetch::service::{self, ErrorCode};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Ops;
use crate::exit::{Exit, Failure};
use crate::output::{Output, or_dash, pairs, table};

/// A specified operation.
#[derive(JsonSchema, Serialize)]
pub struct Operation {
    /// The service.
    service: &'static str,
    /// The operation's name on the wire.
    operation: &'static str,
    /// What it does, in a sentence.
    summary: &'static str,
    /// What a caller can set, region and project included; nested ones too.
    parameters: Vec<Parameter>,
    /// Conditions between parameters, in words.
    rules: Vec<&'static str>,
    /// The fields of the answer, envelope included.
    response: Vec<Field>,
    /// The documented errors: the operation's own, then the service's common ones.
    errors: Vec<Code>,
    /// How long links live, in seconds; null where it is not fixed or the operation gives none.
    link_lifetime_s: Option<u64>,
    /// Calls per second that the vendor allows; null where unknown.
    rate_limit_per_s: Option<u32>,
    /// The documents that the operation was transcribed from.
    documents: &'static [&'static str],
    /// Where it departs from them, and why.
    notes: &'static [&'static str],
}

/// A parameter.
#[derive(JsonSchema, Serialize)]
struct Parameter {
    /// Its name, for --param; of a nested one written from the outermost.
    name: &'static str,
    /// Its type, in the words of the spec language.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Whether it must be given.
    required: bool,
    /// Where it travels: query, form, json, header or path.
    #[serde(rename = "in")]
    place: &'static str,
    /// The vendor's default, as text; null where there is none.
    default: Option<&'static str>,
    /// The documented values, as text; empty where any will do. Of regions and the like others may exist.
    values: Vec<&'static str>,
    /// Bounds of a number, a text's length or a list's count, such as 1..100.
    bounds: Option<&'static str>,
    /// What to use instead; null where it is not deprecated.
    deprecated: Option<&'static str>,
    /// Whether its value is never shown.
    sensitive: bool,
    /// What it means.
    doc: &'static str,
    /// What the values mean, in the order of `values`.
    value_docs: Vec<&'static str>,
    /// Whether the values are those that are known of a setting.
    #[serde(skip)]
    open: bool,
}

/// A field of an answer.
#[derive(JsonSchema, Serialize)]
struct Field {
    /// Where it stands, from the root of the body.
    path: &'static str,
    /// Its type, in the words of the spec language.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Whether it may be null.
    nullable: bool,
    /// What to use instead; null where it is not deprecated.
    deprecated: Option<&'static str>,
    /// What it means.
    doc: &'static str,
    /// Whether an answer without it makes no sense.
    required: bool,
    /// Whether its value is a secret.
    sensitive: bool,
    /// Where it is known from, if no document declares it.
    seen: Option<&'static str>,
}

/// A documented error.
#[derive(JsonSchema, Serialize)]
struct Code {
    /// The code, or a pattern of codes.
    code: &'static str,
    /// What kind of error it is: auth, denied, throttled, not-found, not-ready, invalid or server.
    class: &'static str,
    /// Whether the same call can succeed later.
    retryable: bool,
    /// What it means.
    doc: &'static str,
    /// Its name, where the code is a number.
    name: Option<&'static str>,
}

impl Operation {
    fn new(service: &'static ServiceMetadata, metadata: &'static OperationMetadata) -> Self {
        let operation = metadata.operation;
        let own = operation.errors;
        let common = service.service.errors.iter();
        let common = common.filter(|common| own.iter().all(|error| error.code != common.code));
        Self {
            service: service.service.name,
            operation: operation.name,
            summary: metadata.summary,
            parameters: metadata
                .parameters
                .iter()
                .map(|parameter| Parameter::new(service, operation, parameter))
                .collect(),
            rules: operation.rules.iter().map(|rule| rule.text).collect(),
            response: metadata.response.iter().map(Field::from).collect(),
            errors: own.iter().chain(common).map(Code::from).collect(),
            link_lifetime_s: metadata.link_lifetime,
            rate_limit_per_s: operation.rate_limit.or(service.service.rate_limit),
            documents: metadata.documents,
            notes: metadata.notes,
        }
    }
}

impl Parameter {
    /// A parameter; one that a setting fills can have the values that are known of the setting.
    fn new(
        service: &'static ServiceMetadata,
        operation: &'static service::Operation,
        parameter: &ParameterMetadata,
    ) -> Self {
        let from = operation.parameter(parameter.name).and_then(|parameter| parameter.from);
        let known = from.map_or(&[][..], |setting| service.known_values(setting));
        let values = if parameter.values.is_empty() { known } else { parameter.values };
        Self {
            name: parameter.name,
            kind: parameter.kind,
            required: parameter.required,
            place: parameter.place,
            default: parameter.default,
            values: values.iter().map(|(value, _)| *value).collect(),
            bounds: parameter.bounds,
            deprecated: parameter.deprecated,
            sensitive: parameter.sensitive,
            doc: parameter.doc,
            open: parameter.values.is_empty(),
            value_docs: values.iter().map(|(_, doc)| *doc).collect(),
        }
    }
}

impl From<&FieldMetadata> for Field {
    fn from(field: &FieldMetadata) -> Self {
        Self {
            path: field.path,
            kind: field.kind,
            nullable: field.nullable,
            deprecated: field.deprecated,
            doc: field.doc,
            required: field.required,
            sensitive: field.sensitive,
            seen: field.seen,
        }
    }
}

impl From<&ErrorCode> for Code {
    fn from(error: &ErrorCode) -> Self {
        Self {
            code: error.code,
            class: error.class.as_str(),
            retryable: error.retry,
            doc: error.doc(),
            name: error.name,
        }
    }
}

/// Shows the specified operations in full; for people, several of them in a line each.
pub fn run(args: &Ops, output: Output) -> Result<Exit, Failure> {
    let services = match &args.service {
        Some(name) => vec![super::service(name)?],
        None => metadata::services().to_vec(),
    };
    let wanted = match (&args.operation, services.first()) {
        (Some(name), Some(service)) => Some(super::operation(service, name)?.operation.name),
        _ => None,
    };
    let all =
        services.iter().flat_map(|service| service.operations.iter().map(|one| Operation::new(service, one)));
    let operations: Vec<Operation> =
        all.filter(|one| wanted.is_none_or(|wanted| one.operation == wanted)).collect();
    output.list_as(&operations, || match operations.as_slice() {
        [operation] if wanted.is_some() => page(operation),
        several => overview(several),
    })?;
    Ok(Exit::Done)
}

fn overview(operations: &[Operation]) -> String {
    let rows =
        operations.iter().map(|one| vec![one.service.into(), one.operation.into(), one.summary.into()]);
    table(&["service", "operation", "summary"], rows)
}

/// The page about one operation.
fn page(operation: &Operation) -> String {
    let mut page = vec![format!("{} {}\n{}", operation.service, operation.operation, operation.summary)];
    let mut section = |head: &str, text: String| {
        if !text.is_empty() {
            page.push(format!("{head}\n\n{text}"));
        }
    };
    let parameters = operation.parameters.iter();
    section(
        "Parameters",
        filled(
            &["name", "type", "in", "required", "default", "what it means"],
            parameters.map(Parameter::cells),
        ),
    );
    section("Rules", list(&operation.rules));
    let fields = operation.response.iter();
    section("Answer", filled(&["path", "type", "null", "what it means"], fields.map(Field::cells)));
    let errors = operation.errors.iter();
    section("Errors", filled(&["code", "class", "retry", "what it means"], errors.map(Code::cells)));
    let limits = [
        ("Links live for", operation.link_lifetime_s.map(|seconds| format!("{seconds} seconds"))),
        ("Calls per second", operation.rate_limit_per_s.map(|calls| calls.to_string())),
    ];
    let limits = limits.into_iter().filter_map(|(name, value)| Some((name, value?)));
    section("Limits", pairs(&limits.collect::<Vec<_>>()));
    section("Documents", list(operation.documents));
    section("Notes", list(operation.notes));
    page.join("\n\n")
}

impl Parameter {
    fn cells(&self) -> Vec<String> {
        let mut doc = self.doc.to_owned();
        if !self.open {
            let values = self.values.iter().zip(&self.value_docs);
            doc.extend(values.map(|(value, meaning)| format!("\n{value}: {meaning}")));
        } else if !self.values.is_empty() {
            // There can be dozens of regions.
            doc.push_str(&format!("\nKnown: {}", self.values.join(", ")));
        }
        doc.extend(self.bounds.map(|bounds| format!("\nBounds: {bounds}")));
        doc.extend(self.deprecated.map(|instead| format!("\nDeprecated: {instead}")));
        let required = if self.required { "yes" } else { "no" };
        vec![
            self.name.into(),
            self.kind.into(),
            self.place.into(),
            required.into(),
            or_dash(self.default),
            doc,
        ]
    }
}

impl Field {
    fn cells(&self) -> Vec<String> {
        let mut doc = self.doc.to_owned();
        doc.extend(self.deprecated.map(|instead| format!("\nDeprecated: {instead}")));
        doc.extend(self.seen.map(|place| format!("\nSeen only in: {place}")));
        let null = if self.nullable { "yes" } else { "no" };
        vec![self.path.into(), self.kind.into(), null.into(), doc]
    }
}

impl Code {
    fn cells(&self) -> Vec<String> {
        let code = self.name.map_or_else(|| self.code.to_owned(), |name| format!("{} {name}", self.code));
        let retry = if self.retryable { "yes" } else { "no" };
        vec![code, self.class.into(), retry.into(), self.doc.into()]
    }
}

fn filled(heads: &[&str], rows: impl ExactSizeIterator<Item = Vec<String>>) -> String {
    if rows.len() == 0 { String::new() } else { table(heads, rows) }
}

fn list(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("- {line}")).collect::<Vec<_>>().join("\n")
}
