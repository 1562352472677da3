//! The signature: its variants, each laid over the common part.

use std::collections::BTreeSet;

use super::graph::{self, Shape};
use super::scope::File;
use crate::diagnostics::nearest;
use crate::evaluate::like;
use crate::mend::Names;
use crate::model::{Auth, Variant};
use crate::names::{nameable, snake};
use crate::spec::{AuthSpec, Ordered, PlaceWord, Scalar, ServiceSpec, VariantSpec};

/// The names that are there without a step.
pub const INPUTS: [(&str, Shape); 16] = [
    ("method", Shape::Text),
    ("host", Shape::Text),
    ("path", Shape::Text),
    ("raw_query", Shape::Text),
    ("query", Shape::Pairs),
    ("params", Shape::Pairs),
    ("body", Shape::Bytes),
    ("signed_headers", Shape::List),
    ("headers", Shape::Pairs),
    ("access_key", Shape::Text),
    ("secret", Shape::Text),
    ("token", Shape::Text),
    ("now", Shape::Instant),
    ("uuid", Shape::Text),
    ("random", Shape::Text),
    ("variant", Shape::Text),
];

/// Whether something is there under this name without a step.
pub fn is_input(name: &str) -> bool {
    INPUTS.iter().any(|(input, _)| *input == name)
}

/// One variant while it is being resolved.
pub struct Draft<'a> {
    /// The service's file.
    pub file: &'a File<'a>,
    /// The names of settings.
    pub settings: &'a [String],
    /// The variant's name.
    pub variant: &'a str,
    /// Name, text, and where it stands.
    pub steps: Steps<'a>,
    /// Whether it is a header, name, text, and where it stands.
    pub placements: Vec<(bool, &'a str, &'a str, Vec<&'a str>)>,
    /// The headers that the signature covers.
    pub sign_headers: &'a [String],
    /// Whether placed parameters travel in forms.
    pub forms: bool,
}

impl Draft<'_> {
    /// Whether the signature can cover a header.
    pub fn signs(&self, name: &str) -> bool {
        self.sign_headers.is_empty()
            || self.sign_headers.iter().any(|one| like(one.to_lowercase().as_bytes(), name.as_bytes()))
    }
}

type Steps<'a> = Vec<(&'a str, &'a str, Vec<&'a str>)>;

/// Resolves the signature.
pub fn auth(file: &File<'_>, service: &ServiceSpec, settings: &[String]) -> Auth {
    let spec = &service.auth;
    let common = VariantSpec::default();
    let mut variants: Vec<(&str, &VariantSpec)> = spec.variants.iter().collect();
    if variants.is_empty() {
        variants.push(("", &common));
    }
    check_variants(file, spec, &variants);
    let default = spec.default.clone().unwrap_or_else(|| variants[0].0.to_owned());
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut resolved: Vec<Variant> = Vec::new();
    for (name, variant) in &variants {
        let draft = Draft {
            file,
            settings,
            variant: name,
            steps: overlay(&spec.steps, &variant.steps, name, "steps"),
            placements: placements(spec, variant, name),
            sign_headers: spec.sign_headers.as_deref().unwrap_or_default(),
            forms: service.request.place == Some(PlaceWord::Form),
        };
        if let Some((names, variant)) = graph::resolve(&draft) {
            check_unused(&draft, &names);
            used.extend(names);
            resolved.push(variant);
        }
    }
    if resolved.len() == variants.len() {
        for name in spec.steps.keys().filter(|name| !used.contains(*name)) {
            unused(file, &["auth", "steps", name], name, spec.steps.keys());
        }
        check_headers(file, spec, &used);
    }
    let sign_headers = spec.sign_headers.clone().unwrap_or_default();
    Auth {
        require_headers: lower(spec.require_headers.clone().unwrap_or_else(|| sign_headers.clone())),
        sign_headers: lower(sign_headers),
        skip_headers: lower(spec.skip_headers.clone()),
        default,
        variants: resolved,
    }
}

fn check_variants(file: &File<'_>, spec: &AuthSpec, variants: &[(&str, &VariantSpec)]) {
    let path = ["auth", "variants"];
    let names = || variants.iter().map(|(name, _)| *name);
    match &spec.default {
        Some(_) if spec.variants.is_empty() => {
            let help = "take `default` away, or say what `variants` there are".to_owned();
            file.wrong_key(&["auth", "default"], "there are no variants to choose from", Some(help));
        }
        Some(default) if !names().any(|name| name == default) => {
            file.unknown(&["auth", "default"], "variant", default, names());
        }
        None if variants.len() > 1 => {
            let help = "say `default:` with one of the variants' names".to_owned();
            file.wrong_key(&path, "several variants need a default", Some(help));
        }
        _ => {}
    }
    for (index, (name, _)) in variants.iter().enumerate() {
        if spec.variants.is_empty() {
            continue;
        }
        let path = ["auth", "variants", name];
        let help = Some("take another name".to_owned());
        if !nameable(name) {
            file.wrong_key(&path, format!("no Rust name can be made of `{name}`"), help);
        } else if let Some((other, _)) =
            variants[..index].iter().find(|(other, _)| snake(other) == snake(name))
        {
            let message = format!("`{other}` and `{name}` both become `{}` in Rust", snake(name));
            file.wrong_key(&path, message, help);
        }
    }
}

/// A variant's own steps are used by it.
fn check_unused(draft: &Draft<'_>, used: &BTreeSet<String>) {
    for (name, _, path) in draft.steps.iter().filter(|(_, _, path)| path[1] == "variants") {
        if !used.contains(*name) {
            unused(draft.file, path, name, draft.steps.iter().map(|(name, _, _)| *name));
        }
    }
}

fn unused<'n>(file: &File<'_>, path: &[&str], name: &str, steps: impl Iterator<Item = &'n str>) {
    let help = match nearest(name, steps.filter(|other| *other != name)) {
        Some(near) => format!("take it away, or use it where `{near}` is used now"),
        None => "take it away, or use it in a step or in what is placed".to_owned(),
    };
    file.wrong_key(path, format!("nothing uses the step `{name}`"), Some(help));
}

/// The headers that are signed are listed, and only then.
fn check_headers(file: &File<'_>, spec: &AuthSpec, used: &BTreeSet<String>) {
    let covers = used.contains("headers") || used.contains("signed_headers");
    if covers && spec.sign_headers.is_none() && !file.lacks(Names::SignedHeaders) {
        let message = "the signature covers headers, but `sign_headers` does not say which";
        let help = "say `sign_headers: [host, …]`, or `[\"*\"]` for all that are sent".to_owned();
        let common = spec.steps.iter().map(|(name, text)| (vec!["auth", "steps", name], text));
        let own = spec.variants.iter().flat_map(|(variant, own)| {
            let path = move |name| vec!["auth", "variants", variant, "steps", name];
            own.steps.iter().map(move |(name, text)| (path(name), text))
        });
        match common.chain(own).find(|(_, text)| text.0.contains("headers")) {
            Some((path, text)) if text.0.contains("signed_headers") => {
                file.wrong_part(&path, "signed_headers", message, Some(help));
            }
            Some((path, _)) => file.wrong_part(&path, "headers", message, Some(help)),
            None => file.wrong_help(&["auth"], message, Some(help)),
        }
    }
    let lists = [
        ("sign_headers", spec.sign_headers.is_some()),
        ("skip_headers", !spec.skip_headers.is_empty()),
        ("require_headers", spec.require_headers.is_some()),
    ];
    for (key, _) in lists.iter().filter(|(_, given)| *given && !covers) {
        let help = "leave it out, or sign `headers`".to_owned();
        file.wrong_key(&["auth", key], "the signature covers no headers", Some(help));
    }
}

fn lower(names: Vec<String>) -> Vec<String> {
    names.into_iter().map(|name| name.to_lowercase()).collect()
}

/// The variant's entries in place of common ones with the same name, or after them.
fn overlay<'a>(
    common: &'a Ordered<Scalar>,
    variant: &'a Ordered<Scalar>,
    name: &'a str,
    key: &'a str,
) -> Steps<'a> {
    let mut out: Steps<'a> = Vec::new();
    for (step, text) in common.iter() {
        match variant.get(step) {
            Some(own) => out.push((step, &own.0, vec!["auth", "variants", name, key, step])),
            None => out.push((step, &text.0, vec!["auth", key, step])),
        }
    }
    for (step, text) in variant.iter().filter(|(step, _)| common.get(step).is_none()) {
        out.push((step, &text.0, vec!["auth", "variants", name, key, step]));
    }
    out
}

fn placements<'a>(
    spec: &'a AuthSpec,
    variant: &'a VariantSpec,
    name: &'a str,
) -> Vec<(bool, &'a str, &'a str, Vec<&'a str>)> {
    let headers = overlay(&spec.headers, &variant.headers, name, "headers");
    let params = overlay(&spec.params, &variant.params, name, "params");
    let headers = headers.into_iter().map(|(name, text, path)| (true, name, text, path));
    headers.chain(params.into_iter().map(|(name, text, path)| (false, name, text, path))).collect()
}
