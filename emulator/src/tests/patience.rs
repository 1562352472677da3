//! How long clients may take, without waiting for it.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

use super::{GET, by, bytes, connection, head};
use crate::limits::Limits;
use crate::server::Answer;

fn limits() -> Limits {
    let seconds = Duration::from_secs;
    Limits { head_time: seconds(5), body_time: seconds(7), write_time: seconds(11), ..Limits::default() }
}

#[tokio::test(start_paused = true)]
async fn a_head_has_its_time() {
    for start in ["", "GET /", "GET / HTTP/1.1\r\nHost: h\r\nX: y\r\n"] {
        let (mut client, task) = connection(by(|_| Answer::text(200, "x")), limits(), 1 << 16);
        let began = Instant::now();
        // Going on slowly is no help.
        client.write_all(start.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(4)).await;
        client.write_all(b"").await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert_eq!((began.elapsed().as_secs(), answer.as_str()), (5, ""), "{start:?}");
        drop(client);
        task.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_has_its_time() {
    let (mut client, _task) = connection(by(|_| Answer::text(200, "x")), limits(), 1 << 16);
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_secs(4)).await;
        client.write_all(GET.as_bytes()).await.unwrap();
        head(&mut client).await;
        bytes(&mut client, 2).await;
    }
    let began = Instant::now();
    assert_eq!(client.read_u8().await.unwrap_err().kind(), ErrorKind::UnexpectedEof);
    assert_eq!(began.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_body_has_its_time() {
    let (mut client, _task) = connection(by(|_| Answer::text(200, "x")), limits(), 1 << 16);
    let began = Instant::now();
    client.write_all(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n").await.unwrap();
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        client.write_all(b"x").await.unwrap();
    }
    assert!(head(&mut client).await.starts_with("HTTP/1.1 408 "));
    assert_eq!(began.elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_gets_nothing_more() {
    let large = bytes::Bytes::from(vec![b'x'; 1 << 20]);
    let handler = by(move |_| Answer::new(200, "x/y", large.clone()));
    let (mut client, task) = connection(handler, limits(), 1 << 10);
    let began = Instant::now();
    client.write_all(GET.as_bytes()).await.unwrap();
    // As long as it takes something, all is well.
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_secs(10)).await;
        bytes(&mut client, 1 << 10).await;
    }
    let farewell = Duration::from_secs(2);
    task.await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(50 + 11) + farewell);
}

#[tokio::test(start_paused = true)]
async fn bodies_have_their_bounds() {
    let limits = Limits { body_bytes: 10, all_bodies_bytes: 5, ..limits() };
    for (request, status) in [
        ("Content-Length: 5\r\n\r\n12345", 200),
        ("Content-Length: 11\r\n\r\n", 413),
        ("Content-Length: 6\r\n\r\n123456", 503),
        ("Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n", 200),
        ("Transfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n", 413),
        ("Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n1", 413),
        ("Transfer-Encoding: chunked\r\n\r\nx\r\n", 400),
    ] {
        let (mut client, _task) = connection(by(|_| Answer::text(200, "x")), limits.clone(), 1 << 16);
        client.write_all(format!("POST / HTTP/1.1\r\nHost: h\r\n{request}").as_bytes()).await.unwrap();
        client.write_all(&[b'x'; 64]).await.unwrap();
        let head = head(&mut client).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {head}");
    }
}
