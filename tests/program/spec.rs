//! `rdbfetch spec check`: every problem of every file, for people and for editors.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{a_service, in_order, rdbfetch, repository, sorted, words};

/// A copy of a service that is known to be right, in `specs/NAME` of a folder of its own.
fn copy() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let name = a_service();
    let to = folder.path().join("specs").join(name);
    fs::create_dir_all(&to).expect("a folder");
    for entry in fs::read_dir(repository("specs").join(name)).expect("specs").flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
    (folder, format!("specs/{name}"))
}

/// Replaces a text that stands in the file once.
fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).expect("a spec");
    assert_eq!(text.matches(from).count(), 1, "{from} in {}", file.display());
    fs::write(file, text.replace(from, to)).expect("a spec");
}

#[test]
fn specs_without_problems_are_counted() {
    let specs = repository("specs");
    let specs = specs.to_str().expect("UTF-8");
    let done = rdbfetch(["spec", "check", specs, "--format", "text"]).done().exits(0);
    assert!(
        done.out.ends_with("examples: no problems\n") && done.out.contains(" services, "),
        "{}",
        done.out
    );
    assert_eq!(done.err, "");
    let done = rdbfetch(["spec", "check", specs]).done().exits(0);
    assert_eq!(done.json(), json!([]));
    assert!(done.err.ends_with("no problems\n"), "{}", done.err);
    let done = rdbfetch(["spec", "check", specs, "--quiet"]).done().exits(0);
    assert_eq!(done.err, "");
    for machine in ["--format json", "--output json"] {
        let done = rdbfetch(words(&format!("spec check {specs} {machine}"))).done().exits(0);
        assert_eq!((done.json(), done.err.as_str()), (json!([]), ""), "{machine}");
    }
    let done = rdbfetch(["spec", "check", specs, "--output", "jsonl"]).done().exits(0);
    assert_eq!((done.out.as_str(), done.err.as_str()), ("", ""));
}

#[test]
fn a_service_a_file_and_the_current_folder_can_be_checked() {
    let (folder, service) = copy();
    for path in ["specs", "specs/", &service, &format!("{service}/service.yaml"), "."] {
        let at = if path == "." { folder.path().join(&service) } else { folder.path().to_owned() };
        let done = rdbfetch(["spec", "check", path, "--format", "text"]).folder(&at).done().exits(0);
        assert!(done.out.starts_with("1 service, "), "{path}: {}", done.out);
    }
    fs::write(folder.path().join(&service).join("service.yaml"), "title: [\n").expect("a spec");
    let at = folder.path().join(&service);
    for path in [".", "service.yaml"] {
        let done = rdbfetch(["spec", "check", path, "--format", "json"]).folder(&at).done().exits(1);
        let file = done.json()[0]["file"].as_str().expect("a file").to_owned();
        assert!(at.join(&file).is_file() && file.ends_with(&format!("{service}/service.yaml")), "{file}");
    }
}

#[test]
fn all_problems_are_shown_to_people_and_to_programs() {
    let (folder, service) = copy();
    let at = folder.path().join(&service);
    edit(&at.join("service.yaml"), "\ntitle: ", "\ntitel: ");
    fs::write(at.join("List.yaml"), "summary: A list.\nparameters:\n  名: {type: strin, doc: 名.}\n")
        .expect("a spec");

    let run = |line: &str| {
        rdbfetch(words(&format!("spec check specs {line}"))).folder(folder.path()).done().exits(1)
    };
    let people = run("--format text");
    assert_eq!(people.out, "");
    assert!(!people.err.contains('\u{1b}'), "no escapes outside terminals: {}", people.err);
    for part in [
        format!("error: the file has no key `titel`\n --> {service}/service.yaml:2:1\n"),
        "  | ^^^^^\n  |\n  = help: did you mean `title`?\n".to_owned(),
        format!("error: there is no type `strin`\n --> {service}/List.yaml:3:13\n"),
    ] {
        assert!(people.err.contains(&part), "{part}\nis not in\n{}", people.err);
    }
    let count = people.err.matches("error: ").count();
    assert!(people.err.ends_with(&format!("\n{count} problems in the specs\n")), "{}", people.err);

    for line in ["--format json", "--output json"] {
        let programs = run(line);
        let error = programs.error();
        assert_eq!(programs.err.lines().count(), 1, "{line}: {}", programs.err);
        assert_eq!(error["kind"], "spec");
        assert_eq!(error["message"], format!("{count} problems in 2 files."));
        let names = ["file", "line", "column", "end_line", "end_column", "severity", "message", "help"];
        in_order(&programs.out, &names);
        let document = programs.json();
        let problems = document.as_array().expect("a list");
        assert_eq!(problems.len(), count);
        for problem in problems {
            assert_eq!(crate::support::keys(problem), sorted(&names));
        }
        assert!(
            problems.contains(&json!({
                "file": format!("{service}/List.yaml"),
                "line": 3,
                "column": 13,
                "end_line": 3,
                "end_column": 18,
                "severity": "error",
                "message": "there is no type `strin`",
                "help": "did you mean `string`?",
            })),
            "{document}"
        );
    }
    let lines = run("--output jsonl");
    assert_eq!(lines.out.lines().count(), count);
    lines.out.lines().for_each(|line| drop(serde_json::from_str::<Value>(line).expect("JSON")));

    // Away from a terminal, who does not say what is wanted gets both.
    let both = run("");
    assert_eq!(both.json(), run("--format json").json());
    assert_eq!(both.err, people.err);
}

#[test]
fn what_is_no_spec_is_a_problem() {
    let (folder, service) = copy();
    let at = folder.path().join(&service);
    fs::write(at.join("Other.yml"), "summary: x\n").expect("a file");
    fs::write(at.join("notes.txt"), "x").expect("a file");
    fs::write(at.join("Latin.yaml"), b"summary: caf\xe9\n").expect("a file");
    fs::write(at.join("Nothing.yaml"), "").expect("a file");
    fs::create_dir(at.join("Folder.yaml")).expect("a folder");
    fs::create_dir(folder.path().join("specs/empty")).expect("a folder");
    fs::write(folder.path().join("specs/Stray.yaml"), "summary: x\n").expect("a file");
    // These may stand there.
    fs::write(at.join("README.md"), "x").expect("a file");
    fs::write(at.join(".hidden.swp"), "x").expect("a file");
    fs::write(folder.path().join("specs/schema.json"), "{}").expect("a file");
    let done = rdbfetch(words("spec check specs --format json")).folder(folder.path()).done().exits(1);
    let document = done.json();
    let problems: Vec<(&str, &str, Option<&str>)> = document
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| {
            let file = one["file"].as_str().expect("a file");
            (
                file.strip_prefix("specs/").unwrap_or(file),
                one["message"].as_str().unwrap_or_default(),
                one["help"].as_str(),
            )
        })
        .collect();
    let inside = |name: &str| format!("{}/{name}", a_service());
    let others =
        "besides specs there may be Markdown files, `schema.json`, and files whose names begin with a dot";
    let expected = [
        (
            "Stray.yaml".to_owned(),
            "a spec file stands in its service's folder",
            "call it `Stray.yaml` in the folder of its service",
        ),
        (
            "empty".to_owned(),
            "this folder holds no specs",
            "a service has a `service.yaml` and a file per operation",
        ),
        (
            inside("Folder.yaml"),
            "a folder inside a service's folder",
            "services stand side by side, each in a folder of its own",
        ),
        (
            inside("Latin.yaml"),
            "this file is not UTF-8: there is a byte 0xe9 here",
            "save it as UTF-8 in your editor",
        ),
        (inside("Nothing.yaml"), "this file is empty", "write a spec, or delete the file"),
        (
            inside("Other.yml"),
            "this is no spec: a service's folder holds `.yaml` files",
            "call it `Other.yaml`",
        ),
        (inside("notes.txt"), "this is no spec: a service's folder holds `.yaml` files", others),
    ];
    for (file, message, help) in &expected {
        let found =
            problems.iter().any(|(a, b, c)| a == file && b == message && c.unwrap_or_default() == *help);
        assert!(found, "{file}: {message} is not in {problems:#?}");
    }
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_keeps_the_others_from_nothing() {
    let (folder, service) = copy();
    let at = folder.path().join(&service);
    fs::remove_file(at.join("service.yaml")).expect("a file");
    std::os::unix::fs::symlink("nowhere", at.join("service.yaml")).expect("a link");
    fs::write(at.join("Bad.yaml"), "summry: x\n").expect("a file");
    let done = rdbfetch(words("spec check specs --format text")).folder(folder.path()).done().exits(1);
    assert!(done.err.contains("error: this cannot be read: "), "{}", done.err);
    assert!(
        done.err.contains("`summry`") && done.err.contains("\n2 problems in the specs\n"),
        "{}",
        done.err
    );
}

#[test]
fn what_cannot_be_checked_at_all_is_usage() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("specs")).expect("a folder");
    for (line, part) in [
        ("spec check", "<DIR>"),
        ("spec check missing", "there is no such folder"),
        ("spec chek specs", "check"),
        ("spec check specs --format xml", "xml"),
        ("spec check specs --format text --output json", "--format and --output"),
        ("spec check specs --format json --output table", "--format and --output"),
        ("spec check specs --format json --output jsonl", "--format and --output"),
    ] {
        let done = rdbfetch(words(line)).folder(folder.path()).done().exits(2);
        assert_eq!(done.out, "", "{line}");
        assert!(done.err.contains(part), "{line}: {}", done.err);
    }
    let done = rdbfetch(words("spec check specs --format json")).folder(folder.path()).done().exits(1);
    assert_eq!(done.json()[0]["message"], "there is no service in this folder");
}

#[test]
fn what_a_change_means_is_told() {
    let (folder, service) = copy();
    let new = folder.path().join("new");
    fs::create_dir(&new).expect("a folder");
    for entry in fs::read_dir(folder.path().join(&service)).expect("specs").flatten() {
        let to = new.join(Path::new(&service).file_name().expect("a name"));
        fs::create_dir_all(&to).expect("a folder");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
    let run = |line: &str, code: i32| rdbfetch(words(line)).folder(folder.path()).done().exits(code);
    let same = run("spec diff specs new --fail-on any", 0).json();
    assert_eq!((&same["changes"], &same["version"]), (&json!([]), &Value::Null));

    let file = new.join(Path::new(&service).file_name().expect("a name")).join("service.yaml");
    edit(&file, "\ntitle: ", "\nrate_limit: 7\ntitle: New ");
    let told = run("spec diff specs new", 0).json();
    assert_eq!(
        (&told["breaking"], &told["compatible"], &told["documentation"]),
        (&json!(0), &json!(1), &json!(1))
    );
    let change = &told["changes"][0];
    assert_eq!((&change["rule"], &change["line"]), (&json!("service-rate-limit"), &json!(2)), "{told}");
    assert_eq!((&change["old"], &change["new"]), (&Value::Null, &json!("7")));
    let text = run("spec diff specs new --format text", 0).out;
    assert!(text.starts_with("compatible[service-rate-limit]: ") && text.contains("\n  wire: "), "{text}");
    let markdown = run("spec diff specs new --format markdown", 0).out;
    assert!(markdown.starts_with("## ") && markdown.contains("| `service-rate-limit` |"), "{markdown}");

    run("spec diff specs new --fail-on breaking", 0);
    for limit in ["compatible", "any"] {
        let done = run(&format!("spec diff specs new --fail-on {limit}"), 1);
        assert!(done.err.contains("1 compatible"), "{}", done.err);
    }
    run("spec diff specs new --against-version 0.1.0 0.1.1", 0);
    let done = run("spec diff specs new --against-version 1.0.0 1.0.1", 1);
    assert!(done.err.contains("need 1.1.0 at least"), "{}", done.err);
    assert_eq!(done.json()["version"]["suffices"], json!(false));
    fs::write(folder.path().join("Cargo.toml"), "[package]\nversion = \"0.2.0\"\n").expect("a file");
    let done = run("spec diff specs new --bump", 1);
    assert!(done.err.contains("need 0.2.1 at least"), "{}", done.err);
}

#[test]
fn revisions_of_git_are_compared() {
    let (folder, _) = copy();
    let git = |line: &str| {
        let status = std::process::Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@b.c"])
            .args(words(line))
            .current_dir(folder.path())
            .output()
            .expect("git");
        assert!(status.status.success(), "git {line}: {status:?}");
    };
    for line in ["init -q", "add .", "commit -q -m one", "tag first"] {
        git(line);
    }
    let service = a_service();
    edit(&folder.path().join("specs").join(service).join("service.yaml"), "\ntitle: ", "\ntitle: New ");
    git("commit -q -a -m two");
    let run = |line: &str, code: i32| rdbfetch(words(line)).folder(folder.path()).done().exits(code);
    for line in [
        "spec diff first HEAD".to_owned(),
        "spec diff first specs".to_owned(),
        "spec diff first:specs/ HEAD:specs".to_owned(),
        format!("spec diff first:specs/{service} specs/{service}"),
    ] {
        let told = run(&line, 0).json();
        assert_eq!(told["changes"][0]["rule"], "service-doc", "{line}");
        assert_eq!(told["documentation"], 1, "{line}");
    }
    for (line, part) in [
        ("spec diff second specs", "OLD: second: there is no such folder, and no such revision"),
        ("spec diff specs HEAD:spec", "NEW: the revision HEAD has no folder \"spec\""),
        ("spec diff HEAD: specs", "OLD: the revision HEAD has no specs in \"\""),
    ] {
        let done = run(line, 2);
        assert!(done.message().contains(part), "{line}: {}", done.err);
    }
    // A folder of the same name is taken, and that is said.
    git("tag specs");
    let done = run("spec diff specs specs", 0);
    assert!(done.err.contains("specs is a folder and a revision; the folder is taken"), "{}", done.err);
}

#[test]
fn specs_that_cannot_be_compared_are_told_with_their_side() {
    let (folder, service) = copy();
    fs::create_dir(folder.path().join("empty")).expect("a folder");
    fs::create_dir_all(folder.path().join("bad/cloud")).expect("a folder");
    fs::write(folder.path().join("bad/cloud/service.yaml"), "titel: x\n").expect("a spec");
    for (line, code, parts) in [
        (format!("spec diff missing/x {service}"), 2, &["OLD: "][..]),
        (
            format!("spec diff {service} empty"),
            1,
            &["The specs of NEW, empty,", "there is no service in this folder"],
        ),
        (format!("spec diff bad {service}"), 1, &["The specs of OLD, bad,", "bad/cloud/service.yaml:1:1"]),
        (
            format!("spec diff {service} {service} --against-version 1 2"),
            2,
            &["is no version: three numbers"],
        ),
        (format!("spec diff {service} {service} --format text --output json"), 2, &["--format and --output"]),
    ] {
        let done = rdbfetch(words(&line)).folder(folder.path()).done().exits(code);
        assert_eq!(done.out, "", "{line}");
        for part in parts {
            assert!(done.err.contains(part), "{line}: {}", done.err);
        }
    }
}

#[test]
fn a_service_is_exported_as_openapi() {
    let (folder, service) = copy();
    let run = |line: &str, code: i32| rdbfetch(words(line)).folder(folder.path()).done().exits(code);
    let document = run(&format!("spec export {service} --format openapi"), 0).json();
    assert_eq!(document["openapi"], "3.1.0");
    let metadata = crate::support::services().find(|one| one.service.name == a_service()).expect("a service");
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.values().flat_map(|item| item.as_object().expect("methods").values());
    let names: Vec<&str> = operations.clone().filter_map(|one| one["operationId"].as_str()).collect();
    let known: Vec<&str> = metadata.operations.iter().map(|one| one.operation.name).collect();
    assert_eq!(sorted(&names), sorted(&known));
    for operation in operations {
        assert!(
            operation["responses"]["200"]["content"]["application/json"]["schema"].is_object(),
            "{operation}"
        );
    }
    let scheme = &document["components"]["securitySchemes"]["signature"];
    assert_eq!(scheme["type"], "apiKey");
    assert!(scheme["x-signature"]["variants"][0]["steps"].is_array(), "{scheme}");

    fs::write(folder.path().join(&service).join("Bad.yaml"), "summery: x\n").expect("a spec");
    let done = run(&format!("spec export {service}"), 1);
    assert!(done.err.contains("Bad.yaml:1:1"), "{}", done.err);
    let all = repository("specs");
    let done = rdbfetch(["spec", "export", all.to_str().expect("UTF-8")]).done().exits(2);
    assert!(done.message().contains("A document is about one service"), "{}", done.err);
    assert!(run("spec export missing", 2).message().contains("no such folder"));
}
