//! The walk through two readings of specs, and what it notes.

use std::collections::BTreeSet;

use rdbfetch_codegen::model::{Declared, Operation, Service};
use rdbfetch_codegen::surface;
use serde::Serialize;
use serde_json::{Map, Value};

use super::show::show;
use super::{Change, Effect, Specs};

/// What a kind of difference means.
#[derive(Clone, Debug)]
pub struct Rule {
    pub id: String,
    pub effect: Effect,
    pub code: bool,
    pub wire: Option<&'static str>,
    pub why: String,
}

impl Rule {
    /// Code that was right no longer compiles.
    pub fn breaks(id: impl Into<String>, why: impl Into<String>) -> Self {
        Self { id: id.into(), effect: Effect::Breaking, code: true, wire: None, why: why.into() }
    }

    /// Code that was right still compiles, and does something else.
    pub fn misleads(id: impl Into<String>, why: impl Into<String>) -> Self {
        Self { code: false, ..Self::breaks(id, why) }
    }

    /// Code has something more.
    pub fn adds(id: impl Into<String>, why: impl Into<String>) -> Self {
        Self { effect: Effect::Compatible, ..Self::breaks(id, why) }
    }

    /// Code stays what it is.
    pub fn keeps(id: impl Into<String>, why: impl Into<String>) -> Self {
        Self { code: false, ..Self::adds(id, why) }
    }

    /// Readers notice.
    pub fn tells(id: impl Into<String>) -> Self {
        let why = "only what documentation shows differs".to_owned();
        Self { id: id.into(), effect: Effect::Documentation, code: false, wire: None, why }
    }

    /// What no rule knows.
    pub fn other() -> Self {
        Self::misleads(
            "other",
            "no rule knows what this means; it counts as breaking until somebody has looked",
        )
    }

    /// With this difference on the wire.
    pub fn wire(self, what: &'static str) -> Self {
        Self { wire: Some(what), ..self }
    }
}

/// Where something stands.
pub enum At<'a> {
    Field(&'a Declared),
    /// Keys in the operation's file, or in the service's where the operation's lacks them.
    Keys(&'a [&'a str]),
}

/// The walk.
pub struct Walk<'a> {
    old: &'a Specs,
    new: &'a Specs,
    /// The services that are compared.
    pub pair: Option<(&'a Service, &'a Service)>,
    pub operation: Option<&'a Operation>,
    pub changes: Vec<Change>,
    seen: BTreeSet<(String, Option<String>, String, String)>,
}

impl<'a> Walk<'a> {
    pub fn new(old: &'a Specs, new: &'a Specs) -> Self {
        Self { old, new, pair: None, operation: None, changes: Vec::new(), seen: BTreeSet::new() }
    }

    pub fn sides(&self) -> (&'a Specs, &'a Specs) {
        (self.old, self.new)
    }

    /// Notes a difference, once: types that several fields share are met several times.
    pub fn note(
        &mut self,
        rule: Rule,
        subject: impl Into<String>,
        at: &At<'_>,
        (old, new): (Option<String>, Option<String>),
    ) {
        let Some((before, after)) = self.pair else { return };
        let in_old = new.is_none();
        let service = if in_old { before } else { after };
        let (file, line, column) = self.place(service, at, in_old);
        let subject = subject.into();
        let operation = self.operation.map(|operation| operation.name.clone());
        let once = (service.name.clone(), operation.clone(), rule.id.clone(), subject.clone());
        if !self.seen.insert(once) {
            return;
        }
        self.changes.push(Change {
            rule: rule.id,
            effect: rule.effect,
            code: rule.code,
            wire: rule.wire.map(str::to_owned),
            service: service.name.clone(),
            operation,
            subject,
            file,
            line,
            column,
            in_old,
            old,
            new,
            why: rule.why,
        });
    }

    fn place(&self, service: &Service, at: &At<'_>, in_old: bool) -> (String, usize, usize) {
        let specs = if in_old { self.old } else { self.new };
        let of_stem = |stem: &str| {
            let ending = format!("{}/{stem}.yaml", service.name);
            specs.files.iter().find(|file| {
                file.path
                    .strip_suffix(&ending)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with(['/', ':']))
            })
        };
        match at {
            At::Field(declared) => {
                let file = specs.files.iter().find(|file| file.path == declared.file);
                let (line, column) = file.map_or((1, 1), |file| surface::declared(file, declared));
                (declared.file.clone(), line, column)
            }
            At::Keys(keys) => {
                let own = self.operation.and_then(|operation| of_stem(&operation.name));
                let shared = of_stem("service");
                let found = [own, shared]
                    .into_iter()
                    .flatten()
                    .find_map(|file| Some((file, surface::locate(file, keys)?)));
                // What is there by itself, and stands nowhere, is told with the file that could say it.
                let fallback = || own.or(shared).map(|file| (file, (1, 1)));
                match found.or_else(fallback) {
                    Some((file, (line, column))) => (file.path.clone(), line, column),
                    None => (service.name.clone(), 1, 1),
                }
            }
        }
    }

    /// Calls `each` for every member in which two things of a kind differ.
    pub fn members<T: Serialize>(
        &mut self,
        old: &T,
        new: &T,
        mut each: impl FnMut(&mut Self, &str, &Value, &Value),
    ) {
        let (old, new) = (object(old), object(new));
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in names {
            let at = |map: &Map<String, Value>| map.get(name).cloned().unwrap_or_default();
            let (before, after) = (at(&old), at(&new));
            if before != after {
                each(self, name, &before, &after);
            }
        }
    }
}

/// The members of something of the model.
fn object<T: Serialize>(value: &T) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(map)) => map,
        Ok(other) => Map::from_iter([("value".to_owned(), other)]),
        // Maps of the model have texts as keys.
        Err(_) => Map::new(),
    }
}

/// Both values as people read them; nothing where there is none.
pub fn both(old: &Value, new: &Value) -> (Option<String>, Option<String>) {
    let text = |value: &Value| (!is_nothing(value)).then(|| show(value));
    let (before, after) = (text(old), text(new));
    if after.is_none() { (before, Some("nothing".to_owned())) } else { (before, after) }
}

pub fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// Two lists, matched by a name.
pub struct Matched<'m, T> {
    pub both: Vec<(&'m T, &'m T)>,
    pub removed: Vec<&'m T>,
    pub added: Vec<&'m T>,
    /// Whether what is in both stands in another order.
    pub moved: bool,
}

pub fn matched<'m, T>(old: &'m [T], new: &'m [T], name: impl Fn(&T) -> &str) -> Matched<'m, T> {
    let find = |list: &'m [T], wanted: &str| list.iter().position(|one| name(one) == wanted);
    let mut out = Matched { both: Vec::new(), removed: Vec::new(), added: Vec::new(), moved: false };
    let mut last = None;
    for one in old {
        match find(new, name(one)) {
            Some(at) => {
                out.moved |= last.is_some_and(|last| at < last);
                last = Some(at);
                out.both.push((one, &new[at]));
            }
            None => out.removed.push(one),
        }
    }
    out.added.extend(new.iter().filter(|one| find(old, name(one)).is_none()));
    out
}
