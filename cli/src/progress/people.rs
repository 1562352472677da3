//! How people are told something on stderr: bars on a terminal, lines elsewhere, and how far the whole is.

use std::time::{Duration, Instant};

use super::bars::{Bar, Bars};
use super::totals::Totals;
use crate::output::Output;

/// How often something that takes long is mentioned where there is no bar.
pub const PAUSE: Duration = Duration::from_secs(10);

/// Tells people.
pub struct People {
    output: Output,
    /// Where the bars are, if there are any.
    bars: Option<Bars>,
    /// When the whole was last mentioned, where there is no bar; before that, when it began.
    told: Option<Instant>,
}

impl People {
    /// Bars where they are wanted, else lines; nothing if nobody wants to hear it.
    #[must_use]
    pub fn new(output: Output, bars: bool) -> Self {
        let bars = (bars && !output.quiet).then(Bars::new);
        Self { output, bars, told: None }
    }

    /// Whether they want to hear more than what matters.
    #[must_use]
    pub fn want_more(&self) -> bool {
        self.output.verbose > 0
    }

    /// A bar, where there are any.
    #[must_use]
    pub fn bar(&self, text: impl FnOnce() -> String) -> Option<Bar> {
        self.bars.as_ref().map(|bars| bars.add(text()))
    }

    /// Says a line above the bars, or just a line.
    pub fn say(&self, line: &str) {
        match &self.bars {
            Some(bars) => bars.aside(|| self.output.remark(line)),
            None => self.output.remark(line),
        }
    }

    /// From now on, if not before, the whole is mentioned once in a while.
    pub fn begin(&mut self, now: Instant) {
        self.told.get_or_insert(now);
    }

    /// How far the whole is, if it has begun and that was not told just now.
    pub fn whole(&mut self, totals: &Totals, now: Instant) {
        if let Some(bars) = &mut self.bars {
            bars.whole(now, || totals.now(now));
        } else if self.told.is_some_and(|told| now.duration_since(told) >= PAUSE) {
            self.told = Some(now);
            self.say(&totals.now(now).in_words());
        }
    }

    /// Takes the bars away, and says how much came in all.
    pub fn finish(&mut self, totals: &Totals, now: Instant) {
        self.bars = None;
        if let Some(line) = totals.conclusion(now) {
            self.say(&line);
        }
    }
}
