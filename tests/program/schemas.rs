//! The published schemas, and that what the program prints is what they say.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::{rdbfetch, repository};

/// The commands that print JSON of their own.
const COMMANDS: [&str; 19] = [
    "services",
    "ops",
    "call",
    "instances",
    "backups",
    "backup-create",
    "regions",
    "projects",
    "link",
    "pull",
    "verify",
    "emulator",
    "doctor",
    "config-show",
    "config-path",
    "spec-check",
    "spec-compare",
    "spec-diff",
    "spec-export",
];

/// What a command line prints, as its schema is called; nothing where a query decides what it is.
pub fn document(args: &[OsString]) -> Option<String> {
    let args: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    if args.iter().any(|arg| arg.starts_with("--query") || *arg == "schema") {
        return None;
    }
    if args.contains(&"pull") && args.iter().any(|arg| matches!(*arg, "--all" | "--targets")) {
        return Some(if args.contains(&"jsonl") { "fleet-line" } else { "fleet" }.to_owned());
    }
    if args.contains(&"--dry-run") {
        return Some("dry-run".to_owned());
    }
    for words in [
        ["spec", "check"],
        ["spec", "compare"],
        ["spec", "diff"],
        ["spec", "export"],
        ["config", "show"],
        ["config", "path"],
        ["backup", "create"],
    ] {
        if args.windows(2).any(|pair| pair == words) {
            return Some(words.join("-"));
        }
    }
    args.iter().find(|arg| COMMANDS.contains(arg)).map(|arg| (*arg).to_owned())
}

/// Holds a document against its schema, in which nothing but what is described may stand.
#[track_caller]
pub fn validate(document: &str, value: &Value) {
    static VALIDATORS: OnceLock<BTreeMap<String, Validator>> = OnceLock::new();
    let validators = VALIDATORS.get_or_init(|| {
        let schemas = published().into_iter().map(|(name, mut schema)| {
            close(&mut schema);
            (name, jsonschema::validator_for(&schema).expect("a schema"))
        });
        schemas.collect()
    });
    let validator = validators.get(document).unwrap_or_else(|| panic!("there is no schema {document}"));
    let errors: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{document}: {errors:?}\n{value:#}");
}

/// Readers must bear members that are new; we must not print any that are not described.
fn close(schema: &mut Value) {
    let Value::Object(object) = schema else { return };
    if object.contains_key("properties") {
        object.entry("additionalProperties").or_insert(json!(false));
    }
    for (_, inner) in object.iter_mut() {
        close(inner);
    }
}

/// The schemas in `docs/schemas/`, by name.
fn published() -> BTreeMap<String, Value> {
    let files = fs::read_dir(repository("docs/schemas")).expect("the schemas").flatten();
    let schemas = files.map(|file| {
        let name = file.file_name().into_string().expect("UTF-8");
        let name = name.strip_suffix(".json").expect("only schemas stand here").to_owned();
        (name, serde_json::from_slice(&fs::read(file.path()).expect("a file")).expect("JSON"))
    });
    schemas.collect()
}

#[test]
fn what_is_published_is_what_the_program_prints() {
    let done = rdbfetch(["schema"]).done().exits(0);
    let printed: BTreeMap<String, Value> = serde_json::from_str(&done.out).expect("JSON");
    let folder = repository("docs/schemas");
    if std::env::var_os("UPDATE").is_some() {
        for (name, _) in published().iter().filter(|(name, _)| !printed.contains_key(*name)) {
            fs::remove_file(folder.join(format!("{name}.json"))).expect("a file");
        }
        for (name, schema) in &printed {
            let text = serde_json::to_string_pretty(schema).expect("JSON") + "\n";
            fs::write(folder.join(format!("{name}.json")), text).expect("a file");
        }
    }
    let published = published();
    let names: BTreeSet<&String> = published.keys().chain(printed.keys()).collect();
    let differ: Vec<&String> =
        names.into_iter().filter(|name| published.get(*name) != printed.get(*name)).collect();
    assert!(differ.is_empty(), "docs/schemas: {differ:?} differ; UPDATE=1 cargo test writes them");
    for (name, schema) in printed {
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert!(schema["title"].is_string(), "{name}");
    }
}

#[test]
fn every_command_has_its_schema() {
    // What prints text, or schemas.
    const OTHERS: [&str; 7] = ["schema", "completions", "man", "help", "spec", "config", "backup"];
    let help = rdbfetch(["--help"]).done().exits(0).out;
    let commands = help.split("Commands:\n").nth(1).expect("the commands");
    let names = commands.lines().take_while(|line| !line.is_empty()).filter_map(|line| {
        let name = line.strip_prefix("  ")?.split(' ').next()?;
        (!name.is_empty() && !OTHERS.contains(&name)).then_some(name)
    });
    let names: Vec<&str> = names
        .chain([
            "dry-run",
            "error",
            "progress",
            "spec-check",
            "spec-compare",
            "spec-diff",
            "spec-export",
            "config-show",
            "config-path",
            "backup-create",
        ])
        .collect();
    assert!(names.len() > 9, "{help}");
    for name in names {
        let schema = rdbfetch(["schema", name]).done().exits(0).json();
        assert_eq!(Some(&schema), published().get(name), "{name}");
    }
    let two = rdbfetch(["schema", "spec", "check"]).done().exits(0).json();
    assert_eq!(Some(&two), published().get("spec-check"));
    let message = rdbfetch(["schema", "bakups"]).done().exits(2).message();
    assert!(message.contains("Did you mean \"backups\"?"), "{message}");
}

#[test]
fn a_schema_refuses_what_is_not_so() {
    let mut schema = published().remove("backups").expect("a schema");
    close(&mut schema);
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let row = json!({"service": "s", "region": null, "instance": "i", "backup": "b", "created_at": null,
                     "size": 1, "state": "finished", "kind": "manual", "name": null, "vendor_state": null});
    assert!(validator.is_valid(&json!([row])));
    for (name, value) in
        [("state", json!("done")), ("size", json!(-1)), ("backup", json!(null)), ("new", json!(1))]
    {
        let mut wrong = row.clone();
        wrong[name] = value;
        assert!(!validator.is_valid(&json!([wrong])), "{name}");
    }
    let mut short = row.clone();
    short.as_object_mut().expect("an object").remove("backup");
    assert!(!validator.is_valid(&json!([short])));
}
