use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use super::*;

/// Answers one connection with `answer`, and gives what it was sent.
fn serve(answer: &'static [u8]) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut received = Vec::new();
        let mut piece = [0; 4096];
        while !received.windows(4).any(|four| four == b"\r\n\r\n") {
            let length = stream.read(&mut piece).unwrap();
            received.extend_from_slice(&piece[..length]);
        }
        stream.write_all(answer).unwrap();
        String::from_utf8(received).unwrap()
    });
    (address, thread)
}

fn request(method: &str, url: String) -> Request {
    Request {
        what: "Op".to_owned(),
        method: method.to_owned(),
        url,
        headers: Vec::new(),
        body: Vec::new(),
        timeout: Some(Duration::from_secs(5)),
    }
}

async fn failing(request: Request) -> TransportError {
    HttpTransport::new().unwrap().send(request).await.unwrap_err()
}

#[tokio::test]
async fn a_request_travels_as_it_stands() {
    let (address, server) = serve(
        b"HTTP/1.1 302 Found\r\nX-Request: \xe9\r\nLocation: http://h/\r\ncontent-length: 3\r\n\r\nabc",
    );
    let mut sent = request("POST", format!("http://{address}/a%2fb//c@!?Sig=a+b/c%3D==&X"));
    sent.headers = vec![("X-Odd".to_owned(), "1 2".to_owned())];
    let transport = HttpTransport::new().unwrap();
    let mut answer = transport.send(sent).await.unwrap();
    assert_eq!(answer.status, 302, "redirects are not followed");
    assert_eq!(answer.header("x-request"), Some("\u{fffd}"));
    assert_eq!(answer.body.chunk().await.unwrap().as_deref(), Some(&b"abc"[..]));
    assert_eq!(answer.body.chunk().await.unwrap(), None);
    let received = server.join().unwrap().to_lowercase();
    assert!(received.starts_with("post /a%2fb//c@!?sig=a+b/c%3d==&x http/1.1\r\n"), "{received}");
    for header in [format!("host: {address}"), "x-odd: 1 2".to_owned(), "content-length: 0".to_owned()] {
        assert!(received.contains(&format!("{header}\r\n")), "{header}: {received}");
    }
    assert!(!received.contains("accept-encoding"), "{received}");
}

#[tokio::test]
async fn nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = failing(request("GET", format!("http://127.0.0.1:{port}/x?Signature=hush"))).await;
    assert_eq!(error.kind, Kind::Connect);
    assert_eq!(error.to_string(), format!("Op: cannot connect to 127.0.0.1:{port}: connection refused"));
}

#[tokio::test]
async fn an_answer_that_breaks_off() {
    let (address, _server) = serve(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");
    let transport = HttpTransport::new().unwrap();
    let mut answer = transport.send(request("GET", format!("http://{address}/?sign=hush"))).await.unwrap();
    assert!(answer.body.chunk().await.unwrap().is_some());
    let error = answer.body.chunk().await.unwrap_err();
    assert_eq!(error.kind, Kind::Broken);
    assert!(error.message.starts_with(&format!("the connection to {address} broke: ")), "{error}");
    assert!(!error.message.contains("hush"), "{error}");

    let (address, _server) = serve(b"");
    let error = failing(request("GET", format!("http://{address}/"))).await;
    assert_eq!(error.kind, Kind::Broken);
    let (address, _server) = serve(b"SSH-2.0-OpenSSH_9.9\r\n");
    let error = failing(request("GET", format!("http://{address}/"))).await;
    assert_eq!(error.kind, Kind::Broken);
}

#[tokio::test]
async fn timeouts_cover_headers_and_body() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut sent = request("GET", format!("http://{address}/?sign=hush"));
    sent.timeout = Some(Duration::from_millis(200));
    let error = failing(sent.clone()).await;
    assert_eq!(error.kind, Kind::Timeout);
    assert_eq!(error.message, format!("timed out while waiting for {address}"));

    std::thread::spawn(move || {
        let _first = listener.accept().unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc").unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let transport = HttpTransport::new().unwrap();
    let mut answer = transport.send(sent).await.unwrap();
    answer.body.chunk().await.unwrap();
    assert_eq!(answer.body.chunk().await.unwrap_err().kind, Kind::Timeout);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused() {
    for (url, why) in [
        ("https://h.example/a/../b?sign=hush", "its path holds `..`"),
        ("https://h.example/a/%2E/b?sign=hush", "its path holds `%2E`"),
        ("https://h.example/a b?sign=hush", "its path holds a space"),
        ("https://h.example/a\\b?sign=hush", "its path holds the character `\\`"),
        ("https://h.example/é?sign=hush", "its path holds a character outside ASCII"),
        ("https://h.example/a?sign=hush'", "its query holds the character `'`"),
        ("https://h.example/a?sign=hu\tsh", "its query holds a control character"),
        ("https://h.example/a?sign=hush\n", "its query holds a control character"),
        ("https://me:hush@h.example/a", "holds a user name or password"),
        ("ftp://h.example/hush", "not http or https"),
        ("/hush", "cannot be parsed"),
        ("https:h.example/hush", "cannot be sent as it stands"),
    ] {
        let error = failing(request("GET", url.to_owned())).await;
        assert_eq!(error.kind, Kind::Refused, "{url}");
        assert!(error.message.contains(why), "{url}: {error}");
        assert!(!error.message.contains("hush"), "{url}: {error}");
    }
    let mut odd = request("GET", "http://127.0.0.1:1/".to_owned());
    odd.headers = vec![("X-Token".to_owned(), "hush\r\nX-Evil: 1".to_owned())];
    let error = failing(odd).await;
    assert_eq!((error.kind, error.message.as_str()), (Kind::Refused, "the header X-Token cannot be sent"));
    assert_eq!(failing(request("G T", "http://127.0.0.1:1/".to_owned())).await.kind, Kind::Refused);
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

#[cfg(not(feature = "rustls"))]
#[tokio::test]
async fn without_tls_https_is_refused() {
    let error = failing(request("GET", "https://h.example/".to_owned())).await;
    assert_eq!(error.kind, Kind::Refused);
    assert!(error.message.contains("feature `rustls`"), "{error}");
}
