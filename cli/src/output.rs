//! What goes to stdout: one renderer for all commands.

use std::io::{self, ErrorKind, IsTerminal, Write};

use clap::ValueEnum;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use serde::Serialize;

use crate::exit::Failure;
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
}

impl Output {
    /// Writes a list: as a table, an array, or a line for each.
    ///
    /// # Errors
    ///
    /// If stdout takes no more, for another reason than that nobody reads it.
    pub fn list<T: Row>(&self, rows: &[T]) -> Result<(), Failure> {
        self.list_as(rows, || table(T::HEADS, rows.iter().map(Row::cells)))
    }

    /// Writes a list, for people in a form of its own.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub fn list_as<T: Serialize>(&self, rows: &[T], people: impl FnOnce() -> String) -> Result<(), Failure> {
        match self.format {
            Format::Table if rows.is_empty() => {
                self.remark("There are none.");
                Ok(())
            }
            Format::Table => write(&people()),
            Format::Json => write(&pretty(rows)?),
            Format::Jsonl => rows.iter().try_for_each(|row| write(&line(row)?)),
        }
    }

    /// Writes one object, for people in a form of its own.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub fn object<T: Serialize>(&self, object: &T, people: impl FnOnce() -> String) -> Result<(), Failure> {
        match self.format {
            Format::Table => write(&people()),
            Format::Json => write(&pretty(object)?),
            Format::Jsonl => write(&line(object)?),
        }
    }

    /// Writes one object as JSON, for people too.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub fn json<T: Serialize>(&self, object: &T) -> Result<(), Failure> {
        write(&if self.format == Format::Jsonl { line(object)? } else { pretty(object)? })
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

/// Writes bytes and a line end to stdout. A reader who has gone away is no failure.
///
/// # Errors
///
/// If stdout takes no more for another reason.
pub fn write_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(bytes).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
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

/// A table with these heads, as wide as the terminal at most.
#[must_use]
pub fn table(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(heads.iter().map(|head| head.to_uppercase()));
    table.add_rows(rows.map(|cells| cells.iter().map(|cell| printable(cell)).collect::<Vec<_>>()));
    if let Some(first) = table.column_mut(0) {
        // Names, ids and paths: they must be fit to be copied.
        first.set_constraint(ColumnConstraint::ContentWidth);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let text = table.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// Names and values, one pair a line, the values below each other.
#[must_use]
pub fn pairs(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let lines = pairs.iter().map(|(name, value)| format!("{name:width$}  {}", printable(value)));
    lines.collect::<Vec<_>>().join("\n")
}

/// The text, or a dash where there is none.
#[must_use]
pub fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_plain_text() {
        let rows = [vec!["a".to_owned(), "b\u{1b}".to_owned()], vec!["longer".to_owned(), "-".to_owned()]];
        assert_eq!(table(&["one", "two"], rows.into_iter()), "ONE     TWO\na       b\u{FFFD}\nlonger  -");
    }

    #[test]
    fn pairs_line_up() {
        assert_eq!(pairs(&[("a", "1".to_owned()), ("long", "2".to_owned())]), "a     1\nlong  2");
    }
}
