//! Clouds that nobody offers, in combinations of traits that the real ones do not show: what the language must say
//! without a word of Rust. What they become is pinned here, and compiled and driven by the crate under `tests/clouds`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rdbfetch_codegen::{Folder, Output};

#[test]
fn invented_clouds_generate() {
    let mut modules: BTreeMap<String, String> = BTreeMap::new();
    let clouds = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clouds");
    let clouds = Folder::read(&clouds).expect("there are clouds");
    for Output { path, text } in clouds.generate(&[]).unwrap_or_else(|failure| panic!("{failure}")) {
        if let Some((cloud, _)) = path.split_once('/').filter(|_| path.ends_with(".rs")) {
            modules.entry(cloud.to_owned()).or_default().push_str(&format!("{text}\n"));
        }
    }
    assert!(modules.len() >= 30, "there are clouds to generate from");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("clouds-pinned");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (cloud, text) in &modules {
            insta::assert_snapshot!(cloud.as_str(), text);
        }
    });
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clouds-pinned");
    let left: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .flatten()
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".snap")?.to_owned()))
        .filter(|name| !modules.contains_key(name))
        .collect();
    assert!(left.is_empty(), "no cloud gives these snapshots, delete them: {}", left.join(", "));
}
