//! The generated text is pinned under `generated/`, so that a spec change shows up in review as the Rust it becomes.
//!
//! `cargo insta review`, or `INSTA_UPDATE=always cargo test -p rdbfetch-codegen --test pinned`, takes over a change.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rdbfetch_codegen::{Output, SpecFile, features, generate};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("codegen stands in the repository").to_path_buf()
}

fn specs() -> Vec<SpecFile> {
    let mut out = Vec::new();
    for service in fs::read_dir(root().join("specs")).unwrap().flatten().filter(|entry| entry.path().is_dir())
    {
        for file in fs::read_dir(service.path()).unwrap().flatten() {
            let (folder, name) = (service.file_name(), file.file_name());
            let path = format!("specs/{}/{}", folder.to_str().unwrap(), name.to_str().unwrap());
            if path.ends_with(".yaml") {
                out.push(SpecFile { path, text: fs::read_to_string(file.path()).unwrap() });
            }
        }
    }
    out
}

fn outputs() -> Vec<Output> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    generate(&specs(), &features(&manifest)).unwrap_or_else(|failure| panic!("{failure}"))
}

/// Pinned text by its path, without the header of the snapshot.
fn pinned() -> BTreeMap<String, String> {
    fn walk(folder: &Path, prefix: &str, out: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap();
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{prefix}{name}/"), out);
            } else if name != "README.md" && !name.ends_with(".snap.new") {
                let text = fs::read_to_string(entry.path()).unwrap().replace('\r', "");
                let body = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
                let body = body.map_or("not a snapshot", |(_, body)| body);
                let name = name.strip_suffix(".snap").unwrap_or(&name);
                out.insert(format!("{prefix}{name}"), body.to_owned());
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(&root().join("generated"), "", &mut out);
    out
}

#[test]
fn every_module_is_pinned() {
    for output in outputs() {
        let (folder, name) = output.path.rsplit_once('/').unwrap_or(("", &output.path));
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(root().join("generated").join(folder));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, output.text));
    }
}

#[test]
fn nothing_is_missing_different_or_left_over() {
    if std::env::var("INSTA_UPDATE").is_ok_and(|mode| mode == "always") {
        return eprintln!("skipped: the other test is writing the files that this one reads");
    }
    let pinned = pinned();
    let outputs = outputs();
    let mut problems = Vec::new();
    for output in &outputs {
        match pinned.get(&output.path) {
            None => problems.push(format!("missing:   generated/{}.snap", output.path)),
            Some(text) if text.trim_end() != output.text.trim_end() => {
                problems.push(format!("different: generated/{}.snap", output.path));
            }
            Some(_) => {}
        }
    }
    for path in pinned.keys().filter(|path| !outputs.iter().any(|output| output.path == **path)) {
        problems.push(format!("left over: generated/{path}.snap (nothing generates it: delete it)"));
    }
    assert!(
        problems.is_empty(),
        "generated/ is not what the specs give:\n  {}\nReview with `cargo insta review`, or take everything over with\n\
         INSTA_UPDATE=always cargo test -p rdbfetch-codegen --test pinned",
        problems.join("\n  ")
    );
}

#[test]
fn the_order_of_files_does_not_matter() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut shuffled = specs();
    shuffled.sort_by(|a, b| b.path.cmp(&a.path));
    let backwards = generate(&shuffled, &features(&manifest)).unwrap();
    shuffled.rotate_left(3);
    let rotated = generate(&shuffled, &features(&manifest)).unwrap();
    assert_eq!(outputs(), backwards);
    assert_eq!(outputs(), rotated);
}
