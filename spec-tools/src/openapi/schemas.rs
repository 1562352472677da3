//! The types of fields as JSON Schema.

use rdbfetch_codegen::model::{Field, Object, Operation, Service, Type};
use serde_json::{Map, Value, json};

/// Schemas of a service.
pub struct Schemas<'m> {
    pub service: &'m Service,
}

impl Schemas<'_> {
    /// The object types: a service's own, and each operation's under its name.
    pub fn all(&self) -> Map<String, Value> {
        let mut out = Map::new();
        for object in &self.service.objects {
            out.insert(name(None, object), self.object(None, object));
        }
        for operation in &self.service.operations {
            for object in &operation.objects {
                out.insert(name(Some(operation), object), self.object(Some(operation), object));
            }
        }
        out
    }

    fn object(&self, operation: Option<&Operation>, object: &Object) -> Value {
        let fields = object.fields.iter().map(|field| (field.wire.clone(), self.field(operation, field)));
        let properties: Map<String, Value> = fields.collect();
        let required: Vec<&str> =
            object.fields.iter().filter(|field| field.required).map(|field| field.wire.as_str()).collect();
        let mut out = json!({ "type": "object", "properties": properties });
        if !required.is_empty() {
            out["required"] = json!(required);
        }
        out
    }

    /// A field with everything that is known of it.
    pub fn field(&self, operation: Option<&Operation>, field: &Field) -> Value {
        let mut out = self.kind(operation, &field.kind, field);
        if field.nullable {
            out = match out.get("type").and_then(Value::as_str).map(str::to_owned) {
                Some(kind) => {
                    out["type"] = json!([kind, "null"]);
                    // A list of values must allow it, too.
                    if let Some(values) = out.get_mut("enum").and_then(Value::as_array_mut) {
                        values.push(Value::Null);
                    }
                    out
                }
                None if out.get("$ref").is_some() => json!({ "anyOf": [out, { "type": "null" }] }),
                None => out,
            };
        }
        if !field.doc.is_empty() {
            out["description"] = field.doc.as_str().into();
        }
        if field.deprecated.is_some() {
            out["deprecated"] = true.into();
        }
        if field.sensitive {
            out["x-sensitive"] = true.into();
        }
        if let Some(unit) = &field.unit {
            out["x-unit"] = unit.as_str().into();
        }
        if let Some(default) = &field.default {
            let text = || Value::from(default.as_str());
            let parsed = || serde_json::from_str(default).unwrap_or_else(|_| text());
            out["default"] = if field.kind == Type::String { text() } else { parsed() };
        }
        out
    }

    fn kind(&self, operation: Option<&Operation>, kind: &Type, field: &Field) -> Value {
        match kind {
            Type::List(inner) => json!({ "type": "array", "items": self.kind(operation, inner, field) }),
            Type::Map(inner) => {
                json!({ "type": "object", "additionalProperties": self.kind(operation, inner, field) })
            }
            Type::Named(wanted) => {
                let own = operation.and_then(|operation| {
                    operation
                        .objects
                        .iter()
                        .find(|object| object.name == *wanted)
                        .map(|object| name(Some(operation), object))
                });
                let shared = || {
                    self.service
                        .objects
                        .iter()
                        .find(|object| object.name == *wanted)
                        .map(|object| name(None, object))
                };
                match own.or_else(shared) {
                    Some(name) => json!({ "$ref": format!("#/components/schemas/{name}") }),
                    None => json!({}),
                }
            }
            scalar => self.scalar(scalar, field),
        }
    }

    fn scalar(&self, kind: &Type, field: &Field) -> Value {
        let mut out = match kind {
            Type::Int64 if !field.quoted => json!({ "type": "integer", "format": "int64" }),
            Type::Double if !field.quoted => json!({ "type": "number", "format": "double" }),
            Type::Bool if !field.quoted => json!({ "type": "boolean" }),
            Type::Timestamp if field.time.format.starts_with("%s") && !field.quoted => {
                json!({ "type": "integer", "x-time": field.time.format })
            }
            Type::Timestamp if field.time.format.is_empty() => {
                json!({ "type": "string", "format": "date-time" })
            }
            Type::Timestamp => json!({ "type": "string", "x-time": field.time.format }),
            Type::Any => return json!({}),
            _ => json!({ "type": "string" }),
        };
        let number = *kind == Type::Int64 && !field.quoted;
        if !field.values.is_empty() {
            // Values that nobody documents can come: the list is what is known, not what is allowed.
            let value = |text: &str| {
                text.parse::<i64>().ok().filter(|_| number).map_or_else(|| Value::from(text), Value::from)
            };
            out["x-values"] = field
                .values
                .iter()
                .map(|one| json!({ "value": value(&one.value), "description": one.doc }))
                .collect();
        }
        if let Some((low, high)) = field.bounds {
            let words = if number { ["minimum", "maximum"] } else { ["minLength", "maxLength"] };
            for (word, limit) in words.into_iter().zip([low, high]) {
                if let Some(limit) = limit.filter(|limit| number || (*kind == Type::String && *limit >= 0)) {
                    out[word] = limit.into();
                }
            }
        }
        if let Some(pattern) = field.pattern.as_ref().filter(|_| *kind == Type::String) {
            out["pattern"] = format!("^(?:{pattern})$").into();
        }
        out
    }

    /// A successful answer, with what stands around it.
    pub fn answer(&self, operation: &Operation) -> Value {
        if let Some((whole, _)) = &operation.root
            && let Some(field) = operation.response.iter().find(|field| field.name == *whole)
        {
            return self.field(Some(operation), field);
        }
        let mut out = json!({ "type": "object", "properties": {} });
        let mut done: Vec<&str> = Vec::new();
        for row in &operation.response_rows {
            let below = |above: &&str| {
                row.path.strip_prefix(*above).is_some_and(|rest| rest.starts_with(['.', '[', '{']))
            };
            if row.path.contains(['[', '{']) || done.iter().any(below) {
                continue;
            }
            done.push(&row.path);
            let keys: Vec<String> = row.path.split('.').map(str::to_owned).collect();
            if let Some((last, above)) = keys.split_last() {
                super::inside(&mut out, above)["properties"][last] = self.field(Some(operation), &row.field);
            }
        }
        out
    }
}

/// The name of an object type, in letters that OpenAPI takes.
fn name(operation: Option<&Operation>, object: &Object) -> String {
    let plain = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect()
    };
    match operation {
        Some(operation) => format!("{}.{}", plain(&operation.name), plain(&object.name)),
        None => plain(&object.name),
    }
}
