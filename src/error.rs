//! What can go wrong with a call.

use std::fmt;
use std::time::Duration;

use crate::check::Violations;
use crate::service::{Class, When};
use crate::time::Timestamp;

/// Why a call gave no answer that can be used.
///
/// Neither `Display` nor `Debug` shows secrets or signed links.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The client is not configured well enough: what is missing and how to give it.
    Config(String),
    /// There are credentials, but they cannot be used: they ran out, or their source fails or refuses; and what to do.
    Credentials(String),
    /// The request was not sent because it is wrong.
    Invalid(Violations),
    /// The service answered with an error.
    Api(Box<ApiError>),
    /// The service could not be reached, or the connection broke.
    Transport(TransportError),
    /// The answer is not what the spec says.
    Answer {
        /// The operation that was called.
        operation: &'static str,
        /// What is wrong with the answer.
        problem: String,
        /// The HTTP status of the answer.
        http_status: u16,
        /// The id under which the vendor finds the request.
        request_id: Option<String>,
    },
    /// No backup of the instance is finished, or none has this id.
    NoBackup(String),
    /// The backup is not finished, or has no link yet.
    NotReady(String),
    /// No instance has this id.
    NoInstance(String),
    /// The backup could not be made, or is no longer kept.
    BackupFailed(String),
}

impl Error {
    /// The answer of the service, where that is what went wrong.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error) => Some(error),
            _ => None,
        }
    }

    /// Whether the same call can succeed later, as far as the spec tells.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Api(error) => error.retryable,
            Self::Transport(error) => error.kind != TransportErrorKind::Refused,
            Self::NotReady(_) => true,
            _ => false,
        }
    }

    /// How many times the request was sent, or tried to be, before this was given up; `None` where nothing was sent,
    /// or where what came is no error that another attempt is made after.
    #[must_use]
    pub fn attempts(&self) -> Option<u32> {
        match self {
            Self::Api(error) => Some(error.attempts),
            Self::Transport(error) => Some(error.attempts),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(problem)
            | Self::Credentials(problem)
            | Self::NoBackup(problem)
            | Self::NotReady(problem)
            | Self::NoInstance(problem)
            | Self::BackupFailed(problem) => f.write_str(problem),
            Self::Invalid(violations) => violations.fmt(f),
            Self::Api(error) => error.fmt(f),
            Self::Transport(error) => error.fmt(f),
            Self::Answer { operation, problem, http_status, request_id } => {
                write!(f, "{operation}: HTTP {http_status}: {problem}")?;
                match request_id {
                    Some(id) => write!(f, " (request id {id})"),
                    None => Ok(()),
                }
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::Invalid(violations)
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

/// An error that the service answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// The operation that was called.
    pub operation: &'static str,
    /// The HTTP status.
    pub http_status: u16,
    /// The vendor's code, as text.
    pub code: String,
    /// The vendor's word for the code, where it has one beside a number.
    pub name: Option<String>,
    /// The vendor's message.
    pub message: String,
    /// The id under which the vendor finds the request.
    pub request_id: Option<String>,
    /// What kind of error it is, by the spec, or by the HTTP status for codes that the spec does not know.
    pub class: Class,
    /// Whether the same call can succeed later.
    pub retryable: bool,
    /// What the spec says about the code.
    pub doc: Option<&'static str>,
    /// How many times the request was sent; at least 1.
    pub attempts: u32,
    /// How long the service asked to wait before the next request (`Retry-After`).
    pub retry_after: Option<Duration>,
    /// The two clocks, where the refusal can come from their difference and the service told its own.
    pub clocks: Option<Clocks>,
    /// In which situations the spec says that the code comes.
    pub(crate) when: &'static [When],
}

/// The client's clock and the service's, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Clocks {
    /// The clock that the refused request was signed with.
    pub client: Timestamp,
    /// The service's clock, by the `Date` of its answer: to the second.
    pub service: Timestamp,
}

impl fmt::Display for Clocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |at: Timestamp| Timestamp::from_unix(at.unix()).unwrap_or(at);
        write!(f, "the request's clock showed {}, the service's {}", whole(self.client), whole(self.service))
    }
}

impl ApiError {
    /// An error with nothing known but its code; what generated tests and mock transports start from.
    #[must_use]
    pub fn new(operation: &'static str, http_status: u16, code: impl Into<String>, class: Class) -> Self {
        Self {
            operation,
            http_status,
            code: code.into(),
            name: None,
            message: String::new(),
            request_id: None,
            class,
            retryable: false,
            doc: None,
            attempts: 1,
            retry_after: None,
            clocks: None,
            when: &[],
        }
    }

    /// Whether the spec says that the code can come in this situation.
    #[must_use]
    pub fn can_mean(&self, when: When) -> bool {
        self.when.contains(&when)
    }
}

/// Says so where a request was sent more than once.
fn write_attempts(f: &mut fmt::Formatter<'_>, attempts: u32) -> fmt::Result {
    if attempts > 1 { write!(f, ", after {attempts} attempts") } else { Ok(()) }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: HTTP {}", self.operation, self.http_status)?;
        // Some vendors' codes are HTTP's, and so are ours where an answer had none.
        if self.code != self.http_status.to_string() {
            write!(f, ": {}", self.code)?;
        }
        if let Some(name) = &self.name {
            write!(f, " {name}")?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        if let Some(clocks) = &self.clocks {
            write!(f, "; {clocks}")?;
        }
        if let Some(wait) = self.retry_after {
            write!(f, "; it asks to wait {wait:?}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request id {id})")?;
        }
        write_attempts(f, self.attempts)
    }
}

impl std::error::Error for ApiError {}

/// Why a request brought no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransportError {
    /// What was being done: an operation, or the download of a file by name.
    pub what: String,
    /// What kind of failure it is.
    pub kind: TransportErrorKind,
    /// What happened, without any URL.
    pub message: String,
    /// Which timeout ran out, where the kind is [`TransportErrorKind::Timeout`] and it is known.
    pub timeout: Option<TimeoutKind>,
    /// How many times the request was tried to be sent; at least 1.
    pub attempts: u32,
}

impl TransportError {
    /// A failure of this kind.
    pub fn new(what: impl Into<String>, kind: TransportErrorKind, message: impl Into<String>) -> Self {
        Self { what: what.into(), kind, message: message.into(), timeout: None, attempts: 1 }
    }

    /// The failure that this timeout ran out.
    pub fn timed_out(what: impl Into<String>, timeout: TimeoutKind, message: impl Into<String>) -> Self {
        Self { timeout: Some(timeout), ..Self::new(what, TransportErrorKind::Timeout, message) }
    }

    /// Whether the service surely got nothing of the request.
    #[must_use]
    pub fn nothing_sent(&self) -> bool {
        match self.kind {
            TransportErrorKind::Connect | TransportErrorKind::Refused => true,
            TransportErrorKind::Timeout => self.timeout == Some(TimeoutKind::Connect),
            TransportErrorKind::Broken => false,
        }
    }
}

/// Which timeout ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutKind {
    /// To connect, TLS included.
    Connect,
    /// Between two pieces of the answer, and for its first.
    Read,
    /// Of one attempt, from connecting to the end of the answer.
    Attempt,
    /// Of the whole call, with all its attempts and the waiting between them.
    Call,
}

/// Kinds of [`TransportError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection.
    Connect,
    /// A timeout ran out.
    Timeout,
    /// The connection broke, or the answer was cut short.
    Broken,
    /// The request cannot be sent as it stands, so nothing was sent.
    Refused,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.message)?;
        write_attempts(f, self.attempts)
    }
}

impl std::error::Error for TransportError {}
