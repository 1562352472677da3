//! Puts the generated services into `OUT_DIR`.
//!
//! Inside the repository (see `.cargo/config.toml`) the generator makes them from `specs/`. Elsewhere this script is
//! std-only and unpacks the reviewed copy in `generated/`, after a digest has shown that it belongs to these specs.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// Path and text of a file.
#[cfg(not(rdbfetch_generate))]
type File = (String, String);

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for watched in ["specs", "generated", "build.rs", "Cargo.toml"] {
        println!("cargo::rerun-if-changed={watched}");
    }
    services(&root, &out);
}

/// The generated files, made from the specs.
#[cfg(rdbfetch_generate)]
fn services(root: &Path, out: &Path) {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("Cargo.toml can be read");
    // cargo runs this script in the root, so that problems name paths from there.
    let config = rdbfetch_codegen::configure().specs("specs").runtime("crate").out_dir(out);
    config.features(rdbfetch_codegen::features(&manifest)).run();
}

/// Puts the generated files there, unpacked from the pinned copy.
#[cfg(not(rdbfetch_generate))]
fn services(root: &Path, out: &Path) {
    for (path, text) in pinned(root) {
        let path = out.join(path);
        fs::create_dir_all(path.parent().expect("a file stands in a folder"))
            .expect("OUT_DIR can be written");
        // Unchanged files keep their time, so that nothing is compiled again.
        if fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
            fs::write(&path, text).expect("OUT_DIR can be written");
        }
    }
}

/// The pinned copy's files.
#[cfg(not(rdbfetch_generate))]
fn pinned(root: &Path) -> Vec<File> {
    let mut specs = files(&root.join("specs"), "specs", ".yaml");
    specs.sort();
    let pinned: Vec<File> = files(&root.join("generated"), "", ".snap")
        .into_iter()
        .map(|(path, text)| {
            // A snapshot is its header, a line of dashes, and the text.
            let text = text.replace('\r', "");
            let body = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
            let (_, body) = body.unwrap_or_else(|| panic!("generated{path} is not a snapshot"));
            (
                path.trim_start_matches('/').trim_end_matches(".snap").to_owned(),
                body.trim_end().to_owned() + "\n",
            )
        })
        .collect();
    let digest = pinned.iter().find(|(path, _)| path == "digest").map(|(_, text)| text.trim());
    if digest != Some(format!("{:016x}", digest_of(&specs)).as_str()) {
        eprintln!(
            "error: generated/ does not belong to specs/: a spec changed and the pinned code did not.\n\
             Inside the repository run `INSTA_UPDATE=always cargo test -p rdbfetch-codegen --test pinned`, look at the \
             difference, and commit it.\n\
             (With RUSTFLAGS set or `--target` given, cargo does not read `.cargo/config.toml`, and the generator does \
             not run.)"
        );
        std::process::exit(1);
    }
    pinned
}

/// The digest that `rdbfetch_codegen::digest` computes: FNV-1a over sorted paths and texts.
#[cfg(not(rdbfetch_generate))]
fn digest_of(specs: &[File]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for (path, text) in specs {
        for byte in path.bytes().chain([0]).chain(text.bytes().filter(|byte| *byte != b'\r')).chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

/// All files below a folder with this ending (the generator refuses specs that stand elsewhere than in the folders of
/// services), their paths written with `/` and beginning with `prefix`.
#[cfg(not(rdbfetch_generate))]
fn files(folder: &Path, prefix: &str, ending: &str) -> Vec<File> {
    let mut out = Vec::new();
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries.flatten() {
        let name = entry.file_name().into_string().expect("file names are UTF-8");
        let (path, prefixed) = (entry.path(), format!("{prefix}/{name}"));
        if path.is_dir() {
            out.extend(files(&path, &prefixed, ending));
        } else if name.ends_with(ending) {
            let text =
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            out.push((prefixed, text));
        }
    }
    out
}
