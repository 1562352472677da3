//! What a vendor's page says of an operation: Markdown, or the text that a saved page becomes, in Chinese or English.
//!
//! Pages are read line by line, since saving them loses much of what a parser of Markdown needs: the frames of tables,
//! their columns, headings, braces of examples. What a table or an example holds that cannot be made sense of is listed as
//! unread.

mod examples;
mod html;
mod kind;
mod sentences;
mod tables;
mod words;

use serde::Serialize;
use serde_json::Value;

pub use self::kind::Kind;
use self::tables::Head;
pub use self::words::{Column, Section};

/// What a page says.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Document {
    /// The name of the operation.
    pub operation: Option<Told<String>>,
    /// The host that requests go to.
    pub host: Option<Told<String>>,
    /// The HTTP method.
    pub method: Option<Told<String>>,
    /// The path, with names in braces.
    pub path: Option<Told<String>>,
    /// The version of the API.
    pub version: Option<Told<String>>,
    /// Calls per second.
    pub rate_limit: Option<Told<u32>>,
    /// Lifetimes of links, in seconds, each once.
    pub lifetimes: Vec<Told<u64>>,
    /// What a request takes.
    pub parameters: Vec<Field>,
    /// What an answer holds, but for what stands in object types.
    pub response: Vec<Field>,
    /// Object types.
    pub objects: Vec<Object>,
    /// Error codes.
    pub errors: Vec<ErrorCode>,
    /// Worked examples.
    pub examples: Vec<Example>,
    /// Columns whose head is there and whose cells are not.
    pub lost: Vec<Lost>,
    /// Lines that belong to something of which no sense could be made.
    pub unread: Vec<Told<String>>,
}

/// Something, and the line that says it, from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told<T> {
    /// What is said.
    pub what: T,
    /// The line.
    pub line: usize,
}

/// A row of a table of parameters or fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Field {
    /// The name; where it was dotted, with the dots, and without marks of lists.
    pub name: String,
    /// Its type, if the page says one.
    pub kind: Option<Kind>,
    /// What stands in the place of the type and is none.
    pub odd_kind: Option<String>,
    /// Whether it has to be there, if the page says so.
    pub required: Option<bool>,
    /// What counts where it is left out.
    pub default: Option<String>,
    /// The values that the page lists.
    pub values: Vec<String>,
    /// Whether the page says that it is on its way out.
    pub deprecated: bool,
    /// Whether the page says that it can be null.
    pub nullable: bool,
    /// What the page says of it.
    #[serde(skip)]
    pub text: String,
    /// The line.
    pub line: usize,
}

/// An object type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Object {
    /// Its name.
    pub name: String,
    /// Its members.
    pub fields: Vec<Field>,
    /// The line.
    pub line: usize,
}

/// An error code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorCode {
    /// The code.
    pub code: String,
    /// The vendor's word for it, where there is one besides.
    pub name: Option<String>,
    /// What the page says of it.
    #[serde(skip)]
    pub text: String,
    /// The line.
    pub line: usize,
}

/// A worked example.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Example {
    /// Whether it is an answer.
    pub response: bool,
    /// What it holds: of a request its parameters, of an answer its body.
    pub json: Value,
    /// Whether something that saving had lost was put back.
    pub mended: bool,
    /// The line it begins with.
    pub line: usize,
}

/// A column that a page lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// The part of the page: `parameters` or `response`.
    pub part: &'static str,
    /// What the column was about.
    pub column: &'static str,
    /// The line of the table's head.
    pub line: usize,
}

impl Document {
    /// Reads a page.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut reader = Reader {
            lines: text.lines().map(|line| alone(line.trim_end_matches('\r'))).collect(),
            at: 0,
            section: Section::Other,
            object: None,
            document: Self::default(),
        };
        reader.read();
        reader.document.settle();
        reader.document
    }

    /// Notes the lifetimes that a text speaks of.
    fn lives(&mut self, text: &str, line: usize) {
        for seconds in sentences::lifetimes(text) {
            if self.lifetimes.iter().all(|other| other.what != seconds) {
                self.lifetimes.push(Told { what: seconds, line });
            }
        }
    }

    /// What is only known once all was read.
    fn settle(&mut self) {
        if self.operation.is_none() {
            let action = |field: &&Field| field.name == "Action";
            let named = self.parameters.iter().find(action);
            self.operation = named.and_then(|field| {
                sentences::identifier_in(&field.text).map(|what| Told { what, line: field.line })
            });
        }
        if let Some(field) = self.parameters.iter().find(|field| field.name == "Version")
            && let Some(version) = sentences::date_in(&field.text)
        {
            self.version = Some(Told { what: version, line: field.line });
        }
    }
}

/// A page while it is read.
struct Reader<'t> {
    lines: Vec<&'t str>,
    at: usize,
    section: Section,
    /// The object type that the next table is about.
    object: Option<Told<String>>,
    document: Document,
}

impl<'t> Reader<'t> {
    fn line(&self) -> Option<&'t str> {
        self.lines.get(self.at).copied()
    }

    fn read(&mut self) {
        while let Some(line) = self.line() {
            let bare = clean(line);
            if line.trim_start().starts_with("```") {
                self.fenced();
            } else if line.to_lowercase().contains("<table") {
                self.html();
            } else if bare.is_empty() {
                self.at += 1;
            } else if let Some(head) = Head::read(&self.lines, self.at) {
                self.table(&head);
            } else if let Some((heading, level)) = heading(line) {
                self.heading(&heading, level);
                self.at += 1;
            } else if let Some(section) = words::is_section(&bare) {
                self.section = section;
                self.object = None;
                self.at += 1;
            } else if tables::is_barred(line) {
                self.strange();
            } else if examples::begins(line, self.section) {
                self.example();
            } else {
                self.sentence(&bare);
                self.at += 1;
            }
        }
    }

    fn heading(&mut self, text: &str, level: usize) {
        self.sentence(text);
        let line = self.at + 1;
        match words::section(text) {
            Some(section) => {
                self.section = section;
                self.object = None;
            }
            // Below what an answer holds, a heading names a type.
            None if level > 1
                && matches!(self.section, Section::Parameters | Section::Response | Section::Objects)
                && sentences::is_identifier(text) =>
            {
                self.object = Some(Told { what: text.to_owned(), line });
            }
            None if level == 1 && self.document.operation.is_none() => {
                self.document.operation = sentences::title(text).map(|what| Told { what, line });
                self.section = Section::Other;
            }
            None if level <= 2 => self.section = Section::Other,
            None => {}
        }
    }

    fn sentence(&mut self, text: &str) {
        let line = self.at + 1;
        let found = &mut self.document;
        let told = |what| Told { what, line };
        if found.operation.is_none() {
            found.operation = sentences::operation(text).map(told);
        }
        if found.host.is_none() {
            found.host = sentences::host(text).map(|what| Told { what, line });
        }
        if found.rate_limit.is_none() {
            found.rate_limit = sentences::rate(text).map(|what| Told { what, line });
        }
        found.lives(text, line);
        match self.section {
            Section::Method if found.method.is_none() => {
                let word = text.trim().to_uppercase();
                if matches!(word.as_str(), "GET" | "POST" | "PUT" | "DELETE" | "PATCH" | "HEAD") {
                    found.method = Some(Told { what: word, line });
                }
            }
            Section::Address if found.path.is_none() => {
                if let Some((host, path)) = sentences::address(text) {
                    found.host = Some(Told { what: host, line });
                    found.path = Some(Told { what: path, line });
                }
            }
            _ => {}
        }
    }
}

/// A line without the bar that is all that saving left of a table's frame: the only one, at its end.
fn alone(line: &str) -> &str {
    let bare = line.trim_end();
    bare.strip_suffix('|').filter(|rest| !rest.contains('|') && !rest.ends_with('\\')).unwrap_or(line)
}

/// A heading of Markdown, or a numbered one, and its level.
fn heading(line: &str) -> Option<(String, usize)> {
    let line = line.trim();
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    if (1..=6).contains(&level) && line[level..].starts_with([' ', '<']) {
        return Some((clean(&line[level..]), level));
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = line.get(digits..)?;
    let rest = rest.strip_prefix(['.', '、', '．'])?.trim();
    let short = rest.chars().count() <= 40 && !rest.ends_with(['。', '.', ';', '；', ':', '：']);
    ((1..=2).contains(&digits) && short && words::section(rest).is_some()).then(|| (clean(rest), 2))
}

/// A text without marks: bold, code, links, tags, escapes.
fn clean(text: &str) -> String {
    let text = html::untagged(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(letter) = rest.chars().next() {
        let after = &rest[letter.len_utf8()..];
        match letter {
            '[' => {
                if let Some((inner, behind)) = link(rest) {
                    out.push_str(&clean(inner));
                    rest = behind;
                    continue;
                }
                out.push('[');
            }
            '\\' if after.starts_with(['|', '_', '*', '[', ']', '<', '>', '\\']) => {
                out.extend(after.chars().next());
                rest = &after[1..];
                continue;
            }
            '*' | '`' => {}
            other => out.push(other),
        }
        rest = after;
    }
    out.trim().to_owned()
}

/// The text of the link that this begins with, and what follows it.
fn link(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    let close = text.char_indices().find(|(_, letter)| {
        match letter {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    let behind = text.get(close.0 + 1..)?.strip_prefix('(')?;
    let end = behind.find(')')?;
    Some((text.get(1..close.0)?, behind.get(end + 1..)?))
}
