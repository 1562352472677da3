//! Values as flat pairs and as JSON in spec order.

use std::fmt;

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
            let mut text = String::new();
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
            if let Some(text) = value::text(value) {
                out.push(key, text);
            }
        }
    }
}

/// Writes a value as JSON, the fields of an object in spec order.
fn write(kind: &'static Kind, value: &Value, quoted: bool, out: &mut String) {
    match value {
        Value::Array(list) => {
            out.push('[');
            for (index, element) in list.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(element_kind(kind), element, quoted, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (index, member) in members(kind, map).iter().enumerate() {
                write_name(index, member.name, out);
                write(member.kind, member.value, member.quoted, out);
            }
            out.push('}');
        }
        _ => match value::text(value).filter(|_| quoted) {
            Some(text) => out.push_str(&Value::from(text).to_string()),
            None => out.push_str(&value.to_string()),
        },
    }
}

fn write_name(index: usize, name: &str, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
    out.push_str(&Value::from(name).to_string());
    out.push(':');
}

/// The members of a JSON body, in the order in which they were added; `Display` writes it.
#[derive(Default)]
pub(super) struct Members {
    list: Vec<(&'static str, Written)>,
}

enum Written {
    /// JSON.
    Value(String),
    /// What stands below it.
    Members(Members),
}

impl Members {
    /// Adds a constant.
    pub(super) fn constant(&mut self, name: &'static str, kind: JsonKind, text: &str) {
        self.list.push((name, Written::Value(typed(kind, text).to_string())));
    }

    /// Adds a parameter, below the keys under which it stands.
    pub(super) fn parameter(&mut self, parameter: &'static Parameter, value: &Value) {
        let mut text = String::new();
        write(&parameter.kind, value, parameter.traits.quoted, &mut text);
        self.within(parameter.traits.within).list.push((parameter.wire, Written::Value(text)));
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    fn within(&mut self, keys: &[&'static str]) -> &mut Self {
        let Some((key, rest)) = keys.split_first() else { return self };
        let known = |(name, written): &(&str, Written)| name == key && matches!(written, Written::Members(_));
        let at = self.list.iter().position(known).unwrap_or_else(|| {
            self.list.push((key, Written::Members(Self::default())));
            self.list.len() - 1
        });
        match &mut self.list[at].1 {
            Written::Members(inner) => inner.within(rest),
            Written::Value(_) => unreachable!("found or made above"),
        }
    }

    fn write(&self, out: &mut String) {
        out.push('{');
        for (index, (name, written)) in self.list.iter().enumerate() {
            write_name(index, name, out);
            match written {
                Written::Value(text) => out.push_str(text),
                Written::Members(inner) => inner.write(out),
            }
        }
        out.push('}');
    }
}

impl fmt::Display for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
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
