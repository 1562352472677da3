//! `--query`: the same in every command and every format, and wrong expressions refused before anything is sent.

use serde_json::{Value, json};

use crate::server::Server;
use crate::support::{a_service, links_operation, rdbfetch, repository, services, words};

/// Runs a line with a query, in a format.
fn run(line: &str, query: &str, format: &str) -> String {
    let mut line = words(&format!("{line} --quiet --output {format}"));
    line.extend(["--query".to_owned(), query.to_owned()]);
    let done = rdbfetch(line).done().exits(0);
    assert_eq!(done.err, "");
    done.out
}

#[test]
fn every_command_obeys_queries_in_every_format() {
    let service = services().next().expect("a service");
    let (name, operation) = (service.service.name, links_operation(service));
    let file = repository("tests/fixtures/rdb/empty.rdb");
    let file = file.display();
    let folder = tempfile::tempdir().expect("a folder");
    for (line, query) in [
        ("services".to_owned(), "[0].service"),
        (format!("ops {name} {operation}"), "[0].operation"),
        (format!("call {name} {operation} --emulator"), "keys(@)[0]"),
        (format!("call {name} {operation} --emulator --dry-run"), "operation"),
        (format!("backups {name} --emulator"), "[0].state"),
        (format!("link {name} --emulator"), "instance"),
        (format!("pull {name} --emulator --overwrite --dir {}", folder.path().display()), "instance"),
        (format!("verify {file}"), "[0].verdict"),
        (format!("spec check {}", repository("specs").display()), "length(@)"),
        ("schema backups".to_owned(), "items.type"),
    ] {
        let json = run(&line, query, "json");
        let value: Value =
            serde_json::from_str(&json).unwrap_or_else(|error| panic!("{line}: {error}: {json}"));
        assert!(!value.is_null(), "{line}: {query} finds something");
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        assert_eq!(run(&line, query, "jsonl"), format!("{value}\n"), "{line}");
        assert_eq!(run(&line, query, "tsv"), format!("{text}\n"), "{line}");
        assert_eq!(run(&line, query, "table"), format!("{text}\n"), "{line}");
        // What is not there is null, which is an empty cell.
        assert_eq!(run(&line, "nosuch", "json"), "null\n", "{line}");
        assert_eq!(run(&line, "nosuch", "jsonl"), "null\n", "{line}");
        assert_eq!(run(&line, "nosuch", "tsv"), "\n", "{line}");
        assert_eq!(run(&line, "nosuch", "table"), "-\n", "{line}");
    }
}

#[test]
fn lists_become_lines() {
    let line = format!("backups {} --emulator", a_service());
    let all = rdbfetch(words(&line)).done().exits(0).json();
    let ids: Vec<&str> =
        all.as_array().expect("a list").iter().filter_map(|one| one["backup"].as_str()).collect();
    assert!(ids.len() > 1);
    assert_eq!(run(&line, "[].backup", "tsv"), format!("{}\n", ids.join("\n")));
    assert_eq!(run(&line, "[].backup", "json"), serde_json::to_string_pretty(&ids).expect("JSON") + "\n");
    assert_eq!(run(&line, "length(@)", "tsv"), format!("{}\n", ids.len()));
    let named = run(&line, "[].{state: state, id: backup}", "tsv");
    assert_eq!(named.lines().next(), Some("state\tid"), "members stand as the query names them");
    assert_eq!(named.lines().count(), ids.len() + 1);
    let table = run(&line, "[].{state: state, id: backup}", "table");
    assert_eq!(table.lines().next().map(words), Some(words("STATE ID")));
    assert_eq!(run(&line, "[].[state, backup]", "tsv").lines().count(), ids.len(), "lists have no header");
    let objects = run(&line, "[]", "jsonl");
    let rows: Vec<Value> = objects.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(json!(rows), all);
    assert_eq!(
        run(&line, "[0]", "json").lines().nth(1).map(str::trim),
        Some(format!("\"service\": {:?},", a_service())).as_deref()
    );
}

#[test]
fn no_rows_are_no_lines() {
    let line = format!("backups {} --emulator", a_service());
    for query in ["[?backup=='nosuch']", "[?backup=='nosuch'].state", "`[]`"] {
        assert_eq!(run(&line, query, "json"), "[]\n", "{query}");
        assert_eq!(run(&line, query, "jsonl"), "", "{query}");
        assert_eq!(run(&line, query, "tsv"), "", "{query}");
        assert_eq!(run(&line, query, "table"), "", "{query}");
    }
}

#[test]
fn a_wrong_expression_is_refused_before_anything_is_sent() {
    let server = Server::saying(200, "{}");
    let service = a_service();
    for (query, caret, words_in_it) in [
        ("[].lenght(@)", 3, "did you mean length?"),
        ("a.", 2, ""),
        ("[?a", 3, ""),
        ("join(@)", 0, "join takes 2 arguments, not 1"),
        ("", 0, "empty"),
    ] {
        for command in [
            format!("backups {service} --instance i"),
            format!("link {service} --instance i --backup 1"),
            format!("pull {service} --instance i --backup latest"),
            "services".to_owned(),
        ] {
            let mut line = words(&command);
            if command != "services" {
                line.extend(["--endpoint".to_owned(), server.url.clone()]);
            }
            line.extend(["--query".to_owned(), query.to_owned()]);
            let done = rdbfetch(&line).keys().done().exits(2);
            assert_eq!(done.out, "", "{command}");
            let message = done.message();
            assert!(message.contains("--query") && message.contains(words_in_it), "{message}");
            if !query.is_empty() {
                let lines: Vec<&str> = message.lines().collect();
                assert_eq!(lines[1].trim_start(), query, "{message}");
                assert_eq!(lines[2].find('^'), Some(caret + 2), "{message}");
            }
        }
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_query_that_does_not_suit_the_result_is_told() {
    let line = format!("backups {} --emulator --query", a_service());
    let mut line = words(&line);
    line.push("[].abs(state)".to_owned());
    let done = rdbfetch(line).done().exits(2);
    assert_eq!(done.out, "");
    assert!(done.message().contains("--query"), "{}", done.err);
}

#[test]
fn text_takes_no_query() {
    for line in ["completions bash --query a", "man --query a"] {
        let done = rdbfetch(words(line)).done().exits(2);
        assert!(done.message().contains("--query"), "{}", done.err);
    }
    let line = format!("link {} --emulator --print-curl --query a", a_service());
    let done = rdbfetch(words(&line)).done().exits(2);
    assert_eq!(done.out, "");
}
