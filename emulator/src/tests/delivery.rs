//! How answers travel.

use std::io::{ErrorKind, Write as _};
use std::sync::mpsc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

use super::{GET, Open, by, bytes, connection, head};
use crate::content::{Body, Content, PIECE};
use crate::delivery::{Delivery, Stop, Then};
use crate::limits::Limits;
use crate::server::Answer;

fn answer(text: &'static str, delivery: Delivery) -> Answer {
    Answer { delivery, ..Answer::new(200, "text/plain", Bytes::from_static(text.as_bytes())) }
}

fn stop(after: impl Into<Option<u64>>, then: Then) -> Delivery {
    Delivery { stop: Some(Stop { after: after.into(), then }), ..Delivery::default() }
}

/// A port that answers with this text, delivered like this.
fn open(text: &'static str, delivery: impl Fn() -> Delivery + Send + Sync + 'static) -> Open {
    Open::new(by(move |_| answer(text, delivery())), Limits::default())
}

#[tokio::test]
async fn a_body_stops_where_it_should_and_promises_the_rest() {
    for (after, unmeasured) in [(0, false), (4, false), (4, true), (0, true)] {
        let port = open("0123456789", move || Delivery { unmeasured, ..stop(after, Then::Close) });
        let mut stream = port.ask(GET).await;
        let head = head(&mut stream).await;
        assert_eq!(head.contains("content-length: 10\r\n"), !unmeasured, "{head}");
        let mut body = String::new();
        stream.read_to_string(&mut body).await.unwrap();
        assert_eq!(body, "0123456789"[..usize::try_from(after).unwrap()]);
    }
}

#[tokio::test]
async fn a_body_is_reset_where_it_should() {
    for after in [0, 4] {
        let port = open("0123456789", move || stop(after, Then::Reset));
        let mut stream = port.ask(GET).await;
        head(&mut stream).await;
        let count = usize::try_from(after).unwrap();
        assert_eq!(bytes(&mut stream, count).await, "0123456789".as_bytes()[..count]);
        assert_eq!(stream.read_u8().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
}

#[tokio::test]
async fn a_whole_body_can_be_followed_by_a_reset() {
    for (text, after) in [("", 0), ("0123", 4), ("0123", 100)] {
        let port = open(text, move || stop(after, Then::Reset));
        let mut stream = port.ask(GET).await;
        assert!(head(&mut stream).await.contains(&format!("content-length: {}\r\n", text.len())));
        assert_eq!(bytes(&mut stream, text.len()).await, text.as_bytes());
        assert_eq!(
            stream.read_u8().await.unwrap_err().kind(),
            ErrorKind::ConnectionReset,
            "{text:?} {after}"
        );
    }
}

#[tokio::test]
async fn an_answer_can_end_before_its_head() {
    let port = open("0123456789", || stop(None, Then::Close));
    let mut nothing = String::new();
    assert_eq!(port.ask(GET).await.read_to_string(&mut nothing).await.unwrap(), 0);
    let port = open("0123456789", || stop(None, Then::Reset));
    assert_eq!(port.ask(GET).await.read_u8().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test(start_paused = true)]
async fn a_stalled_answer_stays_until_the_bound() {
    let limits = Limits { stall_time: Duration::from_secs(500), ..Limits::default() };
    for (after, expected) in [(None, ""), (Some(0), ""), (Some(4), "0123"), (Some(10), "0123456789")] {
        let handler = by(move |_| answer("0123456789", stop(after, Then::Stall)));
        let (mut client, task) = connection(handler, limits.clone(), 1 << 16);
        let began = Instant::now();
        client.write_all(GET.as_bytes()).await.unwrap();
        if after.is_some() {
            head(&mut client).await;
            assert_eq!(bytes(&mut client, expected.len()).await, expected.as_bytes());
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
        if after == Some(10) {
            // Nor is another request answered.
            client.write_all(GET.as_bytes()).await.unwrap();
        }
        assert_eq!(client.read_u8().await.unwrap_err().kind(), ErrorKind::UnexpectedEof);
        assert_eq!(began.elapsed().as_secs(), 500, "{after:?}");
        drop(client);
        task.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_stalled_answer_ends_when_the_client_leaves() {
    for after in [None, Some(0), Some(4), Some(10)] {
        let handler = by(move |_| answer("0123456789", stop(after, Then::Stall)));
        let (mut client, task) = connection(handler, Limits::default(), 1 << 16);
        let began = Instant::now();
        client.write_all(GET.as_bytes()).await.unwrap();
        if let Some(after) = after {
            head(&mut client).await;
            bytes(&mut client, usize::try_from(after).unwrap()).await;
        }
        drop(client);
        task.await.unwrap();
        assert_eq!(began.elapsed(), Duration::ZERO, "{after:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_can_be_late() {
    let delay = Duration::from_secs(77);
    let handler = by(move |_| answer("x", Delivery { delay, ..Delivery::default() }));
    let (mut client, _task) = connection(handler, Limits::default(), 1 << 16);
    let began = Instant::now();
    client.write_all(GET.as_bytes()).await.unwrap();
    client.read_u8().await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 77);
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_during_a_delay_is_answered_after_it() {
    let delay = Duration::from_secs(77);
    let handler = by(move |request| {
        let delay = if request.path == "/" { delay } else { Duration::ZERO };
        answer("x", Delivery { delay, ..Delivery::default() })
    });
    let (mut client, _task) = connection(handler, Limits::default(), 1 << 20);
    client.write_all(GET.as_bytes()).await.unwrap();
    let more =
        format!("POST /more HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n{}", "y".repeat(100_000));
    client.write_all(more.repeat(3).as_bytes()).await.unwrap();
    for _ in 0..4 {
        assert!(head(&mut client).await.starts_with("HTTP/1.1 200 "));
        assert_eq!(client.read_u8().await.unwrap(), b'x');
    }
}

#[tokio::test]
async fn an_unmeasured_body_ends_with_the_connection() {
    let port = open("0123456789", || Delivery { unmeasured: true, ..Delivery::default() });
    let mut stream = port.ask(GET).await;
    let head = head(&mut stream).await;
    assert!(!head.contains("content-length") && !head.contains("transfer-encoding"), "{head}");
    let mut body = String::new();
    stream.read_to_string(&mut body).await.unwrap();
    assert_eq!(body, "0123456789");
}

#[tokio::test]
async fn the_end_is_told_once() {
    let (tell, told) = mpsc::channel();
    let whole: &'static str = Box::leak("x".repeat(1 << 20).into_boxed_str());
    for (method, after, expected) in [
        ("GET", None, (1 << 20, true)),
        ("GET", Some(stop(None, Then::Close)), (0, false)),
        ("GET", Some(stop(0, Then::Close)), (0, false)),
        ("GET", Some(stop(100_000, Then::Close)), (100_000, false)),
        ("GET", Some(stop(100_000, Then::Reset)), (100_000, false)),
        ("GET", Some(stop(1 << 20, Then::Close)), (1 << 20, true)),
        ("HEAD", None, (0, true)),
    ] {
        let stop = after.and_then(|delivery| delivery.stop);
        let tell = tell.clone();
        let port = Open::new(
            by(move |_| {
                let tell = tell.clone();
                let over: crate::delivery::Over =
                    Box::new(move |handed, whole| tell.send((handed, whole)).unwrap());
                answer(whole, Delivery { stop, over: Some(over), ..Delivery::default() })
            }),
            Limits::default(),
        );
        let request = format!("{method} / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        let mut received = Vec::new();
        let _ = port.ask(&request).await.read_to_end(&mut received).await;
        // All that is sent is sent after it was told.
        assert_eq!(told.recv().unwrap(), expected, "{method} {stop:?}");
        drop(port);
        assert!(told.try_recv().is_err(), "{method} {stop:?}");
    }
}

#[tokio::test]
async fn the_end_is_told_when_the_client_leaves() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let delivery = move |delay| {
        let tell = tell.clone();
        let over: crate::delivery::Over = Box::new(move |handed, whole| tell.send((handed, whole)).unwrap());
        Delivery { delay, over: Some(over), ..Delivery::default() }
    };
    let whole: &'static str = Box::leak("x".repeat(64 << 20).into_boxed_str());
    let late = delivery.clone();
    let port = open("x", move || late(Duration::from_secs(3600)));
    drop(port.ask(GET).await);
    assert_eq!(told.recv().await.unwrap(), (0, false));

    let port = open(whole, move || delivery(Duration::ZERO));
    let mut stream = port.ask(GET).await;
    bytes(&mut stream, 1 << 20).await;
    drop(stream);
    let (handed, whole) = told.recv().await.unwrap();
    assert!((1 << 19..64 << 20).contains(&handed) && !whole, "{handed}");
}

/// A file of more than 4 GiB, most of which is nowhere, that ends in `the end`.
fn sparse() -> (tempfile::NamedTempFile, u64) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let length = (5 << 30) + 7;
    file.as_file().set_len(5 << 30).unwrap();
    std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0)).unwrap();
    file.write_all(b"the end").unwrap();
    (file, length)
}

#[tokio::test]
async fn files_on_disk_are_sent_from_anywhere() {
    let (file, length) = sparse();
    let content = Content::open(file.path()).unwrap().0;
    let whole = content.clone();
    let tail = Open::new(
        by(move |_| Answer::new(206, "x/y", Body::Part(content.clone(), length - 100_000..length))),
        Limits::default(),
    );
    let mut stream = tail.ask(GET).await;
    assert!(head(&mut stream).await.contains("content-length: 100000\r\n"));
    let tail = bytes(&mut stream, 100_000).await;
    assert!(tail.starts_with(&[0; 99_993]) && tail.ends_with(b"the end"));

    let all = Open::new(
        by(move |_| Answer::new(200, "x/y", Body::Part(whole.clone(), 0..length))),
        Limits::default(),
    );
    let mut stream = all.ask(GET).await;
    assert!(head(&mut stream).await.contains("content-length: 5368709127\r\n"));
    bytes(&mut stream, 1 << 20).await;
}

#[tokio::test]
async fn a_file_that_shrinks_never_comes_to_its_end() {
    for unmeasured in [false, true] {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(64 << 20).unwrap();
        let content = Content::open(file.path()).unwrap().0;
        let port = Open::new(
            by(move |_| {
                let delivery = Delivery { unmeasured, ..Delivery::default() };
                Answer { delivery, ..Answer::new(200, "x/y", Body::Part(content.clone(), 0..64 << 20)) }
            }),
            Limits::default(),
        );
        let mut stream = port.ask(GET).await;
        head(&mut stream).await;
        bytes(&mut stream, 1000).await;
        file.as_file().set_len(2000).unwrap();
        let mut rest = Vec::new();
        let result = stream.read_to_end(&mut rest).await;
        assert!(rest.len() < (64 << 20) - 1000);
        if unmeasured {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::ConnectionReset);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_is_held_than_the_client_takes() {
    let (tell, told) = mpsc::channel();
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(1 << 30).unwrap();
    let content = Content::open(file.path()).unwrap().0;
    let handler = by(move |_| {
        let tell = tell.clone();
        let over: crate::delivery::Over = Box::new(move |handed, _| tell.send(handed).unwrap());
        let delivery = Delivery { over: Some(over), ..Delivery::default() };
        Answer { delivery, ..Answer::new(200, "x/y", Body::Part(content.clone(), 0..1 << 30)) }
    });
    let (mut client, task) = connection(handler, Limits::default(), 1 << 10);
    client.write_all(GET.as_bytes()).await.unwrap();
    head(&mut client).await;
    drop(client);
    task.await.unwrap();
    assert!(told.recv().unwrap() <= 3 * PIECE);
}
