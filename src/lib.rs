//! Gets managed-Redis backups out of any cloud.
//!
//! Every service is a module made from a folder of YAML: a typed client with one method per operation. What all clouds
//! have in common (backups, and the temporary links to their files) is the same everywhere: [`BackupId`], [`Backup`],
//! [`BackupLinks`].
//!
//! From an account to a backup, here on the emulator, which needs no account:
//!
//! ```
//! use rdbfetch::{BackupId, tencent};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = rdbfetch_emulator::Emulator::builder().start().await?;
//! // Against the vendor: `Client::new(|builder| builder.discover())`, with what the vendor's own tools use.
//! let client = tencent::Client::new(|builder| emulator.configure(builder))?;
//! let cloud = client.cloud();
//!
//! let instances = cloud.instances().await?;
//! let instance = &instances.first().ok_or("the account has no instance")?.instance;
//! let latest = cloud.latest_backup(instance).await?;
//! let links = cloud.backup_links(&BackupId::new(instance, latest.backup)).await?;
//! for file in &links.files {
//!     println!("{:?}: {:?} bytes, until {:?}", file.name, file.size, file.expires_at);
//! }
//! # assert!(!links.files.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! - [`Cloud`] is a client without types, for code that works on every service in [`SERVICES`].
//! - [`download`] fetches every file of a backup and verifies it; [`rdb`] checks RDB files in a stream.
//! - [`transport`] is the trait behind which HTTP happens: put your own in its place, or a mock.
//! - [`Builder`] says how long calls may take, when they are repeated, and how often they are made; `docs/calling.md` in
//!   the repository has all of it on a page.
//! - Links are secrets. [`Link`] and [`Sensitive`] show nothing unless asked with `expose`.
//!
//! # Features
//!
//! One feature per service, all on by default; `rustls` is TLS for the transport. `blocking` adds calls without
//! async code, and `metadata` the documentation tables and the verifying half of signatures, which the program and the
//! emulator run on.

mod answer;
#[cfg(feature = "blocking")]
pub mod blocking;
pub mod check;
mod cloud;
pub mod config;
pub mod decode;
pub mod download;
pub mod encode;
mod encoding;
mod error;
#[doc(hidden)]
pub mod generated;
mod link;
#[cfg(feature = "metadata")]
pub mod metadata;
mod model;
mod node;
pub mod place;
pub mod projection;
pub mod rdb;
pub mod request;
mod sensitive;
pub mod service;
mod shape;
pub mod sign;
#[cfg(test)]
mod testing;
mod time;
pub mod transport;
mod typed;
pub mod value;

pub use cloud::{Builder, Cloud, Created, Listing, NewBackup, Question, Reply, Retry};
pub use config::{CredentialCommand, CredentialProvider, Credentials, Origin, Origins};
pub use error::{ApiError, Clocks, Error, TimeoutKind, TransportError, TransportErrorKind};
pub use model::{
    Backup, BackupFile, BackupId, BackupKind, BackupLinks, Instance, InstanceKind, InstanceState, Project,
    Region, Shard, State,
};
pub use sensitive::{Link, Sensitive};
pub use time::{ParseTimestampError, Timestamp};
pub use typed::Answer;

/// The examples on that page, which are compiled with the others.
#[cfg(doctest)]
#[doc = include_str!("../docs/calling.md")]
mod docs_calling {}

// The services: one module each, SERVICES, and METADATA.
include!(concat!(env!("OUT_DIR"), "/services.rs"));
