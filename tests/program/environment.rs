//! Options that are set by variables.

use serde_json::Value;

use crate::support::{a_service, rdbfetch, services, words};

#[test]
fn options_come_from_variables_and_the_command_line_goes_before() {
    let tsv = rdbfetch(["services"]).env("RDBFETCH_OUTPUT", "tsv").done().exits(0).out;
    assert_eq!(tsv.lines().next(), Some("service\ttitle\toperations"));
    let json = rdbfetch(["services", "-o", "json"]).env("RDBFETCH_OUTPUT", "tsv").done().exits(0);
    json.json();
    let json = rdbfetch(["--output=json", "services"]).env("RDBFETCH_OUTPUT", "nonsense").done().exits(0);
    json.json();
    let query = rdbfetch(["services"]).env("RDBFETCH_QUERY", "length(@)").done().exits(0).out;
    assert_eq!(query.trim(), services().count().to_string());
}

#[test]
fn flags_come_from_variables() {
    for (value, emulated) in
        [("1", true), ("true", true), ("yes", true), ("0", false), ("false", false), ("", false)]
    {
        let line =
            ["link", a_service(), "--instance", "i", "--backup", "1", "--endpoint", "http://127.0.0.1:9"];
        let done = rdbfetch(if emulated { &line[..2] } else { &line[..] }).env("RDBFETCH_EMULATOR", value);
        // Without the emulator nobody is there, and there are no keys.
        done.done().exits(if emulated { 0 } else { 4 });
    }
    let told = rdbfetch(["link", a_service(), "--emulator"]).env("RDBFETCH_VERBOSE", "1").done().exits(0);
    assert!(told.err.contains("HTTP 200"), "{}", told.err);
    let quiet = rdbfetch(["link", a_service(), "--emulator", "-q"]).env("RDBFETCH_VERBOSE", "1").done();
    assert_eq!(quiet.code, Some(2), "one is said, and the other is set");
    assert!(quiet.message().contains("RDBFETCH_VERBOSE is set"), "{}", quiet.err);
}

#[test]
fn required_options_and_options_of_one_command_too() {
    let instance = rdbfetch(["backups", a_service(), "--dry-run"]).env("RDBFETCH_INSTANCE", "i-77").done();
    let parameters = instance.exits(0).json()["parameters"].clone();
    assert!(parameters.as_object().expect("an object").values().any(|value| value == "i-77"), "{parameters}");
    let done = rdbfetch(["emulator"]).env("RDBFETCH_LINK_TTL", "soon").done().exits(2);
    assert!(done.message().contains("RDBFETCH_LINK_TTL is set in the environment"), "{}", done.err);
}

#[test]
fn the_folder_for_backups_is_no_folder_for_manual_pages() {
    let done = rdbfetch(["man"]).env("RDBFETCH_DIR", "backups").done().exits(0);
    assert!(done.out.contains(".SH NAME"), "{}", done.out);
    rdbfetch(["man", "link"]).env("RDBFETCH_DIR", "backups").done().exits(0);
    let folder = tempfile::tempdir().expect("a folder");
    let pull = rdbfetch(["pull", a_service()]).env("RDBFETCH_DIR", "here").env("RDBFETCH_EMULATOR", "1");
    pull.folder(folder.path()).done().exits(0);
    assert!(folder.path().join("here").is_dir());
}

#[test]
fn bad_values_name_their_variable() {
    for (name, value, line) in [
        ("RDBFETCH_OUTPUT", "csv", "services".to_owned()),
        ("RDBFETCH_QUIET", "perhaps", "services".to_owned()),
        ("RDBFETCH_VERBOSE", "much", "services".to_owned()),
        ("RDBFETCH_DRY_RUN", "perhaps", format!("link {} --emulator", a_service())),
        ("RDBFETCH_SEED", "x", "emulator".to_owned()),
    ] {
        let done = rdbfetch(words(&line)).env(name, value).done().exits(2);
        assert_eq!(done.out, "", "{name}");
        assert!(done.message().contains(name), "{}", done.err);
        let table = rdbfetch(words(&line))
            .env(name, value)
            .env("RDBFETCH_OUTPUT", if name == "RDBFETCH_OUTPUT" { value } else { "table" });
        let table = table.done().exits(2);
        assert!(table.err.contains(name), "{}", table.err);
    }
}

#[test]
fn settings_of_other_services_do_no_harm() {
    for service in services() {
        let line = ["backups", service.service.name, "--instance", "i", "--dry-run"];
        rdbfetch(line).env("RDBFETCH_PROJECT", "p").done().exits(0);
        let shown: Value = rdbfetch(line).env("RDBFETCH_REGION", "r-9").done().exits(0).json();
        if service.service.setting("region").is_some() {
            assert!(shown.to_string().contains("r-9"), "{shown}");
        }
    }
}

#[test]
fn help_shows_the_variables_but_not_their_values() {
    let done = rdbfetch(["link", "--help"]).env("RDBFETCH_ENDPOINT", "http://hush.example").done().exits(0);
    for name in
        ["RDBFETCH_ENDPOINT", "RDBFETCH_OUTPUT", "RDBFETCH_REGION", "RDBFETCH_DRY_RUN", "RDBFETCH_INSTANCE"]
    {
        assert!(done.out.contains(&format!("[env: {name}")), "{name}: {}", done.out);
    }
    assert!(!done.out.contains("hush"), "{}", done.out);
}
