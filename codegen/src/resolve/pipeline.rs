//! Pipelines and templates: what a step or a placement is written as.

use std::ops::Range;
use std::sync::Arc;

use super::auth::{Draft, INPUTS};
use super::filters::{Arguments, Filter, find, meant};
use crate::diagnostics::{nearest, suggest};
use crate::model::{Expr, On, Piece, Spot};
use crate::notation::{check_format, parse_duration, parse_zone, split_template};

/// More filters than any pipeline has; they are followed to the end.
const MAX_FILTERS: usize = 32;

/// Reads a step or a placement.
pub fn parse_value(draft: &Draft<'_>, text: &str, path: &[&str], template_only: bool) -> Option<Expr> {
    if text.is_empty() {
        let help = "write a name, a pipeline such as `body | sha256 | hex`, or a template such as `\"{method} {path}\"`";
        draft.file.wrong_help(path, "this is empty", Some(help.to_owned()));
        return None;
    }
    if !template_only && !text.contains(['{', '}']) {
        return Pipeline::new(draft, text, path).read();
    }
    let pieces = match split_template(text) {
        Ok(pieces) => pieces,
        Err(message) => {
            let help = "a hole is `{name}` or `{name | filter}`, with one brace at each end and none inside";
            draft.file.wrong_help(path, message, Some(help.to_owned()));
            return None;
        }
    };
    let mut parts = Vec::new();
    let mut good = true;
    for piece in pieces {
        match piece {
            Piece::Text(text) => parts.push(Expr::Literal(text)),
            Piece::Hole(hole) => match Pipeline::new(draft, &hole, path).read() {
                Some(value) => parts.push(value),
                None => good = false,
            },
        }
    }
    good.then_some(Expr::Template(parts))
}

/// A pipeline while it is read: `atom { "|" filter }`.
struct Pipeline<'a> {
    draft: &'a Draft<'a>,
    text: Arc<str>,
    path: &'a [&'a str],
}

impl<'a> Pipeline<'a> {
    fn new(draft: &'a Draft<'_>, text: &str, path: &'a [&'a str]) -> Self {
        Self { draft, text: text.trim_end().into(), path }
    }

    fn wrong<T>(&self, at: &Range<usize>, message: impl Into<String>, help: Option<String>) -> Option<T> {
        self.draft.file.wrong_in(self.path, &self.text, at.clone(), message, help);
        None
    }

    /// A stretch of the text without the blanks around it.
    fn trimmed(&self, at: Range<usize>) -> Range<usize> {
        let part = &self.text[at.clone()];
        let start = at.start + (part.len() - part.trim_start().len());
        start..start + part.trim().len()
    }

    fn read(&self) -> Option<Expr> {
        let parts = self.split(0..self.text.len(), '|')?;
        if parts.len() > MAX_FILTERS {
            let help = "give a name to the first half, as a step of its own".to_owned();
            let message = format!("a pipeline has at most {MAX_FILTERS} filters");
            return self.wrong(&(0..self.text.len()), message, Some(help));
        }
        let mut value = self.atom(&parts[0])?;
        for part in &parts[1..] {
            value = self.apply(value, part)?;
        }
        if is_moment(&value) {
            let help = "write it out, as in `now | time('%Y-%m-%dT%H:%M:%SZ')` or `now | time('%s')`";
            let message = "`now` is a moment, not yet a text";
            return self.wrong(&(0..self.text.len()), message, Some(help.to_owned()));
        }
        Some(value)
    }

    /// A name, or text in quotes.
    fn atom(&self, at: &Range<usize>) -> Option<Expr> {
        let text = &self.text[at.clone()];
        if let Some(quoted) = text.strip_prefix('\'') {
            return self.literal(quoted, at).map(Expr::Literal);
        }
        if self.draft.steps.iter().any(|(name, _, _)| *name == text) {
            return Some(Expr::Step(text.to_owned()));
        }
        if INPUTS.iter().any(|(name, _)| *name == text) {
            return Some(Expr::Input(text.to_owned()));
        }
        if self.draft.settings.iter().any(|name| name == text) {
            return Some(Expr::Setting(text.to_owned()));
        }
        let (message, help) = self.no_name(text);
        let whole = 0..self.text.len();
        self.wrong(if text.is_empty() { &whole } else { at }, message, help)
    }

    /// What a word is not, and what to write instead.
    fn no_name(&self, text: &str) -> (String, Option<String>) {
        let inputs = INPUTS.iter().map(|(name, _)| *name);
        let steps = self.draft.steps.iter().map(|(name, _, _)| *name);
        let settings = self.draft.settings.iter().map(String::as_str);
        let known = || steps.clone().chain(inputs.clone()).chain(settings.clone());
        let plain = text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
        if text.is_empty() {
            let help = suggest(text, known());
            return ("here a step, an input or a setting is missing".to_owned(), help);
        }
        if let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            return (
                "text in a pipeline stands in single quotes".to_owned(),
                Some(format!("write `'{inner}'`")),
            );
        }
        if let Some(flow) = flowing(text) {
            let help = Some(format!("pipelines flow from left to right: write `{flow}`"));
            return (format!("`{text}` is no name"), help);
        }
        if let Some(name) = text.strip_prefix('$').filter(|name| known().any(|one| one == *name)) {
            return (
                format!("`{text}` is no name"),
                Some(format!("names stand without `$`: write `{name}`")),
            );
        }
        if let Some((pairs, name)) = text.trim_end_matches(']').split_once(['.', '['])
            && ["headers", "query", "params"].contains(&pairs)
        {
            let name = name.trim_matches(['\'', '"']);
            let name = if pairs == "headers" { name.to_lowercase() } else { name.to_owned() };
            return (format!("`{text}` is no name"), Some(format!("write `{pairs} | get('{name}')`")));
        }
        if text.contains('+') && text.len() > 1 {
            let help =
                "put values together in a template: `\"{one}{other}\"`, in a step of its own".to_owned();
            return (format!("`{text}` is no name: pipelines have no operators"), Some(help));
        }
        if !plain {
            let help = format!("text stands in quotes: `'{text}'`");
            return (format!("`{text}` is no name"), Some(help));
        }
        let help = match text {
            "signature" => Some("one step has to be called `signature`".to_owned()),
            _ => match nearest(text, known()) {
                Some(near) => Some(format!("did you mean `{near}`?")),
                None if find(text).is_some() => Some(format!(
                    "`{text}` is a filter: what flows into it stands before it, as in `body | {text}`"
                )),
                None => {
                    // A step that is a quoted text alone needs quotes of YAML around.
                    let outer = if text == &*self.text { "\"" } else { "" };
                    let names = suggest(text, known()).unwrap_or_default();
                    Some(format!("for the text itself write `{outer}'{text}'{outer}`; {names}"))
                }
            },
        };
        (format!("there is no step, input or setting `{text}`"), help)
    }

    /// What stands behind an opening quote, its escapes resolved.
    fn literal(&self, quoted: &str, at: &Range<usize>) -> Option<String> {
        let mut out = String::new();
        let mut rest = quoted.chars();
        while let Some(next) = rest.next() {
            match next {
                '\'' if rest.as_str().is_empty() => return Some(out),
                '\'' => break,
                '\\' => match rest.next() {
                    Some('n') => out.push('\n'),
                    Some('t') => out.push('\t'),
                    Some(c @ ('\\' | '\'')) => out.push(c),
                    other => {
                        let escape = other.map(String::from).unwrap_or_default();
                        let help = "a backslash begins `\\n`, `\\t`, `\\\\` or `\\'`".to_owned();
                        let message = format!("`\\{escape}` means nothing in a quoted text");
                        return self.wrong(at, message, Some(help));
                    }
                },
                c => out.push(c),
            }
        }
        let help =
            "one pair of quotes encloses the whole text; a quote inside it is written `\\'`".to_owned();
        self.wrong(at, format!("`{}` is not one quoted text", &self.text[at.clone()]), Some(help))
    }

    /// A filter, applied to what flows in.
    fn apply(&self, of: Expr, at: &Range<usize>) -> Option<Expr> {
        let (filter, arguments) = self.call(at)?;
        match filter.arguments {
            Arguments::Filter => self.on_one_half(of, filter, at, &arguments),
            Arguments::Duration => self.plus(&of, at, &arguments),
            Arguments::Format => self.time(&of, at, &arguments),
            _ => {
                let spot = self.spot(at, &arguments);
                let arguments = self.arguments(filter, at, &arguments)?;
                Some(Expr::Filter { of: Box::new(of), name: filter.name, on: On::All, arguments, spot })
            }
        }
    }

    /// The filter that is named, and where its arguments stand.
    fn call(&self, at: &Range<usize>) -> Option<(&'static Filter, Vec<Range<usize>>)> {
        let text = &self.text[at.clone()];
        if text.is_empty() {
            let help = "take the last `|` away, or name a filter behind it".to_owned();
            return self.wrong(&(0..self.text.len()), "a filter is missing behind `|`", Some(help));
        }
        let (name, arguments) = match text.find('(') {
            None => (text, Vec::new()),
            Some(open) => {
                if !text.ends_with(')') {
                    let help = format!("close it: `{text})`").replace("))", ")");
                    return self.wrong(at, format!("`{text}` lacks its `)`"), Some(help));
                }
                let inside = at.start + open + 1..at.end - 1;
                let empty = self.text[inside.clone()].trim().is_empty();
                (text[..open].trim(), if empty { Vec::new() } else { self.split(inside, ',')? })
            }
        };
        let named = at.start..at.start + name.len();
        match find(name) {
            Some(filter) => Some((filter, arguments)),
            None => {
                let known = || suggest(name, super::filters::FILTERS.iter().map(|filter| filter.name));
                self.wrong(&named, format!("there is no filter `{name}`"), meant(name).or_else(known))
            }
        }
    }

    fn spot(&self, call: &Range<usize>, arguments: &[Range<usize>]) -> Spot {
        Spot { pipeline: self.text.clone(), call: call.clone(), arguments: arguments.to_vec() }
    }

    /// The arguments of a filter, if they are what it takes.
    fn arguments(&self, filter: &Filter, at: &Range<usize>, spans: &[Range<usize>]) -> Option<Vec<Expr>> {
        let mut values = Vec::new();
        let names =
            matches!(filter.arguments, Arguments::Value | Arguments::Message | Arguments::SaltAndInfo);
        for span in spans {
            let text = &self.text[span.clone()];
            let bare = !names && !text.starts_with(['\'', '"']) && filter.arguments != Arguments::None;
            if bare {
                let help = Some(format!("write `'{text}'`"));
                return self.wrong(span, format!("`{}` takes text in quotes", filter.name), help);
            }
            values.push(self.atom(span)?);
        }
        let texts: Vec<&str> = values
            .iter()
            .filter_map(|value| match value {
                Expr::Literal(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let fits = match filter.arguments {
            Arguments::None => spans.is_empty(),
            Arguments::Character => matches!(texts[..], [text] if text.len() == 1 && text.is_ascii()),
            Arguments::Characters => match texts[..] {
                [] => true,
                [text] => !text.is_empty() && text.is_ascii(),
                _ => false,
            },
            Arguments::Text => texts.len() == 1,
            Arguments::Name => matches!(texts[..], [text] if !text.is_empty()),
            Arguments::Replacement => matches!(texts[..], [from, _] if !from.is_empty()),
            Arguments::Patterns => !texts.is_empty() && texts.iter().all(|text| !text.is_empty()),
            Arguments::Value => values.len() == 1 && texts.is_empty(),
            Arguments::Message => values.len() == 1,
            Arguments::SaltAndInfo => values.len() == 2,
            Arguments::Filter | Arguments::Duration | Arguments::Format => true,
        };
        if fits { Some(values) } else { self.wrong_arguments(filter, at) }
    }

    fn wrong_arguments<T>(&self, filter: &Filter, at: &Range<usize>) -> Option<T> {
        let (wanted, example) = filter.arguments.wanted();
        let help = match filter.arguments {
            Arguments::Message => {
                format!(
                    "what flows in is the key, the argument is the message: `key | {}(text)`",
                    filter.name
                )
            }
            Arguments::None => format!("write `{}` alone", filter.name),
            _ => format!("as in `{}{example}`", filter.name),
        };
        self.wrong(at, format!("`{}` takes {wanted}", filter.name), Some(help))
    }

    /// `names(f)` and `values(f)`: a filter for texts on one half of pairs. Without one they are that half alone.
    fn on_one_half(
        &self,
        of: Expr,
        half: &Filter,
        at: &Range<usize>,
        spans: &[Range<usize>],
    ) -> Option<Expr> {
        let span = match spans {
            [] => {
                let (of, spot) = (Box::new(of), self.spot(at, spans));
                return Some(Expr::Filter { of, name: half.name, on: On::All, arguments: Vec::new(), spot });
            }
            [span] => span,
            _ => return self.wrong_arguments(half, at),
        };
        let (filter, arguments) = self.call(span)?;
        if filter.takes != super::filters::Takes::Texts {
            let message = format!("`{}` is no filter for texts", filter.name);
            let help = format!("in `{}` stands one of `lower`, `encode`, `replace`, …", half.name);
            return self.wrong(span, message, Some(help));
        }
        let spot = self.spot(at, &arguments);
        let arguments = self.arguments(filter, span, &arguments)?;
        let on = if half.name == "names" { On::Names } else { On::Values };
        Some(Expr::Filter { of: Box::new(of), name: filter.name, on, arguments, spot })
    }

    /// `plus('30m')`: a later moment.
    fn plus(&self, of: &Expr, at: &Range<usize>, spans: &[Range<usize>]) -> Option<Expr> {
        let Some(earlier) = moment(of) else { return self.no_moment("plus", at) };
        let [span] = spans else { return self.wrong_arguments(find("plus")?, at) };
        let text = self.quoted(span, "plus")?;
        let Some(seconds) = parse_duration(&text).and_then(|seconds| i64::try_from(seconds).ok()) else {
            let help = "a duration is `'30s'`, `'5m'`, `'12h'` or `'7d'`".to_owned();
            return self.wrong(span, format!("`{text}` is no duration"), Some(help));
        };
        Some(Expr::Later(earlier + seconds))
    }

    /// `time('%Y%m%d', '+08:00')`: a moment as text.
    fn time(&self, of: &Expr, at: &Range<usize>, spans: &[Range<usize>]) -> Option<Expr> {
        let Some(later) = moment(of) else { return self.no_moment("time", at) };
        let filter = find("time")?;
        let values = spans.iter().map(|span| self.quoted(span, "time")).collect::<Option<Vec<String>>>()?;
        let (format, zone) = match &values[..] {
            [format] => (format, "Z"),
            [format, zone] => (format, zone.as_str()),
            _ => return self.wrong_arguments(filter, at),
        };
        if let Err(message) = check_format(format) {
            let help =
                "as in `time('%Y%m%dT%H%M%SZ')`, `time('%a, %d %b %Y %H:%M:%S GMT')` or `time('%s%L')`";
            return self.wrong(&spans[0], message, Some(help.to_owned()));
        }
        if !format.contains('%') {
            let help = "as in `time('%Y%m%dT%H%M%SZ')` or `time('%s')`".to_owned();
            return self.wrong(&spans[0], "this format shows nothing of the time", Some(help));
        }
        match parse_zone(zone) {
            Ok(offset) => Some(Expr::Time { format: format.clone(), offset, later }),
            Err(message) => {
                let help = "an offset from UTC, as in `time('%Y%m%d', '+08:00')`; without one it is UTC";
                self.wrong(&spans[1], message, Some(help.to_owned()))
            }
        }
    }

    fn quoted(&self, span: &Range<usize>, filter: &str) -> Option<String> {
        let text = &self.text[span.clone()];
        match text.strip_prefix('\'') {
            Some(quoted) => self.literal(quoted, span),
            None => {
                let help = format!("write `'{}'`", text.trim_matches('"'));
                self.wrong(span, format!("`{filter}` takes text in quotes"), Some(help))
            }
        }
    }

    fn no_moment<T>(&self, name: &str, at: &Range<usize>) -> Option<T> {
        let help = format!("let it flow out of `now`: `now | {name}(…)`");
        self.wrong(at, format!("`{name}` works on `now`"), Some(help))
    }

    /// Splits a stretch at separators that stand outside of quotes and parentheses. The parts are trimmed.
    fn split(&self, at: Range<usize>, separator: char) -> Option<Vec<Range<usize>>> {
        let mut parts = Vec::new();
        let (mut start, mut depth, mut quoted, mut escaped) = (at.start, 0_usize, false, false);
        for (index, c) in self.text[at.clone()].char_indices() {
            let index = at.start + index;
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '\'' => quoted = !quoted,
                _ if quoted => {}
                c if c == separator && (depth == 0 || c == '|') => {
                    parts.push(self.trimmed(start..index));
                    start = index + 1;
                    depth = 0;
                }
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if quoted {
            let help = "text stands between two single quotes: `'…'`".to_owned();
            let message = format!("`{}` lacks a closing quote", &self.text[at.clone()]);
            return self.wrong(&at, message, Some(help));
        }
        parts.push(self.trimmed(start..at.end));
        Some(parts)
    }
}

/// A call in the style of programs, such as `hex(sha256(body))`, as a pipeline.
fn flowing(text: &str) -> Option<String> {
    let (name, rest) = text.split_once('(')?;
    let inside = rest.trim_end().strip_suffix(')')?;
    let filter = find(name.trim())?;
    let (of, arguments) = match filter.arguments {
        Arguments::None | Arguments::Filter => (inside, String::new()),
        _ => match inside.rsplit_once(',') {
            Some((of, argument)) => (of, format!("({})", argument.trim())),
            None => (inside, String::new()),
        },
    };
    let of = of.trim();
    let of = flowing(of).unwrap_or_else(|| of.to_owned());
    Some(format!("{of} | {}{arguments}", filter.name))
}

/// How many seconds after `now` a moment is, if it is one.
fn moment(value: &Expr) -> Option<i64> {
    match value {
        Expr::Input(name) if name == "now" => Some(0),
        Expr::Later(seconds) => Some(*seconds),
        _ => None,
    }
}

fn is_moment(value: &Expr) -> bool {
    moment(value).is_some()
}
