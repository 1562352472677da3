//! What emitted text is made of: every byte of every line that is no comment belongs to exactly one [`Part`].
//!
//! The contract: the sum over all parts of [`Sizes::parts`] is [`Sizes::code`] (bytes without comments), and what the
//! tables below do not know is counted as [`Part::Unknown`], never as something else. Where emission changes, the two
//! tables change; nothing else here knows what emitted text looks like. Comments are lines whose first sign is `//`.

use std::collections::BTreeMap;

/// What a piece of emitted text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Structs and enums, how they are made, converted, sent and decoded, and the call itself.
    Types,
    /// The operations' error enums.
    Errors,
    /// Checks before sending.
    Validators,
    /// Methods that set optional parameters.
    Setters,
    /// Tables that describe operations to the runtime.
    Tables,
    /// Tables for documentation and emulator, behind a feature.
    Metadata,
    /// Client methods, the service's own tables, the signature, the list of services.
    Client,
    /// What the tables here do not know.
    Unknown,
}

/// All parts, in the order of reports.
pub const PARTS: [Part; 8] = [
    Part::Types,
    Part::Errors,
    Part::Validators,
    Part::Setters,
    Part::Tables,
    Part::Metadata,
    Part::Client,
    Part::Unknown,
];

/// How large emitted text is.
#[derive(Clone, Debug, Default)]
pub struct Sizes {
    /// Files.
    pub files: usize,
    /// Lines, comments and blank ones included.
    pub lines: usize,
    /// Bytes, comments included.
    pub bytes: usize,
    /// Bytes without comments.
    pub code: usize,
    /// The same by part.
    pub parts: BTreeMap<Part, usize>,
}

/// Files that are one part as a whole, by what their path below the service's folder ends with.
const FILES: [(&str, Part); 6] = [
    ("digest", Part::Client),
    ("services.rs", Part::Client),
    ("/mod.rs", Part::Client),
    ("/auth.rs", Part::Client),
    ("/metadata.rs", Part::Metadata),
    ("_table.rs", Part::Tables),
];

/// Items in the other files, by how their first line begins; the first that fits counts.
const ITEMS: [(&str, Part); 16] = [
    ("use ", Part::Types),
    ("pub enum Error ", Part::Errors),
    ("impl Error ", Part::Errors),
    ("impl From<crate::Error> for Error ", Part::Errors),
    ("impl fmt::Display for Error ", Part::Errors),
    ("impl std::error::Error for Error ", Part::Errors),
    ("pub struct ", Part::Types),
    ("pub enum ", Part::Types),
    ("open_enum!", Part::Types),
    ("pub(crate) static ", Part::Tables),
    ("fn ", Part::Types),
    ("pub(super) fn ", Part::Types),
    ("impl<'de> Deserialize<'de> for ", Part::Types),
    ("impl Call<'_> ", Part::Setters),
    ("impl<'a> Call<'a> ", Part::Setters),
    ("impl ", Part::Types),
];

/// Functions inside items, where they are another part than the item: the part of the item, the name, the part.
const FUNCTIONS: [(Part, &str, Part); 5] = [
    (Part::Types, "validate", Part::Validators),
    (Part::Types, "check", Part::Validators),
    (Part::Setters, "new", Part::Types),
    (Part::Setters, "request", Part::Types),
    (Part::Setters, "send", Part::Types),
];

/// Adds a file's text to `sizes`.
pub fn add(sizes: &mut Sizes, path: &str, text: &str) {
    sizes.files += 1;
    sizes.bytes += text.len();
    let whole = FILES.iter().find(|(ending, _)| path.ends_with(ending)).map(|(_, part)| *part);
    let mut state = State { item: Part::Unknown, function: None, waiting: 0 };
    for line in text.split_inclusive('\n') {
        sizes.lines += 1;
        if line.trim_start().starts_with("//") {
            continue;
        }
        sizes.code += line.len();
        let (part, bytes) = match whole {
            Some(part) => (part, line.len()),
            None => match state.line(line) {
                Some(part) => (part, line.len() + std::mem::take(&mut state.waiting)),
                None => {
                    state.waiting += line.len();
                    continue;
                }
            },
        };
        *sizes.parts.entry(part).or_default() += bytes;
    }
    if state.waiting > 0 {
        *sizes.parts.entry(Part::Unknown).or_default() += state.waiting;
    }
}

struct State {
    item: Part,
    function: Option<Part>,
    /// Bytes of attributes and blank lines, which belong to what follows them.
    waiting: usize,
}

impl State {
    /// The part of a line, or nothing where what follows decides.
    fn line(&mut self, line: &str) -> Option<Part> {
        let text = line.trim_end();
        let inner = text.trim_start();
        let indent = text.len() - inner.len();
        if inner.is_empty() || (inner.starts_with('#') && indent <= 4) {
            return None;
        }
        if indent == 0 && !inner.starts_with(['}', ')', ']']) {
            let known = ITEMS.iter().find(|(begin, _)| inner.starts_with(begin));
            self.item = known.map_or(Part::Unknown, |(_, part)| *part);
            self.function = None;
        } else if indent == 0 {
            self.function = None;
        } else if indent == 4
            && let Some(name) = function(inner)
        {
            let other = FUNCTIONS.iter().find(|(of, other, _)| *of == self.item && *other == name);
            self.function = other.map(|(.., part)| *part);
        }
        Some(self.function.unwrap_or(self.item))
    }
}

/// The name of the function that a line begins.
fn function(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let modifiers = ["pub", "pub(crate)", "pub(super)", "const", "async"];
    let is_head = before.split_whitespace().all(|word| modifiers.contains(&word));
    is_head.then(|| after.split(['(', '<']).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
// Header.
use crate::value::put;

/// A request.
#[derive(Clone)]
pub struct Request {
    pub id: String,
}

impl Request {
    /// Makes one.
    pub fn new() -> Self {
        Self {}
    }

    #[must_use]
    pub fn validate(&self) {
        check();
    }
}

impl<'a> Call<'a> {
    pub fn id(mut self) -> Self {
        self
    }

    pub async fn send(self) {}
}

#[derive(Debug)]
pub enum Error {
    A,
}

impl Error {
    pub fn api(&self) {}
}

static X: u8 = 1;
";

    fn sizes(path: &str, text: &str) -> Sizes {
        let mut sizes = Sizes::default();
        add(&mut sizes, path, text);
        sizes
    }

    #[test]
    fn every_byte_that_is_no_comment_belongs_to_one_part() {
        let sizes = sizes("acme/get_links.rs", TEXT);
        let comments: usize =
            TEXT.split_inclusive('\n').filter(|line| line.trim_start().starts_with("//")).map(str::len).sum();
        assert_eq!(sizes.bytes, TEXT.len());
        assert_eq!(sizes.code, TEXT.len() - comments);
        assert_eq!(sizes.parts.values().sum::<usize>(), sizes.code);
        let of = |part| sizes.parts.get(&part).copied().unwrap_or_default();
        let validator = "\n    #[must_use]\n    pub fn validate(&self) {\n        check();\n    }\n";
        assert_eq!(of(Part::Validators), validator.len());
        let setter = "\nimpl<'a> Call<'a> {\n    pub fn id(mut self) -> Self {\n        self\n    }\n}\n";
        assert_eq!(of(Part::Setters), setter.len());
        let error =
            "\n#[derive(Debug)]\npub enum Error {\n    A,\n}\n\nimpl Error {\n    pub fn api(&self) {}\n}\n";
        assert_eq!(of(Part::Errors), error.len());
        assert_eq!(of(Part::Unknown), "\nstatic X: u8 = 1;\n".len());
    }

    #[test]
    fn some_files_are_one_part() {
        let sizes = sizes("acme/get_links_table.rs", TEXT);
        assert_eq!(sizes.parts, BTreeMap::from([(Part::Tables, sizes.code)]));
    }
}
