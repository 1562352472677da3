//! Tables in HTML inside of a page, and tags anywhere.

use super::rows::Row;
use super::words::{self, Column};
use super::{Reader, clean};

/// A text without tags; a line break in it is a blank.
pub(super) fn untagged(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let inside = tag[1..].trim_start_matches('/');
        let end = tag.find('>').filter(|_| inside.starts_with(|letter: char| letter.is_ascii_alphabetic()));
        match end {
            // `List<String>` is no tag, `<div id="x">` is one.
            Some(end)
                if !before.ends_with(|letter: char| letter.is_ascii_alphanumeric()) || known(inside) =>
            {
                if inside.to_ascii_lowercase().starts_with("br") {
                    out.push(' ');
                }
                rest = &tag[end + 1..];
            }
            _ => {
                out.push('<');
                rest = &tag[1..];
            }
        }
    }
    out.push_str(rest);
    out.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

fn known(tag: &str) -> bool {
    const TAGS: [&str; 16] = [
        "br", "div", "span", "p", "a", "b", "i", "td", "tr", "th", "table", "li", "ul", "code", "strong",
        "font",
    ];
    let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
    TAGS.contains(&name.to_ascii_lowercase().as_str())
}

impl Reader<'_> {
    /// Reads a table in HTML.
    pub(super) fn html(&mut self) {
        let begin = self.at;
        let mut text = String::new();
        while let Some(line) = self.line() {
            text.push_str(line);
            text.push('\n');
            self.at += 1;
            if line.to_lowercase().contains("</table") {
                break;
            }
        }
        let mut rows: Vec<(usize, Vec<String>)> = Vec::new();
        for row in parts(&text, "<tr") {
            let line = begin + 1 + text[..row.0].matches('\n').count();
            let cells = parts(row.1, "<td").into_iter().chain(parts(row.1, "<th"));
            let mut cells: Vec<(usize, String)> =
                cells.map(|(at, cell)| (at, clean(&cell.replace('\n', " ")))).collect();
            cells.sort_by_key(|(at, _)| *at);
            rows.push((line, cells.into_iter().map(|(_, cell)| cell).collect()));
        }
        let Some((line, heads)) = rows.first() else {
            return self.unread(begin, "a table without rows");
        };
        let columns: Vec<Option<Column>> = heads.iter().map(|head| words::column(head)).collect();
        let known: Vec<Column> = columns.iter().copied().flatten().collect();
        if !words::is_head(&known) {
            return self.unread(*line - 1, "a table whose columns are not known");
        }
        let rows = rows[1..].iter().map(|(line, cells)| {
            let cell = |(at, column): (usize, &Option<Column>)| Some(((*column)?, cells.get(at)?.clone()));
            Row { line: *line, cells: columns.iter().enumerate().filter_map(cell).collect() }
        });
        let rows = rows.collect();
        self.take(&known, rows, begin + 1);
    }
}

/// The parts of a text that begin with a tag, up to the next of them, and where each begins.
fn parts<'t>(text: &'t str, tag: &str) -> Vec<(usize, &'t str)> {
    let lower = text.to_ascii_lowercase();
    let opens = |at: &usize| {
        lower[at + tag.len()..].starts_with(|letter: char| letter == '>' || letter.is_ascii_whitespace())
    };
    let starts: Vec<usize> = lower.match_indices(tag).map(|(at, _)| at).filter(opens).collect();
    let end = |index: usize| starts.get(index + 1).copied().unwrap_or(text.len());
    let mut parts = Vec::new();
    for (index, start) in starts.iter().enumerate() {
        let part = &text[*start..end(index)];
        let close = part.to_ascii_lowercase().find(&tag.replace('<', "</"));
        let part = &part[..close.unwrap_or(part.len())];
        let inner = part.find('>').map_or(part, |at| &part[at + 1..]);
        parts.push((*start, inner));
    }
    parts
}
