//! Every exit code but those that other files are about: 2 (usage), 3 and 8 (pull, verify).

use std::fs;

use rdbfetch::service::When;

use crate::server::{Reply, Server};
use crate::support::{Done, a_service, links_operation, rdbfetch, services, words};

/// A call for links that goes to this URL.
fn link(service: &str, url: &str) -> Done {
    let line = format!("link {service} --instance i --backup 1 --kind standalone --endpoint {url}");
    rdbfetch(words(&line)).keys().done()
}

#[test]
fn an_answer_that_makes_no_sense_is_1() {
    let server = Server::saying(200, "<html>Welcome to the captive portal</html>");
    for service in services() {
        let error = link(service.service.name, &server.url).exits(1).error();
        assert_eq!(error["kind"], "answer");
        assert_eq!(error["operation"], links_operation(service));
        assert_eq!(error["http_status"], 200);
        assert_eq!(error["retryable"], false);
    }
}

#[test]
fn a_key_that_nobody_knows_is_4() {
    let emulator = tokio::runtime::Runtime::new().expect("a runtime");
    let running = emulator.block_on(rdbfetch_emulator::Emulator::builder().start()).expect("an emulator");
    for service in services() {
        let name = service.service.name;
        let done = link(name, running.endpoint(name).expect("an endpoint")).exits(4);
        assert_eq!(done.out, "");
        let error = done.error();
        assert_eq!(error["kind"], "auth");
        assert!(error["code"].is_string() && error["http_status"].is_u64());
        assert_eq!(error["operation"], links_operation(service));
    }
}

#[test]
fn an_instance_or_a_backup_that_is_not_there_is_5() {
    for service in services() {
        let name = service.service.name;
        for line in [
            format!("link {name} --emulator --instance nosuch-1 --kind standalone"),
            format!("link {name} --emulator --backup 000000000000 --kind standalone"),
            format!("pull {name} --emulator --backup 000000000000 --kind standalone"),
        ] {
            let done = rdbfetch(words(&line)).done().exits(5);
            assert_eq!(done.out, "", "{line}");
            let error = done.error();
            assert_eq!(error["kind"], "not-found", "{line}");
            assert_eq!(error["operation"], links_operation(service));
        }
    }
}

#[test]
fn a_backup_that_is_not_ready_is_6() {
    for service in services() {
        let name = service.service.name;
        let listed = rdbfetch(["backups", name, "--emulator"]).done().exits(0).json();
        let listed = listed.as_array().expect("a list");
        let running = listed.iter().find(|backup| backup["state"] == "running").expect("one is running");
        let id = running["backup"].as_str().expect("an id");
        // Some vendors know no such state: what is not finished is not there.
        let operation = service.service.operation(links_operation(service)).expect("the operation");
        let codes = operation.errors.iter().chain(service.service.errors);
        let told = codes.clone().any(|error| error.when.contains(&When::NotReady));
        let (code, kind) = if told { (6, "not-ready") } else { (5, "not-found") };
        let error = rdbfetch(["link", name, "--emulator", "--backup", id]).done().exits(code).error();
        assert_eq!(error["kind"], kind);
    }
}

#[test]
fn a_service_that_is_not_reached_or_failed_is_7() {
    let failing = Server::saying(503, "<html>try later</html>");
    for service in services() {
        let done = link(service.service.name, "http://127.0.0.1:9").exits(7);
        let error = done.error();
        assert_eq!(error["kind"], "network");
        assert_eq!(error["retryable"], true);
        assert_eq!(error["operation"], links_operation(service));

        let error = link(service.service.name, &failing.url).exits(7).error();
        assert_eq!(error["http_status"], 503);
    }
    let cut = Server::start(|_| Reply { length: Some(100), ..Reply::new(200, "{") });
    link(a_service(), &cut.url).exits(7);
}

#[test]
fn a_disk_that_does_not_take_files_is_9() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("file"), "in the way").expect("a file");
    let line = ["pull", a_service(), "--emulator", "--dir", "file/below"];
    let done = rdbfetch(line).folder(folder.path()).done().exits(9);
    assert_eq!(done.out, "");
    assert_eq!(fs::read_to_string(folder.path().join("file")).expect("a file"), "in the way");
}

#[cfg(unix)]
#[test]
fn an_interrupt_is_130() {
    use std::process::Command;
    use std::time::{Duration, Instant};

    let server = Server::start(|_| Reply::silence());
    let line = format!("link {} --instance i --backup 1 --endpoint {}", a_service(), server.url);
    let mut run = rdbfetch(words(&line)).keys();
    let child = run.command().spawn().expect("the program starts");
    let start = Instant::now();
    while server.requests().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(30), "no request came");
        std::thread::sleep(Duration::from_millis(5));
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
    let output = child.wait_with_output().expect("the program ends");
    let done = Done {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
        document: None,
    };
    assert_eq!(done.exits(130).error()["kind"], "interrupted");
}
