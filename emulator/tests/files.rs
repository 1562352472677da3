//! The files of backups, and the links that lead to them.

mod support;

use std::time::Duration;

use rdbfetch_emulator::{Builder, Clock, Emulator, Verdict};
use serde_json::{Value, json};
use support::{ALPHA, BACKUP, BETA, INSTANCE, Signing, alpha_call, beta_call, fetch, host, send, start};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

async fn link(emulator: &Emulator, clock: &Clock, key: &str) -> String {
    let url = emulator.endpoint("alpha").unwrap();
    let mut draft = alpha_call("GetLinks", json!({"Instance": INSTANCE, "Backup": BACKUP}), host(url));
    Signing::of(emulator, clock, ALPHA.service).sign(ALPHA.service, &mut draft);
    let answer: Value = send(url, &draft).await.json();
    answer["Response"]["Files"][0][key].as_str().unwrap().to_owned()
}

async fn public(configure: impl FnOnce(Builder) -> Builder) -> (Emulator, Clock, String) {
    let (emulator, clock) = start(configure).await;
    let link = link(&emulator, &clock, "Url").await;
    (emulator, clock, link)
}

async fn beta(configure: impl FnOnce(Builder) -> Builder) -> (Emulator, Clock, String) {
    let (emulator, clock) = start(configure).await;
    let url = emulator.endpoint("beta").unwrap();
    let mut draft = beta_call("GET", &[("Action", "GetLink"), ("backup", BACKUP)], host(url));
    Signing::of(&emulator, &clock, BETA.service).sign(BETA.service, &mut draft);
    let answer = send(url, &draft).await.json();
    let link = answer["data"]["outer"].as_str().unwrap().to_owned();
    (emulator, clock, link)
}

#[tokio::test]
async fn a_link_gives_the_file() {
    let (emulator, clock, link) = public(|builder| builder).await;
    let reply = fetch("GET", &link, &[]).await;
    assert_eq!((reply.status, &reply.body[..5]), (200, &b"REDIS"[..]));
    assert_eq!(reply.header("content-length"), Some(reply.body.len().to_string().as_str()));
    assert_eq!(reply.header("content-type"), Some("application/octet-stream"));
    assert_eq!(reply.header("accept-ranges"), Some("bytes"));
    assert_eq!(reply.header("last-modified"), Some("Mon, 13 Nov 2023 00:00:00 GMT"));
    let etag = reply.header("etag").unwrap();
    assert_eq!((etag.len(), &etag[..1], &etag[65..]), (66, "\"", "\""), "a strong one");
    let internal = self::link(&emulator, &clock, "InnerUrl").await;
    assert_eq!(fetch("GET", &internal, &[]).await.body, reply.body);
}

#[tokio::test]
async fn files_are_sound() {
    let (_emulator, _, link) = public(|builder| builder).await;
    let body = fetch("GET", &link, &[]).await.body;
    let report = rdbfetch::rdb::check(&body[..]).unwrap();
    assert_eq!(format!("{:?}", report.verdict), "Ok");
}

#[tokio::test]
async fn links_expire_by_the_clock() {
    let (_emulator, clock, link) = public(|builder| builder.link_ttl(Duration::from_millis(1500))).await;
    assert_eq!(fetch("GET", &link, &[]).await.status, 200);
    clock.advance(Duration::from_secs(1));
    assert_eq!(fetch("GET", &link, &[]).await.status, 200);
    clock.advance(Duration::from_secs(1));
    let reply = fetch("GET", &link, &[]).await;
    assert_eq!((reply.status, reply.header("content-type")), (403, Some("application/xml")));
    let text = reply.text();
    assert!(
        text.contains("<Error><Code>AccessDenied</Code><Message>Request has expired</Message>"),
        "{text}"
    );
    assert!(text.contains("<Expires>2023-11-14T22:13:21.5Z</Expires>"), "{text}");
    assert!(text.contains("<ServerTime>2023-11-14T22:13:22Z</ServerTime>"), "{text}");
    let id = reply.header("x-amz-request-id").unwrap();
    assert!(text.contains(&format!("<RequestId>{id}</RequestId></Error>")), "{text}");

    // Without a lifetime of its own the emulator takes that of the spec: six hours here, twelve there.
    let (_emulator, clock, link) = public(|builder| builder).await;
    clock.advance(Duration::from_secs(6 * 3600 - 1));
    assert_eq!(fetch("GET", &link, &[]).await.status, 200);
    clock.advance(Duration::from_secs(1));
    assert_eq!(fetch("GET", &link, &[]).await.status, 403);
    let (_emulator, clock, link) = beta(|builder| builder).await;
    clock.advance(Duration::from_secs(12 * 3600 - 1));
    assert_eq!(fetch("GET", &link, &[]).await.status, 200);
    clock.advance(Duration::from_secs(1));
    assert_eq!(fetch("GET", &link, &[]).await.status, 403);
}

#[tokio::test]
async fn expiry_counts_at_the_start_only() {
    let (_emulator, clock, link) = public(|builder| builder.link_ttl(Duration::from_secs(1))).await;
    let target = link.strip_prefix("http://").unwrap();
    let (authority, target) = target.split_at(target.find('/').unwrap());
    let mut stream = TcpStream::connect(authority).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.readable().await.unwrap();
    clock.advance(Duration::from_secs(60));
    let reply = support::read(&mut stream).await;
    assert_eq!((reply.status, &reply.body[..5]), (200, &b"REDIS"[..]));
}

#[tokio::test]
async fn any_change_of_a_link_is_refused() {
    let (emulator, _, link) = public(|builder| builder).await;
    let (path, query) = link.split_once('?').unwrap();
    let mut changed = vec![
        link.replace("1700021600", "1700021601"),
        link.replace("%3D", "="),
        link.replace("sign=", "sign=&sign="),
        link.replace("/0/", "/1/"),
        link.replace(".rdb", "%2Erdb"),
        link.replace("/alpha/", "/beta/"),
        format!("{link}0"),
        format!("{link}&x=1"),
        format!("{path}?x=1&{query}"),
        format!("{path}?{query}&{query}"),
        path.to_owned(),
        format!("{path}?"),
        format!("{path}?token=1-2"),
        format!("{path}?token"),
        link.replace("token=", "Token="),
    ];
    let start = link.find("token=").unwrap() + "token=".len();
    for at in start..link.len() {
        let other = if link.as_bytes()[at] == b'0' { "1" } else { "0" };
        changed.push(format!("{}{other}{}", &link[..at], &link[at + 1..]));
    }
    for changed in changed {
        let reply = fetch("GET", &changed, &[]).await;
        assert_eq!((reply.status, reply.text().contains("<Error><Code>")), (403, true), "{changed}");
    }
    let refused = fetch("GET", path, &[]).await.text();
    assert!(refused.contains("<Code>AccessDenied</Code>"), "{refused}");
    let refused = fetch("GET", &format!("{link}0"), &[]).await.text();
    assert!(refused.contains("<Code>SignatureDoesNotMatch</Code>"), "{refused}");
    let calls = emulator.journal();
    assert!(matches!(&calls.last().unwrap().verdict, Verdict::Refused { when: None, .. }));
    assert!(!format!("{calls:?}").contains("token="), "links stay out of the journal");
}

#[tokio::test]
async fn a_link_is_bound_to_its_method() {
    let (_emulator, _, link) = public(|builder| builder).await;
    for method in ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let reply = fetch(method, &link, &[]).await;
        assert_eq!((reply.status, reply.body.is_empty()), (403, method == "HEAD"), "{method}");
        assert_ne!(reply.header("content-length"), Some("0"), "{method}");
    }
}

#[tokio::test]
async fn what_links_are_not_made_for_is_refused() {
    let (_emulator, _, link) = public(|builder| builder).await;
    let (path, _) = link.split_once('?').unwrap();
    for (method, status, code) in [
        ("PUT", 403, "AccessDenied"),
        ("DELETE", 403, "AccessDenied"),
        ("OPTIONS", 403, "AccessForbidden"),
        ("POST", 405, "MethodNotAllowed"),
        ("PATCH", 405, "MethodNotAllowed"),
        ("TRACE", 405, "MethodNotAllowed"),
        ("BREW", 405, "MethodNotAllowed"),
    ] {
        let reply = fetch(method, path, &[]).await;
        let code = format!("<Code>{code}</Code>");
        assert_eq!((reply.status, reply.text().contains(&code)), (status, true), "{method}");
        let allow = (status == 405).then_some("GET, HEAD");
        assert_eq!(reply.header("allow"), allow, "{method}");
    }
}

#[tokio::test]
async fn whether_a_link_is_bound_to_its_host_is_up_to_the_store() {
    // Alpha's store does not bind it.
    let (_emulator, _, link) = public(|builder| builder).await;
    assert_eq!(fetch("GET", &link.replace("127.0.0.1", "localhost"), &[]).await.status, 200);

    // Beta's does, and it does not bind the method.
    let (_emulator, _, link) = beta(|builder| builder).await;
    let (get, head) = (fetch("GET", &link, &[]).await, fetch("HEAD", &link, &[]).await);
    assert_eq!((get.status, head.status, head.body.len()), (200, 200, 0));
    let without_id = |reply: &support::Reply| {
        let mut headers = reply.headers.clone();
        headers.retain(|(name, _)| name != "x-amz-request-id");
        headers
    };
    assert_eq!(without_id(&head), without_id(&get));
    let part = [("Range", "bytes=2-4")];
    let (get, head) = (fetch("GET", &link, &part).await, fetch("HEAD", &link, &part).await);
    assert_eq!((get.status, head.status, head.header("content-length")), (206, 206, Some("3")));
    let swapped = link.replace("127.0.0.1", "localhost");
    assert_eq!(fetch("GET", &swapped, &[]).await.status, 403);
    assert_eq!(fetch("HEAD", &swapped, &[]).await.body, b"");
}

#[tokio::test]
async fn files_are_given_as_conditions_want_it() {
    let (_emulator, _, link) = public(|builder| builder).await;
    let whole = fetch("GET", &link, &[]).await;
    let (etag, date) = (whole.header("etag").unwrap(), whole.header("last-modified").unwrap());
    let earlier = "Sun, 12 Nov 2023 00:00:00 GMT";
    for (header, value, status) in [
        ("If-Match", etag, 200),
        ("If-Match", "\"x\"", 412),
        ("If-None-Match", etag, 304),
        ("If-None-Match", "\"x\"", 200),
        ("If-Modified-Since", date, 304),
        ("If-Modified-Since", earlier, 200),
        ("If-Unmodified-Since", date, 200),
        ("If-Unmodified-Since", earlier, 412),
    ] {
        let reply = fetch("GET", &link, &[(header, value)]).await;
        assert_eq!(reply.status, status, "{header}: {value}");
        if status == 304 {
            assert_eq!((reply.header("etag"), reply.header("last-modified")), (Some(etag), Some(date)));
            assert_eq!((reply.body.len(), reply.header("content-type")), (0, None));
        }
        if status == 412 {
            let condition = format!("<Condition>{header}</Condition>");
            assert!(reply.text().contains(&condition), "{}", reply.text());
        }
    }
}

#[tokio::test]
async fn equal_runs_are_equal() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let (_emulator, _, link) = public(|builder| builder).await;
        let replies = [fetch("GET", &link, &[]).await, fetch("GET", &format!("{link}0"), &[]).await];
        let (_, path) = link.split_once("//").unwrap();
        runs.push((path[path.find('/').unwrap()..].to_owned(), replies.map(|reply| format!("{reply:?}"))));
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test]
async fn odd_paths_are_refused() {
    let (_emulator, _, link) = public(|builder| builder).await;
    let authority = host(&link);
    let long = format!("/alpha?{}", "x=1&".repeat(15_000));
    for target in [
        "/",
        "//",
        "/..",
        "/../../etc/passwd",
        "/alpha/../alpha",
        "/alpha//",
        "/%00",
        "/%2f%2F",
        "/%ff%fe",
        "/alpha/%zz",
        "/alpha/%",
        "/?token=",
        "/?token=-",
        "/?token=0-",
        "/?token=99999999999999999999-0",
        "/?token=%00-%ff",
        "/alpha?token=1-é",
        "/alpha/é?x=é&token=1-2",
        "/<script>?<script>",
        "/alpha/\"'&",
        &long,
    ] {
        let reply = fetch("GET", &format!("http://{authority}{target}"), &[]).await;
        assert!(matches!(reply.status, 400 | 403), "{target}: {}", reply.status);
        assert!(!reply.text().contains("<script>"), "{target}");
    }
    assert_eq!(fetch("GET", &link, &[]).await.status, 200);
}

#[tokio::test]
async fn ranges() {
    let (_emulator, _, link) = public(|builder| builder).await;
    let whole = fetch("GET", &link, &[]).await;
    let length = whole.body.len();
    for (range, start, end) in [
        ("bytes=0-4".to_owned(), 0, 5),
        ("bytes=5-8".to_owned(), 5, 9),
        ("bytes=9-".to_owned(), 9, length),
        ("bytes=-8".to_owned(), length - 8, length),
        (format!("bytes=-{}", length * 2), 0, length),
        (format!("bytes=4-{}", length * 2), 4, length),
    ] {
        let reply = fetch("GET", &link, &[("Range", &range)]).await;
        assert_eq!((reply.status, &reply.body[..]), (206, &whole.body[start..end]), "{range}");
        let shown = format!("bytes {start}-{}/{length}", end - 1);
        assert_eq!(reply.header("content-range"), Some(shown.as_str()));
        assert_eq!(reply.header("content-length"), Some((end - start).to_string().as_str()));
        assert_eq!(reply.header("etag"), whole.header("etag"));
    }
    // Several ranges are one more than these stores give.
    for range in [format!("bytes={length}-"), "bytes=-0".to_owned(), "bytes=0-1,3-4".to_owned()] {
        let reply = fetch("GET", &link, &[("Range", &range)]).await;
        assert_eq!(
            (reply.status, reply.header("content-range")),
            (416, Some(format!("bytes */{length}").as_str()))
        );
        let text = reply.text();
        let details =
            format!("<RangeRequested>{range}</RangeRequested><ActualObjectSize>{length}</ActualObjectSize>");
        assert!(text.contains("<Code>InvalidRange</Code>") && text.contains(&details), "{text}");
    }
    for range in ["bytes=0-1,x", "bytes=4-2", "lines=0-4", "nonsense"] {
        let reply = fetch("GET", &link, &[("Range", range)]).await;
        assert_eq!(
            (reply.status, reply.body.len(), reply.header("content-range")),
            (200, length, None),
            "{range}"
        );
    }
}

#[tokio::test]
async fn a_range_of_another_file_is_not_given() {
    let (_emulator, _, link) = public(|builder| builder).await;
    let whole = fetch("GET", &link, &[]).await;
    let (etag, date) = (whole.header("etag").unwrap(), whole.header("last-modified").unwrap());
    let weak = format!("W/{etag}");
    for (known, status) in [
        (etag, 206),
        (date, 206),
        (weak.as_str(), 200),
        ("\"x\"", 200),
        ("Thu, 01 Jan 2026 00:00:01 GMT", 200),
    ] {
        let reply = fetch("GET", &link, &[("Range", "bytes=0-4"), ("If-Range", known)]).await;
        assert_eq!(reply.status, status, "{known}");
    }
    // With nothing to compare to there is nothing to be out of range of.
    let reply = fetch("GET", &link, &[("Range", "bytes=99999999-"), ("If-Range", "\"x\"")]).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn slow_and_greedy_clients_do_no_harm() {
    let (emulator, clock, link) = public(|builder| builder).await;
    let authority = host(&link);
    let mut slow = TcpStream::connect(authority).await.unwrap();
    slow.write_all(b"GET /alpha/").await.unwrap();
    let url = emulator.endpoint("alpha").unwrap();
    let mut half = TcpStream::connect(host(url)).await.unwrap();
    half.write_all(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{").await.unwrap();
    assert_eq!(fetch("GET", &link, &[]).await.status, 200);
    assert!(self::link(&emulator, &clock, "Url").await.starts_with("http://"));

    let mut large = alpha_call("GetLinks", json!({}), host(url));
    large.body = rdbfetch::sign::Body::Bytes(vec![b' '; (10 << 20) + 1]);
    assert_eq!(send(url, &large).await.status, 413);
    let long = format!("{link}{}", "x".repeat(70_000));
    assert!(matches!(fetch("GET", &long, &[]).await.status, 414 | 431));
}
