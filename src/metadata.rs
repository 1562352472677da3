//! What the program and the emulator need to know about services besides the tables of [`crate::service`]: the
//! documentation, the worked examples, and how a signature is read back. Only with the feature `metadata`.

mod read;

use std::sync::LazyLock;

use serde::Deserialize;

pub use crate::service::TimeFormat;
use crate::service::{Operation, Service, When};

/// Everything else that the specs of a service say.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct ServiceMetadata {
    /// The tables that clients run on.
    #[serde(skip, default = "read::none_yet::service")]
    pub service: &'static Service,
    /// Where the facts come from.
    #[serde(default, deserialize_with = "leaked")]
    pub documents: &'static [&'static str],
    /// Departures from the documents, with the reason.
    #[serde(default, deserialize_with = "leaked")]
    pub notes: &'static [&'static str],
    /// The settings whose values the documents list.
    #[serde(default, deserialize_with = "leaked")]
    pub settings: &'static [SettingMetadata],
    /// One entry per variant of the signature, in the same order.
    #[serde(default, deserialize_with = "leaked")]
    pub variants: &'static [VariantMetadata],
    /// Known-answer tests of the signature.
    #[serde(default, deserialize_with = "leaked")]
    pub vectors: &'static [Vector],
    /// One entry per operation, in the same order.
    #[serde(default, deserialize_with = "leaked")]
    pub operations: &'static [&'static OperationMetadata],
    /// The object store behind the links.
    #[serde(default)]
    pub store: Store,
    /// What the vendor says with some of the service's errors, in its own form.
    #[serde(default, deserialize_with = "leaked")]
    pub messages: &'static [Message],
}

impl ServiceMetadata {
    /// The values of a setting that the documents know, with their meanings; empty where they list none. Others may
    /// exist: vendors open regions faster than they write.
    #[must_use]
    pub fn known_values(&self, setting: &str) -> &'static [(&'static str, &'static str)] {
        let found = self.settings.iter().find(|one| one.name == setting);
        found.map_or(&[], |setting| setting.values)
    }
}

/// A setting whose values the documents list.
#[derive(Debug, Deserialize)]
pub struct SettingMetadata {
    /// Its name.
    #[serde(deserialize_with = "leaked")]
    pub name: &'static str,
    /// The values and their meanings.
    #[serde(deserialize_with = "leaked")]
    pub values: &'static [(&'static str, &'static str)],
}

/// What a vendor says with an error.
#[derive(Debug, Deserialize)]
pub struct Message {
    /// The error's code.
    #[serde(deserialize_with = "leaked")]
    pub code: &'static str,
    /// The situation in which it is said; in all of the error's that have no other if left out.
    #[serde(default)]
    pub when: Option<When>,
    /// The text.
    #[serde(deserialize_with = "leaked")]
    pub pieces: &'static [MessagePiece],
}

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum MessagePiece {
    /// Literal text.
    Text(#[serde(deserialize_with = "leaked")] &'static str),
    /// A step of the signature as it should have been; nothing where the signature was not computed.
    Step(#[serde(deserialize_with = "leaked")] &'static str),
    /// Why the request is refused.
    Reason,
    /// The name of the parameter that is missing or wrong; nothing where it is not about one.
    Parameter,
    /// The access key that the request shows.
    AccessKey,
}

/// The object store behind a service's links.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default)]
pub struct Store {
    /// Whether a link is good for one HTTP method only.
    pub binds_method: bool,
    /// Whether a link is good for one Host only.
    pub binds_host: bool,
    /// The header in which the store names each request.
    #[serde(deserialize_with = "leaked")]
    pub request_id: &'static str,
    /// The keys of code and message, where errors are JSON objects and not XML.
    #[serde(deserialize_with = "leaked")]
    pub json: Option<(&'static str, &'static str)>,
    /// How it refuses, where that differs from [`Store::S3`].
    #[serde(deserialize_with = "leaked")]
    pub errors: &'static [StoreError],
}

/// How an object store refuses in a situation.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct StoreError {
    /// The situation.
    pub when: StoreWhen,
    /// The HTTP status.
    pub status: u16,
    /// The code in the body.
    #[serde(deserialize_with = "leaked")]
    pub code: &'static str,
    /// The message in the body.
    #[serde(deserialize_with = "leaked")]
    pub message: &'static str,
}

/// A situation in which an object store refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub enum StoreWhen {
    /// The request shows no signature.
    Unsigned,
    /// The link is not as it was made, or not for this method or host.
    Changed,
    /// The link has expired.
    Expired,
    /// There is no such file.
    NoFile,
    /// The file has no such range.
    BadRange,
}

impl Store {
    /// What most stores do: S3 and those that follow it.
    pub const S3: Self = {
        const fn error(
            when: StoreWhen,
            status: u16,
            code: &'static str,
            message: &'static str,
        ) -> StoreError {
            StoreError { when, status, code, message }
        }
        Self {
            binds_method: true,
            binds_host: false,
            request_id: "x-amz-request-id",
            json: None,
            errors: &[
                error(StoreWhen::Unsigned, 403, "AccessDenied", "Access Denied"),
                error(
                    StoreWhen::Changed,
                    403,
                    "SignatureDoesNotMatch",
                    "The request signature we calculated does not match the signature you provided.",
                ),
                error(StoreWhen::Expired, 403, "AccessDenied", "Request has expired"),
                error(StoreWhen::NoFile, 404, "NoSuchKey", "The specified key does not exist."),
                error(StoreWhen::BadRange, 416, "InvalidRange", "The requested range is not satisfiable"),
            ],
        }
    };

    /// How it refuses in a situation.
    #[must_use]
    pub fn error(&self, when: StoreWhen) -> StoreError {
        let mut known = self.errors.iter().chain(Self::S3.errors);
        known.find(|error| error.when == when).copied().unwrap_or(Self::S3.errors[0])
    }
}

impl Default for Store {
    fn default() -> Self {
        Self::S3
    }
}

/// How a signature is read back from a request.
#[derive(Debug, Deserialize)]
pub struct VariantMetadata {
    /// The variant's name.
    #[serde(default, deserialize_with = "leaked")]
    pub name: &'static str,
    /// What the signing function places, in the order in which it does.
    #[serde(default, deserialize_with = "leaked")]
    pub placements: &'static [Placement],
    /// Steps whose value must never be shown.
    #[serde(default, deserialize_with = "leaked")]
    pub secret_steps: &'static [&'static str],
}

/// A header or parameter that a signing function places.
#[derive(Debug, Deserialize)]
pub struct Placement {
    /// Whether it is a header; otherwise it is a parameter.
    #[serde(default)]
    pub header: bool,
    /// Its name.
    #[serde(default, deserialize_with = "leaked")]
    pub name: &'static str,
    /// What it is made of.
    #[serde(default, deserialize_with = "leaked")]
    pub pattern: &'static [PlacementPiece],
    /// Whether it is left out when there is no token.
    #[serde(default)]
    pub optional: bool,
}

/// A part of a placement: literal text that must match, or a hole from which a value is learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum PlacementPiece {
    /// Literal text.
    Text(#[serde(deserialize_with = "leaked")] &'static str),
    /// The access key.
    AccessKey,
    /// The token of temporary credentials.
    Token,
    /// The token of temporary credentials, in base64.
    TokenBase64,
    /// Several parts, in base64.
    Base64(#[serde(deserialize_with = "leaked")] &'static [PlacementPiece]),
    /// Several parts, percent-encoded.
    Percent(#[serde(deserialize_with = "leaked")] &'static [PlacementPiece]),
    /// The clock.
    Now(TimeFormat),
    /// A moment so many seconds after the clock.
    Later(TimeFormat, i64),
    /// The UUID.
    Uuid,
    /// The random number.
    Random,
    /// The variant's name.
    Variant,
    /// A setting.
    Setting(#[serde(deserialize_with = "leaked")] &'static str),
    /// The names of the signed headers with this between them.
    SignedHeaders(#[serde(deserialize_with = "leaked")] &'static str),
    /// The signature itself, or the secret where that is what proves who sends.
    Signature,
    /// A value that is recomputed and compared, and from which nothing is learnt.
    Computed,
}

/// A known-answer test of a signature.
#[derive(Debug, Deserialize)]
pub struct Vector {
    /// Its name.
    #[serde(default, deserialize_with = "leaked")]
    pub id: &'static str,
    /// Where it comes from.
    #[serde(default, deserialize_with = "leaked")]
    pub source: &'static str,
    /// The variant, if not the default.
    #[serde(default, deserialize_with = "leaked")]
    pub variant: Option<&'static str>,
    /// Inputs by name: `access_key`, `secret`, `token`, `now` (RFC 3339), `uuid`, `random`, and settings.
    #[serde(default, deserialize_with = "leaked")]
    pub inputs: &'static [(&'static str, &'static str)],
    /// The HTTP method.
    #[serde(default, deserialize_with = "leaked")]
    pub method: &'static str,
    /// The URL.
    #[serde(default, deserialize_with = "leaked")]
    pub url: &'static str,
    /// Headers.
    #[serde(default, deserialize_with = "leaked")]
    pub headers: &'static [(&'static str, &'static str)],
    /// A form body, decoded.
    #[serde(default, deserialize_with = "leaked")]
    pub form: Option<&'static [(&'static str, &'static str)]>,
    /// Any other body.
    #[serde(default, deserialize_with = "leaked")]
    pub body: Option<&'static str>,
    /// The signed headers, where the author of the vector signed others than the service's rule says.
    #[serde(default, deserialize_with = "leaked")]
    pub signed_headers: Option<&'static [&'static str]>,
    /// Placements that the request leaves out.
    #[serde(default, deserialize_with = "leaked")]
    pub omit: &'static [&'static str],
    /// Steps and what they must be: text as it is, bytes in hexadecimal digits.
    #[serde(default, deserialize_with = "leaked")]
    pub steps: &'static [(&'static str, &'static str)],
}

/// Everything else that the spec of an operation says.
#[derive(Debug, Deserialize)]
pub struct OperationMetadata {
    /// The table that clients run on.
    #[serde(skip, default = "read::none_yet::operation")]
    pub operation: &'static Operation,
    /// What it does, in a line.
    #[serde(default, deserialize_with = "leaked")]
    pub summary: &'static str,
    /// Where the facts come from.
    #[serde(default, deserialize_with = "leaked")]
    pub documents: &'static [&'static str],
    /// Departures from the documents, with the reason.
    #[serde(default, deserialize_with = "leaked")]
    pub notes: &'static [&'static str],
    /// What a caller can set, nested fields included, in spec order.
    #[serde(default, deserialize_with = "leaked")]
    pub parameters: &'static [ParameterMetadata],
    /// What an answer holds, nested fields included, places written from the body's root.
    #[serde(default, deserialize_with = "leaked")]
    pub response: &'static [FieldMetadata],
    /// What the vendor says with some of the operation's errors, in its own form.
    #[serde(default, deserialize_with = "leaked")]
    pub messages: &'static [Message],
    /// How long links live, in seconds, where the spec knows it without seeing one.
    #[serde(default)]
    pub link_lifetime: Option<u64>,
    /// Worked examples.
    #[serde(default, deserialize_with = "leaked")]
    pub examples: &'static [Example],
    /// Reads the operation's own part of an answer as its typed response does (leniently or not), and gives its
    /// `Debug` text.
    #[serde(skip, default = "read::none_yet::decode")]
    pub decode: Reader,
}

/// A parameter as documentation shows it.
#[derive(Debug, Deserialize)]
pub struct ParameterMetadata {
    /// Its name, or the way to it, such as `LimitVpc[].Region`.
    #[serde(default, deserialize_with = "leaked")]
    pub name: &'static str,
    /// Its type as the spec writes it.
    #[serde(default, deserialize_with = "leaked")]
    pub kind: &'static str,
    /// Whether a call needs it.
    #[serde(default)]
    pub required: bool,
    /// Where it travels.
    #[serde(default, deserialize_with = "leaked")]
    pub place: &'static str,
    /// What the vendor assumes when it is left out.
    #[serde(default, deserialize_with = "leaked")]
    pub default: Option<&'static str>,
    /// The documented values and what they mean.
    #[serde(default, deserialize_with = "leaked")]
    pub values: &'static [(&'static str, &'static str)],
    /// Limits as the spec writes them.
    #[serde(default, deserialize_with = "leaked")]
    pub bounds: Option<&'static str>,
    /// What to use instead, where the vendor retires it.
    #[serde(default, deserialize_with = "leaked")]
    pub deprecated: Option<&'static str>,
    /// Whether the value must not be shown.
    #[serde(default)]
    pub sensitive: bool,
    /// What it means.
    #[serde(default, deserialize_with = "leaked")]
    pub doc: &'static str,
}

/// A field of an answer as documentation shows it.
#[derive(Debug, Deserialize)]
pub struct FieldMetadata {
    /// The way to it from the body's root.
    #[serde(default, deserialize_with = "leaked")]
    pub path: &'static str,
    /// Its type as the spec writes it.
    #[serde(default, deserialize_with = "leaked")]
    pub kind: &'static str,
    /// Whether every answer has it.
    #[serde(default)]
    pub required: bool,
    /// Whether it can be null.
    #[serde(default)]
    pub nullable: bool,
    /// What to use instead, where the vendor retires it.
    #[serde(default, deserialize_with = "leaked")]
    pub deprecated: Option<&'static str>,
    /// Whether the value must not be shown.
    #[serde(default)]
    pub sensitive: bool,
    /// Whether only an example of the documents shows it.
    #[serde(default, deserialize_with = "leaked")]
    pub seen: Option<&'static str>,
    /// What it means.
    #[serde(default, deserialize_with = "leaked")]
    pub doc: &'static str,
}

/// A worked example: a test.
#[derive(Debug, Deserialize)]
pub struct Example {
    /// Where it comes from.
    #[serde(default, deserialize_with = "leaked")]
    pub source: Option<&'static str>,
    /// Settings of the client.
    #[serde(default, deserialize_with = "leaked")]
    pub settings: &'static [(&'static str, &'static str)],
    /// Parameters, a JSON object.
    #[serde(default, deserialize_with = "leaked")]
    pub request: Option<&'static str>,
    /// What is sent.
    #[serde(default, deserialize_with = "leaked")]
    pub sends: Option<Sends>,
    /// The HTTP status of the answer.
    #[serde(default)]
    pub status: u16,
    /// Headers of the answer.
    #[serde(default, deserialize_with = "leaked")]
    pub headers: &'static [(&'static str, &'static str)],
    /// The body of the answer.
    #[serde(default, deserialize_with = "leaked")]
    pub response: Option<&'static str>,
    /// The code of the error that the answer is.
    #[serde(default, deserialize_with = "leaked")]
    pub error: Option<&'static str>,
    /// The clock, RFC 3339.
    #[serde(default, deserialize_with = "leaked")]
    pub at: Option<&'static str>,
    /// The rows of the uniform model that the answer reads as: JSON objects, of which the named fields are compared.
    #[serde(default, deserialize_with = "leaked")]
    pub gives: Option<&'static [&'static str]>,
}

/// What an example sends; only what is named is compared.
#[derive(Debug, Deserialize)]
pub struct Sends {
    /// The HTTP method.
    #[serde(default, deserialize_with = "leaked")]
    pub method: Option<&'static str>,
    /// The path.
    #[serde(default, deserialize_with = "leaked")]
    pub path: Option<&'static str>,
    /// Query parameters, decoded.
    #[serde(default, deserialize_with = "leaked")]
    pub query: &'static [(&'static str, &'static str)],
    /// Form parameters, decoded.
    #[serde(default, deserialize_with = "leaked")]
    pub form: &'static [(&'static str, &'static str)],
    /// The JSON body.
    #[serde(default, deserialize_with = "leaked")]
    pub json: Option<&'static str>,
    /// Headers.
    #[serde(default, deserialize_with = "leaked")]
    pub headers: &'static [(&'static str, &'static str)],
}

pub(crate) use read::leaked;
#[doc(hidden)]
pub use read::{Reader, Source};

/// The metadata of every service compiled in, in the order of the names.
#[must_use]
pub fn services() -> &'static [&'static ServiceMetadata] {
    static READ: LazyLock<Vec<&'static ServiceMetadata>> =
        LazyLock::new(|| crate::METADATA.iter().map(|source| source.read()).collect());
    &READ
}

/// The metadata of the service with this name.
#[must_use]
pub fn service(name: &str) -> Option<&'static ServiceMetadata> {
    services().iter().find(|metadata| metadata.service.name == name).copied()
}
