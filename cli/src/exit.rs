//! Exit codes, and how failures are told.

use std::fmt;
use std::io::{self, Write};

use rdbfetch::service::{Class, Operation};
use rdbfetch::{Error, TransportErrorKind};
use schemars::JsonSchema;
use serde::Serialize;

use crate::text::printable;

/// What the program ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is done.
    Done = 0,
    /// Anything that no other code stands for.
    Other = 1,
    /// The command is wrong, or was refused before anything was sent.
    Usage = 2,
    /// Some files only.
    Partial = 3,
    /// Authentication or permission.
    Auth = 4,
    /// No such instance or backup.
    NotFound = 5,
    /// The backup is not ready.
    NotReady = 6,
    /// Network, timeout, rate limit, or a fault of the service.
    Network = 7,
    /// A file is corrupt or cannot be verified.
    Verification = 8,
    /// A file cannot be read or written.
    Disk = 9,
    /// Stopped by a signal.
    Interrupted = 130,
}

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> i32 {
        self as i32
    }
}

/// Why a command did not do what it was asked to.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    facts: Box<Facts>,
    /// What to do next, in sentences; SERVICE and OPERATION stand for those that failed.
    advice: Vec<String>,
    service: Option<&'static str>,
    /// Whether an instance has no finished backup, and nothing else is wrong.
    pub empty: bool,
}

/// The line on stderr that tells programs of a failure.
#[derive(JsonSchema, Serialize)]
pub struct ErrorLine<'a> {
    /// What happened.
    error: &'a Facts,
}

/// The members of the error line, in its order.
#[derive(Clone, Debug, JsonSchema, Serialize)]
struct Facts {
    /// What kind of failure it is: a word that stays the same.
    kind: &'static str,
    /// The vendor's code.
    code: Option<String>,
    /// What happened and what to do next, for people.
    message: String,
    /// The operation that failed.
    operation: Option<String>,
    /// What the vendor's support asks for.
    request_id: Option<String>,
    /// The HTTP status of the answer.
    http_status: Option<u16>,
    /// Whether the same command can succeed later.
    retryable: bool,
}

impl Failure {
    /// A failure with nothing to tell but these.
    pub fn new(exit: Exit, kind: &'static str, message: impl Into<String>) -> Self {
        let facts = Facts {
            kind,
            code: None,
            message: message.into(),
            operation: None,
            request_id: None,
            http_status: None,
            retryable: false,
        };
        Self { exit, facts: Box::new(facts), advice: Vec::new(), service: None, empty: false }
    }

    /// The command is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// What is told to people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.facts.message
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.facts.kind
    }

    /// A file cannot be read or written.
    pub fn disk(message: impl Into<String>) -> Self {
        Self::new(Exit::Disk, "disk", message)
    }

    /// The user stopped the program.
    pub fn interrupted() -> Self {
        Self::new(
            Exit::Interrupted,
            "interrupted",
            "Interrupted. Nothing unfinished stands under its final name; run the command again.",
        )
    }

    /// The same failure, of this operation unless it already is of one.
    #[must_use]
    pub fn of(mut self, operation: impl Into<String>) -> Self {
        self.facts.operation.get_or_insert(operation.into());
        self
    }

    /// The same failure, of this service.
    #[must_use]
    pub fn at(mut self, service: &'static str) -> Self {
        self.service = Some(service);
        self
    }

    /// The message with its advice.
    fn whole(&self) -> String {
        let mut message = self.facts.message.clone();
        for advice in &self.advice {
            if !message.ends_with(['.', '!', '?', '。', '！', '？', '\n']) {
                message.push('.');
            }
            let advice = advice.replace("SERVICE", self.service.unwrap_or("SERVICE"));
            message.push(' ');
            message.push_str(
                &advice.replace("OPERATION", self.facts.operation.as_deref().unwrap_or("OPERATION")),
            );
        }
        message
    }

    /// Tells the failure on stderr: as one line of JSON for programs, as a sentence for people.
    pub fn tell(&self, machine: bool) {
        let message = self.whole();
        let line = if machine {
            let facts = Facts { message, ..(*self.facts).clone() };
            serde_json::to_string(&ErrorLine { error: &facts }).unwrap_or_default()
        } else {
            format!("error: {}", printable(&message))
        };
        // Whoever closed stderr does not want to know.
        let _ = writeln!(io::stderr(), "{line}");
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.whole())
    }
}

/// Makes a failure of what the library says about an operation.
pub fn of<E: Into<Failure>>(operation: &Operation) -> impl FnOnce(E) -> Failure {
    |error| error.into().of(operation.name)
}

/// The same failure as the library's, with what to do next.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let retryable = error.retryable();
        let message = error.to_string();
        let mut failure = match &error {
            Error::Config(_) => Self::new(Exit::Usage, "config", message),
            Error::Credentials(_) => Self::new(Exit::Auth, "auth", message),
            Error::Invalid(violations) => Self::new(Exit::Usage, "invalid", message)
                .of(violations.operation())
                .advise("`rdbfetch ops SERVICE OPERATION` says what the operation takes."),
            Error::Api(api) => {
                let (exit, advice) = by_class(api.class);
                let mut failure =
                    Self::new(exit, api.class.as_str(), message).of(api.operation).advise(advice);
                failure.facts.code = Some(api.code.clone());
                failure.facts.request_id = api.request_id.clone();
                failure.facts.http_status = Some(api.http_status);
                failure
            }
            Error::Transport(problem) => {
                let (exit, kind, advice) = by_kind(problem.kind);
                Self::new(exit, kind, message).of(&problem.what).advise(advice)
            }
            Error::Answer { operation, http_status, request_id, .. } => {
                let (exit, kind) = by_status(*http_status);
                let mut failure = Self::new(exit, kind, message).of(*operation);
                failure.facts.request_id = request_id.clone();
                failure.facts.http_status = Some(*http_status);
                failure.advise("Check --endpoint: something other than the service may have answered.")
            }
            Error::NoInstance(_) => Self::new(Exit::NotFound, "not-found", message)
                .advise("`rdbfetch instances SERVICE` lists what there is."),
            Error::BackupFailed(_) => Self::new(Exit::Other, "backup-failed", message),
            Error::NoBackup(_) => Self::new(Exit::NotFound, "not-found", message)
                .advise("`rdbfetch backups SERVICE --instance ID` lists what there is."),
            Error::NotReady(_) => Self::new(Exit::NotReady, "not-ready", message),
            _ => Self::new(Exit::Other, "other", message),
        };
        failure.facts.retryable = retryable;
        failure.empty = matches!(error, Error::NoBackup(_));
        failure
    }
}

impl Failure {
    /// Adds what to do next.
    #[must_use]
    pub fn advise(mut self, advice: &str) -> Self {
        self.advice.push(advice.to_owned());
        self
    }
}

/// The exit code of an error that the service answered with, and what to do next.
fn by_class(class: Class) -> (Exit, &'static str) {
    match class {
        Class::Auth => (
            Exit::Auth,
            "Check the access key, the secret key, the token of temporary credentials, and this machine's clock.",
        ),
        Class::Denied => (Exit::Auth, "Allow this call for the key in the vendor's access management."),
        Class::Throttled => (Exit::Network, "Wait a little and try again."),
        Class::NotFound => (
            Exit::NotFound,
            "Check the region and the ids; `rdbfetch backups SERVICE --instance ID` lists what there is.",
        ),
        Class::NotReady => {
            (Exit::NotReady, "Try again once `rdbfetch backups SERVICE --instance ID` shows it as finished.")
        }
        Class::Invalid => (
            Exit::Other,
            "The service refused the request; `rdbfetch ops SERVICE OPERATION` says what it takes.",
        ),
        Class::Server => (Exit::Network, "Try again later."),
        _ => (Exit::Other, "`rdbfetch ops SERVICE OPERATION` lists the errors of the operation."),
    }
}

/// The exit code and kind of a request that brought no answer, and what to do next.
fn by_kind(kind: TransportErrorKind) -> (Exit, &'static str, &'static str) {
    match kind {
        TransportErrorKind::Timeout => (Exit::Network, "timeout", "Check the network and try again."),
        TransportErrorKind::Refused => {
            (Exit::Usage, "refused", "Nothing was sent; check --endpoint and the parameters.")
        }
        TransportErrorKind::Connect => {
            (Exit::Network, "network", "Check the network, the proxy variables, --region and --endpoint.")
        }
        _ => (Exit::Network, "network", "Check the network and try again."),
    }
}

/// The exit code and kind of an answer that is not what the spec says.
fn by_status(status: u16) -> (Exit, &'static str) {
    match status {
        401 | 403 | 407 => (Exit::Auth, "auth"),
        429 => (Exit::Network, "throttled"),
        500..=599 => (Exit::Network, "server"),
        _ => (Exit::Other, "answer"),
    }
}

#[cfg(test)]
mod tests {
    use rdbfetch::{ApiError, TransportError};

    use super::*;

    #[test]
    fn every_class_has_its_exit_code() {
        for (class, exit) in [
            (Class::Auth, 4),
            (Class::Denied, 4),
            (Class::Throttled, 7),
            (Class::NotFound, 5),
            (Class::NotReady, 6),
            (Class::Invalid, 1),
            (Class::Server, 7),
        ] {
            let failure = Failure::from(Error::Api(Box::new(ApiError::new("Op", 200, "Code", class))));
            assert_eq!(failure.exit.code(), exit, "{class:?}");
            assert_eq!(failure.facts.kind, class.as_str());
            assert_eq!(failure.facts.code.as_deref(), Some("Code"));
            assert_eq!(failure.facts.operation.as_deref(), Some("Op"));
        }
    }

    #[test]
    fn the_error_line_has_its_members_in_order() {
        let failure = Failure::usage("no");
        assert_eq!(
            serde_json::to_string(&failure.facts).unwrap(),
            r#"{"kind":"usage","code":null,"message":"no","operation":null,"request_id":null,"http_status":null,"retryable":false}"#
        );
    }

    #[test]
    fn what_was_never_sent_is_usage_and_what_broke_is_network() {
        for (kind, exit) in [
            (TransportErrorKind::Refused, 2),
            (TransportErrorKind::Connect, 7),
            (TransportErrorKind::Timeout, 7),
            (TransportErrorKind::Broken, 7),
        ] {
            let failure = Failure::from(Error::from(TransportError::new("Op", kind, "why")));
            assert_eq!(failure.exit.code(), exit, "{kind:?}");
        }
        assert_eq!(by_status(502).0, Exit::Network);
        assert_eq!(by_status(200).0, Exit::Other);
    }

    #[test]
    fn advice_is_a_sentence_of_its_own() {
        let failure = Failure::usage("no such thing").advise("Try another.");
        assert_eq!(failure.to_string(), "no such thing. Try another.");
        let failure = Failure::usage("SERVICE?").of("Op").advise("See `ops SERVICE OPERATION`.");
        assert_eq!(failure.to_string(), "SERVICE? See `ops SERVICE Op`.");
        assert_eq!(failure.at("acme").to_string(), "SERVICE? See `ops acme Op`.");
    }
}
