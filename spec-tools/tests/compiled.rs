//! What `diff` says, held against the compiler: code that uses the old clients is compiled against the new ones.
//!
//! Builds the runtime once for a crate of its own, and therefore is run by `tests/spec-change.sh`, not on every test run.

mod pairs;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use pairs::{CODE, Means, PAIRS, new, old};
use rdbfetch_codegen::SpecFile;

/// Writes a program of the generated code and the code that uses it.
fn program(folder: &Path, name: &str, files: &[SpecFile]) {
    let source = folder.join("src").join(name);
    pairs::write(&source, files);
    let services = source.join("services.rs");
    let main = format!(
        "#![allow(dead_code, unused)]
include!({services:?});
mod code {{{CODE}}}
fn main() {{}}
"
    );
    fs::write(source.with_extension("rs"), main).expect("a file");
}

#[test]
#[ignore = "compiles the runtime for a crate of its own: tests/spec-change.sh runs it"]
fn what_breaks_does_not_compile_and_everything_else_does() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
    let folder = tempfile::tempdir().expect("a folder");
    let mut manifest = format!(
        "[package]\nname = \"pairs\"\nversion = \"0.0.0\"\nedition = \"2024\"\nautobins = false\n[workspace]\n\
         [features]\nmetadata = []\n[dependencies]\nrdbfetch = {{ path = {repository:?}, default-features = false }}\n"
    );
    fs::create_dir(folder.path().join("src")).expect("a folder");
    let cases = PAIRS
        .iter()
        .enumerate()
        .map(|(at, pair)| (format!("pair{at}"), new(pair), pair.means == Means::Breaks));
    let cases: Vec<_> = cases.chain([("same".to_owned(), old(), false)]).collect();
    for (name, files, _) in &cases {
        program(folder.path(), name, files);
        manifest.push_str(&format!("[[bin]]\nname = \"{name}\"\npath = \"src/{name}.rs\"\n"));
    }
    fs::write(folder.path().join("Cargo.toml"), manifest).expect("a file");
    fs::copy(repository.join("Cargo.lock"), folder.path().join("Cargo.lock")).expect("a copy");
    let target = env::var_os("OUTSIDE").map_or_else(|| repository.join("target/pairs"), Into::into);
    let output = Command::new(env!("CARGO"))
        .args(["check", "--keep-going", "--message-format=json", "--quiet"])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", target)
        .output()
        .expect("cargo");
    let told = String::from_utf8_lossy(&output.stdout);
    let messages = || told.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let named = |reason: &str| -> BTreeSet<String> {
        let of = messages().filter(|message| message["reason"] == reason);
        let of = of.filter(|message| reason != "compiler-message" || message["message"]["level"] == "error");
        of.filter_map(|message| message["target"]["name"].as_str().map(str::to_owned)).collect()
    };
    let (made, failed) = (named("compiler-artifact"), named("compiler-message"));
    let mut wrong = Vec::new();
    for (at, (name, _, breaks)) in cases.iter().enumerate() {
        let rule = PAIRS.get(at).map_or("nothing", |pair| pair.rule);
        if failed.contains(name) != *breaks || made.contains(name) == *breaks {
            let why = messages().find(|message| message["target"]["name"] == name.as_str());
            let why = why.map_or_else(String::new, |message| message["message"]["rendered"].to_string());
            wrong.push(format!("{rule}: breaks is {breaks}, the compiler says otherwise: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), String::from_utf8_lossy(&output.stderr));
}
