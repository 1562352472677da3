//! What was probably meant.

use rdbfetch::service::Kind;

use crate::server::Server;
use crate::support::{a_service, links_operation, rdbfetch, services, words};

#[test]
fn commands_and_options_by_their_usual_names() {
    for (line, meant) in [
        ("ls", "rdbfetch backups"),
        ("list x", "rdbfetch backups"),
        ("download x --instance i", "rdbfetch pull"),
        ("get", "rdbfetch pull"),
        ("urls", "rdbfetch link"),
        ("check file", "rdbfetch verify"),
        ("serve", "rdbfetch emulator"),
        ("clouds", "rdbfetch services"),
        ("bakups x", "'backups'"),
        ("dump.rdb", "rdbfetch verify"),
        ("services --format json", "--output"),
        ("services --jq .", "--query"),
        ("services --otput json", "--output"),
    ] {
        for format in ["json", "table"] {
            let done = rdbfetch(words(line)).env("RDBFETCH_OUTPUT", format).done().exits(2);
            assert_eq!(done.out, "", "{line}");
            assert!(done.err.contains(meant), "{line}: {}", done.err);
        }
    }
    let message = rdbfetch([a_service(), "backups"]).done().exits(2).message();
    assert!(message.contains("is a service"), "{message}");
    let message = rdbfetch(["link"]).done().exits(2).message();
    assert!(services().all(|service| message.contains(service.service.name)), "{message}");
    let message = rdbfetch(["link", a_service()]).done().exits(2).message();
    assert!(message.contains("--instance") && message.contains("--emulator"), "{message}");
    let line = format!("link {} --emulator --instance-id i", a_service());
    assert!(rdbfetch(words(&line)).done().exits(2).message().contains("--instance"));
}

#[test]
fn keys_on_the_command_line_are_answered_with_where_they_belong() {
    for flag in ["--access-key", "--secret-key", "--ak", "--token"] {
        let done = rdbfetch(["link", a_service(), flag, "hush"]).done().exits(2);
        assert!(done.message().contains("RDBFETCH_SECRET_KEY"), "{}", done.err);
        assert!(!done.err.contains("hush"), "{}", done.err);
    }
}

#[test]
fn values_and_formats() {
    let message = rdbfetch(["services", "-o", "jsn"]).done().exits(2).message();
    assert!(message.contains("'json'"), "{message}");
    let mut tried = 0;
    for service in services() {
        for operation in service.service.operations {
            let closed = operation.parameters.iter().find(|one| {
                matches!(one.kind, Kind::String) && one.values.iter().any(|value| value.len() > 3)
            });
            let Some(closed) = closed else { continue };
            let value = closed.values.iter().find(|value| value.len() > 3).expect("a value");
            let param = format!("{}={value}x", closed.name);
            let line = ["call", service.service.name, operation.name, "--emulator", "--param", &param];
            let message = rdbfetch(line).done().exits(2).message();
            assert!(message.contains(&format!("did you mean {value:?}?")), "{message}");
            let next = format!("rdbfetch ops {} {}", service.service.name, operation.name);
            assert!(message.contains(&next), "what to do next can be copied: {message}");
            tried += 1;
        }
    }
    assert!(tried > 0, "some parameter has documented values");
}

#[test]
fn an_unknown_region_is_sent_and_doubted() {
    let server = Server::saying(200, "{}");
    let mut doubted = 0;
    for service in services() {
        let name = service.service.name;
        let Some((known, _)) = service.known_values("region").first() else { continue };
        let line = format!("backups {name} --instance i --endpoint {} --region {known}", server.url);
        let done = rdbfetch(words(&format!("{line}x"))).keys().done();
        assert!(!matches!(done.code, Some(0 | 2)), "it is sent: {}", done.err);
        assert!(done.err.lines().next().is_some_and(|line| line.starts_with("warning: ")), "{}", done.err);
        let meant = format!("did you mean {known:?}?");
        assert!(done.message().contains(&meant), "{}", done.err);
        let done = rdbfetch(words(&line)).keys().done();
        assert!(!done.err.contains("did you mean"), "{}", done.err);
        doubted += 1;

        let operation = links_operation(service);
        let shown = rdbfetch(["ops", name, operation]).done().exits(0).json();
        let parameters = shown[0]["parameters"].as_array().expect("a list").clone();
        let listed = parameters.iter().any(|one| {
            one["values"].as_array().is_some_and(|values| values.iter().any(|value| value == known))
        });
        let fills = |name| {
            service
                .service
                .operation(operation)
                .is_some_and(|one| one.parameters.iter().any(|one| one.from == Some(name)))
        };
        assert_eq!(listed, fills("region"), "{name}");
    }
    assert!(doubted > 0 && !server.requests().is_empty());
}

#[test]
fn what_the_environment_sets_is_doubted_too() {
    for service in services().filter(|service| !service.known_values("region").is_empty()) {
        let line = ["backups", service.service.name, "--instance", "i", "--dry-run"];
        let done = rdbfetch(line).env("RDBFETCH_REGION", "nowhere-7").done().exits(0);
        assert!(done.err.contains("nowhere-7"), "{}", done.err);
        done.json();
    }
}
