//! Bars on a terminal, and below them a line for the whole.

use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::totals::Snapshot;

/// How often the line for the whole changes.
const PAUSE: Duration = Duration::from_millis(200);

/// Bars, the last one of which is that of the whole.
pub struct Bars {
    all: MultiProgress,
    whole: ProgressBar,
    told: Option<Instant>,
}

/// A bar, which goes away when it is dropped.
pub struct Bar(ProgressBar);

impl Bars {
    /// On stderr.
    #[must_use]
    pub fn new() -> Self {
        Self::on(ProgressDrawTarget::stderr())
    }

    fn on(target: ProgressDrawTarget) -> Self {
        let all = MultiProgress::with_draw_target(target);
        let whole = all.add(ProgressBar::new_spinner());
        whole.set_style(style("{wide_msg}"));
        Self { all, whole, told: None }
    }

    /// A bar above that of the whole.
    #[must_use]
    pub fn add(&self, text: String) -> Bar {
        let bar = self.all.insert_before(&self.whole, ProgressBar::new_spinner());
        bar.set_style(of_size(false));
        bar.set_message(text);
        Bar(bar)
    }

    /// How far the whole is, unless that was told just now.
    pub fn whole(&mut self, now: Instant, snapshot: impl FnOnce() -> Snapshot) {
        if self.told.is_some_and(|told| now.duration_since(told) < PAUSE) {
            return;
        }
        self.told = Some(now);
        let snapshot = snapshot();
        let (at, all) = match (snapshot.size, snapshot.backups) {
            (Some(size), _) => (snapshot.received, Some(size)),
            (None, Some(backups)) => (backups.done + backups.failed, backups.known),
            (None, None) => (snapshot.received, None),
        };
        // A bar cannot be more than full.
        let all = all.filter(|all| at <= *all);
        self.whole.set_message(snapshot.in_words());
        if self.whole.length() != all {
            self.whole.set_style(style(if all.is_some() { "{wide_msg} [{bar:20}]" } else { "{wide_msg}" }));
            resize(&self.whole, all);
        }
        self.whole.set_position(at);
    }

    /// Does something that writes to the terminal, above the bars.
    pub fn aside(&self, action: impl FnOnce()) {
        self.all.suspend(action);
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.whole.finish_and_clear();
    }
}

impl Bar {
    /// Another text.
    pub fn call(&self, text: String) {
        self.0.set_message(text);
    }

    /// So much is there.
    pub fn at(&self, received: u64, total: Option<u64>) {
        // A file may be larger than announced, and a bar cannot be more than full.
        let total = total.filter(|total| received <= *total);
        if self.0.length() != total {
            self.0.set_style(of_size(total.is_some()));
            resize(&self.0, total);
        }
        self.0.set_position(received);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn resize(bar: &ProgressBar, length: Option<u64>) {
    match length {
        Some(length) => bar.set_length(length),
        None => bar.unset_length(),
    }
}

fn of_size(known: bool) -> ProgressStyle {
    style(if known {
        "{wide_msg} [{bar:20}] {bytes}/{total_bytes} {bytes_per_sec} {eta}"
    } else {
        "{wide_msg} {bytes} {bytes_per_sec}"
    })
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use indicatif::TermLike;

    use super::*;

    /// A terminal that remembers what was written.
    #[derive(Clone, Debug, Default)]
    struct Terminal(Arc<Mutex<String>>);

    impl TermLike for Terminal {
        fn width(&self) -> u16 {
            80
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)?;
            self.write_str("\n")
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_whole_stands_below_the_others() {
        let terminal = Terminal::default();
        let mut bars = Bars::on(ProgressDrawTarget::term_like(Box::new(terminal.clone())));
        let one = bars.add("1/2 one".to_owned());
        one.at(512, Some(1024));
        let whole = || Snapshot { received: 512, size: Some(2048), renewals: 2, ..Snapshot::default() };
        bars.whole(Instant::now(), whole);
        bars.aside(|| {});
        let shown = terminal.0.lock().unwrap().clone();
        let last = shown.rfind("1/2 one").expect("the file");
        let below = shown.rfind("total: 512 B of 2.0 KiB, links renewed 2 times").expect("the whole");
        assert!(below > last, "{shown:?}");
        assert!(shown.contains("512 B/1.00 KiB") && shown.contains("[=====>"), "{shown:?}");
    }
}
