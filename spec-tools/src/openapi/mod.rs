//! A service as OpenAPI 3.1 describes it, for the tools that read that.
//!
//! What OpenAPI has no words for stands in members that begin with `x-`: how signatures are computed, the codes of
//! errors with their classes, how lists travel in queries and forms, how often a service may be asked, how long links
//! live. Operations that share a path and a method are told apart by a fragment, `/#Operation`: it is not sent.

mod schemas;

use std::collections::{BTreeMap, BTreeSet};

use rdbfetch_codegen::model::{ErrorCode, JsonKind, Operation, Piece, PlacementPiece, Service, Template};
use rdbfetch_codegen::spec::PlaceWord;
use serde_json::{Map, Value, json};

use self::schemas::Schemas;

/// The document of a service.
#[must_use]
pub fn document(service: &Service) -> Value {
    let schemas = Schemas { service };
    let shared = shared_paths(service);
    let mut paths = Map::new();
    for operation in &service.operations {
        let path = path(service, operation);
        let method = operation.method.to_lowercase();
        let key = if shared.contains(&(path.clone(), method.clone())) {
            format!("{path}#{}", operation.name)
        } else {
            path
        };
        let item = paths.entry(key).or_insert_with(|| json!({}));
        item[method] = described(&schemas, operation);
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": service.title,
            "version": service.version.as_deref().unwrap_or("1"),
            "description": format!("From: {}.", service.documents.join("; ")),
        },
        "servers": servers(service),
        "security": [{ "signature": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas.all(),
            "securitySchemes": { "signature": security(service) },
        },
        "x-errors": errors(&service.errors),
    });
    if let Some(rate) = service.rate_limit {
        document["x-rate-limit"] = json!({ "calls-per-second": rate });
    }
    document
}

/// The path of an operation: what calls fill in stays a hole, what specs know is written out.
fn path(service: &Service, operation: &Operation) -> String {
    let text = written(&operation.path, |hole| match hole {
        "operation" => Some(operation.name.clone()),
        "version" => operation.version.clone().or_else(|| service.version.clone()),
        _ => None,
    });
    if text.starts_with('/') { text } else { format!("/{text}") }
}

/// A template as text: holes that nobody fills are written as OpenAPI writes variables.
fn written(template: &Template, fill: impl Fn(&str) -> Option<String>) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Hole(name) => fill(name).unwrap_or_else(|| format!("{{{name}}}")),
    };
    template.iter().map(piece).collect()
}

/// Paths and methods that several operations have.
fn shared_paths(service: &Service) -> BTreeSet<(String, String)> {
    let mut counts = BTreeMap::new();
    for operation in &service.operations {
        *counts.entry((path(service, operation), operation.method.to_lowercase())).or_insert(0) += 1;
    }
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(key, _)| key).collect()
}

fn servers(service: &Service) -> Value {
    let server = |template: &Template| {
        let holes = template.iter().filter_map(|piece| match piece {
            Piece::Hole(name) => Some(name),
            Piece::Text(_) => None,
        });
        let variables: Map<String, Value> =
            holes.map(|name| (name.clone(), variable(service, name))).collect();
        json!({ "url": written(template, |_| None), "variables": variables })
    };
    service.endpoints.iter().map(|(_, template)| server(template)).collect()
}

fn variable(service: &Service, name: &str) -> Value {
    let setting = service.settings.iter().find(|setting| setting.name == name);
    let known = setting.and_then(|setting| setting.values.first()).map(|(value, _)| value.clone());
    let default = setting.and_then(|setting| setting.default.clone()).or(known);
    json!({
        "default": default.unwrap_or_else(|| name.to_owned()),
        "description": setting.map_or("", |setting| &setting.doc),
    })
}

/// An operation.
fn described(schemas: &Schemas<'_>, operation: &Operation) -> Value {
    let service = schemas.service;
    let mut parameters = Vec::new();
    let mut body = json!({ "type": "object", "properties": {} });
    let mut in_body = false;
    for field in &operation.parameters {
        let schema = schemas.field(Some(operation), field);
        // What a setting gives need not be passed, but is sent.
        let place = field.place.unwrap_or(operation.place);
        if let Some(place) = outside(place) {
            let mut parameter = json!({
                "name": field.wire, "in": place, "schema": schema, "description": field.doc,
                "required": field.required || place == "path",
            });
            if field.deprecated.is_some() {
                parameter["deprecated"] = true.into();
            }
            parameters.push(parameter);
        } else {
            in_body = true;
            let holder = inside(&mut body, &field.within);
            if let Some(properties) = holder["properties"].as_object_mut() {
                properties.insert(field.wire.clone(), schema);
            }
            if field.required {
                push(holder, "required", field.wire.as_str().into());
            }
        }
    }
    for constant in &operation.constants {
        let text = written(&constant.value, |hole| match hole {
            "operation" => Some(operation.name.clone()),
            "version" => operation.version.clone().or_else(|| service.version.clone()),
            _ => None,
        });
        let schema = if text.contains('{') {
            json!({ "type": "string" })
        } else {
            constant_schema(constant.kind, &text)
        };
        if let Some(place) = outside(constant.place) {
            parameters
                .push(json!({ "name": constant.name, "in": place, "required": true, "schema": schema }));
        } else if let Some(properties) = body["properties"].as_object_mut() {
            in_body = true;
            properties.insert(constant.name.clone(), schema);
        }
    }
    for piece in &operation.path {
        let Piece::Hole(name) = piece else { continue };
        let known = ["operation", "version"].contains(&name.as_str())
            || parameters
                .iter()
                .any(|parameter| parameter["in"] == "path" && parameter["name"] == name.as_str());
        if !known {
            let schema = json!({ "type": "string" });
            parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
        }
    }
    let mut out = json!({
        "operationId": operation.name,
        "summary": operation.summary,
        "description": format!("From: {}.", operation.documents.join("; ")),
        "parameters": parameters,
        "responses": responses(schemas, operation),
        "x-errors": errors(&operation.errors),
    });
    if in_body {
        let form = operation.place == PlaceWord::Form;
        let implied = if form { "application/x-www-form-urlencoded" } else { "application/json" };
        let kind = operation.content_type.as_deref().unwrap_or(implied);
        out["requestBody"] = json!({ "required": true, "content": { kind: { "schema": body } } });
    }
    if operation.deprecated.is_some() {
        out["deprecated"] = true.into();
    }
    if let Some(rate) = operation.rate_limit {
        out["x-rate-limit"] = json!({ "calls-per-second": rate });
    }
    if let Some(seconds) = operation.link_lifetime() {
        out["x-link-lifetime"] = json!({ "seconds": seconds });
    }
    let lists = operation
        .parameters
        .iter()
        .any(|field| matches!(outside(field.place.unwrap_or(operation.place)), Some("query")));
    if lists || operation.place == PlaceWord::Form {
        out["x-lists"] = json!(operation.lists);
    }
    out
}

/// Where OpenAPI has a parameter; nothing where it is part of the body.
fn outside(place: PlaceWord) -> Option<&'static str> {
    match place {
        PlaceWord::Query => Some("query"),
        PlaceWord::Path => Some("path"),
        PlaceWord::Header => Some("header"),
        _ => None,
    }
}

fn constant_schema(kind: JsonKind, text: &str) -> Value {
    let parsed = serde_json::from_str(text).ok().filter(|_| kind != JsonKind::String);
    json!({ "const": parsed.unwrap_or_else(|| Value::from(text)) })
}

/// The object at some keys below a body, made where it is missing.
fn inside<'b>(body: &'b mut Value, keys: &[String]) -> &'b mut Value {
    let mut at = body;
    for key in keys {
        let inner = &mut at["properties"][key];
        if inner.is_null() {
            *inner = json!({ "type": "object", "properties": {} });
        }
        at = inner;
    }
    at
}

fn push(holder: &mut Value, name: &str, value: Value) {
    if let Some(map) = holder.as_object_mut()
        && let Some(list) = map.entry(name).or_insert_with(|| json!([])).as_array_mut()
    {
        list.push(value);
    }
}

/// The answers: the successful one, then one for each status that errors are known to come with.
fn responses(schemas: &Schemas<'_>, operation: &Operation) -> Value {
    let mut content = json!({ "schema": schemas.answer(operation) });
    let examples = operation.examples.iter().enumerate().filter(|(_, example)| example.error.is_none());
    let examples = examples.filter_map(|(at, example)| {
        let answer: Value = serde_json::from_str(example.response.as_deref()?).ok()?;
        Some((format!("example-{}", at + 1), json!({ "value": answer })))
    });
    let examples: Map<String, Value> = examples.collect();
    if !examples.is_empty() {
        content["examples"] = examples.into();
    }
    let mut out = json!({
        "200": { "description": format!("What `{}` answers.", operation.name), "content": { "application/json": content } },
        "default": { "description": "An error; `x-errors` has the codes." },
    });
    let mut codes: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    for error in operation.errors.iter().chain(&schemas.service.errors) {
        if let Some(status) = error.status.filter(|status| *status >= 300) {
            codes.entry(status).or_default().push(format!("`{}`", error.code));
        }
    }
    for (status, codes) in codes {
        out[status.to_string()] = json!({ "description": format!("{}.", codes.join(", ")) });
    }
    out
}

fn errors(list: &[ErrorCode]) -> Value {
    let error = |error: &ErrorCode| {
        json!({
            "code": error.code, "name": error.name, "class": error.class, "retryable": error.retry,
            "status": error.status, "description": error.doc,
        })
    };
    list.iter().map(error).collect()
}

/// The signature: described, for OpenAPI can only name the place of a value.
fn security(service: &Service) -> Value {
    let auth = &service.auth;
    let variant = auth.variants.iter().find(|variant| variant.name == auth.default).or(auth.variants.first());
    let signs = |piece: &PlacementPiece| matches!(piece, PlacementPiece::Signature);
    let placements = variant.map_or(&[][..], |variant| &variant.placements);
    let found =
        placements.iter().find(|placement| placement.pattern.iter().any(signs)).or(placements.first());
    let (place, name) = match found {
        Some(placement) if placement.header => ("header", placement.name.as_str()),
        Some(placement) => ("query", placement.name.as_str()),
        None => ("header", "Authorization"),
    };
    let all = auth.variants.iter().map(|variant| {
        let placements = variant.placements.iter().map(|placement| {
            json!({
                "in": if placement.header { "header" } else { "query" }, "name": placement.name,
                "optional": placement.optional, "pattern": placement.pattern,
            })
        });
        let steps: Vec<&str> = variant.steps().collect();
        json!({ "name": variant.name, "placements": placements.collect::<Value>(), "steps": steps })
    });
    json!({
        "type": "apiKey",
        "in": place,
        "name": name,
        "description": "Not a key that is sent: a signature, computed for each request from the access key and the \
                        secret. `x-signature` names its steps and where each part stands.",
        "x-signature": { "default": auth.default, "variants": all.collect::<Value>() },
    })
}
