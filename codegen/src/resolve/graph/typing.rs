//! What the values of a signature are: whether filters fit each other, and whether the secret flows where it may.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Graph, depends, mentions};
use crate::evaluate::like;
use crate::model::{Expr, On, Spot};
use crate::resolve::auth::INPUTS;
use crate::resolve::filters::{Filter, Takes, find, result};

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

impl Graph<'_> {
    /// What a value is; `None` where something in it is wrong.
    pub(super) fn shape(&mut self, value: &Expr, path: &[&str]) -> Option<Shape> {
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
                let from = match &**of {
                    Expr::Input(input) => {
                        self.input(input, &|placed| chooses(name, arguments, placed).unwrap_or(true));
                        INPUTS.iter().find(|(known, _)| known == input).map(|(_, shape)| *shape)
                    }
                    of => self.shape(of, path),
                };
                let mut shapes = Vec::new();
                for argument in arguments {
                    shapes.push(self.shape(argument, path)?);
                }
                for (shape, at) in shapes.into_iter().zip(&spot.arguments) {
                    if *name != "when" && !matches!(shape, Shape::Text | Shape::Bytes) {
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

/// Whether a filter that chooses by name looks at `name`; `None` where a filter looks at all.
fn chooses(filter: &str, arguments: &[Expr], name: &str) -> Option<bool> {
    let named = arguments.iter().any(|argument| match argument {
        Expr::Literal(pattern) => like(pattern.as_bytes(), name.as_bytes()),
        _ => false,
    });
    match filter {
        "only" | "get" => Some(named),
        "except" => Some(!named),
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
