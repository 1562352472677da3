//! One variant of a signature: what its steps are, and the order in which each has what it needs.

mod typing;

use std::collections::{BTreeMap, BTreeSet};

pub use self::typing::Shape;
use super::auth::{Draft, is_input};
use super::pipeline::parse_value;
use super::request::check_header;
use super::verifiable;
use crate::model::{Expr, Line, Variant};
use crate::names::{nameable, snake};

/// A placement: whether it is a header, its name, its value, and where it stands.
pub type Placed<'a> = (bool, &'a str, Expr, &'a [&'a str]);

/// Resolves a variant. Gives the names that it mentions too; `None` where something is wrong.
pub fn resolve(draft: &Draft<'_>) -> Option<(BTreeSet<String>, Variant)> {
    let (steps, steps_good) = parse_steps(draft);
    let (placed, placed_good) = parse_placements(draft);
    if !steps_good || !placed_good {
        return None;
    }
    let mut graph = Graph {
        draft,
        parsed: &steps,
        placed: &placed,
        shapes: BTreeMap::new(),
        open: Vec::new(),
        lines: Vec::new(),
        done: BTreeSet::new(),
        keyless: BTreeSet::new(),
        good: true,
    };
    graph.run();
    let (lines, mut used, good) = (graph.lines, graph.done, graph.good);
    if !good || !verifiable::check(draft, &steps, &placed) {
        return None;
    }
    for line in &lines {
        let (Line::Step { value, .. } | Line::Place { value, .. }) = line;
        mentions(value, &mut used);
    }
    let secret = |value: &Expr| depends(value, "secret", &steps);
    let variant = Variant {
        name: draft.variant.to_owned(),
        function: function(draft.variant),
        placements: verifiable::patterns(draft, &steps, &placed)?,
        secret_steps: steps
            .iter()
            .filter(|(name, value)| *name != "signature" && secret(value))
            .map(|(name, _)| (*name).to_owned())
            .collect(),
        lines,
    };
    Some((used, variant))
}

/// The name of a variant's function, out of the way of what the function calls.
fn function(variant: &str) -> String {
    match snake(variant) {
        _ if variant.is_empty() => "sign_request".to_owned(),
        name if ["cat", "written"].contains(&name.as_str()) => format!("{name}_"),
        name => name,
    }
}

/// More steps than any signature has; they are followed to the end.
const MAX_STEPS: usize = 64;

fn parse_steps<'a>(draft: &Draft<'a>) -> (Vec<(&'a str, Expr)>, bool) {
    let mut out: Vec<(&str, Expr)> = Vec::new();
    let mut good = draft.steps.len() <= MAX_STEPS;
    if !good {
        draft.file.wrong_key(&["auth", "steps"], format!("a signature has at most {MAX_STEPS} steps"), None);
    }
    for (name, text, path) in &draft.steps {
        let mut wrong = |message: String| {
            draft.file.wrong_key(path, message, Some("take another name".into()));
            good = false;
        };
        if is_input(name) || draft.settings.iter().any(|setting| setting == name) {
            wrong(format!("`{name}` is there without a step"));
        } else if !nameable(name) {
            wrong(format!("no Rust name can be made of `{name}`"));
        } else if let Some((other, _)) = out.iter().find(|(other, _)| snake(other) == snake(name)) {
            wrong(format!("`{other}` and `{name}` both become `{}` in Rust", snake(name)));
        }
        if text.ends_with('\n') {
            let help = "write `|-` instead of `|`".to_owned();
            draft.file.wrong_key(path, "this step ends in a newline", Some(help));
            good = false;
        }
        match parse_value(draft, text, path, false) {
            Some(value) => out.push((name, value)),
            None => good = false,
        }
    }
    (out, good)
}

fn parse_placements<'a>(draft: &'a Draft<'_>) -> (Vec<Placed<'a>>, bool) {
    let mut out: Vec<Placed<'a>> = Vec::new();
    let mut good = true;
    for (header, name, text, path) in &draft.placements {
        if *header {
            check_header(draft.file, path, name, text);
        }
        let same = |other: &Placed<'_>| *header && other.0 && other.1.eq_ignore_ascii_case(name);
        if let Some((_, other, ..)) = out.iter().find(|other| same(other)) {
            let help = "names of headers do not differ in case: take one of the two away".to_owned();
            draft.file.wrong_key(path, format!("`{other}` and `{name}` are the same header"), Some(help));
            good = false;
        }
        match parse_value(draft, text, path, true) {
            Some(value) => out.push((*header, name, value, path)),
            None => good = false,
        }
    }
    (out, good)
}

/// The names that a value mentions directly.
pub fn mentions(value: &Expr, out: &mut BTreeSet<String>) {
    match value {
        Expr::Input(name) | Expr::Step(name) | Expr::Setting(name) => {
            out.insert(name.clone());
        }
        Expr::Literal(_) => {}
        Expr::Time { .. } | Expr::Later(_) => {
            out.insert("now".to_owned());
        }
        Expr::Filter { of, arguments, .. } => {
            mentions(of, out);
            arguments.iter().for_each(|argument| mentions(argument, out));
        }
        Expr::Template(parts) => parts.iter().for_each(|part| mentions(part, out)),
    }
}

/// Whether a value depends on `name`, through steps.
pub fn depends(value: &Expr, name: &str, steps: &[(&str, Expr)]) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = BTreeSet::new();
    mentions(value, &mut open);
    while let Some(next) = open.pop_first() {
        if next == name {
            return true;
        }
        if seen.insert(next.clone())
            && let Some((_, inner)) = steps.iter().find(|(step, _)| *step == next)
        {
            mentions(inner, &mut open);
        }
    }
    false
}

struct Graph<'a> {
    draft: &'a Draft<'a>,
    parsed: &'a [(&'a str, Expr)],
    placed: &'a [Placed<'a>],
    /// What steps are; `None` where that was found to be wrong.
    shapes: BTreeMap<String, Option<Shape>>,
    open: Vec<String>,
    lines: Vec<Line>,
    done: BTreeSet<String>,
    /// Steps with an HMAC whose key is none, or that are made of such.
    keyless: BTreeSet<String>,
    good: bool,
}

impl Graph<'_> {
    fn wrong<T>(&mut self, path: &[&str], message: impl Into<String>, help: Option<&str>) -> Option<T> {
        self.draft.file.wrong_help(path, message, help.map(str::to_owned));
        self.good = false;
        None
    }

    fn wrong_part<T>(
        &mut self,
        path: &[&str],
        part: &str,
        message: impl Into<String>,
        help: Option<&str>,
    ) -> Option<T> {
        self.draft.file.wrong_part(path, part, message, help.map(str::to_owned));
        self.good = false;
        None
    }

    fn run(&mut self) {
        let signed = |value: &Expr, steps| depends(value, "signature", steps);
        let path = ["auth", "steps", "signature"];
        let Some((_, signature)) = self.parsed.iter().find(|(name, _)| *name == "signature") else {
            // A scheme without a signature, such as a bearer token, only places credentials.
            (0..self.placed.len()).for_each(|at| self.place(at));
            return;
        };
        if !self.placed.iter().any(|(_, _, value, _)| signed(value, self.parsed)) {
            let help = "place it, as in `params: {Signature: \"{signature}\"}`";
            self.wrong::<()>(&path, "no header or parameter carries the signature", Some(help));
        }
        for at in 0..self.placed.len() {
            if !signed(&self.placed[at].2, self.parsed) {
                self.place(at);
            }
        }
        if self.step("signature").is_some_and(|shape| shape != Shape::Text) {
            self.wrong::<()>(&path, "the signature is not text", Some("end it with `| hex` or `| base64`"));
            self.shapes.insert("signature".to_owned(), None);
        }
        if !depends(signature, "secret", self.parsed) && self.keyless.is_empty() {
            let help = "make it with `hmac_sha256` or another HMAC, whose key flows in: `secret | hmac_sha256(text) | hex`";
            self.wrong::<()>(&path, "the signature does not depend on the secret", Some(help));
        }
        (0..self.placed.len()).for_each(|at| self.place(at));
    }

    fn place(&mut self, at: usize) {
        let (header, name, value, path) = &self.placed[at];
        let key = format!("{} {name}", if *header { "header" } else { "param" });
        if self.done.contains(&key) {
            return;
        }
        if self.open.contains(&key) {
            let message = format!("`{name}` depends on itself: the signature covers what it is made of");
            let help =
                "leave it out of what it is made of, as in `headers | except('x-hash')`, or make it of less";
            self.wrong::<()>(path, message, Some(help));
            return;
        }
        self.open.push(key.clone());
        // It is a template, which is text where nothing in it is wrong.
        self.shape(value, path);
        self.open.pop();
        self.done.insert(key);
        let optional = depends(value, "token", self.parsed);
        let (name, value) = ((*name).to_owned(), value.clone());
        self.lines.push(Line::Place { header: *header, name, value, optional });
    }

    fn step(&mut self, name: &str) -> Option<Shape> {
        if let Some(shape) = self.shapes.get(name) {
            return *shape;
        }
        let (_, _, path) = self.draft.steps.iter().find(|(step, _, _)| *step == name)?;
        let (_, value) = self.parsed.iter().find(|(step, _)| *step == name)?;
        if let Some(at) = self.open.iter().position(|open| open == name) {
            let round: Vec<String> = self.open[at..].iter().map(|open| format!("`{open}`")).collect();
            let through = if round.len() == 1 { String::new() } else { format!(": {}", round.join(" → ")) };
            let help = "steps are made one after the other: one of them has to do without the next";
            return self.wrong(path, format!("`{name}` depends on itself{through}"), Some(help));
        }
        self.open.push(name.to_owned());
        let shape = self.shape(value, path);
        self.open.pop();
        let mut named = BTreeSet::new();
        mentions(value, &mut named);
        if named.contains("token") {
            let help = "place it instead: what mentions an absent token is left out";
            let message = "a step may not use `token`, which can be absent";
            self.wrong_part::<()>(path, "token", message, Some(help));
        }
        self.shapes.insert(name.to_owned(), shape);
        self.done.insert(name.to_owned());
        self.lines.push(Line::Step { name: name.to_owned(), value: value.clone() });
        shape
    }

    /// What must be in the request before an input can be read: everything placed that does not depend on the signature.
    /// `needed` says which of them are looked at.
    fn input(&mut self, name: &str, needed: &dyn Fn(&str) -> bool) {
        let (headers, params) = match name {
            "headers" | "signed_headers" => (true, false),
            "query" | "params" | "raw_query" | "body" => (false, true),
            _ => return,
        };
        for at in 0..self.placed.len() {
            let (header, placed, value, _) = &self.placed[at];
            let placed = if *header { placed.to_ascii_lowercase() } else { (*placed).to_owned() };
            if !needed(&placed) {
                continue;
            }
            if (*header && headers || !*header && params) && !depends(value, "signature", self.parsed) {
                self.place(at);
            }
        }
    }
}
