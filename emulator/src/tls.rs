//! HTTPS: a certificate authority that lives as long as the emulator, and a certificate for this machine.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::limits::Limits;
use crate::wire::{Stream, farewell};

/// The first byte of a TLS connection: a handshake record.
const HANDSHAKE: u8 = 0x16;
/// What those get who speak HTTP to a port that speaks HTTPS.
const PLAIN: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 28\r\nConnection: close\r\n\r\nthis port speaks HTTPS only\n";

/// What an emulator shows to its clients, and what they trust it by. The keys are in memory only.
pub(crate) struct Authority {
    pub(crate) acceptor: TlsAcceptor,
    pem: String,
}

/// A file with the certificate of an authority.
#[derive(Debug)]
pub(crate) struct CaFile {
    path: PathBuf,
    /// Removes the file with the emulator, where nobody said where it should be.
    _kept: Option<NamedTempFile>,
}

impl Authority {
    /// Makes an authority, and a certificate for these names and addresses.
    pub(crate) fn new(names: Vec<String>) -> io::Result<Self> {
        let (authority, certificate, key) = certificates(names).map_err(io::Error::other)?;
        let pem = authority.pem();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let chain = vec![certificate.der().clone(), authority.der().clone()];
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), pem })
    }

    /// Writes the authority's certificate: to this file, or to a new one that goes with the emulator.
    pub(crate) fn write(&self, path: Option<&Path>) -> io::Result<CaFile> {
        let Some(path) = path else {
            let mut builder = tempfile::Builder::new();
            builder.prefix("rdbfetch-emulator-ca-").suffix(".pem");
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
            let mut file = builder.tempfile()?;
            io::Write::write_all(&mut file, self.pem.as_bytes())?;
            return Ok(CaFile { path: file.path().to_owned(), _kept: Some(file) });
        };
        std::fs::write(path, &self.pem)?;
        #[cfg(unix)]
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
        Ok(CaFile { path: std::path::absolute(path)?, _kept: None })
    }
}

impl CaFile {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// The certificate of an authority, one that it signed, and the key of the latter. The authority's own key is gone
/// when this returns: nothing else will ever be signed by it.
fn certificates(
    names: Vec<String>,
) -> Result<(rcgen::Certificate, rcgen::Certificate, KeyPair), rcgen::Error> {
    // Clients may go by clocks of their own.
    let valid = |params: &mut CertificateParams, name: &str| {
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(2099, 12, 31);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
    };
    let mut params = CertificateParams::default();
    valid(&mut params, "rdbfetch emulator: authority of one run");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let authority = params.self_signed(&key)?;
    let issuer = Issuer::new(params, key);

    let mut params = CertificateParams::new(names)?;
    valid(&mut params, "rdbfetch emulator");
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &issuer)?;
    Ok((authority, certificate, key))
}

/// Shakes hands with a client, in the time that there is for it.
pub(crate) async fn accept(acceptor: &TlsAcceptor, stream: TcpStream, limits: &Limits) -> Option<Stream> {
    let handshake = async {
        let mut first = [0];
        match stream.peek(&mut first).await {
            Ok(1) if first == [HANDSHAKE] => {
                let stream = acceptor.accept(stream).await.ok()?;
                Some(Ok(Stream::Tls(Box::new(stream))))
            }
            // Most likely a client that was told a URL with `http`.
            Ok(1) if first[0].is_ascii_uppercase() => Some(Err(stream)),
            _ => None,
        }
    };
    match tokio::time::timeout(limits.handshake_time, handshake).await.ok()?? {
        Ok(stream) => Some(stream),
        Err(mut stream) => {
            // The answer always fits into the buffer of a new connection.
            if stream.write_all(PLAIN).await.is_ok() {
                farewell(Stream::Plain(stream)).await;
            }
            None
        }
    }
}
