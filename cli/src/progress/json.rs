//! What programs are told on stderr while downloads run: a line of JSON for each event.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use rdbfetch::download::{Event, Network};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use super::totals::Snapshot;
use super::{About, Outcome};

/// How often a file tells how far it is, and the whole. Between its beginning and its end nobody needs to know every batch.
const PAUSE: Duration = Duration::from_secs(1);

/// A line: what happened, and to which backup.
#[derive(Serialize)]
pub struct Told<'a> {
    #[serde(flatten)]
    line: Line<'a>,
    #[serde(flatten)]
    about: &'a About,
}

/// What `flatten` makes of an enum and a struct says less of either than this: an object for each event.
impl JsonSchema for Told<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Told".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let about = About::json_schema(generator);
        let mut schema = Line::json_schema(generator);
        let lines = schema.ensure_object().get_mut("oneOf").and_then(|lines| lines.as_array_mut());
        for line in lines.into_iter().flatten() {
            if let (Some(line), Some(about)) = (line["properties"].as_object_mut(), about.get("properties")) {
                line.extend(about.as_object().cloned().unwrap_or_default());
            }
            if let (Some(line), Some(about)) = (line["required"].as_array_mut(), about.get("required")) {
                line.extend(about.as_array().cloned().unwrap_or_default());
            }
        }
        schema
    }
}

/// An event. Files are counted from 0, in the order of the manifest; several are fetched at a time, and so are backups.
#[derive(JsonSchema, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Line<'a> {
    /// Of many backups: one is begun.
    BackupBegun,
    /// Of many backups: of one, nothing is left to do.
    BackupEnded {
        /// What became of it, as in the report.
        #[schemars(extend("enum" = ["pulled", "already", "planned", "skipped", "failed"]))]
        status: &'static str,
        /// The bytes of its files; null where they are not there.
        bytes: Option<u64>,
        /// What went wrong, and what to do next; null where nothing did.
        problem: Option<&'a str>,
    },
    /// How far the whole is; at most once a second, and at the end. It is about no single one of many backups.
    Total {
        /// How many bytes are there.
        received: u64,
        /// The bytes of all files; null as long as that is not known, and for many backups.
        size: Option<u64>,
        /// How many bytes come per second, as an average over some seconds; null in the first one.
        rate: Option<u64>,
        /// In how many seconds all is there if it goes on like this; null where nobody can tell.
        seconds_left: Option<u64>,
        /// How often new links were asked for.
        renewals: u64,
        /// Of many backups: how many are done, without those that failed; null for one backup.
        backups_done: Option<u64>,
        /// Of many backups: how many failed; null for one backup.
        backups_failed: Option<u64>,
        /// Of many backups: how many there are; null until all instances are listed, and for one backup.
        backups_known: Option<u64>,
    },
    /// The links are there.
    Planned {
        /// How many files there are.
        files: usize,
        /// How many bytes in all; null where the service does not say so for every file.
        bytes: Option<u64>,
    },
    /// A file is begun.
    Started {
        /// Which file.
        file: usize,
        /// The name it gets.
        name: &'a str,
        /// Its size in bytes as the service says it; null where it does not.
        size: Option<u64>,
    },
    /// Another run has fetched some of a file.
    Resumed {
        /// Which file.
        file: usize,
        /// How many bytes are there.
        bytes: u64,
    },
    /// It was tried whether the internal network can be used.
    Probed {
        /// Why not; null if it can.
        problem: Option<&'a str>,
    },
    /// From now on, a file comes over this network.
    Connected {
        /// Which file.
        file: usize,
        /// The network.
        #[schemars(extend("enum" = ["public", "internal"]))]
        network: &'static str,
    },
    /// From now on, a file is fetched over so many connections at most.
    Connections {
        /// Which file.
        file: usize,
        /// How many.
        connections: usize,
    },
    /// How far a file is; at most once a second for each.
    Progress {
        /// Which file.
        file: usize,
        /// How many bytes are there.
        received: u64,
        /// Its size in bytes; null as long as it is not known.
        size: Option<u64>,
    },
    /// Something of a file is asked for again.
    Retrying {
        /// Which file.
        file: usize,
        /// Which attempt comes now.
        attempt: u32,
        /// What went wrong.
        problem: &'a str,
    },
    /// A file is begun anew.
    Restarted {
        /// Which file.
        file: usize,
        /// What went wrong.
        problem: &'a str,
    },
    /// New links were asked for.
    Renewed,
    /// A file is there from an earlier run, and was read and checked again.
    Kept {
        /// Which file.
        file: usize,
        /// Where it is, from the current folder.
        path: &'a str,
        /// Its size in bytes.
        size: u64,
        /// The SHA-256 of its bytes, in hexadecimal digits.
        sha256: &'a str,
    },
    /// A file is there.
    Finished {
        /// Which file.
        file: usize,
        /// Where it is, from the current folder.
        path: &'a str,
        /// Its size in bytes.
        size: u64,
        /// The SHA-256 of its bytes, in hexadecimal digits.
        sha256: &'a str,
        /// What its check concluded.
        #[schemars(extend("enum" = ["ok", "not-verifiable", "corrupt"]))]
        verdict: &'static str,
    },
    /// A file is given up.
    Failed {
        /// Which file.
        file: usize,
        /// What went wrong.
        problem: &'a str,
    },
}

/// Writes the lines.
#[derive(Default)]
pub struct Json {
    /// When each file of each backup told last how far it is.
    told: BTreeMap<(u64, usize), Instant>,
    /// When it was last told how far the whole is.
    total: Option<Instant>,
}

impl Json {
    /// A backup is begun.
    pub fn begun(about: &About) {
        write(Line::BackupBegun, about);
    }

    /// Takes what happened to a backup.
    pub fn event(&mut self, backup: u64, about: &About, event: &Event, now: Instant) {
        match event {
            Event::Progress { file, received, size } if Some(*received) != *size => {
                let told = self.told.get(&(backup, *file));
                if told.is_some_and(|told| now.duration_since(*told) < PAUSE) {
                    return;
                }
                self.told.insert((backup, *file), now);
            }
            Event::Finished { file, .. } | Event::Failed { file, .. } => {
                self.told.remove(&(backup, *file));
            }
            _ => {}
        }
        if let Some(line) = line(event) {
            write(line, about);
        }
    }

    /// A backup ended.
    pub fn ended(&mut self, backup: u64, about: &About, outcome: &Outcome<'_>) {
        self.told.retain(|(other, _), _| *other != backup);
        let problem = if let Outcome::Failed(problem) = outcome { Some(*problem) } else { None };
        write(Line::BackupEnded { status: outcome.word(), bytes: outcome.bytes(), problem }, about);
    }

    /// Tells how far the whole is, if that was not told just now.
    pub fn total(&mut self, about: &About, now: Instant, snapshot: impl FnOnce() -> Snapshot) {
        if self.is_due(now) {
            write(total(&snapshot()), about);
        }
    }

    /// Whether the whole is to be told, which it then is.
    fn is_due(&mut self, now: Instant) -> bool {
        let due = self.total.is_none_or(|told| now.duration_since(told) >= PAUSE);
        if due {
            self.total = Some(now);
        }
        due
    }

    /// Tells it at the end.
    pub fn finish(about: &About, snapshot: &Snapshot) {
        write(total(snapshot), about);
    }
}

fn total(now: &Snapshot) -> Line<'static> {
    Line::Total {
        received: now.received,
        size: now.size,
        rate: now.rate,
        seconds_left: now.left.map(|left| left.as_secs()),
        renewals: now.renewals,
        backups_done: now.backups.map(|backups| backups.done),
        backups_failed: now.backups.map(|backups| backups.failed),
        backups_known: now.backups.and_then(|backups| backups.known),
    }
}

fn write(line: Line<'_>, about: &About) {
    if let Ok(mut text) = serde_json::to_vec(&Told { line, about }) {
        text.push(b'\n');
        // Nobody is there to hear that nobody hears.
        _ = io::stderr().lock().write_all(&text);
    }
}

/// An event as a line; `None` for those that came later than this program.
fn line(event: &Event) -> Option<Line<'_>> {
    Some(match event {
        Event::Planned { files, bytes } => Line::Planned { files: *files, bytes: *bytes },
        Event::Started { file, name, size } => Line::Started { file: *file, name, size: *size },
        Event::Resumed { file, bytes } => Line::Resumed { file: *file, bytes: *bytes },
        Event::Probed { problem } => Line::Probed { problem: problem.as_deref() },
        Event::Connected { file, network } => {
            let network = if *network == Network::Internal { "internal" } else { "public" };
            Line::Connected { file: *file, network }
        }
        Event::Connections { file, connections } => {
            Line::Connections { file: *file, connections: *connections }
        }
        Event::Progress { file, received, size } => {
            Line::Progress { file: *file, received: *received, size: *size }
        }
        Event::Retrying { file, attempt, problem } => {
            Line::Retrying { file: *file, attempt: *attempt, problem }
        }
        Event::Restarted { file, problem } => Line::Restarted { file: *file, problem },
        Event::Renewed => Line::Renewed,
        Event::Kept { file, entry } => {
            Line::Kept { file: *file, path: &entry.path, size: entry.size, sha256: &entry.sha256 }
        }
        Event::Finished { file, entry } => Line::Finished {
            file: *file,
            path: &entry.path,
            size: entry.size,
            sha256: &entry.sha256,
            verdict: entry.verdict.as_str(),
        },
        Event::Failed { file, problem } => Line::Failed { file: *file, problem },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_lines_of_json() {
        let about = About { service: Some("acme".to_owned()), ..About::default() };
        let shown = |event: &Event| {
            let line = line(event).unwrap();
            let text = serde_json::to_string(&Told { line, about: &about }).unwrap();
            let rest = r#","service":"acme","region":null,"instance":null,"backup":null}"#;
            text.strip_suffix(rest).unwrap_or_else(|| panic!("{text}")).to_owned()
        };
        let planned = Event::Planned { files: 3, bytes: None };
        assert_eq!(shown(&planned), r#"{"event":"planned","files":3,"bytes":null"#);
        assert_eq!(shown(&Event::Renewed), r#"{"event":"renewed""#);
        let odd = Event::Started { file: 0, name: "a\"\n".to_owned(), size: Some(1) };
        assert_eq!(shown(&odd), r#"{"event":"started","file":0,"name":"a\"\n","size":1"#);
    }

    #[test]
    fn the_whole_is_told_once_a_second() {
        let (mut json, begun) = (Json::default(), Instant::now());
        let due =
            [0, 500, 999, 1000, 1500, 2100].map(|millis| json.is_due(begun + Duration::from_millis(millis)));
        assert_eq!(due, [true, false, false, true, false, true]);
    }
}
