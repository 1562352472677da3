//! Who may ask: programs on this machine, and no web page that a browser on it shows.

use std::net::IpAddr;

use crate::links::host_name;
use crate::server::Request;

/// Why a request is turned away before anybody looks at what it asks for.
pub(super) fn turned_away(request: &Request) -> Option<(u16, String)> {
    if request.header("origin").is_some() || request.header("sec-fetch-site").is_some() {
        return Some((
            403,
            "requests of web pages are refused: they have an Origin or Sec-Fetch-Site header".to_owned(),
        ));
    }
    if !is_here(&request.host) {
        let problem =
            format!("the Host header is {:?}; localhost or an IP address is expected", short(&request.host));
        return Some((403, problem));
    }
    if matches!(request.method.as_str(), "POST" | "PUT" | "PATCH")
        && !request.body.is_empty()
        && !is_json(request)
    {
        let kind = request.header("content-type").unwrap_or("none");
        return Some((415, format!("the Content-Type is {:?}; application/json is expected", short(kind))));
    }
    None
}

/// Whether a Host header can only mean this machine: a name that somebody else gives out could lead here too.
fn is_here(host: &str) -> bool {
    let name = host_name(host);
    let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

fn is_json(request: &Request) -> bool {
    let kind = request.header("content-type").unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn short(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_taken() {
        for (host, expected) in [
            ("localhost", true),
            ("LOCALHOST:80", true),
            ("127.0.0.1:8000", true),
            ("[::1]:8000", true),
            ("192.0.2.1", true),
            ("", false),
            ("evil.example", false),
            ("localhost.evil.example:80", false),
            ("127.0.0.1.evil.example", false),
            ("[::1", false),
        ] {
            assert_eq!(is_here(host), expected, "{host:?}");
        }
    }
}
