//! What a run of many backups makes of keys that are wrong and of disks that are full.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::emulated::Emulator;
use crate::fleet::{SERVICE, backups, emulator, pull};
use crate::killed::content;
use crate::support::{Done, PROGRAM, rdbfetch, repository, words};

/// Another service, whose keys are its own.
const OTHER: &str = "ucloud";

/// What became of the others, sorted: the instance, what kind of failure it was, and the exit code.
fn failed(report: &Value) -> Vec<(String, String, i64)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let failed = report["failed"].as_array().expect("a list").iter();
    let mut failed: Vec<_> = failed
        .map(|one| (text(&one["instance"]), text(&one["kind"]), one["exit_code"].as_i64().unwrap_or(-1)))
        .collect();
    failed.sort();
    failed
}

/// Runs a fleet of two services, with keys for the second that differ from those of the emulator.
fn with_keys(emulator: &Emulator, folder: &Path, public: &str, private: &str) -> Done {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let (facts, keys) = (&emulator.facts, &emulator.facts["credentials"]);
    let config: String = [SERVICE, OTHER]
        .iter()
        .map(|name| {
            let (endpoint, sample) = (&facts["endpoints"][name], &facts["samples"][name]);
            let region =
                if sample.is_null() { "\"ap-guangzhou\"".to_owned() } else { sample["region"].to_string() };
            format!("[{name}]\nendpoint = {endpoint}\nregion = {region}\n")
        })
        .collect();
    fs::write(folder.join("config.toml"), config).expect("a file");
    let sample = &facts["samples"][OTHER];
    let other = format!("{OTHER} {} {}\n", text(&sample["instance"]), text(&sample["backup"]));
    let mut targets: String = (0..30).map(|number| format!("{SERVICE} redis-{number:04}\n")).collect();
    targets.insert_str(0, &other);
    fs::write(folder.join("fleet.txt"), targets).expect("a file");
    let mut run = rdbfetch(words("pull --targets fleet.txt --dir out --quiet --no-fsync"))
        .env("RDBFETCH_CONFIG", "config.toml")
        .env("TENCENTCLOUD_SECRET_ID", &text(&keys["access_key"]))
        .env("TENCENTCLOUD_SECRET_KEY", &text(&keys["secret_key"]))
        .folder(folder);
    run.command().env_remove("RDBFETCH_REGION");
    if !public.is_empty() {
        run = run.env("UCLOUD_PUBLIC_KEY", public).env("UCLOUD_PRIVATE_KEY", private);
    }
    run.done()
}

#[test]
fn one_bad_key_among_many_targets_fails_alone() {
    let stock = backups(SERVICE, 30, &["1001"]);
    let emulator = emulator(stock.path());
    let key = |name: &str| emulator.facts["credentials"][name].as_str().expect("a key").to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let secret = "hush-not-the-secret-at-all";
    for (public, private) in [(key("access_key").as_str(), secret), ("", "")] {
        let done = with_keys(&emulator, folder.path(), public, private).exits(3);
        assert_eq!(done.error()["kind"], "partial");
        let report = done.json();
        let failed = failed(&report);
        assert_eq!((failed.len(), failed[0].1.as_str(), failed[0].2), (1, "auth", 4), "{failed:?}");
        assert_eq!(report["failed"][0]["service"], OTHER);
        let summary = &report["summary"];
        let there = summary["pulled"].as_u64().unwrap_or(0) + summary["already"].as_u64().unwrap_or(0);
        assert_eq!((there, &summary["complete"]), (30, &Value::Bool(true)), "{summary}");
        assert!(!done.err.contains(secret) && !done.out.contains(secret));
    }
    // With the right one, only the one that failed is fetched.
    let (public, private) = (key("access_key"), key("secret_key"));
    let summary = with_keys(&emulator, folder.path(), &public, &private).exits(0).json()["summary"].take();
    assert_eq!((summary["pulled"].as_u64(), summary["already"].as_u64()), (Some(1), Some(30)));
}

/// An emulator with small backups and, in the middle of them, one of a mebibyte.
fn with_a_large_one() -> (tempfile::TempDir, Emulator) {
    let stock = backups(SERVICE, 9, &["1001"]);
    fs::write(stock.path().join(SERVICE).join("redis-0004/1001/0.rdb"), content()).expect("a file");
    let emulator = emulator(stock.path());
    (stock, emulator)
}

/// What all runs here have in common.
fn line(emulator: &Emulator, out: &Path) -> String {
    let endpoint = emulator.facts["endpoints"][SERVICE].as_str().expect("an endpoint");
    format!(
        "pull {SERVICE} --all --dir {} --quiet --no-fsync --accept-unverified --piece 16384 --endpoint {endpoint}",
        out.display()
    )
}

/// Holds the folder against what should be there: all backups, but for that of one instance.
fn all_but_the_large_one(out: &Path) {
    let small = fs::read(repository("tests/fixtures/rdb/empty.rdb")).expect("a file");
    for number in 0..9 {
        let folder = out.join(SERVICE).join(format!("redis-{number:04}"));
        let names = fs::read_dir(&folder).into_iter().flatten().flatten();
        let names: Vec<String> =
            names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        let files: Vec<&String> = names.iter().filter(|name| name.ends_with(".rdb")).collect();
        if number == 4 {
            assert!(files.is_empty(), "{names:?}");
        } else {
            assert_eq!(files.len(), 1, "{names:?}");
            assert_eq!(fs::read(folder.join(files[0])).expect("the file"), small);
        }
    }
}

fn completes(emulator: &Emulator, out: &Path) {
    let line = line(emulator, out);
    let (_, line) = line.split_once("pull ").expect("a command");
    let line = line.split(" --no-fsync").next().expect("a line").to_owned() + " --accept-unverified";
    let summary = pull(emulator, SERVICE, Path::new("/"), &line).exits(0).json()["summary"].take();
    assert_eq!((summary["pulled"].as_u64(), summary["already"].as_u64()), (Some(1), Some(8)), "{summary}");
    let large = out.join(SERVICE).join("redis-0004/redis-0004-1001-000-0.rdb");
    assert_eq!(fs::read(large).expect("the file"), content());
}

/// Runs a script with the emulator's keys.
fn shell(emulator: &Emulator, script: &str) -> Output {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let keys = &emulator.facts["credentials"];
    let home = tempfile::tempdir().expect("a folder");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", script]).env_clear().stdin(Stdio::null()).env("HOME", home.path());
    shell
        .env("RDBFETCH_ACCESS_KEY", text(&keys["access_key"]))
        .env("RDBFETCH_SECRET_KEY", text(&keys["secret_key"]))
        .env("RDBFETCH_REGION", "ap-guangzhou");
    shell.output().expect("a shell")
}

fn is_told(output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("the report");
    let expected = ("redis-0004".to_owned(), "disk".to_owned(), 9);
    assert_eq!(failed(&report), [expected], "{said}");
    assert_eq!(report["summary"]["pulled"], 8);
}

/// With files that can be no larger than a part of the large one.
#[cfg(unix)]
#[test]
fn a_file_that_the_disk_does_not_take_fails_alone() {
    let (_stock, emulator) = with_a_large_one();
    let out = tempfile::tempdir().expect("a folder");
    let line = line(&emulator, out.path());
    is_told(&shell(&emulator, &format!("trap '' XFSZ; ulimit -f 400; exec {PROGRAM} {line}")));
    all_but_the_large_one(out.path());
    let journal = out.path().join(SERVICE).join("redis-0004/redis-0004-1001-000-0.rdb.part.journal");
    assert!(journal.exists(), "what is there is gone on with");
    completes(&emulator, out.path());
}

/// A file system of its own, where the tests may make one.
#[cfg(target_os = "linux")]
struct Small(tempfile::TempDir);

#[cfg(target_os = "linux")]
impl Small {
    fn new(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", size, "none"]).arg(folder.path()).output();
        match mount {
            Ok(output) if output.status.success() => Some(Self(folder)),
            other => {
                eprintln!("SKIPPED, as no tmpfs can be mounted here: {other:?}");
                None
            }
        }
    }

    fn resize(&self, size: &str) {
        let option = format!("remount,{size}");
        let done = Command::new("mount").args(["-o", &option]).arg(self.0.path()).status();
        assert!(done.expect("mount").success());
    }
}

#[cfg(target_os = "linux")]
impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_fails_what_does_not_fit() {
    // There are always 16 MiB to be left, and half a mebibyte is not enough for the large one.
    let Some(disk) = Small::new("size=16896k") else { return };
    let (_stock, emulator) = with_a_large_one();
    let out = disk.0.path();
    is_told(&shell(&emulator, &format!("exec {PROGRAM} {}", line(&emulator, out))));
    all_but_the_large_one(out);
    disk.resize("size=64m");
    completes(&emulator, out);
}
