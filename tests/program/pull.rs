//! `rdbfetch pull`

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::schemas::validate;
use crate::server::{Reply, Request, Server};
use crate::support::{Done, a_service, in_order, keys, rdbfetch, repository, services, words};

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn every_file_is_there_and_in_the_manifest() {
    for service in services() {
        let name = service.service.name;
        let folder = tempfile::tempdir().expect("a folder");
        let line = ["pull", name, "--emulator", "--backup", "latest", "--dir", "out"];
        let done = rdbfetch(line).folder(folder.path()).done().exits(0);
        let manifest = done.json();
        assert_eq!(keys(&manifest), ["backup", "files", "instance", "service"]);
        in_order(
            &done.out,
            &["service", "instance", "backup", "files", "name", "path", "size", "sha256", "rdb"],
        );
        assert_ne!(manifest["backup"], "latest");
        let entries = manifest["files"].as_array().expect("a list");
        for entry in entries {
            assert_eq!(keys(entry), ["name", "path", "rdb", "sha256", "size"]);
            assert_eq!(keys(&entry["rdb"]), ["checksum", "version"]);
            assert_eq!(entry["rdb"]["checksum"], "ok");
            let path = entry["path"].as_str().expect("a path");
            assert!(path.starts_with("out/"), "{path}");
            let content = fs::read(folder.path().join(path)).expect("the file");
            assert_eq!(entry["size"], content.len());
            assert_eq!(entry["sha256"].as_str().map(str::len), Some(64));
        }
        assert_eq!(
            files(&folder.path().join("out")).len(),
            entries.len() + 2,
            "a manifest, sums, nothing else"
        );
        assert!(
            done.err.contains("100") || done.err.contains("ok"),
            "lines where no terminal is: {}",
            done.err
        );

        let paths = entries.iter().map(|entry| entry["path"].as_str().expect("a path").to_owned());
        let verify: Vec<String> = ["verify".to_owned()].into_iter().chain(paths).collect();
        rdbfetch(verify).folder(folder.path()).done().exits(0);
    }
}

#[test]
fn programs_can_follow_it_line_by_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = format!("pull {} --emulator --backup latest --progress json --quiet", a_service());
    let done = rdbfetch(words(&line)).folder(folder.path()).done().exits(0);
    let events: Vec<Value> =
        done.err.lines().map(|line| serde_json::from_str(line).expect("nothing but JSON")).collect();
    let names = |of: Option<u64>| {
        let events = events.iter().filter(move |event| of.is_none_or(|of| event["file"] == of));
        events.map(|event| event["event"].as_str().expect("a name")).collect::<Vec<&str>>()
    };
    for event in &events {
        validate("progress", event);
    }
    let manifest = done.json();
    let files = manifest["files"].as_array().expect("a list");
    assert_eq!(events[0]["files"], files.len());
    for (index, file) in files.iter().enumerate() {
        let names = names(Some(index as u64));
        assert_eq!((names.first(), names.last()), (Some(&"started"), Some(&"finished")), "{names:?}");
        let finished = events.iter().rfind(|event| event["file"] == index).expect("an event");
        assert_eq!((&finished["path"], &finished["sha256"]), (&file["path"], &file["sha256"]));
    }
    assert!(!done.err.contains("://"), "no link in it: {}", done.err);

    let line = format!("pull {} --emulator --backup latest --overwrite --progress none", a_service());
    let done = rdbfetch(words(&line)).folder(folder.path()).done().exits(0);
    assert_eq!(done.err, "");
}

#[test]
fn what_is_there_is_overwritten_only_when_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let pull = |extra: &str| {
        let line = format!("pull {} --emulator --quiet {extra}", a_service());
        rdbfetch(words(&line)).folder(folder.path()).done()
    };
    let done = pull("").exits(0);
    assert_eq!(done.err, "", "quiet");
    let path = folder.path().join(done.json()["files"][0]["path"].as_str().expect("a path"));
    fs::write(&path, "mine").expect("a file");
    let done = pull("").exits(9);
    assert_eq!(done.out, "");
    assert!(done.message().contains("--overwrite"), "{}", done.err);
    assert_eq!(fs::read_to_string(&path).expect("the file"), "mine");
    pull("--overwrite").exits(0);
    assert!(fs::read(&path).expect("the file").starts_with(b"REDIS"));
}

/// A cloud whose links lead to these files; `None` is not there.
struct Cloud {
    api: Server,
    _storage: Server,
}

impl Cloud {
    fn with(contents: Vec<Option<Vec<u8>>>) -> Self {
        let sizes: Vec<usize> =
            contents.iter().map(|content| content.as_ref().map_or(100, Vec::len)).collect();
        let storage = Server::start(move |request: &Request| {
            let index: Option<usize> =
                request.target.split(['/', '?']).nth(1).and_then(|part| part.parse().ok());
            match index.and_then(|index| contents.get(index)?.clone()) {
                Some(content) => Reply::new(200, content),
                None => Reply::new(404, "<Error/>"),
            }
        });
        let infos: Vec<Value> = sizes
            .iter()
            .enumerate()
            .map(|(index, size)| {
                let url = format!("{}/{index}?sign=hush", storage.url);
                json!({"FileName": format!("../{index}.rdb"), "FileSize": size, "DownloadUrl": url})
            })
            .collect();
        let body = json!({"Response": {"BackupInfos": infos, "RequestId": "r-1"}}).to_string();
        let body = Arc::new(Mutex::new(body));
        let api = Server::start(move |_| Reply::new(200, body.lock().expect("no panic").clone()));
        Self { api, _storage: storage }
    }

    fn pull(&self, folder: &Path, extra: &str) -> Done {
        let line = format!("pull tencent --instance i --backup b --endpoint {} {extra}", self.api.url);
        rdbfetch(words(&line)).keys().folder(folder).done()
    }
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(repository("tests/fixtures/rdb").join(name)).expect("a fixture")
}

#[test]
fn some_files_only_is_3_and_the_manifest_has_them() {
    let cloud = Cloud::with(vec![Some(fixture("empty.rdb")), None]);
    let folder = tempfile::tempdir().expect("a folder");
    let done = cloud.pull(folder.path(), "").exits(3);
    let manifest = done.json();
    let entries = manifest["files"].as_array().expect("a list");
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["name"], "../0.rdb");
    assert_eq!(manifest["failed"][0]["http_status"], 404);
    assert_eq!(done.error()["kind"], "partial");
    assert_eq!(files(folder.path()), ["i-b-000-_._0.rdb", "i-b.manifest.json"]);
    assert!(!done.out.contains("hush") && !done.err.contains("hush"));
}

#[test]
fn a_corrupt_file_is_8_and_never_has_its_own_name() {
    let mut bad = fixture("empty.rdb");
    let at = bad.len() / 2;
    bad[at] ^= 1;
    let cloud = Cloud::with(vec![Some(bad), Some(fixture("empty.rdb"))]);
    let folder = tempfile::tempdir().expect("a folder");
    let done = cloud.pull(folder.path(), "").exits(8);
    let manifest = done.json();
    assert_eq!(keys(&manifest)[..2], ["backup", "files"]);
    assert_eq!(done.error()["kind"], "verification");
    let whole: Vec<_> = files(folder.path()).into_iter().filter(|name| name.ends_with(".rdb")).collect();
    assert_eq!(whole.len(), 1, "{whole:?}");
}

#[test]
fn an_unverifiable_file_is_8_unless_it_is_accepted() {
    let cloud = Cloud::with(vec![Some(fixture("no-checksum.rdb"))]);
    let folder = tempfile::tempdir().expect("a folder");
    let done = cloud.pull(folder.path(), "").exits(8);
    let path = done.json()["files"][0]["path"].as_str().expect("a path").to_owned();
    assert!(path.ends_with(".unverified"), "{path}");
    assert_eq!(done.json()["files"][0]["rdb"], json!({"version": 10, "checksum": "absent"}));
    assert!(done.message().contains("--accept-unverified"), "{}", done.err);

    let folder = tempfile::tempdir().expect("a folder");
    let done = cloud.pull(folder.path(), "--accept-unverified").exits(0);
    assert!(done.json()["files"][0]["path"].as_str().is_some_and(|path| path.ends_with(".rdb")));
}

#[test]
fn nothing_but_refusals_is_told_by_the_status() {
    let cloud = Cloud::with(vec![None]);
    let folder = tempfile::tempdir().expect("a folder");
    let done = cloud.pull(folder.path(), "").exits(5);
    assert_eq!(done.out, "");
    assert!(files(folder.path()).is_empty());
}

#[test]
fn the_table_is_for_people() {
    let done = rdbfetch(words(&format!("pull {} --emulator -q -o table", a_service()))).done().exits(0);
    assert_eq!(done.out.lines().next().map(words), Some(words("PATH SIZE RDB VERDICT")));
}
