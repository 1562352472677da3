//! How answers go wrong under HTTPS.

mod support;

use std::sync::Arc;
use std::time::Duration;

use rdbfetch_emulator::{Call, Fault, Limits};
use serde_json::json;
use support::under::Under;
use support::wire::{End, Wire, soon};
use support::{BACKUP, INSTANCE, draft_bytes, host, link_bytes};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// An emulator that speaks HTTPS, and what trusts it.
struct Secure {
    under: Under,
    connector: TlsConnector,
}

impl Secure {
    async fn new(limits: Limits) -> Self {
        let under = Under::new(|builder| builder.tls(true).limits(limits)).await;
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(under.emulator.ca_file().unwrap()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { under, connector: TlsConnector::from(Arc::new(config)) }
    }

    fn only(&self, rule: Fault) {
        self.under.emulator.clear_faults();
        self.under.emulator.add_fault(rule.named("it")).unwrap();
    }

    async fn ask(&self, url: &str, request: &[u8]) -> Wire<TlsStream<TcpStream>> {
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let stream = TcpStream::connect(host(url)).await.unwrap();
        Wire::over(self.connector.connect(name, stream).await.unwrap(), request).await
    }

    async fn call(&self) -> Wire<TlsStream<TcpStream>> {
        let body = json!({"Instance": INSTANCE, "Backup": BACKUP});
        let request = draft_bytes(&self.under.alpha_draft("GetLinks", "north-1", body), &[]);
        self.ask(self.under.emulator.endpoint("alpha").unwrap(), &request).await
    }

    /// A link, and the bytes of its file.
    async fn link(&self) -> (String, Vec<u8>) {
        self.under.emulator.clear_faults();
        self.only(Fault::any().api().no_length());
        let (_, body, _) = self.call().await.all().await;
        let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let link = answer["Response"]["Files"][0]["Url"].as_str().unwrap().to_owned();
        self.only(Fault::any().no_length());
        let (_, body, _) = self.ask(&link, &link_bytes("GET", &link, &[])).await.all().await;
        (link, body)
    }

    async fn sent(&self) -> (u64, bool) {
        let last = self.under.emulator.journal().last().unwrap().number;
        let over = |call: &Call| call.number == last && call.sent().is_some();
        let sent = soon(self.under.emulator.wait_for(over)).await.sent().unwrap();
        (sent.bytes, sent.whole)
    }
}

#[tokio::test]
async fn bodies_are_cut_and_reset() {
    let secure = Secure::new(Limits::default()).await;
    let (link, whole) = secure.link().await;
    let get = link_bytes("GET", &link, &[]);
    for (after, measured) in [(0, true), (1000, true), (0, false), (30_000, false)] {
        let rule = Fault::any();
        secure.only(if measured { rule.cut(after) } else { rule.cut_unseen(after) });
        let (head, body, end) = secure.ask(&link, &get).await.all().await;
        let count = usize::try_from(after).unwrap();
        assert_eq!(head.contains(&format!("content-length: {}\r\n", whole.len())), measured, "{head}");
        assert!(body == whole[..count] && end == End::Closed, "TLS says farewell: {} {end:?}", body.len());
        assert_eq!(secure.sent().await, (after, false));
    }
    secure.only(Fault::any().reset());
    assert_eq!(secure.call().await.rest().await, (Vec::new(), End::Reset));
    assert_eq!(secure.ask(&link, &get).await.rest().await, (Vec::new(), End::Reset));
    assert_eq!(secure.sent().await, (0, false));
    secure.only(Fault::any().files().reset_after(1000));
    let (_, body, end) = secure.ask(&link, &get).await.all().await;
    assert!(body == whole[..1000] && end == End::Reset, "{} {end:?}", body.len());
}

#[tokio::test]
async fn answers_stall() {
    let mut limits = Limits::default();
    limits.stall_time = Duration::from_millis(50);
    let secure = Secure::new(limits).await;
    let (link, whole) = secure.link().await;
    let get = link_bytes("GET", &link, &[]);
    for after in [None, Some(0), Some(1000)] {
        let rule = Fault::any();
        secure.only(after.map_or(rule.clone().stall(), |after| rule.stall_after(after)));
        let began = std::time::Instant::now();
        let mut wire = secure.ask(&link, &get).await;
        let count = usize::try_from(after.unwrap_or(0)).unwrap();
        if after.is_some() {
            wire.head().await;
        }
        assert!(wire.rest().await.0 == whole[..count]);
        assert!(began.elapsed() >= Duration::from_millis(50));
        assert_eq!(secure.sent().await, (after.unwrap_or(0), false));
    }
}

#[tokio::test]
async fn clients_leave_stalled_answers() {
    let secure = Secure::new(Limits::default()).await;
    let (link, whole) = secure.link().await;
    secure.only(Fault::any().stall_after(1000));
    let mut wire = secure.ask(&link, &link_bytes("GET", &link, &[])).await;
    wire.head().await;
    assert!(wire.bytes(1000).await == whole[..1000]);
    drop(wire);
    assert_eq!(secure.sent().await, (1000, false));
}
