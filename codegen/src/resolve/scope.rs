//! What every resolving step needs: the file with its positions, and where problems go.

use std::cell::RefCell;
use std::ops::Range;

use crate::diagnostics::{Problems, suggest};
use crate::mend::Names;
use crate::model::Declared;
use crate::parse::ParsedFile;
use crate::tree::Node;

/// A spec file that has passed the shape check.
pub struct File<'a> {
    /// Its path, as the caller named it.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
    /// Its tree.
    pub tree: &'a Node,
    /// Where problems go.
    pub problems: &'a RefCell<Problems>,
}

impl<'a> File<'a> {
    /// A file that was read.
    pub fn new<T>(parsed: &'a ParsedFile<T>, problems: &'a RefCell<Problems>) -> Self {
        Self { path: &parsed.path, text: &parsed.text, tree: &parsed.tree, problems }
    }

    /// Notes a problem with a stretch of the file.
    pub fn problem(&self, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        if !self.problems.borrow().mends.hide_key(self.path, &span) {
            self.problems.borrow_mut().add(self.path, span, message).help = help;
        }
    }

    /// Notes a problem with a stretch of what stands at `path` and follows from all of it, and tells what is known.
    pub fn problem_with_note(
        &self,
        path: &[&str],
        span: Range<usize>,
        message: impl Into<String>,
        note: String,
        help: Option<String>,
    ) {
        if self.hides(path) || self.problems.borrow().mends.within(self.path, path) {
            return;
        }
        let mut problems = self.problems.borrow_mut();
        let problem = problems.add(self.path, span, message);
        (problem.note, problem.help) = (Some(note), help);
    }

    /// Notes a problem with what is declared there, in this file or in another one.
    pub fn wrong_at(&self, declared: &Declared, message: impl Into<String>, help: Option<String>) {
        if self.problems.borrow().mends.hide_key(&declared.file, &declared.span) {
            return;
        }
        self.problems.borrow_mut().add(&declared.file, declared.span.clone(), message).help = help;
    }

    /// Whether a problem at `path` only follows from one that was noted before.
    pub fn hides(&self, path: &[&str]) -> bool {
        self.problems.borrow().mends.hide(self.path, path)
    }

    /// Whether names of this kind may be missing because what declares or uses them is broken.
    pub fn lacks(&self, names: Names) -> bool {
        self.problems.borrow().mends.lack(self.path, names)
    }

    /// Whether what `what` is called may be missing because what declares it is broken.
    fn lacks_any(&self, what: &str) -> bool {
        let kinds: &[Names] = match what {
            "setting" | "input" => &[Names::Settings],
            "parameter" => &[Names::Parameters],
            "setting or parameter" => &[Names::Settings, Names::Parameters],
            "type" => &[Names::Types],
            _ => &[],
        };
        kinds.iter().any(|names| self.lacks(*names))
    }

    /// Notes a problem with the value at `path`.
    pub fn wrong(&self, path: &[&str], message: impl Into<String>) {
        self.wrong_help(path, message, None);
    }

    /// Notes a problem with the value at `path`, and what to do about it.
    pub fn wrong_help(&self, path: &[&str], message: impl Into<String>, help: Option<String>) {
        if self.hides(path) {
            return;
        }
        self.problem(self.tree.span_of(path), message, help);
    }

    /// Notes a problem with the word `part` inside the value at `path`, and what to do about it.
    pub fn wrong_part(&self, path: &[&str], part: &str, message: impl Into<String>, help: Option<String>) {
        if self.hides(path) {
            return;
        }
        let within = self.tree.at(path).and_then(|node| self.find_word(node.span.clone(), part));
        self.problem(within.unwrap_or_else(|| self.tree.span_of(path)), message, help);
    }

    /// Notes a problem with a part of the text `whole`, which the value at `path` is or holds.
    pub fn wrong_in(
        &self,
        path: &[&str],
        whole: &str,
        part: Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        if self.hides(path) {
            return;
        }
        let node = self.tree.at(path).map(|node| node.span.clone());
        let within = node.clone().and_then(|span| {
            let start = span.start + self.text.get(span)?.find(whole.trim_start())?;
            let blanks = whole.len() - whole.trim_start().len();
            Some(start + part.start.checked_sub(blanks)?..start + part.end.checked_sub(blanks)?)
        });
        // Escapes of YAML make the text another one in the file.
        let word = || node.and_then(|span| self.find_word(span, whole.get(part)?));
        let span = within.or_else(word).unwrap_or_else(|| self.tree.span_of(path));
        self.problem(span, message, help);
    }

    /// Notes a problem with the key at `path`.
    pub fn wrong_key(&self, path: &[&str], message: impl Into<String>, help: Option<String>) {
        if self.hides(path) {
            return;
        }
        self.problem(self.tree.key_span(path), message, help);
    }

    /// Notes that `name` at `path` names nothing that is `known`.
    pub fn unknown<'k>(
        &self,
        path: &[&str],
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        if !self.lacks_any(what) {
            self.wrong_part(path, name, format!("there is no {what} `{name}`"), suggest(name, known));
        }
    }

    /// Notes that `value` at `path` is none that the field `name` can have.
    pub fn no_value<'k>(
        &self,
        path: &[&str],
        name: &str,
        value: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        if !self.lacks(Names::Values) {
            self.wrong_part(path, value, format!("`{name}` has no value `{value}`"), suggest(value, known));
        }
    }

    /// Notes that the key at the end of `path` names nothing that is `known`.
    pub fn unknown_key<'k>(&self, path: &[&str], what: &str, known: impl IntoIterator<Item = &'k str>) {
        let name = path.last().copied().unwrap_or_default();
        if !self.lacks_any(what) {
            self.wrong_key(path, format!("there is no {what} `{name}`"), suggest(name, known));
        }
    }

    /// Unwraps, or notes what is wrong with the value at `path`.
    pub fn accept<T>(&self, path: &[&str], result: Result<T, String>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(message) => {
                self.wrong(path, message);
                None
            }
        }
    }

    /// Where `word` stands within `span`, not as a part of a longer word.
    fn find_word(&self, span: Range<usize>, word: &str) -> Option<Range<usize>> {
        let text = self.text.get(span.clone())?;
        let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
        let (first, last) = (word.chars().next()?, word.chars().last()?);
        let start = text.match_indices(word).map(|(at, _)| at).find(|at| {
            let before = text[..*at].chars().last().is_some_and(part_of_word);
            let after = text[at + word.len()..].chars().next().is_some_and(part_of_word);
            !(before && part_of_word(first) || after && part_of_word(last))
        })?;
        Some(span.start + start..span.start + start + word.len())
    }
}

/// A path with further keys.
pub fn at<'p>(path: &[&'p str], more: &[&'p str]) -> Vec<&'p str> {
    [path, more].concat()
}
