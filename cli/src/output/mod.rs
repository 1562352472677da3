//! What goes to stdout: one renderer for all commands.

mod doc;
mod query;
mod table;
mod tsv;

use std::io::{self, ErrorKind, IsTerminal, Write};

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Serialize;

pub use doc::Doc;
pub use query::Query;
pub use table::{pairs, table};

use crate::exit::Failure;
use crate::schemas::members;
use crate::text::printable;

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON document per line.
    Jsonl,
    /// Lines of cells between tabs.
    Tsv,
}

impl Format {
    /// What stdout gets when nobody says: a table on a terminal, JSON elsewhere.
    #[must_use]
    pub fn implied() -> Self {
        if io::stdout().is_terminal() { Self::Table } else { Self::Json }
    }

    /// Whether programs read the output.
    #[must_use]
    pub const fn machine(self) -> bool {
        !matches!(self, Self::Table)
    }
}

/// What a table of these has.
pub trait Row: Serialize {
    /// The heads of the columns.
    const HEADS: &'static [&'static str];

    /// The cells of this row.
    fn cells(&self) -> Vec<String>;

    /// The names of the members, for a list without rows; see [`members`](crate::schemas::members).
    fn members() -> Vec<String> {
        Vec::new()
    }
}

/// Writes results to stdout and remarks to stderr.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// How results are written.
    pub format: Format,
    /// Whether the user said so.
    pub chosen: bool,
    /// Whether there are no remarks.
    pub quiet: bool,
    /// How many times the user asked for more of them.
    pub verbose: u8,
    /// What is made of results before they are written.
    pub query: Option<&'static Query>,
}

impl Output {
    /// Writes a list: as a table, an array, or a line for each.
    ///
    /// # Errors
    ///
    /// If stdout takes no more, for another reason than that nobody reads it; or if the query does not suit.
    pub fn list<T: Row>(&self, rows: &[T]) -> Result<(), Failure> {
        self.render(&rows, &T::members(), || {
            (!rows.is_empty()).then(|| table(T::HEADS, rows.iter().map(Row::cells)))
        })
    }

    /// Writes a part of a list that is too long for memory: as TSV with a header only if it is the first one, else as a list
    /// of its own.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub fn part<T: Row>(&self, rows: &[T], first: bool) -> Result<(), Failure> {
        if self.format != Format::Tsv || self.query.is_some() || first {
            return self.list(rows);
        }
        let lines = tsv::render(&self.queried(&rows)?, &[]).unwrap_or_default();
        lines.split_once('\n').map_or(Ok(()), |(_, lines)| write(lines))
    }

    /// Writes a list, for people in a form of its own.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub fn list_as<T: JsonSchema + Serialize>(
        &self,
        rows: &[T],
        people: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        self.render(&rows, &members::<T>(), || (!rows.is_empty()).then(people))
    }

    /// Writes one object, for people in a form of its own.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub fn object<T: Serialize>(&self, object: &T, people: impl FnOnce() -> String) -> Result<(), Failure> {
        self.render(object, &[], || Some(people()))
    }

    /// Writes one object to stderr, where something else goes to stdout: as a line of JSON if JSON was asked for, else as a
    /// remark.
    ///
    /// # Errors
    ///
    /// If the query does not suit.
    pub fn aside<T: Serialize>(&self, object: &T, people: impl FnOnce() -> String) -> Result<(), Failure> {
        if self.chosen && self.format.machine() {
            // Whoever closed stderr does not want it.
            let _ = writeln!(anstream::stderr(), "{}", line(&self.queried(object)?)?.trim_end());
        } else {
            self.remark(&people());
        }
        Ok(())
    }

    /// Writes one object as JSON, for people too.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub fn json<T: Serialize>(&self, object: &T) -> Result<(), Failure> {
        let text = pretty(object)?;
        self.object(object, || text)
    }

    /// Writes one object as a line of JSON where anything but TSV is wanted: what programs wait for.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub fn first_line<T: Serialize>(&self, object: &T) -> Result<(), Failure> {
        let doc = self.queried(object)?;
        if self.format == Format::Tsv { write_tsv(&doc, &[]) } else { write(&line(&doc)?) }
    }

    /// Writes JSON that came from elsewhere: byte for byte where nothing else is asked for.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub fn received(&self, body: &[u8]) -> Result<(), Failure> {
        let plain = self.query.is_none();
        match self.format {
            Format::Json if plain => write_bytes(body),
            Format::Jsonl if plain => {
                let blank = |byte: &u8| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte };
                write_bytes(&body.iter().map(blank).collect::<Vec<_>>())
            }
            Format::Table if plain => write(&printable(&crate::text::indent(&String::from_utf8_lossy(body)))),
            _ => {
                // An answer that is text and no JSON is one text.
                let text = String::from_utf8_lossy(body);
                let doc = serde_json::from_str(&text).unwrap_or_else(|_| Doc::Text(text.into_owned()));
                self.object(&doc, String::new)
            }
        }
    }

    /// Makes sure that nothing is asked for that plain text cannot give.
    ///
    /// # Errors
    ///
    /// If there is a query.
    pub fn plain(&self, what: &str) -> Result<(), Failure> {
        match self.query {
            Some(_) => {
                Err(Failure::usage(format!("--query is for JSON, and {what} prints none. Leave it out.")))
            }
            None => Ok(()),
        }
    }

    /// Writes a result; `people` makes the table of one that no query changed, or nothing where there are no rows.
    fn render<T: Serialize>(
        &self,
        value: &T,
        header: &[String],
        people: impl FnOnce() -> Option<String>,
    ) -> Result<(), Failure> {
        if self.format == Format::Table {
            let text = match self.query {
                Some(_) => table::render(&self.queried(value)?),
                None => people(),
            };
            return match text {
                Some(text) => write(&text),
                None => {
                    self.remark("There are none.");
                    Ok(())
                }
            };
        }
        let doc = self.queried(value)?;
        match (self.format, &doc) {
            (Format::Tsv, _) if self.query.is_some() => write_tsv(&doc, &[]),
            (Format::Tsv, _) => write_tsv(&doc, header),
            (Format::Jsonl, Doc::List(rows)) => rows.iter().try_for_each(|row| write(&line(row)?)),
            (Format::Jsonl, _) => write(&line(&doc)?),
            _ => write(&pretty(&doc)?),
        }
    }

    /// The document that a result is, or what the query makes of it.
    fn queried<T: Serialize>(&self, value: &T) -> Result<Doc, Failure> {
        let doc = serde_json::from_str(&line(value)?)
            .map_err(|error| Failure::usage(format!("The result is no JSON: {error}.")))?;
        match self.query {
            Some(query) => query.apply(&doc),
            None => Ok(doc),
        }
    }

    /// Says something on stderr, unless nobody wants to hear it.
    pub fn remark(&self, text: &str) {
        if !self.quiet {
            say(text);
        }
    }

    /// Says something on stderr if the user asked for such things.
    pub fn detail(&self, text: &str) {
        if self.verbose > 0 {
            say(text);
        }
    }
}

/// Writes a line to stderr. Whoever closed stderr does not want to know.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable(text));
}

/// Writes text and a line end to stdout. A reader who has gone away is no failure.
///
/// # Errors
///
/// If stdout takes no more for another reason.
pub fn write(text: &str) -> Result<(), Failure> {
    write_bytes(text.as_bytes())
}

/// Writes text to stdout as it is. A reader who has gone away is no failure.
///
/// # Errors
///
/// If stdout takes no more for another reason.
pub fn print(text: &str) -> Result<(), Failure> {
    put(text.as_bytes(), b"")
}

/// Writes bytes and a line end to stdout. A reader who has gone away is no failure.
///
/// # Errors
///
/// If stdout takes no more for another reason.
pub fn write_bytes(bytes: &[u8]) -> Result<(), Failure> {
    put(bytes, b"\n")
}

fn put(bytes: &[u8], end: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(bytes).and_then(|()| out.write_all(end)).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::disk(format!("The result could not be written to stdout: {error}.")))
        }
        _ => Ok(()),
    }
}

/// A value as one line of JSON.
///
/// # Errors
///
/// If it is none that JSON can hold.
pub fn line<T: Serialize + ?Sized>(value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::usage(format!("The result is no JSON: {error}.")))
}

fn pretty<T: Serialize + ?Sized>(value: &T) -> Result<String, Failure> {
    serde_json::to_string_pretty(value)
        .map_err(|error| Failure::usage(format!("The result is no JSON: {error}.")))
}

/// The text, or a dash where there is none.
#[must_use]
pub fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// Writes lines of cells, where there are any.
fn write_tsv(doc: &Doc, header: &[String]) -> Result<(), Failure> {
    tsv::render(doc, header).map_or(Ok(()), |lines| write(&lines))
}
