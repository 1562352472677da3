//! The public interface of the crates, item by item: a change shows in review.
//!
//! rustdoc's JSON changes from one compiler to the next, so this is no part of `cargo test`: `.ci/run` calls it with the
//! compiler that it knows. The interface of services is pinned by what is generated, in `generated/`.

#[path = "../json.rs"]
mod json;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn cargo(arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root()).args(arguments);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Lists what is public in a crate, by the JSON of its documentation.
fn public(package: &str) -> String {
    let json = json::folder().join(format!("{}.json", package.replace('-', "_")));
    let interface = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .unwrap_or_else(|problem| panic!("{package}: {problem}"));
    // Every service is there; `generated/` pins them.
    let folders = std::fs::read_dir(root().join("specs")).unwrap().map(|entry| entry.unwrap());
    let services: Vec<String> = folders
        .filter(|folder| folder.path().is_dir())
        .map(|folder| format!("rdbfetch::{}", folder.file_name().to_str().unwrap()))
        .collect();
    let own = |item: &String| {
        let word = |letter: char| letter.is_alphanumeric() || letter == '_';
        services.iter().all(|service| !item.split(service).skip(1).any(|rest| !rest.starts_with(word)))
    };
    interface.items().map(|item| format!("{item}\n")).filter(own).collect()
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
    // The whole workspace at once, as clippy and the documentation had it: nothing is compiled for this alone.
    json::make(&root(), &["--workspace", "--no-deps", "--features", "rdbfetch/blocking"]);
    for package in ["rdbfetch", "rdbfetch-emulator", "rdbfetch-codegen"] {
        settings().bind(|| insta::assert_snapshot!(package, public(package)));
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
