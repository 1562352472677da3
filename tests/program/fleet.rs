//! `rdbfetch pull` of many backups, and what a run leaves for the next one.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::emulated::Emulator;
use crate::schemas::validate;
use crate::support::{Done, a_service, rdbfetch, repository, words};

/// A folder of backups for an emulator: so many instances of a service, each with these backups.
pub fn backups(service: &str, instances: usize, names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for instance in 0..instances {
        for name in names {
            let to = folder.path().join(service).join(format!("redis-{instance:04}")).join(name);
            fs::create_dir_all(&to).expect("a folder");
            fs::copy(repository("tests/fixtures/rdb/empty.rdb"), to.join("0.rdb")).expect("a copy");
        }
    }
    folder
}

pub fn emulator(folder: &Path) -> Emulator {
    Emulator::start(&format!("--backups {}", folder.display()))
}

pub fn pull(emulator: &Emulator, service: &str, folder: &Path, line: &str) -> Done {
    emulator.against(service, &format!("pull {line} --no-fsync")).folder(folder).done()
}

/// The service whose instances the emulator lists and whose ids are free.
pub const SERVICE: &str = "tencent";

#[test]
fn all_instances_are_pulled_once() {
    let stock = backups(SERVICE, 200, &["1001"]);
    let emulator = emulator(stock.path());
    let folder = tempfile::tempdir().expect("a folder");
    let line = format!("{SERVICE} --all --dir out --quiet");
    let done = pull(&emulator, SERVICE, folder.path(), &line).exits(0);
    let report = done.json();
    let instances = report["backups"].as_array().expect("a list");
    assert_eq!((instances.len(), &report["summary"]["pulled"]), (200, &json!(200)));
    assert_eq!(report["summary"]["complete"], true);
    for path in instances.iter().map(|one| one["files"][0]["path"].as_str().expect("a path")) {
        assert!(path.starts_with(&format!("out/{SERVICE}/redis-")), "{path}");
        assert!(folder.path().join(path).exists(), "{path}");
    }

    let lost = instances[7]["files"][0]["path"].as_str().expect("a path");
    fs::remove_file(folder.path().join(lost)).expect("it was there");
    let again = pull(&emulator, SERVICE, folder.path(), &line).exits(0).json();
    assert_eq!(again["summary"]["already"], 199);
    assert_eq!(again["backups"][0]["files"][0]["path"], lost);
}

#[test]
fn parts_of_a_fleet_are_the_whole() {
    let stock = backups(SERVICE, 30, &["1001"]);
    let emulator = emulator(stock.path());
    let folder = tempfile::tempdir().expect("a folder");
    let mut found = Vec::new();
    for part in 0..3 {
        let line = format!("{SERVICE} --all --shard {part}/3 --dry-run --quiet --output jsonl");
        let done = pull(&emulator, SERVICE, folder.path(), &line).exits(0);
        for line in done.out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")) {
            validate("fleet-line", &line);
            if line["status"] == "planned" {
                found.push(line["instance"].as_str().expect("an id").to_owned());
            }
        }
    }
    found.sort();
    let all: Vec<String> = (0..30).map(|number| format!("redis-{number:04}")).collect();
    assert_eq!(found, all);
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0, "nothing was fetched");
}

#[test]
fn one_that_fails_does_not_stop_the_others() {
    let stock = backups(SERVICE, 3, &["1001"]);
    let bad = stock.path().join(SERVICE).join("redis-0001/1001/0.rdb");
    let mut bytes = fs::read(&bad).expect("the file");
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(&bad, bytes).expect("a file");
    let emulator = emulator(stock.path());
    let folder = tempfile::tempdir().expect("a folder");
    let targets = format!(
        "# some\n{SERVICE} redis-0000\n{SERVICE} redis-0001 1001\n\
         {{\"service\":\"{SERVICE}\",\"instance\":\"redis-0002\",\"dir\":\"two\"}}\n{SERVICE} redis-0009 1\n"
    );
    fs::write(folder.path().join("fleet.txt"), targets).expect("a file");
    let done = pull(&emulator, SERVICE, folder.path(), "--targets fleet.txt").exits(3);
    assert_eq!(done.error()["kind"], "partial");
    let report = done.json();
    let mut failed: Vec<(&Value, &Value)> = report["failed"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (&one["instance"], &one["exit_code"]))
        .collect();
    failed.sort_by_key(|(instance, _)| instance.to_string());
    assert_eq!(failed[0], (&json!("redis-0001"), &json!(8)));
    assert_eq!((failed.len(), failed[1].0), (2, &json!("redis-0009")));
    assert_eq!(report["summary"]["pulled"], 2);
    assert!(folder.path().join("two").is_dir());
}

#[test]
fn wrong_targets_are_told_before_anything_is_done() {
    let done = rdbfetch(words("pull --targets -")).stdin(b"nosuch i\nworse\n").done().exits(2);
    let message = done.message();
    assert!(message.contains("stdin:1: ") && message.contains("stdin:2: "), "{message}");
    for line in
        ["pull --targets x --instance i", "pull --all", "pull tencent --jobs 2 --instance i --backup b"]
    {
        rdbfetch(words(line)).done().exits(2);
    }
}

#[test]
fn sums_are_what_sha256sum_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = format!("pull {} --emulator --backup latest --quiet", a_service());
    let pulled = rdbfetch(words(&line)).folder(folder.path()).done().exits(0);
    let mut names = fs::read_dir(folder.path()).expect("a folder").flatten().map(|entry| entry.file_name());
    let sums = names.find(|name| name.to_string_lossy().ends_with(".sha256")).expect("the sums");
    let mut names = fs::read_dir(folder.path()).expect("a folder").flatten().map(|entry| entry.path());
    let manifest = names.find(|name| name.to_string_lossy().ends_with(".manifest.json")).expect("a manifest");
    let text = fs::read(&manifest).expect("the manifest");
    validate("manifest", &serde_json::from_slice(&text).expect("JSON"));
    match Command::new("sha256sum").arg("-c").arg(&sums).current_dir(folder.path()).output() {
        Ok(checked) => assert!(checked.status.success(), "{checked:?}"),
        Err(error) => eprintln!("skipped: sha256sum: {error}"),
    }

    // The next run asks nobody for links, and finds what was changed when it reads again.
    let again = rdbfetch(words(&line)).folder(folder.path()).done().exits(0);
    assert_eq!(again.json(), pulled.json());
    assert_eq!(fs::read(&manifest).expect("the manifest"), text);
    let path = folder.path().join(pulled.json()["files"][0]["path"].as_str().expect("a path"));
    let mut bytes = fs::read(&path).expect("the file");
    bytes[20] ^= 1;
    fs::write(&path, &bytes).expect("a file");
    rdbfetch(words(&format!("{line} --recheck"))).folder(folder.path()).done().exits(9);
    assert_eq!(fs::read(&path).expect("the file"), bytes);
}

#[cfg(unix)]
#[test]
fn older_backups_go_and_a_command_runs() {
    let stock = backups(SERVICE, 1, &["1001"]);
    let out = tempfile::tempdir().expect("a folder");
    for number in ["1001", "1002", "1003"] {
        let to = stock.path().join(SERVICE).join("redis-0000").join(number);
        fs::create_dir_all(&to).expect("a folder");
        fs::copy(repository("tests/fixtures/rdb/empty.rdb"), to.join("0.rdb")).expect("a copy");
        let emulator = emulator(stock.path());
        fs::write(out.path().join("mine.rdb"), "mine").expect("a file");
        let line = format!("{SERVICE} --instance redis-0000 --backup {number} --keep 2 --quiet");
        let mut run = emulator.against(SERVICE, &format!("pull {line} --no-fsync")).folder(out.path());
        run.command()
            .args(["--exec", "echo $RDBFETCH_BACKUP in $RDBFETCH_DIR, ${RDBFETCH_SECRET_KEY-no key}"]);
        let done = run.done().exits(0);
        assert!(done.err.contains(&format!("{number} in ., no key")), "{}", done.err);
        done.json();
    }
    let names: Vec<String> = fs::read_dir(out.path())
        .expect("a folder")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert!(names.contains(&"mine.rdb".to_owned()));
    assert!(!names.iter().any(|name| name.contains("1001")), "{names:?}");
    assert_eq!(names.len(), 1 + 2 * 3, "{names:?}");
}

/// A run that is killed after some backups is gone on with, and ends with all of them, whole.
#[test]
fn a_fleet_that_was_killed_is_gone_on_with() {
    let stock = backups(SERVICE, 40, &["1001"]);
    let emulator = emulator(stock.path());
    let folder = tempfile::tempdir().expect("a folder");
    let line = format!("pull {SERVICE} --all --dir out --quiet --no-fsync --output jsonl");
    for after in [1, 7, 20] {
        let mut run = emulator.against(SERVICE, &line).folder(folder.path());
        let mut child = run
            .command()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        assert_eq!(lines.take(after).filter(Result::is_ok).count(), after);
        child.kill().expect("it runs, or has ended");
        child.wait().expect("it ended");
    }
    let sample = fs::read(repository("tests/fixtures/rdb/empty.rdb")).expect("a file");
    let report = pull(&emulator, SERVICE, folder.path(), &format!("{SERVICE} --all --dir out --quiet"));
    let report = report.exits(0).json();
    assert!(report["summary"]["already"].as_u64().is_some_and(|already| already >= 20), "{report}");
    for instance in 0..40 {
        let place = folder.path().join(format!("out/{SERVICE}/redis-{instance:04}"));
        let names: Vec<String> = fs::read_dir(&place)
            .expect("a folder")
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names.len(), 3, "{names:?}");
        let file = names.iter().find(|name| name.ends_with(".rdb")).expect("a file");
        assert_eq!(fs::read(place.join(file)).expect("the file"), sample);
    }
}

#[cfg(unix)]
#[test]
fn a_command_that_fails_is_told_and_the_files_stay() {
    let stock = backups(SERVICE, 2, &["1001"]);
    let emulator = emulator(stock.path());
    let folder = tempfile::tempdir().expect("a folder");
    let mut run = emulator
        .against(SERVICE, &format!("pull {SERVICE} --all --dir out --quiet --no-fsync"))
        .folder(folder.path());
    run.command().args(["--exec", "test $RDBFETCH_INSTANCE = redis-0000"]);
    let done = run.done().exits(3);
    let report = done.json();
    let failed = &report["failed"][0];
    assert_eq!((failed["instance"].as_str(), failed["kind"].as_str()), (Some("redis-0001"), Some("exec")));
    for instance in ["redis-0000", "redis-0001"] {
        assert!(folder.path().join("out").join(SERVICE).join(instance).is_dir());
    }
}

/// Also where an instance would have to be looked up to know which operation gives links.
#[test]
fn targets_that_are_there_need_nobody_to_be_asked() {
    for service in ["tencent", "ucloud", "jdcloud"] {
        let stock = backups(service, 3, &["1001"]);
        let mut emulator = emulator(stock.path());
        let folder = tempfile::tempdir().expect("a folder");
        let targets: String =
            (0..3).map(|number| format!("{service} redis-{number:04} 1001\n")).collect::<Vec<_>>().concat();
        fs::write(folder.path().join("fleet.txt"), targets).expect("a file");
        let line = "--targets fleet.txt --dir out --quiet";
        let summary = pull(&emulator, service, folder.path(), line).exits(0).json()["summary"].take();
        assert_eq!(summary["pulled"], 3, "{service}");
        emulator.signal("TERM");
        let summary = pull(&emulator, service, folder.path(), line).exits(0).json()["summary"].take();
        assert_eq!(summary["already"], 3, "{service}");
        let line = format!("{line} --dry-run");
        let summary = pull(&emulator, service, folder.path(), &line).exits(0).json()["summary"].take();
        assert_eq!(summary["already"], 3, "{service}");
    }
}
