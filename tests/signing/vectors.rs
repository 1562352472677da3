//! Every signature, as compiled, against the known-answer vectors in its spec.

use rdbfetch::Timestamp;
use rdbfetch::metadata::{ServiceMetadata, Vector};
use rdbfetch::sign::{Body, Draft, Inputs, Pairs, Signer, Variant};

use crate::services;

fn draft(vector: &Vector) -> Draft {
    let (_, rest) = vector.url.split_once("://").expect("an absolute URL");
    let scheme = vector.url.split("://").next().unwrap_or_default();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, target) = rest.split_at(end);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let port = if scheme == "https" { ":443" } else { ":80" };
    let form = vector.form.map(|form| {
        let mut pairs = Pairs::default();
        form.iter().for_each(|(name, value)| pairs.push(*name, *value));
        Body::Form(pairs)
    });
    Draft {
        method: vector.method.to_owned(),
        host: host.strip_suffix(port).unwrap_or(host).to_owned(),
        path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
        query: Pairs::from(query.as_bytes()),
        raw_query: Some(query.as_bytes().to_vec()),
        headers: vector
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: form.or(vector.body.map(|body| Body::Bytes(body.as_bytes().to_vec()))).unwrap_or_default(),
    }
}

fn inputs(vector: &Vector) -> Inputs {
    let input = |wanted: &str| {
        vector.inputs.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned())
    };
    let named = ["access_key", "secret", "token", "now", "uuid", "random"];
    let settings = vector.inputs.iter().filter(|(name, _)| !named.contains(name));
    let rfc3339 = rdbfetch::service::TimeFormat { format: "", offset: 0 };
    let now = input("now").and_then(|now| Timestamp::parse(&now, rfc3339));
    Inputs {
        access_key: input("access_key").unwrap_or_default(),
        secret: input("secret").unwrap_or_default().into(),
        token: input("token"),
        now: now.unwrap_or_else(|| Timestamp::from_unix(0).expect("1970 is a year")),
        uuid: input("uuid").unwrap_or_default(),
        random: input("random").unwrap_or_default(),
        settings: settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        signed_headers: vector
            .signed_headers
            .map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
        omit: vector.omit.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// The variant that a vector is about.
pub fn variant(metadata: &ServiceMetadata, vector: &Vector) -> &'static Variant {
    let auth = &metadata.service.auth;
    auth.variant(vector.variant.unwrap_or(auth.default)).expect("the generator checked the variant")
}

/// The request of a vector, and what it is signed with.
pub fn subject(metadata: &ServiceMetadata, vector: &Vector) -> (Draft, Inputs) {
    let (mut draft, mut inputs) = (draft(vector), inputs(vector));
    for setting in metadata.service.settings {
        let given = inputs.settings.iter().any(|(name, _)| *name == setting.name);
        if let (false, Some(default)) = (given, setting.default) {
            inputs.settings.push((setting.name.to_owned(), default.to_owned()));
        }
    }
    // A query that the signature is placed into is written anew; any other travels as it stands.
    let variant = variant(metadata, vector);
    let signs_query = metadata
        .variants
        .iter()
        .any(|one| one.name == variant.name && one.placements.iter().any(|placement| !placement.header));
    if signs_query {
        draft.raw_query = None;
    }
    (draft, inputs)
}

#[test]
fn every_vector_reproduces() {
    let mut problems = Vec::new();
    let mut checked = 0;
    for metadata in services() {
        for vector in metadata.vectors {
            let (mut draft, inputs) = subject(metadata, vector);
            let (auth, variant) = (&metadata.service.auth, variant(metadata, vector));
            let trace = Signer::new(auth, variant.name, &inputs, &mut draft).traced(variant.sign);
            for (step, expected) in vector.steps {
                let found = trace.iter().find(|(name, _)| name == step);
                let found =
                    found.map_or_else(String::new, |(_, value)| String::from_utf8_lossy(value).into_owned());
                checked += 1;
                if found != *expected {
                    problems.push(format!(
                        "{} {step}:\n  expected {expected:?}\n  found    {found:?}",
                        vector.id
                    ));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(checked > 20, "the specs hold vectors");
}

/// Whether a service signs; others show a fixed token, and there is nothing to compute.
fn signs(metadata: &ServiceMetadata) -> bool {
    let auth = &metadata.service.auth;
    let Some(variant) = auth.variant(auth.default) else { return false };
    let inputs = Inputs {
        access_key: String::new(),
        secret: String::new().into(),
        token: None,
        now: Timestamp::from_unix(0).expect("1970 is a year"),
        uuid: String::new(),
        random: String::new(),
        settings: Vec::new(),
        signed_headers: None,
        omit: Vec::new(),
    };
    let trace = Signer::new(auth, variant.name, &inputs, &mut Draft::default()).traced(variant.sign);
    trace.iter().any(|(step, _)| *step == "signature")
}

#[test]
fn every_service_has_vectors_for_its_default_signature() {
    let missing = services().iter().filter(|metadata| {
        let default = metadata.service.auth.default;
        let mut vectors = metadata.vectors.iter();
        signs(metadata) && !vectors.any(|vector| vector.variant.unwrap_or(default) == default)
    });
    let missing: Vec<&str> = missing.map(|metadata| metadata.service.name).collect();
    assert!(missing.is_empty(), "no vector for the default signature of {}", missing.join(", "));
}
