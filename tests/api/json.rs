//! Documentation as JSON, which is not stable and changes from one compiler to the next.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of what cargo builds.
fn target() -> PathBuf {
    let within = Path::new(env!("CARGO_TARGET_TMPDIR"));
    within.parent().expect("a target folder").to_owned()
}

/// Where the JSON is, once it was made.
pub fn folder() -> PathBuf {
    target().join("doc")
}

/// Makes the JSON of a package or workspace.
pub fn make(package: &Path, arguments: &[&str]) {
    let output = Command::new(env!("CARGO"))
        .current_dir(package)
        .env("RUSTDOC", env!("CARGO_BIN_EXE_unstable-rustdoc"))
        .env("RUSTDOCFLAGS", "-Zunstable-options --output-format json --cap-lints allow")
        .arg("doc")
        .args(["--quiet", "--lib", "--target-dir"])
        .arg(target())
        .args(arguments)
        .output()
        .expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
