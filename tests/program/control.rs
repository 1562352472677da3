//! The control API of `rdbfetch emulator`, as test suites in any language use it.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::emulated::Emulator;
use crate::support::{Done, keys, rdbfetch, services, sorted};

/// Two services with an instance each; the other services have nothing.
fn scenario(folder: &Path) -> String {
    let path = folder.join("scenario.yaml");
    let instance = |id: &str| {
        format!("{{id: {id}, backups: [{{id: '1', created: -1d, files: [{{keys: 50, name: first.rdb}}]}}]}}")
    };
    let services: Vec<String> = services()
        .map(|service| {
            let name = service.service.name;
            format!("  {name}: {{regions: {{here: {{instances: [{}]}}}}}}\n", instance(&format!("{name}-1")))
        })
        .collect();
    let fault = "faults: [{name: from-scenario, on: {file: nothing}, cut: 10}]\n";
    fs::write(&path, format!("seed: 7\n{fault}services:\n{}", services.concat())).expect("a file");
    path.to_str().expect("text").to_owned()
}

/// An emulator that can be controlled, with a scenario, a journal and a rule.
struct Controlled {
    emulator: Emulator,
    folder: tempfile::TempDir,
}

impl Controlled {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (scenario, journal) = (scenario(folder.path()), folder.path().join("calls.jsonl"));
        let args = ["emulator", "--quiet", "--control", "--scenario", &scenario, "--journal"];
        let rule = ["--fault", "name=from-line,service=tencent,port=api,skip=1,latency=1ms"];
        let journal = [journal.to_str().expect("text")];
        let args = args.into_iter().chain(journal).chain(rule);
        Self { emulator: Emulator::run(rdbfetch(args)), folder }
    }

    /// The links of a backup as the program gets them, but for the port at which the files are, and for when they
    /// expire: where no service says it, the program reckons by its own clock.
    fn links(&self, service: &str, backup: &str) -> Done {
        let mut done =
            self.emulator.call(service, &format!("link {service} --instance {service}-1 --backup {backup}"));
        let files = self.emulator.facts["files"].as_str().expect("a URL");
        let port = files.rsplit(':').next().expect("a port");
        let lines = done.out.lines().filter(|line| !line.contains("\"expires_at\""));
        done.out = lines.collect::<Vec<_>>().join("\n").replace(&format!(":{port}/"), ":PORT/");
        done
    }

    fn controls(&self, method: &str, path: &str, body: Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.emulator.controls(method, path, &body)
    }

    fn get(&self, path: &str) -> Value {
        self.controls("GET", path, Value::Null)
    }
}

fn names(faults: &Value) -> Vec<&str> {
    let rules = faults["faults"].as_array().expect("a list");
    rules.iter().map(|rule| rule["fault"]["name"].as_str().expect("a name")).collect()
}

#[test]
fn a_backup_is_made_and_finished_by_the_clock() {
    let under = Controlled::start();
    // It stands, but where the machine's is, so that the program's signatures are in time.
    under.controls("PUT", "/clock", json!({"mode": "frozen"}));
    for service in services() {
        let name = service.service.name;
        let asked = json!({"service": name, "instance": format!("{name}-1"), "takes": "30s"});
        let made = under.controls("POST", "/backups", asked);
        let id = made["backup"].as_str().expect("an id").to_owned();
        let world =
            || under.get("/world")["services"][name]["regions"]["here"]["instances"][0]["backups"].take();
        assert_eq!((&world()[0]["id"], &world()[0]["state"]), (&json!(id), &json!("running")), "{name}");
        let list = under.emulator.call(name, &format!("backups {name} --instance {name}-1")).exits(0).json();
        assert_eq!(
            (&list[0]["backup"], &list[0]["state"]),
            (&json!(id), &json!("running")),
            "{name}: {list}"
        );
        let running = under.links(name, &id);
        assert!(matches!(running.code, Some(5 | 6)), "{name}: {}", running.err);
        under.controls("POST", "/clock/advance", json!({"by": "30s"}));
        assert_eq!(world()[0]["state"], "finished", "{name}");
        under.links(name, &id).exits(0);
        assert_eq!(under.emulator.control("DELETE", &format!("/backups/{name}/{name}-1/{id}"), "").0, 204);
        assert_eq!(under.emulator.control("DELETE", &format!("/backups/{name}/{name}-1/{id}"), "").0, 404);
        under.links(name, &id).exits(5);
    }
}

#[test]
fn a_second_emulator_goes_on_where_the_first_was_saved() {
    let (first, second) = (Controlled::start(), Controlled::start());
    first.controls("PUT", "/clock", json!({"mode": "frozen"}));
    // What the second has done by itself does not matter.
    second.links("tencent", "1").exits(0);
    second.controls("POST", "/backups", json!({"service": "tencent", "instance": "tencent-1"}));
    for service in services() {
        let name = service.service.name;
        first.links(name, "1").exits(0);
        first.controls("POST", "/backups", json!({"service": name, "instance": format!("{name}-1")}));
    }
    let (status, saved) = first.emulator.control("GET", "/snapshot", "");
    assert_eq!((status, second.emulator.control("PUT", "/snapshot", &saved)), (200, (204, String::new())));
    assert_eq!(second.emulator.control("GET", "/snapshot", ""), (200, saved.clone()), "nothing got lost");
    for path in ["/clock", "/faults", "/world"] {
        assert_eq!(first.get(path), second.get(path), "{path}");
    }
    for round in 0..2 {
        for service in services() {
            let name = service.service.name;
            let asked = json!({"service": name, "instance": format!("{name}-1")});
            let made = first.controls("POST", "/backups", asked.clone());
            assert_eq!(made, second.controls("POST", "/backups", asked), "{name}");
            let id = made["backup"].as_str().expect("an id");
            for backup in ["1", id] {
                let (one, other) = (first.links(name, backup).exits(0), second.links(name, backup).exits(0));
                assert!(
                    one.out.contains(":PORT/") && one.out == other.out,
                    "{name}: {}\n{}",
                    one.out,
                    other.out
                );
            }
        }
        // Once more, from the same moment.
        if round == 0 {
            for one in [&first, &second] {
                one.controls("PUT", "/snapshot", serde_json::from_str(&saved).expect("JSON"));
            }
        }
    }
    // What is not whole changes nothing.
    for broken in ["{}", "[]", "{\"version\": 99}", &saved[..saved.len() / 2]] {
        let before = first.get("/world");
        let (status, answer) = first.emulator.control("PUT", "/snapshot", broken);
        assert!(status == 400 && answer.contains("error"), "{broken:.20}: {status} {answer}");
        assert_eq!(first.get("/world"), before);
    }
}

#[test]
fn a_reset_goes_back_to_the_start() {
    let under = Controlled::start();
    let start = (under.get("/world"), under.get("/faults"));
    assert_eq!(sorted(&names(&start.1)), ["from-line", "from-scenario"]);
    let (_, began) = under.emulator.control("GET", "/snapshot", "");
    under.controls("PUT", "/clock", json!({"mode": "frozen", "at": "2030-01-02T03:04:05Z"}));
    under.controls("DELETE", "/faults/from-line", Value::Null);
    under.controls("POST", "/faults", json!([{"status": 503}, {"name": "mine", "reset": true}]));
    assert_eq!(names(&under.get("/faults")), ["from-scenario", "fault-1", "mine"]);
    under.controls("POST", "/backups", json!({"service": "tencent", "instance": "tencent-1"}));
    under.links("tencent", "1").exits(7);
    assert_eq!(under.get("/journal?verdict=faulted")["latest"], 3, "as often as a call is tried");
    assert_eq!(under.emulator.control("POST", "/reset", "").0, 204);
    assert_eq!(under.get("/clock")["mode"], "real");
    assert_eq!(under.get("/journal"), json!({"calls": [], "latest": 0, "more": false}));
    let without_now = |mut world: Value| world["now"].take().is_string().then_some(world);
    assert_eq!(without_now(under.get("/world")), without_now(start.0));
    assert_eq!(under.get("/faults"), start.1);
    let again: Value = serde_json::from_str(&under.emulator.control("GET", "/snapshot", "").1).expect("JSON");
    let began: Value = serde_json::from_str(&began).expect("JSON");
    for part in ["accounts", "counters", "faults", "seed", "services", "version"] {
        assert_eq!(again[part], began[part], "{part}");
    }
    under.links("tencent", "1").exits(0);
    let call = under.get("/journal")["calls"][0].clone();
    assert_eq!((&call["number"], &call["verdict"]), (&json!(1), &json!("answered")));
}

#[cfg(unix)]
#[test]
fn the_journal_is_the_same_in_the_file_and_over_the_api() {
    let mut under = Controlled::start();
    let secret = under.emulator.facts["credentials"]["secret_key"].as_str().expect("text").to_owned();
    for service in services() {
        let name = service.service.name;
        let line = format!("pull {name} --instance {name}-1 --backup 1 --quiet");
        under.emulator.call(name, &line).exits(0);
        under.links(name, "nothing");
    }
    let told = loop {
        let told = under.get("/journal")["calls"].take();
        let calls = told.as_array().expect("a list").clone();
        if calls.iter().all(|call| !call["sent"].is_null()) {
            break calls;
        }
    };
    let late = told.iter().filter(|call| call["faults"] == json!(["from-line"])).count();
    assert_eq!(late, 1, "{told:?}");
    assert_eq!(under.emulator.signal("TERM"), Some(0));
    let text = fs::read_to_string(under.folder.path().join("calls.jsonl")).expect("a journal");
    let mut written: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    written.sort_by_key(|call| call["number"].as_u64());
    assert_eq!(written, told);
    assert!(!text.contains(&secret) && !text.contains("token="));
    assert_eq!(keys(&written[0]["sent"]), ["bytes", "took", "whole"]);
}
