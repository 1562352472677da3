//! Object types and enums: what they are made of, what uses them, and what they become.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::{Block, Role};
use super::scope::{File, at};
use crate::mend::Names;
use crate::model::{Enum, Field, Object, Type};
use crate::names::{camel, nameable, type_name};
use crate::notation::{BUILT_IN, parse_type};
use crate::spec::{Fields, Ordered};

/// Resolves object types: the block's fields are the types' members.
pub fn objects(block: &Block<'_>, types: &Ordered<Fields>) -> Vec<Object> {
    let file = block.file;
    let mut out: Vec<Object> = Vec::new();
    for (name, members) in types.iter() {
        let path = at(block.path, &[name]);
        let rust = type_name(camel(name), "Object");
        let help = Some("take another name".to_owned());
        if BUILT_IN.contains(&name) {
            file.wrong_key(&path, format!("`{name}` is a built-in type"), help);
        } else if !is_type_name(name) {
            let message = format!("`{name}` is no name of a type: those are letters, digits and `_`");
            file.wrong_key(&path, message, help);
        } else if let Some(other) = out.iter().find(|other| other.rust == rust) {
            let message = format!("`{name}` and `{}` both become `{rust}` in Rust", other.name);
            file.wrong_key(&path, message, help);
        }
        let prefix = rust.trim_end_matches('_');
        let members = Block { path: &path, role: Role::Member, prefix, ..*block }.resolve(members);
        out.push(Object {
            name: name.to_owned(),
            rust,
            fields: members,
            in_request: false,
            in_response: false,
            recursive: false,
        });
    }
    mark_recursion(&mut out);
    out
}

/// Notes the types that nothing uses, and the structs of others that would have the same name. `besides` are fields
/// that use types although no code is made for them.
pub fn check_objects(file: &File<'_>, objects: &[Object], besides: &[&Field]) {
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<String> = besides.iter().filter_map(|field| named_by(field)).collect();
    let numbers = numbers(objects);
    while let Some(name) = open.pop() {
        let object = numbers.get(&name).map(|at| &objects[*at]);
        if used.insert(name) {
            open.extend(object.into_iter().flat_map(|object| named(&object.fields)));
        }
    }
    for object in objects.iter().filter(|object| is_type_name(&object.name)) {
        let path = ["types", object.name.as_str()];
        let unused = !object.in_request && !object.in_response && !used.contains(&object.name);
        if unused && !file.lacks(Names::UsesOfTypes) {
            file.wrong_key(&path, format!("nothing uses the type `{}`", object.name), None);
        }
        let answer = object.struct_name(true);
        if let Some(other) = objects.iter().find(|other| answer != object.rust && other.rust == answer) {
            let message =
                format!("`{}` in answers and `{}` both become `{answer}` in Rust", object.name, other.name);
            file.wrong_key(&path, message, Some("take another name".to_owned()));
        }
    }
}

fn is_type_name(name: &str) -> bool {
    nameable(name) && parse_type(name) == Ok(Type::Named(name.to_owned()))
}

/// Whether the type of a field, or of what it holds, is not known. That was noted where it is declared.
pub fn any_unknown<'f>(fields: impl IntoIterator<Item = &'f Field>) -> bool {
    fields.into_iter().any(|field| field.kind == Type::UNKNOWN)
}

fn mark_recursion(objects: &mut [Object]) {
    let numbers = numbers(objects);
    // A list or map holds its elements elsewhere; only a direct field makes a size infinite.
    let direct = |field: &Field| match &field.kind {
        Type::Named(name) => numbers.get(name).copied(),
        _ => None,
    };
    let edges: Vec<Vec<usize>> =
        objects.iter().map(|object| object.fields.iter().filter_map(direct).collect()).collect();
    // What only leads to ends is on no way back to itself.
    let mut above: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
    let mut left: Vec<usize> = edges.iter().map(Vec::len).collect();
    edges.iter().enumerate().for_each(|(from, to)| to.iter().for_each(|to| above[*to].push(from)));
    let mut ends: Vec<usize> = (0..edges.len()).filter(|at| left[*at] == 0).collect();
    while let Some(end) = ends.pop() {
        for from in std::mem::take(&mut above[end]) {
            left[from] -= 1;
            if left[from] == 0 {
                ends.push(from);
            }
        }
    }
    for start in (0..edges.len()).filter(|at| left[*at] > 0) {
        let mut seen = vec![false; edges.len()];
        let mut open = edges[start].clone();
        while let Some(next) = open.pop().filter(|_| !seen[start]) {
            if !std::mem::replace(&mut seen[next], true) {
                open.extend(&edges[next]);
            }
        }
        objects[start].recursive = seen[start];
    }
}

/// The object types that an operation can name: its own hide those of its service.
#[derive(Clone, Copy)]
pub struct KnownObjects<'a> {
    /// Its own.
    pub own: &'a [Object],
    /// The service's.
    pub shared: &'a [Object],
    /// Where each of the service's stands.
    pub numbers: &'a BTreeMap<String, usize>,
}

impl<'a> KnownObjects<'a> {
    /// The one with this name.
    pub fn find(&self, name: &str) -> Option<&'a Object> {
        let own = self.own.iter().find(|object| object.name == name);
        own.or_else(|| self.shared.get(*self.numbers.get(name)?))
    }
}

/// The numbers of objects by their names; of several with one name, the first.
pub fn numbers(objects: &[Object]) -> BTreeMap<String, usize> {
    objects.iter().enumerate().rev().map(|(at, object)| (object.name.clone(), at)).collect()
}

/// Marks the objects that `fields` reach: an operation's own, and those of its service.
pub fn mark_use(
    own: &mut [Object],
    shared: &mut [Object],
    shared_numbers: &BTreeMap<String, usize>,
    fields: &[Field],
    request: bool,
) {
    let own_numbers = numbers(own);
    let mut open: Vec<(String, bool)> = named(fields).map(|name| (name, true)).collect();
    while let Some((name, sees_own)) = open.pop() {
        let hidden = own_numbers.get(&name).filter(|_| sees_own).map(|at| &mut own[*at]);
        let from_own = hidden.is_some();
        let Some(object) = hidden.or_else(|| shared_numbers.get(&name).map(|at| &mut shared[*at])) else {
            continue;
        };
        let mark = if request { &mut object.in_request } else { &mut object.in_response };
        if !std::mem::replace(mark, true) {
            open.extend(named(&object.fields).map(|name| (name, from_own)));
        }
    }
}

fn named(fields: &[Field]) -> impl Iterator<Item = String> {
    fields.iter().filter_map(named_by)
}

fn named_by(field: &Field) -> Option<String> {
    match field.kind.leaf() {
        Type::Named(name) => Some(name.clone()),
        _ => None,
    }
}

/// Makes the enums of fields, one per name; equal ones are shared. Types have their names first.
pub fn enums(file: &File<'_>, groups: &[(&[Field], bool, bool)], objects: &[Object]) -> Vec<Enum> {
    let used: BTreeSet<String> =
        objects.iter().flat_map(|object| [object.struct_name(false), object.struct_name(true)]).collect();
    let mut out: Vec<Enum> = Vec::new();
    for (fields, in_request, in_response) in groups {
        for field in *fields {
            let Some(rust) = &field.enumeration else { continue };
            let numeric = *field.kind.leaf() == Type::Int64;
            match out.iter_mut().find(|other| other.rust == *rust) {
                Some(other) if other.values == field.values && other.numeric == numeric => {
                    other.in_request |= in_request;
                    other.in_response |= in_response;
                }
                Some(other) => {
                    let (a, b) = (&field.name, &other.field);
                    let message =
                        format!("the values of `{a}` and of `{b}` would both be the enum `{rust}` in Rust");
                    let help = "give both the same values and meanings, or take another name".to_owned();
                    file.wrong_at(&field.declared, message, Some(help));
                }
                None if used.contains(rust) => {
                    let message =
                        format!("the values of `{}` and a type would both be `{rust}` in Rust", field.name);
                    file.wrong_at(&field.declared, message, Some("rename the type".to_owned()));
                }
                None => out.push(Enum {
                    rust: rust.clone(),
                    numeric,
                    values: field.values.clone(),
                    field: field.name.clone(),
                    in_request: *in_request,
                    in_response: *in_response,
                }),
            }
        }
    }
    out
}
