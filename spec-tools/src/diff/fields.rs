//! Parameters, members of objects, response fields.

use std::collections::BTreeSet;

use rdbfetch_codegen::model::{Field, FieldValue, Object, Operation, Service};
use rdbfetch_codegen::surface;
use serde_json::Value;

use super::walk::{At, Rule, Walk, both, matched};

/// Where fields stand.
#[derive(Clone, Copy)]
pub struct Holder<'m> {
    pub service: &'m Service,
    pub operation: Option<&'m Operation>,
    pub object: Option<&'m Object>,
}

/// What fields are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Parameter,
    /// Of an object that requests hold.
    Member,
    /// Of an answer, or an object that answers hold.
    Response,
}

impl Role {
    fn word(self) -> &'static str {
        match self {
            Self::Parameter => "parameter",
            Self::Member => "member",
            Self::Response => "response",
        }
    }

    fn read(self) -> bool {
        self == Self::Response
    }
}

/// A comparison of fields.
struct Fields<'m> {
    role: Role,
    old: Holder<'m>,
    new: Holder<'m>,
}

/// Compares the fields of one thing.
pub fn compare(
    walk: &mut Walk<'_>,
    role: Role,
    (old, new): (Holder<'_>, Holder<'_>),
    (before, after): (&[Field], &[Field]),
) {
    let fields = Fields { role, old, new };
    let pairs = matched(before, after, |field| &field.name);
    for field in pairs.removed {
        let why = format!("code that names `{}` no longer compiles", field.ident);
        let rule = fields.rule("removed", &why, Rule::breaks).wire("no longer there");
        walk.note(
            rule,
            fields.subject(field),
            &At::Field(&field.declared),
            (Some(field.kind_text.clone()), None),
        );
    }
    for field in pairs.added {
        fields.added(walk, field);
    }
    for (one, other) in &pairs.both {
        fields.pair(walk, one, other);
    }
    fields.order(walk, before, after, pairs.moved);
}

impl Fields<'_> {
    fn rule(&self, what: &str, why: &str, make: fn(String, String) -> Rule) -> Rule {
        make(format!("{}-{what}", self.role.word()), why.to_owned())
    }

    fn tells(&self, what: &str) -> Rule {
        Rule::tells(format!("{}-{what}", self.role.word()))
    }

    fn subject(&self, field: &Field) -> String {
        let what = match self.role {
            Role::Parameter => "parameter",
            Role::Member => "member",
            Role::Response => "response field",
        };
        match self.new.object {
            Some(object) => format!("{what} `{}.{}`", object.name, field.name),
            None => format!("{what} `{}`", field.name),
        }
    }

    fn added(&self, walk: &mut Walk<'_>, field: &Field) {
        let rule = if self.role.read() {
            let rule = self.rule("added", "the struct can have more fields", Rule::adds);
            rule.wire("answers are expected to hold it")
        } else if surface::is_required(field, false) {
            let why = "what makes a request takes one more argument";
            self.rule("required-added", why, Rule::breaks).wire("every request carries it")
        } else if let (true, Some(from)) = (field.required, &field.from) {
            let setting = self.old.service.settings.iter().find(|setting| setting.name == *from);
            let given = setting.is_some_and(|setting| setting.required || setting.default.is_some());
            if given {
                let rule = self.rule("added", "it is taken from a setting that every client has", Rule::adds);
                rule.wire("every request carries it")
            } else {
                let why = format!("calls of clients without the setting `{from}` are refused");
                let rule = Rule { code: true, ..self.rule("required-added", &why, Rule::misleads) };
                rule.wire("every request carries it")
            }
        } else {
            self.rule("added", "it can be left out", Rule::adds)
        };
        walk.note(
            rule,
            self.subject(field),
            &At::Field(&field.declared),
            (None, Some(field.kind_text.clone())),
        );
    }

    fn pair(&self, walk: &mut Walk<'_>, old: &Field, new: &Field) {
        let (subject, at) = (self.subject(new), At::Field(&new.declared));
        let read = self.role.read();
        let must = (surface::is_required(old, read), surface::is_required(new, read));
        let kind = |holder: &Holder<'_>, field: &Field| {
            surface::rust_type(holder.service, holder.operation, holder.object, field, read)
        };
        let types = (kind(&self.old, old), kind(&self.new, new));
        let bare = |kind: &str| {
            let inner = kind.strip_prefix("Option<").and_then(|kind| kind.strip_suffix('>'));
            inner.unwrap_or(kind).to_owned()
        };
        let retyped = bare(&types.0) != bare(&types.1);
        let shown = (Some(types.0.clone()), Some(types.1.clone()));
        if must.0 != must.1 && (!read || types.0 != types.1) {
            let what = if must.1 { "became-required" } else { "became-optional" };
            let why = match (read, must.1) {
                (false, true) => "what makes a request takes one more argument",
                (false, false) => "what makes a request takes one argument less",
                (true, _) => "the field's Rust type is another",
            };
            let rule = self.rule(what, why, Rule::breaks);
            let rule = match (read, must.1) {
                (false, true) => rule.wire("every request carries it"),
                (false, false) => rule.wire("requests can lack it"),
                (true, true) => rule.wire("an answer without it is refused"),
                (true, false) => rule.wire("an answer without it is taken"),
            };
            walk.note(rule, &subject, &at, shown.clone());
        }
        if retyped {
            let rule = self.rule("type", "its Rust type is another", Rule::breaks);
            let rule =
                if old.kind == new.kind { rule } else { rule.wire("its JSON or text has another form") };
            walk.note(rule, &subject, &at, shown);
        }
        walk.members(old, new, |walk, name, before, after| {
            let rule = match name {
                "kind" | "enumeration" if retyped => return,
                "required" if must.0 != must.1 => return,
                "sensitive" if retyped => return,
                "kind_text" if old.kind != new.kind => return,
                "kind" => self
                    .rule("wire-type", "its Rust type stays", Rule::keeps)
                    .wire("its JSON or text has another form"),
                "enumeration" => Rule::other(),
                "ident" => self.rule("renamed", "its name in Rust is another", Rule::breaks),
                "values" => return self.values(walk, old, new, retyped),
                "bounds" => self.bounds(old, new),
                "pattern" if new.pattern.is_none() || read => {
                    self.rule("pattern-removed", "more is taken than before", Rule::keeps)
                }
                "pattern" => self.rule(
                    "pattern",
                    "values that were taken can be refused where limits are enforced",
                    Rule::misleads,
                ),
                "required" if read => self.tells("required"),
                "required" => self
                    .rule("setting-required", "it comes from a setting", Rule::misleads)
                    .wire("a call without it is refused, or no longer"),
                "from" => self
                    .rule(
                        "setting",
                        "what is left out is taken from another setting, or from none",
                        Rule::misleads,
                    )
                    .wire("what is sent when it is left out"),
                "default" => self.rule("default", "leaving it out means something else", Rule::keeps),
                "wire" => self
                    .rule("wire-name", "its name in Rust stays", Rule::keeps)
                    .wire("it travels under another name"),
                "place" => self
                    .rule("place", "its name in Rust stays", Rule::keeps)
                    .wire("it travels elsewhere in the request"),
                "lists" => self
                    .rule("lists", "its Rust type stays", Rule::keeps)
                    .wire("lists of it are written otherwise"),
                "within" => self
                    .rule("within", "its name in Rust stays", Rule::keeps)
                    .wire("it stands under other keys of the body"),
                "quoted" => self
                    .rule("quoted", "its Rust type stays", Rule::keeps)
                    .wire("JSON holds it in quotes, or no longer"),
                "time" => self
                    .rule("time", "its Rust type stays", Rule::keeps)
                    .wire("moments are written otherwise"),
                "sensitive" => self.rule("sensitive", "logs show it, or no longer", Rule::keeps),
                "nullable" => self.tells("nullable"),
                "deprecated" => self.tells("deprecated"),
                "doc" | "unit" | "seen" | "assumed" | "bounds_text" | "kind_text" => {
                    self.tells(&name.replace('_', "-"))
                }
                _ => Rule::other(),
            };
            let what = if rule.id == "other" { format!("{subject}: `{name}`") } else { subject.clone() };
            walk.note(rule, what, &at, both(before, after));
        });
    }

    fn bounds(&self, old: &Field, new: &Field) -> Rule {
        let limits = |field: &Field| field.bounds.unwrap_or_default();
        let ((low, high), (lower, higher)) = (limits(old), limits(new));
        let narrower = lower.is_some_and(|new| low.is_none_or(|old| new > old))
            || higher.is_some_and(|new| high.is_none_or(|old| new < old));
        if narrower && !self.role.read() {
            self.rule(
                "bounds-narrowed",
                "values that were taken are refused where limits are enforced",
                Rule::misleads,
            )
        } else {
            self.rule("bounds-widened", "what was taken still is", Rule::keeps)
        }
    }

    fn values(&self, walk: &mut Walk<'_>, old: &Field, new: &Field, retyped: bool) {
        let pairs = matched(&old.values, &new.values, |value| &value.value);
        let named = new.enumeration.as_ref().filter(|_| old.enumeration.is_some() && !retyped);
        let subject = |value: &FieldValue| match named {
            Some(name) => format!("`{name}::{}`", value.variant),
            None => format!("{}, value `{}`", self.subject(new), value.value),
        };
        for value in pairs.removed {
            let rule = match named {
                Some(_) => Rule::breaks("value-removed", "code that names the variant no longer compiles"),
                None if self.role.read() || retyped => Rule::tells("value-removed"),
                None => Rule::misleads("value-removed", "it is refused where limits are enforced"),
            };
            walk.note(rule, subject(value), &At::Field(&old.declared), (Some(value.value.clone()), None));
        }
        for value in pairs.added {
            let rule = match named {
                Some(_) => Rule::adds(
                    "value-added",
                    "enums can have more variants; the value came as `Unknown` before",
                ),
                None => Rule::keeps("value-added", "what was taken still is"),
            };
            walk.note(rule, subject(value), &At::Field(&new.declared), (None, Some(value.value.clone())));
        }
        for (one, other) in pairs.both {
            let (before, after) = (&one.variant, &other.variant);
            if before != after && named.is_some() {
                let rule = Rule::breaks("value-renamed", "code that names the variant no longer compiles");
                walk.note(
                    rule,
                    subject(one),
                    &At::Field(&new.declared),
                    (Some(before.clone()), Some(after.clone())),
                );
            } else if before != after {
                let shown = (Some(before.clone()), Some(after.clone()));
                walk.note(Rule::tells("value-name"), subject(one), &At::Field(&new.declared), shown);
            }
            if one.doc != other.doc {
                let shown = both(&Value::from(one.doc.as_str()), &Value::from(other.doc.as_str()));
                walk.note(Rule::tells("value-doc"), subject(other), &At::Field(&new.declared), shown);
            }
        }
        if pairs.moved {
            walk.note(
                Rule::tells("value-order"),
                self.subject(new),
                &At::Field(&new.declared),
                order(&old.values, &new.values, |value| &value.value),
            );
        }
    }

    /// What cannot be left out is told apart by its position.
    fn order(&self, walk: &mut Walk<'_>, before: &[Field], after: &[Field], moved: bool) {
        let Some(first) = after.first().filter(|_| moved) else { return };
        let must = |fields: &[Field], others: &[Field]| -> Vec<String> {
            let kept: BTreeSet<&str> = others
                .iter()
                .filter(|field| surface::is_required(field, false))
                .map(|field| field.name.as_str())
                .collect();
            let fields = fields
                .iter()
                .filter(|field| surface::is_required(field, false) && kept.contains(field.name.as_str()));
            fields.map(|field| field.name.clone()).collect()
        };
        let rule = if !self.role.read() && must(before, after) != must(after, before) {
            let rule = self.rule(
                "order",
                "arguments of one type would silently be taken for each other",
                Rule::breaks,
            );
            rule.wire("they are sent in another order")
        } else if self.role.read() {
            self.tells("order")
        } else {
            self.rule("optional-order", "each has its own name", Rule::keeps)
                .wire("they are sent in another order")
        };
        let what = match (self.role, self.new.object) {
            (_, Some(object)) => format!("the order of `{}`", object.name),
            (Role::Response, None) => "the order of the response's fields".to_owned(),
            (_, None) => "the order of the parameters".to_owned(),
        };
        walk.note(rule, what, &At::Field(&first.declared), order(before, after, |field| &field.name));
    }
}

/// Names in their order, before and now.
fn order<T>(old: &[T], new: &[T], name: impl Fn(&T) -> &str) -> (Option<String>, Option<String>) {
    let list = |list: &[T]| Some(list.iter().map(&name).collect::<Vec<_>>().join(", "));
    (list(old), list(new))
}
