//! A vendor's document held against the spec of its operation: what the spec lacks, has in excess, or states otherwise.
//!
//! Departures that the spec records are listed apart. One that no longer holds is a finding of its own: the document, or
//! the spec, has moved on.

mod fields;
mod render;

use rdbfetch_codegen::spec::{
    DepartureSpec, DiffersWord, ExpirySpec, FieldBody, OneOrMany, OperationSpec, ServiceSpec, Values,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::common::Common;
use crate::document::{Document, ErrorCode, Field};

/// A spec to compare with: an operation, and the service that it belongs to.
#[derive(Debug)]
pub struct Spec<'a> {
    /// The service's name.
    pub service: &'a str,
    /// `service.yaml`.
    pub shared: &'a ServiceSpec,
    /// The operation's name.
    pub operation: &'a str,
    /// The path of its file, for reports.
    pub path: &'a str,
    /// The text of its file.
    pub text: &'a str,
    /// The operation.
    pub spec: &'a OperationSpec,
}

/// What a comparison came to.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Comparison {
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The file of the spec.
    pub spec: String,
    /// The document.
    pub document: String,
    /// Differences that the spec does not record.
    pub differences: Vec<Difference>,
    /// Differences that it records, and why they are right.
    pub recorded: Vec<Recorded>,
    /// Departures from this document that it records and that are none.
    pub outdated: Vec<Outdated>,
    /// What of the document could not be read.
    pub unread: Vec<Unread>,
    /// Remarks on the comparison itself.
    pub remarks: Vec<String>,
}

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Difference {
    /// What is concerned, such as `parameters.Zone`.
    pub about: String,
    /// How they differ.
    pub differs: &'static str,
    /// What the spec says; null where it says nothing.
    pub spec: Option<String>,
    /// What the document says; null where it says nothing.
    pub document: Option<String>,
    /// The line of the spec, from 1.
    pub spec_line: Option<usize>,
    /// The line of the document, from 1.
    pub document_line: Option<usize>,
    /// All of it in a sentence.
    pub message: String,
}

/// A difference that the spec records.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Recorded {
    /// The difference.
    #[serde(flatten)]
    pub difference: Difference,
    /// Why the spec is right.
    pub why: String,
}

/// A departure that no longer holds.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Outdated {
    /// What it is about.
    pub about: String,
    /// How spec and document should differ.
    pub differs: &'static str,
    /// The line of the spec, from 1.
    pub spec_line: Option<usize>,
    /// Why it was recorded.
    pub why: String,
}

/// Something of a document that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Unread {
    /// The line, from 1.
    pub line: usize,
    /// What it is.
    pub what: String,
}

impl Comparison {
    /// Whether spec and document agree, but for what is recorded.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.differences.is_empty() && self.outdated.is_empty()
    }
}

/// The word for a way to differ, as specs write it.
fn word(differs: DiffersWord) -> &'static str {
    match differs {
        DiffersWord::Missing => "missing",
        DiffersWord::Extra => "extra",
        DiffersWord::Type => "type",
        DiffersWord::Required => "required",
        DiffersWord::Default => "default",
        DiffersWord::Values => "values",
        DiffersWord::Deprecated => "deprecated",
        DiffersWord::Nullable => "nullable",
        DiffersWord::Name => "name",
        DiffersWord::Lifetime => "lifetime",
        DiffersWord::RateLimit => "rate-limit",
        DiffersWord::Request => "request",
        DiffersWord::ExampleOnly => "example-only",
        DiffersWord::Untold => "untold",
    }
}

/// Compares. `named` is the name under which the spec knows the document.
#[must_use]
pub fn compare(spec: &Spec<'_>, named: &str, document: &Document) -> Comparison {
    let common = Common::of(spec.shared);
    let mut comparing = Comparing { spec, common, document, found: Vec::new(), known: Vec::new() };
    comparing.all();
    let Comparing { found, known, .. } = comparing;
    let from_here = |one: &&DepartureSpec| one.document == named;
    let mut departures: Vec<(usize, &DepartureSpec, String, bool)> = Vec::new();
    for (at, departure) in spec.spec.departures.iter().enumerate().filter(|(_, one)| from_here(one)) {
        for about in departure.about.list() {
            departures.push((at, departure, about.clone(), false));
        }
    }
    let (mut differences, mut recorded) = (Vec::new(), known);
    for difference in found {
        let holds = |(_, departure, about, _): &&mut (usize, &DepartureSpec, String, bool)| {
            let within = difference.about == *about || difference.about.starts_with(&format!("{about}."));
            within && word(departure.differs) == difference.differs
        };
        match departures.iter_mut().find(holds) {
            Some((_, departure, _, held)) => {
                *held = true;
                recorded.push(Recorded { difference, why: departure.why.clone() });
            }
            None => differences.push(difference),
        }
    }
    let outdated = departures.iter().filter(|(.., held)| !held).map(|(at, departure, about, _)| Outdated {
        about: about.clone(),
        differs: word(departure.differs),
        spec_line: spec.departure_line(*at),
        why: departure.why.clone(),
    });
    let mut remarks = Vec::new();
    if spec.spec.source.iter().all(|source| source.document != named) {
        remarks.push(format!(
            "{} names no source `{named}`, so none of its departures is about this document; --as NAME names another one",
            spec.path
        ));
    }
    Comparison {
        service: spec.service.to_owned(),
        operation: spec.operation.to_owned(),
        spec: spec.path.to_owned(),
        document: named.to_owned(),
        differences,
        outdated: outdated.collect(),
        recorded,
        unread: document.unread.iter().map(|one| Unread { line: one.line, what: one.what.clone() }).collect(),
        remarks,
    }
}

impl Spec<'_> {
    /// The line of the first key of this name below the key of a part.
    fn line(&self, part: &str, name: &str) -> Option<usize> {
        let mut below = part.is_empty();
        for (at, line) in self.text.lines().enumerate() {
            if line.starts_with(|letter: char| !letter.is_whitespace()) {
                below = part.is_empty() || line.split(':').next() == Some(part);
            }
            let key = line.trim_start().split(':').next().unwrap_or_default().trim_matches(['"', '\'']);
            if below && key == name {
                return Some(at + 1);
            }
        }
        None
    }

    /// The line of a departure, by its number.
    fn departure_line(&self, number: usize) -> Option<usize> {
        let mut lines =
            self.text.lines().enumerate().skip_while(|(_, line)| !line.starts_with("departures:"));
        lines.next()?;
        let mut items = lines.filter(|(_, line)| line.trim_start().starts_with("- "));
        items.nth(number).map(|(at, _)| at + 1)
    }
}

/// A comparison under way.
struct Comparing<'a> {
    spec: &'a Spec<'a>,
    common: Common,
    document: &'a Document,
    found: Vec<Difference>,
    /// What the spec's own words record, such as `seen: example`.
    known: Vec<Recorded>,
}

/// Both sides of a difference, and where they are.
#[derive(Default)]
struct Sides {
    spec: Option<String>,
    document: Option<String>,
    spec_line: Option<usize>,
    document_line: Option<usize>,
}

impl Comparing<'_> {
    fn note(&mut self, about: String, differs: DiffersWord, sides: Sides, message: String) {
        let Sides { spec, document, spec_line, document_line } = sides;
        let differs = word(differs);
        self.found.push(Difference { about, differs, spec, document, spec_line, document_line, message });
    }

    fn all(&mut self) {
        self.request();
        self.parameters();
        self.answer();
        self.errors();
        self.lifetimes();
        self.rate();
    }

    fn request(&mut self) {
        let (own, shared) = (&self.spec.spec.request, &self.spec.shared.request);
        if let Some(told) = &self.document.operation
            && told.what != self.spec.operation
        {
            let message = format!("the document is about {}", told.what);
            let sides = Sides {
                spec: Some(self.spec.operation.to_owned()),
                document: Some(told.what.clone()),
                document_line: Some(told.line),
                ..Sides::default()
            };
            self.note("operation".to_owned(), DiffersWord::Request, sides, message);
        }
        let method = own.method.as_ref().or(shared.method.as_ref());
        if let (Some(told), Some(method)) = (&self.document.method, method)
            && told.what != *method
        {
            let sides = Sides {
                spec: Some(method.clone()),
                document: Some(told.what.clone()),
                spec_line: self.spec.line("request", "method"),
                document_line: Some(told.line),
            };
            self.note(
                "method".to_owned(),
                DiffersWord::Request,
                sides,
                format!("the document sends {}", told.what),
            );
        }
        if let (Some(told), Some(path)) = (&self.document.path, &own.path)
            && told.what != *path
        {
            let sides = Sides {
                spec: Some(path.clone()),
                document: Some(told.what.clone()),
                spec_line: self.spec.line("request", "path"),
                document_line: Some(told.line),
            };
            self.note(
                "path".to_owned(),
                DiffersWord::Request,
                sides,
                format!("the document's path is {}", told.what),
            );
        }
        let version = self.spec.spec.version.as_ref().or(self.spec.shared.version.as_ref());
        if let (Some(told), Some(version)) = (&self.document.version, version)
            && told.what != *version
        {
            let sides = Sides {
                spec: Some(version.clone()),
                document: Some(told.what.clone()),
                document_line: Some(told.line),
                ..Sides::default()
            };
            self.note(
                "version".to_owned(),
                DiffersWord::Request,
                sides,
                format!("the document's version is {}", told.what),
            );
        }
    }

    fn errors(&mut self) {
        let own = &self.spec.spec.errors;
        // What stands for success is no error.
        let fails = |code: &str| !(code.len() == 3 && code.starts_with('2') && code.parse::<u16>().is_ok());
        for told in self.document.errors.iter().filter(|told| fails(&told.code)) {
            let line = Some(told.line);
            let about = format!("errors.{}", told.code);
            // Some specs go by the status where the page has a word besides.
            let codes = || std::iter::once(&told.code).chain(&told.status);
            let shared = &self.spec.shared.errors;
            match codes().find_map(|code| own.get(code).or_else(|| shared.get(code))) {
                None => {
                    let sides =
                        Sides { document: Some(told.code.clone()), document_line: line, ..Sides::default() };
                    let message = format!("the spec has no error {}", told.code);
                    self.note(about, DiffersWord::Missing, sides, message);
                }
                Some(error) => {
                    if let Some(name) = &told.name
                        && error.name.as_ref() != Some(name)
                        && *name != told.code
                    {
                        let sides = Sides {
                            spec: error.name.clone(),
                            document: Some(name.clone()),
                            spec_line: self.spec.line("errors", &told.code),
                            document_line: line,
                        };
                        let message = format!("the document calls the error {} {name}", told.code);
                        self.note(about, DiffersWord::Name, sides, message);
                    }
                }
            }
        }
        if self.document.errors.is_empty() {
            return;
        }
        for (code, error) in own.iter() {
            let says = |told: &ErrorCode| told.code == code || told.status.as_deref() == Some(code);
            if self.document.errors.iter().any(says) {
                continue;
            }
            let difference = Difference {
                about: format!("errors.{code}"),
                differs: word(DiffersWord::Extra),
                spec: Some(code.to_owned()),
                document: None,
                spec_line: self.spec.line("errors", code),
                document_line: None,
                message: format!("the document has no error {code}"),
            };
            if error.assumed {
                let why = "the spec marks it as assumed".to_owned();
                self.known.push(Recorded { difference, why });
            } else {
                self.found.push(difference);
            }
        }
    }

    fn lifetimes(&mut self) {
        let Some(links) = &self.spec.spec.links else { return };
        let mut own: Vec<u64> = Vec::new();
        for projection in links.list() {
            let texts =
                projection.expires.iter().flat_map(OneOrMany::list).filter_map(|expiry| match expiry {
                    ExpirySpec::Text(text) => seconds(text),
                    ExpirySpec::Url(_) => None,
                });
            own.extend(texts);
        }
        for told in &self.document.lifetimes {
            if !own.contains(&told.what) {
                let sides = Sides {
                    spec: own.first().map(|seconds| span(*seconds)),
                    document: Some(span(told.what)),
                    spec_line: self.spec.line("links", "expires"),
                    document_line: Some(told.line),
                };
                let message = format!("the document speaks of {}", span(told.what));
                self.note("lifetime".to_owned(), DiffersWord::Lifetime, sides, message);
            }
        }
        for seconds in own {
            if self.document.lifetimes.iter().all(|told| told.what != seconds)
                && self.found.iter().all(|one| one.about != "lifetime")
            {
                let sides = Sides {
                    spec: Some(span(seconds)),
                    spec_line: self.spec.line("links", "expires"),
                    ..Sides::default()
                };
                let message = "the document does not say how long a link lives".to_owned();
                self.note("lifetime".to_owned(), DiffersWord::Untold, sides, message);
            }
        }
    }

    fn rate(&mut self) {
        let own = self.spec.spec.rate_limit.or(self.spec.shared.rate_limit);
        let told = self.document.rate_limit.as_ref();
        if told.map(|told| told.what) == own || told.is_none() && self.spec.spec.rate_limit.is_none() {
            return;
        }
        let sides = Sides {
            spec: own.map(|calls| calls.to_string()),
            document: told.map(|told| told.what.to_string()),
            spec_line: self.spec.line("", "rate_limit"),
            document_line: told.map(|told| told.line),
        };
        let (differs, message) = match told {
            Some(told) => {
                (DiffersWord::RateLimit, format!("the document allows {} calls a second", told.what))
            }
            None => (DiffersWord::Untold, "the document says nothing of a limit of calls".to_owned()),
        };
        self.note("rate_limit".to_owned(), differs, sides, message);
    }
}

/// A duration such as `6h`, in seconds.
fn seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// Seconds for people.
fn span(seconds: u64) -> String {
    match seconds {
        0 => "0 s".to_owned(),
        _ if seconds.is_multiple_of(3600) => format!("{} h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

/// The values of a field, as text.
fn values(body: &FieldBody) -> Vec<String> {
    match &body.values {
        None => Vec::new(),
        Some(Values::List(list)) => list.iter().map(|value| value.0.clone()).collect(),
        Some(Values::Map(map)) => map.keys().map(str::to_owned).collect(),
    }
}

/// The last part of a dotted name.
fn last(field: &Field) -> &str {
    field.name.rsplit('.').next().unwrap_or_default()
}
