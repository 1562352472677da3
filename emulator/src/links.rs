//! Links that expire: how they are made and checked.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rdbfetch::Timestamp;
use rdbfetch::sign::Text;

use crate::server::Request;

/// What signs links. The same in every run, so that the same calls give the same links.
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
    /// It has expired.
    Expired,
}

/// Makes links and checks them.
#[derive(Debug)]
pub(crate) struct LinkMaker {
    public: String,
    internal: Option<String>,
    lifetime: Option<Duration>,
}

impl LinkMaker {
    /// Makes links to these addresses. `lifetime` goes before what specs say.
    pub(crate) fn new(public: &str, internal: Option<String>, lifetime: Option<Duration>) -> Self {
        Self { public: public.to_owned(), internal, lifetime }
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
        let (side, base) = match (side, &self.internal) {
            (Side::Internal, Some(internal)) => (Side::Internal, internal),
            _ => (Side::Public, &self.public),
        };
        let token = token("GET", side, &path, &query, expires);
        query.push_str(&format!("{TOKEN}={token}"));
        format!("{base}{path}?{query}")
    }

    /// By which of a file's two links a request comes.
    pub(crate) fn side(&self, request: &Request) -> Side {
        let internal = host_name(&request.host).eq_ignore_ascii_case("localhost") && self.internal.is_some();
        if internal { Side::Internal } else { Side::Public }
    }

    /// Whether a text is a link that was made here.
    pub(crate) fn is_link(&self, text: &str) -> bool {
        let mut bases = self.internal.iter().chain([&self.public]);
        bases.any(|base| text.strip_prefix(base.as_str()).is_some_and(|rest| rest.starts_with('/')))
    }

    /// Whether a request uses a link as it was made.
    pub(crate) fn check(&self, request: &Request, now: Timestamp) -> Result<(), Bad> {
        let (end, sent) = token_of(&request.query).ok_or(Bad::Unsigned)?;
        let (expires, _) = sent.split_once('-').ok_or(Bad::Changed)?;
        let expires = expires.parse().ok().and_then(Timestamp::from_unix_millis).ok_or(Bad::Changed)?;
        let wanted =
            token(&request.method, self.side(request), &request.path, &request.query[..end], expires);
        if !same(sent.as_bytes(), wanted.as_bytes()) {
            return Err(Bad::Changed);
        }
        if now < expires { Ok(()) } else { Err(Bad::Expired) }
    }
}

/// Where the last parameter of a query begins, and its value, if it is the token.
fn token_of(query: &str) -> Option<(usize, &str)> {
    let start = query.rfind('&').map_or(0, |position| position + 1);
    let value = query[start..].strip_prefix(TOKEN)?.strip_prefix('=')?;
    Some((start, value))
}

/// The token: the moment in unix milliseconds, and a code over everything that must not change.
fn token(method: &str, side: Side, path: &str, query: &str, expires: Timestamp) -> String {
    let expires = expires.unix_millis();
    let code = Text::from(KEY).hmac_sha256(format!("{method}\n{side:?}\n{path}\n{query}\n{expires}"));
    format!("{expires}-{}", code.hex().to_string_lossy())
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
        let seconds =
            |lifetime, documented| LinkMaker::new("http://h", None, lifetime).expiry(now, documented).unix();
        assert_eq!(seconds(None, None), 3600);
        assert_eq!(seconds(None, Some(7)), 7);
        assert_eq!(seconds(Some(Duration::from_secs(30)), Some(7)), 30);
        assert_eq!(seconds(Some(Duration::MAX), None), 0, "beyond the calendar");
    }

    #[test]
    fn without_a_second_name_both_links_are_public() {
        let maker = LinkMaker::new("http://192.0.2.1:1", None, None);
        let now = Timestamp::from_unix(0).unwrap();
        let of = |side| maker.link(side, &["a b"], &[("x;".to_owned(), "1&2".to_owned())], now);
        assert_eq!(of(Side::Internal), of(Side::Public));
        assert!(of(Side::Public).starts_with("http://192.0.2.1:1/a%20b?x%3B=1%262&token=0-"));
    }
}
