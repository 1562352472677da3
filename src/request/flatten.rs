//! Values as flat pairs and as JSON in spec order.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::projection::typed;
use crate::service::{JsonKind, Kind, Lists, Parameter};
use crate::sign::Pairs;
use crate::value;

/// Writes a value as pairs: `Key`, and for elements and members what `lists` says, such as `Key.0` and `Key.Sub`. Null
/// has none.
pub(super) fn flatten(kind: &'static Kind, value: &Value, key: &str, lists: Lists, out: &mut Pairs) {
    match (value, lists) {
        (Value::Array(_) | Value::Object(_), Lists::Json) => {
            let mut text = Vec::new();
            write(kind, value, false, &mut text);
            out.push(key, text);
        }
        (Value::Array(list), Lists::Named { before, first, after, .. }) => {
            for (index, element) in (u64::from(first)..).zip(list) {
                flatten(element_kind(kind), element, &format!("{key}{before}{index}{after}"), lists, out);
            }
        }
        (Value::Array(list), Lists::Repeated(suffix)) => {
            for element in list {
                flatten(element_kind(kind), element, &format!("{key}{suffix}"), lists, out);
            }
        }
        (Value::Array(list), Lists::Joined(between)) => {
            let texts: Vec<String> = list.iter().filter_map(value::text).collect();
            if !texts.is_empty() {
                out.push(key, texts.join(between));
            }
        }
        (Value::Object(map), _) => {
            let (open, close) = if let Lists::Named { member, .. } = lists { member } else { (".", "") };
            for member in members(kind, map) {
                flatten(member.kind, member.value, &format!("{key}{open}{}{close}", member.name), lists, out);
            }
        }
        _ => {
            if let Some(text) = value::shown(value) {
                out.push(key, &*text);
            }
        }
    }
}

/// Writes a value as JSON, the fields of an object in spec order.
fn write(kind: &'static Kind, value: &Value, quoted: bool, out: &mut Vec<u8>) {
    match value {
        Value::Array(list) => {
            out.push(b'[');
            for (index, element) in list.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(element_kind(kind), element, quoted, out);
            }
            out.push(b']');
        }
        Value::Object(map) => {
            out.push(b'{');
            for (index, member) in members(kind, map).iter().enumerate() {
                write_name(index, member.name, out);
                write(member.kind, member.value, member.quoted, out);
            }
            out.push(b'}');
        }
        _ => match value::shown(value).filter(|_| quoted) {
            Some(text) => plain(&text, out),
            None => plain(value, out),
        },
    }
}

/// Writes what has no order of its own.
fn plain(value: &(impl Serialize + ?Sized), out: &mut Vec<u8>) {
    // Neither texts nor values fail to be written, nor does memory to take them.
    let _ = serde_json::to_writer(out, value);
}

fn write_name(index: usize, name: &str, out: &mut Vec<u8>) {
    if index > 0 {
        out.push(b',');
    }
    plain(name, out);
    out.push(b':');
}

/// The members of a JSON body, in the order in which they were added.
#[derive(Default)]
pub(super) struct Members<'a> {
    list: Vec<(&'static str, Content<'a>)>,
}

enum Content<'a> {
    Constant(Value),
    Parameter(&'static Parameter, &'a Value),
    /// What stands below it.
    Members(Members<'a>),
}

impl<'a> Members<'a> {
    /// Adds a constant.
    pub(super) fn constant(&mut self, name: &'static str, kind: JsonKind, text: &str) {
        self.list.push((name, Content::Constant(typed(kind, text))));
    }

    /// Adds a parameter, below the keys under which it stands.
    pub(super) fn parameter(&mut self, parameter: &'static Parameter, value: &'a Value) {
        let below = self.within(parameter.traits.within);
        below.list.push((parameter.wire, Content::Parameter(parameter, value)));
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The JSON.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        self.write(&mut out);
        out
    }

    fn within(&mut self, keys: &[&'static str]) -> &mut Self {
        let Some((key, rest)) = keys.split_first() else { return self };
        let known = |(name, content): &(&str, Content)| name == key && matches!(content, Content::Members(_));
        let at = self.list.iter().position(known).unwrap_or_else(|| {
            self.list.push((key, Content::Members(Self::default())));
            self.list.len() - 1
        });
        match &mut self.list[at].1 {
            Content::Members(inner) => inner.within(rest),
            _ => unreachable!("found or made above"),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (index, (name, content)) in self.list.iter().enumerate() {
            write_name(index, name, out);
            match content {
                Content::Constant(value) => plain(value, out),
                Content::Parameter(one, value) => write(&one.kind, value, one.traits.quoted, out),
                Content::Members(inner) => inner.write(out),
            }
        }
        out.push(b'}');
    }
}

fn element_kind(kind: &'static Kind) -> &'static Kind {
    match kind {
        Kind::List(element) => element,
        _ => &Kind::Any,
    }
}

/// A member of an object.
struct Member<'a> {
    /// Its name on the wire.
    name: &'a str,
    kind: &'static Kind,
    quoted: bool,
    value: &'a Value,
}

/// The members of an object: declared fields in spec order, without those that are null, then whatever else there is.
fn members<'a>(kind: &'static Kind, map: &'a Map<String, Value>) -> Vec<Member<'a>> {
    let plain = |name: &'a str, kind, value| Member { name, kind, quoted: false, value };
    let fields: &'static [Parameter] = match kind {
        Kind::Object(fields) => fields(),
        Kind::Map(kind) => return map.iter().map(|(name, value)| plain(name, kind, value)).collect(),
        _ => &[],
    };
    let declared = fields.iter().filter_map(|field| {
        let value = map.get(field.name).or_else(|| map.get(field.wire))?;
        let member = Member { name: field.wire, kind: &field.kind, quoted: field.traits.quoted, value };
        (!value.is_null()).then_some(member)
    });
    let known = |name: &str| fields.iter().any(|field| field.name == name || field.wire == name);
    let rest = map.iter().filter(|(name, _)| !known(name));
    declared.chain(rest.map(|(name, value)| plain(name, &Kind::Any, value))).collect()
}
