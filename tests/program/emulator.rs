//! `rdbfetch emulator`

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command};

use rdbfetch::metadata::{Placement, PlacementPiece};
use serde_json::Value;

use crate::support::{Run, keys, rdbfetch, services, sorted, words};

/// A running emulator, killed at the end of the test if it still runs.
struct Emulator {
    child: Child,
    out: BufReader<ChildStdout>,
    facts: Value,
    _run: Run,
}

impl Emulator {
    fn start(args: &str) -> Self {
        let mut run = rdbfetch(words(&format!("emulator {args}")));
        let mut child = run.command().spawn().expect("the program starts");
        let mut out = BufReader::new(child.stdout.take().expect("stdout"));
        let mut line = String::new();
        out.read_line(&mut line).expect("a line");
        let facts = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Self { child, out, facts, _run: run }
    }

    fn signal(&mut self, name: &str) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([format!("-{name}"), pid]).status().expect("kill").success());
        self.child.wait().expect("the program ends").code()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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
