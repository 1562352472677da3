//! Links that expire: how they are made and checked.

use std::fmt::{self, Write as _};
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rdbfetch::Timestamp;
use rdbfetch::metadata::{ServiceMetadata, Store};
use sha2::Sha256;

use crate::server::Request;
use crate::world::Moment;

/// What signs links, with the seed. The same in every run, so that the same calls give the same links.
const KEY: &str = "emulator-link-key-that-opens-nothing";
/// The last parameter of every link: when it expires, and a code that only the maker of links can make.
const TOKEN: &str = "token";
/// How long most tokens are.
const TOKEN_LENGTH: usize = 80;
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

impl Side {
    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
        }
    }
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
    /// What makes codes, with its key.
    code: Hmac<Sha256>,
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
    /// Makes links to these addresses. `lifetime` goes before what specs say.
    pub(crate) fn new(
        public: &str,
        internal: Option<String>,
        lifetime: Option<Duration>,
        services: &[&'static ServiceMetadata],
    ) -> Self {
        Self {
            public: Base::new(public.to_owned()),
            internal: internal.map(Base::new),
            lifetime,
            code: Hmac::new_from_slice(KEY.as_bytes()).expect("HMAC takes keys of any length"),
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
        Moment::later(lifetime).on(now)
    }

    /// A link to the file at a path of [`path`], with the parameters of a [`query`], for a GET until it expires; the same
    /// where the seed is.
    pub(crate) fn link(&self, seed: u64, side: Side, path: &str, query: &str, expires: Timestamp) -> String {
        let base = match (side, &self.internal) {
            (Side::Internal, Some(internal)) => internal,
            _ => &self.public,
        };
        let token = self.token(seed, self.store(path), "GET", base, path, query, expires);
        [&base.url, path, "?", query, TOKEN, "=", &token].concat()
    }

    /// By which of a file's two links a request comes.
    pub(crate) fn side(&self, request: &Request) -> Side {
        let bare = host_name(&request.host);
        let internal = self.internal.as_ref().is_some_and(|base| base.name().eq_ignore_ascii_case(bare));
        if internal { Side::Internal } else { Side::Public }
    }

    /// Whether a text is a link that was made here.
    pub(crate) fn is_link(&self, text: &str) -> bool {
        let mut bases = self.internal.iter().chain([&self.public]);
        bases.any(|base| text.strip_prefix(&*base.url).is_some_and(|rest| rest.starts_with('/')))
    }

    /// Whether a request uses a link as it was made with this seed.
    pub(crate) fn check(&self, seed: u64, request: &Request) -> Result<(), Bad> {
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
        let wanted = self.token(seed, store, &request.method, base, &request.path, query, expires);
        if !same(sent.as_bytes(), wanted.as_bytes()) {
            return Err(Bad::Changed);
        }
        if request.now < expires { Ok(()) } else { Err(Bad::Expired(expires)) }
    }

    /// The token: the moment in unix milliseconds, and a code over everything that must not change.
    #[expect(clippy::too_many_arguments, reason = "it is about all of them")]
    fn token(
        &self,
        seed: u64,
        store: &Store,
        method: &str,
        base: &Base,
        path: &str,
        query: &str,
        expires: Timestamp,
    ) -> String {
        let method = if store.binds_method { method } else { "" };
        let host = if store.binds_host { base.name() } else { "" };
        let mut token = String::with_capacity(TOKEN_LENGTH);
        // Writing to a text cannot fail.
        let _ = write!(token, "{}", expires.unix_millis());
        let mut code = self.code.clone();
        code.update(&seed.to_be_bytes());
        for part in [method, host, path, query, &token] {
            code.update(part.as_bytes());
            code.update(b"\n");
        }
        token.push('-');
        for byte in code.finalize().into_bytes() {
            for digit in [byte >> 4, byte & 15] {
                token.extend(char::from_digit(u32::from(digit), 16));
            }
        }
        token
    }
}

/// The path of what these segments name.
pub(crate) fn path(segments: &[&str]) -> String {
    let mut path = String::new();
    for segment in segments {
        path.push('/');
        path.extend(utf8_percent_encode(segment, ENCODED));
    }
    path
}

/// A query that begins with these parameters, and goes on.
pub(crate) fn query(parameters: &[(String, String)]) -> String {
    let mut query = String::new();
    for (name, value) in parameters {
        query.extend(utf8_percent_encode(name, ENCODED));
        query.push('=');
        query.extend(utf8_percent_encode(value, ENCODED));
        query.push('&');
    }
    query
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
        LinkMaker::new(public, internal.map(str::to_owned), lifetime, &[])
    }

    /// A maker whose only store binds as it is told.
    fn binding(method: bool, host: bool, port: u16) -> LinkMaker {
        let mut maker = LinkMaker::new(
            &format!("http://127.0.0.1:{port}"),
            Some(format!("http://localhost:{port}")),
            None,
            &[],
        );
        maker.stores.push(("one", Store { binds_method: method, binds_host: host, ..Store::S3 }));
        maker
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(seconds).unwrap()
    }

    fn request(method: &str, host: &str, link: &str, seconds: i64) -> Request {
        let (_, target) = link.split_once("://").unwrap();
        let (path, query) = target[target.find('/').unwrap()..].split_once('?').unwrap();
        Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            host: host.to_owned(),
            headers: Vec::new(),
            body: bytes::Bytes::new(),
            now: at(seconds),
        }
    }

    #[test]
    fn a_store_that_binds_neither_takes_both_methods_and_any_host() {
        let maker = binding(false, false, 80);
        let link = maker.link(0, Side::Internal, "/one/a", "", at(9));
        for (method, host, expected) in [
            ("GET", "localhost", Ok(())),
            ("GET", "elsewhere", Ok(())),
            ("GET", "", Ok(())),
            ("HEAD", "127.0.0.1:80", Ok(())),
            ("PUT", "localhost", Err(Bad::Changed)),
        ] {
            assert_eq!(maker.check(0, &request(method, host, &link, 0)), expected, "{method} {host}");
        }
        assert_eq!(maker.check(0, &request("GET", "localhost", &link, 9)), Err(Bad::Expired(at(9))));
    }

    #[test]
    fn a_store_that_binds_the_method_takes_no_head() {
        let maker = binding(true, false, 80);
        let link = maker.link(0, Side::Public, "/one/a", "", at(9));
        assert_eq!(maker.check(0, &request("GET", "h", &link, 0)), Ok(()));
        assert_eq!(maker.check(0, &request("HEAD", "h", &link, 0)), Err(Bad::Changed));
    }

    #[test]
    fn a_store_that_binds_the_host_takes_the_very_same() {
        let maker = binding(false, true, 80);
        let public = maker.link(0, Side::Public, "/one/a", "", at(9));
        let internal = maker.link(0, Side::Internal, "/one/a", "", at(9));
        let check = |host, link: &str| maker.check(0, &request("GET", host, link, 0)).is_ok();
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
        let maker = binding(false, true, 8080);
        let link = maker.link(0, Side::Public, "/one/a", "", at(9));
        assert!(maker.check(0, &request("GET", "127.0.0.1:8080", &link, 0)).is_ok());
        assert!(maker.check(0, &request("GET", "127.0.0.1", &link, 0)).is_err(), "no default port");
    }

    #[test]
    fn tokens_depend_on_the_seed_and_not_on_the_port() {
        let token = |maker: LinkMaker, seed| {
            let link = maker.link(seed, Side::Public, "/one/a", "", at(9));
            link.split_once('?').unwrap().1.to_owned()
        };
        assert_eq!(token(binding(true, true, 80), 7), token(binding(true, true, 9000), 7));
        assert_ne!(token(binding(true, true, 80), 7), token(binding(true, true, 80), 8));
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
        let (path, query) = (path(&["a b"]), query(&[("x;".to_owned(), "1&2".to_owned())]));
        let of = |side| maker.link(0, side, &path, &query, now);
        assert_eq!(of(Side::Internal), of(Side::Public));
        assert!(of(Side::Public).starts_with("http://192.0.2.1:1/a%20b?x%3B=1%262&token=0-"));
    }
}
