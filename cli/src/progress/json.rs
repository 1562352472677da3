//! What programs are told on stderr while a download runs: a line of JSON for each event.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use rdbfetch::download::{Event, Network};
use schemars::JsonSchema;
use serde::Serialize;

/// How often a file tells how far it is. Between its beginning and its end nobody needs to know every batch.
const PAUSE: Duration = Duration::from_secs(1);

/// An event. Files are counted from 0, in the order of the manifest; several are fetched at a time.
#[derive(JsonSchema, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Line<'a> {
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
    /// When each file told last how far it is.
    told: BTreeMap<usize, Instant>,
}

impl Json {
    /// Takes the next event.
    pub fn event(&mut self, event: Event) {
        if let Event::Progress { file, received, size } = &event
            && Some(*received) != *size
        {
            if self.told.get(file).is_some_and(|told| told.elapsed() < PAUSE) {
                return;
            }
            self.told.insert(*file, Instant::now());
        }
        let Some(line) = line(&event) else { return };
        if let Ok(mut text) = serde_json::to_vec(&line) {
            text.push(b'\n');
            // Nobody is there to hear that nobody hears.
            _ = io::stderr().lock().write_all(&text);
        }
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
        let shown = |event: &Event| serde_json::to_string(&line(event).unwrap()).unwrap();
        let planned = Event::Planned { files: 3, bytes: None };
        assert_eq!(shown(&planned), r#"{"event":"planned","files":3,"bytes":null}"#);
        assert_eq!(shown(&Event::Renewed), r#"{"event":"renewed"}"#);
        let odd = Event::Started { file: 0, name: "a\"\n".to_owned(), size: Some(1) };
        assert_eq!(shown(&odd), r#"{"event":"started","file":0,"name":"a\"\n","size":1}"#);
    }
}
