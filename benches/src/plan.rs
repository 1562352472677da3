//! The operations as such, before they are written in any language.

use crate::random::Random;
use crate::table::{Kind, Role, Shape};
use crate::text;

/// How deep objects stand in each other at most.
const DEPTH: usize = 5;
/// Among how many of the last objects one is looked for that is used again: those of one service, so to speak.
const NEAR: usize = 48;

/// Operations and their objects.
#[derive(Debug)]
pub struct Api {
    /// The operations.
    pub(crate) operations: Vec<Operation>,
    /// The objects, those without others inside first.
    pub(crate) objects: Vec<Object>,
}

#[derive(Debug)]
pub(crate) struct Operation {
    pub name: String,
    pub summary: String,
    pub parameters: Vec<Field>,
    pub answer: Vec<Field>,
    /// Code, class, and what it means.
    pub errors: Vec<(String, &'static str, String)>,
}

#[derive(Debug)]
pub(crate) struct Object {
    pub name: String,
    pub members: Vec<Field>,
    /// The only operation that uses it, if it is the only one.
    pub owner: Owner,
}

/// Who uses an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Nobody,
    Operation(usize),
    Several,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub name: String,
    pub kind: Kind,
    /// Where `kind` is an object: its number.
    pub object: usize,
    pub list: bool,
    pub required: bool,
    pub nullable: bool,
    /// Values as they travel, their names, and their meanings.
    pub values: Vec<(String, &'static str, String)>,
    pub doc: String,
}

/// Plans that many operations of this shape.
///
/// # Panics
/// When there are more than names for them (25,600).
#[must_use]
pub fn plan(shape: &Shape, operations: usize, seed: u64) -> Api {
    assert!(operations <= text::OPERATIONS, "at most {} operations have names", text::OPERATIONS);
    let mut planner = Planner {
        shape,
        random: Random::new(seed),
        objects: Vec::new(),
        asked: Vec::new(),
        answered: Vec::new(),
    };
    let operations = (0..operations).map(|at| planner.operation(at)).collect();
    let mut api = Api { operations, objects: planner.objects };
    own(&mut api);
    api
}

struct Planner<'s> {
    shape: &'s Shape,
    random: Random,
    objects: Vec<Object>,
    asked: Vec<usize>,
    answered: Vec<usize>,
}

impl Planner<'_> {
    fn operation(&mut self, at: usize) -> Operation {
        let parameters = self.fields(&self.shape.parameters, true, 0);
        let mut answer = self.fields(&self.shape.answer, false, 0);
        for field in &mut answer {
            // What is asked and answered by the same name has the same values.
            let asked = parameters.iter().find(|other| other.name == field.name && !other.values.is_empty());
            if let Some(asked) = asked.filter(|_| !field.values.is_empty()) {
                field.kind = asked.kind;
                field.values.clone_from(&asked.values);
            }
        }
        let mut codes = Vec::new();
        for _ in 0..self.random.draw(self.shape.errors) {
            codes.push(text::error(&mut self.random, &codes));
        }
        codes.sort();
        let errors = codes
            .into_iter()
            .map(|(code, class)| (code, class, text::prose(&mut self.random, 14, self.shape.ascii)))
            .collect();
        let letters = self.random.draw(self.shape.summary) as usize;
        let summary = text::prose(&mut self.random, letters, self.shape.ascii);
        Operation { name: text::operation(at), summary, parameters, answer, errors }
    }

    fn fields(&mut self, role: &Role, asked: bool, depth: usize) -> Vec<Field> {
        let mut used = Vec::new();
        let mut out = Vec::new();
        for _ in 0..self.random.draw(role.count) {
            let name = text::field(&mut self.random, &used);
            used.push(name.clone());
            out.push(self.field(role, name, asked, depth));
        }
        out
    }

    fn field(&mut self, role: &Role, name: String, asked: bool, depth: usize) -> Field {
        let (mut kind, list) = self.random.draw(role.kinds);
        if kind == Kind::Object && depth == DEPTH {
            kind = Kind::String;
        }
        let object = if kind == Kind::Object { self.object(asked, depth + 1) } else { 0 };
        let valued = match kind {
            Kind::String => self.random.thousandths(role.valued_text),
            Kind::Int => self.random.thousandths(role.valued_number),
            _ => false,
        };
        let letters = self.random.draw(role.doc) as usize;
        let values = if valued { self.values(role, kind, letters) } else { Vec::new() };
        let spent: usize = values.iter().map(|(_, _, doc)| doc.chars().count()).sum();
        let letters = letters.saturating_sub(spent).max(4);
        let required = self.random.thousandths(role.required);
        let nullable = !required && self.random.thousandths(role.nullable);
        let doc = text::prose(&mut self.random, letters, self.shape.ascii);
        Field { name, kind, object, list, required, nullable, values, doc }
    }

    fn values(&mut self, role: &Role, kind: Kind, letters: usize) -> Vec<(String, &'static str, String)> {
        let count = self.random.draw(role.values) as usize;
        let each = (letters / (count + 1)).clamp(3, 20);
        let words = text::values(&mut self.random, count);
        let mut out = Vec::new();
        for (at, word) in words.into_iter().enumerate() {
            let value = if kind == Kind::Int { at.to_string() } else { word.to_owned() };
            out.push((value, word, text::prose(&mut self.random, each, 0)));
        }
        out
    }

    /// The number of an object: a new one, or one that is there already.
    fn object(&mut self, asked: bool, depth: usize) -> usize {
        if self.random.thousandths(self.shape.reuse) {
            let sent = asked || self.random.thousandths(self.shape.both);
            let pool = if sent { &self.asked } else { &self.answered };
            let near = &pool[pool.len().saturating_sub(NEAR)..];
            if !near.is_empty() {
                return *self.random.pick(near);
            }
        }
        let role = if asked { &self.shape.asked } else { &self.shape.answered };
        let mut members = self.fields(role, asked, depth);
        // An object has members; where only its envelope is known, it has none, which no language here can say.
        if members.is_empty() {
            members.push(self.field(role, "Value".to_owned(), asked, DEPTH));
        }
        let at = self.objects.len();
        self.objects.push(Object { name: text::object(at), members, owner: Owner::Nobody });
        if asked { &mut self.asked } else { &mut self.answered }.push(at);
        at
    }
}

/// Finds out who uses each object.
fn own(api: &mut Api) {
    for at in 0..api.operations.len() {
        let operation = &api.operations[at];
        let mut todo: Vec<usize> = inside(&operation.parameters).chain(inside(&operation.answer)).collect();
        while let Some(object) = todo.pop() {
            let owner = &mut api.objects[object].owner;
            let before = *owner;
            *owner = match before {
                Owner::Nobody => Owner::Operation(at),
                Owner::Operation(other) if other == at => before,
                _ => Owner::Several,
            };
            if *owner != before {
                todo.extend(inside(&api.objects[object].members));
            }
        }
    }
}

fn inside(fields: &[Field]) -> impl Iterator<Item = usize> {
    fields.iter().filter(|field| field.kind == Kind::Object).map(|field| field.object)
}
