//! New connections.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::sync::OnceLock;
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::proxy::matcher::Matcher;
use tower_service::Service as _;

use super::target::Target;

/// What a connection reads and writes.
#[cfg(feature = "rustls")]
pub(super) type Io = hyper_rustls::MaybeHttpsStream<Tcp>;
/// What a connection reads and writes.
#[cfg(not(feature = "rustls"))]
pub(super) type Io = Tcp;

type Tcp = hyper_util::rt::TokioIo<tokio::net::TcpStream>;

/// After so long a silence the system asks whether the other side is still there, so often.
const KEEPALIVE: Duration = Duration::from_secs(15);
const PROBES: u32 = 3;

/// Makes connections.
pub(super) struct Connector {
    tcp: HttpConnector,
    /// Made when it is needed: reading the system's certificates takes longer than everything else.
    #[cfg(feature = "rustls")]
    tls: OnceLock<Result<hyper_rustls::HttpsConnector<HttpConnector>, String>>,
    /// Which requests are meant for a proxy.
    proxies: OnceLock<Matcher>,
}

/// Why there is no connection.
pub(super) enum NoConnection {
    /// It was not tried.
    Refused(String),
    /// It failed.
    Failed(Box<dyn StdError + Send + Sync>),
}

impl Default for Connector {
    fn default() -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_keepalive_interval(Some(KEEPALIVE));
        tcp.set_keepalive_retries(Some(PROBES));
        Self {
            tcp,
            #[cfg(feature = "rustls")]
            tls: OnceLock::new(),
            proxies: OnceLock::new(),
        }
    }
}

impl Connector {
    /// The same, which takes these for the proxies that the environment names.
    pub(super) fn with_proxies(proxies: Matcher) -> Self {
        Self { proxies: OnceLock::from(proxies), ..Self::default() }
    }

    /// Connects, TLS included.
    pub(super) async fn connect(&self, target: &Target) -> Result<Io, NoConnection> {
        if target.secure { self.secure(target).await } else { self.plain(target).await }
    }

    /// Whether requests are meant for a proxy.
    pub(super) fn is_for_a_proxy(&self, target: &Target) -> bool {
        let proxies = || self.proxies.get_or_init(Matcher::from_system);
        !target.is_loopback() && proxies().intercept(&target.uri).is_some()
    }

    #[cfg(feature = "rustls")]
    async fn plain(&self, target: &Target) -> Result<Io, NoConnection> {
        self.tcp(target).await.map(Io::Http)
    }

    #[cfg(not(feature = "rustls"))]
    async fn plain(&self, target: &Target) -> Result<Io, NoConnection> {
        self.tcp(target).await
    }

    async fn tcp(&self, target: &Target) -> Result<Tcp, NoConnection> {
        let mut tcp = self.tcp.clone();
        let failed = |why| NoConnection::Failed(Box::new(why));
        poll_fn(|cx| tcp.poll_ready(cx)).await.map_err(failed)?;
        tcp.call(target.uri.clone()).await.map_err(failed)
    }

    #[cfg(feature = "rustls")]
    async fn secure(&self, target: &Target) -> Result<Io, NoConnection> {
        let tls = self.tls.get_or_init(|| tls(self.tcp.clone()));
        let mut tls = tls.clone().map_err(NoConnection::Refused)?;
        poll_fn(|cx| tls.poll_ready(cx)).await.map_err(NoConnection::Failed)?;
        tls.call(target.uri.clone()).await.map_err(NoConnection::Failed)
    }

    #[cfg(not(feature = "rustls"))]
    async fn secure(&self, target: &Target) -> Result<Io, NoConnection> {
        Err(NoConnection::Refused(super::super::shared::without_tls(&target.host())))
    }
}

/// TLS with the certificates and the implementation that reqwest takes: the same whether there is a proxy or not.
#[cfg(feature = "rustls")]
fn tls(tcp: HttpConnector) -> Result<hyper_rustls::HttpsConnector<HttpConnector>, String> {
    use rustls::crypto::{CryptoProvider, aws_lc_rs};

    let chosen = CryptoProvider::get_default().cloned();
    let provider = chosen.unwrap_or_else(|| aws_lc_rs::default_provider().into());
    let builder = hyper_rustls::HttpsConnectorBuilder::new().with_provider_and_platform_verifier(provider);
    let builder = builder.map_err(|why| format!("cannot set up HTTP: {why}"))?;
    Ok(builder.https_only().enable_http1().wrap_connector(tcp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_for_a_proxy_is_known() {
        let proxies =
            Matcher::builder().all("http://proxy.example:3128").no("near.example,10.0.0.0/8").build();
        let (behind, past) =
            (Connector::with_proxies(proxies), Connector::with_proxies(Matcher::builder().build()));
        for (url, proxied) in [
            ("https://far.example/", true),
            ("http://192.0.2.1:1/", true),
            ("http://near.example/", false),
            ("https://very.near.example/", false),
            ("http://10.1.2.3/", false),
            ("http://127.0.0.1:1/", false),
            ("http://localhost:1/", false),
        ] {
            let target = Target::new(url.to_owned()).unwrap();
            assert_eq!(behind.is_for_a_proxy(&target), proxied, "{url}");
            assert!(!past.is_for_a_proxy(&target), "{url}");
        }
    }
}
