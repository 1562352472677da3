//! Error codes.

use rdbfetch_codegen::model::ErrorCode;

use super::walk::{At, Rule, Walk, both, matched};

/// Compares the codes of an operation, or those that a service's operations share. Only an operation's own have variants
/// in its enum.
pub fn compare(walk: &mut Walk<'_>, old: &[ErrorCode], new: &[ErrorCode]) {
    let shared = walk.operation.is_none();
    let named = |error: &ErrorCode| !shared && error.variant.is_some();
    let pairs = matched(old, new, |error| &error.code);
    // A code can change while the variant that stands for it keeps its name.
    let (recoded, removed): (Vec<_>, Vec<_>) = pairs
        .removed
        .into_iter()
        .partition(|error| named(error) && pairs.added.iter().any(|other| other.variant == error.variant));
    for error in &recoded {
        let rule = Rule::misleads("error-code", "the variant is there, and another code means it")
            .wire("the code that answers have");
        let other = pairs.added.iter().find(|other| other.variant == error.variant);
        let code = other.map(|other| other.code.clone());
        note(walk, rule, other.unwrap_or(error), (Some(error.code.clone()), code));
    }
    for error in removed {
        let rule = if named(error) {
            Rule::breaks("error-removed", "code that names the variant no longer compiles")
        } else {
            Rule::misleads(
                "error-removed",
                "such failures lose their class: whether to repeat them is no longer known",
            )
        };
        note(walk, rule, error, (Some(error.code.clone()), None));
    }
    let known = |error: &ErrorCode| recoded.iter().any(|one| one.variant == error.variant);
    for error in pairs.added.into_iter().filter(|error| !known(error)) {
        let rule = if named(error) {
            Rule::adds(
                "error-added",
                "the enum can have more variants; the code came as `Other` before, which code that looks into `Other` notices",
            )
        } else {
            Rule::keeps("error-added", "such failures have a class now")
        };
        note(walk, rule, error, (None, Some(error.code.clone())));
    }
    for (one, other) in pairs.both {
        walk.members(one, other, |walk, name, before, after| {
            let rule = match name {
                "variant" if shared => return,
                "variant" => Rule::breaks("error-renamed", "code that names the variant no longer compiles"),
                "class" => Rule::misleads("error-class", "code that acts on classes acts otherwise"),
                "retry" => Rule::keeps("error-retry", "the enum stays")
                    .wire("failed calls are repeated, or no longer"),
                "status" => {
                    Rule::keeps("error-status", "the enum stays").wire("the HTTP status that is known of it")
                }
                "when" | "messages" => Rule::keeps("error-emulated", "only the emulator says it otherwise"),
                "name" => Rule::keeps("error-name", "the enum stays"),
                "assumed" | "doc" => Rule::tells("error-doc"),
                _ => Rule::other(),
            };
            note(walk, rule, other, both(before, after));
        });
    }
    if pairs.moved {
        let codes = |list: &[ErrorCode]| {
            Some(list.iter().map(|one| one.code.as_str()).collect::<Vec<_>>().join(", "))
        };
        walk.note(
            Rule::tells("error-order"),
            "the order of errors",
            &At::Keys(&["errors"]),
            (codes(old), codes(new)),
        );
    }
}

fn note(walk: &mut Walk<'_>, rule: Rule, error: &ErrorCode, shown: (Option<String>, Option<String>)) {
    walk.note(rule, format!("error `{}`", error.code), &At::Keys(&["errors", &error.code]), shown);
}
