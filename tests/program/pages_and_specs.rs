//! `rdbfetch spec compare` and `rdbfetch spec transcribe`: vendors' pages and the specs that are made from them.

use std::fs;

use serde_json::Value;

use crate::support::{rdbfetch, repository};

fn page(name: &str) -> String {
    repository("spec-tools/tests/documents").join(name).to_str().expect("UTF-8").to_owned()
}

fn harbor() -> String {
    repository("spec-tools/tests/service/harbor").to_str().expect("UTF-8").to_owned()
}

#[test]
fn what_is_recorded_is_no_difference() {
    let done = rdbfetch(["spec", "compare", &harbor(), &page("trailing.en.txt"), "--output", "json"])
        .done()
        .exits(0);
    let told = done.json();
    assert_eq!(told[0]["operation"], "GetBackupLinks");
    assert_eq!(told[0]["differences"], Value::Array(Vec::new()));
    assert_eq!(told[0]["recorded"].as_array().map(Vec::len), Some(2), "{told}");
    let people = rdbfetch(["spec", "compare", &harbor(), &page("trailing.en.txt"), "--output", "table"]);
    let people = people.done().exits(0);
    assert!(people.out.contains("The Chinese page has it."), "{}", people.out);
}

#[test]
fn differences_are_a_failure_and_told_with_both_places() {
    let file = format!("{}/GetBackupLinks.yaml", harbor());
    let done = rdbfetch(["spec", "compare", &file, &page("bars.zh.md"), "--output", "json"]).done().exits(1);
    assert_eq!(done.error()["kind"], "differences");
    let told = done.json();
    let parts = told[0]["differences"].as_array().expect("differences");
    let parts = parts.iter().find(|one| one["about"] == "response.Parts").expect("Parts");
    assert_eq!((parts["differs"].as_str(), parts["document_line"].as_u64()), (Some("missing"), Some(35)));
    // Of a document that the spec does not know, no departure holds.
    let other =
        rdbfetch(["spec", "compare", &file, &page("trailing.en.txt"), "--as", "other.txt", "-o", "json"]);
    let other = other.done().exits(1);
    assert_eq!(other.json()[0]["differences"][0]["about"], "parameters.Crossing");
    assert!(other.json()[0]["remarks"][0].as_str().is_some_and(|remark| remark.contains("other.txt")));
}

#[test]
fn what_cannot_be_compared_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let odd = folder.path().join("odd.txt");
    fs::write(&odd, b"\xff\xfe").expect("a file");
    let odd = odd.to_str().expect("UTF-8");
    let (harbor, page) = (harbor(), page("trailing.en.txt"));
    let all = repository("specs").to_str().expect("UTF-8").to_owned();
    for (spec, document, said) in [
        ("nowhere", page.as_str(), "there is no such folder"),
        (&harbor, "nowhere.md", "there is no such file"),
        (&harbor, odd, "it is not UTF-8"),
        (&all, &page, "holds several services"),
    ] {
        let done = rdbfetch(["spec", "compare", spec, document]).done().exits(2);
        assert!(done.message().contains(said), "{}", done.message());
    }
    let unknown = self::page("blanks.en.txt");
    let done = rdbfetch(["spec", "compare", &harbor, &unknown]).done().exits(2);
    assert!(done.message().contains("has no operation GetLinks"), "{}", done.message());
}

#[test]
fn a_draft_passes_the_check_in_its_service() {
    let folder = tempfile::tempdir().expect("a folder");
    let service = folder.path().join("harbor");
    fs::create_dir(&service).expect("a folder");
    fs::copy(format!("{}/service.yaml", harbor()), service.join("service.yaml")).expect("a copy");
    let (service, draft) = (service.to_str().expect("UTF-8").to_owned(), service.join("GetBackupLinks.yaml"));
    // A service without operations is no service yet: the first one comes from elsewhere.
    fs::copy(format!("{}/GetBackupLinks.yaml", harbor()), service.clone() + "/Other.yaml").expect("a copy");
    let file = draft.to_str().expect("UTF-8");
    let page = page("bars.zh.md");
    let line = ["spec", "transcribe", &page, "--for", &service, "--out", file, "--date", "2026-11-26"];
    let done = rdbfetch(line).done().exits(0);
    assert_eq!(done.out, "");
    assert!(done.err.contains("look for GUESS and TODO"), "{}", done.err);
    fs::remove_file(service.clone() + "/Other.yaml").expect("a file");
    rdbfetch(["spec", "check", &service]).done().exits(0);
    let again = rdbfetch(line).done().exits(2);
    assert!(again.message().contains("is there already"), "{}", again.message());
    // To stdout, the same text.
    let shown =
        rdbfetch(["spec", "transcribe", &page, "--for", &service, "--date", "2026-11-26"]).done().exits(0);
    assert_eq!(shown.out, fs::read_to_string(file).expect("a draft"));
}

#[test]
fn what_is_no_page_makes_no_draft() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.md");
    fs::write(&empty, "# Nothing\n").expect("a file");
    let done = rdbfetch(["spec", "transcribe", empty.to_str().expect("UTF-8")]).done().exits(2);
    assert!(done.message().contains("No draft can be made"), "{}", done.message());
}
