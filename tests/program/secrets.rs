//! Secrets and signed links: never on stderr, and on stdout only where links are what was asked for.

use std::fs;

use serde_json::Value;

use crate::server::Server;
use crate::support::{Done, SECRET_KEY, TOKEN, links_operation, rdbfetch, services, words};

/// Nothing of a person's keys in anything that was said.
#[track_caller]
fn no_secret(done: &Done) {
    for secret in [SECRET_KEY, TOKEN, "hush"] {
        assert!(!done.out.contains(secret), "on stdout: {}", done.out);
        assert!(!done.err.contains(secret), "on stderr: {}", done.err);
    }
}

#[test]
fn keys_are_never_told_whatever_happens() {
    // A server that repeats what it got, as careless ones do in their messages.
    let echo = Server::start(|request| {
        let said = format!("{} {} {}", request.target, request.headers, request.body);
        let said = serde_json::to_string(&said).expect("JSON");
        let body = format!(
            "{{\"Response\":{{\"Error\":{{\"Code\":\"X\",\"Message\":{said}}}}},\"RetCode\":1,\"Message\":{said},\
             \"code\":1,\"message\":{said},\"error\":{{\"code\":400,\"message\":{said}}}}}"
        );
        crate::server::Reply::new(200, body)
    });
    let broken = Server::saying(500, "no");
    for service in services() {
        let (name, operation) = (service.service.name, links_operation(service));
        for url in
            [echo.url.as_str(), broken.url.as_str(), "http://127.0.0.1:9", "http://127.0.0.1:9/a b\u{7f}"]
        {
            for extra in ["", " -v", " --output table"] {
                for command in [
                    format!("link {name} --instance i --backup 1"),
                    format!("backups {name} --instance i"),
                    format!("pull {name} --instance i --backup latest"),
                    format!("call {name} {operation}"),
                ] {
                    let mut line = words(&format!("{command} {extra}"));
                    line.extend(["--endpoint".to_owned(), url.to_owned()]);
                    let done = rdbfetch(line).keys().env("RDBFETCH_TOKEN", TOKEN).done();
                    assert!(!matches!(done.code, None | Some(0 | 101)), "{command}: {done:?}");
                    no_secret(&done);
                }
            }
        }
    }
}

#[test]
fn links_are_on_stdout_of_link_and_call_only() {
    for service in services() {
        let (name, operation) = (service.service.name, links_operation(service));
        let link = rdbfetch(["link", name, "--emulator", "-v"]).done().exits(0);
        let document = link.json();
        let queries: Vec<&str> = document["links"]
            .as_array()
            .expect("a list")
            .iter()
            .flat_map(|link| [&link["public_url"], &link["internal_url"]])
            .filter_map(Value::as_str)
            .filter_map(|url| Some(url.split_once('?')?.1))
            .collect();
        assert!(!queries.is_empty());
        let signed = |text: &str| {
            let parameters = queries.iter().flat_map(|query| query.split('&'));
            parameters.filter(|pair| pair.len() > 20).any(|pair| text.contains(pair)) || text.contains("/?")
        };
        assert!(!signed(&link.err), "{}", link.err);
        let call = rdbfetch(["call", name, operation, "--emulator", "-v"]).done().exits(0);
        assert!(!signed(&call.err), "{}", call.err);

        let folder = tempfile::tempdir().expect("a folder");
        let pull = rdbfetch(["pull", name, "--emulator", "-v"]).folder(folder.path()).done().exits(0);
        assert!(!signed(&pull.out), "{}", pull.out);
        assert!(!signed(&pull.err), "{}", pull.err);
        assert!(!pull.out.contains("http") && !pull.err.contains('?'), "{} {}", pull.out, pull.err);
        assert!(fs::read_dir(folder.path()).expect("a folder").count() > 0);
    }
}

#[test]
fn keys_are_not_taken_from_the_command_line() {
    for flag in ["--access-key", "--secret-key", "--token"] {
        let service = services().next().expect("a service").service.name;
        for line in [format!("link {service} --emulator {flag} hush"), format!("link {service} {flag}=hush")]
        {
            let done = rdbfetch(words(&line)).done().exits(2);
            no_secret(&done);
        }
    }
}

#[test]
fn a_terminal_is_not_sent_what_a_server_likes() {
    let server = Server::saying(
        200,
        "{\"Response\":{\"Error\":{\"Code\":\"X\",\"Message\":\"\\u001b]0;owned\\u0007\"}},\"RetCode\":1,\
         \"Message\":\"\\u001b]0;owned\\u0007\",\"code\":1,\"message\":\"\\u001b]0;owned\\u0007\",\
         \"error\":{\"code\":400,\"message\":\"\\u001b]0;owned\\u0007\"}}",
    );
    let mut shown = 0;
    for service in services() {
        let line = format!(
            "link {} --instance i --backup 1 --endpoint {} --output table",
            service.service.name, server.url
        );
        let done = rdbfetch(words(&line)).keys().done();
        // Not every service keeps its message in one of these places.
        shown += usize::from(done.err.contains("owned"));
        assert!(!done.err.contains('\u{1b}'), "{}", done.err);
    }
    assert!(shown > 0, "some service shows the message");
}
