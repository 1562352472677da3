//! `rdbfetch verify`

use std::fs;

use serde_json::json;

use crate::support::{in_order, keys, rdbfetch, repository, sorted};

const FIELDS: [&str; 5] = ["path", "size", "verdict", "rdb_version", "detail"];

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
