//! What the transport must do, over its own connections and on the way that leads to proxies.
//!
//! The server runs in the test's own runtime, whose clock stands still until nobody has anything left to do: timeouts
//! then run out at once, and in the order of their length.

mod connections;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

use super::http::ThroughReqwest;
use super::{HttpTransport, Request, Response, Transport};
use crate::error::{Error, TimeoutKind, TransportError, TransportErrorKind as Kind};

/// A transport with these timeouts, to connect and to read.
type Make = fn(Duration, Duration) -> Result<Arc<dyn Transport>, Error>;

/// Both ways, by name.
const ALL: [(&str, Make); 2] = [
    ("hyper", |connect, read| {
        Ok(Arc::new(HttpTransport::new()?.connect_timeout(connect)?.read_timeout(read)?))
    }),
    ("reqwest", |connect, read| {
        let transport = HttpTransport::new()?.connect_timeout(connect)?.read_timeout(read)?;
        Ok(Arc::new(ThroughReqwest::new(transport)))
    }),
];

/// Both ways with their usual timeouts.
fn all() -> impl Iterator<Item = (&'static str, Arc<dyn Transport>)> {
    ALL.into_iter().map(|(name, make)| (name, make(seconds(10), seconds(30)).unwrap()))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What a server does with a connection, one step after the other. After the last it closes the connection.
#[derive(Clone, Copy)]
enum Step {
    /// Reads a request.
    Read,
    /// Writes this.
    Write(&'static [u8]),
    /// Writes so many zeros.
    Zeros(usize),
    /// Closes the connection as a process does that crashed.
    Reset,
    /// Waits until the other side has closed it.
    Hang,
}
use Step::{Hang, Read, Reset, Write, Zeros};

const FINE: Step = Write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
const HEAD_OF_TEN: Step = Write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");

/// A server, and the requests that it read: which connection each came over, and the text.
struct Server {
    address: String,
    received: UnboundedReceiver<(usize, String)>,
}

impl Server {
    /// Each connection is treated as its steps say, those after the last as the last.
    async fn start(connections: &'static [&'static [Step]]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, received) = unbounded_channel();
        tokio::spawn(async move {
            for number in 0.. {
                let (mut stream, _) = listener.accept().await.unwrap();
                let steps = connections[number.min(connections.len() - 1)];
                let sender = sender.clone();
                tokio::spawn(async move {
                    for step in steps {
                        match step {
                            Read => match read(&mut stream).await {
                                Some(request) => sender.send((number, request)).unwrap(),
                                None => return,
                            },
                            Write(bytes) => stream.write_all(bytes).await.unwrap(),
                            Zeros(count) => stream.write_all(&vec![0; *count]).await.unwrap(),
                            Reset => stream.set_zero_linger().unwrap(),
                            Hang => while stream.read(&mut [0; 64]).await.is_ok_and(|length| length > 0) {},
                        }
                    }
                });
            }
        });
        Self { address, received }
    }

    fn url(&self) -> String {
        format!("http://{}/?sign=hush", self.address)
    }

    /// Which connections the requests came over so far.
    fn connections(&mut self) -> Vec<usize> {
        std::iter::from_fn(|| self.received.try_recv().ok()).map(|(number, _)| number).collect()
    }
}

/// Reads a request, unless the connection is closed.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut received = Vec::new();
    let mut byte = [0];
    while !received.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).await.ok()? == 0 {
            return None;
        }
        received.push(byte[0]);
    }
    let mut text = String::from_utf8(received).unwrap();
    let lower = text.to_lowercase();
    let length = lower.split("\r\ncontent-length: ").nth(1).map(|rest| rest.split("\r\n").next().unwrap());
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    text.push_str(&String::from_utf8(body).unwrap());
    Some(text)
}

fn request(method: &str, url: String) -> Request {
    Request {
        what: "Op".to_owned(),
        method: method.to_owned(),
        url,
        headers: Vec::new(),
        body: Vec::new(),
        timeout: None,
    }
}

async fn get(transport: &Arc<dyn Transport>, url: String) -> Result<Response, TransportError> {
    transport.send(request("GET", url)).await
}

/// The rest of an answer.
async fn rest(response: &mut Response) -> Result<Vec<u8>, TransportError> {
    let mut all = Vec::new();
    while let Some(piece) = response.body.chunk().await? {
        all.extend_from_slice(&piece);
    }
    Ok(all)
}

/// Fetches an answer, with its body.
async fn fetch(transport: &Arc<dyn Transport>, url: String) -> Result<Vec<u8>, TransportError> {
    rest(&mut get(transport, url).await?).await
}

/// Lets everybody else do what they can.
async fn settle() {
    for _ in 0..32 {
        tokio::task::yield_now().await;
    }
    // The clock moves only after everything that the network brings was looked at.
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_travels_as_it_stands() {
    for (name, transport) in all() {
        let mut server = Server::start(&[&[
            Read,
            Write(b"HTTP/1.1 302 Found\r\nX-Request: \xe9\r\nLocation: http://h/\r\ncontent-length: 3\r\n\r\nabc"),
        ]])
        .await;
        let address = server.address.clone();
        let mut sent = request("POST", format!("http://{address}/a%2fb//c@!?Sig=a+b/c%3D==&X"));
        sent.headers = vec![("X-Odd".to_owned(), "1 2".to_owned())];
        let mut answer = transport.send(sent).await.unwrap();
        assert_eq!(answer.status, 302, "{name}: redirects are not followed");
        assert_eq!(answer.header("x-request"), Some("\u{fffd}"), "{name}");
        assert_eq!(rest(&mut answer).await.unwrap(), b"abc", "{name}");
        assert_eq!(answer.body.chunk().await.unwrap(), None, "{name}");
        let (_, received) = server.received.recv().await.unwrap();
        assert!(received.starts_with("POST /a%2fb//c@!?Sig=a+b/c%3D==&X HTTP/1.1\r\n"), "{name}: {received}");
        let received = received.to_lowercase();
        let agent = concat!("user-agent: rdbfetch/", env!("CARGO_PKG_VERSION"));
        let host = format!("host: {address}");
        for header in [&*host, "x-odd: 1 2", "content-length: 0", "accept: */*", agent] {
            assert_eq!(received.matches(&format!("\r\n{header}\r\n")).count(), 1, "{name}: {received}");
        }
        for header in ["accept-encoding", "referer", "connection"] {
            assert!(!received.contains(header), "{name}: {received}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn headers_of_the_caller_win() {
    for (name, transport) in all() {
        let mut server = Server::start(&[&[Read, FINE]]).await;
        let mut sent = request("PUT", server.url());
        let headers = [("User-Agent", "mine"), ("Accept", "text/plain"), ("X-Two", "1"), ("X-Two", "2")];
        sent.headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        sent.body = b"a body".to_vec();
        transport.send(sent).await.unwrap();
        let (_, received) = server.received.recv().await.unwrap();
        let lower = received.to_lowercase();
        for header in ["user-agent: mine", "accept: text/plain", "x-two: 1", "x-two: 2", "content-length: 6"]
        {
            assert!(lower.contains(&format!("\r\n{header}\r\n")), "{name}: {received}");
        }
        assert_eq!(lower.matches("user-agent").count() + lower.matches("accept").count(), 2, "{name}");
        assert!(received.ends_with("\r\n\r\na body"), "{name}: {received}");
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_listens() {
    for (name, transport) in all() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = get(&transport, format!("http://{address}/x?Signature=hush")).await.unwrap_err();
        assert_eq!(error.kind, Kind::Connect, "{name}");
        assert_eq!(
            error.to_string(),
            format!("Op: cannot connect to {address}: connection refused"),
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_breaks_off() {
    const STEPS: &[&[Step]] = &[
        &[Read],
        &[Read, Reset],
        &[Read, Write(b"HTTP/1.1 200 OK\r\ncontent-le")],
        &[Read, Write(b"SSH-2.0-OpenSSH_9.9\r\n")],
        &[Read, Write(b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\nabc")],
        &[Read, HEAD_OF_TEN],
        &[Read, HEAD_OF_TEN, Reset],
        &[Read, Write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")],
        &[Read, Write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n")],
    ];
    for (name, transport) in all() {
        for (number, steps) in STEPS.iter().enumerate() {
            let mut server = Server::start(std::slice::from_ref(steps)).await;
            let mut answer = get(&transport, server.url()).await;
            let error = match &mut answer {
                Ok(answer) => rest(answer).await.unwrap_err(),
                Err(error) => error.clone(),
            };
            assert_eq!(error.kind, Kind::Broken, "{name}: {number}: {error}");
            let begin = format!("the connection to {} broke: ", server.address);
            assert!(error.message.starts_with(&begin), "{name}: {number}: {error}");
            assert!(!error.message.contains("hush"), "{name}: {number}: {error}");
            assert!(!error.message.contains("no details"), "{name}: {number}: {error}");
            assert_eq!(server.connections(), [0], "{name}: {number}: no transport repeats by itself");
            if let Ok(answer) = &mut answer {
                // Whoever overlooks the failure must not take it for the end.
                assert!(answer.body.chunk().await.is_err(), "{name}: {number}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn silence_is_a_timeout_and_says_which() {
    const STEPS: [&[&[Step]]; 2] = [&[&[Read, Hang]], &[&[Read, HEAD_OF_TEN, Hang]]];
    for (name, make) in ALL {
        for steps in STEPS {
            for (limit, kind, after) in [
                (None, TimeoutKind::Read, 3),
                (Some(seconds(9)), TimeoutKind::Read, 3),
                (Some(seconds(2)), TimeoutKind::Attempt, 2),
                (Some(Duration::MAX), TimeoutKind::Read, 3),
            ] {
                let server = Server::start(steps).await;
                let transport = make(seconds(1), seconds(3)).unwrap();
                let sent = Request { timeout: limit, ..request("GET", server.url()) };
                let start = Instant::now();
                let error = match transport.send(sent).await {
                    Ok(mut answer) => rest(&mut answer).await.unwrap_err(),
                    Err(error) => error,
                };
                assert_eq!((error.kind, error.timeout), (Kind::Timeout, Some(kind)), "{name}: {limit:?}");
                assert_eq!(start.elapsed().as_secs(), after, "{name}: {limit:?}");
                let message = format!("timed out while waiting for {}: {after}s are over", server.address);
                assert_eq!(error.message, message);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_timeouts_silence_lasts() {
    for (name, make) in ALL {
        let server = Server::start(&[&[Read, Hang]]).await;
        let transport = make(Duration::MAX, Duration::MAX).unwrap();
        let waiting = tokio::time::timeout(seconds(86_400), get(&transport, server.url())).await;
        assert!(waiting.is_err(), "{name}");
    }
}

#[cfg(feature = "rustls")]
#[tokio::test(start_paused = true)]
async fn a_handshake_belongs_to_connecting() {
    for (name, make) in ALL {
        let server = Server::start(&[&[Hang]]).await;
        let url = format!("https://{}/?sign=hush", server.address);
        for (limit, kind, after) in
            [(None, TimeoutKind::Connect, 2), (Some(seconds(1)), TimeoutKind::Attempt, 1)]
        {
            let start = Instant::now();
            let sent = Request { timeout: limit, ..request("GET", url.clone()) };
            let error = make(seconds(2), seconds(5)).unwrap().send(sent).await.unwrap_err();
            assert_eq!((error.kind, error.timeout), (Kind::Timeout, Some(kind)), "{name}: {limit:?}");
            assert_eq!(start.elapsed().as_secs(), after, "{name}");
        }
        let plain = Server::start(&[&[Write(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Hang]]).await;
        let error = get(&make(seconds(2), seconds(5)).unwrap(), plain.url().replace("http:", "https:")).await;
        let error = error.unwrap_err();
        assert_eq!(error.kind, Kind::Connect, "{name}: {error}");
        assert!(
            error.message.starts_with("cannot connect to ") && !error.message.contains("hush"),
            "{error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_piece_can_be_given_up_and_begun_again() {
    for (name, transport) in all() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (go, mut wait) = unbounded_channel::<()>();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            read(&mut stream).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabc").await.unwrap();
            wait.recv().await.unwrap();
            stream.write_all(b"def").await.unwrap();
        });
        let mut answer = get(&transport, url).await.unwrap();
        // The first piece is there before the server has the second.
        assert_eq!(answer.body.chunk().await.unwrap().as_deref(), Some(&b"abc"[..]), "{name}");
        assert!(tokio::time::timeout(seconds(1), answer.body.chunk()).await.is_err(), "{name}");
        go.send(()).unwrap();
        assert_eq!(answer.body.chunk().await.unwrap().as_deref(), Some(&b"def"[..]), "{name}");
        assert_eq!(answer.body.chunk().await.unwrap(), None, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn large_answers_come_in_pieces() {
    const MANY: usize = 8 << 20;
    for (name, transport) in all() {
        let server = Server::start(&[&[
            Read,
            Write(b"HTTP/1.1 200 OK\r\ncontent-length: 8388608\r\n\r\n"),
            Zeros(MANY),
            Hang,
        ]])
        .await;
        let mut answer = get(&transport, server.url()).await.unwrap();
        let (mut length, mut pieces) = (0, 0);
        while let Some(piece) = answer.body.chunk().await.unwrap() {
            length += piece.len();
            pieces += 1;
        }
        assert_eq!(length, MANY, "{name}");
        assert!(pieces > 8, "{name}: {pieces}");
    }
}

#[tokio::test(start_paused = true)]
async fn heads_may_be_large_but_not_endless() {
    for (name, transport) in all() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            for (count, size) in [(64, 1024), (1, 1 << 20)] {
                let (mut stream, _) = listener.accept().await.unwrap();
                read(&mut stream).await.unwrap();
                let mut head = "HTTP/1.1 204 No Content\r\n".to_owned();
                (0..count).for_each(|at| head.push_str(&format!("x-{at}: {}\r\n", "v".repeat(size))));
                let _ = stream.write_all(format!("{head}connection: close\r\n\r\n").as_bytes()).await;
            }
        });
        let answer = get(&transport, url.clone()).await.unwrap();
        assert_eq!(
            answer.headers.iter().map(|(_, value)| value.len()).sum::<usize>(),
            64 * 1024 + 5,
            "{name}"
        );
        drop(answer);
        assert_eq!(get(&transport, url).await.unwrap_err().kind, Kind::Broken, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_is_refused() {
    for (name, transport) in all() {
        for (url, why) in [
            ("https://h.example/a b?sign=hush", "a space"),
            ("https://h.example/a?sign=hu\tsh", "a control character"),
            ("https://h.example/a?sign=hush\n", "a control character"),
            ("https://me:hush@h.example/a", "holds a user name or password"),
            ("ftp://h.example/hush", "not http or https"),
            ("/hush", "cannot be parsed"),
            ("https:h.example/hush", "the URL"),
            ("https://?hush", "cannot be parsed"),
            ("", "cannot be parsed"),
        ] {
            let error = get(&transport, url.to_owned()).await.unwrap_err();
            assert_eq!(error.kind, Kind::Refused, "{name}: {url}");
            assert!(error.message.contains(why), "{name}: {url}: {error}");
            assert!(!error.message.contains("hush"), "{name}: {url}: {error}");
        }
        let mut odd = request("GET", "http://127.0.0.1:1/".to_owned());
        odd.headers = vec![("X-Token".to_owned(), "hush\r\nX-Evil: 1".to_owned())];
        let error = transport.send(odd).await.unwrap_err();
        let told = (error.kind, error.message.as_str());
        assert_eq!(told, (Kind::Refused, "the header X-Token cannot be sent"), "{name}");
        let error = transport.send(request("G T", "http://127.0.0.1:1/".to_owned())).await.unwrap_err();
        assert_eq!(error.kind, Kind::Refused, "{name}");
    }
}

#[test]
fn zero_is_no_timeout() {
    for (name, make) in ALL {
        for (connect, read, what) in
            [(0, 1, "the time to connect is zero"), (1, 0, "the time to read is zero")]
        {
            let Err(error) = make(seconds(connect), seconds(read)) else { panic!("{name}: {what}") };
            assert!(error.to_string().contains(what), "{name}: {error}");
        }
    }
}

#[cfg(not(feature = "rustls"))]
#[tokio::test]
async fn without_tls_https_is_refused() {
    for (name, transport) in all() {
        let error = get(&transport, "https://h.example/".to_owned()).await.unwrap_err();
        assert_eq!(error.kind, Kind::Refused, "{name}");
        assert!(error.message.contains("feature `rustls`"), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_body_that_is_there_comes_in_one_piece() {
    let mut response =
        Response { status: 200, headers: Vec::new(), body: Box::new(Some(Bytes::from_static(b"x"))) };
    assert_eq!(rest(&mut response).await.unwrap(), b"x");
}
