//! Clients that send anything: they get an answer or the end of the connection, and others do not notice.

mod support;

use std::net::Ipv4Addr;

use rdbfetch_emulator::{Builder, Emulator, Limits};
use serde_json::json;
use support::random::{Dice, Words};
use support::wire::exchange;
use support::{ALPHA, BACKUP, INSTANCE, Signing, alpha_call, fetch, host, send};

async fn start() -> (Emulator, rdbfetch_emulator::Clock) {
    support::start(|builder: Builder| builder).await
}

/// The statuses of the answers in what came, which has to be whole answers; those to HEAD are not to be among them.
fn statuses(received: &[u8]) -> Vec<u16> {
    let mut statuses = Vec::new();
    let mut rest = received;
    while !rest.is_empty() {
        let end = rest.windows(4).position(|four| four == b"\r\n\r\n").expect("the end of a head");
        let head = std::str::from_utf8(&rest[..end]).expect("a head in ASCII");
        let mut length = 0;
        let mut lines = head.split("\r\n");
        let status: u16 = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("no header: {line:?}"));
            assert!(HEADERS.contains(&name), "a header from outside: {line:?}");
            if name == "content-length" {
                length = value.parse().unwrap();
            }
        }
        statuses.push(status);
        rest = &rest[end + 4 + length..];
    }
    statuses
}

/// All that an emulator ever says in headers.
const HEADERS: &[&str] = &[
    "accept-ranges",
    "allow",
    "connection",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "etag",
    "last-modified",
    "retry-after",
    "server",
    "x-amz-request-id",
    "x-beta-id",
];

async fn is_well(emulator: &Emulator, clock: &rdbfetch_emulator::Clock) {
    let url = emulator.endpoint("alpha").unwrap();
    let mut draft = alpha_call("GetLinks", json!({"Instance": INSTANCE, "Backup": BACKUP}), host(url));
    Signing::of(emulator, clock, ALPHA.service).sign(ALPHA.service, &mut draft);
    let answer = send(url, &draft).await.json();
    let link = answer["Response"]["Files"][0]["Url"].as_str().unwrap().to_owned();
    assert_eq!(fetch("GET", &link, &[]).await.status, 200);
}

#[tokio::test]
async fn broken_requests_get_what_http_has_for_them() {
    let (emulator, clock) = start().await;
    let files = host(emulator.files_url());
    let many = "X: y\r\n".repeat(101);
    let long = "y".repeat(140_000);
    for (request, expected) in [
        ("GET /\r\n\r\n".to_owned(), vec![400]),
        ("\0\0\0\0\r\n\r\n".to_owned(), vec![400]),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), vec![400]),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), vec![400]),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_owned(), vec![400]),
        ("GET / HTTP/1.1\r\nHost: a\r\nX Y: z\r\n\r\n".to_owned(), vec![400]),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n".to_owned(), vec![400]),
        ("GET / HTTP/1.1\r\n Host: a\r\n\r\n".to_owned(), vec![400]),
        ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), vec![400]),
        (format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n"), vec![431]),
        (format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n"), vec![431]),
        (format!("GET /?{long} HTTP/1.1\r\nHost: a\r\n\r\n"), vec![431]),
        ("GET / HTTP/1.0\r\n\r\n".to_owned(), vec![403]),
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n".to_owned(), vec![403]),
        ("GET http://other.test/ HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), vec![403]),
        ("CONNECT other.test:443 HTTP/1.1\r\nHost: other.test\r\n\r\n".to_owned(), vec![405]),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), vec![403]),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3), vec![403; 3]),
        ("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n".to_owned(), vec![403]),
        (
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                .to_owned(),
            vec![403],
        ),
        (
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx".to_owned(),
            vec![400],
        ),
        ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n".to_owned(), vec![400]),
        (
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n".to_owned(),
            vec![400],
        ),
        ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999\r\n\r\n".to_owned(), vec![413]),
        ("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n".to_owned(), vec![400]),
        ("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n".to_owned(), vec![400]),
        ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxx".to_owned(), vec![400]),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), vec![]),
        (String::new(), vec![]),
        ("GE".to_owned(), vec![]),
    ] {
        let received = exchange(files, request.as_bytes()).await;
        let shown = &request[..request.len().min(200)];
        assert_eq!(statuses(&received), expected, "{shown:?}: {}", String::from_utf8_lossy(&received));
    }
    is_well(&emulator, &clock).await;
}

#[tokio::test]
async fn who_asks_first_is_told_to_go_on() {
    let (emulator, _) = start().await;
    let request = "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nxx";
    let received = exchange(host(emulator.files_url()), request.as_bytes()).await;
    assert!(received.starts_with(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 "), "{received:?}");
}

#[test]
fn the_page_states_the_limits() {
    let page = include_str!("../../docs/emulator/object-store.md");
    let limits = Limits::default();
    for (what, value) in [
        ("connections, of all ports together", format!("{},", limits.connections)),
        ("head of a request", format!("{} bytes", limits.head_bytes)),
        ("body of a request", format!("{} bytes", limits.body_bytes)),
        ("all bodies being received", format!("{} bytes", limits.all_bodies_bytes)),
        ("time for a head, and of an idle connection", format!("{} s", limits.head_time.as_secs())),
        ("time for a body", format!("{} s", limits.body_time.as_secs())),
        ("time in which a client takes nothing of its answer", format!("{} s", limits.write_time.as_secs())),
        ("time for a TLS handshake", format!("{} s", limits.handshake_time.as_secs())),
        ("time of an answer that stalls on purpose", format!("{} s", limits.stall_time.as_secs())),
    ] {
        assert!(page.contains(&format!("| {what} | {value}")), "{what}: {value}");
    }
}

#[tokio::test]
async fn only_loopback_unless_told_otherwise() {
    let anywhere = (Ipv4Addr::UNSPECIFIED, 0).into();
    let builder = Emulator::builder().services(support::SERVICES).listen(anywhere);
    let problem = builder.clone().start().await.unwrap_err();
    assert_eq!(problem.kind(), std::io::ErrorKind::InvalidInput);
    let emulator = builder.allow_remote(true).start().await.unwrap();
    assert!(emulator.files_url().starts_with("http://127.0.0.1:"));
}

/// What requests are made of, good and bad.
const METHODS: &[&str] =
    &["GET", "POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "G\0T", "get", "", "TRACE", "PRI"];
const TARGETS: &[&str] = &[
    "/",
    "*",
    "//",
    "/../..",
    "/%00%ff%2f",
    "http://h/x",
    "http://",
    "h:80",
    "/?a=b&a=b",
    "/?%",
    "/v2/index?Action=%0d%0aX-Evil:%201",
    "/alpha/x?token=1-2",
    "/\u{e9}",
    "/a\tb",
    "?",
    "#",
    "/x#y",
    "/<a>\"'&",
    "/%0d%0aX-Evil:%201",
];
const VERSIONS: &[&str] = &["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.1 ", "http/1.1", "HTTP/1.", "", "X"];
const FIELDS: &[&str] = &[
    "Host: h",
    "Host: h\r\nHost: i",
    "Host: \u{e9}",
    "Content-Length: 5",
    "Content-Length: 5\r\nContent-Length: 6",
    "Content-Length: +5",
    "Content-Length: 18446744073709551616",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding: identity",
    "Transfer-Encoding:\u{b}chunked",
    "Expect: 100-continue",
    "Expect: x",
    "Connection: close",
    "Connection: keep-alive, upgrade",
    "Upgrade: websocket",
    "X-A-Action: GetLinks",
    "X-A-Action: \u{fffd}",
    "X-A-Region: a\rb",
    "X-A-Timestamp: 99999999999999999999",
    "Authorization: A-HMAC Credential=///, SignedHeaders=, Signature=",
    "Authorization: A-HMAC",
    "Range: bytes=0-,0-",
    "Content-Type: application/json",
    "Content-Type: application/x-www-form-urlencoded",
    "X: \0",
    ": x",
    "X",
    " x: y",
    "X : y",
    "X:\ty",
    "Cookie: =;=;=",
    "If-Match: \"",
    "If-Range: x",
];
const BODIES: &[&str] = &[
    "",
    "hello",
    "5\r\nhello\r\n0\r\n\r\n",
    "ffffffffffffffffff\r\n",
    "5;x=\"y\r\nhello",
    "0\r\nX: y\r\n\r\n",
    "{\"a\":",
    "{\"Instance\":\"\\r\\nX-Evil: 1\",\"Backup\":null}",
    "[[[[[[[[",
    "a=%0d%0a&a=%",
    "\0\0\0\0\0",
    "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
];

const WORDS: Words =
    Words { methods: METHODS, targets: TARGETS, versions: VERSIONS, fields: FIELDS, bodies: BODIES };

#[tokio::test]
async fn anything_is_survived() {
    let (emulator, clock) = start().await;
    let mut authorities: Vec<&str> = emulator.endpoints().iter().map(|(_, url)| host(url)).collect();
    authorities.push(host(emulator.files_url()));
    let mut dice = Dice(0x5eed);
    let mut answered = 0;
    for round in 0..3000 {
        let bytes = WORDS.request(&mut dice);
        let received = exchange(dice.one_of(&authorities), &bytes).await;
        let shown = String::from_utf8_lossy(&bytes);
        let text = String::from_utf8_lossy(&received);
        // Answers are in order, and nothing of a request stands at the beginning of a line of a head.
        for head in text.split("HTTP/1.").skip(1).filter_map(|answer| answer.split("\r\n\r\n").next()) {
            let evil = head.lines().any(|line| line.to_ascii_lowercase().starts_with("x-evil"));
            assert!(!evil, "{shown:?}: {text}");
        }
        assert!(received.is_empty() || received.starts_with(b"HTTP/1."), "{shown:?}: {text}");
        answered += usize::from(!received.is_empty());
        if round % 500 == 0 {
            is_well(&emulator, &clock).await;
        }
    }
    assert!(answered > 1000, "most of it is answered: {answered}");
    is_well(&emulator, &clock).await;
}
