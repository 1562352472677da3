//! Ports, connections and answers, with handlers made for the test.

mod delivery;
mod expiry;
mod patience;
mod ports;
#[cfg(feature = "tls")]
mod secure;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use rdbfetch::Timestamp;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, JoinSet};

use crate::admission::Admission;
use crate::clock::Clock;
use crate::gate::Gate;
use crate::limits::Limits;
use crate::port::{Layer, Port, listen};
use crate::server::{Accept, Answer, Desk, Handler, Request};
use crate::wire::Stream;

/// Answers with a function.
struct By<A, C>(A, C);

impl<A, C> Handler for By<A, C>
where
    A: Fn(&Request) -> Answer + Send + Sync + 'static,
    C: Fn() -> Accept + Send + Sync + 'static,
{
    fn answer(&self, request: &Request) -> Answer {
        self.0(request)
    }

    fn accept(&self) -> Accept {
        self.1()
    }
}

/// Serves every connection, and answers with a function.
fn by(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Arc<dyn Handler> {
    Arc::new(By(answer, || Accept::Serve))
}

fn desk(handler: Arc<dyn Handler>, limits: Limits) -> Desk {
    let clock = Clock::frozen(Timestamp::from_unix(0).unwrap());
    Desk { handler, clock, admission: Arc::new(Admission::new(limits)) }
}

/// A port, as long as it is kept.
struct Open {
    address: SocketAddr,
    gate: Gate,
    _tasks: JoinSet<()>,
}

impl Open {
    fn new(handler: Arc<dyn Handler>, limits: Limits) -> Self {
        Self::behind(Layer::Plain, handler, limits)
    }

    fn behind(layer: Layer, handler: Arc<dyn Handler>, limits: Limits) -> Self {
        let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let (address, gate) = (listener.local_addr().unwrap(), Gate::default());
        let port = Port { listener, layer, desk: desk(handler, limits), gate: gate.clone() };
        let mut tasks = JoinSet::new();
        tasks.spawn(async { port.serve().await.unwrap() });
        Self { address, gate, _tasks: tasks }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Connects and asks for something.
    async fn ask(&self, request: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }
}

/// A connection in memory with this much room on the way to the client, and the task that serves it.
fn connection(handler: Arc<dyn Handler>, limits: Limits, room: usize) -> (DuplexStream, JoinHandle<()>) {
    let (client, server) = tokio::io::duplex(room);
    let desk = desk(handler, limits);
    let slot = desk.admission.admit().unwrap();
    (client, tokio::spawn(async move { desk.serve(Stream::Memory(server), slot).await }))
}

const GET: &str = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

/// The head of the next answer.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// So many bytes.
async fn bytes(stream: &mut (impl AsyncRead + Unpin), count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).await.unwrap();
    bytes
}
