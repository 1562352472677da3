//! What is told on stderr while a download runs.

pub mod json;
mod people;

use std::io::{self, IsTerminal as _};

use rdbfetch::download::Event;

use self::json::Json;
use self::people::People;
use crate::args::ProgressWord;
use crate::output::Output;

/// Follows a download.
pub enum Progress {
    People(People),
    Json(Json),
    Nobody,
}

impl Progress {
    /// As it was asked for.
    #[must_use]
    pub fn new(word: ProgressWord, output: Output) -> Self {
        match word {
            ProgressWord::Auto => Self::People(People::new(output, io::stderr().is_terminal())),
            ProgressWord::Lines => Self::People(People::new(output, false)),
            ProgressWord::Json => Self::Json(Json::default()),
            ProgressWord::None => Self::Nobody,
        }
    }

    /// Takes the next event.
    pub fn event(&mut self, event: Event) {
        match self {
            Self::People(people) => people.event(event),
            Self::Json(json) => json.event(event),
            Self::Nobody => {}
        }
    }

    /// Takes the bars away: nothing more is going to happen.
    pub fn finish(&mut self) {
        if let Self::People(people) = self {
            people.finish();
        }
    }
}
