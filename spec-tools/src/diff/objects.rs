//! Object types.

use rdbfetch_codegen::model::{Object, Operation, Service};

use super::fields::{self, Holder, Role};
use super::walk::{At, Rule, Walk, matched};

/// Compares the types of a service, or those of an operation.
pub fn compare(
    walk: &mut Walk<'_>,
    (old, new): (&Service, &Service),
    (before, after): (Option<&Operation>, Option<&Operation>),
) {
    let olds = before.map_or(&old.objects, |operation| &operation.objects);
    let news = after.map_or(&new.objects, |operation| &operation.objects);
    let pairs = matched(olds, news, |object| &object.name);
    for object in pairs.removed {
        let rule = if is_emitted(object) {
            Rule::breaks("object-removed", "code that names the struct no longer compiles")
        } else {
            Rule::tells("object-removed")
        };
        note(walk, rule, object, (Some(object.name.clone()), None));
    }
    for object in pairs.added {
        let rule = if is_emitted(object) {
            Rule::adds("object-added", "a new struct is in nobody's way")
        } else {
            Rule::tells("object-added")
        };
        note(walk, rule, object, (None, Some(object.name.clone())));
    }
    for (one, other) in pairs.both {
        structs(walk, one, other);
        let holders = (
            Holder { service: old, operation: before, object: Some(one) },
            Holder { service: new, operation: after, object: Some(other) },
        );
        let both = (one.fields.as_slice(), other.fields.as_slice());
        if one.in_request && other.in_request {
            fields::compare(walk, Role::Member, holders, both);
        }
        if one.in_response && other.in_response {
            fields::compare(walk, Role::Response, holders, both);
        }
    }
    if pairs.moved {
        let names =
            |list: &[Object]| Some(list.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", "));
        let rule = Rule::tells("object-order");
        walk.note(rule, "the order of object types", &At::Keys(&["types"]), (names(olds), names(news)));
    }
}

fn is_emitted(object: &Object) -> bool {
    object.in_request || object.in_response
}

fn note(walk: &mut Walk<'_>, rule: Rule, object: &Object, shown: (Option<String>, Option<String>)) {
    walk.note(rule, format!("object `{}`", object.name), &At::Keys(&["types", &object.name]), shown);
}

/// The structs that are made of an object.
fn structs(walk: &mut Walk<'_>, old: &Object, new: &Object) {
    let list = |object: &Object| -> Vec<(bool, String)> {
        let names = [(object.in_request, false), (object.in_response, true)];
        names.into_iter().filter(|(is, _)| *is).map(|(_, read)| (read, object.struct_name(read))).collect()
    };
    let (before, after) = (list(old), list(new));
    if before == after {
        return;
    }
    let shown = |list: &[(bool, String)]| {
        let words = list
            .iter()
            .map(|(read, name)| format!("{name} ({})", if *read { "answers" } else { "requests" }));
        let text = words.collect::<Vec<_>>().join(", ");
        Some(if text.is_empty() { "nothing".to_owned() } else { text })
    };
    let rule = if before.iter().all(|one| after.contains(one)) {
        Rule::adds("object-structs-added", "a new struct is in nobody's way")
    } else {
        Rule::breaks("object-structs", "the struct is another, or is gone")
    };
    note(walk, rule, new, (shown(&before), shown(&after)));
}
