//! Operations as OpenAPI, in the way converters of such metadata write it: one POST and one envelope each, objects as
//! components.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::plan::{Api, Field};
use crate::table::Kind;

/// Which OpenAPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// 3.0.3: what may be null says so with a keyword.
    V30,
    /// 3.1.0: what may be null has two types.
    V31,
}

/// JSON whose keys stay in order.
enum Json {
    Text(String),
    Number(i64),
    Bool(bool),
    List(Vec<Json>),
    Map(Vec<(String, Json)>),
}

/// The document, as JSON.
///
/// # Errors
/// When it cannot be written.
pub fn write(api: &Api, version: Version, out: impl std::io::Write) -> serde_json::Result<()> {
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b" ");
    document(api, version).serialize(&mut serde_json::Serializer::with_formatter(out, formatter))
}

fn document(api: &Api, version: Version) -> Json {
    let mut schemas: Vec<(String, Json)> = api
        .objects
        .iter()
        .map(|object| (object.name.clone(), schema(api, version, &object.members, None)))
        .collect();
    let mut paths = Vec::new();
    for operation in &api.operations {
        let name = &operation.name;
        let request_id = map([("type", text("string")), ("description", text("Id of the request."))]);
        schemas.push((format!("{name}Request"), schema(api, version, &operation.parameters, None)));
        let answer = schema(api, version, &operation.answer, Some(request_id));
        schemas.push((format!("{name}Response"), answer));
        let envelope = map([
            ("type", text("object")),
            ("properties", map([("Response", reference(&format!("{name}Response")))])),
            ("required", Json::List(vec![text("Response")])),
        ]);
        schemas.push((format!("{name}Envelope"), envelope));
        let json =
            |of: &str| map([("application/json", map([("schema", reference(&format!("{name}{of}")))]))]);
        // Documented errors are no part of the protocol here (HTTP 200 carries them), and other generators make nothing
        // of them; they stand here so that both documents say the same.
        let errors = operation.errors.iter().map(|(code, _, doc)| (code.clone(), text(doc))).collect();
        let post = map([
            ("operationId", text(name)),
            ("summary", text(&operation.summary)),
            ("tags", Json::List(vec![text("synthetic")])),
            ("x-errors", Json::Map(errors)),
            ("requestBody", map([("required", Json::Bool(true)), ("content", json("Request"))])),
            ("responses", map([("200", map([("description", text("ok")), ("content", json("Envelope"))]))])),
        ]);
        paths.push((format!("/v1/{name}"), map([("post", post)])));
    }
    map([
        ("openapi", text(if version == Version::V30 { "3.0.3" } else { "3.1.0" })),
        ("info", map([("title", text("synthetic")), ("version", text("1.0.0"))])),
        ("servers", Json::List(vec![map([("url", text("https://region-1.synthetic.example"))])])),
        ("tags", Json::List(vec![map([("name", text("synthetic"))])])),
        ("paths", Json::Map(paths)),
        ("components", map([("schemas", Json::Map(schemas))])),
    ])
}

fn schema(api: &Api, version: Version, fields: &[Field], more: Option<Json>) -> Json {
    let mut properties: Vec<(String, Json)> =
        fields.iter().map(|field| (field.name.clone(), property(api, version, field))).collect();
    properties.extend(more.map(|property| ("RequestId".to_owned(), property)));
    let required: Vec<Json> =
        fields.iter().filter(|field| field.required).map(|field| text(&field.name)).collect();
    let mut out = vec![("type", text("object")), ("properties", Json::Map(properties))];
    if !required.is_empty() {
        out.push(("required", Json::List(required)));
    }
    map(out)
}

fn property(api: &Api, version: Version, field: &Field) -> Json {
    let mut leaf = match field.kind {
        Kind::Object => return object(api, field),
        Kind::String => vec![("type", text("string"))],
        Kind::Int => vec![("type", text("integer")), ("format", text("int64"))],
        Kind::Double => vec![("type", text("number")), ("format", text("double"))],
        Kind::Bool => vec![("type", text("boolean"))],
    };
    if !field.values.is_empty() {
        let value = |value: &str| value.parse().map_or_else(|_| text(value), Json::Number);
        leaf.push(("enum", Json::List(field.values.iter().map(|(one, _, _)| value(one)).collect())));
    }
    let mut out = if field.list { vec![("type", text("array")), ("items", map(leaf))] } else { leaf };
    if field.nullable && version == Version::V30 {
        out.push(("nullable", Json::Bool(true)));
    } else if field.nullable && field.values.is_empty() {
        let kind = std::mem::replace(&mut out[0].1, text(""));
        out[0].1 = Json::List(vec![kind, text("null")]);
    }
    out.push(("description", text(&description(field))));
    map(out)
}

/// A reference has no room for more in OpenAPI 3.0, so neither version says more.
fn object(api: &Api, field: &Field) -> Json {
    let reference = reference(&api.objects[field.object].name);
    if !field.list {
        return reference;
    }
    map([("type", text("array")), ("items", reference), ("description", text(&field.doc))])
}

/// OpenAPI has no place for the meaning of a value, so vendors write it into the description.
fn description(field: &Field) -> String {
    let values: Vec<String> =
        field.values.iter().map(|(value, _, doc)| format!("\n- {value}：{doc}")).collect();
    format!("{}{}", field.doc, values.concat())
}

fn reference(name: &str) -> Json {
    map([("$ref", text(&format!("#/components/schemas/{name}")))])
}

fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

fn map<'k>(of: impl IntoIterator<Item = (&'k str, Json)>) -> Json {
    Json::Map(of.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Bool(bool) => serializer.serialize_bool(*bool),
            Self::List(list) => {
                let mut out = serializer.serialize_seq(Some(list.len()))?;
                list.iter().try_for_each(|one| out.serialize_element(one))?;
                out.end()
            }
            Self::Map(entries) => {
                let mut out = serializer.serialize_map(Some(entries.len()))?;
                entries.iter().try_for_each(|(key, value)| out.serialize_entry(key, value))?;
                out.end()
            }
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::V30 { "30" } else { "31" })
    }
}
