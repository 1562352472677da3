//! The parameters of a received request.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::service::{In, Kind, Lists, Parameter, Traits};
use rdbfetch::sign::Draft;
use rdbfetch::value::{Parameters, Value, text};
use serde_json::{Map, Number};

use crate::route::Route;
use crate::server::Request;
use crate::template::Holes;

/// Where a request can have parameters.
pub(crate) struct Sources<'a> {
    request: &'a Request,
    /// Query and form.
    pairs: Pairs,
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
        let mut pairs = Pairs::new();
        let json: Option<Map<String, Value>> = serde_json::from_slice(&request.body).ok();
        // What is signed like a form may be JSON all the same.
        let form = draft.form().filter(|_| json.is_none());
        for (name, value) in draft.query.iter().chain(form.into_iter().flat_map(|form| form.iter())) {
            pairs.entry(name.to_string_lossy()).or_default().push(value.to_string_lossy());
        }
        Self { request, pairs, json }
    }

    /// What stands under a name as text.
    pub(crate) fn text(&self, place: In, name: &str) -> Option<Cow<'_, str>> {
        match place {
            In::Query | In::Form => self
                .pairs
                .get(name)
                .and_then(|values| values.first())
                .map(|text| Cow::Borrowed(text.as_str())),
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

    /// The first name in query, form or JSON body that the operation does not know. Of what is spread over several
    /// names, such as `Key.0.Sub`, the first part counts; in JSON also the members of objects.
    pub(crate) fn unknown(&self, route: &Route, metadata: &ServiceMetadata) -> Option<String> {
        let operation = route.operation;
        let placed = |name: &str| {
            let mut placements = metadata.variants.iter().flat_map(|variant| variant.placements);
            placements.any(|placement| !placement.header && placement.name == name)
        };
        let constant = |name: &str| operation.constants.iter().any(|constant| constant.name == name);
        let json = route.place == In::Json;
        let known = |name: &str, whole: bool| {
            let named = |wire: &str| match name.strip_prefix(wire) {
                Some(rest) => rest.is_empty() || !whole && rest.starts_with(['.', '[']),
                None => false,
            };
            let mut parameters = operation.parameters.iter();
            parameters
                .any(|parameter| named(parameter.wire) || parameter.traits.within.first() == Some(&name))
        };
        let is_known = |name: &str, whole: bool| known(name, whole) || constant(name) || placed(name);
        if let Some(name) = self.pairs.keys().find(|name| !is_known(name, false)) {
            return Some(name.clone());
        }
        let body = self.json.as_ref().filter(|_| json)?;
        if let Some(name) = body.keys().find(|name| !is_known(name, true)) {
            return Some(name.clone());
        }
        operation.parameters.iter().find_map(|parameter| {
            let mut holder = body;
            for key in parameter.traits.within {
                holder = holder.get(*key)?.as_object()?;
            }
            unknown_member(&parameter.kind, holder.get(parameter.wire)?, parameter.wire)
        })
    }

    fn parameter(&self, parameter: &Parameter, route: &Route) -> Result<Option<Value>, String> {
        let Route { operation, place, path } = route;
        let Traits { within, quoted, lists, .. } = parameter.traits;
        let lists = lists.unwrap_or(operation.lists);
        match parameter.place.unwrap_or(*place) {
            In::Query | In::Form => flattened(&self.pairs, &parameter.kind, parameter.wire, lists),
            In::Json => {
                let mut holder = self.json.as_ref();
                for key in within {
                    holder = holder.and_then(|body| body.get(*key)?.as_object());
                }
                let value = holder.and_then(|body| body.get(parameter.wire)).filter(|value| !value.is_null());
                Ok(value.map(|value| named(&parameter.kind, quoted, value)))
            }
            In::Header => {
                let mut pairs = Pairs::new();
                for (name, value) in &self.request.headers {
                    pairs.entry(name.clone()).or_default().push(value.clone());
                }
                flattened(&pairs, &parameter.kind, &parameter.wire.to_ascii_lowercase(), lists)
            }
            In::Path => Ok(hole(path, parameter).map(|text| scalar(&parameter.kind, text))),
        }
    }
}

/// Values by name, as a query, a form or the headers hold them: all that have the same name, in their order.
type Pairs = BTreeMap<String, Vec<String>>;

/// A value that travels in names and texts, such as `Key.0.Sub`.
fn flattened(pairs: &Pairs, kind: &Kind, name: &str, lists: Lists) -> Result<Option<Value>, String> {
    let first = |name: &str| pairs.get(name).and_then(|values| values.first());
    match (kind, lists) {
        (Kind::List(_) | Kind::Object(_) | Kind::Map(_) | Kind::Any, Lists::Json) => {
            let Some(text) = first(name) else { return Ok(None) };
            match serde_json::from_str(text) {
                Ok(value) => Ok(Some(named(kind, false, &value))),
                Err(_) if matches!(kind, Kind::Any) => Ok(Some(Value::from(text.as_str()))),
                Err(_) => Err("is no JSON".to_owned()),
            }
        }
        (Kind::List(inner), Lists::Repeated(suffix)) => {
            let values = pairs.get(&format!("{name}{suffix}"));
            Ok(values.map(|values| values.iter().map(|text| scalar(inner, text)).collect()))
        }
        (Kind::List(inner), Lists::Joined(between)) => Ok(first(name).map(|text| {
            let parts = text.split(between).filter(|_| !text.is_empty());
            parts.map(|part| scalar(inner, part)).collect()
        })),
        (Kind::List(inner), Lists::Named { before, first, after, .. }) => {
            let mut found: BTreeSet<u32> = BTreeSet::new();
            for rest in inside(pairs, &format!("{name}{before}")) {
                let segment = rest.split(['.', '[', ']']).next().unwrap_or_default();
                let index =
                    segment.parse().map_err(|_| format!("has an element {segment:?} that is no number"))?;
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
                let value = flattened(pairs, inner, &format!("{name}{before}{index}{after}"), lists)?;
                list.push(value.unwrap_or(Value::Null));
            }
            Ok(Some(Value::Array(list)))
        }
        (Kind::Object(fields), _) => {
            let (open, close) = member(lists);
            let mut object = Map::new();
            for field in fields() {
                let name = format!("{name}{open}{}{close}", field.wire);
                let value = flattened(pairs, &field.kind, &name, lists)?;
                object.extend(value.map(|value| (field.name.to_owned(), value)));
            }
            Ok((!object.is_empty()).then_some(Value::Object(object)))
        }
        (Kind::Map(inner), _) => {
            let (open, close) = member(lists);
            let simple = !matches!(inner, Kind::List(_) | Kind::Map(_) | Kind::Object(_));
            let key =
                |rest: &'_ str| match (close, rest.split_once(if close.is_empty() { "." } else { close })) {
                    ("", Some((key, _))) if !simple => key.to_owned(),
                    ("", _) | (_, None) => rest.to_owned(),
                    (_, Some((key, _))) => key.to_owned(),
                };
            let keys: BTreeSet<String> = inside(pairs, &format!("{name}{open}")).map(key).collect();
            let mut map = Map::new();
            for key in keys {
                let value = flattened(pairs, inner, &format!("{name}{open}{key}{close}"), lists)?;
                map.extend(value.map(|value| (key, value)));
            }
            Ok((!map.is_empty()).then_some(Value::Object(map)))
        }
        _ => Ok(first(name).map(|text| scalar(kind, text))),
    }
}

/// What follows `prefix` in the names that begin so.
fn inside<'p>(pairs: &'p Pairs, prefix: &str) -> impl Iterator<Item = &'p str> {
    let prefix = prefix.to_owned();
    let from = pairs.range(prefix.clone()..).map(|(key, _)| key.as_str());
    from.map_while(move |key| key.strip_prefix(&prefix))
}

/// What stands around the name of a member.
fn member(lists: Lists) -> (&'static str, &'static str) {
    if let Lists::Named { member, .. } = lists { member } else { (".", "") }
}

/// The first member of an object in a JSON value that its type does not have, with the way to it.
fn unknown_member(kind: &Kind, value: &Value, path: &str) -> Option<String> {
    match (kind, value) {
        (Kind::List(inner), Value::Array(list)) => {
            let mut items = list.iter().enumerate();
            items.find_map(|(index, value)| unknown_member(inner, value, &format!("{path}.{index}")))
        }
        (Kind::Map(inner), Value::Object(map)) => {
            map.iter().find_map(|(key, value)| unknown_member(inner, value, &format!("{path}.{key}")))
        }
        (Kind::Object(fields), Value::Object(map)) => map.iter().find_map(|(key, value)| {
            let path = format!("{path}.{key}");
            match fields().iter().find(|field| field.wire == key) {
                Some(field) => unknown_member(&field.kind, value, &path),
                None => Some(path),
            }
        }),
        _ => None,
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

/// A JSON value with its members under their documented names, and without the quotes around what is no text.
fn named(kind: &Kind, quoted: bool, value: &Value) -> Value {
    match (kind, value) {
        (Kind::List(inner), Value::Array(list)) => {
            list.iter().map(|value| named(inner, quoted, value)).collect()
        }
        (Kind::Map(inner), Value::Object(map)) => {
            Value::Object(map.iter().map(|(key, value)| (key.clone(), named(inner, quoted, value))).collect())
        }
        (kind, Value::String(text)) if quoted => scalar(kind, text),
        (Kind::Object(fields), Value::Object(object)) => {
            let known = |field: &Parameter| {
                let value = object.get(field.wire).filter(|value| !value.is_null())?;
                Some((field.name.to_owned(), named(&field.kind, field.traits.quoted, value)))
            };
            Value::Object(fields().iter().filter_map(known).collect())
        }
        _ => value.clone(),
    }
}
