//! Where an emulator listens, and what its URLs are.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::Builder;
#[cfg(feature = "tls")]
use crate::port::Layer;

impl Builder {
    /// Whether it may be started like this.
    pub(super) fn check(&self) -> io::Result<()> {
        let invalid = |message: String| Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        let ip = self.listen.ip();
        if !ip.to_canonical().is_loopback() && !self.allow_remote {
            return invalid(format!(
                "other machines could reach {ip}, and the emulator's credentials are known to everybody; listen on \
                 127.0.0.1, or allow remote clients explicitly"
            ));
        }
        match &self.advertise {
            Some(host) if url_host(host).is_none() => invalid(format!(
                "{host:?} is no host to advertise; give a name or an IP address, without a port"
            )),
            _ => Ok(()),
        }
    }

    /// What the ports speak HTTPS with, if they do, and the file by which clients trust it.
    #[cfg(feature = "tls")]
    pub(super) fn secure(&self) -> io::Result<(Layer, Option<crate::tls::CaFile>)> {
        if !self.tls {
            return Ok((Layer::Plain, None));
        }
        let mut names: Vec<String> = ["127.0.0.1", "::1", "localhost"].map(str::to_owned).into();
        let ip = self.listen.ip();
        let listen = (!ip.is_unspecified()).then(|| ip.to_string());
        let advertised = self.advertise.as_deref().map(|host| host.trim_matches(['[', ']']).to_owned());
        for name in listen.into_iter().chain(advertised) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let authority = crate::tls::Authority::new(names)?;
        let path = self.ca_file.as_deref();
        let file = authority.write(path).map_err(|error| {
            let place = path.map_or_else(std::env::temp_dir, std::path::Path::to_path_buf);
            let message = format!("the certificate cannot be written to {}: {error}", place.display());
            io::Error::new(error.kind(), message)
        })?;
        Ok((Layer::Tls(authority.acceptor), Some(file)))
    }

    /// What URLs begin with.
    fn scheme(&self) -> &'static str {
        #[cfg(feature = "tls")]
        if self.tls {
            return "https";
        }
        "http"
    }

    /// The URL that leads to an address: from where the advertised host means something, otherwise from this machine.
    pub(super) fn url(&self, mut address: SocketAddr) -> String {
        if let Some(host) = self.advertise.as_deref().and_then(url_host) {
            return format!("{}://{host}:{}", self.scheme(), address.port());
        }
        if address.ip().is_unspecified() {
            address.set_ip(match address.ip() {
                IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
                IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            });
        }
        format!("{}://{address}", self.scheme())
    }

    /// Another URL of the same address, with another host: what stands for the inside of the vendor's network. `None`
    /// where no other host leads there.
    pub(super) fn internal_url(&self, address: SocketAddr) -> Option<String> {
        let ip = address.ip();
        let local = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        if !ip.is_unspecified() && !local.contains(&ip) {
            return None;
        }
        let advertised = self.advertise.as_deref().unwrap_or_default();
        let host = match ip {
            _ if !advertised.eq_ignore_ascii_case("localhost") => "localhost",
            IpAddr::V4(_) => "127.0.0.1",
            IpAddr::V6(_) => "[::1]",
        };
        Some(format!("{}://{host}:{}", self.scheme(), address.port()))
    }

    /// The address of the listener with this number.
    pub(super) fn address(&self, offset: usize) -> io::Result<SocketAddr> {
        let mut address = self.listen;
        if address.port() != 0 {
            let port = u16::try_from(offset).ok().and_then(|offset| address.port().checked_add(offset));
            let problem = || io::Error::new(io::ErrorKind::InvalidInput, "the ports would go beyond 65535");
            address.set_port(port.ok_or_else(problem)?);
        }
        Ok(address)
    }
}

/// A host as URLs write it, if it is one.
fn url_host(host: &str) -> Option<String> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match bare.parse() {
        Ok(IpAddr::V4(ip)) => return Some(ip.to_string()),
        Ok(IpAddr::V6(ip)) => return Some(format!("[{ip}]")),
        Err(_) => {}
    }
    let label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=63).contains(&label.len()) && label.bytes().all(plain)
    };
    (host.len() <= 253 && host.split('.').all(label)).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_ports_are_consecutive() {
        let builder = Builder::default().listen(SocketAddr::from(([127, 0, 0, 1], 65534)));
        assert_eq!(builder.address(1).unwrap().port(), 65535);
        assert_eq!(builder.address(2).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(Builder::default().address(2).unwrap().port(), 0);
    }

    #[test]
    fn urls_lead_back_here() {
        let of = |text: &str| Builder::default().url(text.parse().unwrap());
        assert_eq!(of("127.0.0.1:80"), "http://127.0.0.1:80");
        assert_eq!(of("0.0.0.0:8000"), "http://127.0.0.1:8000");
        assert_eq!(of("[::1]:8000"), "http://[::1]:8000");
        let of = |text: &str| Builder::default().internal_url(text.parse().unwrap());
        assert_eq!(of("192.0.2.1:8000"), None);
        assert_eq!(of("127.0.0.1:8000").as_deref(), Some("http://localhost:8000"));
    }

    #[test]
    fn an_advertised_host_stands_in_public_urls_only() {
        let of = |host: &str, address: &str| {
            let builder = Builder::default().advertise(host);
            let address = address.parse().unwrap();
            (builder.url(address), builder.internal_url(address).unwrap_or_default())
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(of("cloud.test", "0.0.0.0:80"), pair("http://cloud.test:80", "http://localhost:80"));
        assert_eq!(of("LOCALHOST", "0.0.0.0:80"), pair("http://LOCALHOST:80", "http://127.0.0.1:80"));
        assert_eq!(of("localhost", "[::1]:80"), pair("http://localhost:80", "http://[::1]:80"));
        assert_eq!(of("2001:db8::1", "192.0.2.1:80"), pair("http://[2001:db8::1]:80", ""));
        for bad in ["", "a b", "http://a", "a:80", "a/b", "a@b", "a..b", "[a]", "é", "a\r\nb"] {
            assert_eq!(url_host(bad), None, "{bad:?}");
            let problem = Builder::default().advertise(bad).check().unwrap_err();
            assert_eq!(problem.kind(), io::ErrorKind::InvalidInput);
        }
    }

    #[test]
    fn only_loopback_goes_without_saying() {
        for (address, fine) in [
            ("127.0.0.1:0", true),
            ("127.8.0.1:0", true),
            ("[::1]:0", true),
            ("[::ffff:127.0.0.1]:0", true),
            ("0.0.0.0:0", false),
            ("[::]:0", false),
            ("192.0.2.1:0", false),
        ] {
            let builder = Builder::default().listen(address.parse().unwrap());
            assert_eq!(builder.check().is_ok(), fine, "{address}");
            assert!(builder.allow_remote(true).check().is_ok(), "{address}");
        }
    }
}
