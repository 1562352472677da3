//! Command lines that are wrong: refused with exit code 2, in words that help, before anything is sent.

use crate::server::Server;
use crate::support::{a_service, links_operation, rdbfetch, services, words};

#[test]
fn an_unknown_service_is_answered_with_the_nearest_and_all_of_them() {
    let typo = format!("{}x", a_service());
    let server = Server::saying(200, "{}");
    for line in [
        format!("ops {typo}"),
        format!("call {typo} Anything"),
        format!("backups {typo} --instance i --endpoint {}", server.url),
        format!("link {typo} --instance i --backup 1 --endpoint {}", server.url),
        format!("pull {typo} --instance i --backup 1 --endpoint {}", server.url),
    ] {
        let done = rdbfetch(words(&line)).keys().done().exits(2);
        assert_eq!(done.out, "", "{line}");
        let message = done.message();
        assert!(message.contains(&format!("Did you mean {:?}?", a_service())), "{message}");
        for service in services() {
            assert!(message.contains(service.service.name), "{message}");
        }
    }
    assert!(server.requests().is_empty());
}

#[test]
fn an_unknown_operation_is_answered_with_the_nearest_and_all_of_them() {
    for service in services() {
        let operation = links_operation(service);
        let typo = format!("{operation}x");
        for command in ["ops", "call"] {
            let done = rdbfetch([command, service.service.name, &typo]).keys().done().exits(2);
            let message = done.message();
            assert!(message.contains(&format!("Did you mean {operation:?}?")), "{message}");
            for operation in service.service.operations {
                assert!(message.contains(operation.name), "{message}");
            }
        }
    }
}

#[test]
fn parameters_are_checked_before_anything_is_sent_and_all_problems_are_told() {
    let server = Server::saying(200, "{}");
    for service in services() {
        let operation = links_operation(service);
        let done = rdbfetch(["call", service.service.name, operation, "--endpoint", &server.url])
            .keys()
            .env("RDBFETCH_REGION", "r")
            .done();
        let error = done.exits(2).error();
        assert_eq!(error["kind"], "invalid");
        assert_eq!(error["operation"], operation);
        let message = error["message"].as_str().expect("text");
        let table = service.service.operation(operation).expect("the operation");
        for parameter in table.parameters {
            if parameter.required && parameter.from.is_none() {
                assert!(message.contains(parameter.name), "{} is missing: {message}", parameter.name);
            }
        }

        let extra = ["--param", "NoSuchParameter=1", "--param", "AnotherOne=2"];
        let line = ["call", service.service.name, operation, "--endpoint", &server.url];
        let done = rdbfetch(line.iter().chain(&extra)).keys().env("RDBFETCH_REGION", "r").done().exits(2);
        let message = done.message();
        for name in ["NoSuchParameter", "AnotherOne"] {
            assert!(message.contains(name), "{message}");
        }
    }
    assert!(server.requests().is_empty());
}

#[test]
fn uniform_commands_check_parameters_too() {
    let server = Server::saying(200, "{}");
    let line = format!("{} --endpoint {} --param NoSuchParameter=1", a_service(), server.url);
    for command in
        ["backups --instance i", "link --instance i --backup 1", "pull --instance i --backup latest"]
    {
        let done = rdbfetch(words(&format!("{command} {line}"))).keys().done().exits(2);
        assert!(done.message().contains("NoSuchParameter"), "{}", done.err);
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_parameter_must_not_contradict_the_ids() {
    let server = Server::saying(200, "{}");
    for service in services() {
        let operation = service.service.operation(links_operation(service)).expect("the operation");
        let required = operation.parameters.iter().filter(|parameter| parameter.required);
        for parameter in required.filter(|parameter| parameter.from.is_none()) {
            let extra = format!("{}=another", parameter.name);
            let line = format!("link {} --instance i --backup 1", service.service.name);
            let line = format!("{line} --endpoint {} --param {extra}", server.url);
            let done = rdbfetch(words(&line)).keys().done().exits(2);
            assert!(done.message().contains(parameter.name), "{}", done.err);
        }
    }
    assert!(server.requests().is_empty());
}

#[test]
fn values_without_a_name_are_not_repeated() {
    let done = rdbfetch(["link", a_service(), "--emulator", "--param", "my-hushed-value"]).done().exits(2);
    assert!(done.message().contains("NAME=VALUE"), "{}", done.err);
    assert!(!done.err.contains("my-hushed-value"), "{}", done.err);
}

#[test]
fn ids_are_required_unless_the_emulator_has_some() {
    for (line, missing) in [
        (format!("backups {}", a_service()), "--instance"),
        (format!("link {} --backup 1", a_service()), "--instance"),
        (format!("link {} --instance i", a_service()), "--backup"),
        (format!("pull {} --instance i", a_service()), "--backup"),
    ] {
        let done = rdbfetch(words(&line)).keys().done().exits(2);
        assert!(done.message().contains(missing), "{}", done.err);
    }
    let done = rdbfetch(["link", a_service(), "--emulator", "--backup", ""]).done().exits(2);
    assert!(done.message().contains("--backup"), "{}", done.err);
}

#[test]
fn other_signatures_and_methods_must_be_documented() {
    for service in services() {
        let name = service.service.name;
        let done = rdbfetch(["link", name, "--emulator", "--signature", "NoSuchVariant"]).done().exits(2);
        assert!(done.message().contains("NoSuchVariant"), "{}", done.err);
        let done = rdbfetch(["link", name, "--emulator", "--http-method", "BREW"]).done().exits(2);
        assert!(done.message().contains("BREW"), "{}", done.err);
        for variant in service.service.auth.variants.iter().filter(|variant| !variant.name.is_empty()) {
            rdbfetch(["link", name, "--emulator", "--signature", variant.name]).done().exits(0);
        }
        let operation = service.service.operation(links_operation(service)).expect("the operation");
        for form in operation.also {
            rdbfetch(["link", name, "--emulator", "--http-method", form.method]).done().exits(0);
        }
    }
}

#[test]
fn clap_s_own_errors_have_the_same_form() {
    for line in
        ["", "nosuch", "services --nosuch", "verify", "services --output csv", "emulator --link-ttl soon"]
    {
        let done = rdbfetch(words(line)).done().exits(2);
        assert_eq!(done.out, "", "{line}");
        assert_eq!(done.err.lines().count(), 1, "{line}: {}", done.err);
        let error = done.error();
        assert_eq!(error["kind"], "usage", "{line}");
        assert_eq!(error["retryable"], false, "{line}");
    }
    let done = rdbfetch(words("nosuch --output table")).done().exits(2);
    assert!(done.err.starts_with("error: ") && done.err.contains("Usage:"), "{}", done.err);
    assert!(!done.err.contains("{\"error\""), "{}", done.err);
}

#[test]
fn the_emulator_and_an_endpoint_exclude_each_other() {
    let line = format!("link {} --emulator --endpoint http://127.0.0.1:9", a_service());
    let done = rdbfetch(words(&line)).done().exits(2);
    assert!(done.message().contains("--endpoint"), "{}", done.err);
}

#[test]
fn settings_that_a_service_does_not_have_are_refused() {
    for service in services().filter(|service| service.service.setting("project").is_none()) {
        let done = rdbfetch(["link", service.service.name, "--emulator", "--project", "p"]).done().exits(2);
        assert!(done.message().contains("--project"), "{}", done.err);
    }
}

#[test]
fn without_credentials_nothing_is_sent() {
    let server = Server::saying(200, "{}");
    for service in services() {
        let line = format!("{} --instance i --endpoint {}", service.service.name, server.url);
        for command in [format!("backups {line}"), format!("link {line} --backup latest")] {
            let done = rdbfetch(words(&command)).done().exits(4);
            let message = done.message();
            assert!(
                message.contains("RDBFETCH_ACCESS_KEY") && message.contains("RDBFETCH_SECRET_KEY"),
                "{message}"
            );
            for names in service.service.credentials {
                assert!(message.contains(names.access_key), "{message}");
            }
        }
    }
    assert!(server.requests().is_empty());
}

#[test]
fn half_a_pair_of_credentials_is_refused() {
    let done = rdbfetch(["link", a_service(), "--instance", "i", "--backup", "b"])
        .env("RDBFETCH_ACCESS_KEY", "half-of-a-pair")
        .done()
        .exits(2);
    assert!(done.message().contains("RDBFETCH_SECRET_KEY"), "{}", done.err);
    assert!(!done.err.contains("half-of-a-pair"), "{}", done.err);
}

#[test]
fn global_options_go_before_and_after_the_command() {
    for line in ["--output jsonl --quiet services", "services --quiet --output jsonl", "-q services -o jsonl"]
    {
        let done = rdbfetch(words(line)).done().exits(0);
        assert_eq!(done.out.lines().count(), services().count(), "{line}: {}", done.out);
    }
}
