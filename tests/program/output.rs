//! Every command in every format: data on stdout, remarks on stderr, nothing mixed.

use std::io::{BufRead, BufReader};

use serde_json::Value;

use crate::support::{a_service, links_operation, rdbfetch, repository, services, words};

/// A command line for each command.
fn lines() -> Vec<String> {
    let service = services().next().expect("a service");
    let (name, operation) = (service.service.name, links_operation(service));
    let file = repository("tests/fixtures/rdb/empty.rdb");
    vec![
        "services".to_owned(),
        "ops".to_owned(),
        format!("ops {name} {operation}"),
        format!("call {name} {operation} --emulator"),
        format!("call {name} {operation} --emulator --dry-run"),
        format!("backups {name} --emulator"),
        format!("link {name} --emulator"),
        format!("pull {name} --emulator"),
        format!("verify {}", file.display()),
    ]
}

#[test]
fn every_command_obeys_the_output_option() {
    for line in lines() {
        let run =
            |format: &str| rdbfetch(words(&format!("{line} --quiet --output {format}"))).done().exits(0);
        let (table, json, jsonl) = (run("table"), run("json"), run("jsonl"));
        for done in [&table, &json, &jsonl] {
            assert_eq!(done.err, "", "{line}");
            assert!(done.out.ends_with('\n'), "{line}");
            assert!(!done.out.contains('\u{1b}'), "{line}: no escapes outside terminals");
        }
        let document = json.json();
        let rows: Vec<Value> =
            jsonl.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        match &document {
            Value::Array(list) => assert_eq!(rows.len(), list.len(), "{line}"),
            _ => assert_eq!(rows.len(), 1, "{line}"),
        }
        let is_json = serde_json::from_str::<Value>(&table.out).is_ok();
        assert_eq!(is_json, line.starts_with("call "), "{line}: {}", table.out);
        let implied = rdbfetch(words(&format!("{line} --quiet"))).done().exits(0);
        assert!(serde_json::from_str::<Value>(&implied.out).is_ok(), "{line}: JSON where no terminal is");
    }
}

#[test]
fn failures_are_told_once_in_the_form_of_the_output() {
    for line in ["link nosuch --instance i --backup 1", "verify missing.rdb", "nosuch"] {
        for format in ["json", "jsonl"] {
            let done = rdbfetch(words(&format!("{line} --output {format}"))).done();
            assert_ne!(done.code, Some(0));
            assert_eq!(done.err.lines().count(), 1, "{line}: {}", done.err);
            done.error();
        }
        let done = rdbfetch(words(&format!("{line} --output table"))).done();
        assert!(done.err.starts_with("error: ") && !done.err.contains("{\"error\""), "{line}: {}", done.err);
    }
}

#[test]
fn a_reader_who_goes_away_is_no_failure() {
    let mut run = rdbfetch(["ops"]);
    let mut child = run.command().spawn().expect("the program starts");
    let mut out = BufReader::new(child.stdout.take().expect("stdout"));
    out.read_line(&mut String::new()).expect("a line");
    drop(out);
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn verbose_goes_to_stderr() {
    let quiet = rdbfetch(["link", a_service(), "--emulator", "--quiet"]).done().exits(0);
    let told = rdbfetch(["link", a_service(), "--emulator", "-v"]).done().exits(0);
    let service = services().next().expect("a service");
    assert!(told.err.contains(links_operation(service)) && told.err.contains("HTTP 200"), "{}", told.err);
    assert_eq!(quiet.err, "");
    told.json();
}
