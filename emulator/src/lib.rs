//! Serves the APIs that rdbfetch's specs describe, on this machine: for tests, and for trying things out without an
//! account.
//!
//! Nothing here knows a particular cloud. The tables that clients run on, read backwards, route a request, check its
//! signature, find its parameters, and write the answer or the vendor's own error.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! let emulator = rdbfetch_emulator::Emulator::builder().start().await?;
//! for (service, url) in emulator.endpoints() {
//!     println!("{service} answers at {url}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! An emulator has no global state and lives as long as its [`Emulator`]: any number can run side by side.

mod admission;
mod answer;
mod api;
mod builder;
mod clock;
mod conditions;
mod content;
mod delivery;
mod files;
mod filters;
mod gate;
mod journal;
mod limits;
mod links;
mod lists;
mod nonces;
mod outgoing;
mod pages;
mod parameters;
mod port;
mod range;
mod refusal;
mod route;
mod server;
mod shared;
mod sign;
mod stock;
mod store_error;
mod template;
#[cfg(test)]
mod tests;
#[cfg(feature = "tls")]
mod tls;
mod wire;

use std::sync::Arc;

use rdbfetch::config::Credentials;
use tokio::task::JoinSet;

pub use builder::Builder;
pub use clock::Clock;
pub use journal::{Call, Verdict};
pub use limits::Limits;
pub use stock::Sample;

use shared::Shared;

/// A running emulator. It stops when it is dropped.
#[derive(Debug)]
pub struct Emulator {
    endpoints: Vec<(&'static str, String)>,
    files_url: String,
    credentials: Credentials,
    temporary: Credentials,
    samples: Vec<(&'static str, Sample)>,
    #[cfg(feature = "tls")]
    ca_file: Option<tls::CaFile>,
    shared: Arc<Shared>,
    /// One task per port; each owns its connections.
    _tasks: JoinSet<()>,
}

impl Emulator {
    /// An emulator to be configured and started.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The services and the URLs under which they answer, in the order of the services.
    #[must_use]
    pub fn endpoints(&self) -> &[(&'static str, String)] {
        &self.endpoints
    }

    /// The URL under which a service answers.
    #[must_use]
    pub fn endpoint(&self, service: &str) -> Option<&str> {
        self.endpoints.iter().find(|(name, _)| *name == service).map(|(_, url)| url.as_str())
    }

    /// The URL under which the files of backups are.
    #[must_use]
    pub fn files_url(&self) -> &str {
        &self.files_url
    }

    /// The file with the certificate, PEM, that clients have to trust; `None` without [`Builder::tls`].
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn ca_file(&self) -> Option<&std::path::Path> {
        self.ca_file.as_ref().map(tls::CaFile::path)
    }

    /// Credentials that every service knows. Any token goes with them, since the emulator issues none.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Temporary credentials that every service knows: they work with their token only.
    #[must_use]
    pub fn temporary_credentials(&self) -> &Credentials {
        &self.temporary
    }

    /// What there is to ask a service for.
    #[must_use]
    pub fn sample(&self, service: &str) -> Option<&Sample> {
        self.samples.iter().find(|(name, _)| *name == service).map(|(_, sample)| sample)
    }

    /// The latest requests and what became of them, the oldest first. Holds no secrets and no links.
    #[must_use]
    pub fn journal(&self) -> Vec<Call> {
        self.shared.journal.calls()
    }
}
