//! `--output tsv`: one line for each row, cells between tabs.
//!
//! Objects have a header line with the names of their members; lists and single values have none. Null is an empty
//! cell. A tab, a line feed, a carriage return and a backslash inside a cell are written `\t`, `\n`, `\r` and `\\`;
//! lists and objects inside a cell are JSON.

use super::doc::{Doc, Rows};

/// The lines, without an end to the last one; `None` where there is not even a header.
#[must_use]
pub fn render(doc: &Doc, header: &[String]) -> Option<String> {
    let list = match doc {
        Doc::List(list) => list.as_slice(),
        other => std::slice::from_ref(other),
    };
    let rows = Rows::of(list);
    let mut lines = Vec::new();
    match &rows {
        Rows::Named(names, _) => lines.push(line(names.iter().copied())),
        // Scripts can tell no rows from no answer.
        _ if list.is_empty() && !header.is_empty() => lines.push(line(header.iter().map(String::as_str))),
        _ => {}
    }
    let cells = rows.cells().into_iter().map(|cells| {
        let cells: Vec<String> = cells.into_iter().map(Doc::cell).collect();
        line(cells.iter().map(String::as_str))
    });
    lines.extend(cells);
    if lines.is_empty() { None } else { Some(lines.join("\n")) }
}

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    cells.map(escape).collect::<Vec<_>>().join("\t")
}

fn escape(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len());
    for character in cell.chars() {
        match character {
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tsv(json: &str) -> Option<String> {
        render(&serde_json::from_str(json).unwrap(), &[])
    }

    #[test]
    fn every_shape_has_its_lines() {
        let list = r#"[{"a":1,"b":null,"c":{"d":[]}},{"a":"x","e":true}]"#;
        assert_eq!(tsv(list).unwrap(), "a\tb\tc\te\n1\t\t{\"d\":[]}\t\nx\t\t\ttrue");
        assert_eq!(tsv(r#"{"a":1,"b":"c"}"#).unwrap(), "a\tb\n1\tc");
        assert_eq!(tsv(r#"[[1,"a"],[2,null]]"#).unwrap(), "1\ta\n2\t");
        assert_eq!(tsv(r#"["a",null,"b"]"#).unwrap(), "a\n\nb");
        assert_eq!(tsv(r#""a""#).unwrap(), "a");
        assert_eq!(tsv("null").unwrap(), "");
        assert_eq!(tsv("[]"), None);
        let header = ["a".to_owned(), "b".to_owned()];
        assert_eq!(render(&Doc::List(Vec::new()), &header).unwrap(), "a\tb");
    }

    #[test]
    fn cells_stay_in_their_line() {
        assert_eq!(tsv(r#"[["a\tb","c\nd\r\n","\\n"]]"#).unwrap(), "a\\tb\tc\\nd\\r\\n\t\\\\n");
    }
}
