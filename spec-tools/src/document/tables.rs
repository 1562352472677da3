//! Tables: between bars, between tabs, between blanks, or with each cell on a line of its own.

use super::kind;
use super::rows::{Row, bars, field, goes_on, is_barred, is_rule, is_type_of, placed, split};
use super::words::{self, Column, Section};
use super::{ErrorCode, Lost, Object, Reader, Told, clean, heading, sentences};

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
        self.ends_for_sure(line) || self.title(self.at).is_some()
    }

    fn ends_for_sure(&self, line: &str) -> bool {
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
            match split(&clean(line), &known, &self.titles) {
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
            if clean(line).is_empty() {
                self.at += 1;
            } else if self.begins(&known) {
                rows.push(self.stacked_row(&known));
            } else if goes_on(&mut rows, line) {
                self.at += 1;
            } else {
                break;
            }
        }
        rows
    }

    /// Whether a row begins here whose cells stand a line each.
    fn begins(&self, known: &[Column]) -> bool {
        let Some(bare) = self.line().map(clean) else { return false };
        sentences::is_name(&bare)
            && self.following().is_some_and(|(_, next)| {
                words::required(&next).is_some()
                    || kind::leading(&next).is_some_and(|(_, rest)| rest.is_empty())
                    || is_type_of(&bare, &next, &self.titles)
                    || known.contains(&Column::Code)
            })
    }

    /// The row that begins here, each cell of which stands on a line of its own, and some of which saving left out.
    fn stacked_row(&mut self, known: &[Column]) -> Row {
        // What is often left empty.
        let spare = known.iter().filter(|column| matches!(column, Column::Default | Column::Example)).count();
        let line = self.at + 1;
        let mut cells: Vec<String> = Vec::new();
        while let Some(line) = self.line().filter(|line| !self.ends_for_sure(line)) {
            // Until it is whole, a name is a cell of it: descriptions are names at times.
            let whole = cells.len() + spare >= known.len();
            if whole && (self.title(self.at).is_some() || self.begins(known)) {
                break;
            }
            let cell = clean(line);
            if !cell.is_empty() {
                cells.push(cell);
            }
            self.at += 1;
        }
        Row { line, cells: placed(cells, known) }
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
        let coded = columns.iter().any(|column| matches!(column, Column::Code | Column::Status));
        if coded && !columns.contains(&Column::Kind) {
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
        let code =
            [Column::Code, Column::Status, Column::Name].into_iter().find_map(|column| row.cell(column));
        let Some(code) = code else {
            let what = "a row without a code".to_owned();
            return self.document.unread.push(Told { what, line: row.line });
        };
        let name = row.cell(Column::Message).filter(|name| sentences::is_identifier(name));
        let text = row.cell(Column::Text).or_else(|| row.cell(Column::Message)).unwrap_or_default();
        self.document.errors.push(ErrorCode {
            code: code.to_owned(),
            status: row.cell(Column::Status).filter(|status| *status != code).map(str::to_owned),
            name: name.map(str::to_owned),
            text: text.to_owned(),
            line: row.line,
        });
    }
}
