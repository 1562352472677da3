//! What people are told on stderr while one backup is fetched: bars on a terminal, lines elsewhere; one for each file, and one
//! for the whole.

use std::collections::BTreeMap;
use std::time::Instant;

use rdbfetch::download::{Event, Network};

use super::bars::Bar;
use super::people::{PAUSE, People};
use super::totals::Totals;
use crate::output::Output;
use crate::text::{printable, size};

/// Follows a download.
pub struct Files {
    people: People,
    files: usize,
    /// The files that are being fetched, by their position.
    current: BTreeMap<usize, Current>,
}

/// A file that is being fetched.
struct Current {
    name: String,
    bar: Option<Bar>,
    told: Instant,
}

impl Files {
    /// Bars where they are wanted, else lines; nothing if nobody wants to hear it.
    #[must_use]
    pub fn new(output: Output, bars: bool) -> Self {
        Self { people: People::new(output, bars), files: 0, current: BTreeMap::new() }
    }

    /// Takes the next event, which the totals know already.
    pub fn event(&mut self, event: &Event, totals: &Totals, now: Instant) {
        self.of_a_file(event, now);
        if matches!(event, Event::Planned { .. }) {
            self.people.begin(now);
        } else {
            self.people.whole(totals, now);
        }
    }

    fn of_a_file(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Planned { files, bytes } => {
                let files = *files;
                self.files = files;
                let total = bytes.map(|bytes| format!(", {} in all", size(bytes))).unwrap_or_default();
                self.people.say(&format!("{files} {}{total}", if files == 1 { "file" } else { "files" }));
            }
            Event::Started { file, name, .. } => self.started(*file, name, now),
            Event::Resumed { file, bytes } => {
                self.of(*file, &format!("{} are there already and are being checked", size(*bytes)));
            }
            Event::Probed { problem: None } => self.people.say("The internal network is used."),
            Event::Probed { problem: Some(problem) } => {
                self.people
                    .say(&format!("The public network is used; the internal one does not work: {problem}"));
            }
            Event::Connected { file, network: Network::Internal } if self.people.want_more() => {
                self.of(*file, "over the internal network");
            }
            Event::Connections { file, connections } if self.people.want_more() => {
                self.of(*file, &format!("at most {connections} connections"));
            }
            Event::Progress { file, received, size } => self.progress(*file, *received, *size, now),
            Event::Retrying { file, attempt, problem } => {
                self.of(*file, &format!("{problem}; attempt {attempt}"));
            }
            Event::Restarted { file, problem } => {
                self.of(*file, &format!("{problem}; it is fetched from its beginning"));
            }
            Event::Renewed => self.people.say("The links had expired; the service gave new ones."),
            Event::Finished { file, entry } => {
                self.ended(*file);
                let line = format!("{}: {}, {}", entry.path, size(entry.size), entry.verdict);
                self.people.say(&format!("{}/{} {line}", file + 1, self.files));
            }
            Event::Failed { file, problem } => {
                self.ended(*file);
                self.of(*file, problem);
            }
            _ => {}
        }
    }

    /// Takes the bars away, and says how much came in all.
    pub fn finish(&mut self, totals: &Totals, now: Instant) {
        self.current.clear();
        self.people.finish(totals, now);
    }

    fn started(&mut self, file: usize, name: &str, now: Instant) {
        let name = printable(name);
        let bar = self.people.bar(|| format!("{}/{} {name}", file + 1, self.files));
        self.current.insert(file, Current { name, bar, told: now });
    }

    fn ended(&mut self, file: usize) {
        self.current.remove(&file);
    }

    fn progress(&mut self, file: usize, received: u64, total: Option<u64>, now: Instant) {
        let files = self.files;
        let Some(current) = self.current.get_mut(&file) else { return };
        if let Some(bar) = &current.bar {
            bar.at(received, total);
        } else if files > 1 && now.duration_since(current.told) >= PAUSE {
            // Of one file, the line about the whole says the same and more.
            current.told = now;
            let of = total.map(|total| format!(" of {}", size(total))).unwrap_or_default();
            let line = format!("{}/{files} {}: {}{of}", file + 1, current.name, size(received));
            self.people.say(&line);
        }
    }

    /// Says a line about a file.
    fn of(&self, file: usize, line: &str) {
        self.people.say(&format!("{}/{}: {line}", file + 1, self.files));
    }
}
