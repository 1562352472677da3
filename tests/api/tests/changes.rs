//! What `spec diff` says of code, held against the public interface that the generated clients have before and after.
//!
//! Like the interface of the crates, it is read from rustdoc's JSON, and therefore no part of `cargo test`.

#[path = "../json.rs"]
mod json;
#[path = "../../../spec-tools/tests/pairs/mod.rs"]
mod pairs;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use pairs::{Means, PAIRS, new, old};
use rdbfetch_codegen::SpecFile;

/// Writes the generated code of a module, and returns the line that declares it.
fn module(folder: &Path, name: &str, files: &[SpecFile]) -> String {
    let source = folder.join("src").join(name);
    pairs::write(&source, files);
    format!("pub mod {name} {{ include!({:?}); }}\n", source.join("services.rs"))
}

/// What is public in the module of a case.
fn items(interface: &public_api::PublicApi, name: &str) -> BTreeSet<String> {
    let within = format!("pairs::{name}::");
    let lines = interface.items().map(ToString::to_string).filter(|item| item.contains(&within));
    lines.map(|item| item.replace(&within, "")).collect()
}

#[test]
fn the_interface_changes_where_the_report_says_so() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pairs");
    fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"pairs\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[features]\nmetadata = []\n\
         [dependencies]\nrdbfetch = {{ path = {repository:?}, default-features = false }}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::copy(repository.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let cases = PAIRS.iter().enumerate().map(|(at, pair)| (format!("pair{at}"), new(pair)));
    let declared: String = cases
        .chain([("before".to_owned(), old())])
        .map(|(name, files)| module(&folder, &name, &files))
        .collect();
    fs::write(folder.join("src/lib.rs"), format!("#![allow(missing_docs)]\n{declared}")).unwrap();
    json::make(&folder, &["--no-deps"]);
    let interface = public_api::Builder::from_rustdoc_json(json::folder().join("pairs.json"))
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build()
        .unwrap();
    let before = items(&interface, "before");
    assert!(before.len() > 100, "{before:?}");
    let mut wrong = String::new();
    for (at, pair) in PAIRS.iter().enumerate() {
        let after = items(&interface, &format!("pair{at}"));
        let gone: Vec<&String> = before.difference(&after).collect();
        let more: Vec<&String> = after.difference(&before).collect();
        let agrees = match pair.means {
            Means::Breaks => !gone.is_empty(),
            // The same types in another order.
            Means::Misleads | Means::Keeps | Means::Tells => gone.is_empty() && more.is_empty(),
            Means::Adds => gone.is_empty() && !more.is_empty(),
        };
        if !agrees {
            wrong += &format!("{} {:?}: gone {gone:?}, more {more:?}\n", pair.rule, pair.means);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
