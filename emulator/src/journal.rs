//! What was asked and what became of it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use rdbfetch::service::When;

/// How many calls a journal keeps.
const CAPACITY: usize = 1000;
/// How many characters of a path it keeps.
const LONGEST_PATH: usize = 1000;

/// A request that an emulator answered. Holds no secrets and no links.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The service that was called; `None` for the files.
    pub service: Option<&'static str>,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The operation, where the request asked for one that there is.
    pub operation: Option<&'static str>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// What became of the request.
    pub verdict: Verdict,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It got what it asked for.
    Answered,
    /// It was refused.
    Refused {
        /// The situation, as specs name it; `None` for the files.
        when: Option<When>,
        /// Why, in a line.
        reason: String,
        /// Where the signature was wrong: its steps as they should have been, without the secret ones.
        expected: Vec<(&'static str, String)>,
    },
}

/// Keeps the latest calls.
#[derive(Debug)]
pub(crate) struct Journal {
    verbose: bool,
    calls: Mutex<VecDeque<Call>>,
}

impl Journal {
    pub(crate) fn new(verbose: bool) -> Self {
        Self { verbose, calls: Mutex::default() }
    }

    /// Notes a call.
    pub(crate) fn note(&self, mut call: Call) {
        if let Some((end, _)) = call.path.char_indices().nth(LONGEST_PATH) {
            call.path.truncate(end);
        }
        if self.verbose {
            explain(&call);
        }
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() == CAPACITY {
            calls.pop_front();
        }
        calls.push_back(call);
    }

    /// The calls, the oldest first.
    pub(crate) fn calls(&self) -> Vec<Call> {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.iter().cloned().collect()
    }
}

/// Tells on standard error why a call was refused.
fn explain(call: &Call) {
    let Verdict::Refused { reason, expected, .. } = &call.verdict else { return };
    let what = call.operation.unwrap_or(&call.path);
    // What clients send must not steer a terminal.
    let plain = |text: &str| text.replace(|one: char| one.is_control() && one != '\n', "\u{fffd}");
    eprintln!("{} {what}: HTTP {}: {}", call.service.unwrap_or("files"), call.status, plain(reason));
    for (step, value) in expected {
        eprintln!("  {step}:\n    {}", plain(value).replace('\n', "\n    "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_calls_give_way() {
        let journal = Journal::new(false);
        for number in 0..=CAPACITY {
            journal.note(Call {
                service: None,
                method: "GET".to_owned(),
                path: format!("/{number}"),
                operation: None,
                status: 200,
                verdict: Verdict::Answered,
            });
        }
        let calls = journal.calls();
        assert_eq!((calls.len(), calls[0].path.as_str()), (CAPACITY, "/1"));
    }
}
