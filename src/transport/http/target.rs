//! Where a request goes.

use std::net::IpAddr;

use http::Uri;
use http::uri::{Authority, Scheme};
use tokio::runtime;

/// A URL that will be sent exactly as it stands.
pub(super) struct Target {
    pub(super) uri: Uri,
    pub(super) authority: Authority,
    pub(super) secure: bool,
}

/// What a connection is good for.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Destination {
    /// The runtime that looks after it: no other one would notice what happens to it.
    runtime: runtime::Id,
    secure: bool,
    /// Host and port; the case of letters does not matter.
    authority: Authority,
}

impl Target {
    /// Takes a URL apart. Says what stands in the way without showing the query.
    pub(super) fn new(url: String) -> Result<Self, String> {
        let odd = odd(&url);
        let uri = Uri::try_from(url).map_err(|why| match odd {
            Some(odd) => format!("the URL cannot be sent as it stands: it holds {odd}"),
            None => format!("the URL cannot be parsed: {why}"),
        })?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err("the URL cannot be parsed: it is not absolute".to_owned());
        };
        if *scheme != Scheme::HTTP && *scheme != Scheme::HTTPS {
            return Err(format!("the URL is of the kind {scheme}, not http or https"));
        }
        let (secure, authority) = (*scheme == Scheme::HTTPS, authority.clone());
        let target = Self { uri, authority, secure };
        if target.authority.as_str().contains('@') {
            return Err(format!("the URL for {} holds a user name or password", target.host()));
        }
        Ok(target)
    }

    /// Host and port as the header Host has them: without a default port.
    pub(super) fn host(&self) -> String {
        let default = if self.secure { 443 } else { 80 };
        let host = self.authority.host();
        match self.authority.port_u16().filter(|port| *port != default) {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// What the first line of the request says.
    pub(super) fn origin_form(&self) -> Uri {
        self.uri.path_and_query().cloned().map_or_else(Uri::default, Uri::from)
    }

    /// Whether it is on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.authority.host().trim_start_matches('[').trim_end_matches(']');
        let address = host.parse::<IpAddr>().map(|address| address.to_canonical());
        address.map_or_else(|_| host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
    }

    /// Which connections lead there, of those that a runtime looks after.
    pub(super) fn destination(&self, runtime: runtime::Id) -> Destination {
        Destination { runtime, secure: self.secure, authority: self.authority.clone() }
    }
}

/// What cannot stand in the first line of a request.
fn odd(url: &str) -> Option<String> {
    url.chars().find_map(|letter| match letter {
        ' ' => Some("a space".to_owned()),
        '<' | '>' | '"' => Some(format!("the character `{letter}`")),
        _ => letter.is_control().then(|| "a control character".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        Target::new(url.to_owned()).unwrap_or_else(|why| panic!("{url}: {why}"))
    }

    #[test]
    fn what_url_parsers_change_is_sent_as_it_stands() {
        for (url, line) in [
            ("http://h.example", "/"),
            ("https://h.example?a=b", "/?a=b"),
            ("https://h.example/a/../b/%2E/./c?x=..", "/a/../b/%2E/./c?x=.."),
            ("https://h.example//a//b/?", "//a//b/?"),
            ("https://h.example/a'?Sign='a'", "/a'?Sign='a'"),
            ("https://[::1]:8080/a;b,c:d?a=[b]{c}|^`\\#fragment", "/a;b,c:d?a=[b]{c}|^`\\"),
            ("https://h.example/é?ü", "/é?ü"),
        ] {
            assert_eq!(target(url).origin_form().to_string(), line, "{url}");
        }
    }

    #[test]
    fn what_no_request_can_hold_is_named() {
        for (url, what) in
            [("http://h.example/?a=\"b\"", "the character `\"`"), ("http://h.example/<a>", "`<`")]
        {
            let why = Target::new(url.to_owned()).map(|_| ()).unwrap_err();
            assert!(why.contains(what) && why.contains("as it stands"), "{why}");
        }
    }

    #[test]
    fn hosts_show_no_default_port() {
        for (url, host) in [
            ("http://h.example:80/", "h.example"),
            ("https://h.example:443/", "h.example"),
            ("https://h.example:80/", "h.example:80"),
            ("http://[::1]:81/", "[::1]:81"),
        ] {
            assert_eq!(target(url).host(), host);
        }
    }

    #[test]
    fn this_machine_is_known() {
        for url in ["http://localhost:1", "http://LOCALHOST/", "http://127.3.2.1", "http://[::1]:2"] {
            assert!(target(url).is_loopback(), "{url}");
        }
        assert!(target("http://[::ffff:127.0.0.1]").is_loopback());
        for url in ["http://localhost.example", "http://128.0.0.1", "http://[::2]", "http://10.0.0.1"] {
            assert!(!target(url).is_loopback(), "{url}");
        }
    }
}
