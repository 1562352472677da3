//! Pipelines and templates: what a step or a placement is written as.

use super::auth::{Draft, INPUTS};
use crate::diagnostics::suggest;
use crate::model::{Expr, Piece};
use crate::notation::{check_format, parse_zone, split_template};

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

/// More filters than any pipeline has; they are followed to the end.
const MAX_FILTERS: usize = 32;

/// Reads a step or a placement.
pub fn parse_value(draft: &Draft<'_>, text: &str, path: &[&str], template_only: bool) -> Option<Expr> {
    if text.is_empty() {
        draft.file.wrong(path, "this is empty");
        return None;
    }
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
    let parts = parts(draft, text, '|', path)?;
    if parts.len() > MAX_FILTERS {
        draft.file.wrong(path, format!("a pipeline has at most {MAX_FILTERS} filters"));
        return None;
    }
    let mut value = atom(draft, parts[0].trim(), path)?;
    let mut end = parts[0].len();
    for filter in &parts[1..] {
        end += 1 + filter.len();
        value = apply(draft, value, filter.trim(), text[..end].trim(), path)?;
    }
    if matches!(&value, Expr::Input(name) if name == "now") {
        draft.file.wrong_part(path, "now", "`now` is a moment: use `| time('…')` first", None);
        return None;
    }
    Some(value)
}

fn atom(draft: &Draft<'_>, text: &str, path: &[&str]) -> Option<Expr> {
    if let Some(inner) = text.strip_prefix('\'') {
        return match inner.strip_suffix('\'') {
            Some(literal) if !literal.contains('\'') => Some(Expr::Literal(literal.to_owned())),
            _ => {
                draft.file.wrong_part(path, text, format!("`{text}` is not a quoted text"), None);
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
    let help = match text {
        "signature" => Some("one step has to be called `signature`".to_owned()),
        _ => suggest(text, steps.chain(inputs).chain(settings)),
    };
    let message = if text.is_empty() {
        "here a step, an input or a setting is missing".to_owned()
    } else {
        format!("there is no step, input or setting `{text}`")
    };
    draft.file.wrong_part(path, text, message, help);
    None
}

fn apply(draft: &Draft<'_>, of: Expr, text: &str, source: &str, path: &[&str]) -> Option<Expr> {
    let (name, arguments) = match text.split_once('(') {
        None => (text, Vec::new()),
        Some((name, rest)) => {
            let Some(inside) = rest.trim_end().strip_suffix(')') else {
                draft.file.wrong_part(path, text, format!("`{text}` lacks its `)`"), None);
                return None;
            };
            let parts = if inside.trim().is_empty() { Vec::new() } else { parts(draft, inside, ',', path)? };
            let parts: Option<Vec<Expr>> = parts.iter().map(|part| atom(draft, part.trim(), path)).collect();
            (name.trim(), parts?)
        }
    };
    if name.is_empty() {
        draft.file.wrong_part(path, source, "a filter is missing behind `|`", None);
        return None;
    }
    let literals = arguments.iter().all(|argument| matches!(argument, Expr::Literal(_)));
    let wants = match name {
        "lower" | "decode" | "drop_empty" | "sort" | "lines" | "sha1" | "sha256" | "hex" | "base64" => "none",
        "squeeze" if one_char(&arguments) => "",
        "squeeze" => "one character of ASCII in quotes",
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
        draft.file.wrong_part(path, text, format!("`{name}` takes {wants}"), None);
        return None;
    }
    Some(Expr::Filter { of: Box::new(of), name: name.to_owned(), arguments, source: source.to_owned() })
}

fn one_char(arguments: &[Expr]) -> bool {
    matches!(arguments, [Expr::Literal(text)] if text.len() == 1 && text.is_ascii())
}

fn time(draft: &Draft<'_>, of: &Expr, arguments: &[Expr], path: &[&str]) -> Option<Expr> {
    if !matches!(of, Expr::Input(name) if name == "now") {
        draft.file.wrong_part(path, "time", "`time` works on `now`", None);
        return None;
    }
    let (format, zone) = match arguments {
        [Expr::Literal(format)] => (format, "Z"),
        [Expr::Literal(format), Expr::Literal(zone)] => (format, zone.as_str()),
        _ => {
            let message = "`time` takes a format in quotes, and an offset such as '+08:00'";
            draft.file.wrong_part(path, "time", message, None);
            return None;
        }
    };
    draft.file.accept(path, check_format(format))?;
    let offset = draft.file.accept(path, parse_zone(zone))?;
    Some(Expr::Time { format: format.clone(), offset })
}

/// Splits a text at separators that stand outside quotes.
fn parts<'t>(draft: &Draft<'_>, text: &'t str, separator: char, path: &[&str]) -> Option<Vec<&'t str>> {
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
        draft.file.wrong_part(path, text, format!("`{text}` lacks a closing quote"), None);
        return None;
    }
    parts.push(&text[start..]);
    Some(parts)
}
