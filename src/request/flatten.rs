//! Values as flat pairs and as JSON in spec order.

use serde_json::{Map, Value};

use crate::service::{Kind, Parameter};
use crate::sign::Pairs;
use crate::value;

/// Writes a value as pairs: `Key`, `Key.0` for elements, `Key.Sub` for fields. Null has none.
pub(super) fn flatten(kind: &'static Kind, value: &Value, key: &str, first: u32, out: &mut Pairs) {
    match value {
        Value::Array(list) => {
            for (index, element) in (u64::from(first)..).zip(list) {
                flatten(element_kind(kind), element, &format!("{key}.{index}"), first, out);
            }
        }
        Value::Object(map) => {
            for (name, kind, value) in members(kind, map) {
                flatten(kind, value, &format!("{key}.{name}"), first, out);
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
fn write(kind: &'static Kind, value: &Value, out: &mut String) {
    match value {
        Value::Array(list) => {
            out.push('[');
            for (index, element) in list.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(element_kind(kind), element, out);
            }
            out.push(']');
        }
        Value::Object(map) => write_members(&members(kind, map), out),
        _ => out.push_str(&value.to_string()),
    }
}

/// Writes names and values as a JSON object, in their order.
pub(super) fn write_members(members: &[(&str, &'static Kind, &Value)], out: &mut String) {
    out.push('{');
    for (index, (name, kind, value)) in members.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&Value::from(*name).to_string());
        out.push(':');
        write(kind, value, out);
    }
    out.push('}');
}

fn element_kind(kind: &'static Kind) -> &'static Kind {
    match kind {
        Kind::List(element) => element,
        _ => &Kind::Any,
    }
}

/// The members of an object under their names on the wire: declared fields in spec order, without those that are
/// null, then whatever else there is.
fn members<'a>(kind: &'static Kind, map: &'a Map<String, Value>) -> Vec<(&'a str, &'static Kind, &'a Value)> {
    let fields: &'static [Parameter] = match kind {
        Kind::Object(fields) => fields(),
        Kind::Map(kind) => return map.iter().map(|(name, value)| (name.as_str(), *kind, value)).collect(),
        _ => &[],
    };
    let declared = fields.iter().filter_map(|field| {
        let value = map.get(field.name).or_else(|| map.get(field.wire))?;
        (!value.is_null()).then_some((field.wire, &field.kind, value))
    });
    let known = |name: &str| fields.iter().any(|field| field.name == name || field.wire == name);
    let rest = map.iter().filter(|(name, _)| !known(name));
    declared.chain(rest.map(|(name, value)| (name.as_str(), &Kind::Any, value))).collect()
}
