//! Types, as pages write them.

use std::fmt;

use serde::Serialize;

/// A type: its innermost name, and how many lists are around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// One of the language's own (`string`, `int64`, `double`, `bool`, `timestamp`), `object`, the name of an object type,
    /// or empty where only a list is spoken of.
    pub name: String,
    /// How many lists.
    pub lists: usize,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() { "any" } else { &self.name };
        write!(f, "{name}{}", "[]".repeat(self.lists))
    }
}

/// The types that the language has, by what pages call them.
const PLAIN: &[(&str, &str)] = &[
    ("string", "string"),
    ("str", "string"),
    ("text", "string"),
    ("字符串", "string"),
    ("int", "int64"),
    ("integer", "int64"),
    ("int32", "int64"),
    ("int64", "int64"),
    ("long", "int64"),
    ("uint", "int64"),
    ("uint32", "int64"),
    ("uint64", "int64"),
    ("number", "int64"),
    ("unsigned", "int64"),
    ("整数", "int64"),
    ("整型", "int64"),
    ("float", "double"),
    ("double", "double"),
    ("decimal", "double"),
    ("浮点数", "double"),
    ("bool", "bool"),
    ("boolean", "bool"),
    ("布尔", "bool"),
    ("timestamp", "timestamp"),
    ("datetime", "timestamp"),
    ("datetime_iso", "timestamp"),
    ("date", "timestamp"),
    ("object", "object"),
    ("json", "object"),
    ("map", "object"),
    ("struct", "object"),
    ("dict", "object"),
    ("对象", "object"),
    ("any", "any"),
];

/// The language's own type of this name.
pub fn plain(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    PLAIN.iter().find(|(word, _)| *word == name).map(|(_, kind)| *kind)
}

/// Reads what stands in a column of types; `None` where that is no type.
pub fn read(text: &str) -> Option<Kind> {
    let text = text.trim();
    let lower = text.to_lowercase();
    for before in ["array of ", "list of ", "arrays of "] {
        if let Some(inner) = lower.strip_prefix(before) {
            let inner = read(text.get(text.len() - inner.len()..)?)?;
            return Some(Kind { lists: inner.lists + 1, ..inner });
        }
    }
    for (open, close) in [("array[", "]"), ("list[", "]"), ("array<", ">"), ("list<", ">")] {
        if let Some(inner) = lower.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
            let inner = text.get(open.len()..open.len() + inner.len())?;
            let inner = if inner.is_empty() { Kind { name: String::new(), lists: 0 } } else { read(inner)? };
            return Some(Kind { lists: inner.lists + 1, ..inner });
        }
    }
    if let Some(inner) =
        text.strip_suffix("[]").or_else(|| text.strip_suffix(".N")).or_else(|| text.strip_suffix("数组"))
    {
        let inner = read(inner)?;
        return Some(Kind { lists: inner.lists + 1, ..inner });
    }
    if matches!(lower.as_str(), "array" | "list" | "数组") {
        return Some(Kind { name: String::new(), lists: 1 });
    }
    if lower.starts_with("timestamp") || lower.starts_with("datetime") {
        return Some(Kind { name: "timestamp".to_owned(), lists: 0 });
    }
    if lower == "unsigned integer" {
        return Some(Kind { name: "int64".to_owned(), lists: 0 });
    }
    if let Some(kind) = plain(text) {
        return Some(Kind { name: kind.to_owned(), lists: 0 });
    }
    let identifier = text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    identifier.then(|| Kind { name: text.to_owned(), lists: 0 })
}

/// The type that a line begins with, and what follows: for rows whose cells have only blanks between them.
pub fn leading(line: &str) -> Option<(Kind, &str)> {
    let mut ends: Vec<usize> = line.match_indices(char::is_whitespace).map(|(at, _)| at).collect();
    ends.push(line.len());
    // The longest that is a type: `Array of String`, not `Array`.
    ends.into_iter().take(5).collect::<Vec<_>>().into_iter().rev().find_map(|end| {
        let text = line.get(..end)?;
        let kind = read(text)?;
        let sure = plain(&kind.name).is_some() || kind.lists > 0 || kind.name.is_empty() || camel(text);
        sure.then(|| (kind, line.get(end..).unwrap_or_default().trim_start()))
    })
}

/// Whether a word is written as names of object types are: `BackupInfo`.
fn camel(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(|first| first.is_ascii_uppercase())
        && letters.clone().any(|letter| letter.is_ascii_lowercase())
        && letters.any(|letter| letter.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_as_pages_write_them() {
        for (text, kind) in [
            ("String", "string"),
            ("int", "int64"),
            ("Integer", "int64"),
            ("Unsigned Integer", "int64"),
            ("boolean", "bool"),
            ("Array of String", "string[]"),
            ("Array of Array of X", "X[][]"),
            ("array[string]", "string[]"),
            ("Array", "any[]"),
            ("DownloadUrl[]", "DownloadUrl[]"),
            ("BackupDownloadInfo", "BackupDownloadInfo"),
            ("Timestamp ISO8601", "timestamp"),
            ("Object", "object"),
        ] {
            assert_eq!(read(text).map(|kind| kind.to_string()).as_deref(), Some(kind), "{text}");
        }
        for text in ["URL in private network", "", "备份", "a-b"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_line_begins_with_the_longest_type() {
        let (kind, rest) = leading("Array of BackupInfo 备份列表").unwrap();
        assert_eq!((kind.to_string().as_str(), rest), ("BackupInfo[]", "备份列表"));
        assert_eq!(leading("String 实例 ID").unwrap().1, "实例 ID");
        assert!(leading("URL in private network").is_none());
        assert!(leading("ID of the instance").is_none());
    }
}
