//! YAML with positions: what every check before and after reading needs.
//!
//! serde stops at its first error and lets a repeated key win silently, so a tree of marked nodes comes first.

use std::borrow::Cow;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::diagnostics::Problems;

/// Deeper nesting than any spec needs; more is refused rather than followed.
const MAX_DEPTH: usize = 64;

/// A node and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// The bytes of the node.
    pub span: Range<usize>,
    /// What it is.
    pub value: NodeValue,
}

/// What a [`Node`] is.
#[derive(Clone, Debug)]
pub enum NodeValue {
    /// Text, and whether it was written without quotes.
    Scalar(String, bool),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys with their spans, and values.
    Mapping(Vec<(Key, Node)>),
}

/// A key and where it stands.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key as text.
    pub text: String,
    /// The bytes of the key.
    pub span: Range<usize>,
}

/// The kinds of value that a scalar can be, by the core schema of YAML 1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarKind {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// Any other number.
    Number,
    /// Text.
    String,
}

impl Node {
    /// The kind of a scalar.
    #[must_use]
    pub fn scalar_kind(&self) -> Option<ScalarKind> {
        let NodeValue::Scalar(text, plain) = &self.value else { return None };
        if !plain {
            return Some(ScalarKind::String);
        }
        Some(match text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => ScalarKind::Null,
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => ScalarKind::Bool,
            text if text.parse::<i64>().is_ok() => ScalarKind::Integer,
            text if text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
                && text.parse::<f64>().is_ok() =>
            {
                ScalarKind::Number
            }
            _ => ScalarKind::String,
        })
    }

    /// The value of a mapping's key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            NodeValue::Mapping(entries) => {
                entries.iter().find(|(name, _)| name.text == key).map(|(_, node)| node)
            }
            _ => None,
        }
    }

    /// Where the value at `path` stands, or the nearest thing above it.
    #[must_use]
    pub fn span_of(&self, path: &[&str]) -> Range<usize> {
        let Some((first, rest)) = path.split_first() else { return self.span.clone() };
        match &self.value {
            NodeValue::Mapping(entries) => match entries.iter().find(|(key, _)| key.text == *first) {
                // A block's span would cover many lines: point at its key instead.
                Some((key, node)) if rest.is_empty() && !matches!(node.value, NodeValue::Scalar(..)) => {
                    key.span.clone()
                }
                Some((key, node)) => {
                    let inner = node.span_of(rest);
                    if inner == node.span && !rest.is_empty() { key.span.clone() } else { inner }
                }
                None => self.span.clone(),
            },
            NodeValue::Sequence(items) => match first.parse::<usize>().ok().and_then(|at| items.get(at)) {
                Some(item) => item.span_of(rest),
                None => self.span.clone(),
            },
            NodeValue::Scalar(..) => self.span.clone(),
        }
    }

    /// Where the key at `path` stands.
    #[must_use]
    pub fn key_span(&self, path: &[&str]) -> Range<usize> {
        let Some((last, above)) = path.split_last() else { return self.span.clone() };
        let mut node = self;
        for step in above {
            let next = match &node.value {
                NodeValue::Sequence(items) => step.parse::<usize>().ok().and_then(|at| items.get(at)),
                _ => node.get(step),
            };
            match next {
                Some(next) => node = next,
                None => return self.span_of(path),
            }
        }
        match &node.value {
            NodeValue::Mapping(entries) => entries
                .iter()
                .find(|(key, _)| key.text == *last)
                .map_or_else(|| self.span_of(path), |(key, _)| key.span.clone()),
            _ => self.span_of(path),
        }
    }
}

/// Reads a document. Problems are noted; `None` where there is no tree to go on with.
pub fn parse(file: &str, text: &str, problems: &mut Problems) -> Option<Node> {
    // Marks count characters; everything here counts bytes.
    let mut offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    offsets.push(text.len());
    let byte = |index: usize| offsets.get(index).copied().unwrap_or(text.len());
    let range = |span: Span| byte(span.start.index())..byte(span.end.index());

    let before = problems.sorted().len();
    let mut builder = Builder { file, problems, stack: Vec::new(), root: None, documents: 0 };
    for next in Parser::new_from_str(text) {
        match next {
            Ok((event, span)) => builder.event(event, range(span)),
            Err(error) => {
                let at = byte(error.marker().index());
                let message = format!("this is not YAML: {}", error.info());
                builder.problems.add(file, at..at + 1, message).help(
                    "quote text that holds `{`, `}`, `[`, `]`, `: `, ` #` or starts with one of `*&!%@` or a quote",
                );
                return None;
            }
        }
        if builder.stack.len() > MAX_DEPTH {
            builder.problems.add(file, 0..0, "this nests deeper than any spec needs");
            return None;
        }
    }
    let root = builder.root.take();
    if root.is_none() && problems.sorted().len() == before {
        problems.add(file, 0..0, "this file is empty");
    }
    root
}

struct Builder<'a> {
    file: &'a str,
    problems: &'a mut Problems,
    stack: Vec<Open>,
    root: Option<Node>,
    documents: usize,
}

enum Open {
    Sequence(usize, Vec<Node>),
    Mapping(usize, Vec<(Key, Node)>, Option<Key>),
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: Range<usize>) {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents == 2 {
                    self.problems.add(self.file, span, "a spec file holds one document");
                }
            }
            Event::Alias(_) => {
                self.problems
                    .add(self.file, span.clone(), "aliases are not part of the spec language")
                    .help("write the lines twice, or quote the text if it is meant to start with `*`");
                self.close(Node { span, value: NodeValue::Scalar(String::new(), false) });
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse(anchor, tag.is_some(), &span);
                let plain = style == ScalarStyle::Plain;
                self.close(Node { span, value: NodeValue::Scalar(Cow::into_owned(text), plain) });
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse(anchor, tag.is_some(), &span);
                self.stack.push(Open::Sequence(span.start, Vec::new()));
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse(anchor, tag.is_some(), &span);
                self.stack.push(Open::Mapping(span.start, Vec::new(), None));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.stack.pop() {
                    Some(Open::Sequence(start, items)) => {
                        Node { span: start..span.end.max(start), value: NodeValue::Sequence(items) }
                    }
                    Some(Open::Mapping(start, entries, _)) => {
                        Node { span: start..span.end.max(start), value: NodeValue::Mapping(entries) }
                    }
                    None => return,
                };
                self.close(node);
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }

    fn refuse(&mut self, anchor: usize, tagged: bool, span: &Range<usize>) {
        if anchor != 0 {
            self.problems.add(self.file, span.clone(), "anchors are not part of the spec language");
        }
        if tagged {
            let problem =
                self.problems.add(self.file, span.clone(), "tags are not part of the spec language");
            problem.help("quote the text if it is meant to start with `!`");
        }
    }

    fn close(&mut self, node: Node) {
        match self.stack.last_mut() {
            None => self.root = self.root.take().or(Some(node)),
            Some(Open::Sequence(_, items)) => items.push(node),
            Some(Open::Mapping(_, entries, pending)) => match pending.take() {
                Some(key) => {
                    if entries.iter().any(|(known, _)| known.text == key.text) {
                        let message = format!("`{}` stands here twice", key.text);
                        self.problems.add(self.file, key.span.clone(), message);
                    }
                    entries.push((key, node));
                }
                None => match node.value {
                    NodeValue::Scalar(text, _) => *pending = Some(Key { text, span: node.span }),
                    _ => {
                        self.problems.add(self.file, node.span.clone(), "a key is a text");
                        *pending = Some(Key { text: String::new(), span: node.span });
                    }
                },
            },
        }
    }
}
