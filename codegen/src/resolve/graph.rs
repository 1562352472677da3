//! One variant of a signature: what its steps are, and the order in which each has what it needs.

use std::collections::{BTreeMap, BTreeSet};

use super::auth::{Draft, INPUTS, is_input};
use super::pipeline::parse_value;
use super::request::check_header;
use super::verifiable;
use crate::model::{Expr, Line, Variant};
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
    fn describe(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Bytes => "bytes: use `| hex` or `| base64` first",
            Self::List => "a list: use `| join('…')` or `| lines` first",
            Self::Pairs => "pairs: `| join('…')` twice makes one text of them",
            Self::Instant => "a moment: use `| time('…')` first",
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
            draft.file.wrong_key(path, format!("`{other}` and `{name}` are the same header"), None);
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
        Expr::Time { .. } => {
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
            self.wrong::<()>(&path, "the signature does not depend on the secret", None);
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
            self.wrong::<()>(path, message, None);
            return;
        }
        self.open.push(key.clone());
        let shape = self.shape(value, path);
        self.open.pop();
        self.done.insert(key);
        if let Some(shape) = shape.filter(|shape| *shape != Shape::Text) {
            self.wrong::<()>(path, format!("`{name}` holds {}", shape.describe()), None);
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
            return self.wrong(path, format!("`{name}` depends on itself{through}"), None);
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
    fn input(&mut self, name: &str) {
        let (headers, params) = match name {
            "headers" | "signed_headers" => (true, false),
            "query" | "params" | "raw_query" | "body" => (false, true),
            _ => return,
        };
        for at in 0..self.placed.len() {
            let (header, _, value, _) = &self.placed[at];
            if (*header && headers || !*header && params) && !depends(value, "signature", self.parsed) {
                self.place(at);
            }
        }
    }

    /// What a value is; `None` where something in it is wrong.
    fn shape(&mut self, value: &Expr, path: &[&str]) -> Option<Shape> {
        match value {
            Expr::Input(name) => {
                self.input(name);
                INPUTS.iter().find(|(input, _)| input == name).map(|(_, shape)| *shape)
            }
            Expr::Setting(_) | Expr::Literal(_) | Expr::Time { .. } => Some(Shape::Text),
            Expr::Step(name) => self.step(name),
            Expr::Template(parts) => {
                for part in parts {
                    match self.shape(part, path) {
                        None | Some(Shape::Text) => {}
                        Some(shape) => {
                            let message = format!("`{{{}}}` holds {}", source(part), shape.describe());
                            return self.wrong_part(path, source(part), message, None);
                        }
                    }
                }
                Some(Shape::Text)
            }
            Expr::Filter { of, name, arguments, source: text } => {
                let from = self.shape(of, path)?;
                for argument in arguments {
                    let shape = self.shape(argument, path)?;
                    if !matches!(shape, Shape::Text | Shape::Bytes) {
                        let message = format!("the argument of `{name}` is {}", shape.describe());
                        return self.wrong_part(path, text, message, None);
                    }
                }
                let Some(to) = filtered(name, from) else {
                    let message = format!("`{name}` does not work on {}", from.describe());
                    return self.wrong_part(path, text, message, None);
                };
                if let ("hmac_sha1" | "hmac_sha256", [message]) = (name.as_str(), arguments.as_slice()) {
                    self.secret_flow(of, message, name, path, text);
                }
                Some(to)
            }
        }
    }

    /// What flows into an HMAC is its key: it depends on the secret, and the message does not.
    fn secret_flow(&mut self, key: &Expr, message: &Expr, name: &str, path: &[&str], text: &str) {
        let problem = if !depends(key, "secret", self.parsed) {
            let mut named = BTreeSet::new();
            mentions(key, &mut named);
            let said = !named.is_disjoint(&self.keyless);
            self.keyless.extend(self.open.last().cloned());
            if said {
                return;
            }
            format!("the key of this `{name}` does not depend on the secret")
        } else if depends(message, "secret", self.parsed) {
            format!("the message of this `{name}` depends on the secret")
        } else {
            return;
        };
        let help = "what flows in is the key, the argument is the message";
        self.wrong_part::<()>(path, text, problem, Some(help));
    }
}

/// What a filter makes of a value, if it takes such a value.
fn filtered(name: &str, from: Shape) -> Option<Shape> {
    use Shape::{Bytes, List, Pairs, Text};
    Some(match (name, from) {
        ("lower" | "squeeze" | "encode" | "decode", Text | List | Pairs) => from,
        ("rename" | "drop_empty", Pairs) => from,
        ("sort", List | Pairs) => from,
        ("join", Pairs) => List,
        ("join" | "lines", List) => Text,
        ("sha1" | "sha256" | "hmac_sha1" | "hmac_sha256", Text | Bytes) => Bytes,
        ("hex", Bytes) => Text,
        ("base64", Text | Bytes) => Text,
        _ => return None,
    })
}

/// A value as it is written.
fn source(value: &Expr) -> &str {
    match value {
        Expr::Input(name) | Expr::Step(name) | Expr::Setting(name) => name,
        Expr::Filter { source, .. } => source,
        Expr::Literal(_) | Expr::Time { .. } | Expr::Template(_) => "…",
    }
}
