//! What a vendor's page says of an operation: Markdown, or the text that a saved page becomes, in Chinese or English.
//!
//! Pages are read line by line, since saving them loses much of what a parser of Markdown needs: the frames of tables,
//! their columns, headings, braces of examples. What a table or an example holds that cannot be made sense of is listed as
//! unread.

mod examples;
mod html;
mod kind;
mod rows;
mod sentences;
mod tables;
mod words;

use std::collections::BTreeSet;

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
    /// The HTTP status that goes with it, where the page says so besides.
    pub status: Option<String>,
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
            titles: BTreeSet::new(),
            bare: None,
            document: Self::default(),
        };
        reader.titles = (0..reader.lines.len()).filter_map(|at| reader.title(at)).collect();
        reader.read();
        let Reader { bare, mut document, .. } = reader;
        document.settle(bare);
        document
    }

    /// Notes the lifetimes that a text speaks of.
    fn lives(&mut self, text: &str, line: usize) {
        for seconds in sentences::lifetimes(text) {
            if self.lifetimes.iter().all(|other| other.what != seconds) {
                self.lifetimes.push(Told { what: seconds, line });
            }
        }
    }

    /// What is only known once all was read; `bare` is a name that stood alone above all tables.
    fn settle(&mut self, bare: Option<Told<String>>) {
        if self.operation.is_none() {
            let action = |field: &&Field| field.name == "Action";
            let named = self.parameters.iter().find(action);
            self.operation = named.and_then(|field| {
                sentences::identifier_in(&field.text).map(|what| Told { what, line: field.line })
            });
            self.operation = self.operation.take().or(bare);
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
    /// The names that stand alone above tables: those of object types.
    titles: BTreeSet<String>,
    /// The first name that stood alone above all tables: that of the operation, unless something surer names it.
    bare: Option<Told<String>>,
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
            } else if let Some(what) = self.title(self.at) {
                self.object = Some(Told { what, line: self.at + 1 });
                self.at += 1;
            } else if let Some(section) = words::is_section(&bare) {
                self.section = section;
                self.object = None;
                self.at += 1;
            } else if rows::is_barred(line) {
                self.strange();
            } else if words::is_run_together(&bare) {
                self.unread(self.at, "a table whose cells run into each other: save the page in another way");
                self.at += 1;
            } else if examples::begins(line, self.section) {
                self.example();
            } else {
                self.sentence(&bare);
                self.at += 1;
            }
        }
    }

    /// The name that stands alone on this line, with a table below it.
    fn title(&self, at: usize) -> Option<String> {
        let text = clean(self.lines.get(at)?);
        if !sentences::is_identifier(&text)
            || words::column(&text).is_some()
            || words::is_section(&text).is_some()
        {
            return None;
        }
        let next = at + 1 + self.lines.get(at + 1..)?.iter().position(|line| !clean(line).is_empty())?;
        Head::read(&self.lines, next).map(|_| text)
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
            // The host can stand on the next line.
            let next = self.lines.get(self.at + 1).filter(|_| text.ends_with([':', '：']));
            let whole = next.map_or_else(|| text.to_owned(), |next| format!("{text} {}", clean(next)));
            found.host = sentences::host(&whole).map(|what| Told { what, line });
        }
        if found.rate_limit.is_none() {
            found.rate_limit = sentences::rate(text).map(|what| Told { what, line });
        }
        found.lives(text, line);
        let nothing_yet = found.parameters.is_empty() && found.response.is_empty() && found.errors.is_empty();
        if self.bare.is_none() && nothing_yet && sentences::is_compound(text) {
            self.bare = Some(Told { what: text.to_owned(), line });
        }
        if matches!(self.section, Section::Method | Section::Address) {
            self.route(text, line);
        }
        if let Some(section) = words::glued(text) {
            self.section = section;
            self.object = None;
        }
    }

    /// Notes the method and the URL of requests, where a line says nothing else; whether it does.
    fn route(&mut self, text: &str, line: usize) -> bool {
        const METHODS: [&str; 6] = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"];
        let (word, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
        let method = Some(word.to_uppercase()).filter(|word| METHODS.contains(&word.as_str()));
        let address = sentences::address(if method.is_some() { rest } else { text });
        if method.is_some() && address.is_none() && !rest.is_empty() {
            return false;
        }
        let found = &mut self.document;
        let said = method.is_some() || address.is_some();
        if let Some(what) = method.filter(|_| found.method.is_none()) {
            found.method = Some(Told { what, line });
        }
        if let Some((host, path)) = address.filter(|_| found.path.is_none()) {
            found.host = Some(Told { what: host, line });
            found.path = Some(Told { what: path, line });
        }
        said
    }
}

/// A line without the bar that is all that saving left of a table's frame: the only one, at its end. A line that is
/// nothing else stays, since it is an empty cell.
fn alone(line: &str) -> &str {
    let bare = line.trim_end();
    let rest = bare.strip_suffix('|').filter(|rest| !rest.contains('|') && !rest.ends_with('\\'));
    rest.filter(|rest| !rest.trim().is_empty()).unwrap_or(line)
}

/// A heading of Markdown, one with a number, or one that is an item of a list, and its level.
fn heading(line: &str) -> Option<(String, usize)> {
    let line = line.trim();
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    if (1..=6).contains(&level) && line[level..].starts_with([' ', '<']) {
        return Some((clean(&line[level..]), level));
    }
    if let Some(item) = line.strip_prefix(['-', '*', '•']).map(clean) {
        return words::is_section(&item).map(|_| (item, 2));
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
