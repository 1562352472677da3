//! Whether the service can be reached at all, and what its clock says.

use std::time::Duration;

use rdbfetch::service::TimeFormat;
use rdbfetch::transport::Request;
use rdbfetch::{Cloud, Timestamp, TransportErrorKind};
use tokio::net::{TcpStream, lookup_host};

use super::Findings;
use crate::exit::Exit;

/// How long a step may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How far a clock may be off where a service does not say, in seconds.
const USUAL: u32 = 900;
/// How much of an answer's way is not held against a clock, in seconds.
const TRAVEL: i64 = 2;

/// The `Date` of the service, if it was reached and told one.
pub async fn reach(findings: &mut Findings, cloud: &Cloud, url: &str) -> Option<Option<Timestamp>> {
    let request = Request {
        what: "the service".to_owned(),
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
        timeout: Some(LIMIT),
    };
    match cloud.transport().send(request).await {
        Ok(response) => {
            findings.ok("reachability", format!("the service answers (HTTP {})", response.status));
            let date = response.headers.iter().find(|(name, _)| name == "date").map(|(_, value)| value);
            Some(date.and_then(|date| http_date(date)))
        }
        Err(error) => {
            let (what, advice) = why(url, error.kind, &error.to_string()).await;
            findings.failed("reachability", Exit::Network, what, advice);
            None
        }
    }
}

/// The moment in a `Date` header.
pub fn http_date(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text.trim(), TimeFormat { format: "%a, %d %b %Y %H:%M:%S GMT", offset: 0 })
}

/// Which step on the way failed: the name, the connection, TLS, or HTTP.
async fn why(url: &str, kind: TransportErrorKind, said: &str) -> (String, &'static str) {
    let (secure, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (scheme == "https", rest),
        None => (true, url),
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let port = if secure { 443 } else { 80 };
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let address = if has_port { authority.to_owned() } else { format!("{authority}:{port}") };
    let proxy = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"]
        .into_iter()
        .find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    if kind != TransportErrorKind::Connect {
        let advice = match kind {
            TransportErrorKind::Timeout => {
                "Check the network and the firewall; something takes the call and does not answer."
            }
            TransportErrorKind::Refused => "Check --endpoint.",
            _ => "Check the network, and whether --endpoint speaks the protocol that its scheme says.",
        };
        return (said.to_owned(), advice);
    }
    if let Some(name) = proxy {
        let what = format!("{said} (calls go through the proxy in {name})");
        return (what, "Check the proxy variables, and whether the proxy lets calls to the service through.");
    }
    let found = tokio::time::timeout(LIMIT, lookup_host(address.clone())).await;
    let Ok(Ok(mut addresses)) = found else {
        let what = format!("DNS: there is no address for {authority} ({said})");
        return (what, "Check --region and --endpoint, and the name servers of this machine.");
    };
    let Some(first) = addresses.next() else {
        return (format!("DNS: there is no address for {authority}"), "Check --region and --endpoint.");
    };
    match tokio::time::timeout(LIMIT, TcpStream::connect(first)).await {
        Ok(Ok(_)) if secure => (
            format!("TLS: {address} takes connections, but no secure one ({said})"),
            "Check whether something in between replaces certificates, and whether --endpoint wants http://.",
        ),
        Ok(Ok(_)) => (said.to_owned(), "Check whether --endpoint wants https://."),
        _ => (
            format!("TCP: nobody answers at {address} ({said})"),
            "Check --endpoint, the network and the firewall.",
        ),
    }
}

/// Holds the clock of this machine against the service's.
pub fn clock(findings: &mut Findings, window: Option<u32>, date: Option<Timestamp>, now: Timestamp) {
    let Some(date) = date else {
        return findings.skipped("clock", "the service does not tell its time; calls will show");
    };
    let off = (now.unix_millis() - date.unix_millis()).div_euclid(1000);
    let way = if off < 0 { "behind" } else { "ahead of" };
    let apart = format!("this machine's clock is {} s {way} the service's", off.abs());
    let limit = i64::from(window.unwrap_or(USUAL));
    match window {
        None => findings.ok("clock", format!("{apart}; signatures here carry no time")),
        Some(_) if off.abs() <= limit + TRAVEL => {
            findings.ok("clock", format!("{apart}; up to {limit} s do no harm"));
        }
        Some(_) => findings.failed(
            "clock",
            Exit::Auth,
            format!("{apart}; more than {limit} s and calls are refused"),
            "Set the clock of this machine, best by NTP.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_answers_are_read() {
        let read = http_date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        assert_eq!(read.unix(), 784_111_777);
        assert!(http_date("yesterday").is_none());
    }

    #[test]
    fn a_clock_is_held_against_the_window() {
        let now = Timestamp::from_unix(1_000_000).expect("a time");
        for (window, off, exit) in [
            (Some(300), 0, Exit::Done),
            (Some(300), -301, Exit::Done),
            (Some(300), 303, Exit::Auth),
            (Some(300), -4000, Exit::Auth),
            (None, 90_000, Exit::Done),
        ] {
            let mut findings = Findings::default();
            clock(&mut findings, window, Some(now.plus_seconds(-off)), now);
            assert_eq!(findings.checks[0].exit, exit, "{window:?} {off}");
        }
        let mut findings = Findings::default();
        clock(&mut findings, Some(300), None, now);
        assert_eq!(findings.checks[0].verdict, super::super::Verdict::Skipped);
    }
}
