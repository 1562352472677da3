//! How far everything is: bytes, backups, how fast, and how long it still takes. It goes by events and the times at which they
//! come, so that nobody waits for it.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use rdbfetch::download::Event;

use crate::text::{lasting, size};

/// Over how long a rate is an average: long enough to be calm, short enough to notice a change.
const SPAN: Duration = Duration::from_secs(20);

/// How long one sample of a rate stands for all that come after it.
const SAMPLE: Duration = Duration::from_millis(500);

/// The shortest time that says something about a rate.
const SHORTEST: Duration = Duration::from_secs(1);

/// Of how many backups that ended last the pace is taken.
const ENDINGS: usize = 64;

/// How far everything is.
pub struct Totals {
    begun: Instant,
    /// The backups that are being fetched, by number.
    running: BTreeMap<u64, Tally>,
    /// The bytes of those that ended.
    settled: u64,
    /// The bytes that came over the network.
    fetched: u64,
    rate: Rate,
    renewals: u64,
    /// Where there are many backups: how many.
    backups: Option<Backups>,
    /// When those ended that ended last.
    endings: VecDeque<Instant>,
}

/// How far one backup is.
#[derive(Default)]
struct Tally {
    files: BTreeMap<usize, File>,
    /// How many files there are, and their bytes, where the service says so for all of them.
    planned: Option<(usize, Option<u64>)>,
}

/// How far a file is.
#[derive(Default)]
struct File {
    received: u64,
    size: Option<u64>,
}

/// How many backups there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backups {
    /// Those of which nothing is left to do, and that did not fail.
    pub done: u64,
    /// Those that failed.
    pub failed: u64,
    /// All, once their number is known.
    pub known: Option<u64>,
}

/// How far everything is at some moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The bytes that are there.
    pub received: u64,
    /// The bytes of all that is to be there, where known.
    pub size: Option<u64>,
    /// Bytes per second that come over the network.
    pub rate: Option<u64>,
    /// How long it still takes, as far as can be told.
    pub left: Option<Duration>,
    /// How often links were asked for again.
    pub renewals: u64,
    /// The backups, where there are many.
    pub backups: Option<Backups>,
}

impl Totals {
    /// Of one backup, or of many.
    #[must_use]
    pub fn new(many: bool, now: Instant) -> Self {
        Self {
            begun: now,
            running: BTreeMap::new(),
            settled: 0,
            fetched: 0,
            rate: Rate::new(now),
            renewals: 0,
            backups: many.then(Backups::default),
            endings: VecDeque::from([now]),
        }
    }

    /// Whether it is about many backups.
    #[must_use]
    pub const fn many(&self) -> bool {
        self.backups.is_some()
    }

    /// So many backups there are.
    pub fn know(&mut self, known: Option<u64>) {
        if let Some(backups) = &mut self.backups {
            backups.known = known;
        }
    }

    /// Takes what happened to a backup.
    pub fn event(&mut self, backup: u64, event: &Event, now: Instant) {
        let tally = self.running.entry(backup).or_default();
        match event {
            Event::Planned { files, bytes } => tally.planned = Some((*files, *bytes)),
            Event::Started { file, size, .. } => tally.of(*file).size = *size,
            // They were fetched by another run.
            Event::Resumed { file, bytes } => tally.of(*file).received = *bytes,
            Event::Restarted { file, .. } => tally.of(*file).received = 0,
            Event::Progress { file, received, size } => {
                let of = tally.of(*file);
                self.fetched += received.saturating_sub(of.received);
                of.received = *received;
                of.size = size.or(of.size);
            }
            Event::Kept { file, entry } | Event::Finished { file, entry } => {
                *tally.of(*file) = File { received: entry.size, size: Some(entry.size) };
            }
            Event::Renewed => self.renewals += 1,
            _ => return,
        }
        self.rate.note(self.fetched, now);
    }

    /// A backup ended: with so many bytes that are there, or none where it failed.
    pub fn end(&mut self, backup: u64, bytes: Option<u64>, now: Instant) {
        let left = self.running.remove(&backup).unwrap_or_default();
        self.settled += bytes.unwrap_or_else(|| left.received());
        let Some(backups) = &mut self.backups else { return };
        match bytes {
            Some(_) => backups.done += 1,
            None => backups.failed += 1,
        }
        if self.endings.len() >= ENDINGS {
            self.endings.pop_front();
        }
        self.endings.push_back(now);
    }

    /// How far a backup is: the bytes that are there, and those that are to be.
    #[must_use]
    pub fn of(&self, backup: u64) -> (u64, Option<u64>) {
        self.running.get(&backup).map_or((0, None), |tally| (tally.received(), tally.size()))
    }

    /// How far everything is.
    #[must_use]
    pub fn now(&self, now: Instant) -> Snapshot {
        let received = self.settled + self.running.values().map(Tally::received).sum::<u64>();
        let rate = self.rate.per_second(self.fetched, now);
        let mut running = self.running.values();
        let size = match self.backups {
            // What comes after those that are being fetched is not known.
            Some(_) => None,
            None => running.next().and_then(Tally::size).filter(|size| *size >= received),
        };
        let left = match self.backups {
            Some(backups) => self.pace(backups, now),
            None => size
                .zip(rate)
                .filter(|(_, rate)| *rate > 0)
                .map(|(size, rate)| Duration::from_secs((size - received).div_ceil(rate))),
        };
        Snapshot { received, size, rate, left, renewals: self.renewals, backups: self.backups }
    }

    /// How long the other backups take if they end as fast as the last ones did.
    fn pace(&self, backups: Backups, now: Instant) -> Option<Duration> {
        let left = backups.known?.checked_sub(backups.done + backups.failed)?;
        let ended = u32::try_from(self.endings.len() - 1).ok().filter(|ended| *ended > 0)?;
        let each = now.duration_since(*self.endings.front()?) / ended;
        each.checked_mul(u32::try_from(left).ok()?)
    }

    /// What there is to say at the end, if anything was done.
    #[must_use]
    pub fn conclusion(&self, now: Instant) -> Option<String> {
        if self.fetched == 0 && self.backups.is_none() {
            return None;
        }
        let took = now.duration_since(self.begun);
        let mut parts = Vec::new();
        let backups = self.backups.map(|backups| backups.in_words());
        parts.extend(backups);
        parts.push(format!("{} fetched in {}", size(self.fetched), lasting(took)));
        if took >= SHORTEST && self.fetched > 0 {
            parts.push(format!("{}/s", size(per_second(self.fetched, took))));
        }
        parts.extend(renewed(self.renewals));
        Some(format!("total: {}", parts.join(", ")))
    }
}

impl Backups {
    fn in_words(self) -> String {
        let all = self.known.map(|known| format!(" of {known}")).unwrap_or_default();
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        format!("{}{all} backups{failed}", self.done)
    }
}

impl Snapshot {
    /// In words.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.backups.map(Backups::in_words));
        let of = self.size.map(|all| format!(" of {}", size(all))).unwrap_or_default();
        parts.push(format!("{}{of}", size(self.received)));
        parts.extend(self.rate.map(|rate| format!("{}/s", size(rate))));
        parts.extend(self.left.map(|left| format!("{} left", lasting(left))));
        parts.extend(renewed(self.renewals));
        format!("total: {}", parts.join(", "))
    }
}

fn renewed(renewals: u64) -> Option<String> {
    match renewals {
        0 => None,
        1 => Some("links renewed once".to_owned()),
        times => Some(format!("links renewed {times} times")),
    }
}

impl Tally {
    fn of(&mut self, file: usize) -> &mut File {
        self.files.entry(file).or_default()
    }

    fn received(&self) -> u64 {
        self.files.values().map(|file| file.received).sum()
    }

    /// As the service said it, or the sum of what is known of every file, which is more precise.
    fn size(&self) -> Option<u64> {
        let (files, bytes) = self.planned?;
        if self.files.len() < files {
            return bytes;
        }
        self.files.values().try_fold(0, |sum: u64, file| sum.checked_add(file.size?)).or(bytes)
    }
}

/// How many bytes come per second, as an average over a while.
struct Rate {
    /// How many bytes had come at some moments, the oldest first; never none.
    samples: VecDeque<(Instant, u64)>,
}

impl Rate {
    fn new(now: Instant) -> Self {
        Self { samples: VecDeque::from([(now, 0)]) }
    }

    fn note(&mut self, bytes: u64, now: Instant) {
        if self.samples.back().is_none_or(|(at, _)| now.duration_since(*at) >= SAMPLE) {
            self.samples.push_back((now, bytes));
        }
        // One that is older than the span is where it begins.
        while self.samples.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= SPAN) {
            self.samples.pop_front();
        }
    }

    fn per_second(&self, bytes: u64, now: Instant) -> Option<u64> {
        let (from, before) = self.samples.front()?;
        let took = now.duration_since(*from);
        (took >= SHORTEST).then(|| per_second(bytes.saturating_sub(*before), took))
    }
}

fn per_second(bytes: u64, took: Duration) -> u64 {
    let millis = took.as_millis().max(1);
    u64::try_from(u128::from(bytes) * 1000 / millis).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn progress(file: usize, received: u64, size: Option<u64>) -> Event {
        Event::Progress { file, received, size }
    }

    #[test]
    fn one_backup_has_bytes_a_rate_and_an_end() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let mut totals = Totals::new(false, begun);
        totals.event(0, &Event::Planned { files: 2, bytes: Some(100 * MIB) }, begun);
        totals.event(0, &Event::Resumed { file: 0, bytes: 40 * MIB }, begun);
        assert_eq!(totals.now(begun).rate, None, "nobody knows yet");
        totals.event(0, &progress(0, 50 * MIB, Some(60 * MIB)), at(5));
        let now = totals.now(at(5));
        assert_eq!((now.received, now.size), (50 * MIB, Some(100 * MIB)));
        // Of the 50 MiB, another run has brought 40.
        assert_eq!((now.rate, now.left), (Some(2 * MIB), Some(Duration::from_secs(25))));
        totals.event(0, &Event::Renewed, at(5));
        assert_eq!(
            totals.now(at(5)).in_words(),
            "total: 50.0 MiB of 100.0 MiB, 2.0 MiB/s, 25 s left, links renewed once"
        );
        // What is known of the files goes before what was announced.
        totals.event(0, &progress(1, 10 * MIB, Some(41 * MIB)), at(6));
        assert_eq!(totals.now(at(6)).size, Some(101 * MIB));
        totals.event(0, &Event::Restarted { file: 1, problem: String::new() }, at(6));
        assert_eq!(totals.now(at(6)).received, 50 * MIB);
    }

    #[test]
    fn a_rate_forgets_what_is_long_past() {
        let begun = Instant::now();
        let mut rate = Rate::new(begun);
        for second in 0..100 {
            // A mebibyte a second for a minute, then nothing.
            rate.note(MIB * second.min(60), begun + Duration::from_secs(second));
            assert!(rate.samples.len() < 50);
        }
        assert_eq!(rate.per_second(60 * MIB, begun + Duration::from_secs(100)), Some(0));
    }

    #[test]
    fn many_backups_end_as_fast_as_the_last_ones() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let mut totals = Totals::new(true, begun);
        totals.event(7, &progress(0, 5, None), at(1));
        for backup in 0..3 {
            totals.end(backup, Some(10), at(2 * (backup + 1)));
        }
        totals.end(3, None, at(8));
        assert_eq!(totals.now(at(8)).left, None, "their number is not known");
        totals.know(Some(14));
        let now = totals.now(at(8));
        assert_eq!(now.backups, Some(Backups { done: 3, failed: 1, known: Some(14) }));
        assert_eq!((now.left, now.received), (Some(Duration::from_secs(20)), 35));
        assert_eq!(now.in_words(), "total: 3 of 14 backups, 1 failed, 35 B, 0 B/s, 20 s left");
        // Memory is not for ever.
        for backup in 8..1000 {
            totals.end(backup, Some(0), at(9));
        }
        assert_eq!((totals.endings.len(), totals.running.len()), (ENDINGS, 1));
        let end = totals.conclusion(at(70)).unwrap();
        assert_eq!(end, "total: 995 of 14 backups, 1 failed, 5 B fetched in 1 min 10 s, 0 B/s");
    }

    #[test]
    fn nothing_is_said_in_the_end_where_nothing_was_fetched() {
        let begun = Instant::now();
        assert_eq!(Totals::new(false, begun).conclusion(begun), None);
        let none = Totals::new(true, begun).conclusion(begun).unwrap();
        assert_eq!(none, "total: 0 backups, 0 B fetched in less than a second");
    }
}
