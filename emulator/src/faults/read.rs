//! Rules from JSON, YAML and lines of text. Every wrong word is named, with what was expected and the nearest known one.

use rdbfetch::service::When;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::effects::{Coded, Cut, EFFECTS, Etag, Flip, Shard, WrongRange};
use super::rule::{CONDITIONS, Fault, FaultError};
use super::units::{duration, moment, shift, situation, size, word};
use crate::nearest::nearest;

/// What a rule has besides its effects.
const RULE: [&str; 8] = ["name", "on", "skip", "nth", "times", "probability", "from", "until"];
/// The most bytes that an answer can be blown up by.
const HUGEST: u64 = 1 << 30;
/// The most levels that an answer can be nested by.
const DEEPEST: u64 = 10_000_000;

/// What is read, or why not, in words that follow the name.
type Read<T> = Result<T, String>;

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl std::str::FromStr for Fault {
    type Err = FaultError;

    /// Reads a rule from `{…}`, JSON or YAML in one line, or from `name=value` pairs with commas between them, in which
    /// conditions and the rest stand side by side, a dot leads inside and a name alone means true.
    fn from_str(text: &str) -> Result<Self, FaultError> {
        let text = text.trim();
        let value = if text.starts_with('{') { yaml(text)? } else { pairs(text)? };
        Self::from_value(value)
    }
}

impl Fault {
    /// Reads a list of rules in YAML or JSON.
    ///
    /// # Errors
    /// What is wrong with the first wrong rule, and its number, counted from 1.
    pub fn list(text: &str) -> Result<Vec<Self>, FaultError> {
        let Value::Array(list) = yaml(text)? else {
            return Err(FaultError("a list of rules is expected, each beginning with `- `".to_owned()));
        };
        let read = |(at, value)| {
            Self::from_value(value).map_err(|FaultError(text)| FaultError(format!("rule {}: {text}", at + 1)))
        };
        list.into_iter().enumerate().map(read).collect()
    }

    /// Reads a rule.
    pub(crate) fn from_value(value: Value) -> Result<Self, FaultError> {
        let known: Vec<&str> =
            RULE.into_iter().chain(EFFECTS.map(|(name, _)| name)).chain(["refuse"]).collect();
        let mut fields = Fields::new(value, "a rule", &known)?;
        let mut fault = Self { name: fields.take("name", text)?, ..Self::default() };
        if let Some(on) = fields.0.remove("on") {
            let mut on = Fields::new(on, "`on`", &CONDITIONS)?;
            for name in CONDITIONS {
                fault.on.extend(on.take(name, scalar)?.map(|value| (name, value)));
            }
        }
        fault.skip = fields.take("skip", number)?.unwrap_or_default();
        fault.times = fields.take("times", number)?;
        if let Some(nth) = fields.take("nth", positive)? {
            if fault.skip != 0 || fault.times.is_some() {
                let problem = "`nth` stands for `skip` and `times`: leave it out, or the two of them";
                return Err(FaultError(problem.to_owned()));
            }
            fault = fault.nth(nth);
        }
        fault.probability = fields.take("probability", probability)?;
        fault.from = fields.take("from", at)?;
        fault.until = fields.take("until", at)?;

        let effects = &mut fault.effects;
        effects.error = fields.take("error", coded)?;
        effects.when = fields.take("when", when)?;
        effects.throttle = fields.take("throttle", |value| {
            let inside = inside(value, &["retry_after"])?;
            required(inside.as_ref().map_or(Some(value), |inside| inside.get("retry_after")), span)
        })?;
        effects.status = fields.take("status", status)?;
        effects.body = fields.take("body", text)?;
        effects.content_type = fields.take("content_type", text)?;
        effects.latency = fields.take("latency", latency)?;
        effects.duplicate_keys = fields.flag("duplicate_keys")?;
        effects.wrong_types = fields.flag("wrong_types")?;
        effects.huge = fields.take("huge", |value| limited(value, bytes, HUGEST, "1GiB"))?;
        effects.deep = fields.take("deep", |value| limited(value, positive, DEEPEST, "10000000"))?;
        effects.missing_shard = fields.take("missing_shard", |value| match value {
            Value::String(word) if word == "last" => Ok(Shard::Last),
            _ => number(value).map(Shard::At).map_err(|_| expected("the number of a file, or last", value)),
        })?;
        effects.null_links = fields.flag("null_links")?;
        effects.failed_backup = fields.flag("failed_backup")?;
        effects.clock_skew = fields.take("clock_skew", |value| {
            let read = value.as_str().and_then(shift);
            read.ok_or_else(|| expected("a duration with a sign, such as -10m", value))
        })?;
        effects.cut = fields.take("cut", cut)?;
        effects.flip = fields.take("flip", flip)?;
        effects.content_range = fields.take("content_range", |value| match value.as_str() {
            Some("start" | "wrong") => Ok(WrongRange::Start),
            Some("total") => Ok(WrongRange::Total),
            Some("missing") => Ok(WrongRange::Missing),
            _ => Err(expected("start, total or missing", value)),
        })?;
        effects.ignore_range = fields.flag("ignore_range")?;
        effects.error_page = fields.flag("error_page")?;
        effects.expired = fields.flag("expired")?;
        effects.changed = fields.flag("changed")?;
        effects.etag = fields.take("etag", |value| match value.as_str() {
            Some("weak") => Ok(Etag::Weak),
            Some("missing") => Ok(Etag::Missing),
            _ => Err(expected("weak or missing", value)),
        })?;
        effects.no_length = fields.flag("no_length")?;
        effects.truncated_length = fields.take("truncated_length", bytes)?;
        effects.reset = fields.take("reset", place)?.flatten();
        effects.stall = fields.take("stall", place)?.flatten();
        effects.refuse = fields.flag("refuse")?;
        fault.check()?;
        Ok(fault)
    }
}

/// The members of an object that are still to be read.
struct Fields(Map<String, Value>);

impl Fields {
    /// The members of `value`, all of which must be known.
    fn new(value: Value, what: &str, known: &[&str]) -> Result<Self, FaultError> {
        let Value::Object(map) = value else {
            return Err(FaultError(format!("{what} is an object, not {}", shown(&value))));
        };
        unknown(&map, known).map_or(Ok(Self(map)), |problem| Err(FaultError(format!("{what}: {problem}"))))
    }

    fn take<T>(&mut self, name: &str, read: impl Fn(&Value) -> Read<T>) -> Result<Option<T>, FaultError> {
        let value = self.0.remove(name).filter(|value| !value.is_null());
        let named = |problem| FaultError(format!("`{name}`: {problem}"));
        value.as_ref().map(read).transpose().map_err(named)
    }

    fn flag(&mut self, name: &str) -> Result<bool, FaultError> {
        let read = |value: &Value| value.as_bool().ok_or_else(|| expected("true or false", value));
        Ok(self.take(name, read)?.unwrap_or_default())
    }
}

/// What is said of a member that is not known.
fn unknown(map: &Map<String, Value>, known: &[&str]) -> Option<String> {
    let name = map.keys().find(|name| !known.contains(&name.as_str()))?;
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("the nearest is `{near}`"),
        None => format!("there are {}", known.join(", ")),
    };
    Some(format!("`{name}` is not known; {hint}"))
}

/// The members of an object, all of which must be known; `None` for what is no object.
fn inside<'v>(value: &'v Value, known: &[&str]) -> Read<Option<&'v Map<String, Value>>> {
    let Value::Object(map) = value else { return Ok(None) };
    unknown(map, known).map_or(Ok(Some(map)), Err)
}

fn required<T>(value: Option<&Value>, read: impl Fn(&Value) -> Read<T>) -> Read<T> {
    value.map_or_else(|| Err("is not complete".to_owned()), read)
}

/// A value as it is shown in a complaint.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn expected(what: &str, value: &Value) -> String {
    format!("{what} is expected, not {}", shown(value))
}

fn text(value: &Value) -> Read<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| expected("a text", value))
}

/// A text, or a number that stands for one, as ids and codes can be.
fn scalar(value: &Value) -> Read<String> {
    match value {
        Value::Number(number) => Ok(number.to_string()),
        _ => text(value),
    }
}

fn number(value: &Value) -> Read<u64> {
    value.as_u64().ok_or_else(|| expected("a whole number", value))
}

fn positive(value: &Value) -> Read<u64> {
    value.as_u64().filter(|number| *number > 0).ok_or_else(|| expected("a whole number from 1", value))
}

fn bytes(value: &Value) -> Read<u64> {
    let read = value.as_u64().or_else(|| value.as_str().and_then(size));
    read.ok_or_else(|| expected("a number of bytes, such as 100 or 50MiB,", value))
}

fn limited(value: &Value, read: fn(&Value) -> Read<u64>, most: u64, shown: &str) -> Read<u64> {
    let number = read(value)?;
    if number > most { Err(format!("no more than {shown} is possible")) } else { Ok(number) }
}

fn probability(value: &Value) -> Read<f64> {
    let read = value.as_f64().filter(|number| (0.0..=1.0).contains(number));
    read.ok_or_else(|| expected("a number from 0 to 1", value))
}

fn at(value: &Value) -> Read<rdbfetch::Timestamp> {
    let read = value.as_str().and_then(moment);
    read.ok_or_else(|| expected("a moment such as 2026-01-02T03:04:05Z", value))
}

fn span(value: &Value) -> Read<std::time::Duration> {
    value.as_str().and_then(duration).ok_or_else(|| expected("a duration such as 200ms, 3s or 5m", value))
}

fn status(value: &Value) -> Read<u16> {
    let read = value.as_u64().and_then(|number| u16::try_from(number).ok());
    read.filter(|status| (200..600).contains(status))
        .ok_or_else(|| expected("a status from 200 to 599", value))
}

fn coded(value: &Value) -> Read<Coded> {
    let Some(map) = inside(value, &["code", "status", "message"])? else {
        return Ok(Coded { code: scalar(value)?, status: None, message: None, given: false });
    };
    Ok(Coded {
        code: required(map.get("code"), scalar)?,
        status: map.get("status").map(status).transpose()?,
        message: map.get("message").map(text).transpose()?,
        given: true,
    })
}

fn when(value: &Value) -> Read<When> {
    if let Some(when) = value.as_str().and_then(situation) {
        return Ok(when);
    }
    let words: Vec<String> = When::ALL.iter().copied().map(word).collect();
    let near = value.as_str().and_then(|text| nearest(text, words.iter().map(String::as_str)));
    let hint = match near {
        Some(near) => format!("; the nearest is {near}"),
        None => format!("; there are {}", words.join(", ")),
    };
    Err(expected("a situation", value) + &hint)
}

fn latency(value: &Value) -> Read<(std::time::Duration, std::time::Duration)> {
    let Some(map) = inside(value, &["min", "max"])? else {
        return span(value).map(|span| (span, span));
    };
    let (min, max) = (required(map.get("min"), span)?, required(map.get("max"), span)?);
    if min > max { Err("`min` is more than `max`".to_owned()) } else { Ok((min, max)) }
}

fn cut(value: &Value) -> Read<Cut> {
    let Some(map) = inside(value, &["after", "length"])? else {
        return bytes(value).map(|after| Cut { after, length: true });
    };
    let length = map
        .get("length")
        .map_or(Ok(true), |value| value.as_bool().ok_or_else(|| expected("`length`: true or false", value)));
    Ok(Cut { after: required(map.get("after"), bytes)?, length: length? })
}

fn flip(value: &Value) -> Read<Flip> {
    let Some(map) = inside(value, &["bit", "byte"])? else {
        return limited(value, positive, 1 << 16, "65536").map(Flip::Some);
    };
    match (map.get("bit"), map.get("byte")) {
        (Some(bit), None) => number(bit).map(Flip::Bit),
        (None, Some(byte)) => number(byte).map(Flip::Byte),
        _ => Err("`bit` or `byte` is expected".to_owned()),
    }
}

/// When a connection breaks; `None` for never.
fn place(value: &Value) -> Read<Option<Option<u64>>> {
    match value {
        Value::Bool(there) => Ok(there.then_some(None)),
        _ => match inside(value, &["after"])? {
            Some(map) => Ok(Some(Some(required(map.get("after"), bytes)?))),
            None => Err(expected("true, or `after` with a number of bytes,", value)),
        },
    }
}

/// YAML, of which JSON is a part, without keys that stand there twice.
fn yaml(text: &str) -> Result<Value, FaultError> {
    let value: serde_yaml::Value =
        crate::yaml::read(text).map_err(|error| FaultError(format!("this is no YAML: {error}")))?;
    serde_json::to_value(value)
        .map_err(|error| FaultError(format!("this is more than JSON can say: {error}")))
}

/// A rule of `name=value` pairs.
fn pairs(text: &str) -> Result<Value, FaultError> {
    let mut rule = Map::new();
    for pair in text.split(',') {
        let (name, value) = pair.split_once('=').map_or((pair, None), |(name, value)| (name, Some(value)));
        let name = name.trim();
        if name.is_empty() {
            let problem =
                format!("{pair:?} has no name: pairs such as service=NAME,nth=2,error=CODE are expected");
            return Err(FaultError(problem));
        }
        let mut path: Vec<&str> = name.split('.').collect();
        if CONDITIONS.contains(&name) {
            path.insert(0, "on");
        }
        let value = value.map_or(Value::Bool(true), |value| plain(&path, value.trim()));
        put(&mut rule, &path, value).map_err(|()| FaultError(format!("`{name}` stands there twice")))?;
    }
    Ok(Value::Object(rule))
}

/// The value of a pair: a text where a text is wanted, otherwise what it looks like.
fn plain(path: &[&str], text: &str) -> Value {
    let texts = ["on", "name", "body", "content_type"];
    let of_error = matches!(path, ["error"] | ["error", "code" | "message"]);
    if of_error || path.first().is_some_and(|first| texts.contains(first)) {
        return Value::from(text);
    }
    match serde_json::from_str(text) {
        Ok(value @ (Value::Bool(_) | Value::Number(_))) => value,
        _ => Value::from(text),
    }
}

/// Puts a value where a path leads, if nothing is there yet.
fn put(map: &mut Map<String, Value>, path: &[&str], value: Value) -> Result<(), ()> {
    match path {
        [] => Err(()),
        [name] if map.contains_key(*name) => Err(()),
        [name] => {
            map.insert((*name).to_owned(), value);
            Ok(())
        }
        [name, rest @ ..] => {
            let inner = map.entry(*name).or_insert_with(|| Value::Object(Map::new()));
            put(inner.as_object_mut().ok_or(())?, rest, value)
        }
    }
}
