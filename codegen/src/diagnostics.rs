//! Problems in specs, and how they are shown.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::SpecFile;

/// One problem: where, what, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The file, as the caller named it.
    pub file: String,
    /// The bytes it is about.
    pub span: (usize, usize),
    /// What is wrong.
    pub message: String,
    /// What is known about it, in several lines.
    pub note: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
}

/// All problems of a run, in the order of files and lines.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    list: Vec<Diagnostic>,
}

impl Problems {
    /// Adds a problem.
    pub fn add(&mut self, file: &str, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        let at = self.list.len();
        let span = (span.start, span.end);
        let (file, message) = (file.to_owned(), message.into());
        self.list.push(Diagnostic { file, span, message, note: None, help: None });
        &mut self.list[at]
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are, repeats included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The problems, sorted, each once.
    #[must_use]
    pub fn sorted(&self) -> Vec<Diagnostic> {
        let mut list = self.list.clone();
        list.sort();
        list.dedup();
        list
    }
}

/// Shows problems as a compiler would.
#[must_use]
pub fn render(problems: &[Diagnostic], files: &[SpecFile]) -> String {
    let mut out = String::new();
    for problem in problems {
        let text = files.iter().find(|file| file.path == problem.file).map_or("", |file| &file.text);
        out.push_str(&problem.render(text));
        out.push_str("\n\n");
    }
    let count = problems.len();
    let word = if count == 1 { "problem" } else { "problems" };
    out.push_str(&format!("{count} {word} in the specs\n"));
    out
}

impl Diagnostic {
    /// Adds what to do about it.
    pub fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }

    /// Line and column, both from 1, of where it starts in `text`.
    #[must_use]
    pub fn position(&self, text: &str) -> (usize, usize) {
        let before = &text[..boundary(text, self.span.0)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// Shows the problem with its line and a caret.
    #[must_use]
    pub fn render(&self, text: &str) -> String {
        let start = boundary(text, self.span.0);
        // A span over several lines would print them all; its first line is what a reader needs.
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line = text[line_start..line_end].trim_end_matches('\r');
        let from = (start - line_start).min(line.len());
        let to = boundary(line, self.span.1.saturating_sub(line_start)).max(from);
        let snippet = Snippet::source(line)
            .path(&self.file)
            .line_start(self.position(text).0)
            .annotation(AnnotationKind::Primary.span(from..to));
        let mut group = Group::with_title(Level::ERROR.primary_title(&self.message)).element(snippet);
        if let Some(note) = &self.note {
            group = group.element(Level::NOTE.message(note));
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help));
        }
        Renderer::plain().render(&[group])
    }
}

/// The end of the character that `index` stands in, or the end of the text.
fn boundary(text: &str, index: usize) -> usize {
    (index..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// The name in `known` that `name` was probably meant to be.
#[must_use]
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let folded = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let wanted = folded(name);
    let near = |candidate: &str| {
        let known = folded(candidate);
        let (short, long) = if known.len() < wanted.len() { (&known, &wanted) } else { (&wanted, &known) };
        if short.len() > 3 && long.starts_with(short.as_str()) {
            return Some(1);
        }
        // Short names share nothing with each other after two edits.
        let far = distance(&wanted, &known);
        (far <= 1 + known.len() / 4 && far < short.chars().count()).then_some(far)
    };
    known
        .into_iter()
        .filter_map(|candidate| Some((near(candidate)?, candidate)))
        .min_by_key(|(far, _)| *far)
        .map(|(_, candidate)| candidate)
}

/// Help that names the nearest known name, or all of them where they are few.
#[must_use]
pub fn suggest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(name, known.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if known.is_empty() => None,
        None => {
            let shown: Vec<String> = known.iter().take(24).map(|one| format!("`{one}`")).collect();
            let more = if known.len() > shown.len() { ", …" } else { "" };
            Some(format!("known here: {}{more}", shown.join(", ")))
        }
    }
}

/// The edit distance of two texts, counting a swap of neighbours as one edit.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

/// Problems together with the files they are about: what a failed generation returns.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The problems.
    pub problems: Vec<Diagnostic>,
    /// All of them, shown as a compiler would.
    pub text: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found() {
        let known = ["required", "default", "values", "request_id"];
        assert_eq!(nearest("requird", known), Some("required"));
        assert_eq!(nearest("requestId", known), Some("request_id"));
        assert_eq!(nearest("vlaues", known), Some("values"));
        assert_eq!(nearest("required_when", known), Some("required"));
        assert_eq!(nearest("zone", known), None);
        assert_eq!(nearest("b", ["a", "c"]), None);
    }
}
