//! What people are told on stderr while a download runs: bars on a terminal, lines elsewhere.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use rdbfetch::download::{Event, Network};

use crate::output::Output;
use crate::text::{printable, size};

/// How often a file that takes long is mentioned where there is no bar.
const PAUSE: Duration = Duration::from_secs(10);

/// Follows a download.
pub struct People {
    output: Output,
    /// Where the bars are, if there are any.
    bars: Option<MultiProgress>,
    files: usize,
    /// The files that are being fetched, by their position.
    current: BTreeMap<usize, Current>,
}

/// A file that is being fetched.
struct Current {
    name: String,
    bar: Option<ProgressBar>,
    told: Instant,
}

impl People {
    /// Bars where they are wanted, else lines; nothing if nobody wants to hear it.
    #[must_use]
    pub fn new(output: Output, bars: bool) -> Self {
        let bars =
            (bars && !output.quiet).then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));
        Self { output, bars, files: 0, current: BTreeMap::new() }
    }

    /// Takes the next event.
    pub fn event(&mut self, event: Event) {
        match event {
            Event::Planned { files, bytes } => {
                self.files = files;
                let total = bytes.map(|bytes| format!(", {} in all", size(bytes))).unwrap_or_default();
                self.say(&format!("{files} {}{total}", if files == 1 { "file" } else { "files" }));
            }
            Event::Started { file, name, .. } => self.started(file, &name),
            Event::Resumed { file, bytes } => {
                self.of(file, &format!("{} are there already and are being checked", size(bytes)));
            }
            Event::Probed { problem: None } => self.say("The internal network is used."),
            Event::Probed { problem: Some(problem) } => {
                self.say(&format!("The public network is used; the internal one does not work: {problem}"));
            }
            Event::Connected { file, network: Network::Internal } if self.output.verbose > 0 => {
                self.of(file, "over the internal network");
            }
            Event::Connections { file, connections } if self.output.verbose > 0 => {
                self.of(file, &format!("at most {connections} connections"));
            }
            Event::Progress { file, received, size } => self.progress(file, received, size),
            Event::Retrying { file, attempt, problem } => {
                self.of(file, &format!("{problem}; attempt {attempt}"));
            }
            Event::Restarted { file, problem } => {
                self.of(file, &format!("{problem}; it is fetched from its beginning"));
            }
            Event::Renewed => self.say("The links had expired; the service gave new ones."),
            Event::Finished { file, entry } => {
                self.ended(file);
                let line = format!("{}: {}, {}", entry.path, size(entry.size), entry.verdict);
                self.say(&format!("{}/{} {line}", file + 1, self.files));
            }
            Event::Failed { file, problem } => {
                self.ended(file);
                self.of(file, &problem);
            }
            _ => {}
        }
    }

    /// Takes the bars away: nothing more is going to happen.
    pub fn finish(&mut self) {
        for (_, current) in std::mem::take(&mut self.current) {
            current.finish();
        }
    }

    fn started(&mut self, file: usize, name: &str) {
        let name = printable(name);
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new_spinner());
            bar.set_style(style(false));
            bar.set_message(format!("{}/{} {name}", file + 1, self.files));
            bar
        });
        self.current.insert(file, Current { name, bar, told: Instant::now() });
    }

    fn ended(&mut self, file: usize) {
        if let Some(current) = self.current.remove(&file) {
            current.finish();
        }
    }

    fn progress(&mut self, file: usize, received: u64, total: Option<u64>) {
        let files = self.files;
        let Some(current) = self.current.get_mut(&file) else { return };
        if let Some(bar) = &current.bar {
            // A file may be larger than announced, and a bar cannot be more than full.
            let total = total.filter(|total| received <= *total);
            if bar.length() != total {
                bar.set_style(style(total.is_some()));
                match total {
                    Some(total) => bar.set_length(total),
                    None => bar.unset_length(),
                }
            }
            bar.set_position(received);
        } else if current.told.elapsed() >= PAUSE {
            current.told = Instant::now();
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
            Some(bars) => bars.suspend(|| self.output.remark(line)),
            None => self.output.remark(line),
        }
    }
}

impl Current {
    fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for People {
    fn drop(&mut self) {
        self.finish();
    }
}

fn style(known: bool) -> ProgressStyle {
    let template = if known {
        "{wide_msg} [{bar:20}] {bytes}/{total_bytes} {bytes_per_sec} {eta}"
    } else {
        "{wide_msg} {bytes} {bytes_per_sec}"
    };
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}
