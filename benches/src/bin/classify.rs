//! Says what generated files are made of: `classify FOLDER`, the answer one line of JSON on stdout.

use std::error::Error;
use std::fs;
use std::path::Path;

use rdbfetch_benches::classify::{PARTS, Sizes, add};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: classify FOLDER")?;
    let mut sizes = Sizes::default();
    walk(Path::new(&folder), "", &mut sizes)?;
    let parts: Vec<String> = PARTS
        .iter()
        .map(|part| format!("\"{part:?}\": {}", sizes.parts.get(part).copied().unwrap_or_default()))
        .collect();
    let Sizes { files, lines, bytes, code, .. } = sizes;
    println!(
        "{{\"files\": {files}, \"lines\": {lines}, \"bytes\": {bytes}, \"code\": {code}, \"parts\": {{{}}}}}",
        parts.join(", ")
    );
    Ok(())
}

fn walk(folder: &Path, prefix: &str, sizes: &mut Sizes) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            walk(&entry.path(), &path, sizes)?;
        } else {
            add(sizes, &path, &fs::read_to_string(entry.path())?);
        }
    }
    Ok(())
}
