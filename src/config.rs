//! Credentials and settings, and where they come from.
//!
//! What a client is told in code always wins. What [`Builder::discover`](crate::Builder::discover) finds comes from
//! the first of these that says it: our own variables, a credential command, the variables of the vendor's tools, and
//! the files of those tools. [`Origins`] says for every value which of them it was.

mod command;
mod credentials;
mod discover;
mod ini;
mod keys;
mod machine;
mod origin;
mod provider;
#[cfg(test)]
mod tests;
mod tool;
mod variables;

pub use command::CredentialCommand;
pub use credentials::Credentials;
pub use origin::{Configured, Origin, Origins};
pub use provider::{CredentialError, CredentialProvider};

pub(crate) use discover::{Discovery, FoundKeys, credential_ways, discover};
pub(crate) use keys::Keys;
pub(crate) use machine::Machine;
pub(crate) use provider::Trouble;

/// The environment variables that a setting is read from, in order.
pub(crate) fn setting_variables(service: &crate::service::Service, name: &str) -> Vec<String> {
    variables::variables_of(service, name, false)
}
