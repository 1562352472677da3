//! Many clients at once, slow ones among them, and requests larger than anybody needs.

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdbfetch_emulator::world::{Backup, Moment, World};
use rdbfetch_emulator::{Builder, Emulator, Fault, Scenario};
use serde_json::json;
use support::random::{Dice, Words};
use support::under::Under;
use support::wire::{Wire, ask, exchange, soon};
use support::{BETA, INSTANCE, beta_call, draft_bytes, fetch, host, link_bytes, request, send};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Whether so many files can be open; says so where they cannot.
fn can_open(files: u64) -> bool {
    #[cfg(unix)]
    {
        let most = rlimit::increase_nofile_limit(files).unwrap_or(0);
        if most < files {
            eprintln!("skipped: {files} open files are needed, and {most} are allowed");
            return false;
        }
    }
    true
}

/// An emulator with a file that is larger than what a connection buffers.
async fn large() -> Under {
    let backup = Backup::new("b").created(Moment::ago(Duration::from_secs(60))).file("f", vec![7; 16 << 20]);
    let world = World::default().service("alpha", |service| {
        service.region("north-1", |region| region.instance(INSTANCE, |instance| instance.backup(backup)))
    });
    Under::of(world).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_connections_are_all_answered() {
    const CLIENTS: usize = 2000;
    if !can_open(2 * CLIENTS as u64 + 500) {
        return;
    }
    let under = Arc::new(Under::new(|builder| builder.keep_calls(3 * CLIENTS)).await);
    let url = under.emulator.endpoint("alpha").unwrap().to_owned();
    let request = Arc::new(under.call());
    // All are there before the first one asks.
    let mut streams = Vec::with_capacity(CLIENTS);
    for _ in 0..CLIENTS {
        streams.push(soon(TcpStream::connect(host(&url))).await.unwrap());
    }
    let mut clients = JoinSet::new();
    for stream in streams {
        let request = Arc::clone(&request);
        clients.spawn(async move {
            let mut wire = Wire::over(stream, &request).await;
            for _ in 0..2 {
                let (status, body) = wire.answer().await;
                assert_eq!(status, 200);
                let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
                assert_eq!(answer["Response"]["Files"].as_array().map(Vec::len), Some(3), "{answer}");
                wire = wire.again(&request).await;
            }
        });
    }
    let began = Instant::now();
    while let Some(done) = clients.join_next().await {
        done.unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(60));
    let calls = under.emulator.journal().of("alpha");
    assert!(calls.answered().len() >= 2 * CLIENTS && calls.refused().is_empty());
}

#[tokio::test]
async fn slow_clients_and_clients_that_never_read_delay_nobody() {
    if !can_open(2000) {
        return;
    }
    let under = large().await;
    let (url, link) =
        (under.emulator.endpoint("alpha").unwrap().to_owned(), under.urls(INSTANCE, "b").await.remove(0));
    let call = under.call();
    let mut held = Vec::new();
    for number in 0..500 {
        // Each has come a different part of the way, and goes no further.
        let part = &call[..1 + number * (call.len() - 2) / 500];
        held.push(Wire::ask(&url, part).await);
    }
    for _ in 0..100 {
        held.push(Wire::ask(&link, &link_bytes("GET", &link, &[])).await);
    }
    let began = Instant::now();
    for _ in 0..50 {
        assert_eq!(under.links(INSTANCE, "b").await, "ok");
        assert_eq!(fetch("GET", &link, &[("Range", "bytes=5-9")]).await.body, [7; 5]);
    }
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "far less than what slow ones have: {:?}",
        began.elapsed()
    );
    // Those who never read get what they asked for, if they do.
    assert_eq!(held.pop().unwrap().answer().await.1.len(), 16 << 20);
}

#[tokio::test]
async fn a_long_batch_is_answered_in_its_order() {
    const BATCH: usize = 5000;
    let under = large().await;
    let link = under.urls(INSTANCE, "b").await.remove(0);
    let mut batch = Vec::new();
    for number in 0..BATCH {
        batch.extend(link_bytes("GET", &link, &[("Range", &format!("bytes={number}-{}", number * 2))]));
    }
    batch.extend(link_bytes("GET", &link, &[("Range", "bytes=-1"), ("Connection", "close")]));
    let received = ask(host(&link), &batch).await;
    let text = String::from_utf8_lossy(&received);
    let ranges: Vec<&str> =
        text.split("content-range: bytes ").skip(1).map(|rest| rest.split('-').next().unwrap()).collect();
    assert_eq!(ranges.len(), BATCH + 1);
    assert!(ranges.iter().take(BATCH).enumerate().all(|(at, range)| *range == at.to_string()));
}

/// Some clients say that they are through with asking by closing their half of the connection.
#[tokio::test]
async fn who_only_stops_sending_gets_every_answer() {
    const BATCH: usize = 5000;
    let under = large().await;
    let link = under.urls(INSTANCE, "b").await.remove(0);
    let one = link_bytes("GET", &link, &[("Range", "bytes=0-9")]);
    let received = exchange(host(&link), &one.repeat(BATCH)).await;
    assert_eq!(String::from_utf8_lossy(&received).matches("HTTP/1.1 206 ").count(), BATCH);

    let url = under.emulator.endpoint("beta").unwrap();
    let body = format!("Action=GetLink&x={}", "x".repeat(500_000));
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let received =
        exchange(host(url), &request("POST", "/v2/index", host(url), &[form], body.as_bytes())).await;
    assert_eq!(status(&received), Some(200), "{}", String::from_utf8_lossy(&received));
}

/// An emulator of the real services with a control API, and all of its URLs.
async fn everything() -> (Emulator, Vec<String>) {
    let emulator = Emulator::builder().control("127.0.0.1:0".parse().unwrap()).start().await.unwrap();
    let mut urls: Vec<String> = emulator.endpoints().iter().map(|(_, url)| url.clone()).collect();
    urls.extend([emulator.files_url().to_owned(), emulator.control_url().unwrap().to_owned()]);
    (emulator, urls)
}

fn status(received: &[u8]) -> Option<u16> {
    String::from_utf8_lossy(received.get(9..12)?).parse().ok()
}

#[tokio::test]
async fn heads_that_are_too_long_are_refused_by_every_port() {
    let (_emulator, urls) = everything().await;
    let fields: Vec<String> = (0..10_000).map(|number| format!("X-{number}")).collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|name| (name.as_str(), "y")).collect();
    let long = format!("/?{}", "a".repeat(1 << 20));
    for url in &urls {
        for bytes in [
            request("GET", "/", host(url), &fields, b""),
            request("GET", &long, host(url), &[], b""),
            request("GET", "/", host(url), &[("X", &long)], b""),
        ] {
            let received = exchange(host(url), &bytes).await;
            assert_eq!(status(&received), Some(431), "{url}: {}", String::from_utf8_lossy(&received));
        }
    }
}

#[tokio::test]
async fn texts_that_nest_too_deeply_are_refused() {
    let (emulator, urls) = everything().await;
    let json = ("Content-Type", "application/json");
    for open in ["[", "{\"a\":", "[{\"a\":"] {
        for deep in [open.repeat(100_000), format!("{{\"InstanceId\": {}", open.repeat(100_000))] {
            for url in &urls {
                for path in ["/", "/snapshot", "/faults", "/clock"] {
                    let method = if path == "/snapshot" || path == "/clock" { "PUT" } else { "POST" };
                    let bytes = request(
                        method,
                        path,
                        host(url),
                        &[json, ("X-TC-Action", "DescribeBackupUrl"), ("Connection", "close")],
                        deep.as_bytes(),
                    );
                    let received = ask(host(url), &bytes).await;
                    assert!(received.starts_with(b"HTTP/1.1 "), "{url}{path}");
                    if Some(url.as_str()) == emulator.control_url() && path != "/" {
                        assert_eq!(status(&received), Some(400), "{path}");
                    }
                }
            }
        }
        // The same in what is read at the start.
        assert!(open.repeat(100_000).parse::<Fault>().is_err());
        assert!(Fault::list(&open.repeat(100_000)).is_err());
        assert!(Scenario::from_yaml(&open.repeat(100_000), "").is_err());
    }
    // Signed and all.
    let under = Under::new(|builder: Builder| builder).await;
    let mut deep = json!(null);
    for _ in 0..120 {
        deep = json!([deep]);
    }
    let reply = under.alpha_raw("GetLinks", "north-1", json!({"Instance": deep, "Backup": "b"})).await;
    assert!(reply.json()["Response"]["Error"]["Code"].is_string());
}

#[tokio::test]
async fn hundreds_of_thousands_of_parameters_are_read_in_time() {
    let under = Under::new(|builder| builder).await;
    let url = under.emulator.endpoint("beta").unwrap();
    for name in [
        |number: u32| format!("k{number}"),
        |_: u32| "backup".to_owned(),
        |number: u32| format!("ids.{number}"),
    ] {
        let names: Vec<String> = (0..200_000).map(name).collect();
        let mut pairs = vec![("Action", "GetLink")];
        pairs.extend(names.iter().map(|name| (name.as_str(), "")));
        let mut draft = beta_call("POST", &pairs, host(url));
        under.signing(BETA.service).sign(BETA.service, &mut draft);
        let began = Instant::now();
        let reply = soon(send(url, &draft)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert!(reply.json()["code"].is_number());
        assert!(began.elapsed() < Duration::from_secs(20), "{}: {:?}", names[1], began.elapsed());
    }
    assert!(draft_bytes(&beta_call("POST", &[], host(url)), &[]).len() > 10);
}

const CONTROL: Words = Words {
    methods: &["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "G\0T", "get", ""],
    targets: &[
        "/",
        "/health",
        "/clock",
        "/clock/advance",
        "/faults",
        "/faults/fault-1",
        "/faults/%00",
        "/journal",
        "/reset",
        "/journal?limit=18446744073709551615",
        "/journal?after=-1",
        "/journal?service=*&verdict=%ff",
        "/snapshot",
        "/world",
        "/backups",
        "/backups/alpha/emulated-1/20260101000000-1",
        "/backups/a/b/c/d",
        "//",
        "/%2f",
        "*",
        "/journal?&&==",
        "/\u{e9}",
    ],
    versions: &["HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", ""],
    fields: &[
        "Host: localhost",
        "Host: localhost",
        "Host: 127.0.0.1",
        "Host: h",
        "Origin: null",
        "Sec-Fetch-Site: same-origin",
        "Content-Type: application/json",
        "Content-Type: application/json",
        "Content-Type: text/plain",
        "Content-Length: 2",
        "Content-Length: 30",
        "Transfer-Encoding: chunked",
        "Expect: 100-continue",
        "X: \0",
        " x: y",
    ],
    bodies: &[
        "{}",
        "[]",
        "[{}]",
        "{\"by\": \"10m\"}",
        "{\"by\": \"99999999999999999999d\"}",
        "{\"mode\": \"frozen\"}",
        "{\"mode\": \"stepped\", \"step\": \"1s\"}",
        "{\"mode\": \"offset\", \"ahead\": \"-9999999d\"}",
        "{\"mode\": \"frozen\", \"at\": \"9999-12-31T23:59:59Z\"}",
        "{\"status\": 503}",
        "{\"huge\": 1e300}",
        "{\"latency\": \"99999999999999d\"}",
        "{\"skip\": 18446744073709551616}",
        "{\"refuse\": true}",
        "{\"service\": \"alpha\", \"instance\": \"emulated-1\", \"takes\": \"1s\"}",
        "{\"version\": 1}",
        "\"\\ud800\"",
        "2\r\n{}\r\n0\r\n\r\n",
        "\0",
        "",
    ],
};

#[tokio::test]
async fn the_control_port_survives_anything() {
    let control = "127.0.0.1:0".parse().unwrap();
    let under = Under::new(|builder| builder.control(control)).await;
    let authority = host(under.emulator.control_url().unwrap()).to_owned();
    let mut dice = Dice(0xc0de);
    let mut done = 0;
    for _ in 0..3000 {
        let bytes = CONTROL.request(&mut dice);
        let received = exchange(&authority, &bytes).await;
        let shown = String::from_utf8_lossy(&bytes);
        assert!(received.is_empty() || received.starts_with(b"HTTP/1."), "{shown:?}");
        assert!(status(&received).is_none_or(|status| status < 500 || status == 505), "{shown:?}");
        done += usize::from(status(&received).is_some_and(|status| status < 300));
    }
    assert!(done > 10, "much of it is possible: {done}");
    let reset = request("POST", "/reset", &authority, &[], b"");
    assert_eq!(status(&exchange(&authority, &reset).await), Some(204));
    let open = async {
        while TcpStream::connect(host(under.emulator.files_url())).await.is_err()
            || TcpStream::connect(host(under.emulator.endpoint("alpha").unwrap())).await.is_err()
        {
            tokio::task::yield_now().await;
        }
    };
    soon(open).await;
    assert_eq!(under.links(INSTANCE, support::BACKUP).await, "ok", "all is as at the start");
}
