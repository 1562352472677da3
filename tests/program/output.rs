//! Every command in every format: data on stdout, remarks on stderr, nothing mixed.

use std::io::{BufRead, BufReader};

use rdbfetch_emulator::{Emulator, Scenario};
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
        format!("spec check {}", repository("specs").display()),
        "schema".to_owned(),
        "schema error".to_owned(),
    ]
}

#[test]
fn every_command_obeys_the_output_option() {
    for line in lines() {
        let run =
            |format: &str| rdbfetch(words(&format!("{line} --quiet --output {format}"))).done().exits(0);
        let (table, json, jsonl, tsv) = (run("table"), run("json"), run("jsonl"), run("tsv"));
        for done in [&table, &json, &jsonl, &tsv] {
            assert_eq!(done.err, "", "{line}");
            assert!(done.out.is_empty() || done.out.ends_with('\n'), "{line}");
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
        let json_for_people = line.starts_with("call ") || line == "schema error";
        assert_eq!(is_json, json_for_people, "{line}: {}", table.out);
        same_cells(&line, &tsv.out, &document);
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

/// A header with the members' names, and a line for each object, whose cells hold what the JSON holds.
#[track_caller]
fn same_cells(line: &str, tsv: &str, document: &Value) {
    let rows = match document {
        Value::Array(rows) => rows.as_slice(),
        other => std::slice::from_ref(other),
    };
    let Some((header, cells)) = tsv.split_once('\n') else {
        assert!(rows.is_empty(), "{line}: nothing but of an empty list");
        return;
    };
    let names: Vec<&str> = header.split('\t').collect();
    let lines: Vec<&str> = cells.lines().collect();
    assert_eq!(lines.len(), rows.len(), "{line}");
    for (cells, row) in lines.iter().zip(rows) {
        let cells: Vec<String> = cells.split('\t').map(unescape).collect();
        assert_eq!(cells.len(), names.len(), "{line}: {cells:?}");
        // Output of two runs: only what is the same in both is compared.
        for (name, cell) in names.iter().zip(&cells) {
            match &row[name] {
                Value::Null => assert_eq!(cell, "", "{line}: {name}"),
                Value::String(text) if text.contains("127.0.0.1") || name.contains("_id") => {}
                Value::String(text) if *name != "RequestId" && *name != "requestId" => {
                    assert_eq!(cell, text, "{line}: {name}");
                }
                Value::Bool(_) | Value::Number(_) => {
                    assert_eq!(*cell, row[name].to_string(), "{line}: {name}")
                }
                Value::String(_) => {}
                nested => {
                    let found: Value = serde_json::from_str(cell).expect("JSON in a cell");
                    assert_eq!(found.is_array(), nested.is_array(), "{line}: {name}");
                }
            }
        }
    }
}

fn unescape(cell: &str) -> String {
    let mut out = String::new();
    let mut characters = cell.chars();
    while let Some(character) = characters.next() {
        out.push(match character {
            '\\' => match characters.next().expect("something follows a backslash") {
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                other => other,
            },
            other => other,
        });
    }
    out
}

#[test]
fn a_list_without_rows_is_a_list_in_every_format() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for service in services() {
        let name = service.service.name;
        let default = runtime.block_on(Emulator::builder().start()).expect("an emulator");
        let region = default.sample(name).expect("a sample").region.clone();
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("scenario.yaml");
        let scenario =
            format!("services: {{{name}: {{regions: {{{region}: {{instances: [{{id: empty-1}}]}}}}}}}}\n");
        std::fs::write(&file, scenario).expect("a file");
        let scenario = Scenario::read(&file).expect("a scenario");
        let emulator = runtime.block_on(Emulator::builder().scenario(scenario).start()).expect("an emulator");
        let keys = emulator.credentials();
        let line = format!(
            "backups {name} --instance empty-1 --region {region} --endpoint {}",
            emulator.endpoint(name).expect("an endpoint")
        );
        let run = |format: &str| {
            let run = rdbfetch(words(&format!("{line} --output {format}")));
            let run = run.env("RDBFETCH_ACCESS_KEY", keys.access_key());
            run.env("RDBFETCH_SECRET_KEY", keys.secret())
                .env("RDBFETCH_PROJECT", "org-emulated")
                .done()
                .exits(0)
        };
        assert_eq!(run("json").out, "[]\n");
        assert_eq!(run("jsonl").out, "");
        assert_eq!(
            run("tsv").out,
            "service\tregion\tinstance\tbackup\tcreated_at\tsize\tstate\tkind\tname\tvendor_state\n"
        );
        let table = run("table");
        assert_eq!(table.out, "");
        assert!(table.err.contains("There are none."), "{}", table.err);
    }
}
