//! `--dry-run`: what would be sent, without what makes it valid.

use rdbfetch::metadata::{PlacementPiece, ServiceMetadata};
use rdbfetch::service::Operation;
use rdbfetch::transport::Request;
use rdbfetch::value::{Parameters, Value};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Map;

/// What stands where something secret is.
const REDACTED: &str = "[redacted]";

/// A request that is not sent.
#[derive(JsonSchema, Serialize)]
pub struct DryRun {
    /// The service.
    service: &'static str,
    /// The operation.
    operation: &'static str,
    /// The HTTP method.
    method: String,
    /// The URL; secrets in it are replaced.
    url: String,
    /// The headers by name; secrets are replaced.
    headers: Map<String, Value>,
    /// The parameters by their documented names; secrets are replaced.
    parameters: Map<String, Value>,
    /// The body: JSON as it is, a form as text, null where there is none; secrets are replaced.
    #[schemars(with = "Value")]
    body: Option<Value>,
    /// What would be called with the answer.
    then: Option<String>,
}

/// The names of what must not be shown.
pub struct Secret {
    headers: Vec<&'static str>,
    parameters: Vec<&'static str>,
}

impl Secret {
    /// What must not be shown of requests that are signed with this variant.
    #[must_use]
    pub fn new(service: &'static ServiceMetadata, operation: &'static Operation, variant: &str) -> Self {
        let mut secret = Self { headers: Vec::new(), parameters: Vec::new() };
        let variants = service.variants.iter().filter(|one| one.name == variant);
        for placement in variants.flat_map(|variant| variant.placements) {
            let shown = |piece: &PlacementPiece| {
                !matches!(
                    piece,
                    PlacementPiece::Signature
                        | PlacementPiece::Token
                        | PlacementPiece::TokenBase64
                        | PlacementPiece::Base64(_)
                        | PlacementPiece::Percent(_)
                )
            };
            if placement.pattern.iter().all(shown) {
                continue;
            }
            let names = if placement.header { &mut secret.headers } else { &mut secret.parameters };
            names.push(placement.name);
        }
        let metadata = service.operations.iter().find(|metadata| metadata.operation.name == operation.name);
        for parameter in metadata.map_or(&[][..], |metadata| metadata.parameters) {
            if !parameter.sensitive {
                continue;
            }
            let last = parameter.name.rsplit('.').next().unwrap_or(parameter.name).trim_end_matches("[]");
            secret.parameters.push(last);
            secret.parameters.extend(operation.parameter(last).map(|parameter| parameter.wire));
            secret.headers.extend(operation.parameter(last).map(|parameter| parameter.wire));
        }
        secret
    }

    /// The names under which this variant sends the token of temporary credentials.
    pub fn token(service: &'static ServiceMetadata, variant: &str) -> impl Iterator<Item = &'static str> {
        fn holds(piece: &PlacementPiece) -> bool {
            match piece {
                PlacementPiece::Token | PlacementPiece::TokenBase64 => true,
                PlacementPiece::Base64(inner) | PlacementPiece::Percent(inner) => inner.iter().any(holds),
                _ => false,
            }
        }
        let variants = service.variants.iter().filter(move |one| one.name == variant);
        let placements = variants.flat_map(|variant| variant.placements);
        placements.filter(|placement| placement.pattern.iter().any(holds)).map(|placement| placement.name)
    }

    fn header(&self, name: &str) -> bool {
        self.headers.iter().any(|secret| secret.eq_ignore_ascii_case(name)) || telling(name)
    }

    fn parameter(&self, name: &str) -> bool {
        // A flattened list is written as Name.0, Name.1 and so on.
        name.split('.').any(|part| self.parameters.contains(&part)) || telling(name)
    }

    /// The value with everything in it replaced that must not be shown.
    fn hide(&self, value: &mut Value) {
        match value {
            Value::Object(object) => {
                for (name, value) in object {
                    if self.parameter(name) { *value = REDACTED.into() } else { self.hide(value) }
                }
            }
            Value::Array(list) => list.iter_mut().for_each(|value| self.hide(value)),
            _ => {}
        }
    }

    /// Pairs of a query or a form, still encoded.
    fn pairs<'a>(&self, text: &'a str) -> Vec<(&'a str, &'a str)> {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.map(|(name, value)| (name, if self.parameter(name) { REDACTED } else { value })).collect()
    }

    fn url(&self, url: &str) -> String {
        let Some((base, query)) = url.split_once('?') else { return url.to_owned() };
        let pairs: Vec<String> =
            self.pairs(query).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{base}?{}", pairs.join("&"))
    }

    fn body(&self, body: &[u8]) -> Option<Value> {
        let text = std::str::from_utf8(body).ok().filter(|text| !text.is_empty())?;
        if let Ok(mut value) = serde_json::from_str(text) {
            self.hide(&mut value);
            return Some(value);
        }
        let form = self.pairs(text).into_iter().map(|(name, value)| format!("{name}={value}"));
        Some(form.collect::<Vec<_>>().join("&").into())
    }
}

/// Whether a name tells that its value is secret, whatever the spec says about it.
fn telling(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "authorization"
        || ["signature", "secret", "token", "password"].iter().any(|word| name.contains(word))
}

impl DryRun {
    /// What would be sent.
    #[must_use]
    pub fn new(
        service: &'static ServiceMetadata,
        operation: &'static Operation,
        parameters: &Parameters,
        request: &Request,
        secret: &Secret,
        then: Option<String>,
    ) -> Self {
        let header = |(name, value): &(String, String)| {
            let value = if secret.header(name) { REDACTED } else { value };
            (name.clone(), value.into())
        };
        let parameter = |(name, value): &(&'static str, Value)| {
            let mut value = value.clone();
            if secret.parameter(name) {
                value = REDACTED.into()
            } else {
                secret.hide(&mut value)
            }
            ((*name).to_owned(), value)
        };
        Self {
            service: service.service.name,
            operation: operation.name,
            method: request.method.clone(),
            url: secret.url(&request.url),
            headers: request.headers.iter().map(header).collect(),
            parameters: parameters.iter().map(parameter).collect(),
            body: secret.body(&request.body),
            then,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn secret() -> Secret {
        Secret { headers: vec!["X-Sign"], parameters: vec!["Sign", "Key"] }
    }

    #[test]
    fn urls_lose_what_must_not_be_shown() {
        let url = "https://h.example/p?a=1&Sign=x%3D&Key.0=y&SecurityToken=z&b";
        let expected = "https://h.example/p?a=1&Sign=[redacted]&Key.0=[redacted]&SecurityToken=[redacted]&b=";
        assert_eq!(secret().url(url), expected);
        assert_eq!(secret().url("https://h.example/p"), "https://h.example/p");
    }

    #[test]
    fn bodies_lose_what_must_not_be_shown() {
        let body = br#"{"a":[{"Key":"secret","b":1}],"Sign":{"x":1}}"#;
        let expected = json!({"a": [{"Key": REDACTED, "b": 1}], "Sign": REDACTED});
        assert_eq!(secret().body(body), Some(expected));
        assert_eq!(secret().body(b"Sign=x&b=1"), Some(json!("Sign=[redacted]&b=1")));
        assert_eq!(secret().body(b""), None);
    }

    #[test]
    fn headers_are_hidden_by_the_spec_and_by_name() {
        for name in ["x-sign", "Authorization", "X-Security-Token"] {
            assert!(secret().header(name), "{name}");
        }
        assert!(!secret().header("Content-Type"));
    }
}
