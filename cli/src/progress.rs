//! What a download tells on stderr while it runs: a bar on a terminal, lines elsewhere.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rdbfetch::download::Event;

use crate::output::Output;
use crate::text::{printable, size};

/// How often a file that takes long is mentioned where there is no bar.
const PAUSE: Duration = Duration::from_secs(10);

/// Follows a download.
pub struct Progress {
    output: Output,
    /// Whether there are bars.
    draws: bool,
    /// The bar of the current file.
    bar: Option<ProgressBar>,
    files: usize,
    /// The name of the current file.
    name: String,
    told: Instant,
}

impl Progress {
    /// A bar if stderr is a terminal, lines if it is not, nothing if nobody wants to hear it.
    #[must_use]
    pub fn new(output: Output) -> Self {
        let draws = !output.quiet && io::stderr().is_terminal();
        Self { output, draws, bar: None, files: 0, name: String::new(), told: Instant::now() }
    }

    /// Takes the next event.
    pub fn event(&mut self, event: Event) {
        match event {
            Event::Planned { files, bytes } => {
                self.files = files;
                let total = bytes.map(|bytes| format!(", {} in all", size(bytes))).unwrap_or_default();
                self.say(&format!("{files} {}{total}", if files == 1 { "file" } else { "files" }));
            }
            Event::Started { file, name, .. } => {
                self.name = printable(&name);
                self.told = Instant::now();
                self.finish();
                if self.draws {
                    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
                    bar.set_style(style(false));
                    bar.set_message(format!("{}/{} {}", file + 1, self.files, self.name));
                    self.bar = Some(bar);
                }
            }
            Event::Progress { file, received, size } => self.progress(file, received, size),
            Event::Retrying { file, attempt, problem } => {
                self.say(&format!("{}/{}: {problem}; attempt {attempt}", file + 1, self.files));
            }
            Event::Renewed => self.say("The links had expired; the service gave new ones."),
            Event::Finished { file, entry } => {
                self.finish();
                self.say(&format!(
                    "{}/{} {}: {}, {}",
                    file + 1,
                    self.files,
                    entry.path,
                    size(entry.size),
                    entry.verdict
                ));
            }
            Event::Failed { file, problem } => {
                self.finish();
                self.say(&format!("{}/{}: {problem}", file + 1, self.files));
            }
            _ => {}
        }
    }

    /// Takes the bar away: nothing more is going to happen to this file.
    pub fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn progress(&mut self, file: usize, received: u64, total: Option<u64>) {
        if let Some(bar) = &self.bar {
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
        } else if self.told.elapsed() >= PAUSE {
            self.told = Instant::now();
            let of = total.map(|total| format!(" of {}", size(total))).unwrap_or_default();
            self.say(&format!("{}/{} {}: {}{of}", file + 1, self.files, self.name, size(received)));
        }
    }

    /// Says a line above the bar, or just a line.
    fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.output.remark(line)),
            None => self.output.remark(line),
        }
    }
}

impl Drop for Progress {
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
