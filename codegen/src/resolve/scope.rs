//! What every resolving step needs: the file with its positions, and where problems go.

use std::cell::RefCell;

use crate::diagnostics::{Problems, suggest};
use crate::tree::Node;

/// A spec file that has passed the shape check.
pub struct File<'a> {
    /// Its path, as the caller named it.
    pub path: &'a str,
    /// Its tree.
    pub tree: &'a Node,
    /// Where problems go.
    pub problems: &'a RefCell<Problems>,
}

impl File<'_> {
    /// Notes a problem with the value at `path`.
    pub fn wrong(&self, path: &[&str], message: impl Into<String>) {
        self.wrong_help(path, message, None);
    }

    /// Notes a problem with the value at `path`, and what to do about it.
    pub fn wrong_help(&self, path: &[&str], message: impl Into<String>, help: Option<String>) {
        let span = self.tree.span_of(path);
        self.problems.borrow_mut().add(self.path, span, message).help = help;
    }

    /// Notes a problem with the key at `path`.
    pub fn wrong_key(&self, path: &[&str], message: impl Into<String>, help: Option<String>) {
        let span = self.tree.key_span(path);
        self.problems.borrow_mut().add(self.path, span, message).help = help;
    }

    /// Notes that `name` at `path` names nothing that is `known`.
    pub fn unknown<'k>(
        &self,
        path: &[&str],
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        self.wrong_help(path, format!("there is no {what} `{name}`"), suggest(name, known));
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
}

/// A path with further keys.
pub fn at<'p>(path: &[&'p str], more: &[&'p str]) -> Vec<&'p str> {
    [path, more].concat()
}
