//! The signature.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ordered, Scalar};

/// A pattern of header names, in which `*` stands for any run of characters.
pub type HeaderPattern = String;

/// The signature as data.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthSpec {
    /// Named values: pipelines or templates.
    #[serde(default)]
    pub steps: Ordered<Scalar>,
    /// Headers that are put into the request, as templates.
    #[serde(default)]
    pub headers: Ordered<Scalar>,
    /// Parameters that are put into the request, as templates.
    #[serde(default)]
    pub params: Ordered<Scalar>,
    /// Headers that the signature covers.
    pub sign_headers: Option<Vec<HeaderPattern>>,
    /// Headers that it does not cover although `sign_headers` matches them.
    #[serde(default)]
    pub skip_headers: Vec<HeaderPattern>,
    /// Headers that a verifier insists on if they were sent; `sign_headers` if left out.
    pub require_headers: Option<Vec<HeaderPattern>>,
    /// Partial descriptions laid over this one, in the order in which a verifier tries them.
    #[serde(default)]
    pub variants: Ordered<VariantSpec>,
    /// The variant that a client uses unless told otherwise.
    pub default: Option<String>,
    /// Known-answer tests.
    #[serde(default)]
    pub vectors: Vec<VectorSpec>,
}

/// A partial description laid over the common one.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VariantSpec {
    /// Named values.
    #[serde(default)]
    pub steps: Ordered<Scalar>,
    /// Headers that are put into the request.
    #[serde(default)]
    pub headers: Ordered<Scalar>,
    /// Parameters that are put into the request.
    #[serde(default)]
    pub params: Ordered<Scalar>,
}

/// A known-answer test.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VectorSpec {
    /// Its name.
    pub id: String,
    /// Where it comes from.
    pub source: String,
    /// The variant, if not the default.
    pub variant: Option<String>,
    /// Inputs: `access_key`, `secret`, `token`, `now` (RFC 3339), `uuid`, `random`, and settings.
    pub inputs: Ordered<Scalar>,
    /// The request without what the description places.
    pub request: VectorRequest,
    /// The signed headers, where the author signed others than `sign_headers` says.
    pub signed_headers: Option<Vec<String>>,
    /// Placements that the request leaves out.
    #[serde(default)]
    pub omit: Vec<String>,
    /// Steps and what they must be: text as it is, bytes in lower-case hexadecimal digits.
    pub steps: Ordered<Scalar>,
}

/// The request of a known-answer test.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VectorRequest {
    /// The HTTP method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// Headers.
    #[serde(default)]
    pub headers: Ordered<Scalar>,
    /// A form body, decoded.
    pub form: Option<Ordered<Scalar>>,
    /// Any other body.
    pub body: Option<String>,
}
