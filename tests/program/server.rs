//! A small HTTP server that answers what a test wants.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What a server got.
#[derive(Clone, Debug)]
pub struct Request {
    pub target: String,
    pub headers: String,
    pub body: String,
}

/// What a server answers.
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
    /// The `Content-Length` to claim, if not the true one.
    pub length: Option<usize>,
    /// Whether nothing is answered, until the client goes away.
    pub silent: bool,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into(), length: None, silent: false }
    }

    pub fn silence() -> Self {
        Self { silent: true, ..Self::new(200, "") }
    }
}

/// A server on a port of its own, which lives as long as the test process.
pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (journal, answer) = (Arc::clone(&requests), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (journal, answer) = (Arc::clone(&journal), Arc::clone(&answer));
                thread::spawn(move || {
                    let mut stream = stream;
                    if let Some(request) = read(&stream) {
                        journal.lock().expect("no panic").push(request.clone());
                        write(&mut stream, &answer(&request));
                    }
                });
            }
        });
        Self { url, requests }
    }

    /// A server that always answers the same.
    pub fn saying(status: u16, body: &'static str) -> Self {
        Self::start(move |_| Reply::new(status, body))
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no panic").clone()
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let target = words.nth(1)?.to_owned();
    let mut headers = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? <= 2 {
            break;
        }
        headers.push_str(&line);
    }
    let length = headers.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let mut body = vec![0; length.unwrap_or_default()];
    reader.read_exact(&mut body).ok()?;
    Some(Request { target, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

fn write(stream: &mut TcpStream, reply: &Reply) {
    if reply.silent {
        // Returns when the client closes the connection.
        let _ = stream.read(&mut [0; 1]);
        return;
    }
    let length = reply.length.unwrap_or(reply.body.len());
    let head =
        format!("HTTP/1.1 {} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n", reply.status);
    // The client may have gone away.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&reply.body));
}
