//! What the commands print: names of members, their types and their order.

use std::fs;

use serde_json::Value;

use crate::support::{in_order, keys, links_operation, rdbfetch, services, sorted, words};

#[test]
fn services_are_listed() {
    let done = rdbfetch(["services"]).done().exits(0);
    let listed = done.json();
    let names: Vec<_> = listed.as_array().expect("a list").iter().map(|one| one["service"].clone()).collect();
    assert_eq!(names, services().map(|service| service.service.name).collect::<Vec<_>>());
    for service in listed.as_array().expect("a list") {
        assert_eq!(keys(service), ["operations", "service", "title"]);
        assert!(service["operations"].as_array().is_some_and(|list| list.iter().all(Value::is_string)));
    }
    in_order(&done.out, &["service", "title", "operations"]);
}

#[test]
fn ops_tells_all_there_is_to_know() {
    let done = rdbfetch(["ops"]).done().exits(0);
    let operations = done.json();
    let operations = operations.as_array().expect("a list");
    let count: usize = services().map(|service| service.operations.len()).sum();
    assert_eq!(operations.len(), count);
    const FIELDS: [&str; 10] = [
        "service",
        "operation",
        "summary",
        "parameters",
        "rules",
        "response",
        "errors",
        "link_lifetime_s",
        "rate_limit_per_s",
        "documents",
    ];
    let text = |value: &Value| assert!(value.is_string(), "{value}");
    let text_or_null = |value: &Value| assert!(value.is_string() || value.is_null(), "{value}");
    let flag = |value: &Value| assert!(value.is_boolean(), "{value}");
    let number_or_null = |value: &Value| assert!(value.is_u64() || value.is_null(), "{value}");
    for operation in operations {
        for name in FIELDS {
            assert!(operation.get(name).is_some(), "{name}");
        }
        number_or_null(&operation["link_lifetime_s"]);
        number_or_null(&operation["rate_limit_per_s"]);
        for parameter in operation["parameters"].as_array().expect("a list") {
            for name in ["name", "type", "in", "doc"] {
                text(&parameter[name]);
            }
            for name in ["required", "sensitive"] {
                flag(&parameter[name]);
            }
            for name in ["default", "bounds", "deprecated"] {
                text_or_null(&parameter[name]);
            }
            assert!(parameter["values"].as_array().is_some_and(|list| list.iter().all(Value::is_string)));
        }
        operation["rules"].as_array().expect("a list").iter().for_each(text);
        for field in operation["response"].as_array().expect("a list") {
            for name in ["path", "type", "doc"] {
                text(&field[name]);
            }
            flag(&field["nullable"]);
            text_or_null(&field["deprecated"]);
        }
        let errors = operation["errors"].as_array().expect("a list");
        for error in errors {
            for name in ["code", "class", "doc"] {
                text(&error[name]);
            }
            flag(&error["retryable"]);
        }
        let codes: Vec<&str> = errors.iter().filter_map(|error| error["code"].as_str()).collect();
        let mut once = sorted(&codes);
        once.dedup();
        assert_eq!(once.len(), codes.len(), "a code is told once");
        assert!(operation["documents"].is_array());
    }
    in_order(&done.out, &FIELDS);
    in_order(
        &done.out,
        &[
            "parameters",
            "name",
            "type",
            "required",
            "in",
            "default",
            "values",
            "bounds",
            "deprecated",
            "sensitive",
            "doc",
        ],
    );
    in_order(&done.out, &["response", "path", "type", "nullable", "deprecated", "doc"]);
    in_order(&done.out, &["errors", "code", "class", "retryable", "doc"]);
}

#[test]
fn ops_can_be_narrowed() {
    for service in services() {
        let name = service.service.name;
        let all = rdbfetch(["ops", name]).done().exits(0).json();
        assert_eq!(all.as_array().map(Vec::len), Some(service.operations.len()));
        for (metadata, operation) in service.operations.iter().zip(service.service.operations) {
            let one = rdbfetch(["ops", name, operation.name]).done().exits(0).json();
            assert_eq!(one.as_array().map(Vec::len), Some(1));
            assert_eq!(one[0]["operation"], operation.name);
            let page = rdbfetch(["ops", name, operation.name, "--output", "table"]).done().exits(0).out;
            let parameters = (!operation.parameters.is_empty()).then_some("Parameters");
            for text in [operation.name, metadata.summary, "Answer", "Errors"].into_iter().chain(parameters) {
                assert!(page.contains(text), "{text}: {page}");
            }
        }
        let table = rdbfetch(["ops", name, "--output", "table"]).done().exits(0).out;
        assert_eq!(table.lines().next().map(words), Some(words("SERVICE OPERATION SUMMARY")));
    }
}

#[test]
fn backups_are_listed_newest_first() {
    const FIELDS: [&str; 10] = [
        "service",
        "region",
        "instance",
        "backup",
        "created_at",
        "size",
        "state",
        "kind",
        "name",
        "vendor_state",
    ];
    for service in services() {
        let name = service.service.name;
        let done = rdbfetch(["backups", name, "--emulator"]).done().exits(0);
        let listed = done.json();
        let listed = listed.as_array().expect("a list");
        assert!(!listed.is_empty());
        in_order(&done.out, &FIELDS);
        for backup in listed {
            assert_eq!(keys(backup), sorted(&FIELDS));
            assert_eq!(backup["service"], name);
            assert!(
                ["running", "finished", "failed", "expired", "unknown"]
                    .map(Value::from)
                    .contains(&backup["state"])
            );
            assert!(["manual", "automatic", "unknown"].map(Value::from).contains(&backup["kind"]));
            assert!(backup["size"].is_u64() || backup["size"].is_null());
        }
        let times: Vec<&str> = listed.iter().filter_map(|backup| backup["created_at"].as_str()).collect();
        assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
        assert!(times.iter().all(|time| time.ends_with('Z') && time.contains('T')), "{times:?}");
    }
}

#[test]
fn links_are_printed_as_they_are() {
    const FIELDS: [&str; 6] = ["service", "operation", "instance", "backup", "request_id", "links"];
    const LINK: [&str; 5] = ["name", "size", "public_url", "internal_url", "expires_at"];
    for service in services() {
        let name = service.service.name;
        let done = rdbfetch(["link", name, "--emulator"]).done().exits(0);
        let document = done.json();
        assert_eq!(keys(&document), sorted(&FIELDS));
        in_order(&done.out, &FIELDS);
        in_order(&done.out, &LINK);
        assert_eq!(document["operation"], links_operation(service));
        let links = document["links"].as_array().expect("a list");
        assert!(!links.is_empty());
        for link in links {
            assert_eq!(keys(link), sorted(&LINK));
            assert!(link["public_url"].as_str().is_some_and(|url| url.starts_with("http://127.0.0.1:")));
        }

        let latest = rdbfetch(["link", name, "--emulator", "--backup", "latest"]).done().exits(0).json();
        assert_ne!(latest["backup"], "latest");
        assert_eq!(latest["backup"], document["backup"], "the sample is the newest finished backup");
    }
}

#[test]
fn a_call_prints_what_was_received() {
    for service in services() {
        let (name, operation) = (service.service.name, links_operation(service));
        let json = rdbfetch(["call", name, operation, "--emulator"]).done().exits(0);
        assert!(json.json().is_object());
        assert!(json.out.ends_with('\n') && !json.out.ends_with("\n\n"));
        let line = rdbfetch(["call", name, operation, "--emulator", "--output", "jsonl"]).done().exits(0);
        assert_eq!(line.out.lines().count(), 1);
        let page = rdbfetch(["call", name, operation, "--emulator", "--output", "table"]).done().exits(0);
        assert!(page.out.starts_with("{\n  \""), "{}", page.out);
        assert_eq!(keys(&page.json()), keys(&json.json()));
    }
}

#[test]
fn parameters_come_from_a_file_from_stdin_and_from_the_command_line() {
    let folder = tempfile::tempdir().expect("a folder");
    for service in services() {
        let (name, operation) = (service.service.name, links_operation(service));
        let sample = rdbfetch(["link", name, "--emulator"]).done().exits(0).json();
        let table = service.service.operation(operation).expect("the operation");
        let id = table.parameters.iter().find(|one| one.required && one.from.is_none()).expect("one");
        let dry =
            |run: crate::support::Run| run.folder(folder.path()).done().exits(0).json()["parameters"].clone();
        let line = ["call", name, operation, "--emulator", "--dry-run"];
        let default = dry(rdbfetch(line));
        assert!(default[id.name] == sample["instance"] || default[id.name] == sample["backup"], "{default}");

        let object = format!("{{{:?}: \"from-file\"}}", id.name);
        fs::write(folder.path().join("p.json"), &object).expect("a file");
        assert_eq!(dry(rdbfetch(line.iter().chain(&["--json", "p.json"])))[id.name], "from-file");
        assert_eq!(
            dry(rdbfetch(line.iter().chain(&["--json", "-"])).stdin(object.as_bytes()))[id.name],
            "from-file"
        );
        let param = format!("{}=from-line", id.name);
        let both = line.iter().copied().chain(["--json", "p.json", "--param", &param]);
        assert_eq!(dry(rdbfetch(both))[id.name], "from-line");
        let wire = format!("{}=by-wire", id.wire);
        assert_eq!(dry(rdbfetch(line.iter().copied().chain(["--param", &wire])))[id.name], "by-wire");
    }
}

#[test]
fn a_file_with_parameters_must_hold_an_object() {
    let service = services().next().expect("a service");
    let line = ["call", service.service.name, links_operation(service), "--emulator", "--json"];
    for text in ["[1]", "{", "", "my-hushed-value"] {
        let done = rdbfetch(line.iter().chain(&["-"])).stdin(text.as_bytes()).done().exits(2);
        assert!(!done.err.contains("my-hushed-value"), "{}", done.err);
    }
    rdbfetch(line.iter().chain(&["missing.json"])).done().exits(9);
    let done = rdbfetch(line.iter().chain(&["-"])).stdin(b"{\"NoSuchParameter\":1}").done().exits(2);
    assert!(done.message().contains("NoSuchParameter"), "{}", done.err);
}

#[test]
fn repeated_values_of_a_list_add_up() {
    use rdbfetch::service::Kind;

    for service in services() {
        for operation in service.service.operations {
            let list = operation.parameters.iter().find(|one| matches!(one.kind, Kind::List(Kind::String)));
            let Some(list) = list.filter(|list| list.values.is_empty()) else { continue };
            let asked = |one: &&rdbfetch::service::Parameter| one.required && one.from.is_none();
            if operation.parameters.iter().any(|one| asked(&one)) && operation.links.is_empty() {
                continue;
            }
            let rest = ["call", service.service.name, operation.name, "--emulator", "--dry-run"];
            let given = |params: &[&str]| {
                let params =
                    params.iter().flat_map(|value| ["--param".to_owned(), format!("{}={value}", list.name)]);
                let line = rest.iter().map(|word| (*word).to_owned()).chain(params);
                rdbfetch(line).done().exits(0).json()["parameters"][list.name].clone()
            };
            assert_eq!(given(&["a", "b"]), serde_json::json!(["a", "b"]));
            assert_eq!(given(&["[\"a\",\"b\"]", "c"]), serde_json::json!(["a", "b", "c"]));
        }
    }
}

#[test]
fn retired_services_are_warned_about() {
    for service in services() {
        let line = ["link", service.service.name, "--emulator"];
        let done = rdbfetch(line).done().exits(0);
        assert_eq!(done.err.contains("warning: "), service.service.deprecated.is_some(), "{}", done.err);
        assert_eq!(rdbfetch(line.iter().chain(&["--quiet"])).done().exits(0).err, "");
    }
}
