//! Operations.

use std::collections::BTreeSet;

use rdbfetch_codegen::model::{Declared, Operation, Row, Service};
use serde_json::Value;

use super::fields::{self, Holder, Role};
use super::walk::{At, Rule, Walk, both, is_nothing, matched};
use super::{errors, objects};

/// What differs in how a call is made, in how an answer is read.
const CALLED: &str = "requests are made otherwise";
const READ: &str = "answers are read otherwise";

/// Compares the operations of a service.
pub fn compare<'a>(walk: &mut Walk<'a>, old: &'a Service, new: &'a Service) {
    let pairs = matched(&old.operations, &new.operations, |operation| &operation.name);
    for operation in pairs.removed {
        walk.operation = Some(operation);
        let rule = Rule::breaks("operation-removed", "its method and module are gone")
            .wire("it is no longer called");
        let name = operation.name.clone();
        walk.note(rule, format!("operation `{name}`"), &At::Keys(&["summary"]), (Some(name), None));
    }
    for operation in pairs.added {
        walk.operation = Some(operation);
        let rule = Rule::adds("operation-added", "a new method is in nobody's way");
        let name = operation.name.clone();
        walk.note(rule, format!("operation `{name}`"), &At::Keys(&["summary"]), (None, Some(name)));
    }
    for (one, other) in pairs.both {
        walk.operation = Some(other);
        pair(walk, (old, new), (one, other));
    }
    walk.operation = None;
}

fn pair<'a>(
    walk: &mut Walk<'a>,
    (old, new): (&'a Service, &'a Service),
    (one, other): (&'a Operation, &'a Operation),
) {
    let holders = (
        Holder { service: old, operation: Some(one), object: None },
        Holder { service: new, operation: Some(other), object: None },
    );
    fields::compare(walk, Role::Parameter, holders, (&one.parameters, &other.parameters));
    fields::compare(walk, Role::Response, holders, (&one.response, &other.response));
    objects::compare(walk, (old, new), (Some(one), Some(other)));
    errors::compare(walk, &one.errors, &other.errors);
    envelope(walk, (old, one), (new, other));
    let usually = (json(&old.usual), json(&new.usual));
    walk.members(one, other, |walk, name, before, after| {
        let (rule, keys): (Rule, &[&str]) = match name {
            // Enums are made of the values of fields.
            "parameters" | "response" | "objects" | "errors" | "enums" => return,
            // Told with their dates, as they are written.
            "documents" => return,
            "summary" => (Rule::tells("operation-doc"), &["summary"]),
            "notes" => (Rule::tells("operation-doc"), &["notes"]),
            "examples" => (Rule::tells("example"), &["examples"]),
            "module" => {
                (Rule::breaks("operation-renamed", "its method and module have another name"), &["summary"])
            }
            "deprecated" => {
                let why = "code that calls it is warned, or no longer";
                (Rule::keeps("operation-deprecated", why), &["deprecated"])
            }
            "version" => (called("operation-version"), &["version"]),
            "endpoints" => (called("operation-endpoint"), &["endpoint"]),
            "method" => (called("operation-method"), &["request", "method"]),
            "path" => (called("operation-path"), &["request", "path"]),
            "place" => (called("operation-place"), &["request", "place"]),
            "content_type" => (called("operation-content-type"), &["request"]),
            "constants" => (called("operation-constant"), &["request"]),
            "lists" => (called("operation-lists"), &["request", "lists"]),
            "also" => (called("operation-also"), &["request", "also"]),
            "within" => (read("operation-within"), &["within"]),
            "root" => (read("operation-root"), &["root"]),
            "success" => (read("operation-success"), &["success"]),
            "lenient" => (read("operation-lenient"), &["response"]),
            "values" => {
                (Rule::keeps("operation-emulated", "only the emulator answers otherwise"), &["response"])
            }
            "rules" => (rules(before, after), &["rules"]),
            "rate_limit" => {
                let rule = Rule::keeps("operation-rate-limit", "calls are spaced otherwise");
                (rule.wire("how soon a call follows another"), &["rate_limit"])
            }
            "idempotent" => {
                let rule = Rule::keeps("operation-idempotent", "what is called stays");
                (rule.wire("calls without an answer are repeated, or no longer"), &["idempotent"])
            }
            "paging" => (uniform("paging", before, after, false), &["paging"]),
            "links" | "backups" => {
                let has = |service: &Service| {
                    service.operations.iter().any(|one| {
                        if name == "links" { !one.links.is_empty() } else { !one.backups.is_empty() }
                    })
                };
                (
                    uniform(name, before, after, has(old) != has(new)),
                    if name == "links" { &["links"] } else { &["backups"] },
                )
            }
            "instances" => (uniform(name, before, after, false), &["instances"]),
            "creates" => (uniform(name, before, after, false), &["creates"]),
            "tasks" => (uniform(name, before, after, false), &["tasks"]),
            "regions" => (uniform(name, before, after, false), &["regions"]),
            "shards" => (uniform(name, before, after, false), &["shards"]),
            "projects" => (uniform(name, before, after, false), &["projects"]),
            _ => (Rule::other(), &["summary"]),
        };
        // What all operations take from the service is told once, as the service's.
        let usual = |usual: &Value, value: &Value| usual.get(name) == Some(value);
        let shared = usual(&usually.0, before) && usual(&usually.1, after);
        if shared && name == "rate_limit" {
            return;
        }
        let operation = walk.operation;
        if shared {
            walk.operation = None;
        }
        walk.note(rule, format!("`{}`", name.replace('_', " ")), &At::Keys(keys), both(before, after));
        walk.operation = operation;
    });
}

/// An operation's members; empty where there are none.
fn json(operation: &Operation) -> Value {
    serde_json::to_value(operation).unwrap_or_default()
}

/// What answers hold around what structs hold: only documentation and the emulator know it.
fn envelope<'a>(walk: &mut Walk<'a>, old: (&Service, &'a Operation), new: (&Service, &'a Operation)) {
    let rows = |(service, operation): (&Service, &'a Operation)| -> Vec<&'a Row> {
        let place = |declared: &Declared| (declared.file.clone(), declared.span.start);
        let members = service.objects.iter().flat_map(|object| &object.fields);
        let own = operation.objects.iter().flat_map(|object| &object.fields).chain(&operation.response);
        let known: BTreeSet<_> = members.chain(own).map(|field| place(&field.declared)).collect();
        operation.response_rows.iter().filter(|row| !known.contains(&place(&row.field.declared))).collect()
    };
    let (before, after) = (rows((old.0, old.1)), rows((new.0, new.1)));
    let pairs = matched(&before, &after, |row| &row.path);
    let operation = walk.operation.take();
    let subject = |row: &Row| format!("envelope field `{}`", row.path);
    let at = |row: &'a Row| At::Field(&row.field.declared);
    for row in pairs.removed {
        let shown = (Some(row.field.kind_text.clone()), None);
        walk.note(Rule::tells("envelope-field"), subject(row), &at(row), shown);
    }
    for row in pairs.added {
        let shown = (None, Some(row.field.kind_text.clone()));
        walk.note(Rule::tells("envelope-field"), subject(row), &at(row), shown);
    }
    for (one, other) in pairs.both {
        walk.members(&one.field, &other.field, |walk, name, before, after| {
            let what = format!("{}: `{name}`", subject(other));
            walk.note(Rule::tells("envelope-field"), what, &at(other), both(before, after));
        });
    }
    walk.operation = operation;
}

fn called(id: &str) -> Rule {
    Rule::keeps(id, "the method stays").wire(CALLED)
}

fn read(id: &str) -> Rule {
    Rule::keeps(id, "the struct stays").wire(READ)
}

/// Rules across parameters: one more can refuse what was taken.
fn rules(before: &Value, after: &Value) -> Rule {
    let essential = |rule: &Value| (rule["when"].clone(), rule["verb"].clone());
    let list = |value: &Value| value.as_array().into_iter().flatten().map(essential).collect::<Vec<_>>();
    let (old, new) = (list(before), list(after));
    if new.iter().all(|rule| old.contains(rule)) && old.iter().all(|rule| new.contains(rule)) {
        Rule::tells("rule-doc")
    } else if new.iter().all(|rule| old.contains(rule)) {
        Rule::keeps("rule-removed", "what was taken still is").wire("calls are sent that were refused before")
    } else {
        Rule::misleads("rule-added", "calls that were sent are refused before sending")
            .wire("calls are no longer sent")
    }
}

/// How answers read as rows that are alike on every cloud.
fn uniform(name: &str, before: &Value, after: &Value, method: bool) -> Rule {
    if is_nothing(after) {
        let rule = Rule::misleads(
            format!("{name}-removed"),
            "code that works on every cloud no longer finds it here",
        );
        Rule { code: method, ..rule }
    } else if is_nothing(before) {
        Rule {
            code: method,
            ..Rule::keeps(format!("{name}-added"), "code that works on every cloud finds it here now")
        }
    } else {
        let rule = Rule::keeps(name, "rows are made otherwise, of the same kind");
        rule.wire("what is asked for rows, or where they are read from")
    }
}
