//! Clouds that nobody offers, in combinations of traits that the real ones do not show: what the language must say
//! without a word of Rust. Their signing functions are pinned.

use std::fs;
use std::path::Path;

use rdbfetch_codegen::{SpecFile, generate};

fn clouds() -> Vec<SpecFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clouds");
    let mut out = Vec::new();
    for cloud in fs::read_dir(folder).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        for file in fs::read_dir(cloud.path()).unwrap().flatten() {
            let (cloud, name) = (cloud.file_name(), file.file_name());
            let path = format!("specs/{}/{}", cloud.to_str().unwrap(), name.to_str().unwrap());
            if path.ends_with(".yaml") {
                out.push(SpecFile { path, text: fs::read_to_string(file.path()).unwrap() });
            }
        }
    }
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

#[test]
fn invented_clouds_generate() {
    let outputs = generate(&clouds(), &[]).unwrap_or_else(|failure| panic!("{failure}"));
    let signatures: Vec<_> = outputs.iter().filter(|output| output.path.ends_with("/auth.rs")).collect();
    assert!(signatures.len() >= 2, "there are clouds to generate from");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("clouds");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for output in signatures {
            let name = output.path.replace('/', "-");
            insta::assert_snapshot!(name, output.text);
        }
    });
}
