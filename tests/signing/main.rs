//! Every signature, as compiled: against the known answers in its spec, against an interpreter of its description,
//! and against its own verification.

use rdbfetch::metadata::services;

mod evaluator;
mod published;
mod random;
mod vectors;
mod verification;

/// The folder that the services are generated from.
fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("specs")
}
