//! The spec language as structs: what serde reads a clean file into, and what `specs/schema.json` is made from.

mod auth;
mod credentials;
mod field;
mod operation;
mod ordered;
mod service;

pub use auth::{AuthSpec, VariantSpec, VectorSpec};
pub use credentials::{CredentialFileSpec, CredentialSpec, FormatWord, ProfileSpec};
pub use field::{FieldBody, FieldSpec, Fields, Values};
pub use operation::{
    ClassWord, DepartureSpec, DiffersWord, ErrorSpec, ExampleSpec, ExpirySpec, FieldSource, FilterSpec,
    FiltersSpec, MessageSpec, OperationSpec, PagingSpec, Projection, Projections, RuleSpec, SendsSpec,
    SortSpec, WhenWord, WithValue, WordsSource,
};
pub use ordered::{Ordered, Scalar, Wanted};
pub use service::{
    BindWord, EndpointSpec, ErrorShapeSpec, KnownValues, PlaceWord, RequestSpec, ResponseSpec, ServiceSpec,
    SettingSpec, SourceSpec, StoreSpec,
};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// One value or a list of them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// A list.
    Many(Vec<T>),
    /// One.
    One(T),
}

impl<T> OneOrMany<T> {
    /// The values.
    pub fn list(&self) -> &[T] {
        match self {
            Self::Many(list) => list,
            Self::One(one) => std::slice::from_ref(one),
        }
    }
}

/// The JSON Schema of the language: the definitions `ServiceSpec` and `OperationSpec` are the two kinds of file.
#[must_use]
pub fn schema() -> Value {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    generator.subschema_for::<ServiceSpec>();
    generator.subschema_for::<OperationSpec>();
    let mut schema = serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A file of an rdbfetch service: service.yaml, or an operation",
        "oneOf": [{ "$ref": "#/$defs/ServiceSpec" }, { "$ref": "#/$defs/OperationSpec" }],
        "$defs": generator.definitions().clone(),
    });
    forbid_null(&mut schema);
    schema
}

/// A key without a value is a mistake, not a way to leave something out.
fn forbid_null(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            // Of maps and objects, what is left out is nothing. A property can be called so, too: that is no schema.
            let schema = map.get("type").is_some_and(Value::is_string)
                || map.get("$ref").is_some_and(Value::is_string);
            if schema && map.get("default").is_some_and(Value::is_object) {
                map.remove("default");
            }
            let allowed = map.remove("x-null").is_some();
            if !allowed {
                if let Some(Value::Array(names)) = map.get_mut("type") {
                    names.retain(|name| name != "null");
                    if let [one] = names.as_slice() {
                        let one = one.clone();
                        map.insert("type".to_owned(), one);
                    }
                }
                if let Some(Value::Array(any)) = map.get_mut("anyOf") {
                    any.retain(|one| one.get("type").is_none_or(|name| name != "null"));
                    if let [Value::Object(one)] = any.as_slice() {
                        let one = one.clone();
                        map.remove("anyOf");
                        map.extend(one);
                    }
                }
                if map.get("default").is_some_and(Value::is_null) {
                    map.remove("default");
                }
            }
            map.values_mut().for_each(forbid_null);
        }
        Value::Array(list) => list.iter_mut().for_each(forbid_null),
        _ => {}
    }
}
