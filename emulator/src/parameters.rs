//! The parameters of a received request.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rdbfetch::service::{In, Kind, Operation, Parameter};
use rdbfetch::sign::Draft;
use rdbfetch::value::{Parameters, Value, text};
use serde_json::{Map, Number};

use crate::route::Route;
use crate::server::Request;
use crate::template::Holes;

/// Where a request can have parameters.
pub(crate) struct Sources<'a> {
    request: &'a Request,
    /// Query and form; of repeated names the first.
    pairs: BTreeMap<String, String>,
    /// The body, if it is a JSON object.
    json: Option<Map<String, Value>>,
}

/// What is wrong with a parameter, in words that follow its name.
pub(crate) struct Problem {
    pub(crate) parameter: &'static str,
    pub(crate) text: String,
}

impl<'a> Sources<'a> {
    /// The sources of a request that was taken apart into `draft`.
    pub(crate) fn new(request: &'a Request, draft: &Draft) -> Self {
        let mut pairs = BTreeMap::new();
        for (name, value) in draft.query.iter().chain(draft.form().into_iter().flat_map(|form| form.iter())) {
            pairs.entry(name.to_string_lossy()).or_insert_with(|| value.to_string_lossy());
        }
        Self { request, pairs, json: serde_json::from_slice(&request.body).ok() }
    }

    /// What stands under a name as text.
    pub(crate) fn text(&self, place: In, name: &str) -> Option<Cow<'_, str>> {
        match place {
            In::Query | In::Form => self.pairs.get(name).map(|text| Cow::Borrowed(text.as_str())),
            In::Json => self.json.as_ref()?.get(name).and_then(text).map(Cow::Owned),
            In::Header => self.request.header(&name.to_ascii_lowercase()).map(Cow::Borrowed),
            In::Path => None,
        }
    }

    /// Whether a body that should be a JSON object is something else.
    pub(crate) fn broken_json(&self, route: &Route) -> bool {
        let operation = route.operation;
        let in_json = |parameter: &Parameter| parameter.place.unwrap_or(route.place) == In::Json;
        self.json.is_none() && !self.request.body.is_empty() && operation.parameters.iter().any(in_json)
    }

    /// The parameters that a request has, of those that its operation declares, and what is wrong with them.
    pub(crate) fn parameters(&self, route: &Route) -> (Parameters, Vec<Problem>) {
        let (mut parameters, mut problems) = (Parameters::new(), Vec::new());
        for parameter in route.operation.parameters {
            match self.parameter(parameter, route) {
                Ok(Some(value)) => parameters.push((parameter.name, value)),
                Ok(None) => {}
                Err(text) => problems.push(Problem { parameter: parameter.name, text }),
            }
        }
        (parameters, problems)
    }

    fn parameter(&self, parameter: &Parameter, route: &Route) -> Result<Option<Value>, String> {
        let Route { operation, place, path } = route;
        match parameter.place.unwrap_or(*place) {
            In::Query | In::Form => self.flattened(&parameter.kind, parameter.wire, operation),
            In::Json => {
                let value = self.json.as_ref().and_then(|body| body.get(parameter.wire));
                Ok(value.filter(|value| !value.is_null()).map(|value| named(&parameter.kind, value)))
            }
            In::Header => {
                let text = self.text(In::Header, parameter.wire);
                Ok(text.map(|text| scalar(&parameter.kind, &text)))
            }
            In::Path => Ok(hole(path, parameter).map(|text| scalar(&parameter.kind, text))),
        }
    }

    /// A value that is flattened into names such as `Key.0.Sub`.
    fn flattened(&self, kind: &Kind, name: &str, operation: &Operation) -> Result<Option<Value>, String> {
        match kind {
            Kind::List(inner) => {
                let first = operation.first_index;
                let mut found: BTreeSet<u32> = BTreeSet::new();
                for segment in self.inside(name).map(|rest| rest.split('.').next().unwrap_or_default()) {
                    let index = segment
                        .parse()
                        .map_err(|_| format!("has an element {segment:?} that is no number"))?;
                    found.insert(index);
                }
                if found.is_empty() {
                    return Ok(None);
                }
                let mut list = Vec::with_capacity(found.len());
                for (expected, index) in (first..).zip(found) {
                    if index != expected {
                        return Err(format!("has no element {expected}: elements are counted from {first}"));
                    }
                    let value = self.flattened(inner, &format!("{name}.{index}"), operation)?;
                    list.push(value.unwrap_or(Value::Null));
                }
                Ok(Some(Value::Array(list)))
            }
            Kind::Object(fields) => {
                let mut object = Map::new();
                for field in fields() {
                    let value = self.flattened(&field.kind, &format!("{name}.{}", field.wire), operation)?;
                    object.extend(value.map(|value| (field.name.to_owned(), value)));
                }
                Ok((!object.is_empty()).then_some(Value::Object(object)))
            }
            Kind::Map(inner) => {
                let simple = !matches!(inner, Kind::List(_) | Kind::Map(_) | Kind::Object(_));
                let key = |rest: &'_ str| match rest.split_once('.') {
                    Some((key, _)) if !simple => key.to_owned(),
                    _ => rest.to_owned(),
                };
                let keys: BTreeSet<String> = self.inside(name).map(key).collect();
                let mut map = Map::new();
                for key in keys {
                    let value = self.flattened(inner, &format!("{name}.{key}"), operation)?;
                    map.extend(value.map(|value| (key, value)));
                }
                Ok((!map.is_empty()).then_some(Value::Object(map)))
            }
            _ => Ok(self.pairs.get(name).map(|text| scalar(kind, text))),
        }
    }

    /// What follows `name.` in the names that begin so.
    fn inside(&self, name: &str) -> impl Iterator<Item = &str> {
        let prefix = format!("{name}.");
        let from = self.pairs.range(prefix.clone()..).map(|(key, _)| key.as_str());
        from.map_while(move |key| key.strip_prefix(&prefix))
    }
}

/// What the path shows for a parameter.
fn hole<'h>(path: &'h Holes, parameter: &Parameter) -> Option<&'h str> {
    let found = path.iter().find(|(name, _)| *name == parameter.name || *name == parameter.wire);
    found.map(|(_, value)| value.as_str())
}

/// A text as a value of a type; a text that does not fit stays text, for the checks to complain about.
fn scalar(kind: &Kind, text: &str) -> Value {
    let fitting = match kind {
        Kind::Int64 => text.parse::<i64>().ok().map(Value::from),
        Kind::Timestamp(format) if format.format.starts_with("%s") => {
            text.parse::<i64>().ok().map(Value::from)
        }
        Kind::Double => text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number),
        // Some clients write True.
        Kind::Bool => text.to_ascii_lowercase().parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    fitting.unwrap_or_else(|| Value::from(text))
}

/// A JSON value with its members under their documented names.
fn named(kind: &Kind, value: &Value) -> Value {
    match (kind, value) {
        (Kind::List(inner), Value::Array(list)) => list.iter().map(|value| named(inner, value)).collect(),
        (Kind::Map(inner), Value::Object(map)) => {
            Value::Object(map.iter().map(|(key, value)| (key.clone(), named(inner, value))).collect())
        }
        (Kind::Object(fields), Value::Object(object)) => {
            let known = |field: &Parameter| {
                let value = object.get(field.wire).filter(|value| !value.is_null())?;
                Some((field.name.to_owned(), named(&field.kind, value)))
            };
            Value::Object(fields().iter().filter_map(known).collect())
        }
        _ => value.clone(),
    }
}
