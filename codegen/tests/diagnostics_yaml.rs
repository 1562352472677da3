//! What is said about text that is no YAML, no spec, or no file of a service.

mod common;

use common::{LINKS, LIST, SERVICE, acme, case, files};
use rdbfetch_codegen::check;

#[test]
fn the_small_service_is_valid() {
    check(&acme()).unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn marks_of_windows_change_nothing() {
    let windows = |files: Vec<rdbfetch_codegen::SpecFile>| -> Vec<_> {
        let text = |text: &str| format!("\u{FEFF}{}", text.replace('\n', "\r\n"));
        files.into_iter().map(|one| common::file(&one.path, &text(&one.text))).collect()
    };
    check(&windows(acme())).unwrap_or_else(|failure| panic!("{failure}"));
    let mut broken = acme();
    for (from, to) in [("doc: Which link.", "doc: 主从, plac: query"), ("1h]", "1x]")] {
        broken[1].text = broken[1].text.replace(from, to);
    }
    let failure = check(&broken).expect_err("two problems");
    let on_windows = check(&windows(broken)).expect_err("two problems");
    let places = |failure: &rdbfetch_codegen::Failure| -> Vec<_> {
        failure.located().iter().map(|one| (one.start, one.end, one.problem.message.clone())).collect()
    };
    assert_eq!(places(&failure).len(), 2, "{failure}");
    assert_eq!(places(&failure), places(&on_windows), "{on_windows}");
}

#[test]
fn yaml() {
    assert_catalogue!(
        "yaml",
        [
            case(
                "a brace that stays open",
                "service",
                "{required: true, doc: Region code.}",
                "{required: true",
                &["{"]
            ),
            case(
                "a list inside braces without quotes",
                "GetLinks",
                "type: \"File[]\"",
                "type: File[]",
                &["["]
            ),
            case("a colon in a plain text", "GetLinks", "summary: The", "summary: Links: the", &[":"]),
            case("a tab", "GetLinks", "  name: files[].name", "\tname: files[].name", &["\t"]),
            files("an empty file", &[("specs/acme/service.yaml", "# nothing\n")], &[""]),
            files("no bytes at all", &[("specs/acme/service.yaml", "")], &[""]),
            case("two documents", "GetLinks", "examples:\n", "---\nexamples:\n", &["---"]),
            case("an anchor", "GetLinks", "  Instance: {", "  Instance: &id {", &["&id {"]),
            case("an alias", "service", "    scope: \"{region}/redis\"", "    scope: *scope", &["*"]),
            case(
                "an alias of an anchor",
                "service",
                "region: {required: true, doc: Region code.}",
                "region: &r {required: true, doc: Region code.}",
                &["&r {", "*r"]
            )
            .and("service", "project: {doc: Project id.}", "project: *r"),
            case("a tag", "service", "title: Acme Redis", "title: !text Acme Redis", &["!text Acme Redis"]),
            case(
                "a duplicate key",
                "service",
                "rate_limit: 20\n",
                "rate_limit: 20\nrate_limit: 30\n",
                &["rate_limit"]
            ),
            case(
                "a duplicate key, written in two ways",
                "GetLinks",
                "  Net: {",
                "  \"Backup\": {",
                &["\"Backup\""]
            ),
            case("a list as a key", "service", "  project: {", "  [project]: {", &["[project]"]),
            case(
                "a number as a key that reads otherwise",
                "GetLinks",
                "inner: From inside.",
                "1.50: From inside.",
                &["1.50"]
            ),
            case("null as a key", "GetLinks", "inner: From inside.", "~: From inside.", &["~"]),
            files(
                "nesting too deep",
                &[("specs/acme/service.yaml", &format!("title: {}", "[".repeat(65)))],
                &["["]
            ),
        ]
    );
}

#[test]
fn files_and_folders() {
    assert_catalogue!(
        "files",
        [
            files("a file in no folder", &[("service.yaml", SERVICE)], &[""]),
            files("a file with another ending", &[("specs/acme/service.yml", SERVICE)], &[""]),
            files(
                "a folder without service.yaml",
                &[("specs/acme/GetLinks.yaml", LINKS), ("specs/acme/ListBackups.yaml", LIST)],
                &[""]
            ),
            files("a folder that is no name", &[("specs/acme cloud/service.yaml", SERVICE)], &[""]),
            files(
                "a folder with the name of a module of the library",
                &[("specs/sign/service.yaml", SERVICE)],
                &[""]
            ),
            files(
                "folders that are the same in Rust",
                &[("specs/acme/service.yaml", SERVICE), ("specs/Acme/service.yaml", SERVICE)],
                &[""]
            ),
            files(
                "operations that are the same in Rust",
                &[
                    ("specs/acme/service.yaml", SERVICE),
                    ("specs/acme/ListBackups.yaml", LIST),
                    ("specs/acme/listBackups.yaml", LIST)
                ],
                &[""]
            ),
            files(
                "an operation without a name",
                &[("specs/acme/service.yaml", SERVICE), ("specs/acme/列表.yaml", LIST)],
                &[""]
            ),
        ]
    );
}

#[test]
fn no_service_hides_a_module_of_the_library() {
    let library = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/lib.rs");
    let library = std::fs::read_to_string(library).expect("the library stands beside the generator");
    let modules: Vec<&str> = library
        .lines()
        .filter_map(|line| line.strip_prefix("pub ").unwrap_or(line).strip_prefix("mod ")?.strip_suffix(';'))
        .collect();
    assert!(modules.len() > 10, "{modules:?}");
    for module in modules {
        let files = [common::file(&format!("specs/{module}/service.yaml"), SERVICE)];
        let failure = check(&files).expect_err(module);
        assert!(failure.text.contains("the library has a module"), "{module}: {failure}");
    }
}

#[test]
fn all_problems_of_all_files_come_in_one_run() {
    assert_catalogue!(
        "all",
        [
            case(
                "what is no spec, in three files",
                "service",
                "rate_limit: 20",
                "rate_limit: many",
                &["summery", "Tag", "many", "sighn"]
            )
            .and("GetLinks", "summary:", "summery:")
            .and("GetLinks", "rules:", "rules: []\nTag:")
            .and("service", "  sign_headers: ", "  sighn: "),
            case(
                "what does not fit together, in three files",
                "service",
                "clock_window: 15m",
                "clock_window: 15 min",
                &["Secs", "items[].time", "15 min", "texts"]
            )
            .and("GetLinks", "forbidden: Seconds", "forbidden: Secs")
            .and("ListBackups", "created_at: items[].at", "created_at: items[].time")
            .and("service", "hmac_sha256(text)", "hmac_sha256(texts)"),
        ]
    );
}
