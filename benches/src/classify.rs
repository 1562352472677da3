//! What emitted text is made of: every byte of every line that is no comment belongs to exactly one [`Part`].
//!
//! The contract: the sum over all parts of [`Sizes::parts`] is [`Sizes::code`] (bytes without comments), and what the
//! tables below do not know is counted as [`Part::Unknown`], never as something else. Where emission changes, the two
//! tables change; nothing else here knows what emitted text looks like. Comments are lines whose first sign is `//`.

use std::collections::BTreeMap;

/// What a piece of emitted text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Declarations of requests, answers, objects and enums: types with their names on the wire, from which come the
    /// constructors, setters, checks, the call, encoding and decoding.
    Types,
    /// The operations' error enums, with what is known of each code.
    Errors,
    /// Tables of what else is known of an operation.
    Tables,
    /// Client methods, the service's own tables, the signature, the list of services.
    Client,
    /// Data for documentation and emulator, behind a feature.
    Metadata,
    /// What the tables here do not know.
    Unknown,
}

/// All parts, in the order of reports.
pub const PARTS: [Part; 6] =
    [Part::Types, Part::Errors, Part::Tables, Part::Client, Part::Metadata, Part::Unknown];

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
const FILES: [(&str, Part); 5] = [
    ("digest", Part::Client),
    ("services.rs", Part::Client),
    ("/mod.rs", Part::Client),
    ("/auth.rs", Part::Client),
    ("/metadata.json", Part::Metadata),
];

/// Items in the other files, by how their first line begins; the first that fits counts.
const ITEMS: [(&str, Part); 7] = [
    ("use ", Part::Types),
    ("request! ", Part::Types),
    ("answer! ", Part::Types),
    ("object! ", Part::Types),
    ("open_enum! ", Part::Types),
    ("errors! ", Part::Errors),
    ("pub static OPERATION: ", Part::Tables),
];

/// Adds a file's text to `sizes`.
pub fn add(sizes: &mut Sizes, path: &str, text: &str) {
    sizes.files += 1;
    sizes.bytes += text.len();
    let whole = FILES.iter().find(|(ending, _)| path.ends_with(ending)).map(|(_, part)| *part);
    let mut state = State { item: Part::Unknown, waiting: 0 };
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
    /// Bytes of attributes and blank lines, which belong to what follows them.
    waiting: usize,
}

impl State {
    /// The part of a line, or nothing where what follows decides.
    fn line(&mut self, line: &str) -> Option<Part> {
        let text = line.trim_end();
        let inner = text.trim_start();
        if inner.is_empty() || inner.starts_with('#') {
            return None;
        }
        if text.len() == inner.len() && !inner.starts_with(['}', ')', ']']) {
            let known = ITEMS.iter().find(|(begin, _)| inner.starts_with(begin));
            self.item = known.map_or(Part::Unknown, |(_, part)| *part);
        }
        Some(self.item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
// Header.
use crate::generated::*;

request! {
    /// A request.
    pub struct Request {
        pub id: String = \"Id\",
        ..
    }
}

errors! {
    /// Why.
    pub enum Error {
        A = \"A\": Invalid,
    }
}

/// A table.
pub static OPERATION: Operation = Operation {
    name: \"A\",
};

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
        let errors = "\nerrors! {\n    pub enum Error {\n        A = \"A\": Invalid,\n    }\n}\n";
        assert_eq!(of(Part::Errors), errors.len());
        let table = "\npub static OPERATION: Operation = Operation {\n    name: \"A\",\n};\n";
        assert_eq!(of(Part::Tables), table.len());
        assert_eq!(of(Part::Unknown), "\nstatic X: u8 = 1;\n".len());
    }

    #[test]
    fn some_files_are_one_part() {
        let sizes = sizes("acme/metadata.json", TEXT);
        assert_eq!(sizes.parts, BTreeMap::from([(Part::Metadata, sizes.code)]));
    }
}
