//! What only the default transport does; `transport/tests.rs` has what all of them do.

use super::*;

#[test]
fn what_a_url_parser_would_change_is_refused() {
    for (url, why) in [
        ("https://h.example/a/../b?sign=hush", "its path holds `..`"),
        ("https://h.example/a/%2E/b?sign=hush", "its path holds `%2E`"),
        ("https://h.example/a b?sign=hush", "its path holds a space"),
        ("https://h.example/a\\b?sign=hush", "its path holds the character `\\`"),
        ("https://h.example/é?sign=hush", "its path holds a character outside ASCII"),
        ("https://h.example/a?sign=hush'", "its query holds the character `'`"),
        ("https://h.example/a?sign=hu\tsh", "its query holds a control character"),
        ("https:h.example/hush", "cannot be sent as it stands"),
    ] {
        let why_not = exact(url).unwrap_err();
        assert!(why_not.contains(why), "{url}: {why_not}");
        assert!(!why_not.contains("hush"), "{url}: {why_not}");
    }
}

#[test]
fn what_survives_is_sent() {
    for url in [
        "http://h.example",
        "http://H.Example:80?a=b",
        "https://h.example/backups-9001/file_a?PublicKey=u@e.cn1426&Expires=15&Signature=sbH+QO/z5o6=",
        "https://h.example/a%2Fb/%2e%2e%2e/..a/?sign=q-sign%3Dsha1%26q-time%3D1%3B2#fragment",
        "https://h.example//a//b/?",
        "https://[::1]:8080/a;b,c:d?a=[b]{c}|^`\\",
    ] {
        assert!(exact(url).is_ok(), "{url}: {:?}", exact(url));
        let parsed = exact(url).unwrap();
        let memory = Memory::default();
        for _ in 0..2 {
            let target = memory.target(url).unwrap();
            let told = (target.url.path(), target.url.query(), target.url.host_str());
            assert_eq!(told, (parsed.path(), parsed.query(), parsed.host_str()), "{url}");
        }
    }
}

#[test]
fn where_the_last_request_went_is_remembered_only_for_what_goes_there_too() {
    let memory = Memory::default();
    for (url, sent) in [
        ("http://127.0.0.1:8080/?a=b", Some(("127.0.0.1:8080", "/", Some("a=b")))),
        ("http://127.0.0.1:8080", Some(("127.0.0.1:8080", "/", None))),
        ("http://127.0.0.1:8080/v1/x?y=%2F'", None),
        ("http://127.0.0.1:8080/v1/x?y=%2F", Some(("127.0.0.1:8080", "/v1/x", Some("y=%2F")))),
        ("http://127.0.0.1:8080?z", Some(("127.0.0.1:8080", "/", Some("z")))),
        ("http://127.0.0.1:8080/a/../b", None),
        ("http://127.0.0.1:80801/", None),
        ("http://127.0.0.1:8080.h.example/", None),
        ("http://127.0.0.1:8080@h.example/", None),
        ("http://127.0.0.1/", Some(("127.0.0.1", "/", None))),
        ("http://127.0.0.1.h.example/", Some(("127.0.0.1.h.example", "/", None))),
        ("http://127.0.0.1.h.example/#/x?y", Some(("127.0.0.1.h.example", "/", None))),
    ] {
        match (memory.target(url), sent) {
            (Ok(target), Some(sent)) => {
                let host = target.host.to_str().unwrap();
                assert_eq!((host, target.url.path(), target.url.query()), sent, "{url}");
                assert_eq!(target.loopback, loopback(&target.url), "{url}");
            }
            (Err(_), None) => {}
            (told, sent) => panic!("{url}: {:?} instead of {sent:?}", told.map(|told| told.url)),
        }
    }
}

#[test]
fn this_machine_is_known() {
    let is = |url: &str| loopback(&Url::parse(url).unwrap());
    for url in [
        "http://localhost:1",
        "http://LOCALHOST/",
        "http://127.3.2.1",
        "http://[::1]:2",
        "http://[::ffff:127.0.0.1]",
    ] {
        assert!(is(url), "{url}");
    }
    for url in ["http://localhost.example", "http://128.0.0.1", "http://[::2]", "http://10.0.0.1"] {
        assert!(!is(url), "{url}");
    }
}
