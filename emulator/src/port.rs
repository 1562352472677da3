//! A port: who comes, and who may come in.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::admission::{Refusal, Slot};
use crate::gate::Gate;
use crate::server::{Accept, Desk};
use crate::wire::{Stream, farewell};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 4096;
/// Bytes that the system holds of what a client does not take.
const SEND_BUFFER: u32 = 256 << 10;
/// How long to wait when the machine has no more sockets.
const PAUSE: Duration = Duration::from_millis(50);
/// What those get for whom there is no place.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 43\r\nRetry-After: 1\r\nConnection: close\r\n\r\nthe emulator has too many connections open\n";

/// Listens on an address.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A port that was shut has to be had again at once.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Without it, connections hold more memory, and all works.
    let _ = socket.set_send_buffer_size(SEND_BUFFER);
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// What turns the bytes of a port into those of its protocol.
#[derive(Clone)]
pub(crate) enum Layer {
    /// They are its protocol.
    Plain,
    /// TLS.
    #[cfg(feature = "tls")]
    Tls(tokio_rustls::TlsAcceptor),
}

/// A port that is served.
pub(crate) struct Port {
    pub(crate) listener: TcpListener,
    pub(crate) layer: Layer,
    pub(crate) desk: Desk,
    pub(crate) gate: Gate,
}

impl Port {
    /// Serves it until this is dropped, with all its connections.
    pub(crate) async fn serve(self) -> io::Result<()> {
        let Self { mut listener, layer, desk, gate } = self;
        let address = listener.local_addr()?;
        let desk = Arc::new(desk);
        let mut wanted = gate.wanted();
        let mut connections = JoinSet::new();
        loop {
            while connections.try_join_next().is_some() {}
            if !*wanted.borrow_and_update() {
                drop(listener);
                gate.is(false);
                let _ = wanted.wait_for(|open| *open).await;
                listener = again(address).await;
                gate.is(true);
                continue;
            }
            let stream = tokio::select! {
                _ = wanted.changed() => continue,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(_) => {
                        desk.admission.close_one();
                        tokio::time::sleep(PAUSE).await;
                        continue;
                    }
                },
            };
            come_in(stream, &layer, &desk, &mut connections);
        }
    }
}

/// Listens again on a port that was shut, as soon as it is free.
async fn again(address: SocketAddr) -> TcpListener {
    loop {
        match listen(address) {
            Ok(listener) => return listener,
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Lets a connection in, or not.
fn come_in(stream: TcpStream, layer: &Layer, desk: &Arc<Desk>, connections: &mut JoinSet<()>) {
    if desk.handler.accept() == Accept::Reset {
        // Where this fails the connection is gone already.
        let _ = stream.set_zero_linger();
        return;
    }
    let Some(slot) = desk.admission.admit() else {
        if let (Layer::Plain, Some(refusal)) = (layer, desk.admission.refusal()) {
            connections.spawn(refuse(stream, refusal));
        }
        return;
    };
    let served_by = slot.served_by();
    served_by(connections.spawn(serve(stream, layer.clone(), Arc::clone(desk), slot)));
}

async fn serve(stream: TcpStream, layer: Layer, desk: Arc<Desk>, slot: Slot) {
    // Without this small answers wait for the client's acknowledgement; where it fails they just do.
    let _ = stream.set_nodelay(true);
    let stream = match layer {
        Layer::Plain => Some(Stream::Plain(stream)),
        #[cfg(feature = "tls")]
        Layer::Tls(acceptor) => crate::tls::accept(&acceptor, stream, &desk.admission.limits).await,
    };
    if let Some(stream) = stream {
        desk.serve(stream, slot).await;
    }
}

/// Tells a client that there is no place for it.
async fn refuse(mut stream: TcpStream, refusal: Refusal) {
    // The answer always fits into the buffer of a new connection.
    if stream.write_all(FULL).await.is_ok() {
        farewell(Stream::Plain(stream)).await;
    }
    drop(refusal);
}
