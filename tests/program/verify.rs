//! `rdbfetch verify`

use std::fs;

use serde_json::json;

use crate::support::{in_order, keys, rdbfetch, repository, sorted};

const FIELDS: [&str; 10] = [
    "path",
    "size",
    "verdict",
    "rdb_version",
    "detail",
    "finding",
    "offset",
    "checksum",
    "unpacked_size",
    "contents",
];

fn sound() -> Vec<u8> {
    fs::read(repository("tests/fixtures/rdb/empty.rdb")).expect("a fixture")
}

#[test]
fn a_sound_file_is_ok() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.rdb"), sound()).expect("a file");
    let done = rdbfetch(["verify", "a.rdb"]).folder(folder.path()).done().exits(0);
    let report = &done.json()[0];
    assert_eq!(keys(report), sorted(&FIELDS));
    in_order(&done.out, &FIELDS);
    assert_eq!(report["path"], "a.rdb");
    assert_eq!(report["size"], sound().len());
    assert_eq!(report["verdict"], "ok");
    assert_eq!(report["rdb_version"], 10);
    assert_eq!(done.err, "");
}

#[test]
fn every_file_is_reported_whatever_is_wrong_with_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut cut = sound();
    cut.truncate(cut.len() - 1);
    fs::write(folder.path().join("cut.rdb"), cut).expect("a file");
    fs::write(folder.path().join("ok.rdb"), sound()).expect("a file");
    let unverified = repository("tests/fixtures/rdb/no-checksum.rdb");
    let unverified = unverified.to_str().expect("UTF-8");

    let done = rdbfetch(["verify", "cut.rdb", "ok.rdb"]).folder(folder.path()).done().exits(8);
    let verdicts: Vec<_> =
        done.json().as_array().expect("a list").iter().map(|one| one["verdict"].clone()).collect();
    assert_eq!(verdicts, ["corrupt", "ok"]);
    assert_eq!(done.error()["kind"], "verification");

    rdbfetch(["verify", "ok.rdb", unverified]).folder(folder.path()).done().exits(8);
    let done = rdbfetch(["verify", "--accept-unverified", "ok.rdb", unverified]).folder(folder.path()).done();
    assert_eq!(done.exits(0).json()[1]["verdict"], "not-verifiable");
    let line = ["verify", "--accept-unverified", "cut.rdb", unverified];
    rdbfetch(line).folder(folder.path()).done().exits(8);

    let done = rdbfetch(["verify", "missing.rdb", "ok.rdb", "."]).folder(folder.path()).done().exits(9);
    let reports = done.json();
    assert_eq!(reports.as_array().expect("a list").len(), 3);
    assert_eq!(reports[0]["verdict"], json!(null));
    assert_eq!(reports[1]["verdict"], "ok");
    assert_eq!(done.error()["kind"], "disk");
    assert!(done.message().contains("missing.rdb"), "{}", done.err);
}

#[test]
fn stdin_is_a_file_too() {
    let done = rdbfetch(["verify", "-"]).stdin(&sound()).done().exits(0);
    assert_eq!(done.json()[0]["path"], "-");
    rdbfetch(["verify", "-"]).stdin(b"<html>").done().exits(8);
}

#[test]
fn what_is_in_a_file_is_told() {
    let sample = repository("emulator/samples/shard-0.rdb");
    let sample = sample.to_str().expect("UTF-8");
    let done = rdbfetch(["verify", sample]).done().exits(0);
    let report = &done.json()[0];
    assert_eq!((&report["finding"], &report["checksum"]), (&json!("verified"), &json!("ok")));
    assert_eq!((&report["offset"], &report["unpacked_size"]), (&json!(null), &json!(null)));
    let contents = &report["contents"];
    assert_eq!(contents["complete"], true);
    assert_eq!(contents["loadable_by"], json!(["Redis 7.0 or later", "Valkey 7.2 or later"]));
    let by_type = contents["by_type"].as_object().expect("an object");
    assert_eq!(by_type.values().filter_map(serde_json::Value::as_u64).sum::<u64>(), contents["keys"]);
    let databases = contents["databases"].as_array().expect("a list");
    assert_eq!(databases.iter().filter_map(|one| one["keys"].as_u64()).sum::<u64>(), contents["keys"]);
    assert!(contents["created_at"].as_str().is_none_or(|time| time.ends_with('Z')));

    let done = rdbfetch(["verify", sample, "--output", "table"]).done().exits(0);
    assert!(done.out.contains("loaded by Redis 7.0 or later, Valkey 7.2 or later"), "{}", done.out);
}

#[test]
fn bytes_that_follow_are_a_finding_of_their_own() {
    let done = rdbfetch(["verify", "-"]).stdin(&[sound(), vec![0; 10]].concat()).done().exits(8);
    let report = &done.json()[0];
    assert_eq!((&report["verdict"], &report["finding"]), (&json!("corrupt"), &json!("trailing-bytes")));
    assert_eq!(report["offset"], sound().len());
}

#[test]
fn what_a_file_holds_is_made_safe_for_a_terminal() {
    let file = b"REDIS0010\xfa\x09redis-ver\x07\x1b]0;x\x07y\xff\0\0\0\0\0\0\0\0";
    let line = ["verify", "-", "--accept-unverified", "--output", "table"];
    let done = rdbfetch(line).stdin(file).done().exits(0);
    assert!(done.out.contains("Redis ?]0;x?y") && !done.out.contains('\x1b'), "{:?}", done.out);
}

#[test]
fn compressed_files_are_checked_inside() {
    // The sound file, compressed by gzip without a name and a time.
    let packed = fs::read(repository("tests/fixtures/rdb/empty.rdb.gz")).expect("a fixture");
    let done = rdbfetch(["verify", "-"]).stdin(&packed).done().exits(0);
    let report = &done.json()[0];
    assert_eq!((&report["size"], &report["unpacked_size"]), (&json!(packed.len()), &json!(sound().len())));
    rdbfetch(["verify", "-"]).stdin(&packed[..packed.len() - 1]).done().exits(8);
}
