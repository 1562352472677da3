//! Writes synthetic operations: `synth OPERATIONS FOLDER [narrow|wide]`.
//!
//! FOLDER gets `specs/synthetic/*.yaml`, `openapi30.json` and `openapi31.json`, which say the same.

use std::error::Error;
use std::fs;
use std::path::Path;

use rdbfetch_benches::openapi::{self, Version};
use rdbfetch_benches::{NARROW, SEED, WIDE, plan, specs};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (operations, folder, shape) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [operations, folder] | [operations, folder, "narrow"] => (operations, folder, &NARROW),
        [operations, folder, "wide"] => (operations, folder, &WIDE),
        _ => return Err("usage: synth OPERATIONS FOLDER [narrow|wide]".into()),
    };
    let operations: usize = operations.parse().map_err(|_| format!("`{operations}` is no number"))?;
    let folder = Path::new(folder);
    let api = plan(shape, operations, SEED);
    fs::create_dir_all(folder.join("specs/synthetic"))?;
    for (path, text) in specs(&api) {
        fs::write(folder.join("specs").join(path), text)?;
    }
    for version in [Version::V30, Version::V31] {
        let file = fs::File::create(folder.join(format!("openapi{version}.json")))?;
        openapi::write(&api, version, std::io::BufWriter::new(file))?;
    }
    Ok(())
}
