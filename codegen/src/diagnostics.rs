//! Problems in specs, and the names that were probably meant.

use std::ops::Range;

use crate::mend::Mends;

/// One problem: where, what, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The file, as the caller named it.
    pub file: String,
    /// The bytes it is about.
    pub span: (usize, usize),
    /// What is wrong.
    pub message: String,
    /// What is known about it, in several lines.
    pub note: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
}

/// All problems of a run, in the order of files and lines.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    list: Vec<Diagnostic>,
    /// What was mended, so that it has no further consequences.
    pub mends: Mends,
}

impl Problems {
    /// Adds a problem.
    pub fn add(&mut self, file: &str, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        let at = self.list.len();
        let span = (span.start, span.end);
        let (file, message) = (file.to_owned(), message.into());
        self.list.push(Diagnostic { file, span, message, note: None, help: None });
        &mut self.list[at]
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Adds those of another reading.
    pub fn append(&mut self, others: Self) {
        self.list.extend(others.list);
        self.mends.append(others.mends);
    }

    /// Whether one is about this file.
    #[must_use]
    pub fn concern(&self, file: &str) -> bool {
        self.list.iter().any(|problem| problem.file == file)
    }

    /// How many there are, repeats included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The problems, sorted, each once.
    #[must_use]
    pub fn sorted(&self) -> Vec<Diagnostic> {
        let mut list = self.list.clone();
        list.sort();
        list.dedup();
        list
    }
}

impl Diagnostic {
    /// Adds what to do about it.
    pub fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }
}

/// Names are compared letter by letter with so many others at most, so that large specs are answered soon.
const MAX_COMPARED: usize = 200;

/// What other languages call what has another name here.
const SYNONYMS: [(&str, &str); 24] = [
    ("description", "doc"),
    ("desc", "doc"),
    ("comment", "doc"),
    ("enum", "values"),
    ("options", "values"),
    ("range", "bounds"),
    ("in", "place"),
    ("location", "place"),
    ("secret", "sensitive"),
    ("optional", "required"),
    ("timezone", "zone"),
    ("scheme", "auth"),
    ("signature", "auth"),
    ("integer", "int64"),
    ("int", "int64"),
    ("long", "int64"),
    ("number", "double"),
    ("float", "double"),
    ("str", "string"),
    ("text", "string"),
    ("date", "timestamp"),
    ("datetime", "timestamp"),
    ("time", "timestamp"),
    ("object", "any"),
];

/// The name in `known` that `name` was probably meant to be.
#[must_use]
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let folded = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let wanted = folded(name);
    let size = wanted.chars().count();
    let mut compared = 0;
    let mut near = |candidate: &str| {
        let known = folded(candidate);
        let (short, long) = if known.len() < wanted.len() { (&known, &wanted) } else { (&wanted, &known) };
        if short.len() > 3 && long.starts_with(short.as_str()) {
            return Some(1);
        }
        let length = known.chars().count();
        if length.abs_diff(size) > 1 + known.len() / 4 || compared == MAX_COMPARED {
            return None;
        }
        compared += 1;
        // Short names share nothing with each other after two edits.
        let far = distance(&wanted, &known);
        (far <= 1 + known.len() / 4 && far < short.chars().count()).then_some(far)
    };
    let other = SYNONYMS.iter().find(|(word, _)| *word == wanted).map(|(_, ours)| *ours);
    let mut as_near =
        |candidate: &str| near(candidate).or_else(|| (other == Some(candidate)).then_some(usize::MAX));
    known
        .into_iter()
        .filter_map(|candidate| Some((as_near(candidate)?, candidate)))
        .min_by_key(|(far, _)| *far)
        .map(|(_, candidate)| candidate)
}

/// Help that names the nearest known name, or all of them where they are few.
#[must_use]
pub fn suggest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(name, known.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if known.is_empty() => None,
        None => {
            let shown: Vec<String> = known.iter().take(24).map(|one| format!("`{one}`")).collect();
            let more = if known.len() > shown.len() { ", …" } else { "" };
            Some(format!("known here: {}{more}", shown.join(", ")))
        }
    }
}

/// The edit distance of two texts, counting a swap of neighbours as one edit.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found() {
        let known = ["required", "default", "values", "request_id"];
        assert_eq!(nearest("requird", known), Some("required"));
        assert_eq!(nearest("requestId", known), Some("request_id"));
        assert_eq!(nearest("vlaues", known), Some("values"));
        assert_eq!(nearest("required_when", known), Some("required"));
        assert_eq!(nearest("zone", known), None);
        assert_eq!(nearest("b", ["a", "c"]), None);
    }
}
