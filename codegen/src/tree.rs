//! YAML with positions: what every check before and after reading needs.
//!
//! serde stops at its first error and lets a repeated key win silently, so a tree of marked nodes comes first.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::diagnostics::Problems;
use crate::scalar::{ScalarKind, plain_kind};

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
    /// Something that was refused; no more is said about it.
    Refused,
}

/// A key and where it stands.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key as text.
    pub text: String,
    /// The bytes of the key.
    pub span: Range<usize>,
}

impl Node {
    /// Gives the key that stands at `span` another name.
    pub fn rename(&mut self, span: &Range<usize>, name: &str) {
        match &mut self.value {
            NodeValue::Sequence(items) => items.iter_mut().for_each(|item| item.rename(span, name)),
            NodeValue::Mapping(entries) => {
                for (key, value) in entries {
                    if key.span == *span {
                        name.clone_into(&mut key.text);
                    }
                    value.rename(span, name);
                }
            }
            NodeValue::Scalar(..) | NodeValue::Refused => {}
        }
    }

    /// The kind of a scalar.
    #[must_use]
    pub fn scalar_kind(&self) -> Option<ScalarKind> {
        let NodeValue::Scalar(text, plain) = &self.value else { return None };
        Some(if *plain { plain_kind(text).0 } else { ScalarKind::String })
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

    /// What stands at `path`.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        let next = match &self.value {
            NodeValue::Sequence(items) => items.get(first.parse::<usize>().ok()?),
            _ => self.get(first),
        };
        next?.at(rest)
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
            NodeValue::Scalar(..) | NodeValue::Refused => self.span.clone(),
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

    let before = problems.len();
    let mut builder = Builder { file, text, problems, stack: Vec::new(), root: None, documents: 0 };
    for next in Parser::new_from_str(text) {
        match next {
            Ok((event, span)) => {
                let span = range(span);
                builder.event(event, span.clone());
                if builder.stack.len() > MAX_DEPTH {
                    builder.problems.add(file, span, "this nests deeper than any spec needs");
                    return None;
                }
            }
            Err(error) => {
                let at = byte(error.marker().index());
                builder.syntax(at, error.info());
                return None;
            }
        }
    }
    let root = builder.root.take();
    if root.is_none() && problems.len() == before {
        problems.add(file, 0..0, "this file is empty");
    }
    root
}

struct Builder<'a> {
    file: &'a str,
    text: &'a str,
    problems: &'a mut Problems,
    stack: Vec<Open>,
    root: Option<Node>,
    documents: usize,
}

enum Open {
    Sequence(usize, Vec<Node>),
    /// Start, entries, the keys so far with where they stand, and the key whose value comes next.
    Mapping(usize, Vec<(Key, Node)>, BTreeMap<String, usize>, Option<Key>),
}

impl Builder<'_> {
    fn syntax(&mut self, at: usize, what: &str) {
        // The parser notices a tab after the text before it.
        let tab = self.text[at..].find('\t').filter(|_| what.contains("tab"));
        let at = at + tab.unwrap_or(0);
        let help = if tab.is_some() {
            "indent with blanks, not with tabs"
        } else if what.contains("flow") {
            "close every `{` and `[`, and quote text that holds one of `{}[],` or `: `"
        } else {
            "quote text that holds `: ` or ` #`, or that starts with one of `{}[]*&!%@` or a quote"
        };
        self.problems.add(self.file, at..at + 1, format!("this is not YAML: {what}")).help(help);
    }

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
                self.close(Node { span, value: NodeValue::Refused });
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
                self.stack.push(Open::Mapping(span.start, Vec::new(), BTreeMap::new(), None));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.stack.pop() {
                    Some(Open::Sequence(start, items)) => {
                        Node { span: start..span.end.max(start), value: NodeValue::Sequence(items) }
                    }
                    Some(Open::Mapping(start, entries, ..)) => {
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
            Some(Open::Mapping(_, entries, seen, pending)) => match pending.take() {
                Some(key) => entries.push((key, node)),
                None => {
                    let NodeValue::Scalar(text, plain) = node.value else {
                        self.problems.add(self.file, node.span.clone(), "a key is a text");
                        *pending = Some(Key { text: String::new(), span: node.span });
                        return;
                    };
                    let read = if plain { plain_kind(&text) } else { (ScalarKind::String, text.clone()) };
                    if read.0 == ScalarKind::Null || read.1 != text {
                        let message = format!("the key `{text}` is not read as it is written");
                        self.problems.add(self.file, node.span.clone(), message).help("put it in quotes");
                    } else if let Some(first) = seen.insert(text.clone(), node.span.start) {
                        let line = self.text[..first].matches('\n').count() + 1;
                        let message = format!("`{text}` stands here twice");
                        let problem = self.problems.add(self.file, node.span.clone(), message);
                        problem.help(format!("the first one is on line {line}"));
                    }
                    *pending = Some(Key { text, span: node.span });
                }
            },
        }
    }
}
