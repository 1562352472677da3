//! Generates the clouds under `codegen/tests/clouds`, for a crate that depends on the runtime.

use std::path::PathBuf;
use std::{env, fs};

use rdbfetch_codegen::Folder;

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let folder = root.join("../../codegen/tests/clouds");
    println!("cargo::rerun-if-changed={}", folder.display());
    match Folder::read(&folder).expect("there are clouds").generate_for("rdbfetch", &[]) {
        Ok(files) => {
            for file in files {
                let path = out.join(file.path);
                fs::create_dir_all(path.parent().expect("a file stands in a folder"))
                    .expect("OUT_DIR can be written");
                fs::write(path, file.text).expect("OUT_DIR can be written");
            }
        }
        Err(failure) => {
            eprintln!("{failure}");
            std::process::exit(1);
        }
    }
}
