//! The signature: reads pipelines and templates, checks them, and puts the steps in order.

use std::collections::BTreeSet;

use super::scope::File;
use super::verifiable;
use crate::diagnostics::suggest;
use crate::model::{Auth, Expr, Line, Piece, Variant};
use crate::names::snake;
use crate::notation::{parse_zone, split_template, time_format};
use crate::spec::{AuthSpec, Ordered, Scalar, VariantSpec};

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

/// The names that are there without a step.
const INPUTS: [(&str, Shape); 16] = [
    ("method", Shape::Text),
    ("host", Shape::Text),
    ("path", Shape::Text),
    ("raw_query", Shape::Text),
    ("query", Shape::Pairs),
    ("params", Shape::Pairs),
    ("body", Shape::Bytes),
    ("signed_headers", Shape::List),
    ("headers", Shape::Pairs),
    ("access_key", Shape::Text),
    ("secret", Shape::Text),
    ("token", Shape::Text),
    ("now", Shape::Instant),
    ("uuid", Shape::Text),
    ("random", Shape::Text),
    ("variant", Shape::Text),
];

const FILTERS: [&str; 16] = [
    "lower",
    "squeeze",
    "encode",
    "decode",
    "rename",
    "drop_empty",
    "sort",
    "join",
    "lines",
    "sha1",
    "sha256",
    "hmac_sha1",
    "hmac_sha256",
    "hex",
    "base64",
    "time",
];

/// One variant while it is being resolved.
pub struct Draft<'a> {
    pub file: &'a File<'a>,
    pub settings: &'a [String],
    pub variant: &'a str,
    /// Name, text, and where it stands.
    pub steps: Vec<(&'a str, &'a str, Vec<&'a str>)>,
    /// Whether it is a header, name, text, and where it stands.
    pub placements: Vec<(bool, &'a str, &'a str, Vec<&'a str>)>,
}

/// Resolves the signature.
pub fn auth(file: &File<'_>, spec: &AuthSpec, settings: &[String]) -> Auth {
    let common = VariantSpec::default();
    let mut variants: Vec<(&str, &VariantSpec)> = spec.variants.iter().collect();
    if variants.is_empty() {
        variants.push(("", &common));
    }
    let default = spec.default.clone().unwrap_or_else(|| variants[0].0.to_owned());
    if !variants.iter().any(|(name, _)| *name == default) {
        file.unknown(&["auth", "default"], "variant", &default, variants.iter().map(|(name, _)| *name));
    }
    if spec.default.is_none() && variants.len() > 1 {
        let help = "say `default:` with one of the variants' names".to_owned();
        file.wrong_key(&["auth", "variants"], "several variants need a default", Some(help));
    }
    let mut used: BTreeSet<String> = BTreeSet::new();
    let resolved: Vec<Variant> = variants
        .iter()
        .filter_map(|(name, variant)| {
            let draft = Draft {
                file,
                settings,
                variant: name,
                steps: overlay(&spec.steps, &variant.steps, name, "steps"),
                placements: placements(spec, variant, name),
            };
            let resolved = resolve(&draft)?;
            used.extend(resolved.0);
            Some(resolved.1)
        })
        .collect();
    let complete = resolved.len() == variants.len();
    for name in spec.steps.keys().filter(|name| complete && !used.contains(*name)) {
        file.wrong_key(&["auth", "steps", name], format!("nothing uses the step `{name}`"), None);
    }
    let covers = used.contains("headers") || used.contains("signed_headers");
    match (&spec.sign_headers, covers) {
        (None, true) if complete => {
            file.wrong(&["auth"], "the signature covers headers, but `sign_headers` does not say which")
        }
        (Some(_), false) if complete => {
            file.wrong_key(&["auth", "sign_headers"], "the signature covers no headers", None);
        }
        _ => {}
    }
    let sign_headers = spec.sign_headers.clone().unwrap_or_default();
    Auth {
        require_headers: spec.require_headers.clone().unwrap_or_else(|| sign_headers.clone()),
        sign_headers: lower(sign_headers),
        skip_headers: lower(spec.skip_headers.clone()),
        default,
        variants: resolved,
    }
}

fn lower(names: Vec<String>) -> Vec<String> {
    names.into_iter().map(|name| name.to_lowercase()).collect()
}

type Steps<'a> = Vec<(&'a str, &'a str, Vec<&'a str>)>;

/// The variant's entries in place of common ones with the same name, or after them.
fn overlay<'a>(
    common: &'a Ordered<Scalar>,
    variant: &'a Ordered<Scalar>,
    name: &'a str,
    key: &'a str,
) -> Steps<'a> {
    let mut out: Steps<'a> = Vec::new();
    for (step, text) in common.iter() {
        match variant.get(step) {
            Some(own) => out.push((step, &own.0, vec!["auth", "variants", name, key, step])),
            None => out.push((step, &text.0, vec!["auth", key, step])),
        }
    }
    for (step, text) in variant.iter().filter(|(step, _)| common.get(step).is_none()) {
        out.push((step, &text.0, vec!["auth", "variants", name, key, step]));
    }
    out
}

fn placements<'a>(
    spec: &'a AuthSpec,
    variant: &'a VariantSpec,
    name: &'a str,
) -> Vec<(bool, &'a str, &'a str, Vec<&'a str>)> {
    let headers = overlay(&spec.headers, &variant.headers, name, "headers");
    let params = overlay(&spec.params, &variant.params, name, "params");
    let headers = headers.into_iter().map(|(name, text, path)| (true, name, text, path));
    headers.chain(params.into_iter().map(|(name, text, path)| (false, name, text, path))).collect()
}

/// Everything a value depends on, found by walking steps and placements.
fn resolve(draft: &Draft<'_>) -> Option<(BTreeSet<String>, Variant)> {
    let mut parsed: Vec<(&str, Expr)> = Vec::new();
    let mut good = true;
    for (name, text, path) in &draft.steps {
        if INPUTS.iter().any(|(input, _)| input == name)
            || draft.settings.iter().any(|setting| setting == name)
        {
            draft.file.wrong_key(
                path,
                format!("`{name}` is there without a step"),
                Some("take another name".into()),
            );
            good = false;
        }
        if text.ends_with('\n') {
            let help = "write `|-` instead of `|`".to_owned();
            draft.file.wrong_help(path, "this step ends in a newline", Some(help));
        }
        match parse_value(draft, text, path, false) {
            Some(value) => parsed.push((name, value)),
            None => good = false,
        }
    }
    let mut placed: Vec<(bool, &str, Expr, &Vec<&str>)> = Vec::new();
    for (header, name, text, path) in &draft.placements {
        match parse_value(draft, text, path, true) {
            Some(value) => placed.push((*header, name, value, path)),
            None => good = false,
        }
    }
    if !good {
        return None;
    }
    let mut graph = Graph {
        draft,
        parsed: &parsed,
        placed: &placed,
        shapes: Vec::new(),
        open: Vec::new(),
        lines: Vec::new(),
        done: BTreeSet::new(),
    };
    graph.run()?;
    let (lines, mut used) = (std::mem::take(&mut graph.lines), std::mem::take(&mut graph.done));
    verifiable::check(draft, &parsed, &placed)?;
    for line in &lines {
        let (Line::Step { value, .. } | Line::Place { value, .. }) = line;
        mentions(value, &mut used);
    }
    let variant = Variant {
        name: draft.variant.to_owned(),
        function: if draft.variant.is_empty() { "sign".to_owned() } else { snake(draft.variant) },
        placements: verifiable::patterns(draft, &parsed, &placed)?,
        secret_steps: parsed
            .iter()
            .filter(|(name, value)| *name != "signature" && depends(value, "secret", &parsed))
            .map(|(name, _)| (*name).to_owned())
            .collect(),
        lines,
    };
    Some((used, variant))
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
        if seen.insert(next.clone()) {
            if let Some((_, inner)) = steps.iter().find(|(step, _)| *step == next) {
                mentions(inner, &mut open);
            }
        }
    }
    false
}

struct Graph<'a> {
    draft: &'a Draft<'a>,
    parsed: &'a [(&'a str, Expr)],
    placed: &'a [(bool, &'a str, Expr, &'a Vec<&'a str>)],
    shapes: Vec<(String, Shape)>,
    open: Vec<String>,
    lines: Vec<Line>,
    done: BTreeSet<String>,
}

impl Graph<'_> {
    fn run(&mut self) -> Option<()> {
        let file = self.draft.file;
        let Some((_, signature)) = self.parsed.iter().find(|(name, _)| *name == "signature") else {
            // A scheme without a signature, such as a bearer token, only places credentials.
            for at in 0..self.placed.len() {
                self.place(at)?;
            }
            return Some(());
        };
        if !depends(signature, "secret", self.parsed) {
            file.wrong(&["auth", "steps", "signature"], "the signature does not depend on the secret");
            return None;
        }
        if !self.placed.iter().any(|(_, _, value, _)| depends(value, "signature", self.parsed)) {
            file.wrong(&["auth", "steps", "signature"], "no header or parameter carries the signature");
            return None;
        }
        for at in 0..self.placed.len() {
            if !depends(&self.placed[at].2, "signature", self.parsed) {
                self.place(at)?;
            }
        }
        if self.step("signature")? != Shape::Text {
            file.wrong(
                &["auth", "steps", "signature"],
                "the signature is not text: end it with `| hex` or `| base64`",
            );
            return None;
        }
        for at in 0..self.placed.len() {
            self.place(at)?;
        }
        Some(())
    }

    fn place(&mut self, at: usize) -> Option<()> {
        let (header, name, value, path) = &self.placed[at];
        let key = format!("{} {name}", if *header { "header" } else { "param" });
        if self.done.contains(&key) {
            return Some(());
        }
        if self.open.contains(&key) {
            let message = format!("`{name}` depends on itself: the signature covers what it is made of");
            self.draft.file.wrong(path, message);
            return None;
        }
        self.open.push(key.clone());
        let shape = self.shape(value, path)?;
        self.open.pop();
        if shape != Shape::Text {
            self.draft.file.wrong(path, format!("`{name}` holds {}", shape.describe()));
            return None;
        }
        self.done.insert(key);
        let optional = depends(value, "token", self.parsed);
        self.lines.push(Line::Place {
            header: *header,
            name: (*name).to_owned(),
            value: value.clone(),
            optional,
        });
        Some(())
    }

    fn step(&mut self, name: &str) -> Option<Shape> {
        if let Some((_, shape)) = self.shapes.iter().find(|(known, _)| known == name) {
            return Some(*shape);
        }
        let (_, _, path) = self.draft.steps.iter().find(|(step, _, _)| *step == name)?;
        if self.open.iter().any(|open| open == name) {
            let round: Vec<String> = self.open.iter().map(|open| format!("`{open}`")).collect();
            let message = format!("`{name}` depends on itself, through {}", round.join(", "));
            self.draft.file.wrong(path, message);
            return None;
        }
        self.open.push(name.to_owned());
        let (_, value) = self.parsed.iter().find(|(step, _)| *step == name)?;
        if matches!(value, Expr::Input(input) if input == "token") || mentions_token(value) {
            let message = "a step may not use `token`: it can be absent; place it instead".to_owned();
            self.draft.file.wrong(path, message);
            return None;
        }
        let shape = self.shape(value, path)?;
        self.open.pop();
        if shape == Shape::Instant {
            self.draft.file.wrong(path, format!("`{name}` is {}", shape.describe()));
            return None;
        }
        self.shapes.push((name.to_owned(), shape));
        self.done.insert(name.to_owned());
        self.lines.push(Line::Step { name: name.to_owned(), value: value.clone() });
        Some(shape)
    }

    /// What must be in the request before an input can be read: everything placed that does not depend on the signature.
    fn input(&mut self, name: &str) -> Option<()> {
        let (headers, params) = match name {
            "headers" | "signed_headers" => (true, false),
            "query" | "params" | "raw_query" | "body" => (false, true),
            _ => return Some(()),
        };
        for at in 0..self.placed.len() {
            let (header, _, value, _) = &self.placed[at];
            if (*header && headers || !*header && params) && !depends(value, "signature", self.parsed) {
                self.place(at)?;
            }
        }
        Some(())
    }

    fn shape(&mut self, value: &Expr, path: &[&str]) -> Option<Shape> {
        match value {
            Expr::Input(name) => {
                self.input(name)?;
                INPUTS.iter().find(|(input, _)| input == name).map(|(_, shape)| *shape)
            }
            Expr::Setting(_) | Expr::Literal(_) | Expr::Time { .. } => Some(Shape::Text),
            Expr::Step(name) => self.step(&name.clone()),
            Expr::Template(parts) => {
                for part in parts {
                    let shape = self.shape(part, path)?;
                    if shape != Shape::Text {
                        self.draft
                            .file
                            .wrong(path, format!("a hole in a template holds {}", shape.describe()));
                        return None;
                    }
                }
                Some(Shape::Text)
            }
            Expr::Filter { of, name, arguments } => {
                let from = self.shape(of, path)?;
                for argument in arguments {
                    let shape = self.shape(argument, path)?;
                    if !matches!(shape, Shape::Text | Shape::Bytes) {
                        let message = format!("the argument of `{name}` is {}", shape.describe());
                        self.draft.file.wrong(path, message);
                        return None;
                    }
                }
                let to = match (name.as_str(), from) {
                    ("lower" | "squeeze" | "encode" | "decode", Shape::Text | Shape::List | Shape::Pairs) => {
                        from
                    }
                    ("rename" | "drop_empty", Shape::Pairs) => from,
                    ("sort", Shape::List | Shape::Pairs) => from,
                    ("join", Shape::Pairs) => Shape::List,
                    ("join" | "lines", Shape::List) => Shape::Text,
                    ("sha1" | "sha256" | "hmac_sha1" | "hmac_sha256", Shape::Text | Shape::Bytes) => {
                        Shape::Bytes
                    }
                    ("hex", Shape::Bytes) => Shape::Text,
                    ("base64", Shape::Text | Shape::Bytes) => Shape::Text,
                    _ => {
                        let message = format!("`{name}` does not work on {}", from.describe());
                        self.draft.file.wrong(path, message);
                        return None;
                    }
                };
                if let ("hmac_sha1" | "hmac_sha256", [message]) = (name.as_str(), arguments.as_slice()) {
                    self.secret_flow(of, message, name, path)?;
                }
                Some(to)
            }
        }
    }

    /// What flows into an HMAC is its key: it depends on the secret, and the message does not.
    fn secret_flow(&self, key: &Expr, message: &Expr, name: &str, path: &[&str]) -> Option<()> {
        let problem = if !depends(key, "secret", self.parsed) {
            format!("the key of this `{name}`, which is what flows in, does not depend on the secret")
        } else if depends(message, "secret", self.parsed) {
            format!("the message of this `{name}` depends on the secret")
        } else {
            return Some(());
        };
        let help = "what flows in is the key, the argument is the message".to_owned();
        self.draft.file.wrong_help(path, problem, Some(help));
        None
    }
}

fn mentions_token(value: &Expr) -> bool {
    let mut names = BTreeSet::new();
    mentions(value, &mut names);
    names.contains("token")
}

/// Reads a step or a placement.
fn parse_value(draft: &Draft<'_>, text: &str, path: &[&str], template_only: bool) -> Option<Expr> {
    if !template_only && !text.contains(['{', '}']) {
        return parse_pipeline(draft, text, path);
    }
    let pieces = draft.file.accept(path, split_template(text))?;
    let mut parts = Vec::new();
    for piece in pieces {
        parts.push(match piece {
            Piece::Text(text) => Expr::Literal(text),
            Piece::Hole(hole) => parse_pipeline(draft, &hole, path)?,
        });
    }
    Some(Expr::Template(parts))
}

/// Reads `atom { "|" filter }`.
fn parse_pipeline(draft: &Draft<'_>, text: &str, path: &[&str]) -> Option<Expr> {
    let parts = draft.file.accept(path, split_outside_quotes(text, '|'))?;
    let mut parts = parts.into_iter();
    let mut value = atom(draft, parts.next()?.trim(), path)?;
    for filter in parts {
        value = apply(draft, value, filter.trim(), path)?;
    }
    if matches!(&value, Expr::Input(name) if name == "now") {
        draft.file.wrong(path, "`now` is a moment: use `| time('…')` first");
        return None;
    }
    Some(value)
}

fn atom(draft: &Draft<'_>, text: &str, path: &[&str]) -> Option<Expr> {
    if let Some(inner) = text.strip_prefix('\'') {
        return match inner.strip_suffix('\'') {
            Some(literal) if !literal.contains('\'') => Some(Expr::Literal(literal.to_owned())),
            _ => {
                draft.file.wrong(path, format!("`{text}` is not a quoted text"));
                None
            }
        };
    }
    if draft.steps.iter().any(|(name, _, _)| *name == text) {
        return Some(Expr::Step(text.to_owned()));
    }
    if INPUTS.iter().any(|(name, _)| *name == text) {
        return Some(Expr::Input(text.to_owned()));
    }
    if draft.settings.iter().any(|name| name == text) {
        return Some(Expr::Setting(text.to_owned()));
    }
    let inputs = INPUTS.iter().map(|(name, _)| *name);
    let steps = draft.steps.iter().map(|(name, _, _)| *name);
    let settings = draft.settings.iter().map(String::as_str);
    let help = suggest(text, steps.chain(inputs).chain(settings));
    draft.file.wrong_help(path, format!("there is no step, input or setting `{text}`"), help);
    None
}

fn apply(draft: &Draft<'_>, of: Expr, text: &str, path: &[&str]) -> Option<Expr> {
    let (name, arguments) = match text.split_once('(') {
        None => (text, Vec::new()),
        Some((name, rest)) => {
            let Some(inside) = rest.trim_end().strip_suffix(')') else {
                draft.file.wrong(path, format!("`{text}` lacks its `)`"));
                return None;
            };
            let parts = draft.file.accept(path, split_outside_quotes(inside, ','))?;
            let parts: Option<Vec<Expr>> = parts.iter().map(|part| atom(draft, part.trim(), path)).collect();
            (name.trim(), parts?)
        }
    };
    let literals = arguments.iter().all(|argument| matches!(argument, Expr::Literal(_)));
    let wants = match name {
        "lower" | "decode" | "drop_empty" | "sort" | "lines" | "sha1" | "sha256" | "hex" | "base64" => "none",
        "squeeze" if one_char(&arguments) => "",
        "squeeze" => "one character in quotes",
        "encode" if literals && arguments.len() <= 1 => "",
        "encode" => "the characters to leave alone, in quotes, or none",
        "rename" if literals && arguments.len() == 2 => "",
        "rename" => "two texts in quotes",
        "join" if literals && arguments.len() == 1 => "",
        "join" => "the text to put between, in quotes",
        "hmac_sha1" | "hmac_sha256" if arguments.len() == 1 => "",
        "hmac_sha1" | "hmac_sha256" => "the message",
        "time" => return time(draft, &of, &arguments, path),
        _ => {
            draft.file.unknown(path, "filter", name, FILTERS);
            return None;
        }
    };
    if !(wants.is_empty() || (wants == "none" && arguments.is_empty())) {
        let wants = if wants == "none" { "no arguments" } else { wants };
        draft.file.wrong(path, format!("`{name}` takes {wants}"));
        return None;
    }
    Some(Expr::Filter { of: Box::new(of), name: name.to_owned(), arguments })
}

fn one_char(arguments: &[Expr]) -> bool {
    matches!(arguments, [Expr::Literal(text)] if text.len() == 1)
}

fn time(draft: &Draft<'_>, of: &Expr, arguments: &[Expr], path: &[&str]) -> Option<Expr> {
    if !matches!(of, Expr::Input(name) if name == "now") {
        draft.file.wrong(path, "`time` works on `now`");
        return None;
    }
    let (format, zone) = match arguments {
        [Expr::Literal(format)] => (format, "Z"),
        [Expr::Literal(format), Expr::Literal(zone)] => (format, zone.as_str()),
        _ => {
            draft.file.wrong(path, "`time` takes a format in quotes, and an offset such as '+08:00'");
            return None;
        }
    };
    draft.file.accept(path, time_format(Some(format), None))?;
    let offset = draft.file.accept(path, parse_zone(zone))?;
    Some(Expr::Time { format: format.clone(), offset })
}

fn split_outside_quotes(text: &str, separator: char) -> Result<Vec<&str>, String> {
    let mut parts = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (index, c) in text.char_indices() {
        if c == '\'' {
            quoted = !quoted;
        } else if c == separator && !quoted {
            parts.push(&text[start..index]);
            start = index + c.len_utf8();
        }
    }
    if quoted {
        return Err(format!("`{text}` lacks a closing quote"));
    }
    parts.push(&text[start..]);
    Ok(parts)
}
