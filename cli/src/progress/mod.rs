//! What is told on stderr while downloads run: of one backup, or of many.

mod backups;
mod bars;
mod files;
pub mod json;
mod people;
mod totals;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rdbfetch::download::Event;
use schemars::JsonSchema;
use serde::Serialize;

use self::backups::Backups;
use self::files::Files;
use self::json::Json;
use self::totals::Totals;
use crate::args::ProgressWord;
use crate::output::Output;

/// Which backup something is about.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
pub struct About {
    /// The service; null for the whole of many backups.
    pub service: Option<String>,
    /// The region, where one is known.
    pub region: Option<String>,
    /// The instance; null for the whole of many backups.
    pub instance: Option<String>,
    /// The backup, or `latest` as long as that is not known; null for the whole of many backups.
    pub backup: Option<String>,
}

/// What became of a backup.
pub enum Outcome<'a> {
    /// It was brought: so many bytes.
    Pulled(u64),
    /// It was there: so many bytes.
    Already(u64),
    /// It would be fetched.
    Planned,
    /// The instance has none.
    Skipped,
    /// It is not there, and why.
    Failed(&'a str),
}

impl Outcome<'_> {
    /// As the report calls it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Pulled(_) => "pulled",
            Self::Already(_) => "already",
            Self::Planned => "planned",
            Self::Skipped => "skipped",
            Self::Failed(_) => "failed",
        }
    }

    /// The bytes that are there.
    #[must_use]
    pub const fn bytes(&self) -> Option<u64> {
        match self {
            Self::Pulled(bytes) | Self::Already(bytes) => Some(*bytes),
            _ => None,
        }
    }
}

/// Follows downloads. Those who tell it something can do so at the same time.
pub struct Progress(Mutex<Inner>);

struct Inner {
    form: Form,
    totals: Totals,
    /// The backups that are being fetched.
    running: BTreeMap<u64, About>,
    next: u64,
    /// What totals are about: the one backup, or none of many.
    whole: About,
    finished: bool,
}

enum Form {
    /// People follow the files of one backup.
    Files(Files),
    /// People follow many backups.
    Backups(Backups),
    Json(Json),
    Nobody,
}

/// A backup that is being fetched.
pub struct Backup<'a> {
    progress: &'a Progress,
    number: u64,
}

impl Progress {
    /// Of one backup, as it was asked for.
    #[must_use]
    pub fn of_one(word: ProgressWord, output: Output, about: About) -> Self {
        Self::new(word, about, |bars| Form::Files(Files::new(output, bars)), false)
    }

    /// Of many backups, as it was asked for.
    #[must_use]
    pub fn of_many(word: ProgressWord, output: Output) -> Self {
        Self::new(word, About::default(), |bars| Form::Backups(Backups::new(output, bars)), true)
    }

    fn new(word: ProgressWord, whole: About, people: impl FnOnce(bool) -> Form, many: bool) -> Self {
        let form = match word {
            ProgressWord::Auto => people(io::stderr().is_terminal()),
            ProgressWord::Lines => people(false),
            ProgressWord::Json => Form::Json(Json::default()),
            ProgressWord::None => Form::Nobody,
        };
        let totals = Totals::new(many, Instant::now());
        let running = BTreeMap::new();
        Self(Mutex::new(Inner { form, totals, running, next: 0, whole, finished: false }))
    }

    /// A backup is begun.
    pub fn begin(&self, about: About) -> Backup<'_> {
        let mut inner = self.lock();
        let Inner { form, totals, running, next, .. } = &mut *inner;
        let number = *next;
        *next += 1;
        match form {
            Form::Backups(backups) => backups.begun(number, &about),
            Form::Json(_) if totals.many() => Json::begun(&about),
            _ => {}
        }
        running.insert(number, about);
        Backup { progress: self, number }
    }

    /// How many backups there are is known, or not.
    pub fn know(&self, backups: Option<u64>) {
        self.lock().totals.know(backups);
    }

    /// Something cannot even be begun: the instances of a region could not be listed.
    pub fn missed(&self, about: About, problem: &str) {
        self.begin(about).ended(&Outcome::Failed(problem));
    }

    /// Takes the bars away, and says how it ended: nothing more is going to happen.
    pub fn finish(&self) {
        let (mut inner, now) = (self.lock(), Instant::now());
        let Inner { form, totals, whole, finished, .. } = &mut *inner;
        if std::mem::replace(finished, true) {
            return;
        }
        match form {
            Form::Files(files) => files.finish(totals, now),
            Form::Backups(backups) => backups.finish(totals, now),
            Form::Json(_) => Json::finish(whole, &totals.now(now)),
            Form::Nobody => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backup<'_> {
    /// Which one it is, is known by now.
    pub fn is(&self, backup: &str) {
        if let Some(about) = self.progress.lock().running.get_mut(&self.number) {
            about.backup = Some(backup.to_owned());
        }
    }

    /// Takes what happened to it.
    pub fn event(&self, event: &Event) {
        let (mut inner, now) = (self.progress.lock(), Instant::now());
        let Inner { form, totals, running, whole, .. } = &mut *inner;
        let Some(about) = running.get(&self.number) else { return };
        totals.event(self.number, event, now);
        match form {
            Form::Files(files) => files.event(event, totals, now),
            Form::Backups(backups) => backups.event(self.number, about, event, totals, now),
            Form::Json(json) => {
                json.event(self.number, about, event, now);
                if !matches!(event, Event::Planned { .. }) {
                    json.total(whole, now, || totals.now(now));
                }
            }
            Form::Nobody => {}
        }
    }

    /// Nothing is left to do for it.
    pub fn ended(self, outcome: &Outcome<'_>) {
        let (mut inner, now) = (self.progress.lock(), Instant::now());
        let Inner { form, totals, running, whole, .. } = &mut *inner;
        let Some(about) = running.remove(&self.number) else { return };
        let bytes = match outcome {
            Outcome::Failed(_) => None,
            other => Some(other.bytes().unwrap_or_default()),
        };
        totals.end(self.number, bytes, now);
        match form {
            Form::Backups(backups) => backups.ended(self.number, &about, outcome, totals, now),
            Form::Json(json) if totals.many() => {
                json.ended(self.number, &about, outcome);
                json.total(whole, now, || totals.now(now));
            }
            _ => {}
        }
    }
}
