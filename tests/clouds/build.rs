//! Generates the clouds under `codegen/tests/clouds`, for a crate that depends on the runtime.

use std::path::{Path, PathBuf};
use std::{env, fs};

use rdbfetch_codegen::{SpecFile, generate_for};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let folder = root.join("../../codegen/tests/clouds");
    println!("cargo::rerun-if-changed={}", folder.display());
    match generate_for("rdbfetch", &specs(&folder), &[]) {
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

fn specs(folder: &Path) -> Vec<SpecFile> {
    let mut out = Vec::new();
    for cloud in
        fs::read_dir(folder).expect("there are clouds").flatten().filter(|entry| entry.path().is_dir())
    {
        for file in fs::read_dir(cloud.path()).expect("a folder can be read").flatten() {
            let path = file.path().to_str().expect("paths are text").replace('\\', "/");
            if path.ends_with(".yaml") {
                out.push(SpecFile { text: fs::read_to_string(&path).expect("a spec can be read"), path });
            }
        }
    }
    out
}
