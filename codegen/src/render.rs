//! Where problems stand, and how they are shown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::SpecFile;
use crate::diagnostics::Diagnostic;

/// Problems together with the files they are about: what a failed generation returns.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The problems.
    pub problems: Vec<Diagnostic>,
    /// All of them, shown as a compiler would.
    pub text: String,
    located: Vec<Located>,
}

/// A problem and where it stands: lines and columns from 1, columns in characters, the end exclusive.
#[derive(Clone, Debug)]
pub struct Located {
    /// The problem.
    pub problem: Diagnostic,
    /// Line and column of its first character.
    pub start: (usize, usize),
    /// Line and column after its last character.
    pub end: (usize, usize),
    /// As much of its first line as is shown, and the bytes of it that are marked.
    excerpt: Option<(String, (usize, usize))>,
}

/// Longer lines are shown in part.
const LONG_LINE: usize = 10_000;

/// How much of a long line is shown before and after the place.
const AROUND: usize = 60;

impl Failure {
    /// Finds the places of problems in the files.
    #[must_use]
    pub fn new(problems: Vec<Diagnostic>, files: &[SpecFile]) -> Self {
        let sources: BTreeMap<&str, Source<'_>> =
            files.iter().rev().map(|file| (file.path.as_str(), Source::new(&file.text))).collect();
        let nothing = Source::new("");
        let located: Vec<Located> = problems
            .iter()
            .map(|problem| sources.get(problem.file.as_str()).unwrap_or(&nothing).locate(problem))
            .collect();
        Self { text: show(&located, &Renderer::plain()), problems, located }
    }

    /// The problems with their places.
    #[must_use]
    pub fn located(&self) -> &[Located] {
        &self.located
    }

    /// How many files have problems.
    #[must_use]
    pub fn files(&self) -> usize {
        self.problems.iter().map(|problem| &problem.file).collect::<BTreeSet<_>>().len()
    }

    /// The problems, shown with the colours of a terminal.
    #[must_use]
    pub fn styled(&self) -> String {
        show(&self.located, &Renderer::styled())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}

fn show(located: &[Located], renderer: &Renderer) -> String {
    let mut out = String::new();
    for problem in located {
        out.push_str(&problem.render(renderer));
        out.push_str("\n\n");
    }
    let count = located.len();
    let word = if count == 1 { "problem" } else { "problems" };
    out.push_str(&format!("{count} {word} in the specs\n"));
    out
}

impl Located {
    /// Shows the problem with its line and a caret.
    fn render(&self, renderer: &Renderer) -> String {
        let Diagnostic { file, message, note, help, .. } = &self.problem;
        let group = Group::with_title(Level::ERROR.primary_title(message));
        let mut group = match &self.excerpt {
            None => group.element(Origin::path(file).line(self.start.0).char_column(self.start.1)),
            Some((line, (from, to))) => {
                let snippet = Snippet::source(line)
                    .line_start(self.start.0)
                    .annotation(AnnotationKind::Primary.span(*from..*to));
                let column = line[..*from].chars().count() + 1;
                if column == self.start.1 {
                    group.element(snippet.path(file))
                } else {
                    let origin = Origin::path(file).line(self.start.0).char_column(self.start.1);
                    group.element(origin).element(snippet)
                }
            }
        };
        if let Some(note) = note {
            group = group.element(Level::NOTE.message(printable(note)));
        }
        if let Some(help) = help {
            group = group.element(Level::HELP.message(printable(help)));
        }
        renderer.render(&[group])
    }
}

/// A text and where its lines begin.
struct Source<'a> {
    text: &'a str,
    lines: Vec<usize>,
}

impl<'a> Source<'a> {
    fn new(text: &'a str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, lines }
    }

    fn locate(&self, problem: &Diagnostic) -> Located {
        let from = boundary(self.text, problem.span.0);
        let to = boundary(self.text, problem.span.1).max(from);
        let (start, end) = (self.position(from), self.position(to));
        let excerpt = Some(self.excerpt(from, to)).filter(|(line, _)| !line.is_empty());
        Located { problem: problem.clone(), start, end, excerpt }
    }

    /// Line and column, both from 1.
    fn position(&self, at: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= at);
        (line, self.text[self.lines[line - 1]..at].chars().count() + 1)
    }

    /// The line that `from` stands in, and the part of it that is marked. A span over several lines would show them
    /// all; its first line is what a reader needs.
    fn excerpt(&self, from: usize, to: usize) -> (String, (usize, usize)) {
        let number = self.lines.partition_point(|start| *start <= from);
        let start = self.lines[number - 1];
        let end = self.lines.get(number).map_or(self.text.len(), |next| next - 1);
        let line = self.text[start..end].trim_end_matches('\r');
        let (from, to) = ((from - start).min(line.len()), (to - start).min(line.len()));
        if line.len() <= LONG_LINE {
            return (line.to_owned(), (from, to));
        }
        let first = boundary(line, from.saturating_sub(AROUND));
        let last = boundary(line, (from + AROUND).min(line.len()));
        let before = if first == 0 { "" } else { "… " };
        let after = if last == line.len() { "" } else { " …" };
        let to = to.min(last);
        let moved = |at: usize| at - first + before.len();
        (format!("{before}{}{after}", &line[first..last]), (moved(from), moved(to)))
    }
}

/// The end of the character that `index` stands in, or the end of the text.
fn boundary(text: &str, index: usize) -> usize {
    (index..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// The text without characters that could do anything to a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{FFFD}' } else { c }).collect()
}
