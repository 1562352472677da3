//! Sources of credentials.

use std::fmt;

use super::Credentials;
use crate::error::Error;
use crate::transport::BoxFuture;

/// A source of credentials: a vault, a metadata service, a login of your own.
///
/// A client asks it before the first call, again shortly before the credentials run out, and once more when the service
/// says that they have. Calls that need credentials at the same time share one question. The future may be dropped
/// before it is done, when whoever asked for a call no longer wants it.
///
/// ```
/// use rdbfetch::Credentials;
/// use rdbfetch::config::{CredentialError, CredentialProvider};
/// use rdbfetch::transport::BoxFuture;
///
/// struct Vault;
///
/// impl CredentialProvider for Vault {
///     fn provide(&self) -> BoxFuture<'_, Result<Credentials, CredentialError>> {
///         Box::pin(async { Ok(Credentials::new("AKID", "what the vault says")) })
///     }
///
///     fn describe(&self) -> String {
///         "the vault".to_owned()
///     }
/// }
/// ```
pub trait CredentialProvider: Send + Sync {
    /// Gives credentials that are good now. Those with an end ([`Credentials::with_expiry`]) are asked for again before
    /// it, others are kept.
    fn provide(&self) -> BoxFuture<'_, Result<Credentials, CredentialError>>;

    /// What people call the source, for messages and [`Origins`](super::Origins). No secret.
    fn describe(&self) -> String;
}

/// Why a source gives no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialError {
    message: String,
}

impl CredentialError {
    /// A reason for people: what is wrong and what to do. It is shown, so it must hold no secret.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CredentialError {}

/// What is wrong with a configuration that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// What somebody wrote is wrong.
    Config(String),
    /// The credentials themselves cannot be used.
    Credentials(String),
}

impl Trouble {
    pub fn text(&self) -> &str {
        match self {
            Self::Config(text) | Self::Credentials(text) => text,
        }
    }
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Config(text) => Self::Config(text),
            Trouble::Credentials(text) => Self::Credentials(text),
        }
    }
}
