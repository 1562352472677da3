//! Links that expire: how they are made and checked.

use std::fmt;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rdbfetch::Timestamp;
use rdbfetch::metadata::{ServiceMetadata, Store};
use rdbfetch::sign::Text;

use crate::server::Request;

/// What signs links, with the seed. The same in every run, so that the same calls give the same links.
const KEY: &str = "emulator-link-key-that-opens-nothing";
/// The last parameter of every link: when it expires, and a code that only the maker of links can make.
const TOKEN: &str = "token";
/// What is percent-encoded: all but what RFC 3986 leaves alone everywhere.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Which of a file's two links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The one that works from anywhere.
    Public,
    /// The one for the inside of the vendor's network.
    Internal,
}

/// Why a link is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bad {
    /// It has no token.
    Unsigned,
    /// It is not as it was made, or is used in another way than it was made for.
    Changed,
    /// It has expired, at this moment.
    Expired(Timestamp),
}

/// Makes links and checks them.
pub(crate) struct LinkMaker {
    public: Base,
    internal: Option<Base>,
    lifetime: Option<Duration>,
    key: Text,
    /// The object store of each service.
    stores: Vec<(&'static str, Store)>,
}

/// The beginning of links.
#[derive(Debug)]
struct Base {
    /// Scheme, host and port.
    url: String,
    /// What a Host header says of it, the last with the port.
    hosts: Vec<String>,
}

impl Base {
    fn new(url: String) -> Self {
        let (scheme, authority) = url.split_once("://").unwrap_or(("", &url));
        let default = if scheme == "https" { ":443" } else { ":80" };
        let short = authority.strip_suffix(default).map(str::to_owned);
        let hosts = short.into_iter().chain([authority.to_owned()]).collect();
        Self { url, hosts }
    }

    /// Whether a Host header means this one.
    fn is(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    /// The host without its port, which is another one in every run.
    fn name(&self) -> &str {
        self.hosts.last().map_or("", |host| host_name(host))
    }
}

impl LinkMaker {
    /// Makes links to these addresses. `lifetime` goes before what specs say. Links are the same where the seed is.
    pub(crate) fn new(
        public: &str,
        internal: Option<String>,
        lifetime: Option<Duration>,
        seed: u64,
        services: &[&'static ServiceMetadata],
    ) -> Self {
        Self {
            public: Base::new(public.to_owned()),
            internal: internal.map(Base::new),
            lifetime,
            key: Text::from(format!("{KEY} {seed}")),
            stores: services.iter().map(|metadata| (metadata.service.name, metadata.store)).collect(),
        }
    }

    /// The object store that a path leads to: that of the service which its first segment names.
    pub(crate) fn store(&self, path: &str) -> &Store {
        let first = path.strip_prefix('/').unwrap_or(path).split('/').next().unwrap_or_default();
        self.stores.iter().find(|(name, _)| *name == first).map_or(&Store::S3, |(_, store)| store)
    }

    /// When a link expires that is made now, where the spec gives this lifetime in seconds.
    pub(crate) fn expiry(&self, now: Timestamp, documented: Option<u64>) -> Timestamp {
        const HOUR: u64 = 3600;
        let lifetime = self.lifetime.unwrap_or_else(|| Duration::from_secs(documented.unwrap_or(HOUR)));
        let milliseconds = i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_unix_millis(now.unix_millis().saturating_add(milliseconds)).unwrap_or(now)
    }

    /// A link to the file whose path has these segments, for a GET until it expires.
    pub(crate) fn link(
        &self,
        side: Side,
        segments: &[&str],
        parameters: &[(String, String)],
        expires: Timestamp,
    ) -> String {
        let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
        let path: String = segments.iter().map(|segment| format!("/{}", encode(segment))).collect();
        let mut query: String =
            parameters.iter().map(|(name, value)| format!("{}={}&", encode(name), encode(value))).collect();
        let base = match (side, &self.internal) {
            (Side::Internal, Some(internal)) => internal,
            _ => &self.public,
        };
        let token = self.token(self.store(&path), "GET", base, &path, &query, expires);
        query.push_str(&format!("{TOKEN}={token}"));
        format!("{}{path}?{query}", base.url)
    }

    /// Whether a request uses a link as it was made.
    pub(crate) fn check(&self, request: &Request, now: Timestamp) -> Result<(), Bad> {
        let (end, sent) = token_of(&request.query).ok_or(Bad::Unsigned)?;
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            return Err(Bad::Changed);
        }
        let (expires, _) = sent.split_once('-').ok_or(Bad::Changed)?;
        let expires = expires.parse().ok().and_then(Timestamp::from_unix_millis).ok_or(Bad::Changed)?;
        let store = self.store(&request.path);
        let mut bases = self.internal.iter().chain([&self.public]);
        let base = bases.find(|base| !store.binds_host || base.is(&request.host)).ok_or(Bad::Changed)?;
        let query = request.query.get(..end).unwrap_or_default();
        let wanted = self.token(store, &request.method, base, &request.path, query, expires);
        if !same(sent.as_bytes(), wanted.as_bytes()) {
            return Err(Bad::Changed);
        }
        if now < expires { Ok(()) } else { Err(Bad::Expired(expires)) }
    }

    /// The token: the moment in unix milliseconds, and a code over everything that must not change.
    fn token(
        &self,
        store: &Store,
        method: &str,
        base: &Base,
        path: &str,
        query: &str,
        expires: Timestamp,
    ) -> String {
        let method = if store.binds_method { method } else { "" };
        let host = if store.binds_host { base.name() } else { "" };
        let expires = expires.unix_millis();
        let code = self.key.hmac_sha256(format!("{method}\n{host}\n{path}\n{query}\n{expires}"));
        format!("{expires}-{}", code.hex().to_string_lossy())
    }
}

impl fmt::Debug for LinkMaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkMaker")
            .field("public", &self.public)
            .field("internal", &self.internal)
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

/// Whether a query has a token, good or not.
pub(crate) fn signed(query: &str) -> bool {
    token_of(query).is_some()
}

/// Where the last parameter of a query begins, and its value, if it is the token.
fn token_of(query: &str) -> Option<(usize, &str)> {
    let start = query.rfind('&').map_or(0, |position| position + 1);
    let value = query[start..].strip_prefix(TOKEN)?.strip_prefix('=')?;
    Some((start, value))
}

/// A Host header without its port.
pub(crate) fn host_name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Compares in a time that depends on the lengths only.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maker(public: &str, internal: Option<&str>, lifetime: Option<Duration>) -> LinkMaker {
        LinkMaker::new(public, internal.map(str::to_owned), lifetime, 0, &[])
    }

    /// A maker whose only store binds as it is told.
    fn binding(method: bool, host: bool, seed: u64, port: u16) -> LinkMaker {
        let mut maker = LinkMaker::new(
            &format!("http://127.0.0.1:{port}"),
            Some(format!("http://localhost:{port}")),
            None,
            seed,
            &[],
        );
        maker.stores.push(("one", Store { binds_method: method, binds_host: host, ..Store::S3 }));
        maker
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(seconds).unwrap()
    }

    fn request(method: &str, host: &str, link: &str) -> Request {
        let (_, target) = link.split_once("://").unwrap();
        let (path, query) = target[target.find('/').unwrap()..].split_once('?').unwrap();
        Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            host: host.to_owned(),
            headers: Vec::new(),
            body: bytes::Bytes::new(),
            now: at(0),
        }
    }

    #[test]
    fn a_store_that_binds_neither_takes_both_methods_and_any_host() {
        let maker = binding(false, false, 0, 80);
        let link = maker.link(Side::Internal, &["one", "a"], &[], at(9));
        for (method, host, expected) in [
            ("GET", "localhost", Ok(())),
            ("GET", "elsewhere", Ok(())),
            ("GET", "", Ok(())),
            ("HEAD", "127.0.0.1:80", Ok(())),
            ("PUT", "localhost", Err(Bad::Changed)),
        ] {
            assert_eq!(maker.check(&request(method, host, &link), at(0)), expected, "{method} {host}");
        }
        assert_eq!(maker.check(&request("GET", "localhost", &link), at(9)), Err(Bad::Expired(at(9))));
    }

    #[test]
    fn a_store_that_binds_the_method_takes_no_head() {
        let maker = binding(true, false, 0, 80);
        let link = maker.link(Side::Public, &["one", "a"], &[], at(9));
        assert_eq!(maker.check(&request("GET", "h", &link), at(0)), Ok(()));
        assert_eq!(maker.check(&request("HEAD", "h", &link), at(0)), Err(Bad::Changed));
    }

    #[test]
    fn a_store_that_binds_the_host_takes_the_very_same() {
        let maker = binding(false, true, 0, 80);
        let public = maker.link(Side::Public, &["one", "a"], &[], at(9));
        let internal = maker.link(Side::Internal, &["one", "a"], &[], at(9));
        let check = |host, link: &str| maker.check(&request("GET", host, link), at(0)).is_ok();
        for (host, of_public, of_internal) in [
            ("127.0.0.1:80", true, false),
            ("127.0.0.1", true, false),
            ("localhost:80", false, true),
            ("LOCALHOST", false, true),
            ("127.0.0.1:81", false, false),
            ("127.0.0.1:", false, false),
            ("x127.0.0.1", false, false),
            ("user@127.0.0.1", false, false),
            ("", false, false),
        ] {
            assert_eq!((check(host, &public), check(host, &internal)), (of_public, of_internal), "{host}");
        }
        let maker = binding(false, true, 0, 8080);
        let link = maker.link(Side::Public, &["one", "a"], &[], at(9));
        assert!(maker.check(&request("GET", "127.0.0.1:8080", &link), at(0)).is_ok());
        assert!(maker.check(&request("GET", "127.0.0.1", &link), at(0)).is_err(), "no default port");
    }

    #[test]
    fn tokens_depend_on_the_seed_and_not_on_the_port() {
        let token = |maker: LinkMaker| {
            let link = maker.link(Side::Public, &["one", "a"], &[], at(9));
            link.split_once('?').unwrap().1.to_owned()
        };
        assert_eq!(token(binding(true, true, 7, 80)), token(binding(true, true, 7, 9000)));
        assert_ne!(token(binding(true, true, 7, 80)), token(binding(true, true, 8, 80)));
    }

    #[test]
    fn hosts_lose_their_port() {
        assert_eq!(host_name("127.0.0.1:8000"), "127.0.0.1");
        assert_eq!(host_name("[::1]:8000"), "[::1]");
        assert_eq!(host_name("[::1]"), "[::1]");
        assert_eq!(host_name("localhost"), "localhost");
    }

    #[test]
    fn lifetimes_go_by_rank() {
        let now = Timestamp::from_unix(0).unwrap();
        let seconds = |lifetime, documented| maker("http://h", None, lifetime).expiry(now, documented).unix();
        assert_eq!(seconds(None, None), 3600);
        assert_eq!(seconds(None, Some(7)), 7);
        assert_eq!(seconds(Some(Duration::from_secs(30)), Some(7)), 30);
        assert_eq!(seconds(Some(Duration::MAX), None), 0, "beyond the calendar");
    }

    #[test]
    fn without_a_second_name_both_links_are_public() {
        let maker = maker("http://192.0.2.1:1", None, None);
        let now = Timestamp::from_unix(0).unwrap();
        let of = |side| maker.link(side, &["a b"], &[("x;".to_owned(), "1&2".to_owned())], now);
        assert_eq!(of(Side::Internal), of(Side::Public));
        assert!(of(Side::Public).starts_with("http://192.0.2.1:1/a%20b?x%3B=1%262&token=0-"));
    }
}
