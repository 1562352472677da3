//! Rows of tables: which cells they have, whatever keeps those apart, and what a row says of a field.

use std::collections::BTreeSet;

use super::words::{self, Column};
use super::{Field, Kind, clean, kind, sentences};

/// How much is shown of what stands in the place of a type, in characters.
const ODD: usize = 24;

/// A row: what stands in which column.
#[derive(Debug)]
pub(super) struct Row {
    /// The line it begins with, from 1.
    pub(super) line: usize,
    pub(super) cells: Vec<(Column, String)>,
}

impl Row {
    pub(super) fn cell(&self, column: Column) -> Option<&str> {
        let found = self.cells.iter().find(|(one, _)| *one == column);
        found.map(|(_, text)| text.trim()).filter(|text| !text.is_empty())
    }
}

/// The cells between bars.
pub(super) fn bars(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for letter in line.chars() {
        if letter == '|' && !escaped {
            cells.push(String::new());
        } else if let Some(cell) = cells.last_mut() {
            cell.push(letter);
        }
        escaped = letter == '\\' && !escaped;
    }
    // What follows the last bar is no cell.
    if cells.len() > 1 && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        cells.pop();
    }
    cells.iter().map(|cell| clean(cell)).collect()
}

pub(super) fn is_rule(cells: &[String]) -> bool {
    cells.iter().all(|cell| !cell.is_empty() && cell.bytes().all(|byte| matches!(byte, b'-' | b':' | b' ')))
}

/// Whether a line is a row of several cells between bars.
pub(super) fn is_barred(line: &str) -> bool {
    bars(line).len() > 1
}

/// Adds a line to the text of the last row; there must be one.
pub(super) fn goes_on(rows: &mut [Row], line: &str) -> bool {
    let Some(row) = rows.last_mut() else { return false };
    let line = clean(line);
    match row.cells.iter_mut().find(|(column, _)| *column == Column::Text) {
        Some((_, text)) => {
            text.push('\n');
            text.push_str(&line);
        }
        None => row.cells.push((Column::Text, line)),
    }
    true
}

/// The cells of a row that have only blanks between them; `None` where the line is no row of its own.
pub(super) fn split(
    line: &str,
    columns: &[Column],
    titles: &BTreeSet<String>,
) -> Option<Vec<(Column, String)>> {
    let (first, mut rest) = word(line);
    let mut cells = Vec::new();
    let mut sure = false;
    for (at, column) in columns.iter().enumerate() {
        match column {
            Column::Name if at == 0 => {
                if !sentences::is_name(first) {
                    return None;
                }
                sure |= first.contains('.') && !first.ends_with(['.', '。']);
                cells.push((*column, first.to_owned()));
            }
            Column::Code if at == 0 => {
                if !sentences::is_code(first) || rest.is_empty() {
                    return None;
                }
                sure = true;
                cells.push((*column, first.to_owned()));
            }
            Column::Code => {
                let (next, behind) = word(rest);
                if sentences::is_code(next) {
                    cells.push((*column, next.to_owned()));
                    rest = behind;
                }
            }
            Column::Status => {
                let (next, behind) = if at == 0 { (first, rest) } else { word(rest) };
                if next.len() == 3 && next.bytes().all(|byte| byte.is_ascii_digit()) {
                    cells.push((*column, next.to_owned()));
                    (rest, sure) = (behind, true);
                } else if at == 0 {
                    return None;
                }
            }
            Column::Required => {
                let (next, behind) = word(rest);
                if words::required(next).is_some() {
                    cells.push((*column, next.to_owned()));
                    (rest, sure) = (behind, true);
                }
            }
            Column::Kind => {
                if let Some((kind, behind)) = kind::leading(rest) {
                    let length = rest.len() - behind.len();
                    cells.push((*column, rest.get(..length)?.trim().to_owned()));
                    sure |= !kind.name.is_empty() || kind.lists > 0;
                    rest = behind;
                } else {
                    let (next, behind) = word(rest);
                    if is_type_of(first, next, titles) {
                        cells.push((*column, next.to_owned()));
                        (rest, sure) = (behind, true);
                    }
                }
            }
            Column::Message => {
                let (next, behind) = word(rest);
                if sentences::is_identifier(next) {
                    cells.push((*column, next.to_owned()));
                    rest = behind;
                }
            }
            // What stands before the last column of all is not told from it.
            Column::Text if !columns[at + 1..].contains(&Column::Text) => {
                let (text, required) = tail(rest, &columns[at + 1..]);
                cells.push((*column, text.to_owned()));
                sure |= required.is_some();
                cells.extend(required.map(|word| (Column::Required, word.to_owned())));
                break;
            }
            _ => {}
        }
    }
    sure.then_some(cells)
}

/// Whether a word is the type of a field of this name, although it is written like any other word: it is called like
/// the field (`result Result`), or a table of the page is about it.
pub(super) fn is_type_of(name: &str, word: &str, titles: &BTreeSet<String>) -> bool {
    word.starts_with(|letter: char| letter.is_ascii_uppercase())
        && sentences::is_identifier(word)
        && (titles.contains(word) || word.eq_ignore_ascii_case(name) && word != name)
}

/// The cells of a row, in their columns: those that saving left out are told by what fits where.
pub(super) fn placed(cells: Vec<String>, known: &[Column]) -> Vec<(Column, String)> {
    let mut cells = cells.into_iter().peekable();
    let mut placed: Vec<(Column, String)> = Vec::new();
    let mut left = cells.len();
    for (at, column) in known.iter().enumerate() {
        let Some(cell) = cells.peek() else { break };
        let fits = match column {
            // An empty cell.
            _ if cell == "|" => true,
            Column::Required => words::required(cell).is_some(),
            Column::Kind => kind::read(cell).is_some(),
            Column::Default | Column::Example => left > known.len() - at - 1 && is_value(cell),
            _ => true,
        };
        if fits && let Some(cell) = cells.next() {
            left -= 1;
            if cell != "|" {
                placed.push((*column, cell));
            }
        }
    }
    let rest: Vec<String> = cells.filter(|cell| cell != "|").collect();
    if !rest.is_empty() {
        match placed.iter_mut().find(|(column, _)| *column == Column::Text) {
            Some((_, text)) => *text = format!("{text}\n{}", rest.join("\n")),
            None => placed.push((Column::Text, rest.join("\n"))),
        }
    }
    placed
}

/// Whether a cell can be a value: one word in Latin letters, or JSON.
fn is_value(cell: &str) -> bool {
    cell.starts_with(['[', '{', '"']) || cell.is_ascii() && !cell.contains(char::is_whitespace)
}

/// A text, and the word behind it that says what is required, where that column comes last.
fn tail<'l>(text: &'l str, behind: &[Column]) -> (&'l str, Option<&'l str>) {
    if behind.contains(&Column::Required)
        && let Some((before, last)) = text.rsplit_once(char::is_whitespace)
        && words::required(last).is_some()
    {
        return (before.trim(), Some(last));
    }
    (text, None)
}

/// The first word of a line, and what follows.
fn word(line: &str) -> (&str, &str) {
    let line = line.trim_start();
    line.split_once(char::is_whitespace).map_or((line, ""), |(word, rest)| (word, rest.trim_start()))
}

pub(super) fn field(row: &Row, columns: &[Column]) -> Option<Field> {
    let written = row.cell(Column::Name)?;
    let (name, lists) = sentences::name(written)?;
    let text = row.cell(Column::Text).unwrap_or_default();
    let cell = row.cell(Column::Kind);
    let mut kind = cell.and_then(kind::read);
    if let Some(kind) = kind.as_mut().filter(|kind| kind.lists < lists) {
        kind.lists = lists;
    }
    // Between blanks nobody knows where such a cell ends.
    let beginning = || text.lines().next().unwrap_or_default().chars().take(ODD).collect::<String>();
    let odd = cell.map(str::to_owned).or_else(|| columns.contains(&Column::Kind).then(beginning));
    let odd_kind = odd.filter(|odd| kind.is_none() && !odd.is_empty());
    let told = row.cell(Column::Default).filter(|text| !matches!(*text, "-" | "--" | "无" | "None" | "N/A"));
    // A sentence such as `the default is backward` names no value of a number.
    let is_bool = kind.as_ref().is_some_and(|kind| kind.name == "bool");
    let number = kind.as_ref().is_some_and(|kind| kind.name == "int64");
    let in_text = sentences::default(text).filter(|found| !number || found.parse::<i64>().is_ok());
    Some(Field {
        name,
        kind: kind.or_else(|| (lists > 0 && cell.is_none()).then(|| Kind { name: String::new(), lists })),
        odd_kind,
        required: row.cell(Column::Required).and_then(words::required),
        default: told.map(str::to_owned).or(in_text),
        values: if is_bool { Vec::new() } else { sentences::values(text) },
        deprecated: words::holds(text, words::DEPRECATED),
        nullable: words::holds(text, words::NULLABLE),
        text: text.to_owned(),
        line: row.line,
    })
}
