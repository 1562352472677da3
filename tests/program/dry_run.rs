//! `--dry-run`: says what would be sent, shows nothing secret, sends nothing.

use rdbfetch::metadata::PlacementPiece;

use crate::server::Server;
use crate::support::{
    ACCESS_KEY, Run, SECRET_KEY, TOKEN, keys, links_operation, rdbfetch, services, sorted, words,
};

const FIELDS: [&str; 8] = ["service", "operation", "method", "url", "headers", "parameters", "body", "then"];

#[test]
fn what_would_be_sent_is_told_and_nothing_is_sent() {
    let server = Server::saying(200, "{}");
    for service in services() {
        let name = service.service.name;
        let rest = format!("{name} --endpoint {} --dry-run", server.url);
        for line in [
            format!("link {rest} --instance i-1 --backup 1"),
            format!("pull {rest} --instance i-1 --backup 1"),
            format!("backups {rest} --instance i-1"),
        ] {
            let done = rdbfetch(words(&line)).keys().done().exits(0);
            let shown = done.json();
            assert_eq!(keys(&shown), sorted(&FIELDS));
            assert_eq!(shown["service"], name);
            assert!(shown["url"].as_str().is_some_and(|url| url.starts_with(&server.url)), "{shown}");
            assert!(shown["method"].is_string() && shown["headers"].is_object(), "{shown}");
            let parameters = shown["parameters"].as_object().expect("an object");
            assert!(parameters.values().any(|value| value == "i-1" || value == "1" || value == 1), "{shown}");
        }
        let operation = links_operation(service);
        let line = format!("call {name} {operation} --emulator --dry-run");
        assert_eq!(rdbfetch(words(&line)).done().exits(0).json()["operation"], operation);
    }
    assert!(server.requests().is_empty());
}

#[test]
fn of_the_latest_backup_the_list_comes_first() {
    let server = Server::saying(200, "{}");
    for service in services() {
        let name = service.service.name;
        let line = format!("link {name} --instance i --backup latest --endpoint {} --dry-run", server.url);
        let shown = rdbfetch(words(&line)).keys().done().exits(0).json();
        let list = rdbfetch::Question::Backups.operation(service.service);
        assert_eq!(shown["operation"], list.expect("an operation").name);
        assert!(
            shown["then"].as_str().is_some_and(|then| then.contains(links_operation(service))),
            "{shown}"
        );
    }
    assert!(server.requests().is_empty());
}

#[test]
fn signatures_and_tokens_are_not_shown() {
    for service in services() {
        for variant in service.variants {
            let line = format!("link {} --instance i --backup 1 --dry-run", service.service.name);
            let with_variant = |run: Run| run.keys().env("RDBFETCH_TOKEN", TOKEN);
            let mut line = words(&line);
            if !variant.name.is_empty() {
                line.extend(["--signature".to_owned(), variant.name.to_owned()]);
            }
            let done = with_variant(rdbfetch(&line)).done().exits(0);
            for secret in [SECRET_KEY, TOKEN, "hush"] {
                assert!(!done.out.contains(secret) && !done.err.contains(secret), "{}", done.out);
            }
            let shown = done.json();
            for placement in variant.placements {
                let secret = |piece: &PlacementPiece| {
                    matches!(
                        piece,
                        PlacementPiece::Signature | PlacementPiece::Token | PlacementPiece::TokenBase64
                    )
                };
                if !placement.pattern.iter().any(secret) {
                    continue;
                }
                let value = if placement.header {
                    let headers = shown["headers"].as_object().expect("an object");
                    let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(placement.name));
                    found.map(|(_, value)| value.as_str().unwrap_or_default().to_owned())
                } else {
                    let all = format!("{}&{}", shown["url"], shown["body"]);
                    all.split(['?', '&', '"']).find_map(|pair| {
                        pair.strip_prefix(placement.name)?.strip_prefix('=').map(str::to_owned)
                    })
                };
                assert_eq!(value.as_deref(), Some("[redacted]"), "{}: {shown}", placement.name);
            }
        }
    }
}

#[test]
fn no_credentials_are_needed() {
    for service in services() {
        let line = format!("link {} --instance i --backup 1 --dry-run", service.service.name);
        let done = rdbfetch(words(&line)).done().exits(0);
        assert!(!done.out.contains(ACCESS_KEY));
    }
}
