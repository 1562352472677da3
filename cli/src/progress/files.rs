//! What people are told on stderr while one backup is fetched: bars on a terminal, lines elsewhere; one for each file, and one
//! for the whole.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdbfetch::download::{Event, Network};

use super::bars::{Bar, Bars};
use super::totals::Totals;
use crate::output::Output;
use crate::text::{printable, size};

/// How often a file that takes long is mentioned where there is no bar, and the whole.
pub const PAUSE: Duration = Duration::from_secs(10);

/// Follows a download.
pub struct Files {
    output: Output,
    /// Where the bars are, if there are any.
    bars: Option<Bars>,
    /// When the whole was last mentioned, where there is no bar; before that, when it began.
    told: Option<Instant>,
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
        let bars = (bars && !output.quiet).then(Bars::new);
        Self { output, bars, told: None, files: 0, current: BTreeMap::new() }
    }

    /// Takes the next event, which the totals know already.
    pub fn event(&mut self, event: &Event, totals: &Totals, now: Instant) {
        self.of_a_file(event, now);
        if matches!(event, Event::Planned { .. }) {
            self.told = Some(now);
        } else if let Some(bars) = &mut self.bars {
            bars.whole(now, || totals.now(now));
        } else if self.told.is_some_and(|told| now.duration_since(told) >= PAUSE) {
            self.told = Some(now);
            self.say(&totals.now(now).in_words());
        }
    }

    fn of_a_file(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Planned { files, bytes } => {
                let files = *files;
                self.files = files;
                let total = bytes.map(|bytes| format!(", {} in all", size(bytes))).unwrap_or_default();
                self.say(&format!("{files} {}{total}", if files == 1 { "file" } else { "files" }));
            }
            Event::Started { file, name, .. } => self.started(*file, name, now),
            Event::Resumed { file, bytes } => {
                self.of(*file, &format!("{} are there already and are being checked", size(*bytes)));
            }
            Event::Probed { problem: None } => self.say("The internal network is used."),
            Event::Probed { problem: Some(problem) } => {
                self.say(&format!("The public network is used; the internal one does not work: {problem}"));
            }
            Event::Connected { file, network: Network::Internal } if self.output.verbose > 0 => {
                self.of(*file, "over the internal network");
            }
            Event::Connections { file, connections } if self.output.verbose > 0 => {
                self.of(*file, &format!("at most {connections} connections"));
            }
            Event::Progress { file, received, size } => self.progress(*file, *received, *size, now),
            Event::Retrying { file, attempt, problem } => {
                self.of(*file, &format!("{problem}; attempt {attempt}"));
            }
            Event::Restarted { file, problem } => {
                self.of(*file, &format!("{problem}; it is fetched from its beginning"));
            }
            Event::Renewed => self.say("The links had expired; the service gave new ones."),
            Event::Finished { file, entry } => {
                self.ended(*file);
                let line = format!("{}: {}, {}", entry.path, size(entry.size), entry.verdict);
                self.say(&format!("{}/{} {line}", file + 1, self.files));
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
        self.bars = None;
        if let Some(line) = totals.conclusion(now) {
            self.say(&line);
        }
    }

    fn started(&mut self, file: usize, name: &str, now: Instant) {
        let name = printable(name);
        let bar = self.bars.as_ref().map(|bars| bars.add(format!("{}/{} {name}", file + 1, self.files)));
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
            self.say(&line);
        }
    }

    /// Says a line about a file.
    fn of(&self, file: usize, line: &str) {
        self.say(&format!("{}/{}: {line}", file + 1, self.files));
    }

    /// Says a line above the bars, or just a line.
    fn say(&self, line: &str) {
        match &self.bars {
            Some(bars) => bars.aside(|| self.output.remark(line)),
            None => self.output.remark(line),
        }
    }
}
