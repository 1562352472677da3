//! Where each value of a configuration came from.

use std::fmt;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The code that made the client.
    Given,
    /// An environment variable.
    Variable(String),
    /// A file.
    File {
        /// Its path, with `~` for the home folder.
        path: String,
        /// The tool that writes it; `None` for a file that a variable of ours names.
        tool: Option<String>,
        /// The profile in it, where the tool has profiles.
        profile: Option<String>,
    },
    /// A credential command, by the name of its program.
    Command(String),
    /// A [`CredentialProvider`](super::CredentialProvider), by what it says of itself.
    Provider(String),
    /// The spec of the service.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given => f.write_str("given"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::File { path, tool, profile } => {
                write!(f, "file {path}")?;
                match (tool, profile) {
                    (Some(tool), Some(profile)) => write!(f, " (profile {profile} of {tool})"),
                    (Some(tool), None) => write!(f, " (of {tool})"),
                    _ => Ok(()),
                }
            }
            Self::Command(program) => write!(f, "command {program}"),
            Self::Provider(name) => f.write_str(name),
            Self::Default => f.write_str("default of the service"),
        }
    }
}

/// A value of a configuration. Secret ones are not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Configured {
    /// `access_key`, `secret_key`, `token`, `expires_at`, `endpoint`, or the name of a setting.
    pub name: String,
    /// The value; `None` where there is none, where it is secret, and where nobody asked its source yet.
    pub value: Option<String>,
    /// Whether it is secret.
    pub secret: bool,
    /// Whether there is a value.
    pub set: bool,
    /// Where it came from, or is going to come from.
    pub origin: Option<Origin>,
}

/// The whole configuration of a client, with where each value came from. Made by
/// [`Builder::origins`](crate::Builder::origins).
#[derive(Clone, Debug, Default)]
pub struct Origins {
    pub(crate) values: Vec<Configured>,
    pub(crate) warnings: Vec<String>,
}

impl Origins {
    /// The values: credentials, then the endpoint, then the settings in the spec's order.
    #[must_use]
    pub fn values(&self) -> &[Configured] {
        &self.values
    }

    /// The value with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Configured> {
        self.values.iter().find(|value| value.name == name)
    }

    /// What people should mend although calls can be made: files that others can read, or that cannot be read but were
    /// not needed.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
