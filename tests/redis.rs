//! Fetched backups in the hands of a real Redis: every file of every cloud is accepted by `redis-check-rdb` and loaded
//! by `redis-server`.
//!
//! Without these programs the test says so and passes, unless `RDBFETCH_REQUIRE_REDIS` is set. It has no harness, so
//! that what it skipped is seen.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

fn main() -> ExitCode {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    let missing: Vec<&str> = ["redis-server", "redis-cli", "redis-check-rdb"]
        .into_iter()
        .filter(|program| !installed(program))
        .collect();
    for service in rdbfetch::SERVICES {
        let name = format!("backups of {} in a real Redis", service.name);
        if !missing.is_empty() {
            println!("SKIPPED {name}: {} not installed", missing.join(", "));
            skipped += 1;
            continue;
        }
        match check(service.name) {
            Ok(summary) => {
                println!("ok {name}: {summary}");
                passed += 1;
            }
            Err(problem) => {
                println!("FAILED {name}: {problem}");
                failed += 1;
            }
        }
    }
    println!("redis: {passed} passed, {failed} failed, {skipped} skipped");
    let required = std::env::var_os("RDBFETCH_REQUIRE_REDIS").is_some();
    if failed > 0 || (required && skipped > 0) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn installed(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

fn check(service: &str) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let files = pull(service, folder.path())?;
    let mut keys = 0;
    for file in &files {
        let checked = run(Command::new("redis-check-rdb").arg(file))?;
        if !checked.contains("RDB looks OK") {
            return Err(format!("redis-check-rdb: {checked}"));
        }
        keys += load(file)?;
    }
    Ok(format!("{} files, {keys} keys", files.len()))
}

fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    Err(format!("{}: {text}{}", output.status, String::from_utf8_lossy(&output.stderr)))
}

fn pull(service: &str, folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rdbfetch"));
    command.args([
        "pull",
        service,
        "--emulator",
        "--backup",
        "latest",
        "--output",
        "json",
        "--quiet",
        "--dir",
    ]);
    let manifest = run(command.arg(folder))?;
    let manifest: serde_json::Value = serde_json::from_str(&manifest).map_err(|error| error.to_string())?;
    let files = manifest["files"].as_array().ok_or("the manifest has no files")?;
    let paths = files.iter().filter_map(|file| file["path"].as_str().map(|path| folder.join(path)));
    let paths: Vec<PathBuf> = paths.collect();
    if paths.is_empty() { Err("nothing was fetched".to_owned()) } else { Ok(paths) }
}

/// A server that is stopped when it goes out of scope.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Loads a file into a server of its own, on a socket in a private folder, and counts the keys of its databases.
fn load(file: &Path) -> Result<u64, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    std::fs::copy(file, folder.path().join("dump.rdb")).map_err(|error| error.to_string())?;
    let socket = folder.path().join("redis.sock");
    let child = Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--dbfilename", "dump.rdb", "--dir"])
        .arg(folder.path())
        .arg("--unixsocket")
        .arg(&socket)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let server = Server(child);
    let ask = |command: &str| run(Command::new("redis-cli").arg("-s").arg(&socket).args(command.split(' ')));
    let deadline = Instant::now() + Duration::from_secs(20);
    // The server answers PING only when the file is loaded.
    while !ask("PING").is_ok_and(|answer| answer.trim() == "PONG") {
        if Instant::now() > deadline {
            return Err("redis-server did not load the file within 20 seconds".to_owned());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let keyspace = ask("INFO keyspace")?;
    drop(server);
    let counts = keyspace
        .lines()
        .filter_map(|line| line.split_once("keys=")?.1.split(',').next()?.parse::<u64>().ok());
    let keys: u64 = counts.sum();
    if keys == 0 { Err(format!("no keys were loaded: {keyspace}")) } else { Ok(keys) }
}
