//! Signatures.

use rdbfetch_codegen::model::{Auth, Line, Variant};
use serde_json::Value;

use super::walk::{At, Rule, Walk, both, matched};

const SIGNED: &str = "requests are signed otherwise";

/// Compares the signatures of a service.
pub fn compare(walk: &mut Walk<'_>, old: &Auth, new: &Auth) {
    let pairs = matched(&old.variants, &new.variants, |variant| &variant.name);
    for variant in pairs.removed {
        let rule = Rule::misleads("auth-variant-removed", "clients that ask for it are refused").wire(SIGNED);
        walk.note(rule, subject(variant), &At::Keys(&["auth", "variants"]), (Some(named(variant)), None));
    }
    for variant in pairs.added {
        let rule = Rule::keeps("auth-variant-added", "who does not ask for it does not get it");
        let at = At::Keys(&["auth", "variants", &variant.name]);
        walk.note(rule, subject(variant), &at, (None, Some(named(variant))));
    }
    for (one, other) in pairs.both {
        pair(walk, one, other);
    }
    if pairs.moved {
        let names = |auth: &Auth| Some(auth.variants.iter().map(named).collect::<Vec<_>>().join(", "));
        walk.note(
            Rule::tells("auth-order"),
            "the order of variants",
            &At::Keys(&["auth", "variants"]),
            (names(old), names(new)),
        );
    }
    walk.members(old, new, |walk, name, before, after| {
        let rule = match name {
            "variants" => return,
            "default" => Rule::keeps("auth-default", "clients are made as before")
                .wire("another signature where nobody asks for one"),
            "sign_headers" | "skip_headers" | "require_headers" => {
                Rule::keeps("auth-headers", "clients are made as before").wire(SIGNED)
            }
            _ => Rule::other(),
        };
        walk.note(rule, format!("`auth`: `{name}`"), &At::Keys(&["auth", name]), both(before, after));
    });
}

fn named(variant: &Variant) -> String {
    if variant.name.is_empty() { "the only one".to_owned() } else { variant.name.clone() }
}

fn subject(variant: &Variant) -> String {
    match variant.name.as_str() {
        "" => "signature".to_owned(),
        name => format!("signature `{name}`"),
    }
}

/// The steps and placements of a variant, by their names.
fn lines(variant: &Variant) -> Vec<(String, Value)> {
    let line = |line: &Line| {
        let name = match line {
            Line::Step { name, .. } => format!("step `{name}`"),
            Line::Place { header: true, name, .. } => format!("header `{name}`"),
            Line::Place { name, .. } => format!("parameter `{name}`"),
        };
        (name, expression(&serde_json::to_value(line).unwrap_or_default()))
    };
    variant.lines.iter().map(line).collect()
}

/// A step's value as its spec writes it, where that is known; otherwise its parts.
fn expression(line: &Value) -> Value {
    let value = line.as_object().and_then(|map| map.values().next()).map(|line| &line["value"]);
    match value.and_then(|value| value.pointer("/Filter/spot/pipeline")) {
        Some(Value::String(pipeline)) => Value::from(pipeline.as_str()),
        _ => line.clone(),
    }
}

fn pair(walk: &mut Walk<'_>, one: &Variant, other: &Variant) {
    let (before, after) = (lines(one), lines(other));
    let pairs = matched(&before, &after, |(name, _)| name);
    let rule = || Rule::keeps("auth-changed", "clients are made as before").wire(SIGNED);
    let about = |name: &str| format!("{}, {name}", subject(other));
    let mut told = false;
    for (name, value) in pairs.removed {
        told = true;
        let (old, _) = both(value, &Value::Null);
        walk.note(rule(), about(name), &At::Keys(&["auth"]), (old, None));
    }
    for (name, value) in pairs.added {
        told = true;
        walk.note(rule(), about(name), &at(name), both(&Value::Null, value));
    }
    for ((name, old), (_, new)) in pairs.both {
        if old != new {
            told = true;
            walk.note(rule(), about(name), &at(name), both(old, new));
        }
    }
    // What steps are made of tells everything but their order and what is said about placements.
    walk.members(one, other, |walk, name, before, after| {
        if !(told && ["lines", "placements"].contains(&name)) {
            walk.note(rule(), about(&format!("`{name}`")), &At::Keys(&["auth"]), both(before, after));
        }
    });
}

/// Where a step or a placement stands.
fn at(name: &str) -> At<'static> {
    match name.split(' ').next() {
        Some("step") => At::Keys(&["auth", "steps"]),
        Some("header") => At::Keys(&["auth", "headers"]),
        _ => At::Keys(&["auth", "params"]),
    }
}
