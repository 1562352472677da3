//! What the program and the emulator need to know about services besides the tables of [`crate::service`]: the
//! documentation, the worked examples, and how a signature is read back. Only with the feature `metadata`.

use crate::decode::Wrong;
pub use crate::service::TimeFormat;
use crate::service::{Operation, Service};

/// Everything else that the specs of a service say.
#[derive(Debug)]
pub struct ServiceMetadata {
    /// The tables that clients run on.
    pub service: &'static Service,
    /// Where the facts come from.
    pub documents: &'static [&'static str],
    /// Departures from the documents, with the reason.
    pub notes: &'static [&'static str],
    /// One entry per variant of the signature, in the same order.
    pub variants: &'static [VariantMetadata],
    /// Known-answer tests of the signature.
    pub vectors: &'static [Vector],
    /// One entry per operation, in the same order.
    pub operations: &'static [&'static OperationMetadata],
}

/// How a signature is read back from a request.
#[derive(Debug)]
pub struct VariantMetadata {
    /// The variant's name.
    pub name: &'static str,
    /// What the signing function places, in the order in which it does.
    pub placements: &'static [Placement],
    /// Steps whose value must never be shown.
    pub secret_steps: &'static [&'static str],
}

/// A header or parameter that a signing function places.
#[derive(Debug)]
pub struct Placement {
    /// Whether it is a header; otherwise it is a parameter.
    pub header: bool,
    /// Its name.
    pub name: &'static str,
    /// What it is made of.
    pub pattern: &'static [PlacementPiece],
    /// Whether it is left out when there is no token.
    pub optional: bool,
}

/// A part of a placement: literal text that must match, or a hole from which a value is learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlacementPiece {
    /// Literal text.
    Text(&'static str),
    /// The access key.
    AccessKey,
    /// The token of temporary credentials.
    Token,
    /// The token of temporary credentials, in base64.
    TokenBase64,
    /// Several parts, in base64.
    Base64(&'static [PlacementPiece]),
    /// The clock.
    Now(TimeFormat),
    /// The UUID.
    Uuid,
    /// The random number.
    Random,
    /// The variant's name.
    Variant,
    /// A setting.
    Setting(&'static str),
    /// The names of the signed headers with this between them.
    SignedHeaders(&'static str),
    /// The signature itself, or the secret where that is what proves who sends.
    Signature,
    /// A value that is recomputed and compared, and from which nothing is learnt.
    Computed,
}

/// A known-answer test of a signature.
#[derive(Debug)]
pub struct Vector {
    /// Its name.
    pub id: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// The variant, if not the default.
    pub variant: Option<&'static str>,
    /// Inputs by name: `access_key`, `secret`, `token`, `now` (RFC 3339), `uuid`, `random`, and settings.
    pub inputs: &'static [(&'static str, &'static str)],
    /// The HTTP method.
    pub method: &'static str,
    /// The URL.
    pub url: &'static str,
    /// Headers.
    pub headers: &'static [(&'static str, &'static str)],
    /// A form body, decoded.
    pub form: Option<&'static [(&'static str, &'static str)]>,
    /// Any other body.
    pub body: Option<&'static str>,
    /// The signed headers, where the author of the vector signed others than the service's rule says.
    pub signed_headers: Option<&'static [&'static str]>,
    /// Placements that the request leaves out.
    pub omit: &'static [&'static str],
    /// Steps and what they must be: text as it is, bytes in hexadecimal digits.
    pub steps: &'static [(&'static str, &'static str)],
}

/// Everything else that the spec of an operation says.
#[derive(Debug)]
pub struct OperationMetadata {
    /// The table that clients run on.
    pub operation: &'static Operation,
    /// What it does, in a line.
    pub summary: &'static str,
    /// Where the facts come from.
    pub documents: &'static [&'static str],
    /// Departures from the documents, with the reason.
    pub notes: &'static [&'static str],
    /// What a caller can set, nested fields included, in spec order.
    pub parameters: &'static [ParameterMetadata],
    /// What an answer holds, nested fields included, places written from the body's root.
    pub response: &'static [FieldMetadata],
    /// How long links live, in seconds, where the spec knows it without seeing one.
    pub link_lifetime: Option<u64>,
    /// Worked examples.
    pub examples: &'static [Example],
    /// Reads the operation's own part of an answer as its typed response does (leniently or not), and gives its
    /// `Debug` text.
    pub decode: fn(&serde_json::Value, bool) -> Result<String, Wrong>,
}

/// A parameter as documentation shows it.
#[derive(Debug)]
pub struct ParameterMetadata {
    /// Its name, or the way to it, such as `LimitVpc[].Region`.
    pub name: &'static str,
    /// Its type as the spec writes it.
    pub kind: &'static str,
    /// Whether a call needs it.
    pub required: bool,
    /// Where it travels.
    pub place: &'static str,
    /// What the vendor assumes when it is left out.
    pub default: Option<&'static str>,
    /// The documented values and what they mean.
    pub values: &'static [(&'static str, &'static str)],
    /// Limits as the spec writes them.
    pub bounds: Option<&'static str>,
    /// What to use instead, where the vendor retires it.
    pub deprecated: Option<&'static str>,
    /// Whether the value must not be shown.
    pub sensitive: bool,
    /// What it means.
    pub doc: &'static str,
}

/// A field of an answer as documentation shows it.
#[derive(Debug)]
pub struct FieldMetadata {
    /// The way to it from the body's root.
    pub path: &'static str,
    /// Its type as the spec writes it.
    pub kind: &'static str,
    /// Whether every answer has it.
    pub required: bool,
    /// Whether it can be null.
    pub nullable: bool,
    /// What to use instead, where the vendor retires it.
    pub deprecated: Option<&'static str>,
    /// Whether the value must not be shown.
    pub sensitive: bool,
    /// Whether only an example of the documents shows it.
    pub seen: Option<&'static str>,
    /// What it means.
    pub doc: &'static str,
}

/// A worked example: a test.
#[derive(Debug)]
pub struct Example {
    /// Where it comes from.
    pub source: Option<&'static str>,
    /// Settings of the client.
    pub settings: &'static [(&'static str, &'static str)],
    /// Parameters, a JSON object.
    pub request: Option<&'static str>,
    /// What is sent.
    pub sends: Option<Sends>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// Headers of the answer.
    pub headers: &'static [(&'static str, &'static str)],
    /// The body of the answer.
    pub response: Option<&'static str>,
    /// The code of the error that the answer is.
    pub error: Option<&'static str>,
    /// The clock, RFC 3339.
    pub at: Option<&'static str>,
    /// The rows of the uniform model that the answer reads as: JSON objects, of which the named fields are compared.
    pub gives: Option<&'static [&'static str]>,
}

/// What an example sends; only what is named is compared.
#[derive(Debug)]
pub struct Sends {
    /// The HTTP method.
    pub method: Option<&'static str>,
    /// The path.
    pub path: Option<&'static str>,
    /// Query parameters, decoded.
    pub query: &'static [(&'static str, &'static str)],
    /// Form parameters, decoded.
    pub form: &'static [(&'static str, &'static str)],
    /// The JSON body.
    pub json: Option<&'static str>,
    /// Headers.
    pub headers: &'static [(&'static str, &'static str)],
}

/// The metadata of every service compiled in, in the order of the names.
#[must_use]
pub fn services() -> &'static [&'static ServiceMetadata] {
    crate::METADATA
}

/// The metadata of the service with this name.
#[must_use]
pub fn service(name: &str) -> Option<&'static ServiceMetadata> {
    services().iter().find(|metadata| metadata.service.name == name).copied()
}
