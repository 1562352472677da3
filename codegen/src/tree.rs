//! YAML with positions: what every check before and after reading needs.
//!
//! serde stops at its first error and lets a repeated key win silently, so a tree of marked nodes comes first.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::diagnostics::Problems;
use crate::mend::{Mend, TAKEN_OUT};
use crate::scalar::{ScalarKind, plain_kind};
use crate::syntax;

/// Deeper nesting than any spec needs; more is refused rather than followed.
const MAX_DEPTH: usize = 64;

/// More than this is no block that was cut in two by mistake.
const MAX_MERGED: usize = 1000;

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
    /// An empty mapping.
    pub const EMPTY: Self = Self { span: 0..0, value: NodeValue::Mapping(Vec::new()) };

    /// The node as YAML on one line, which reads as the node does.
    #[must_use]
    pub fn flow(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match &self.value {
            NodeValue::Scalar(text, plain) => match plain_kind(text).0 {
                ScalarKind::Null if *plain => out.push('~'),
                ScalarKind::Bool | ScalarKind::Integer | ScalarKind::Number if *plain => out.push_str(text),
                _ => quote(text, out),
            },
            NodeValue::Sequence(items) => {
                out.push('[');
                for item in items {
                    item.write(out);
                    out.push(',');
                }
                out.push(']');
            }
            NodeValue::Mapping(entries) => {
                out.push('{');
                for (key, value) in entries {
                    quote(&key.text, out);
                    out.push_str(": ");
                    value.write(out);
                    out.push(',');
                }
                out.push('}');
            }
            NodeValue::Refused => out.push('~'),
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

/// Writes a text in quotes.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            _ => {
                // Writing to a text cannot fail.
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
        }
    }
    out.push('"');
}

/// Reads a document. Problems are noted; `None` where there is no tree to go on with.
pub fn parse(file: &str, text: &str, problems: &mut Problems) -> Option<Node> {
    let before = problems.len();
    let read = read(file, text, problems);
    let root = match read {
        Read::Whole(root) => root,
        Read::TooDeep => return None,
        Read::Stopped(at, what) => {
            let (span, message, help) = syntax::explain(text, at, &what);
            problems.add(file, span.clone(), message).help(help);
            return without(file, text, span.start, problems);
        }
    };
    let nothing = root
        .as_ref()
        .is_none_or(|root| matches!(&root.value, NodeValue::Scalar(text, true) if text.is_empty()));
    if nothing && problems.len() == before {
        problems.add(file, 0..0, "this file is empty").help("write a spec, or delete the file");
        return None;
    }
    root
}

/// What came of reading a text.
enum Read {
    Whole(Option<Node>),
    TooDeep,
    /// Where the parser gave up, and what it says.
    Stopped(usize, String),
}

fn read(file: &str, text: &str, problems: &mut Problems) -> Read {
    // Marks count characters; everything here counts bytes. A byte order mark is not part of the text.
    let start = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    let mut offsets: Vec<usize> = text[start..].char_indices().map(|(at, _)| start + at).collect();
    offsets.push(text.len());
    let byte = |index: usize| offsets.get(index).copied().unwrap_or(text.len());
    let range = |span: Span| byte(span.start.index())..byte(span.end.index());

    let mut builder = Builder { file, problems, stack: Vec::new(), root: None, documents: 0, line: 0 };
    for next in Parser::new_from_str(&text[start..]) {
        match next {
            Ok((event, span)) => {
                builder.line = span.start.line();
                let span = range(span);
                builder.event(event, span.clone());
                if builder.stack.len() > MAX_DEPTH {
                    builder.problems.add(file, span, "this nests deeper than any spec needs");
                    return Read::TooDeep;
                }
            }
            Err(error) => return Read::Stopped(byte(error.marker().index()), error.info().to_owned()),
        }
    }
    Read::Whole(builder.root)
}

/// Reads a document without the block that `at` stands in, so that one run finds what else is wrong.
fn without(file: &str, text: &str, at: usize, problems: &mut Problems) -> Option<Node> {
    let begins = |line: &str| line.starts_with(|c: char| c.is_alphanumeric() || ['_', '"'].contains(&c));
    let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |end| end + 1);
    let mut start = line_start(at);
    while start > 0 && !begins(&text[start..]) {
        start = line_start(start - 1);
    }
    let (name, _) = text[start..].lines().next()?.split_once(':')?;
    let name = name.trim_matches('"').to_owned();
    // A line that has a value holds no block: something else is indented wrongly.
    let first = text[start..].lines().next().unwrap_or_default();
    let valued = first.split_once(':').is_some_and(|(_, value)| !value.trim().is_empty());
    if valued && at > start + first.len() {
        return None;
    }
    let next =
        text[start..].match_indices('\n').map(|(end, _)| start + end + 1).find(|next| begins(&text[*next..]));
    let end = next.unwrap_or(text.len());
    let blank = |c: char| if c == '\n' { "\n".to_owned() } else { " ".repeat(c.len_utf8()) };
    let blanked: String = text[start..end].chars().map(blank).collect();
    // A second slip of this kind may be the same one.
    let mut others = Problems::default();
    let Read::Whole(root) = read(file, &[&text[..start], &blanked, &text[end..]].concat(), &mut others)
    else {
        return None;
    };
    problems.append(others);
    let span = start..start + name.len();
    let mut root = root.unwrap_or(Node { span: span.clone(), value: NodeValue::Mapping(Vec::new()) });
    let NodeValue::Mapping(entries) = &mut root.value else { return None };
    if entries.iter().all(|(key, _)| key.text != name) {
        let value = Node { span: span.clone(), value: NodeValue::Refused };
        entries.push((Key { text: name, span }, value));
    }
    Some(root)
}

struct Builder<'a> {
    file: &'a str,
    problems: &'a mut Problems,
    stack: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    /// The line that is being read.
    line: usize,
}

enum Open {
    Sequence(usize, Vec<Node>),
    Mapping(OpenMapping),
}

/// A mapping that is being read.
struct OpenMapping {
    start: usize,
    entries: Vec<(Key, Node)>,
    /// The keys so far, their lines, and their numbers.
    seen: BTreeMap<String, (usize, usize)>,
    /// Whether any of them stands here twice.
    repeats: bool,
    /// The key whose value comes next, and what becomes of it.
    pending: Option<(Key, Fate)>,
}

/// What becomes of a value.
#[derive(Clone, Copy)]
enum Fate {
    Keep,
    /// The key has that number already.
    Repeats(usize),
    /// The key is none.
    Drop,
    /// The key asks for another block to be put in, which an alias names.
    Merge,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: Range<usize>) {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents == 2 {
                    let problem = self.problems.add(self.file, span, "a spec file holds one document");
                    problem.help("put the second one into a file of its own");
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
                let (start, entries, seen) = (span.start, Vec::new(), BTreeMap::new());
                self.stack.push(Open::Mapping(OpenMapping {
                    start,
                    entries,
                    seen,
                    repeats: false,
                    pending: None,
                }));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.stack.pop() {
                    Some(Open::Sequence(start, items)) => {
                        Node { span: start..span.end.max(start), value: NodeValue::Sequence(items) }
                    }
                    Some(Open::Mapping(OpenMapping { start, entries, .. })) => {
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
            self.problems
                .add(self.file, span.clone(), "anchors are not part of the spec language")
                .help("write the lines twice, or quote the text if it is meant to start with `&`");
        }
        if tagged {
            let problem =
                self.problems.add(self.file, span.clone(), "tags are not part of the spec language");
            problem.help("quote the text if it is meant to start with `!`");
        }
    }

    fn close(&mut self, node: Node) {
        let in_list = matches!(self.stack.as_slice(), [.., Open::Sequence(..), Open::Mapping(_)]);
        let Some(open) = self.stack.last_mut() else {
            self.root = self.root.take().or(Some(node));
            return;
        };
        let mapping = match open {
            Open::Sequence(_, items) => return items.push(node),
            Open::Mapping(mapping) => mapping,
        };
        let before = self.problems.len();
        match mapping.pending.take() {
            Some((key, Fate::Keep)) => mapping.entries.push((key, node)),
            Some((_, Fate::Repeats(first))) => merge(&mut mapping.entries[first].1, node),
            Some((_, Fate::Drop)) => {}
            Some((key, Fate::Merge)) => {
                if !matches!(node.value, NodeValue::Refused) {
                    let message = "merge keys are not part of the spec language";
                    self.problems.add(self.file, key.span, message).help("write the lines twice");
                }
                self.lose_name();
            }
            None => {
                let (line, number) = (self.line, mapping.entries.len());
                let NodeValue::Scalar(text, plain) = node.value else {
                    if !matches!(node.value, NodeValue::Refused) {
                        let problem = self.problems.add(self.file, node.span.clone(), "a key is a text");
                        problem.help("put it in quotes");
                    }
                    mapping.pending = Some((Key { text: String::new(), span: node.span }, Fate::Drop));
                    return self.lose_name();
                };
                let read = if plain { plain_kind(&text) } else { (ScalarKind::String, text.clone()) };
                let mut fate = Fate::Keep;
                if read.0 == ScalarKind::Null || read.1 != text {
                    let message = format!("the key `{text}` is not read as it is written");
                    self.problems.add(self.file, node.span.clone(), message).help("put it in quotes");
                }
                match mapping.seen.get(&text) {
                    // In a list, what repeats more than one key is an item that does not begin as one.
                    Some((_, first)) if in_list && mapping.repeats => fate = Fate::Repeats(*first),
                    Some((line, first)) => {
                        fate = Fate::Repeats(*first);
                        mapping.repeats = true;
                        let message = format!("`{text}` stands here twice");
                        let problem = self.problems.add(self.file, node.span.clone(), message);
                        let item = if in_list { "; another item begins with `- `" } else { "" };
                        problem.help(match *line == self.line {
                            true => "the first one is on the same line".to_owned(),
                            false => format!("the first one is on line {line}{item}"),
                        });
                    }
                    None => {
                        mapping.seen.insert(text.clone(), (line, number));
                    }
                }
                if plain && text == "<<" {
                    fate = Fate::Merge;
                }
                if read.0 == ScalarKind::Null {
                    fate = Fate::Drop;
                }
                mapping.pending = Some((Key { text, span: node.span }, fate));
                if self.problems.len() > before {
                    self.lose_name();
                }
            }
        }
    }

    /// Notes that a name of the innermost mapping may be another one than was meant.
    fn lose_name(&mut self) {
        let above = &self.stack[..self.stack.len() - 1];
        let mut path: Vec<String> = above
            .iter()
            .map(|open| match open {
                Open::Sequence(_, items) => items.len().to_string(),
                Open::Mapping(mapping) => {
                    mapping.pending.as_ref().map_or("", |(key, _)| &key.text).to_owned()
                }
            })
            .collect();
        path.push(TAKEN_OUT.to_owned());
        self.problems.mends.note(self.file, vec![Mend { path, keys: Vec::new() }]);
    }
}

/// Adds what a repeated block holds to the first one, so that what names it finds it. What has keys in common with it is
/// no other half of it.
fn merge(first: &mut Node, second: Node) {
    if let (NodeValue::Mapping(known), NodeValue::Mapping(more)) = (&mut first.value, second.value) {
        let names: BTreeSet<&str> = known.iter().map(|(key, _)| key.text.as_str()).collect();
        if more.iter().all(|(key, _)| !names.contains(key.text.as_str()))
            && known.len() + more.len() <= MAX_MERGED
        {
            known.extend(more);
        }
    }
}
