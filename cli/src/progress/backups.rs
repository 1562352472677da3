//! What people are told on stderr while many backups are fetched: bars on a terminal, lines elsewhere; one for each backup, and
//! one for the whole.

use std::collections::BTreeMap;
use std::time::Instant;

use rdbfetch::download::Event;

use super::bars::Bar;
use super::people::People;
use super::totals::Totals;
use super::{About, Outcome};
use crate::output::Output;
use crate::text::{printable, size};

/// Follows many downloads.
pub struct Backups {
    people: People,
    /// The bar of each backup that is being fetched.
    current: BTreeMap<u64, Bar>,
}

impl Backups {
    /// Bars where they are wanted, else lines; nothing if nobody wants to hear it.
    #[must_use]
    pub fn new(output: Output, bars: bool) -> Self {
        Self { people: People::new(output, bars), current: BTreeMap::new() }
    }

    /// A backup is begun.
    pub fn begun(&mut self, backup: u64, about: &About) {
        if let Some(bar) = self.people.bar(|| name(about)) {
            self.current.insert(backup, bar);
        }
    }

    /// Takes what happened to a backup, which the totals know already.
    pub fn event(&mut self, backup: u64, about: &About, event: &Event, totals: &Totals, now: Instant) {
        if let Some(bar) = self.current.get(&backup) {
            if matches!(event, Event::Planned { .. }) {
                bar.call(name(about));
            }
            let (received, all) = totals.of(backup);
            bar.at(received, all);
        }
        // Of hundreds of backups, nobody wants to hear of every hitch.
        if self.people.want_more()
            && let Some(line) = hitch(event)
        {
            self.people.say(&format!("{}: {line}", name(about)));
        }
        self.whole(totals, now);
    }

    /// A backup ended.
    pub fn ended(
        &mut self,
        backup: u64,
        about: &About,
        outcome: &Outcome<'_>,
        totals: &Totals,
        now: Instant,
    ) {
        self.current.remove(&backup);
        let what = match outcome {
            Outcome::Pulled(bytes) => format!("is there, {}", size(*bytes)),
            Outcome::Already(bytes) => format!("is there already, {}", size(*bytes)),
            Outcome::Planned => "would be fetched".to_owned(),
            Outcome::Skipped => "has no finished backup".to_owned(),
            Outcome::Failed(problem) => (*problem).to_owned(),
        };
        // On a terminal, each gets one line that stays, as elsewhere.
        self.people.say(&format!("{}: {what}", name(about)));
        self.whole(totals, now);
    }

    fn whole(&mut self, totals: &Totals, now: Instant) {
        self.people.begin(now);
        self.people.whole(totals, now);
    }

    /// Takes the bars away, and says what there is in all.
    pub fn finish(&mut self, totals: &Totals, now: Instant) {
        self.current.clear();
        self.people.finish(totals, now);
    }
}

/// What people know a backup by.
fn name(about: &About) -> String {
    let words = [&about.service, &about.instance, &about.backup];
    let words: Vec<String> = words.into_iter().flatten().map(|word| printable(word)).collect();
    words.join(" ")
}

/// What went otherwise than it should, though not wrong.
fn hitch(event: &Event) -> Option<String> {
    match event {
        Event::Probed { problem: Some(problem) } => {
            Some(format!("the public network is used; the internal one does not work: {problem}"))
        }
        Event::Retrying { file, attempt, problem } => {
            Some(format!("file {}: {problem}; attempt {attempt}", file + 1))
        }
        Event::Restarted { file, problem } => {
            Some(format!("file {}: {problem}; it is fetched from its beginning", file + 1))
        }
        Event::Failed { file, problem } => Some(format!("file {}: {problem}", file + 1)),
        Event::Renewed => Some("the links had expired; the service gave new ones".to_owned()),
        _ => None,
    }
}
