//! Parts of resolved specs, as people read them.

use serde_json::Value;

/// Longer texts are cut.
const LONG: usize = 160;

/// A value as people read it.
pub fn show(value: &Value) -> String {
    let text = inner(value);
    if text.chars().count() <= LONG {
        return text;
    }
    let mut out: String = text.chars().take(LONG).collect();
    out.push('…');
    out
}

fn inner(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            if let Some(text) = template(list) {
                return text;
            }
            format!("[{}]", list.iter().map(inner).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            if let Some(text) = place(value) {
                return text;
            }
            let members = map.iter().map(|(key, value)| format!("{key}: {}", inner(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Text with holes.
fn template(pieces: &[Value]) -> Option<String> {
    let piece = |piece: &Value| {
        let map = piece.as_object().filter(|map| map.len() == 1)?;
        match map.iter().next()? {
            (key, Value::String(text)) if key == "Text" => Some(text.clone()),
            (key, Value::String(name)) if key == "Hole" => Some(format!("{{{name}}}")),
            _ => None,
        }
    };
    if pieces.is_empty() { None } else { pieces.iter().map(piece).collect() }
}

/// A place in an answer.
fn place(value: &Value) -> Option<String> {
    let map = value.as_object().filter(|map| map.len() == 2)?;
    let root = match map.get("root")? {
        Value::String(root) if root == "Body" => String::new(),
        root => inner(root).to_lowercase(),
    };
    let mut out = root;
    for step in map.get("steps")?.as_array()? {
        match step {
            Value::String(each) => out.push_str(if each == "Each" { "[]" } else { "{}" }),
            step => {
                out.push_str(if out.is_empty() { "" } else { "." });
                out.push_str(step.get("Key")?.as_str()?);
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn templates_and_places_read_as_specs_write_them() {
        assert_eq!(show(&json!([{"Text": "https://"}, {"Hole": "host"}])), "https://{host}");
        let place = json!({"root": "Body", "steps": [{"Key": "a"}, "Each", {"Key": "b"}]});
        assert_eq!(show(&place), "a[].b");
        assert_eq!(show(&json!([[place, ["x"]]])), "[[a[].b, [x]]]");
        assert_eq!(show(&json!("x".repeat(200))).chars().count(), LONG + 1);
    }
}
