//! Files in the hands of a real Redis: every file of every cloud, and every kind of generated file, is accepted by
//! `redis-check-rdb` and loaded by `redis-server`; what a server writes passes the library's check, which counts the same
//! keys; and what passes the check, be it altered, is loaded.
//!
//! Without these programs the test says so and passes, unless `RDBFETCH_REQUIRE_REDIS` is set. It has no harness, so
//! that what it skipped is seen.

mod server;
mod written;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use server::{load, run};

fn main() -> ExitCode {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    let missing: Vec<&str> = ["redis-server", "redis-cli", "redis-check-rdb"]
        .into_iter()
        .filter(|program| !installed(program))
        .collect();
    let of_services = rdbfetch::SERVICES.iter().map(|service| {
        let name = format!("backups of {} in a real Redis", service.name);
        (name, Box::new(|| check(service.name)) as Box<dyn Fn() -> Result<String, String>>)
    });
    let of_recipes = GENERATED.iter().map(|recipe| {
        let name = format!("generated files ({recipe}) in a real Redis");
        (name, Box::new(|| generated(recipe)) as Box<dyn Fn() -> Result<String, String>>)
    });
    let of_servers = written::CHECKS.iter().map(|(name, check)| {
        let check: Box<dyn Fn() -> Result<String, String>> = Box::new(check);
        ((*name).to_owned(), check)
    });
    for (name, check) in of_services.chain(of_recipes).chain(of_servers) {
        if !missing.is_empty() {
            println!("SKIPPED {name}: {} not installed", missing.join(", "));
            skipped += 1;
            continue;
        }
        match check() {
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

/// Files as scenarios have them. Redis 7.0 reads the format up to version 10.
const GENERATED: [&str; 7] = [
    "keys: 1000, version: 6",
    "keys: 1000, version: 7, expiring: 10",
    "keys: 1000, version: 8, value_size: 1",
    "keys: 1000, version: 9, value_size: 63, expiring: 1000",
    "keys: 1000, version: 10, value_size: 64",
    "keys: 1000, version: 10, checksum: false",
    "keys: 1000, value_size: 20000",
];

/// Has the emulator generate a file, and gives it to Redis as it is.
fn generated(recipe: &str) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let service = rdbfetch::SERVICES.first().ok_or("no service is compiled in")?.name;
    let scenario = format!(
        "services: {{{service}: {{regions: {{r: {{instances: [{{id: i, backups: [{{id: '1', files: [{{{recipe}}}]}}]}}]}}}}}}}}"
    );
    let scenario =
        rdbfetch_emulator::Scenario::from_yaml(&scenario, ".").map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let bytes = runtime.block_on(first_file(service, scenario))?;
    let file = folder.path().join("generated.rdb");
    std::fs::write(&file, &bytes).map_err(|error| error.to_string())?;
    let checked = run(Command::new("redis-check-rdb").arg(&file))?;
    if !checked.contains("RDB looks OK") {
        return Err(format!("redis-check-rdb: {checked}"));
    }
    match load(&file)? {
        1000 => Ok(format!("{} bytes, 1000 keys", bytes.len())),
        keys => Err(format!("{keys} keys instead of 1000")),
    }
}

/// The first file of the newest backup that an emulator serves.
async fn first_file(service: &str, scenario: rdbfetch_emulator::Scenario) -> Result<Vec<u8>, String> {
    use std::io::{Read as _, Write as _};

    let emulator = rdbfetch_emulator::Emulator::builder().scenario(scenario).start().await;
    let emulator = emulator.map_err(|error| error.to_string())?;
    let known = rdbfetch::SERVICES.iter().find(|known| known.name == service).ok_or("no such service")?;
    let sample = emulator.sample(service).ok_or("no sample")?;
    let builder = rdbfetch::Cloud::builder(known).credentials(emulator.credentials().clone());
    let builder = builder.endpoint(emulator.endpoint(service).unwrap_or_default()).region(&sample.region);
    let cloud = builder.build().map_err(|error| error.to_string())?;
    let id = rdbfetch::BackupId::new(&*sample.instance, &*sample.backup);
    let links = cloud.backup_links(&id).await.map_err(|error| error.to_string())?;
    let link = links.files.first().and_then(|file| file.public_url.as_ref()).ok_or("no link")?;
    let (host, target) =
        link.expose().strip_prefix("http://").and_then(|rest| rest.split_once('/')).ok_or("no URL")?;
    let request = format!("GET /{target} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let host = host.to_owned();
    let received = tokio::task::spawn_blocking(move || {
        let mut received = Vec::new();
        let mut stream = std::net::TcpStream::connect(host)?;
        stream.write_all(request.as_bytes())?;
        stream.read_to_end(&mut received)?;
        Ok(received)
    });
    let received = received.await.map_err(|error| error.to_string())?;
    let received = received.map_err(|error: std::io::Error| error.to_string())?;
    let end = received.windows(4).position(|four| four == b"\r\n\r\n").ok_or("no head")?;
    Ok(received[end + 4..].to_vec())
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
