//! Documents in the styles of vendors: what is read in them, what drafts they make, and how they compare with a spec.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rdbfetch_codegen::{Folder, Written, written};
use rdbfetch_spec_tools::compare::{Comparison, Spec, compare};
use rdbfetch_spec_tools::document::Document;
use rdbfetch_spec_tools::transcribe::{Ask, Draft, NOBODY, Service, transcribe};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn documents() -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = fs::read_dir(root().join("documents"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap())
        })
        .collect();
    found.sort();
    assert!(found.len() >= 14);
    found
}

fn document(name: &str) -> String {
    fs::read_to_string(root().join("documents").join(name)).unwrap()
}

fn settings(folder: &str) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("pinned/{folder}"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

/// The imaginary cloud, with `change` made to its operation.
fn harbor(change: impl Fn(&str) -> String) -> (Vec<rdbfetch_codegen::SpecFile>, Written) {
    let folder = Folder::read(&root().join("service/harbor")).unwrap();
    let mut files = folder.files().to_vec();
    for file in &mut files {
        let name = file.path.rsplit('/').next().unwrap().to_owned();
        file.path = format!("harbor/{name}");
        if name == "GetBackupLinks.yaml" {
            file.text = change(&file.text);
        }
    }
    let services = written(&files).unwrap_or_else(|failure| panic!("{}", failure.styled()));
    (files, services.into_iter().next().unwrap())
}

fn held(change: impl Fn(&str) -> String, named: &str, text: &str) -> Comparison {
    let (files, service) = harbor(change);
    let operation = &service.operations[0];
    let text_of = files.iter().find(|file| file.path == operation.path).unwrap();
    let spec = Spec {
        service: &service.name,
        shared: &service.service,
        operation: &operation.name,
        path: &operation.path,
        text: &text_of.text,
        spec: &operation.spec,
    };
    compare(&spec, named, &Document::read(text))
}

fn unchanged(text: &str) -> String {
    text.to_owned()
}

#[test]
fn documents_are_read() {
    for (name, text) in documents() {
        let read = serde_json::to_string_pretty(&Document::read(&text)).unwrap();
        settings("read").bind(|| insta::assert_snapshot!(name, read));
    }
}

#[test]
fn no_table_is_lost_without_a_word() {
    // Each cell on a line that ends in a bar.
    let page = "# ListThings\n\n## Request Parameters\n\nName |\nType |\nRequired |\nDescription |\nId |\nString |\nYes |\nThe id |\n";
    let read = Document::read(page);
    assert_eq!((read.parameters.len(), read.parameters[0].required), (1, Some(true)), "{read:?}");
    // Heads that nobody knows.
    let page = "# ListThings\n\n| Colour | Taste |\n|---|---|\n| red | sweet |\n\nText.\n";
    let read = Document::read(page);
    let unread: Vec<_> = read.unread.iter().map(|told| told.line).collect();
    assert_eq!(unread, [3], "{read:?}");
    // Cells that run into each other.
    let page = "# ListThings\n\nParameter NameTypeDescriptionRequired\nIdstringThe idYes\n";
    let unread: Vec<_> = Document::read(page).unread.iter().map(|told| told.line).collect();
    assert_eq!(unread, [3]);
    // One table directly behind another.
    let page = "Name | Required | Type | Description |\n---|---|---|---|\nId | Yes | String | The id |\n\
                Name | Type | Description |\n---|---|---|\nTotal | Integer | How many |\n";
    let read = Document::read(page);
    assert_eq!((read.parameters.len(), read.response.len()), (1, 1), "{read:?}");
    assert_eq!(read.response[0].name, "Total");
}

fn draft(text: &str, service: Option<&(Vec<rdbfetch_codegen::SpecFile>, Written)>) -> Draft {
    let service = service.map(|(files, written)| Service {
        name: &written.name,
        text: &files.iter().find(|file| file.path.ends_with("service.yaml")).unwrap().text,
        spec: &written.service,
    });
    let ask = Ask { document: "page.md", date: Some("2026-11-26"), service };
    transcribe(&Document::read(text), ask).unwrap()
}

#[test]
fn drafts_pass_the_check() {
    let harbor = harbor(unchanged);
    for (name, text) in documents() {
        // Two of them are that cloud's; the others are of clouds that have no specs yet.
        let ours = matches!(name.as_str(), "bars.zh.md" | "trailing.en.txt");
        let Draft { text, remarks, .. } = draft(&text, ours.then_some(&harbor));
        assert!(!remarks.iter().any(|remark| remark.contains("pass the check")), "{name}: {remarks:?}");
        settings("drafts").bind(|| insta::assert_snapshot!(name, text));
    }
}

#[test]
fn a_draft_says_what_its_page_says() {
    for (name, text) in documents() {
        let document = Document::read(&text);
        let draft = draft(&text, None);
        let file = |stem: &str, text: &str| rdbfetch_codegen::SpecFile {
            path: format!("nobody/{stem}.yaml"),
            text: text.to_owned(),
        };
        let files = [file("service", NOBODY), file(&draft.operation, &draft.text)];
        let services = written(&files).unwrap_or_else(|failure| panic!("{name}: {}", failure.styled()));
        let operation = &services[0].operations[0];
        let spec = Spec {
            service: &services[0].name,
            shared: &services[0].service,
            operation: &operation.name,
            path: &operation.path,
            text: &draft.text,
            spec: &operation.spec,
        };
        let compared = compare(&spec, "page.md", &document);
        // What a page does not say, or says of all operations, is in no draft.
        let common = ["Action", "Version", "Key", "Sign"].map(|name| format!("parameters.{name}"));
        let differ: Vec<_> = compared
            .differences
            .iter()
            .filter(|one| one.differs != "untold" && !common.contains(&one.about))
            .filter(|one| !one.message.starts_with("where the document has types"))
            .collect();
        assert!(differ.is_empty(), "{name}: {differ:#?}");
    }
}

#[test]
fn drafts_hold_no_sentence_of_the_document() {
    for (name, text) in documents() {
        let Draft { text: draft, .. } = draft(&text, None);
        let chinese: BTreeSet<char> = draft.chars().filter(|letter| !letter.is_ascii()).collect();
        assert!(chinese.is_empty(), "{name}: {chinese:?}");
        for sentence in
            text.lines().filter(|line| line.split_whitespace().count() > 6 && !line.contains(['|', '"']))
        {
            assert!(!draft.contains(sentence.trim()), "{name}: {sentence}");
        }
    }
}

#[test]
fn what_is_no_page_makes_no_draft() {
    for text in ["", "\n\n", "hello", "# A title\n\nand some prose", "本接口(DoIt)用于。"] {
        let ask = Ask { document: "x", date: None, service: None };
        assert!(transcribe(&Document::read(text), ask).is_err(), "{text}");
    }
}

#[test]
fn a_spec_and_its_documents_agree_but_for_what_is_recorded() {
    let without_parts = |text: &str| text.replace("| **Parts** | array[[*Part*](#Part)] | 分片 |No|\n", "");
    let chinese = without_parts(&document("bars.zh.md"))
        .replace("| **Size** | int | 大小 |No|\n", "")
        .replace("  \"Parts\": [{\"Size\": 7}],\n", "");
    let compared = held(unchanged, "bars.zh.md", &chinese);
    assert!(compared.agrees(), "{compared}");
    assert_eq!(compared.recorded.len(), 1, "{compared}");
    let compared = held(unchanged, "trailing.en.txt", &document("trailing.en.txt"));
    assert!(compared.agrees(), "{compared}");
    let recorded: Vec<_> =
        compared.recorded.iter().map(|one| (one.difference.about.as_str(), one.difference.differs)).collect();
    assert_eq!(recorded, [("response.InnerUrl", "example-only"), ("parameters.Crossing", "extra")]);
    settings("compared").bind(|| insta::assert_snapshot!("agrees", compared));
}

#[test]
fn every_way_to_differ_is_found() {
    let page = document("trailing.en.txt");
    let spec = |from: &'static str, to: &'static str| {
        move |text: &str| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        }
    };
    let in_page = |from: &str, to: &str| {
        assert!(page.contains(from), "{from}");
        page.replace(from, to)
    };
    let mut report = String::new();
    let mut tell = |what: &str, compared: Comparison| {
        assert!(!compared.agrees(), "{what}");
        report.push_str(&format!("# {what}\n{compared}\n\n"));
    };
    let name = "trailing.en.txt";
    tell(
        "a parameter more",
        held(
            unchanged,
            name,
            &in_page(
                "Zone | string | The zone | No |\n",
                "Zone | string | The zone | No |\nSpeed | int | How fast | No |\n",
            ),
        ),
    );
    tell(
        "a field more",
        held(
            unchanged,
            name,
            &in_page(
                "RetCode | int | 0 is success | Yes |\n",
                "RetCode | int | 0 is success | Yes |\nSize | int | Bytes | No |\n",
            ),
        ),
    );
    tell("a parameter less", held(unchanged, name, &in_page("Zone | string | The zone | No |\n", "")));
    tell(
        "a field less",
        held(
            unchanged,
            name,
            &in_page(
                "FileUrl | string | Address, valid for 2 hours | No |\n",
                "X | string | valid for 2 hours | No |\n",
            )
            .replace("\"FileUrl\": \"https://files.harbor.example/b-1\",\n", ""),
        ),
    );
    tell("another type", held(unchanged, name, &in_page("Zone | string |", "Zone | int |")));
    tell("no type", held(unchanged, name, &in_page("Zone | string |", "Zone | a zone of ours |")));
    tell("required", held(unchanged, name, &in_page("The instance | No |", "The instance | Yes |")));
    tell("a default", held(unchanged, name, &in_page("| The zone |", "| The zone, default: north |")));
    tell("values", held(unchanged, name, &in_page("| The zone |", "| The zone. Valid values: a, b |")));
    tell("deprecated", held(unchanged, name, &in_page("| The instance |", "| The instance (deprecated) |")));
    tell(
        "nullable",
        held(unchanged, name, &in_page("| Address, valid", "| Address, may return null, valid")),
    );
    tell("another lifetime", held(unchanged, name, &in_page("2 hours", "30 minutes")));
    tell("no lifetime", held(unchanged, name, &in_page(", valid for 2 hours", "")));
    tell(
        "a limit",
        held(unchanged, name, &format!("{page}\nA maximum of 20 requests can be initiated per second.\n")),
    );
    tell(
        "a field in an example only",
        held(unchanged, name, &in_page("\"RetCode\": 0", "\"RetCode\": 0,\n\"Odd\": 1")),
    );
    tell("an example's field that the spec does not mark", held(spec("seen: example, ", ""), name, &page));
    tell(
        "a departure that is none",
        held(
            unchanged,
            name,
            &in_page(
                "BackupId | string |",
                "Crossing | boolean | Whether (default false) | No |\nBackupId | string |",
            ),
        ),
    );
    tell(
        "errors",
        held(
            spec(
                "  \"900\": {class: not-found, when: [no-instance, no-backup], assumed: true",
                "  \"900\": {class: not-found, when: [no-instance, no-backup]",
            ),
            name,
            &format!(
                "{page}\nError Codes\nError Code | Error Message | Error Description |\n999 | Unknown | No idea |\n901 | NotReady | Not ready |\n"
            ),
        ),
    );
    tell("another operation", held(unchanged, name, &in_page("- GetBackupLinks\n", "- GetOtherLinks\n")));
    settings("compared").bind(|| insta::assert_snapshot!("differs", report));
}

#[test]
fn a_column_without_cells_is_noticed() {
    let page = document("trailing.en.txt");
    let lost: String = page
        .lines()
        .map(|line| {
            let bare = line.strip_suffix(" Yes |").or_else(|| line.strip_suffix(" No |"));
            format!("{}\n", bare.unwrap_or(line))
        })
        .collect();
    let compared = held(unchanged, "trailing.en.txt", &lost);
    let found: Vec<_> = compared.differences.iter().map(|one| (one.about.as_str(), one.differs)).collect();
    assert_eq!(found, [("parameters", "untold")], "{compared}");
}

#[test]
fn whatever_a_page_is_nothing_panics() {
    let mut state = 7_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    for (_, text) in documents() {
        let letters: Vec<char> = text.chars().collect();
        for _ in 0..120 {
            let mut changed = letters.clone();
            for _ in 0..=random(6) {
                let at = random(changed.len());
                match random(5) {
                    0 => changed.truncate(at),
                    1 => drop(changed.drain(at..(at + random(40)).min(changed.len()))),
                    2 => {
                        changed.insert(at, ['|', '\t', '\n', '{', '"', '[', '<', '`', '#', '\\'][random(10)])
                    }
                    3 => {
                        let at = at.min(changed.len() - 1);
                        changed.swap(at, 0);
                    }
                    _ => {
                        let some: Vec<char> =
                            letters[random(letters.len())..].iter().take(60).copied().collect();
                        changed.splice(at..at, some);
                    }
                }
                if changed.is_empty() {
                    changed.push('x');
                }
            }
            let text: String = changed.into_iter().collect();
            let document = Document::read(&text);
            let _ = transcribe(&document, Ask { document: "x", date: None, service: None });
        }
    }
}

/// The vendors' own pages are not ours to give away.
#[test]
fn the_documents_of_the_specs_differ_only_as_recorded() {
    let Some(folder) = std::env::var_os("RDBFETCH_DOCUMENTS").map(PathBuf::from) else {
        println!("skipped: RDBFETCH_DOCUMENTS names no folder of the vendors' pages");
        return;
    };
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
    let folders = Folder::read(&specs).unwrap();
    let mut compared = 0;
    for service in written(folders.files()).unwrap() {
        for operation in &service.operations {
            for source in &operation.spec.source {
                let Ok(text) = fs::read_to_string(folder.join(&source.document)) else { continue };
                let file = folders.files().iter().find(|file| file.path == operation.path).unwrap();
                let spec = Spec {
                    service: &service.name,
                    shared: &service.service,
                    operation: &operation.name,
                    path: &operation.path,
                    text: &file.text,
                    spec: &operation.spec,
                };
                let comparison = compare(&spec, &source.document, &Document::read(&text));
                assert!(comparison.agrees(), "{comparison}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 5, "{compared}");
}
