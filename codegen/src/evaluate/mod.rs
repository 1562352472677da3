//! What a signature makes of a request, worked out from its description alone.
//!
//! This is an interpreter of what [`crate::emit`] compiles, and shares no code with the runtime. It runs once per
//! known-answer vector; a test of the library proves that it and the compiled signing functions agree.

mod filters;
mod request;
mod value;
mod vectors;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use self::request::{Body, Request};
pub use self::vectors::{Mismatch, compare};

use self::value::Value;
use crate::model::{Auth, Expr, Line, Service, Variant};

/// A text that need not be UTF-8.
pub type Text = Vec<u8>;

/// What a signature depends on besides the request.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The access key, which names the credentials.
    pub access_key: String,
    /// The secret key.
    pub secret: String,
    /// The token of temporary credentials.
    pub token: Option<String>,
    /// The clock, in milliseconds since 1970.
    pub now_millis: i64,
    /// A UUID.
    pub uuid: String,
    /// A positive number.
    pub random: String,
    /// Settings by name.
    pub settings: Vec<(String, String)>,
    /// The names of the signed headers, where they are not those that the description chooses.
    pub signed_headers: Option<Vec<String>>,
    /// Headers and parameters that are not placed.
    pub omit: Vec<String>,
}

/// What a signature made of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// The value of every step in the order of work: text as it is, bytes in hexadecimal digits, lists line by line.
    pub steps: Vec<(String, Text)>,
    /// Headers that were placed.
    pub headers: Vec<(String, Text)>,
    /// Parameters that were placed.
    pub params: Vec<(String, Text)>,
}

/// The signatures of services, ready to be evaluated.
#[derive(Debug)]
pub struct Signatures {
    services: Vec<Service>,
}

impl Signatures {
    /// The signatures of resolved services.
    pub(crate) fn new(services: Vec<Service>) -> Self {
        Self { services }
    }

    /// What the variant of a service's signature makes of a request; `None` where there is no such variant.
    #[must_use]
    pub fn evaluate(
        &self,
        service: &str,
        variant: &str,
        request: &Request,
        inputs: &Inputs,
    ) -> Option<Evaluation> {
        let service = self.services.iter().find(|known| known.name == service)?;
        let variant = service.auth.variants.iter().find(|known| known.name == variant)?;
        Some(evaluate(&service.auth, variant, request.clone(), inputs))
    }
}

/// What a variant makes of a request.
pub fn evaluate(auth: &Auth, variant: &Variant, request: Request, inputs: &Inputs) -> Evaluation {
    let mut run = Run {
        auth,
        variant: &variant.name,
        inputs,
        request,
        values: BTreeMap::new(),
        out: Evaluation::default(),
    };
    for line in &variant.lines {
        match line {
            Line::Step { name, value } => {
                let value = run.value(value);
                run.out.steps.push((name.clone(), value.shown()));
                run.values.insert(name, value);
            }
            Line::Place { optional: true, .. } if inputs.token.is_none() => {}
            Line::Place { name, .. } if inputs.omit.contains(name) => {}
            Line::Place { header, name, value, .. } => {
                let text = run.value(value).into_text();
                run.place(*header, name, text);
            }
        }
    }
    run.out
}

/// A variant at work.
struct Run<'a> {
    auth: &'a Auth,
    variant: &'a str,
    inputs: &'a Inputs,
    request: Request,
    values: BTreeMap<&'a str, Value>,
    out: Evaluation,
}

impl<'a> Run<'a> {
    fn place(&mut self, header: bool, name: &str, text: Text) {
        if header {
            let shown = String::from_utf8_lossy(&text).into_owned();
            self.request.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
            self.request.headers.push((name.to_owned(), shown));
            self.out.headers.push((name.to_owned(), text));
            return;
        }
        let pairs = match &mut self.request.body {
            Body::Form(pairs) => pairs,
            Body::Empty | Body::Bytes(_) => &mut self.request.query,
        };
        pairs.retain(|(key, _)| key != name.as_bytes());
        pairs.push((name.as_bytes().to_vec(), text.clone()));
        self.out.params.push((name.to_owned(), text));
    }

    fn value(&self, expr: &'a Expr) -> Value {
        match expr {
            Expr::Filter { of, name: "when", arguments, .. } => {
                let told = arguments.iter().all(|argument| self.value(argument).is_empty());
                if told { Value::default() } else { self.value(of) }
            }
            Expr::Input(name) => self.input(name),
            Expr::Setting(name) => {
                let found = self.inputs.settings.iter().find(|(key, _)| key == name);
                Value::text(found.map_or("", |(_, value)| value))
            }
            Expr::Step(name) => self.values.get(name.as_str()).cloned().unwrap_or_default(),
            Expr::Literal(text) => Value::text(text),
            Expr::Time { format, offset, later } => Value::text(&self.time(format, *offset, *later)),
            Expr::Later(_) => Value::default(),
            Expr::Filter { of, name, on, arguments, .. } => {
                let arguments: Vec<Text> =
                    arguments.iter().map(|argument| self.value(argument).into_text()).collect();
                filters::apply(self.value(of), name, *on, &arguments)
            }
            Expr::Template(parts) => {
                Value::Text(parts.iter().flat_map(|part| self.value(part).into_text()).collect())
            }
        }
    }

    fn input(&self, name: &str) -> Value {
        let (request, inputs) = (&self.request, self.inputs);
        match name {
            "method" => Value::text(&request.method),
            "host" => Value::text(&request.host),
            "path" => Value::text(&request.path),
            "raw_query" => Value::Text(request.sent_query()),
            "query" => Value::Pairs(request.query.clone()),
            "params" => Value::Pairs(request.params()),
            "body" => Value::Bytes(request.sent_body()),
            "signed_headers" => {
                Value::List(self.signed_headers().into_iter().map(String::into_bytes).collect())
            }
            "headers" => {
                let value = |name: &String| (name.clone().into_bytes(), request.header(name).into_bytes());
                Value::Pairs(self.signed_headers().iter().map(value).collect())
            }
            "access_key" => Value::text(&inputs.access_key),
            "secret" => Value::text(&inputs.secret),
            "token" => Value::text(inputs.token.as_deref().unwrap_or_default()),
            "uuid" => Value::text(&inputs.uuid),
            "random" => Value::text(&inputs.random),
            "variant" => Value::text(self.variant),
            _ => Value::default(),
        }
    }

    fn signed_headers(&self) -> Vec<String> {
        if let Some(names) = &self.inputs.signed_headers {
            return names.clone();
        }
        let mut names: Vec<String> =
            self.request.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
        names.push("host".to_owned());
        let fits = |patterns: &[String], name: &str| {
            patterns.iter().any(|pattern| like(pattern.as_bytes(), name.as_bytes()))
        };
        names.retain(|name| fits(&self.auth.sign_headers, name) && !fits(&self.auth.skip_headers, name));
        names.sort();
        names.dedup();
        names
    }

    fn time(&self, format: &str, offset: i32, later: i64) -> String {
        let millis = self.inputs.now_millis.saturating_add(later.saturating_mul(1000));
        let moment = Timestamp::from_millisecond(millis).unwrap_or_default();
        let offset = jiff::tz::Offset::from_seconds(offset).unwrap_or(jiff::tz::Offset::UTC);
        let zoned = moment.to_zoned(offset.to_time_zone());
        // Fractions of a second have other names there.
        let format = format.replace("%f", "%6f").replace("%L", "%3f");
        jiff::fmt::strtime::format(format, &zoned).unwrap_or_default()
    }
}

/// Whether `text` fits `pattern`, in which `*` stands for any run of characters.
pub fn like(pattern: &[u8], text: &[u8]) -> bool {
    let mut parts: Vec<&[u8]> = pattern.split(|byte| *byte == b'*').collect();
    if parts.len() == 1 {
        return pattern == text;
    }
    let Some(mut text) = text.strip_prefix(parts.remove(0)) else { return false };
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let found = (0..=text.len()).find(|at| text[*at..].starts_with(part));
        let Some(at) = found else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn stars_stand_for_any_run() {
        for (pattern, text) in [("*", ""), ("x-*", "x-a"), ("*a*b", "aab"), ("a*a", "aa"), ("a**", "a")] {
            assert!(like(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("x-*", "x"), ("a*a", "a"), ("*b*a", "ab"), ("a", "ab")] {
            assert!(!like(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
        }
    }
}
