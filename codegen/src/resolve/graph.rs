//! One variant of a signature: what its steps are, and the order in which each has what it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::auth::{Draft, INPUTS, is_input};
use super::filters::{Filter, Takes, find, result};
use super::pipeline::parse_value;
use super::request::check_header;
use super::verifiable;
use crate::evaluate::like;
use crate::model::{Expr, Line, On, Spot, Variant};
use crate::names::{nameable, snake};

/// What a value in a signature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Text,
    Bytes,
    List,
    Pairs,
    Instant,
}

impl Shape {
    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::List => "a list",
            Self::Pairs => "pairs",
            Self::Instant => "a moment",
        }
    }

    /// How text is made of it.
    pub fn to_text(self) -> &'static str {
        match self {
            Self::Text => "",
            Self::Bytes => {
                "make text of bytes with `| hex` or `| base64`; `body | as_text` is the body as it stands"
            }
            Self::List => "make one text of a list with `| join('…')` or `| lines`",
            Self::Pairs => "make one text of pairs with two joins, as in `| join('=') | join('&')`",
            Self::Instant => "make text of a moment with `| time('…')`",
        }
    }
}

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
        name if name == "cat" => "cat_".to_owned(),
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
        let shape = self.shape(value, path);
        self.open.pop();
        self.done.insert(key);
        if let Some(shape) = shape.filter(|shape| *shape != Shape::Text) {
            let message = format!("`{name}` holds {}, and what is placed is text", shape.describe());
            self.wrong::<()>(path, message, Some(shape.to_text()));
        }
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

    /// What a value is; `None` where something in it is wrong.
    fn shape(&mut self, value: &Expr, path: &[&str]) -> Option<Shape> {
        match value {
            Expr::Input(name) => {
                self.input(name, &|_| true);
                INPUTS.iter().find(|(input, _)| input == name).map(|(_, shape)| *shape)
            }
            Expr::Setting(_) | Expr::Literal(_) | Expr::Time { .. } => Some(Shape::Text),
            Expr::Later(_) => Some(Shape::Instant),
            Expr::Step(name) => self.step(name),
            Expr::Template(parts) => {
                for part in parts {
                    if let Some(shape) = self.shape(part, path).filter(|shape| *shape != Shape::Text) {
                        self.no_text(part, shape, path);
                    }
                }
                Some(Shape::Text)
            }
            Expr::Filter { of, name, on, arguments, spot } => {
                let from = match (&**of, needed(name, arguments)) {
                    (Expr::Input(input), Some(needed)) => {
                        self.input(input, &*needed);
                        INPUTS.iter().find(|(known, _)| known == input).map(|(_, shape)| *shape)
                    }
                    _ => self.shape(of, path),
                };
                let mut shapes = Vec::new();
                for argument in arguments {
                    shapes.push(self.shape(argument, path)?);
                }
                for (shape, at) in shapes.into_iter().zip(&spot.arguments) {
                    if !matches!(shape, Shape::Text | Shape::Bytes) {
                        let message = format!("the argument of `{name}` is {}", shape.describe());
                        return self.wrong_in(path, spot, at, message, shape.to_text());
                    }
                }
                let (from, filter) = (from?, find(name)?);
                let half = *on != On::All;
                let takes = if half { Takes::Pairs } else { filter.takes };
                let to = if half { (from == Shape::Pairs).then_some(from) } else { result(filter, from) };
                let Some(to) = to else {
                    let (takes, from_words) = (takes.describe(), from.describe());
                    let taking = match on {
                        On::All => name,
                        On::Names => "names",
                        On::Values => "values",
                    };
                    let message = format!("`{taking}` takes {takes}, but {from_words} flows in")
                        .replace("pairs flows", "pairs flow")
                        .replace("bytes flows", "bytes flow");
                    return self.wrong_in(path, spot, &spot.call, message, mend(filter, from));
                };
                self.secret_flow(value, path);
                self.header_names(value, path);
                Some(to)
            }
        }
    }

    fn wrong_in<T>(
        &mut self,
        path: &[&str],
        spot: &Spot,
        part: &Range<usize>,
        message: impl Into<String>,
        help: &str,
    ) -> Option<T> {
        let help = Some(help.to_owned()).filter(|help| !help.is_empty());
        self.draft.file.wrong_in(path, &spot.pipeline, part.clone(), message, help);
        self.good = false;
        None
    }

    /// Says that a hole of a template holds something else than text.
    fn no_text(&mut self, part: &Expr, shape: Shape, path: &[&str]) {
        let holds = |what: &str| format!("`{{{what}}}` holds {}, and a template is text", shape.describe());
        let help = |what: &str| match shape {
            Shape::Bytes if what == "body" => {
                "write `{body | sha256 | hex}` for its digest, `{body | as_text}` for the body as it stands"
                    .to_owned()
            }
            Shape::Bytes => format!("write `{{{what} | hex}}` or `{{{what} | base64}}`"),
            _ => shape.to_text().to_owned(),
        };
        match part {
            Expr::Filter { spot, .. } => {
                let (message, help) = (holds(&spot.pipeline), help(&spot.pipeline));
                self.wrong_in::<()>(path, spot, &(0..spot.pipeline.len()), message, &help);
            }
            Expr::Input(name) | Expr::Step(name) => {
                self.wrong_part::<()>(path, name, holds(name), Some(&help(name)));
            }
            _ => {
                self.wrong::<()>(path, holds("…"), Some(shape.to_text()));
            }
        }
    }

    /// What flows into an HMAC is its key: it depends on the secret, and the message does not.
    fn secret_flow(&mut self, value: &Expr, path: &[&str]) {
        let Expr::Filter { of: key, name, arguments, spot, .. } = value else { return };
        if !name.starts_with("hmac_") && !name.starts_with("hkdf_") {
            return;
        }
        let secret = |value: &Expr| depends(value, "secret", self.parsed);
        let told = arguments.iter().position(secret);
        let swapped = if name.starts_with("hkdf_") {
            "what flows in is the key, the arguments are salt and info: `secret | hkdf_sha256(access_key, scope)`"
        } else {
            "what flows in is the key, the argument is the message"
        };
        if !secret(key) {
            let mut named = BTreeSet::new();
            mentions(key, &mut named);
            let said = !named.is_disjoint(&self.keyless);
            self.keyless.extend(self.open.last().cloned());
            if said {
                return;
            }
            let message = format!("the key of this `{name}` does not depend on the secret");
            let help = match (told, &**key, arguments.as_slice()) {
                (Some(_), key, [argument]) if !name.starts_with("hkdf_") => {
                    match (source(key), source(argument)) {
                        (Some(key), Some(argument)) => {
                            format!("{swapped}; they look swapped: write `{argument} | {name}({key})`")
                        }
                        _ => format!("{swapped}; they look swapped"),
                    }
                }
                _ => swapped.to_owned(),
            };
            // What flows in stands before the bar before the filter.
            let before = spot.pipeline[..spot.call.start].trim_end().trim_end_matches('|').trim_end();
            self.wrong_in::<()>(path, spot, &(0..before.len()), message, &help);
        } else if let Some(at) = told {
            let message = format!("the message of this `{name}` depends on the secret");
            let at = spot.arguments[at].clone();
            self.wrong_in::<()>(path, spot, &at, message, swapped);
        }
    }

    /// Names of headers are in lower case, and of those that are signed.
    fn header_names(&mut self, value: &Expr, path: &[&str]) {
        let Expr::Filter { of, name: name @ ("get" | "only" | "except"), arguments, spot, .. } = value else {
            return;
        };
        if !of_headers(of) {
            return;
        }
        for (argument, at) in arguments.iter().zip(&spot.arguments) {
            let Expr::Literal(text) = argument else { continue };
            if text.chars().any(|c| c.is_ascii_uppercase()) {
                let message = format!("`{name}` finds no `{text}`: the names of headers are in lower case");
                let help = format!("write `'{}'`", text.to_ascii_lowercase());
                self.wrong_in::<()>(path, spot, at, message, &help);
            } else if *name == "get" && !self.draft.signs(text) {
                let message = format!("`get` finds no `{text}`: it is not among the signed headers");
                let help = format!("add `{text}` to `sign_headers`");
                self.wrong_in::<()>(path, spot, at, message, &help);
            }
        }
    }
}

/// Which names a filter looks at, if it chooses.
fn needed<'a>(filter: &str, arguments: &'a [Expr]) -> Option<Box<dyn Fn(&str) -> bool + 'a>> {
    let named = move |name: &str| {
        arguments.iter().any(|argument| match argument {
            Expr::Literal(pattern) => like(pattern.as_bytes(), name.as_bytes()),
            _ => false,
        })
    };
    match filter {
        "only" | "get" => Some(Box::new(named)),
        "except" => Some(Box::new(move |name| !named(name))),
        _ => None,
    }
}

/// Whether a value is the signed headers or some of them.
fn of_headers(value: &Expr) -> bool {
    match value {
        Expr::Input(name) => name == "headers" || name == "signed_headers",
        Expr::Filter { of, name, on, .. } => {
            *on == On::Values || ["only", "except", "sort"].contains(name) && of_headers(of)
        }
        _ => false,
    }
}

/// How a filter comes to the value that it takes.
fn mend(filter: &Filter, from: Shape) -> &'static str {
    match (filter.name, from) {
        (_, Shape::Bytes) => from.to_text(),
        ("as_text", Shape::Text) => "this is text already: leave `as_text` out",
        ("hex", Shape::Text) => {
            "`hex` shows bytes such as digests, as in `| sha256 | hex`; text needs no showing"
        }
        ("lines", Shape::Pairs) => "make a list of pairs first, as in `| join(':') | lines`",
        (_, Shape::Text) => {
            "`query`, `params` and `headers` are pairs, `signed_headers` is a list; this is one text"
        }
        (_, Shape::List) if [Takes::Pairs, Takes::Half, Takes::OneOfPairs].contains(&filter.takes) => {
            "do this before the pairs are joined to a list"
        }
        _ => from.to_text(),
    }
}

/// A short value as it is written.
fn source(value: &Expr) -> Option<String> {
    match value {
        Expr::Input(name) | Expr::Step(name) | Expr::Setting(name) => Some(name.clone()),
        Expr::Literal(text) => Some(format!("'{text}'")),
        _ => None,
    }
}
