//! What a change of specs means: for code that is compiled against the clients, for calls on the wire, for readers.
//!
//! Resolved specs are compared, so that moving something without changing what it says is no difference. Everything
//! that a resolved spec says is looked at; what no rule knows is reported as `other`, which counts as breaking.

mod auth;
mod bump;
mod errors;
mod fields;
mod objects;
mod operations;
mod record;
mod render;
mod services;
mod show;
mod source;
mod walk;

use serde::Serialize;

pub use self::bump::{Bump, Version, needed};
pub use self::source::{Source, SourceError, file_at};
use self::walk::Walk;
use rdbfetch_codegen::SpecFile;
use rdbfetch_codegen::model::Service;

/// What a difference means for code that uses the clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Code that was right no longer compiles, or does something else.
    Breaking,
    /// Code that was right stays so.
    Compatible,
    /// Only readers notice.
    Documentation,
}

impl Effect {
    /// Its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Compatible => "compatible",
            Self::Documentation => "documentation",
        }
    }
}

/// A difference.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// What kind of difference it is: a name that stays the same.
    pub rule: String,
    /// What it means for code.
    pub effect: Effect,
    /// Whether the public items of the generated code differ; what does not can still do something else.
    pub code: bool,
    /// What is different about requests or answers on the wire; nothing where nothing is.
    pub wire: Option<String>,
    /// The service's folder.
    pub service: String,
    /// The operation; nothing where all of the service's are concerned.
    pub operation: Option<String>,
    /// What is different.
    pub subject: String,
    /// The file of the new specs, or of the old ones where the new ones no longer have it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// Whether the place is in the old specs.
    pub in_old: bool,
    /// What was said before.
    pub old: Option<String>,
    /// What is said now.
    pub new: Option<String>,
    /// Why it has this effect.
    pub why: String,
}

/// Specs that were read.
#[derive(Debug)]
pub struct Specs {
    /// The files.
    pub files: Vec<SpecFile>,
    /// What they say.
    pub services: Vec<Service>,
}

/// All differences, the gravest first, then by service, operation and place.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The differences.
    pub changes: Vec<Change>,
}

impl Report {
    /// The gravest effect; nothing where there is no difference.
    #[must_use]
    pub fn gravest(&self) -> Option<Effect> {
        self.changes.iter().map(|change| change.effect).min()
    }

    /// How many differences have this effect.
    #[must_use]
    pub fn count(&self, effect: Effect) -> usize {
        self.changes.iter().filter(|change| change.effect == effect).count()
    }
}

/// Compares specs.
#[must_use]
pub fn diff(old: &Specs, new: &Specs) -> Report {
    let mut walk = Walk::new(old, new);
    services::compare(&mut walk);
    record::compare(&mut walk);
    let mut changes = walk.changes;
    changes.sort_by(|a, b| {
        let key = |change: &Change| (change.effect, change.service.clone(), change.operation.clone());
        key(a)
            .cmp(&key(b))
            .then_with(|| (&a.file, a.line, a.column, &a.rule).cmp(&(&b.file, b.line, b.column, &b.rule)))
    });
    Report { changes }
}
