//! Clouds that nobody offers: one trait of the spec language each, compiled as a crate that depends on the runtime
//! compiles them. The tests of this crate read them, sign for them and drive them against the emulator.

use std::sync::LazyLock;

use rdbfetch::metadata::ServiceMetadata;

include!(concat!(env!("OUT_DIR"), "/services.rs"));

/// The metadata of every invented cloud.
#[must_use]
pub fn services() -> &'static [&'static ServiceMetadata] {
    static READ: LazyLock<Vec<&'static ServiceMetadata>> =
        LazyLock::new(|| METADATA.iter().map(|source| source.read()).collect());
    &READ
}

/// The folder that they are generated from.
#[must_use]
pub fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../codegen/tests/clouds")
}
