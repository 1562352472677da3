//! How long calls may take, and how often they are made.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::server::{Reply, Server};
use crate::support::{Done, rdbfetch, words};

const CALL: &str = "instances tencent --region ap-guangzhou --output json";
const SERVED: &str = r#"{"Response":{"TotalCount":0,"InstanceSet":[],"RequestId":"r"}}"#;

fn call(server: &Server, more: &str) -> Done {
    rdbfetch(words(&format!("{CALL} --endpoint {} {more}", server.url))).keys().done()
}

#[test]
fn a_call_is_repeated_as_often_as_is_said() {
    for (more, sent) in [("", 3), ("--retries 0", 1), ("--retries 1", 2)] {
        let server = Server::saying(503, "busy");
        let done = call(&server, more).exits(7);
        assert_eq!(server.requests().len(), sent, "{more}");
        assert_eq!(done.error()["retryable"], true);
        let tried = if sent == 1 { String::new() } else { format!("after {sent} attempts") };
        assert!(done.message().contains(&tried), "{}", done.err);
    }
}

#[test]
fn what_helps_the_third_time_is_no_failure() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| match count.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => Reply::new(502, "<html>"),
        _ => Reply::new(200, SERVED),
    });
    call(&server, "").exits(0).json();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.headers.to_lowercase().contains("authorization: ")));
}

#[test]
fn silence_ends_with_the_time_that_is_allowed() {
    let server = Server::start(|_| Reply::silence());
    let done = call(&server, "--timeout 200ms").exits(7);
    assert_eq!(done.error()["kind"], "timeout");
    let from_variable = rdbfetch(words(&format!("{CALL} --endpoint {}", server.url))).keys();
    let done = from_variable.env("RDBFETCH_TIMEOUT", "100ms").done().exits(7);
    assert_eq!(done.error()["kind"], "timeout");
}

#[test]
fn the_configuration_file_says_so_too_and_the_command_line_goes_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config.toml");
    fs::write(&file, "[tencent]\nretries = 1\ntimeout = \"9s\"\nconnect_timeout = \"3s\"\n")
        .expect("written");
    let file = file.to_str().expect("a name");
    let server = Server::saying(503, "busy");
    let line = words(&format!("{CALL} --endpoint {}", server.url));
    rdbfetch(&line).keys().env("RDBFETCH_CONFIG", file).done().exits(7);
    assert_eq!(server.requests().len(), 2);
    rdbfetch(&line).keys().env("RDBFETCH_CONFIG", file).env("RDBFETCH_RETRIES", "0").done().exits(7);
    assert_eq!(server.requests().len(), 3);

    let line = words("config show tencent --timeout 1m --output json");
    let shown = rdbfetch(line).env("RDBFETCH_CONFIG", file).done().exits(0).json();
    let told = |name: &str| {
        let row = shown.as_array().and_then(|rows| rows.iter().find(|row| row["name"] == name));
        let row = row.expect("a row");
        format!("{} {}", row["value"], row["origin"]).replace(file, "FILE")
    };
    assert_eq!(told("timeout"), r#""60s" "--timeout""#);
    assert_eq!(told("connect_timeout"), r#""3s" "file FILE:4""#);
    assert_eq!(told("retries"), r#""1" "file FILE:2""#);
}

#[test]
fn values_that_make_no_sense_are_refused() {
    for (more, problem) in [
        ("--timeout 0s", "it is zero"),
        ("--timeout 30", "a duration is a number and"),
        ("--connect-timeout never", "a duration is a number and"),
        ("--retries=-1", "is not in 0.."),
        ("--retries some", "invalid digit"),
    ] {
        let server = Server::saying(200, SERVED);
        let done = call(&server, more).exits(2);
        assert!(done.message().contains(problem), "{more}: {}", done.err);
        assert_eq!(server.requests().len(), 0);
    }
}
