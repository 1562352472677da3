//! What keeps a text from being YAML, in the words of somebody who wrote it by hand.
//!
//! A parser notices a slip where it can go no further, which is often lines later, and says what it expected. People
//! want to know what to mend.

use std::ops::Range;

/// Where it is, what is wrong, and what to do.
pub type Explanation = (Range<usize>, String, String);

/// Explains why the parser stopped at `at` with the remark `what`.
pub fn explain(text: &str, at: usize, what: &str) -> Explanation {
    let here = Line::of(text, at);
    let before = Line::before(text, here.start);
    let lines = || before.iter().chain([&here]);
    let after = Line::of(text, text.len().min(here.start + here.text.len() + 1));
    let tabs = lines().chain(what.contains("tab").then_some(&after));
    if let Some(found) = tabs.filter_map(Line::tab).next() {
        return found;
    }
    if what.contains("unprintable") {
        let c = text[at..].chars().next().unwrap_or_default();
        let message = format!("the character U+{:04X} cannot stand in YAML", u32::from(c));
        return (at..at + c.len_utf8(), message, "remove it".to_owned());
    }
    if what.contains("unknown anchor") {
        let message = "aliases are not part of the spec language".to_owned();
        let help = "write the lines twice, or quote the text if it is meant to start with `*`";
        return (at..at + 1, message, help.to_owned());
    }
    if what.contains("document indicator") || what.contains("recursion") {
        return plain(at, what);
    }
    if let Some(found) = brackets(text, at) {
        return found;
    }
    if let Some(found) = lines().find_map(Line::no_key) {
        return found;
    }
    if let Some(found) = here.mixed(before.as_ref(), what) {
        return found;
    }
    let first = text[at..].chars().next().unwrap_or(' ');
    let span = at..at + first.len_utf8();
    if what.contains("flow mapping") && first == ':' {
        let message = "a `:` stands here in a text without quotes".to_owned();
        let help = "put a comma before the key in front of it, or put the text in quotes".to_owned();
        return (span, message, help);
    }
    if what.contains("misplaced bracket") {
        return (
            span,
            format!("this `{first}` closes nothing"),
            "leave it out, or put the text in quotes".to_owned(),
        );
    }
    if let Some(before) = &before
        && what.contains("mapping values")
        && here.indent() > before.indent()
        && before.has_value()
    {
        return here.indentation(before);
    }
    if what.contains("mapping values")
        && let Some(found) = here.second_colon()
    {
        return found;
    }
    if let Some(before) = &before
        && what.contains("expected key")
    {
        return here.indentation(before);
    }
    if what.contains("cannot start") || ['@', '`', '%', '*', '&'].contains(&first) {
        let message = format!("a text without quotes cannot start with {first}");
        return (span, message, "put it in quotes".to_owned());
    }
    plain(at, what)
}

/// What the parser says itself.
fn plain(at: usize, what: &str) -> Explanation {
    let help = "quote text that holds `: ` or ` #`, or that starts with one of `{}[]*&!%@` or a quote";
    (at..at + 1, format!("this is not YAML: {what}"), help.to_owned())
}

/// A line and where it starts.
struct Line<'a> {
    text: &'a str,
    start: usize,
}

impl<'a> Line<'a> {
    fn of(text: &'a str, at: usize) -> Self {
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
        Self { text: text[start..end].trim_end(), start }
    }

    /// The nearest line above that says something.
    fn before(text: &'a str, start: usize) -> Option<Self> {
        let mut start = start;
        while start > 0 {
            let line = Self::of(text, start - 1);
            let said = line.text.trim_start();
            if !said.is_empty() && !said.starts_with('#') {
                return Some(line);
            }
            start = line.start;
        }
        None
    }

    fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }

    fn said(&self) -> &'a str {
        self.text.trim_start()
    }

    /// Whether a value stands behind the line's key.
    fn has_value(&self) -> bool {
        self.text.split_once(": ").is_some_and(|(_, value)| !value.trim().is_empty())
    }

    /// A tab where only blanks may stand.
    fn tab(&self) -> Option<Explanation> {
        let indent = &self.text[..self.indent()];
        if let Some(tab) = indent.find('\t') {
            let at = self.start + tab;
            let message = "a tab stands in the indentation".to_owned();
            return Some((at..at + 1, message, "indent with blanks, not with tabs".to_owned()));
        }
        let tab = self.text.find(":\t")? + 1;
        let at = self.start + tab;
        Some((at..at + 1, "a tab stands behind the colon".to_owned(), "write a blank".to_owned()))
    }

    /// A line that has no key because its colon or its dash is missing or has no blank behind it.
    fn no_key(&self) -> Option<Explanation> {
        let (said, start) = (self.said(), self.start + self.indent());
        if said.starts_with("---") || said.starts_with('#') {
            return None;
        }
        if said.starts_with('-') && !said.starts_with("- ") && said != "-" {
            let message = "the `-` of a list's item needs a blank behind it".to_owned();
            return Some((start..start + 1, message, format!("write `- {}`", shortened(&said[1..]))));
        }
        let said = said.strip_prefix("- ").unwrap_or(said);
        let start = self.start + self.text.len() - said.len();
        let word = said.find(|c: char| !(c.is_alphanumeric() || "_.$-*".contains(c))).unwrap_or(said.len());
        let (key, rest) = said.split_at(word);
        if key.is_empty() || !key.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return None;
        }
        if let Some(value) = rest.strip_prefix(':').filter(|value| !value.is_empty()) {
            if value.starts_with([' ', '/']) {
                return None;
            }
            let at = start + word;
            let help = format!("write `{key}: {}`", shortened(value));
            return Some((at..at + 1, "the colon of a key needs a blank behind it".to_owned(), help));
        }
        let value = rest.trim_start().trim_start_matches("= ");
        if rest.contains(": ") || rest.ends_with(':') && !rest.starts_with(' ') || said.ends_with(':') {
            return None;
        }
        let blank = if value.is_empty() { "" } else { " " };
        let help = format!("write `{key}:{blank}{}`", shortened(value));
        Some((start..start + said.len(), "this line has no colon behind its key".to_owned(), help))
    }

    /// Items and keys in one block.
    fn mixed(&self, before: Option<&Self>, what: &str) -> Option<Explanation> {
        let at = self.start + self.indent();
        if what.contains("expected '-' indicator") {
            let message = "this stands in a list, whose items begin with `- `".to_owned();
            let help = "begin it with `- `, or write all of the block without".to_owned();
            return Some((at..self.start + self.text.len(), message, help));
        }
        let item = |line: &Self| line.said().starts_with("- ");
        let among_keys = before.is_some_and(|before| !item(before) && before.indent() == self.indent());
        (what.contains("expected key") && item(self) && among_keys).then(|| {
            let message = "an item of a list stands among keys".to_owned();
            (at..at + 1, message, "begin all lines of the block with `- `, or none".to_owned())
        })
    }

    /// A text with `: ` in it.
    fn second_colon(&self) -> Option<Explanation> {
        let first = self.text.find(": ")?;
        let value = self.text[first + 1..].trim_start();
        let from = self.text.len() - value.len();
        let second = from + value.find(": ").or_else(|| value.ends_with(':').then(|| value.len() - 1))?;
        let at = self.start + second;
        let help = format!("put the text in quotes: `\"{}\"`", shortened(value));
        Some((at..at + 1, "a text without quotes cannot hold `: `".to_owned(), help))
    }

    fn indentation(&self, before: &Self) -> Explanation {
        let at = self.start + self.indent();
        let span = at..self.start + self.text.len();
        let (own, other) = (self.indent(), before.indent());
        if own > other {
            let message = format!("this is indented by {own}, the line before it by {other}");
            let help = "a line that has a value already can hold no more: indent both alike".to_owned();
            return (span, message, help);
        }
        let message = format!("this is indented by {own}, as no block before it is");
        (span, message, "indent it like the lines that it belongs to".to_owned())
    }
}

fn shortened(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

/// The first bracket or quote before `at` that is not closed, or that closes nothing.
fn brackets(text: &str, at: usize) -> Option<Explanation> {
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut quote: Option<(char, usize)> = None;
    let mut block: Option<usize> = None;
    let mut start = 0;
    for whole in text.split_inclusive('\n') {
        let line = Line { text: whole.trim_end(), start };
        start += whole.len();
        let indent = line.indent();
        if block.is_some_and(|owner| line.text.is_empty() || indent > owner) {
            continue;
        }
        block = None;
        let (_, place) = match (quote, open.last()) {
            (Some(quote), _) => quote,
            (None, Some(last)) => *last,
            (None, None) => ('"', usize::MAX),
        };
        if place != usize::MAX && indent <= Line::of(text, place).indent() && begins_entry(line.said()) {
            break;
        }
        if let Some(found) = characters(&line, &mut open, &mut quote) {
            return Some(found).filter(|(span, ..)| span.start <= at);
        }
        let said = line.text.split(" #").next().unwrap_or_default().trim_end();
        let said = said.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '+');
        if quote.is_none() && open.is_empty() && (said.ends_with(": |") || said.ends_with(": >")) {
            block = Some(indent);
        }
    }
    let (kind, place) = quote.or_else(|| open.last().copied()).filter(|(_, place)| *place <= at)?;
    let help = match kind {
        '{' => "close it with `}`".to_owned(),
        '[' => "close it with `]`".to_owned(),
        quote => format!("end the text with {quote} on the same line"),
    };
    let what = if ['{', '['].contains(&kind) { format!("this `{kind}`") } else { format!("this {kind}") };
    Some((place..place + 1, format!("{what} is not closed"), help))
}

/// Follows the quotes and brackets of a line, and gives the first one that is wrong.
fn characters(
    line: &Line<'_>,
    open: &mut Vec<(char, usize)>,
    quote: &mut Option<(char, usize)>,
) -> Option<Explanation> {
    // Whether a token can begin here, and whether the last character was a backslash.
    let (mut fresh, mut escaped) = (true, false);
    let mut token = 0;
    for (index, c) in line.text.char_indices() {
        let at = line.start + index;
        if let Some((kind, _)) = quote {
            if escaped {
                escaped = false;
            } else if *kind == '"' && c == '\\' {
                escaped = true;
            } else if c == *kind {
                *quote = None;
            }
            fresh = false;
            continue;
        }
        match c {
            '#' if index == 0 || line.text[..index].ends_with(' ') => return None,
            '"' | '\'' if fresh => *quote = Some((c, at)),
            '{' | '[' if fresh => open.push((c, at)),
            '{' | '[' if !open.is_empty() => {
                let rest = &line.text[token..];
                let end = rest.find([',', '}', ' ']).unwrap_or(rest.len());
                let message = format!("a text without quotes cannot hold `{c}` inside `{{…}}` or `[…]`");
                return Some((at..at + 1, message, format!("put it in quotes: `\"{}\"`", &rest[..end])));
            }
            '}' | ']' if !open.is_empty() => {
                let (last, _) = open.pop().unwrap_or_default();
                if (last == '{') != (c == '}') {
                    let message = format!("this `{c}` closes a `{last}`");
                    let right = if last == '{' { '}' } else { ']' };
                    return Some((at..at + 1, message, format!("write `{right}`")));
                }
                fresh = false;
                continue;
            }
            _ => {}
        }
        let blank = c == ' ' || c == ',' && !open.is_empty();
        let opens = ['{', '['].contains(&c) && fresh;
        let after = |before: &str| line.text[..index].trim_end().ends_with(before);
        let leads =
            index < line.indent() + 1 || after(":") || after("-") || after(",") || after("{") || after("[");
        fresh = opens || blank && (c == ',' || leads);
        if fresh {
            token = index + 1;
        }
    }
    None
}

/// Whether a line begins an entry of a block.
fn begins_entry(said: &str) -> bool {
    let key = said.trim_start_matches("- ").split(':').next().unwrap_or_default();
    let rest = &said[said.len().min(said.len() - said.trim_start_matches("- ").len() + key.len())..];
    said.starts_with("- ")
        || (rest == ":" || rest.starts_with(": ")) && !key.is_empty() && !key.contains(['{', ',', ' '])
}
