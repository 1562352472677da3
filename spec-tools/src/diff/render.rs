//! Reports for people: as text, and as Markdown for pull requests.

use std::fmt::Write;

use super::{Change, Effect, Report};

const ALL: [Effect; 3] = [Effect::Breaking, Effect::Compatible, Effect::Documentation];

impl Report {
    /// How many differences there are of each kind, in a sentence.
    #[must_use]
    pub fn summary(&self) -> String {
        if self.changes.is_empty() {
            return "no differences".to_owned();
        }
        let counts = ALL.map(|effect| format!("{} {}", self.count(effect), effect.word()));
        let wire = self.changes.iter().filter(|change| change.wire.is_some()).count();
        format!("{}; {wire} on the wire", counts.join(", "))
    }

    /// The report as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for change in &self.changes {
            // Writing to a text cannot fail.
            let _ = writeln!(out, "{}[{}]: {}", change.effect.word(), change.rule, change.title());
            let _ = writeln!(out, " --> {}:{}:{}", change.file, change.line, change.column);
            for (word, text) in [("old", &change.old), ("new", &change.new)] {
                if let Some(text) = text {
                    let _ = writeln!(out, "  {word}: {}", one_line(text));
                }
            }
            let _ = writeln!(out, "  code: {}", change.why);
            if let Some(wire) = &change.wire {
                let _ = writeln!(out, "  wire: {wire}");
            }
            out.push('\n');
        }
        out.push_str(&self.summary());
        out
    }

    /// The report as Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = format!("## What this changes in the specs\n\n{}.\n", capital(&self.summary()));
        for effect in ALL {
            let changes: Vec<&Change> =
                self.changes.iter().filter(|change| change.effect == effect).collect();
            if changes.is_empty() {
                continue;
            }
            let _ = write!(out, "\n### {}\n\n", capital(effect.word()));
            out.push_str("| what | rule | where | old | new | for code | on the wire |\n|---|---|---|---|---|---|---|\n");
            for change in changes {
                let place = format!("`{}:{}`", change.file, change.line);
                let cells = [
                    change.title(),
                    format!("`{}`", change.rule),
                    place,
                    code(change.old.as_deref()),
                    code(change.new.as_deref()),
                    change.why.clone(),
                    change.wire.clone().unwrap_or_default(),
                ];
                let cells = cells.map(|cell| one_line(&cell).replace('|', "\\|"));
                let _ = writeln!(out, "| {} |", cells.join(" | "));
            }
        }
        out
    }
}

impl Change {
    /// What is different, with service and operation.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.operation {
            Some(operation) => format!("{} {operation}: {}", self.service, self.subject),
            None => format!("{}: {}", self.service, self.subject),
        }
    }
}

/// Text in a cell, as code: in as many backticks as it needs.
fn code(text: Option<&str>) -> String {
    let Some(text) = text else { return String::new() };
    let fence = if text.contains('`') { "``" } else { "`" };
    format!("{fence}{text}{fence}")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
