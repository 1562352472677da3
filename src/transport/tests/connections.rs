//! Which connections requests go over.

use tokio::time::advance;

use super::*;

#[tokio::test(start_paused = true)]
async fn connections_are_used_again() {
    for (name, transport) in all() {
        const CHUNKED: Step = Write(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\nx-end: 1\r\n\r\n",
        );
        let mut server = Server::start(&[&[
            Read,
            FINE,
            Read,
            CHUNKED,
            Read,
            Write(b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"),
            Read,
            FINE,
        ]])
        .await;
        for expected in [&b"ok"[..], b"ok", b"", b"ok"] {
            assert_eq!(fetch(&transport, server.url()).await.unwrap(), expected, "{name}");
            settle().await;
        }
        assert_eq!(server.connections(), [0, 0, 0, 0], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn connections_that_cannot_be_used_again_are_not() {
    for (name, transport) in all() {
        let mut server = Server::start(&[
            &[Read, Write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok"), Hang],
            &[Read, Write(b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"), Hang],
            // Without a length, the end of the connection is that of the body.
            &[Read, Write(b"HTTP/1.1 200 OK\r\n\r\nok")],
            &[Read, FINE, Hang],
        ])
        .await;
        for _ in 0..4 {
            assert_eq!(fetch(&transport, server.url()).await.unwrap(), b"ok", "{name}");
            settle().await;
        }
        assert_eq!(server.connections(), [0, 1, 2, 3], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_was_closed_while_it_waited_is_replaced() {
    const CLOSED: &[&[Step]] = &[&[Read, FINE], &[Read, FINE, Read, FINE]];
    const RESET: &[&[Step]] = &[&[Read, FINE, Reset], &[Read, FINE, Read, FINE]];
    for (name, transport) in all() {
        for steps in [CLOSED, RESET] {
            let mut server = Server::start(steps).await;
            for _ in 0..3 {
                let mut sent = request("POST", server.url());
                sent.body = b"not safe to repeat".to_vec();
                let mut answer = transport.send(sent).await.unwrap();
                assert_eq!(rest(&mut answer).await.unwrap(), b"ok", "{name}");
                settle().await;
            }
            assert_eq!(server.connections(), [0, 1, 1], "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_may_have_arrived_is_not_repeated() {
    for (name, transport) in all() {
        let mut server = Server::start(&[&[Read, FINE, Read], &[Read, FINE]]).await;
        fetch(&transport, server.url()).await.unwrap();
        let error = fetch(&transport, server.url()).await.unwrap_err();
        assert_eq!(error.kind, Kind::Broken, "{name}");
        assert_eq!(server.connections(), [0, 0], "{name}");
        fetch(&transport, server.url()).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn connections_do_not_wait_for_ever() {
    for (name, transport) in all() {
        let mut server = Server::start(&[&[Read, FINE, Read, FINE, Hang]]).await;
        for wait in [60, 120, 0] {
            fetch(&transport, server.url()).await.unwrap();
            settle().await;
            advance(seconds(wait)).await;
        }
        assert_eq!(server.connections(), [0, 0, 1], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn dropping_leaves_nothing_behind() {
    for (name, transport) in all() {
        let mut server = Server::start(&[
            &[Read, Hang],
            &[Read, HEAD_OF_TEN, Hang],
            &[Read, HEAD_OF_TEN, Hang],
            &[Read, FINE, Hang],
        ])
        .await;
        // While waiting for the answer, with the answer in hand, and while waiting for the rest of it.
        let waiting = tokio::time::timeout(seconds(1), get(&transport, server.url())).await;
        assert!(waiting.is_err(), "{name}");
        drop(get(&transport, server.url()).await.unwrap());
        let mut answer = get(&transport, server.url()).await.unwrap();
        answer.body.chunk().await.unwrap();
        assert!(tokio::time::timeout(seconds(1), answer.body.chunk()).await.is_err(), "{name}");
        drop(answer);
        assert_eq!(fetch(&transport, server.url()).await.unwrap(), b"ok", "{name}");
        assert_eq!(server.connections(), [0, 1, 2, 3], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn requests_at_one_time_have_a_connection_each() {
    for (name, transport) in all() {
        let mut server = Server::start(&[&[Read, FINE, Read, FINE, Hang]]).await;
        for round in 1..=2 {
            let tasks: Vec<_> = (0..20)
                .map(|_| {
                    let (transport, url) = (Arc::clone(&transport), server.url());
                    tokio::spawn(async move { fetch(&transport, url).await.unwrap() })
                })
                .collect();
            for task in tasks {
                assert_eq!(task.await.unwrap(), b"ok", "{name}");
            }
            settle().await;
            let mut used = server.connections();
            used.sort_unstable();
            used.dedup();
            assert_eq!(used.len(), 20, "{name}: {round}");
            assert_eq!(used.last(), Some(&19), "{name}: {round}: all of them are used again");
        }
    }
}

#[test]
fn a_transport_can_change_runtimes() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let servers = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for (name, transport) in all() {
        let server = servers.block_on(Server::start(&[&[Read, FINE, Read, FINE, Read, FINE, Hang]]));
        for _ in 0..3 {
            let answer = runtime().block_on(fetch(&transport, server.url()));
            assert_eq!(answer.unwrap(), b"ok", "{name}: a runtime that ended");
        }
    }
    // One that goes on, but looks after nothing while the other waits: its connections are not for others.
    let transport: Arc<dyn Transport> = Arc::new(HttpTransport::new().unwrap());
    let server = servers.block_on(Server::start(&[&[Read, FINE, Read, FINE, Hang]]));
    let (one, other) = (runtime(), runtime());
    for runtime in [&one, &other, &one, &other] {
        assert_eq!(runtime.block_on(fetch(&transport, server.url())).unwrap(), b"ok");
    }
}

#[test]
fn threads_can_share_a_transport() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    const ROUNDS: usize = 16;
    for (name, transport) in all() {
        let server = runtime.block_on(Server::start(&[&[Read, FINE, Read, FINE, Read, FINE]]));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..ROUNDS {
                        // The server closes each connection after its third answer, and can do so while a request is
                        // under way to it.
                        match runtime.block_on(fetch(&transport, server.url())) {
                            Ok(answer) => assert_eq!(answer, b"ok", "{name}"),
                            Err(error) => assert_eq!(error.kind, Kind::Broken, "{name}: {error}"),
                        }
                    }
                });
            }
        });
    }
}
