//! What goes wrong, and what can be done about it.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::PullErrorKind;
use super::name::shown;
use crate::error::{Error, TransportError, TransportErrorKind};

/// Why something failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) kind: PullErrorKind,
    pub(super) problem: String,
    pub(super) http_status: Option<u16>,
    pub(super) remedy: Remedy,
    /// How long the storage wants to be left alone.
    pub(super) wait: Option<Duration>,
    pub(super) cause: Option<Box<Error>>,
}

/// What can be done about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Try again.
    Retry,
    /// Try again, over fewer connections.
    Slower,
    /// Ask for new links and try again.
    Renew,
    /// Try again. If that does not help either, parts cannot be had: begin again without.
    Whole,
    /// Ask once more without a range.
    Plain,
    /// Throw away what is there of the file, and begin again.
    Restart,
    /// Give the file up.
    GiveUp,
    /// Give all files up.
    Stop,
}

impl Failure {
    pub(super) fn new(kind: PullErrorKind, remedy: Remedy, problem: impl Into<String>) -> Self {
        Self { kind, problem: problem.into(), http_status: None, remedy, wait: None, cause: None }
    }

    pub(super) fn disk(path: &Path, error: &io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::AlreadyExists => PullErrorKind::Exists,
            _ => PullErrorKind::Disk,
        };
        Self::new(kind, Remedy::Stop, format!("{}: {error}", shown(path)))
    }

    /// The service gave no links.
    pub(super) fn api(error: Error) -> Self {
        let kind = match &error {
            Error::Transport(_) => PullErrorKind::Network,
            _ => PullErrorKind::Api,
        };
        let problem = error.to_string();
        Self::caused(kind, problem, error)
    }

    /// The storage was not reached, or broke off.
    pub(super) fn network(error: TransportError) -> Self {
        let problem = error.message.clone();
        Self::caused(PullErrorKind::Network, problem, Error::Transport(error))
    }

    /// What arrived is not as much as it should be, or nothing at all does.
    pub(super) fn broken(name: &str, problem: String) -> Self {
        Self::network(TransportError::new(format!("download of {name}"), TransportErrorKind::Broken, problem))
    }

    /// The storage sent what cannot be used.
    pub(super) fn answer(status: u16, remedy: Remedy, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self { http_status: Some(status), ..Self::new(PullErrorKind::Refused, remedy, problem) }
    }

    fn caused(kind: PullErrorKind, problem: String, cause: Error) -> Self {
        let remedy = if cause.retryable() { Remedy::Retry } else { Remedy::GiveUp };
        Self { cause: Some(Box::new(cause)), ..Self::new(kind, remedy, problem) }
    }
}
