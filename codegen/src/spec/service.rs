//! `service.yaml`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AuthSpec, CredentialSpec, ErrorSpec, Fields, OneOrMany, Ordered, Scalar, Wanted};

/// A service: what all its operations share.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceSpec {
    /// The name for people.
    pub title: String,
    /// The API's version, for `{version}`.
    pub version: Option<String>,
    /// Why the service should no longer be used.
    pub deprecated: Option<String>,
    /// Where the facts come from.
    #[serde(default)]
    pub source: Vec<SourceSpec>,
    /// Departures from the documents, with the reason.
    #[serde(default)]
    pub notes: Vec<String>,
    /// What a client is configured with.
    #[serde(default)]
    pub settings: Ordered<SettingSpec>,
    /// The base URL, or a list of which the first whose condition holds is used.
    pub endpoint: OneOrMany<EndpointSpec>,
    /// How requests look.
    pub request: RequestSpec,
    /// How answers look.
    pub response: ResponseSpec,
    /// Object types that several operations share.
    #[serde(default)]
    pub types: Ordered<Fields>,
    /// Errors that every operation can answer with.
    #[serde(default)]
    pub errors: Ordered<ErrorSpec>,
    /// Calls per second that the vendor allows.
    pub rate_limit: Option<u32>,
    /// How far a client's clock may be off: a duration, or `none`.
    pub clock_window: Option<String>,
    /// Where the vendor's own tools look for credentials.
    #[serde(default)]
    pub credentials: Vec<CredentialSpec>,
    /// The object store behind the links; one like S3 if left out.
    pub store: Option<StoreSpec>,
    /// The signature.
    pub auth: AuthSpec,
}

/// The object store behind a service's links.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSpec {
    /// What a link is good for only as it was made; the method if left out.
    pub binds: Option<Vec<BindWord>>,
    /// The header in which the store names each request.
    pub request_id: Option<String>,
    /// The keys of code and message, where errors are JSON and not XML.
    pub json: Option<StoreKeys>,
    /// How it refuses, where that is not as S3 does.
    #[serde(default)]
    pub errors: StoreErrors,
}

/// What a link can be bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BindWord {
    /// The HTTP method.
    Method,
    /// The Host header.
    Host,
}

/// The keys of a store's errors in JSON.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StoreKeys {
    /// The key of the code.
    pub code: String,
    /// The key of the message.
    pub message: String,
}

/// How a store refuses, by situation.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StoreErrors {
    /// The request shows no signature.
    pub unsigned: Option<StoreErrorSpec>,
    /// The link is not as it was made.
    pub changed: Option<StoreErrorSpec>,
    /// The link has expired.
    pub expired: Option<StoreErrorSpec>,
    /// There is no such file.
    pub no_file: Option<StoreErrorSpec>,
    /// The file has no such range.
    pub bad_range: Option<StoreErrorSpec>,
}

impl StoreErrors {
    /// The key in specs, the situation's name in the runtime, and what is said.
    #[must_use]
    pub fn entries(&self) -> Vec<(&'static str, &'static str, &StoreErrorSpec)> {
        let all = [
            ("unsigned", "Unsigned", &self.unsigned),
            ("changed", "Changed", &self.changed),
            ("expired", "Expired", &self.expired),
            ("no-file", "NoFile", &self.no_file),
            ("bad-range", "BadRange", &self.bad_range),
        ];
        all.into_iter().filter_map(|(key, when, error)| Some((key, when, error.as_ref()?))).collect()
    }
}

/// How a store refuses in a situation.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StoreErrorSpec {
    /// The HTTP status.
    pub status: u16,
    /// The code in the body.
    pub code: Scalar,
    /// The message in the body.
    pub message: String,
}

/// Where facts come from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceSpec {
    /// The document's name.
    pub document: String,
    /// When it was read, as YYYY-MM-DD.
    pub date: Option<String>,
}

/// Something that a client is configured with.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingSpec {
    /// Whether calls need it.
    #[serde(default)]
    pub required: bool,
    /// Its value when nobody sets it.
    pub default: Option<Scalar>,
    /// The values that the documents know: a list, or a map to their meanings. Others are sent all the same.
    pub values: Option<KnownValues>,
    /// What it means.
    pub doc: String,
}

/// Values that the documents know.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum KnownValues {
    /// Values alone.
    List(Vec<Scalar>),
    /// Values and their meanings.
    Map(Ordered<String>),
}

impl KnownValues {
    /// Value and meaning.
    #[must_use]
    pub fn entries(&self) -> Vec<(String, String)> {
        match self {
            Self::List(list) => list.iter().map(|value| (value.0.clone(), String::new())).collect(),
            Self::Map(map) => map.iter().map(|(value, doc)| (value.to_owned(), doc.clone())).collect(),
        }
    }
}

/// A base URL, alone or with a condition on the settings.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum EndpointSpec {
    /// A base URL.
    Url(String),
    /// A base URL that is used when its condition holds.
    If(ConditionalEndpoint),
}

/// A base URL that is used when its condition holds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionalEndpoint {
    /// Settings and what is wanted of them.
    #[serde(rename = "if")]
    pub condition: Ordered<Wanted>,
    /// The base URL, a template over settings.
    pub url: String,
}

/// Where parameters travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PlaceWord {
    /// The query.
    #[default]
    Query,
    /// A form body.
    Form,
    /// A JSON body.
    Json,
    /// A header.
    Header,
    /// The path.
    Path,
}

/// How requests look. An operation's block is laid over the service's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestSpec {
    /// The HTTP method.
    pub method: Option<String>,
    /// The path, a template over parameters and settings.
    pub path: Option<String>,
    /// Where parameters go unless they say otherwise.
    pub place: Option<PlaceWord>,
    /// Constants in the default place, as templates.
    #[serde(default)]
    pub params: Ordered<Scalar>,
    /// Constants in the query, as templates.
    #[serde(default)]
    pub query: Ordered<Scalar>,
    /// Constant headers, as templates.
    #[serde(default)]
    pub headers: Ordered<Scalar>,
    /// Parameters that every operation has.
    #[serde(default)]
    pub parameters: Fields,
    /// How lists and objects travel in queries, forms and headers, by example: `Key.0.Sub`, `Key.1.Sub`,
    /// `Key.word.1.Sub`, `Key[0].Sub`, `Key[0][Sub]`, `Key=a&Key=b`, `Key[]=a&Key[]=b`, `Key=a,b`, `Key=["a","b"]`.
    pub lists: Option<String>,
    /// The keys, joined by dots, under which parameters stand in a JSON body; its root if left out.
    pub within: Option<String>,
    /// The Content-Type that is sent, exactly.
    pub content_type: Option<String>,
    /// Other forms in which the service takes the same call.
    #[serde(default)]
    pub also: Vec<FormSpec>,
}

/// Another form in which a service takes the same call.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormSpec {
    /// The HTTP method.
    pub method: String,
    /// Where parameters go.
    pub place: PlaceWord,
    /// The Content-Type that is sent in this form, exactly; by place if left out.
    pub content_type: Option<String>,
}

/// How answers look.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResponseSpec {
    /// The place of an operation's own fields, with `{operation}` for its name; the root if left out.
    pub within: Option<String>,
    /// What holds in a successful answer.
    pub success: Ordered<Wanted>,
    /// Where errors stand: a shape, or several of which the first with a code wins.
    pub error: OneOrMany<ErrorShapeSpec>,
    /// Where the request id stands.
    pub request_id: Option<OneOrMany<String>>,
    /// The HTTP status of errors that name none.
    pub error_status: Option<u16>,
    /// Whether numbers may come as text and text as numbers.
    #[serde(default)]
    pub lenient: bool,
    /// The envelope's own fields, keyed by place from the root.
    #[serde(default)]
    pub fields: Fields,
}

/// Where an error keeps its parts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorShapeSpec {
    /// The code.
    pub code: String,
    /// The code's name, where there is one beside it.
    pub name: Option<String>,
    /// The text for people.
    pub message: Option<String>,
}
