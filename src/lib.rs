//! Gets managed-Redis backups out of any cloud.
//!
//! Every service is a module made from a folder of YAML: a typed [`Cloud`] client with one method per operation.
//! The uniform model ([`BackupId`], [`Backup`], [`BackupLinks`]) is the same on every cloud.

mod answer;
pub mod check;
mod cloud;
pub mod config;
pub mod decode;
pub mod download;
mod encoding;
mod error;
mod link;
#[cfg(feature = "metadata")]
pub mod metadata;
mod model;
mod open_enum;
pub mod place;
pub mod projection;
pub mod rdb;
pub mod request;
mod sensitive;
pub mod service;
pub mod sign;
#[cfg(test)]
mod testing;
mod time;
pub mod transport;
mod typed;
pub mod value;

pub use cloud::{Builder, Cloud, Reply};
pub use config::Credentials;
pub use error::{ApiError, Error, TransportError, TransportErrorKind};
pub use model::{Backup, BackupFile, BackupId, BackupKind, BackupLinks, State};
pub use sensitive::{Link, Sensitive};
pub use time::Timestamp;
pub use typed::Answer;

// The services: one module each, SERVICES, and METADATA.
include!(concat!(env!("OUT_DIR"), "/services.rs"));
