//! Who comes in, and who does not.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{By, GET, Open, by, bytes, head};
use crate::delivery::{Delivery, Stop, Then};
use crate::limits::Limits;
use crate::server::{Accept, Answer};

fn hello() -> Open {
    Open::new(by(|_| Answer::text(200, "hello")), Limits::default())
}

async fn is_answered(stream: &mut TcpStream) {
    stream.write_all(GET.as_bytes()).await.unwrap();
    assert!(head(stream).await.starts_with("HTTP/1.1 200 "));
    bytes(stream, 6).await;
}

#[tokio::test]
async fn a_shut_port_refuses_and_opens_again() {
    let port = hello();
    let mut known = port.connect().await;
    is_answered(&mut known).await;
    for _ in 0..3 {
        port.gate.shut();
        port.gate.settled().await;
        let problem = TcpStream::connect(port.address).await.unwrap_err();
        assert_eq!(problem.kind(), ErrorKind::ConnectionRefused);
        is_answered(&mut known).await;
        port.gate.clone().open();
        port.gate.settled().await;
        is_answered(&mut port.connect().await).await;
    }
    // In the end it is what it was last told to be.
    port.gate.shut();
    port.gate.open();
    port.gate.settled().await;
    is_answered(&mut port.connect().await).await;
}

#[tokio::test]
async fn connections_can_be_reset_at_the_door() {
    let count = AtomicUsize::new(0);
    let accept = move || match count.fetch_add(1, Ordering::Relaxed) {
        0 => Accept::Reset,
        _ => Accept::Serve,
    };
    let port = Open::new(Arc::new(By(|_: &_| Answer::text(200, "hello"), accept)), Limits::default());
    let mut reset = port.connect().await;
    assert_eq!(reset.read_u8().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    is_answered(&mut port.connect().await).await;
}

#[tokio::test]
async fn who_is_idle_gives_way() {
    let limits = Limits { connections: 3, ..Limits::default() };
    let port = Open::new(by(|_| Answer::text(200, "hello")), limits);
    let (mut one, mut two, mut three) = (port.connect().await, port.connect().await, port.connect().await);
    for stream in [&mut one, &mut two, &mut three] {
        is_answered(stream).await;
    }
    is_answered(&mut one).await;
    is_answered(&mut port.connect().await).await;
    assert_eq!(two.read(&mut [0]).await.unwrap(), 0, "the one that was idle longest");
    is_answered(&mut one).await;
    is_answered(&mut three).await;
}

#[tokio::test]
async fn where_all_are_busy_the_next_is_told() {
    let limits = Limits { connections: 2, ..Limits::default() };
    let stop = Some(Stop { after: Some(1), then: Then::Stall });
    let stalling = by(move |_| Answer {
        delivery: Delivery { stop, ..Delivery::default() },
        ..Answer::text(200, "hello")
    });
    let port = Open::new(stalling, limits);
    let mut busy = [port.ask(GET).await, port.ask(GET).await];
    for stream in &mut busy {
        head(stream).await;
    }
    let mut told = String::new();
    port.ask(GET).await.read_to_string(&mut told).await.unwrap();
    assert!(told.starts_with("HTTP/1.1 503 ") && told.contains("\r\nRetry-After: 1\r\n"), "{told}");
    let (start, body) = told.split_once("\r\n\r\n").unwrap();
    assert!(start.contains(&format!("Content-Length: {}", body.len())), "{told}");
    // When one leaves there is a place again, at the latest a moment after its connection ended.
    let [mut first, _second] = busy;
    bytes(&mut first, 1).await;
    first.shutdown().await.unwrap();
    assert_eq!(first.read(&mut [0]).await.unwrap(), 0);
    loop {
        let answer = head(&mut port.ask(GET).await).await;
        if answer.starts_with("HTTP/1.1 200 ") {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn slow_clients_do_not_delay_others() {
    let large = bytes::Bytes::from(vec![b'x'; 64 << 20]);
    let handler = by(move |request| match request.path.as_str() {
        "/large" => Answer::new(200, "x/y", large.clone()),
        _ => Answer::text(200, "hello"),
    });
    let port = Open::new(handler, Limits::default());
    let mut slow = Vec::new();
    for number in 0..500 {
        slow.push(
            port.ask(["", "GET /", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n1"][number % 3])
                .await,
        );
    }
    for _ in 0..20 {
        slow.push(port.ask("GET /large HTTP/1.1\r\nHost: h\r\n\r\n").await);
    }
    let served = async {
        for _ in 0..10 {
            is_answered(&mut port.connect().await).await;
        }
    };
    // Far less than what the slow ones have.
    tokio::time::timeout(std::time::Duration::from_secs(5), served).await.unwrap();
    drop(slow);
}

#[tokio::test]
async fn who_sends_too_much_still_gets_the_answer() {
    let port = hello();
    let mut stream = port.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 41943040\r\n\r\n").await;
    stream.write_all(&vec![b'x'; 40 << 20]).await.unwrap();
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 413 "));
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert_eq!(rest, "the body of the request is too large\n");
}

#[tokio::test]
async fn half_a_connection_is_answered() {
    let port = hello();
    let mut stream = port.ask(GET).await;
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("\r\n\r\nhello\n"), "{answer}");
}
