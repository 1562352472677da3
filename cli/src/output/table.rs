//! `--output table`: for people. No colours, and no wider than the terminal where it can be helped.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use unicode_width::UnicodeWidthStr;

use super::doc::{Doc, Rows};
use crate::text::printable;

/// A table with these heads, as wide as the terminal at most; `COLUMNS` goes before what the terminal says.
#[must_use]
pub fn table(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.trim().parse::<u16>().ok());
    lay_out(heads, rows, columns.filter(|columns| *columns > 0))
}

fn lay_out(heads: &[&str], rows: impl Iterator<Item = Vec<String>>, width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(width) = width {
        table.set_width(width);
    }
    if !heads.is_empty() {
        table.set_header(heads.iter().map(|head| head.to_uppercase()));
    }
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
    let width = pairs.iter().map(|(name, _)| name.width()).max().unwrap_or_default();
    let lines = pairs.iter().map(|(name, value)| {
        let blanks = " ".repeat(width - name.width());
        format!("{}{blanks}  {}", printable(name), printable(value)).trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Any document: what a query leaves. `None` where there are no rows.
#[must_use]
pub fn render(doc: &Doc) -> Option<String> {
    match doc {
        Doc::List(list) => {
            let rows = Rows::of(list);
            let cells =
                rows.cells().into_iter().map(|cells| cells.into_iter().map(cell).collect::<Vec<String>>());
            match &rows {
                _ if list.is_empty() => None,
                Rows::Named(names, _) => Some(table(names, cells)),
                Rows::Lists(_) => Some(table(&[], cells)),
                Rows::Values(_) => Some(cells.flatten().collect::<Vec<_>>().join("\n")),
            }
        }
        Doc::Object(members) => {
            let members: Vec<(&str, String)> =
                members.iter().map(|(name, value)| (name.as_str(), cell(value))).collect();
            Some(pairs(&members))
        }
        other => Some(cell(other)),
    }
}

fn cell(value: &Doc) -> String {
    if *value == Doc::Null { "-".to_owned() } else { printable(&value.cell()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cells: &[&[&str]]) -> impl Iterator<Item = Vec<String>> {
        cells
            .iter()
            .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
            .collect::<Vec<_>>()
            .into_iter()
    }

    #[test]
    fn tables_are_plain_text() {
        let rows = rows(&[&["a", "b\u{1b}"], &["longer", "-"]]);
        assert_eq!(lay_out(&["one", "two"], rows, None), "ONE     TWO\na       b\u{FFFD}\nlonger  -");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let rows = rows(&[&["备份", "x"], &["abcd", "y"]]);
        assert_eq!(lay_out(&["one", "two"], rows, None), "ONE   TWO\n备份  x\nabcd  y");
        assert_eq!(pairs(&[("备份", "1".to_owned()), ("abcd", "2".to_owned())]), "备份  1\nabcd  2");
    }

    #[test]
    fn tables_fit() {
        let words = "word ".repeat(30);
        let text = lay_out(&["id", "doc"], rows(&[&["an-id-to-be-copied", &words]]), Some(40));
        assert!(text.lines().count() > 3, "{text}");
        for line in text.lines() {
            assert!(line.width() <= 40, "{text}");
        }
        assert!(text.contains("an-id-to-be-copied"), "{text}");
    }

    #[test]
    fn pairs_line_up() {
        assert_eq!(pairs(&[("a", "1".to_owned()), ("long", "2".to_owned())]), "a     1\nlong  2");
    }

    #[test]
    fn what_a_query_leaves_can_be_shown() {
        let show = |json: &str| render(&serde_json::from_str(json).unwrap());
        assert_eq!(show(r#"[{"a":1,"b":null}]"#).unwrap(), "A  B\n1  -");
        assert_eq!(show(r#"[[1,2],[3,4]]"#).unwrap(), "1  2\n3  4");
        assert_eq!(show(r#"["x","y"]"#).unwrap(), "x\ny");
        assert_eq!(show(r#"{"a":{"b":1}}"#).unwrap(), "a  {\"b\":1}");
        assert_eq!(show("null").unwrap(), "-");
        assert_eq!(show("[]"), None);
    }
}
