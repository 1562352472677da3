//! The public interface of the crates, item by item: a change shows in review.
//!
//! rustdoc's JSON changes from one compiler to the next, so this is no part of `cargo test`: `.ci/run` calls it with the
//! compiler that it knows. The interface of services is pinned by what is generated, in `generated/`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn cargo(arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO"));
    // The JSON is not stable, and this is how a stable compiler is asked for what is not.
    command.current_dir(root()).env("RUSTC_BOOTSTRAP", "1").args(arguments);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Makes the JSON of a crate's documentation and lists what is public in it.
fn public(package: &str, features: &[&str]) -> String {
    let features = features.join(",");
    // A folder of its own: what is asked for here would have everything else built anew.
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let folder = target.to_str().unwrap();
    let wanted = [
        "rustdoc",
        "--target-dir",
        folder,
        "--lib",
        "--no-default-features",
        "--package",
        package,
        "--features",
        &features,
    ];
    let how = ["--", "-Zunstable-options", "--output-format", "json", "--cap-lints", "allow"];
    cargo(&[&wanted[..], &how[..]].concat());
    let json = target.join("doc").join(format!("{}.json", package.replace('-', "_")));
    let interface = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .unwrap_or_else(|problem| panic!("{package}: {problem}"));
    interface.items().map(|item| format!("{item}\n")).collect()
}

fn metadata() -> Vec<u8> {
    cargo(&["metadata", "--format-version", "1", "--locked"])
}

fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../pinned");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

#[test]
fn nothing_changes_unseen() {
    for (package, features) in [
        ("rdbfetch", &["blocking", "metadata"][..]),
        ("rdbfetch-emulator", &["tls"]),
        ("rdbfetch-codegen", &[]),
    ] {
        settings().bind(|| insta::assert_snapshot!(package, public(package, features)));
    }
}

/// Only one compiler is at hand, so that of the manifest cannot be tried; but nothing may ask for a newer one.
#[test]
fn no_dependency_asks_for_a_newer_compiler() {
    let version = |text: &str| {
        let mut parts: Vec<u32> = text.split('.').map(|part| part.parse().unwrap()).collect();
        parts.resize(3, 0);
        parts
    };
    let metadata: Value = serde_json::from_slice(&metadata()).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    for package in ["rdbfetch", "rdbfetch-codegen", "rdbfetch-emulator", "rdbfetch-cli"] {
        let tree =
            cargo(&["tree", "--locked", "--edges", "normal", "--prefix", "none", "--package", package]);
        let tree = String::from_utf8(tree).unwrap();
        let names: BTreeSet<(&str, &str)> = tree
            .lines()
            .filter_map(|line| line.split_once(" v"))
            .map(|(name, rest)| (name, rest.split(' ').next().unwrap_or(rest)))
            .collect();
        assert!(names.len() > 20, "{tree}");
        let wanted =
            packages.iter().find(|one| one["name"] == package).unwrap()["rust_version"].as_str().unwrap();
        let newer: Vec<String> = packages
            .iter()
            .filter(|one| names.contains(&(one["name"].as_str().unwrap(), one["version"].as_str().unwrap())))
            .filter_map(|one| Some((one, one["rust_version"].as_str()?)))
            .filter(|(_, theirs)| version(theirs) > version(wanted))
            .map(|(one, theirs)| format!("{} wants {theirs}", one["name"]))
            .collect();
        assert_eq!(newer, [""; 0], "{package} promises {wanted}");
    }
}
