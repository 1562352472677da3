//! Tables: between bars, between tabs, between blanks, or with each cell on a line of its own.

use super::kind;
use super::words::{self, Column, Section};
use super::{ErrorCode, Field, Kind, Lost, Object, Reader, Told, clean, heading, sentences};

/// How much is shown of what stands in the place of a type, in characters.
const ODD: usize = 24;

/// How the cells of a table are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Bars,
    Tabs,
    Blanks,
    Lines,
}

/// The head of a table.
#[derive(Debug)]
pub(super) struct Head {
    style: Style,
    /// What each column is about; `None` is a head that nobody knows.
    columns: Vec<Option<Column>>,
    /// How many lines it takes.
    lines: usize,
}

/// A row: what stands in which column.
#[derive(Debug)]
pub(super) struct Row {
    /// The line it begins with, from 1.
    pub(super) line: usize,
    pub(super) cells: Vec<(Column, String)>,
}

impl Row {
    fn cell(&self, column: Column) -> Option<&str> {
        let found = self.cells.iter().find(|(one, _)| *one == column);
        found.map(|(_, text)| text.trim()).filter(|text| !text.is_empty())
    }
}

impl Head {
    /// The head that begins with this line, if one does.
    pub(super) fn read(lines: &[&str], at: usize) -> Option<Self> {
        let line = *lines.get(at)?;
        if line.contains('|') {
            return Self::of(Style::Bars, bars(line), 1);
        }
        if line.contains('\t') {
            return Self::of(Style::Tabs, line.split('\t').map(clean).collect(), 1);
        }
        let line = clean(line);
        if let Some(columns) = words::columns(&line) {
            let columns = columns.into_iter().map(Some).collect();
            return Some(Self { style: Style::Blanks, columns, lines: 1 });
        }
        // Each head on a line of its own.
        words::column(&line)?;
        let heads = lines[at..].iter().map(|line| clean(line)).filter(|line| !line.is_empty());
        let heads: Vec<String> = heads.take_while(|line| words::column(line).is_some()).collect();
        let mut lines_taken = 0;
        let mut left = heads.len();
        while left > 0 {
            left -= usize::from(!clean(lines.get(at + lines_taken)?).is_empty());
            lines_taken += 1;
        }
        Self::of(Style::Lines, heads, lines_taken)
    }

    fn of(style: Style, heads: Vec<String>, lines: usize) -> Option<Self> {
        let columns: Vec<Option<Column>> = heads.iter().map(|head| words::column(head)).collect();
        let known: Vec<Column> = columns.iter().copied().flatten().collect();
        words::is_head(&known).then_some(Self { style, columns, lines })
    }

    fn known(&self) -> Vec<Column> {
        self.columns.iter().copied().flatten().collect()
    }
}

/// The cells between bars.
fn bars(line: &str) -> Vec<String> {
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

fn is_rule(cells: &[String]) -> bool {
    cells.iter().all(|cell| !cell.is_empty() && cell.bytes().all(|byte| matches!(byte, b'-' | b':' | b' ')))
}

/// Whether a line is a row of several cells between bars.
pub(super) fn is_barred(line: &str) -> bool {
    bars(line).len() > 1
}

impl Reader<'_> {
    /// Passes over a table whose head nobody knows, and says so.
    pub(super) fn strange(&mut self) {
        self.unread(self.at, "a table whose columns are not known");
        while self.line().is_some_and(is_barred) && Head::read(&self.lines, self.at).is_none() {
            self.at += 1;
        }
    }

    /// Reads the table of this head.
    pub(super) fn table(&mut self, head: &Head) {
        let line = self.at + 1;
        self.at += head.lines;
        let rows = match head.style {
            Style::Bars => self.barred(head),
            Style::Tabs => self.tabbed(head),
            Style::Blanks => self.blank(head),
            Style::Lines => self.stacked(head),
        };
        self.take(&head.known(), rows, line);
    }

    /// Notes something of which no sense could be made.
    pub(super) fn unread(&mut self, at: usize, what: &str) {
        self.document.unread.push(Told { what: what.to_owned(), line: at + 1 });
    }

    fn barred(&mut self, head: &Head) -> Vec<Row> {
        let mut rows = Vec::new();
        while let Some(line) = self.line().filter(|line| line.contains('|')) {
            // The next table can follow at once.
            if Head::read(&self.lines, self.at).is_some() {
                break;
            }
            let cells = bars(line);
            if !is_rule(&cells) {
                if cells.len() > head.columns.len() {
                    self.unread(self.at, "a row with more cells than its table has columns");
                }
                rows.push(self.row(head, cells));
            }
            self.at += 1;
        }
        rows
    }

    fn row(&self, head: &Head, cells: Vec<String>) -> Row {
        let cells = head.columns.iter().zip(cells).filter_map(|(column, cell)| Some(((*column)?, cell)));
        Row { line: self.at + 1, cells: cells.collect() }
    }

    /// Whether a table ends before this line.
    fn ends(&self, line: &str) -> bool {
        heading(line).is_some()
            || words::is_section(&clean(line)).is_some()
            || Head::read(&self.lines, self.at).is_some()
            || line.trim_start().starts_with("```")
            || line.trim_start().starts_with(['{', '}'])
    }

    fn tabbed(&mut self, head: &Head) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        while let Some(line) = self.line().filter(|line| !self.ends(line)) {
            if line.contains('\t') {
                rows.push(self.row(head, line.split('\t').map(clean).collect()));
            } else if !goes_on(&mut rows, line) {
                break;
            }
            self.at += 1;
        }
        rows
    }

    fn blank(&mut self, head: &Head) -> Vec<Row> {
        let known = head.known();
        let mut rows: Vec<Row> = Vec::new();
        while let Some(line) = self.line().filter(|line| !self.ends(line)) {
            match split(&clean(line), &known) {
                Some(cells) => rows.push(Row { line: self.at + 1, cells }),
                None if goes_on(&mut rows, line) => {}
                None => break,
            }
            self.at += 1;
        }
        rows
    }

    fn stacked(&mut self, head: &Head) -> Vec<Row> {
        let known = head.known();
        let mut rows: Vec<Row> = Vec::new();
        while let Some(line) = self.line().filter(|line| !self.ends(line)) {
            let bare = clean(line);
            if bare.is_empty() {
                self.at += 1;
                continue;
            }
            let begins = sentences::is_name(&bare)
                && self.following().is_some_and(|(_, next)| {
                    words::required(&next).is_some()
                        || kind::leading(&next).is_some_and(|(_, rest)| rest.is_empty())
                        || known.contains(&Column::Code)
                });
            if !begins {
                if !goes_on(&mut rows, line) {
                    break;
                }
                self.at += 1;
                continue;
            }
            let mut row = Row { line: self.at + 1, cells: Vec::new() };
            for column in &known {
                let Some(line) = self.line().filter(|line| !self.ends(line)) else { break };
                let cell = clean(line);
                let fits = match column {
                    Column::Required => words::required(&cell).is_some(),
                    Column::Kind => kind::read(&cell).is_some(),
                    _ => true,
                };
                if !fits {
                    continue;
                }
                row.cells.push((*column, cell));
                self.at += 1;
                while self.line().is_some_and(|line| line.trim().is_empty()) {
                    self.at += 1;
                }
            }
            rows.push(row);
        }
        rows
    }

    /// The next line that is not empty, after this one.
    fn following(&self) -> Option<(usize, String)> {
        let after = self.lines.iter().enumerate().skip(self.at + 1);
        after.map(|(at, line)| (at, clean(line))).find(|(_, line)| !line.is_empty())
    }

    /// Takes the rows of a table to where they belong.
    pub(super) fn take(&mut self, columns: &[Column], rows: Vec<Row>, line: usize) {
        if rows.is_empty() {
            return self.unread(line - 1, "a table without rows");
        }
        if columns.contains(&Column::Code) && !columns.contains(&Column::Kind) {
            for row in rows {
                self.code(&row);
            }
            return;
        }
        let part = match self.section {
            Section::Response => "response",
            Section::Parameters => "parameters",
            _ if columns.contains(&Column::Required) => "parameters",
            _ => "response",
        };
        let told = |row: &Row| row.cell(Column::Required).and_then(words::required).is_some();
        if columns.contains(&Column::Required) && !rows.iter().any(told) {
            self.document.lost.push(Lost { part, column: "required", line });
        }
        let mut fields = Vec::new();
        for row in rows {
            match field(&row, columns) {
                Some(field) => {
                    self.document.lives(&field.text, field.line);
                    fields.push(field);
                }
                None => self
                    .document
                    .unread
                    .push(Told { what: "a row without a name".to_owned(), line: row.line }),
            }
        }
        match self.object.take() {
            Some(Told { what: name, line }) => self.document.objects.push(Object { name, fields, line }),
            None if part == "parameters" => self.document.parameters.extend(fields),
            None => self.document.response.extend(fields),
        }
    }

    fn code(&mut self, row: &Row) {
        let Some(code) = row.cell(Column::Code).or_else(|| row.cell(Column::Name)) else {
            let what = "a row without a code".to_owned();
            return self.document.unread.push(Told { what, line: row.line });
        };
        let name = row.cell(Column::Message).filter(|name| sentences::is_identifier(name));
        let text = row.cell(Column::Text).or_else(|| row.cell(Column::Message)).unwrap_or_default();
        self.document.errors.push(ErrorCode {
            code: code.to_owned(),
            name: name.map(str::to_owned),
            text: text.to_owned(),
            line: row.line,
        });
    }
}

/// Adds a line to the text of the last row; there must be one.
fn goes_on(rows: &mut [Row], line: &str) -> bool {
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
fn split(line: &str, columns: &[Column]) -> Option<Vec<(Column, String)>> {
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

fn field(row: &Row, columns: &[Column]) -> Option<Field> {
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
    Some(Field {
        name,
        kind: kind.or_else(|| (lists > 0 && cell.is_none()).then(|| Kind { name: String::new(), lists })),
        odd_kind,
        required: row.cell(Column::Required).and_then(words::required),
        default: told.map(str::to_owned).or_else(|| sentences::default(text)),
        values: sentences::values(text),
        deprecated: words::holds(text, words::DEPRECATED),
        nullable: words::holds(text, words::NULLABLE),
        text: text.to_owned(),
        line: row.line,
    })
}
