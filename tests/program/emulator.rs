//! `rdbfetch emulator`

use std::fs;
use std::io::Read;
use std::net::TcpListener;

use rdbfetch::metadata::{Placement, PlacementPiece};
use serde_json::Value;

use crate::emulated::Emulator;
use crate::schemas;
use crate::support::{Done, a_service, keys, rdbfetch, repository, services, sorted, words};

#[test]
fn the_first_line_says_where_and_with_which_keys() {
    let emulator = Emulator::start("");
    let facts = &emulator.facts;
    let names = sorted(&services().map(|service| service.service.name).collect::<Vec<_>>());
    assert_eq!(keys(&facts["endpoints"]), names);
    assert_eq!(keys(&facts["samples"]), names);
    assert_eq!(keys(&facts["credentials"]), ["access_key", "secret_key"]);
    for name in names {
        assert!(facts["endpoints"][name].as_str().is_some_and(|url| url.starts_with("http://127.0.0.1:")));
        assert_eq!(keys(&facts["samples"][name]), ["backup", "instance", "region"]);
    }
    assert!(facts["files"].as_str().is_some_and(|url| url.starts_with("http://127.0.0.1:")));
}

#[test]
fn the_first_line_is_json_in_every_format_but_tsv() {
    let query = format!("endpoints.{}", a_service());
    for format in ["table", "json", "jsonl"] {
        let facts: Value = serde_json::from_str(&Emulator::first_line(&["-o", format])).expect("JSON");
        schemas::validate("emulator", &facts);
        let url = Emulator::first_line(&["-o", format, "--query", &query]);
        assert!(url.starts_with("\"http://127.0.0.1:") && url.ends_with("\"\n"), "{format}: {url}");
    }
    assert!(Emulator::first_line(&["-o", "tsv"]).starts_with("endpoints\tcredentials\tsamples\t"));
    assert!(Emulator::first_line(&["-o", "tsv", "--query", &query]).starts_with("http://127.0.0.1:"));
}

#[test]
fn the_program_can_call_it() {
    let emulator = Emulator::start("--link-ttl 90s");
    let facts = &emulator.facts;
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    for service in services() {
        let name = service.service.name;
        let sample = &facts["samples"][name];
        let line = format!(
            "link {name} --endpoint {} --instance {} --backup {}",
            text(&facts["endpoints"][name]),
            text(&sample["instance"]),
            text(&sample["backup"])
        );
        let keys = &facts["credentials"];
        let run = rdbfetch(words(&line))
            .env("RDBFETCH_REGION", &text(&sample["region"]))
            .env("RDBFETCH_ACCESS_KEY", &text(&keys["access_key"]))
            .env("RDBFETCH_SECRET_KEY", &text(&keys["secret_key"]));
        assert_eq!(run.done().exits(0).json()["backup"], sample["backup"]);
        let shows_token = |one: &Placement| {
            one.pattern
                .iter()
                .any(|piece| matches!(piece, PlacementPiece::Token | PlacementPiece::TokenBase64))
        };
        if !service.variants.iter().flat_map(|variant| variant.placements).any(shows_token) {
            continue;
        }
        let temporary = &facts["temporary_credentials"];
        let run = rdbfetch(words(&line))
            .env("RDBFETCH_REGION", &text(&sample["region"]))
            .env("RDBFETCH_ACCESS_KEY", &text(&temporary["access_key"]))
            .env("RDBFETCH_SECRET_KEY", &text(&temporary["secret_key"]))
            .env("RDBFETCH_TOKEN", &text(&temporary["token"]));
        run.done().exits(0);
    }
}

#[test]
fn with_tls_clients_have_to_trust_its_certificate() {
    let emulator = Emulator::start("--tls");
    let facts = &emulator.facts;
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let ca_file = text(&facts["ca_file"]);
    for service in services() {
        let (name, sample, keys) =
            (service.service.name, &facts["samples"][service.service.name], &facts["credentials"]);
        let endpoint = text(&facts["endpoints"][name]);
        assert!(endpoint.starts_with("https://127.0.0.1:"), "{endpoint}");
        let folder = tempfile::tempdir().expect("a folder");
        let run = || {
            let (instance, backup) = (text(&sample["instance"]), text(&sample["backup"]));
            let line = format!(
                "pull {name} --endpoint {endpoint} --instance {instance} --backup {backup} --output json"
            );
            rdbfetch(words(&line))
                .folder(folder.path())
                .env("RDBFETCH_REGION", &text(&sample["region"]))
                .env("RDBFETCH_ACCESS_KEY", &text(&keys["access_key"]))
                .env("RDBFETCH_SECRET_KEY", &text(&keys["secret_key"]))
        };
        run().done().exits(7);
        let manifest = run().env("SSL_CERT_FILE", &ca_file).done().exits(0).json();
        assert_eq!(manifest["files"][0]["rdb"]["checksum"], "ok", "{name}");
    }
}

#[test]
fn other_machines_are_let_in_only_where_that_is_said() {
    for (line, name) in [
        ("emulator --listen 0.0.0.0:0", "--allow-remote"),
        ("emulator --advertise a/b", "a/b"),
        ("emulator --ca-file x", "--tls"),
    ] {
        let done = rdbfetch(words(line)).done().exits(2);
        assert!(done.err.contains(name) && done.out.is_empty(), "{line}: {}", done.err);
    }
    let emulator = Emulator::start("--listen 0.0.0.0:0 --allow-remote --advertise cloud.test");
    let url = emulator.facts["files"].as_str().expect("text").to_owned();
    assert!(url.starts_with("http://cloud.test:"), "{url}");
}

#[cfg(unix)]
#[test]
fn it_runs_until_it_is_told_to_stop() {
    for signal in ["INT", "TERM"] {
        let mut emulator = Emulator::start("--output table");
        assert_eq!(emulator.signal(signal), Some(0), "SIG{signal}");
        let mut rest = String::new();
        emulator.out.read_to_string(&mut rest).expect("text");
        assert_eq!(rest, "", "one line and no more");
    }
}

#[test]
fn a_port_that_is_taken_is_a_failure() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let done = rdbfetch(["emulator", "--listen", &address]).done().exits(1);
    assert!(done.message().contains(&address), "{}", done.err);
}

/// What is on standard error when the emulator was stopped.
#[cfg(unix)]
fn complaints(mut emulator: Emulator) -> String {
    assert_eq!(emulator.signal("TERM"), Some(0));
    let mut text = String::new();
    emulator.child.stderr.take().expect("stderr").read_to_string(&mut text).expect("text");
    text
}

/// Asks a running emulator for the links of its sample, as whoever has this secret.
fn ask(emulator: &Emulator, secret: &str) -> Done {
    let name = a_service();
    let sample = &emulator.facts["samples"][name];
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let (instance, backup) = (text(&sample["instance"]), text(&sample["backup"]));
    let line = format!("link {name} --instance {instance} --backup {backup} --output json");
    emulator.against(name, &line).env("RDBFETCH_SECRET_KEY", secret).done()
}

fn secret(emulator: &Emulator) -> String {
    emulator.facts["credentials"]["secret_key"].as_str().expect("text").to_owned()
}

#[test]
fn faults_on_the_command_line_and_in_a_file_go_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("faults.yaml");
    std::fs::write(&path, "# One that hits nothing.\n- on: {file: '99'}\n  cut: 10\n").expect("written");
    let service = a_service();
    let rule = format!("service={service},port=api,times=1,error.code=Surprise,error.status=400");
    let path = path.to_str().expect("text");
    let emulator = Emulator::start(&format!("--faults {path} --fault {rule} --fault expired --seed 7"));
    let secret = secret(&emulator);
    let failure = ask(&emulator, &secret);
    assert!(failure.code != Some(0) && failure.err.contains("Surprise"), "{}", failure.err);
    ask(&emulator, &secret).exits(0);
}

#[test]
fn faults_that_make_no_sense_are_usage_errors() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("faults.yaml");
    std::fs::write(&path, "- latncy: 1s\n").expect("written");
    let missing = folder.path().join("none.yaml");
    let text = |path: &std::path::Path| path.to_str().expect("text").to_owned();
    for (args, exit, expected) in [
        (["--fault".to_owned(), "eror=X".to_owned()], 2, "the nearest is `error`"),
        (["--fault".to_owned(), "service=nosuch,reset".to_owned()], 2, "there is no service \"nosuch\""),
        (["--fault".to_owned(), "reset=maybe".to_owned()], 2, "--fault reset=maybe"),
        (["--faults".to_owned(), text(&path)], 2, "rule 1: a rule: `latncy` is not known"),
        (["--faults".to_owned(), text(&missing)], 9, "cannot be read"),
        (["--journal".to_owned(), text(&missing.join("x"))], 9, "cannot be written"),
        (["--control".to_owned(), "192.0.2.1:0".to_owned()], 1, "is no loopback address"),
    ] {
        let done = rdbfetch(["emulator".to_owned()].into_iter().chain(args.clone())).done().exits(exit);
        assert!(done.message().contains(expected), "{args:?}: {}", done.err);
    }
}

#[cfg(unix)]
#[test]
fn refusals_are_explained_unless_it_is_to_be_quiet() {
    for (flags, right, wrong) in [("", false, true), ("--quiet", false, false), ("-v", true, true)] {
        let emulator = Emulator::start(flags);
        let secret = secret(&emulator);
        ask(&emulator, &secret).exits(0);
        ask(&emulator, &format!("{secret}x")).exits(4);
        let err = complaints(emulator);
        let told = |verdict: &str| err.lines().filter(|line| line.contains(verdict)).count();
        assert_eq!(told(": HTTP 200, answered"), usize::from(right), "{flags}: {err}");
        assert_eq!(told(", refused as "), usize::from(wrong), "{flags}: {err}");
        // The steps of the signature follow, indented.
        assert_eq!(err.lines().any(|line| line.starts_with("    ")), wrong, "{flags}: {err}");
        assert!(!err.contains(&secret), "{err}");
    }
}

#[cfg(unix)]
#[test]
fn the_journal_goes_to_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("calls.jsonl");
    let mut emulator = Emulator::start(&format!("--journal {}", path.to_str().expect("text")));
    let secret = secret(&emulator);
    ask(&emulator, &secret).exits(0);
    assert_eq!(emulator.signal("TERM"), Some(0));
    let text = std::fs::read_to_string(&path).expect("a journal");
    let call: Value = serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&call["service"], &call["verdict"]), (&a_service().into(), &"answered".into()));
    assert!(!text.contains(&secret) && !text.contains("token="));
}

#[test]
fn the_control_api_is_named_in_the_first_line() {
    let without = Emulator::start("");
    assert_eq!(without.facts.get("control"), None);
    let emulator = Emulator::start("--control");
    assert!(emulator.facts["control"].as_str().is_some_and(|url| url.starts_with("http://127.0.0.1:")));
    assert_eq!(emulator.control("GET", "/health", ""), (200, "{\"status\":\"ok\"}\n".to_owned()));
}

/// A folder of backups for a service: one instance with one backup of one file.
fn backups(service: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let backup = folder.path().join(service).join("mine-1").join("20200101");
    fs::create_dir_all(&backup).expect("a folder");
    fs::copy(repository("tests/fixtures/rdb/empty.rdb"), backup.join("empty.rdb")).expect("a copy");
    fs::write(backup.join(".hidden"), "").expect("a file");
    folder
}

#[test]
fn a_folder_of_backups_is_served() {
    for service in services() {
        let name = service.service.name;
        let folder = backups(name);
        let mut emulator = Emulator::start(&format!("--backups {}", folder.path().display()));
        let sample = &emulator.facts["samples"][name];
        assert_eq!((&sample["instance"], &sample["backup"]), (&"mine-1".into(), &"20200101".into()));
        let pulled =
            emulator.call(name, &format!("pull {name} --instance mine-1 --backup latest")).exits(0).json();
        let files = pulled["files"].as_array().expect("files");
        let empty = fs::metadata(repository("tests/fixtures/rdb/empty.rdb")).expect("a file").len();
        assert_eq!((files.len(), &files[0]["size"]), (1, &empty.into()));
        let others = services().filter(|other| other.service.name != name);
        for other in others.map(|other| other.service.name) {
            assert_ne!(emulator.facts["samples"][other]["instance"], "mine-1");
        }
        emulator.child.kill().expect("it runs");
        let mut err = String::new();
        emulator.child.stderr.take().expect("stderr").read_to_string(&mut err).expect("text");
        assert!(err.contains(".hidden"), "what is left out is told: {err}");
    }
}

#[test]
fn a_folder_that_is_none_of_backups_is_refused() {
    let folder = backups("nonesuch");
    fs::write(folder.path().join("stray"), "").expect("a file");
    let path = folder.path().display().to_string();
    let done = rdbfetch(["emulator", "--backups", &path]).done().exits(2);
    let message = done.message();
    assert!(message.contains("2 problems") && message.contains("there is no service"), "{message}");
    assert!(message.contains("stray: is no folder"), "{message}");
    let done = rdbfetch(["emulator", "--backups", &format!("{path}/none")]).done().exits(2);
    assert!(done.message().contains("none: cannot be read"), "{}", done.err);
}

#[test]
fn a_scenario_a_seed_and_a_clock_are_obeyed() {
    let service = a_service();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scenario.yaml");
    let scenario = format!(
        "seed: 1
clock: {{frozen: 2026-01-02T03:04:05Z}}
builtin_accounts: false
accounts: [{{access_key: AKIDMINE, secret_key: mine}}]
services: {{{service}: {{regions: {{here: {{instances: [{{id: i, backups: [{{id: '1', files: [{{keys: 3}}]}}]}}]}}}}}}}}
"
    );
    fs::write(&path, scenario).expect("a file");
    let start = |more: &str| Emulator::start(&format!("--scenario {} {more}", path.display()));
    let date = |emulator: &Emulator| {
        let url = emulator.facts["files"].as_str().expect("a URL");
        let mut stream = std::net::TcpStream::connect(&url["http://".len()..]).expect("a connection");
        std::io::Write::write_all(&mut stream, b"GET / HTTP/1.0\r\nHost: x\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let line = answer.lines().find(|line| line.starts_with("date: ")).expect("a date");
        line["date: ".len()..].to_owned()
    };
    let emulator = start("");
    assert_eq!(emulator.facts["credentials"]["access_key"], "AKIDMINE");
    assert_eq!(emulator.facts["samples"][service]["region"], "here");
    assert_eq!(date(&emulator), "Fri, 02 Jan 2026 03:04:05 GMT");

    let digest = |emulator: &Emulator| {
        // A clock that stands is one that a client signs by only if it is near: so the real one.
        let pulled = emulator.call(service, &format!("pull {service} --instance i --backup latest")).exits(0);
        pulled.json()["files"][0]["sha256"].as_str().expect("a digest").to_owned()
    };
    let (one, again, other) = (start("--clock real"), start("--clock real"), start("--clock real --seed 2"));
    assert_eq!(digest(&one), digest(&again));
    assert_ne!(digest(&one), digest(&other), "the command line goes before the scenario");
    assert_eq!(date(&start("--clock frozen:2027-01-02T03:04:05Z")), "Sat, 02 Jan 2027 03:04:05 GMT");
}

#[test]
fn a_scenario_that_cannot_be_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scenario.yaml");
    fs::write(&path, "seed: 1\nsede: 2\n").expect("a file");
    let done = rdbfetch(["emulator", "--scenario", &path.display().to_string()]).done().exits(2);
    assert_eq!(done.out, "");
    let message = done.message();
    assert!(message.contains(&format!("{}:2:1: ", path.display())), "{message}");
    assert!(message.contains("unknown field `sede`"), "{message}");
    for (line, hint) in [
        ("emulator --scenario none.yaml", "none.yaml: cannot be read"),
        ("emulator --clock fast", "offset:-5m"),
        ("emulator --clock frozen:yesterday", "frozen:2026-01-02T03:04:05Z"),
        ("emulator --seed x", "--seed"),
    ] {
        let message = rdbfetch(words(line)).done().exits(2).err;
        assert!(message.contains(hint), "{line}: {message}");
    }
}

#[test]
fn the_commands_of_the_page_about_scenarios_run() {
    let folder = backups(a_service());
    let backups = folder.path().join("backups");
    fs::create_dir(&backups).expect("a folder");
    fs::rename(folder.path().join(a_service()), backups.join(a_service())).expect("moved");
    fs::copy(repository("docs/emulator/scenario.yaml"), folder.path().join("scenario.yaml")).expect("a copy");
    let page = fs::read_to_string(repository("docs/emulator/scenario.md")).expect("the page");
    let help = rdbfetch(["emulator", "--help"]).done().out;
    let lines = page.lines().filter_map(|line| line.strip_prefix("rdbfetch emulator "));
    let examples = help.lines().filter_map(|line| line.strip_prefix("  rdbfetch emulator "));
    let mut count = 0;
    for line in lines.chain(examples).filter(|line| !line.contains("--listen")) {
        let emulator = Emulator::run(rdbfetch(words(&format!("emulator {line}"))).folder(folder.path()));
        assert!(emulator.facts["endpoints"].is_object(), "{line}");
        count += 1;
    }
    assert_eq!(count, 6);
}

#[test]
fn the_first_page_has_every_flag_and_every_field() {
    let page = fs::read_to_string(repository("docs/emulator/README.md")).expect("the page");
    let help = rdbfetch(["emulator", "--help"]).done().out;
    let own = help.split("Options of every command").next().expect("its own options");
    let flags = own.lines().filter_map(|line| line.trim().strip_prefix("--"));
    let mut flags: Vec<&str> = flags.filter_map(|line| line.split([' ', '[']).next()).collect();
    flags.sort_unstable();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `--"));
    let mut told: Vec<&str> = rows.filter_map(|row| row.split([' ', '`']).next()).collect();
    told.sort_unstable();
    assert_eq!(told, flags);
    let emulator = Emulator::start("--tls --control");
    let table = page.split("| field of the first line").nth(1).expect("a table");
    let rows =
        table.lines().take_while(|line| line.contains('|')).filter_map(|line| line.strip_prefix("| `"));
    let told: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    assert_eq!(sorted(&told), keys(&emulator.facts));
}
