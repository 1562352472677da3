//! Runs the generator: `run SPECS OUT` reads `SPECS/*/*.yaml` and writes the generated files below OUT.
//!
//! On stdout stands one line of JSON with the seconds of each phase and the peak of resident memory; how long the whole
//! process takes is for its caller to measure.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use rdbfetch_codegen::Folder;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [specs, out] = &arguments[..] else { return Err("usage: run SPECS OUT".into()) };
    let start = Instant::now();
    let specs = Folder::read(Path::new(specs))?;
    let was_read = start.elapsed();
    let outputs = specs.generate(&[])?;
    let was_generated = start.elapsed();
    let mut bytes = 0;
    for output in &outputs {
        let path = Path::new(out).join(&output.path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new(out)))?;
        fs::write(path, &output.text)?;
        bytes += output.text.len();
    }
    let was_written = start.elapsed();
    println!(
        "{{\"files\": {}, \"bytes\": {bytes}, \"read_s\": {:.4}, \"generate_s\": {:.4}, \"write_s\": {:.4}, \"peak_kib\": {}}}",
        outputs.len(),
        was_read.as_secs_f64(),
        (was_generated - was_read).as_secs_f64(),
        (was_written - was_generated).as_secs_f64(),
        peak().map_or_else(|| "null".to_owned(), |peak| peak.to_string()),
    );
    Ok(())
}

/// The peak of resident memory in KiB, where the system tells.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
