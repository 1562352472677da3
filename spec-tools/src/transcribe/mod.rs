//! A first draft of an operation's file, from a vendor's document: what the document says, with marks where it had to be
//! guessed. Descriptions are left to be written in our own words.

mod guess;
mod types;
mod write;

use std::collections::BTreeMap;

use rdbfetch_codegen::SpecFile;
use rdbfetch_codegen::spec::ServiceSpec;
use serde_json::Value;

use self::types::{Resolved, Types};
use crate::common::Common;
use crate::document::{Document, Field};

/// What a draft is written with.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The name of the document, for `source`.
    pub document: &'a str,
    /// When it was read, as YYYY-MM-DD.
    pub date: Option<&'a str>,
    /// The service, if there is one.
    pub service: Option<Service<'a>>,
}

/// The service that an operation belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Service<'a> {
    /// The folder's name.
    pub name: &'a str,
    /// The text of `service.yaml`.
    pub text: &'a str,
    /// The same, read.
    pub spec: &'a ServiceSpec,
}

/// A draft.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The operation's name: that of the file, without its ending.
    pub operation: String,
    /// The file.
    pub text: String,
    /// What was left out since it does not pass the check, and what could not be read.
    pub remarks: Vec<String>,
}

/// A service for drafts that belong to none yet: as little as the language asks for.
pub const NOBODY: &str = r#"title: Nobody
endpoint: "https://nobody.example/"
request: {method: POST, path: /, place: json}
response:
  success: {$status: 200..299}
  error: {code: nobody_code, message: nobody_message}
  fields:
    nobody_code: {type: string, doc: Code.}
    nobody_message: {type: string, doc: Text.}
errors:
  Nobody1: {class: invalid, when: [missing, bad-value], doc: Bad.}
  Nobody2: {class: auth, when: unknown-key, doc: Who.}
  Nobody3: {class: invalid, when: no-operation, doc: What.}
auth:
  headers:
    Nobody-Key: "{access_key}"
    Nobody-Secret: "{secret}"
"#;

/// What of a draft can be left out.
#[derive(Clone, Copy, Debug, Default)]
struct Without {
    links: bool,
    examples: bool,
    defaults: bool,
}

/// Writes a draft.
///
/// # Errors
/// When the document names no operation, or has nothing that a request or an answer could be made of.
pub fn transcribe(document: &Document, ask: Ask<'_>) -> Result<Draft, String> {
    let Some(operation) = document.operation.as_ref().map(|told| told.what.clone()) else {
        return Err(
            "the document names no operation: no title, no sentence and no parameter Action says which"
                .to_owned(),
        );
    };
    if document.parameters.is_empty() && document.response.is_empty() && document.objects.is_empty() {
        return Err("the document has no table of parameters or fields that could be read".to_owned());
    }
    let mut remarks: Vec<String> =
        document.unread.iter().map(|told| format!("line {}: {}", told.line, told.what)).collect();
    let drafting = Drafting::new(document, ask, &operation);
    // The more is left out, the surer it passes.
    let tries = [
        (Without::default(), None),
        (Without { links: true, ..Without::default() }, Some("the projection of its links")),
        (Without { examples: true, ..Without::default() }, Some("its examples")),
        (
            Without { links: true, examples: true, ..Without::default() },
            Some("the projection of its links and its examples"),
        ),
        (
            Without { links: true, examples: true, defaults: true },
            Some("defaults, values, the projection of its links and its examples"),
        ),
    ];
    let mut last: Option<(String, String)> = None;
    for (without, what) in tries {
        let text = drafting.write(without);
        match check(&operation, &text, ask) {
            Ok(()) => {
                let why = last.as_ref().and_then(|(_, why)| why.lines().next());
                let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
                let left_out = |what| format!("left out, since it would not pass the check: {what}{why}");
                remarks.extend(what.map(left_out));
                return Ok(Draft { operation, text, remarks });
            }
            // The first is about what is worth keeping most.
            Err(why) => last = Some((text, last.map_or(why, |(_, first)| first))),
        }
    }
    let (text, why) = last.unwrap_or_default();
    remarks.push(format!("the draft does not pass the check yet:\n{why}"));
    Ok(Draft { operation, text, remarks })
}

/// Checks a draft inside of its service, or of one that is made up.
fn check(operation: &str, text: &str, ask: Ask<'_>) -> Result<(), String> {
    let (name, service) = ask.service.map_or(("nobody", NOBODY), |service| (service.name, service.text));
    let file =
        |stem: &str, text: &str| SpecFile { path: format!("{name}/{stem}.yaml"), text: text.to_owned() };
    let files = [file("service", service), file(operation, text)];
    match rdbfetch_codegen::check(&files) {
        Ok(_) => Ok(()),
        Err(failure) => {
            // What is wrong with the service by itself, or lacks only its other operations, is not the draft's.
            let own = format!("{name}/{operation}.yaml");
            let found: Vec<String> = failure
                .located()
                .iter()
                .filter(|one| one.problem.file == own)
                .map(|one| format!("{}:{}: {}", one.start.0, one.start.1, one.problem.message))
                .collect();
            if found.is_empty() { Ok(()) } else { Err(found.join("\n")) }
        }
    }
}

/// A draft under way.
struct Drafting<'a> {
    document: &'a Document,
    ask: Ask<'a>,
    operation: &'a str,
    common: Common,
    parameters: Vec<&'a Field>,
    /// The answer's own fields.
    response: Vec<Member>,
    /// The key around them, where no service says so.
    within: Option<String>,
    /// Object types in the order in which they are named.
    types: Vec<(String, Vec<Member>)>,
}

/// A field of an answer or a member of an object type.
#[derive(Clone, Debug)]
struct Member {
    name: String,
    kind: String,
    /// The values that the page lists.
    values: Vec<String>,
    /// Whether it has to be sent.
    required: bool,
    nullable: bool,
    deprecated: bool,
    /// Whether only an example has it.
    seen: bool,
    /// What had to be guessed.
    guess: Option<&'static str>,
}

impl<'a> Drafting<'a> {
    fn new(document: &'a Document, ask: Ask<'a>, operation: &'a str) -> Self {
        let common = ask.service.map(|service| Common::of(service.spec)).unwrap_or_default();
        let (parameters, response, types) = (Vec::new(), Vec::new(), Vec::new());
        let mut drafting =
            Self { document, ask, operation, common, parameters, response, within: None, types };
        let mut seen = Vec::new();
        for field in &document.parameters {
            let first = field.name.split('.').next().unwrap_or_default();
            if !drafting.is_common(field) && !seen.contains(&first) {
                seen.push(first);
                drafting.parameters.push(field);
            }
        }
        let Resolved { response, types, within } =
            Types::of(document, &drafting.common).resolve(&drafting.parameters);
        drafting.within = within.filter(|_| ask.service.is_none());
        drafting.response = response;
        drafting.types = types;
        drafting
    }

    /// Whether a parameter belongs to all operations of the service.
    fn is_common(&self, field: &Field) -> bool {
        const COMMON: [&str; 4] = ["Action", "Version", "PublicKey", "Signature"];
        let said =
            field.text.starts_with("公共参数") || field.text.to_lowercase().starts_with("common param");
        said || COMMON.contains(&field.name.as_str()) || self.common.has_parameter(&field.name)
    }

    /// The parameters of an example, those that the draft has, by the types that it gives them.
    fn example_request(&self, json: &Value) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        for field in &self.parameters {
            let name = field.name.split('.').next().unwrap_or_default();
            if let Some(value) = json.get(name)
                && let Some(value) = guess::fitting(value, &guess::parameter_kind(field, self.document).0)
            {
                found.insert(name.to_owned(), value);
            }
        }
        found
    }
}
