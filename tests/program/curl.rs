//! `--print-curl`: what is printed does what the program would do.

use std::process::{Command, Stdio};

use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::service::Kind;
use rdbfetch_emulator::Emulator;
use serde_json::Value;

use crate::server::Server;
use crate::support::{Done, Run, TOKEN, a_service, links_operation, rdbfetch, services, words};

/// Runs a printed command in a POSIX shell; nothing where there is no curl.
fn shell(command: &str) -> Option<String> {
    let there = Command::new("curl").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if there.is_err() {
        eprintln!("SKIPPED: there is no curl here, so nobody knows whether it takes what is printed");
        return None;
    }
    let output =
        Command::new("/bin/sh").args(["-c", command]).env_remove("http_proxy").output().expect("a shell");
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}

/// An emulator, and a command line that is to go there with its keys.
struct Place {
    _runtime: tokio::runtime::Runtime,
    emulator: Emulator,
}

impl Place {
    fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let emulator = runtime.block_on(Emulator::builder().start()).expect("an emulator");
        Self { _runtime: runtime, emulator }
    }

    fn run(&self, service: &ServiceMetadata, line: &[&str]) -> Run {
        let name = service.service.name;
        let sample = self.emulator.sample(name).expect("a sample");
        let keys = self.emulator.credentials();
        let end =
            ["--endpoint", self.emulator.endpoint(name).expect("an endpoint"), "--region", &sample.region];
        rdbfetch(line.iter().chain(&end))
            .env("RDBFETCH_ACCESS_KEY", keys.access_key())
            .env("RDBFETCH_SECRET_KEY", keys.secret())
            .env("RDBFETCH_PROJECT", "org-emulated")
    }
}

#[test]
fn curl_gets_what_the_program_gets() {
    let place = Place::new();
    for service in services() {
        let name = service.service.name;
        let sample = place.emulator.sample(name).expect("a sample");
        let ids = ["--instance", &sample.instance, "--backup", &sample.backup];
        for variant in service.service.auth.variants {
            let mut line = vec!["link", name, "--kind", "standalone"];
            line.extend(ids);
            if !variant.name.is_empty() {
                line.extend(["--signature", variant.name]);
            }
            let mut printing = line.clone();
            printing.push("--print-curl");
            let printed = place.run(service, &printing).done().exits(0);
            assert_eq!(printed.out.lines().count(), 1, "nothing else is on stdout: {}", printed.out);
            let Some(answer) = shell(&printed.out) else { return };
            let answer: Value =
                serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"));
            let link = place.run(service, &line).done().exits(0).json();
            // Every call has links of its own; their paths are the same.
            let url =
                link["links"][0]["public_url"].as_str().expect("a link").split('?').next().expect("a path");
            assert!(answer.to_string().contains(url), "{name}: {answer}");
        }
        let operation = service.service.operation(links_operation(service)).expect("the operation");
        for form in operation.also {
            let line =
                ["link", name, ids[0], ids[1], ids[2], ids[3], "--http-method", form.method, "--print-curl"];
            let printed = place.run(service, &line).done().exits(0);
            assert!(
                shell(&printed.out).is_none_or(|answer| answer.contains(&sample.backup)),
                "{}",
                printed.out
            );
        }
        let line = ["backups", name, "--instance", &sample.instance, "--print-curl"];
        let printed = place.run(service, &line).done().exits(0);
        assert!(shell(&printed.out).is_none_or(|answer| answer.contains(&sample.backup)), "{}", printed.out);
    }
}

#[test]
fn hostile_values_arrive_as_they_are() {
    let hostile = [
        "it's \"quoted\" `id` $(id) $HOME ${x} \\ ! # ~ * ? ; & | < > %41 +",
        "two\nlines\r\n\tand a tab",
        "{a,b}[1-3]",
        "@/etc/hostname",
        "-o/tmp/x",
        "備份 é \u{1F600}",
    ];
    let place = Place::new();
    let mut tried = 0;
    for service in services() {
        let operation = service.service.operation(links_operation(service)).expect("the operation");
        let mut texts = operation.parameters.iter().filter(|one| {
            matches!(one.kind, Kind::String)
                && one.from.is_none()
                && one.values.is_empty()
                && one.traits.pattern.is_none()
        });
        let Some(text) = texts.next_back() else { continue };
        let sample = place.emulator.sample(service.service.name).expect("a sample");
        for value in hostile {
            let param = format!("{}={value}", text.name);
            let mut line = vec!["call", service.service.name, operation.name, "--param", &param];
            let rest = required(operation, sample, text.name);
            line.extend(rest.iter().flat_map(|param| ["--param", param.as_str()]));
            let called = place.run(service, &line).done();
            if called.code == Some(2) {
                continue; // The spec says more about this text than this test knows.
            }
            line.push("--print-curl");
            let printed = place.run(service, &line).done().exits(0);
            let Some(answer) = shell(&printed.out) else { return };
            same_answer(&called, &answer);
            tried += 1;
        }
    }
    assert!(tried >= 2 * hostile.len(), "only {tried} values were tried");
}

/// What an operation needs besides the parameter that is tried.
fn required(
    operation: &rdbfetch::service::Operation,
    sample: &rdbfetch_emulator::Sample,
    but: &str,
) -> Vec<String> {
    let needed =
        operation.parameters.iter().filter(|one| one.required && one.from.is_none() && one.name != but);
    needed
        .map(|one| {
            let instance = ["nstance", "Group", "redisId"].iter().any(|word| one.name.contains(word));
            format!("{}={}", one.name, if instance { &sample.instance } else { &sample.backup })
        })
        .collect()
}

/// The service says the same to both: above all, that the signature is right.
#[track_caller]
fn same_answer(called: &Done, answer: &str) {
    if called.code == Some(0) {
        let (one, other): (Value, Value) = (called.json(), serde_json::from_str(answer).expect("JSON"));
        assert_eq!(crate::support::keys(&one), crate::support::keys(&other));
        return;
    }
    let error = called.error();
    assert_ne!(error["kind"], "auth", "{error}");
    let code = error["code"].as_str().expect("a code");
    assert!(answer.contains(code), "{code}: {answer}");
}

#[test]
fn nothing_is_sent_and_keys_are_needed() {
    let server = Server::saying(200, "{}");
    for service in services() {
        let line = format!(
            "link {} --instance i --backup 1 --endpoint {} --print-curl",
            service.service.name, server.url
        );
        let done = rdbfetch(words(&line)).keys().done().exits(0);
        assert!(done.out.starts_with("curl ") && done.out.contains(&server.url), "{}", done.out);
        assert!(!done.out.contains(crate::support::SECRET_KEY) && !done.err.contains("hush"), "{}", done.out);
        let replayable = service.service.clock_window.is_none();
        assert_eq!(done.err.contains("carry no clock"), replayable, "{}", done.err);
        assert_eq!(done.err.contains("run the command within"), !replayable, "{}", done.err);
        assert_eq!(rdbfetch(words(&format!("{line} -q"))).keys().done().exits(0).err, "");
        assert!(!done.err.contains("token"), "{}", done.err);
        let with_token = rdbfetch(words(&line)).keys().env("RDBFETCH_TOKEN", TOKEN).done();
        if with_token.code == Some(0) {
            assert!(with_token.err.contains("holds the token"), "{}", with_token.err);
        }
        rdbfetch(words(&line)).done().exits(4);
    }
    assert!(server.requests().is_empty());
}

#[test]
fn the_first_call_is_shown_where_there_are_two() {
    let line = format!("link {} --emulator --backup latest --print-curl", a_service());
    let done = rdbfetch(words(&line)).done().exits(0);
    assert!(done.out.starts_with("curl "), "{}", done.out);
    assert!(done.err.contains("first call"), "{}", done.err);
    let line = format!("link {} --emulator --print-curl --dry-run", a_service());
    rdbfetch(words(&line)).done().exits(2);
}
