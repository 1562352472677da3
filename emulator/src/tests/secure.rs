//! How answers travel through TLS.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::{GET, Open, by, bytes, head};
use crate::delivery::{Delivery, Stop, Then};
use crate::limits::Limits;
use crate::port::Layer;
use crate::server::Answer;
use crate::tls::Authority;

/// A port that answers ten bytes through TLS, delivered like this, and a connection to it that has asked.
async fn asked(then: Then, after: u64, unmeasured: bool) -> (Open, TlsStream<TcpStream>) {
    let authority = Authority::new(vec!["localhost".to_owned()]).unwrap();
    let file = authority.write(None).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(file.path()).unwrap()).unwrap();
    let handler = by(move |_| Answer {
        delivery: Delivery {
            stop: Some(Stop { after: Some(after), then }),
            unmeasured,
            ..Delivery::default()
        },
        ..Answer::text(200, "012345678")
    });
    let port = Open::behind(Layer::Tls(authority.acceptor), handler, Limits::default());
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(name, port.connect().await).await.unwrap();
    stream.write_all(GET.as_bytes()).await.unwrap();
    head(&mut stream).await;
    (port, stream)
}

#[tokio::test]
async fn a_body_that_stops_ends_as_if_all_had_been_said() {
    let (_port, mut stream) = asked(Then::Close, 4, true).await;
    let mut body = String::new();
    // Without the farewell of TLS this would be an error.
    stream.read_to_string(&mut body).await.unwrap();
    assert_eq!(body, "0123");
}

#[tokio::test]
async fn a_body_is_reset() {
    let (_port, mut stream) = asked(Then::Reset, 4, false).await;
    assert_eq!(bytes(&mut stream, 4).await, b"0123");
    assert_eq!(stream.read_u8().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_handshake_has_its_time() {
    let authority = Authority::new(vec!["localhost".to_owned()]).unwrap();
    let handler = by(|_| Answer::text(200, "x"));
    for start in ["", "\u{16}\u{3}\u{1}"] {
        let limits = Limits { handshake_time: Duration::from_millis(1), ..Limits::default() };
        let port = Open::behind(Layer::Tls(authority.acceptor.clone()), Arc::clone(&handler), limits);
        let mut stream = port.ask(start).await;
        let mut nothing = Vec::new();
        let _ = stream.read_to_end(&mut nothing).await;
        assert!(nothing.is_empty(), "{start:?}");
    }
}
