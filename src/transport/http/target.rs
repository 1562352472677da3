//! Where a request of the default transport goes: a URL that is sent exactly as it stands.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::HeaderValue;
use url::{Host, Url};

/// Where a request goes.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) url: Url,
    /// The host, with its port where that is not the default.
    pub(super) host: HeaderValue,
    /// Whether that is this machine.
    pub(super) loopback: bool,
}

/// Where the last request went. The next that goes to the same host is spared the rules for names of hosts, which are
/// most of the work of parsing a URL.
#[derive(Default)]
pub(super) struct Memory(Mutex<Option<Arc<Known>>>);

struct Known {
    /// Scheme and host, as they were written.
    start: String,
    /// That with the path `/`.
    target: Target,
}

impl Memory {
    /// Where a URL leads. Says what stands in the way of sending it exactly as it stands, without showing its query.
    pub(super) fn target(&self, text: &str) -> Result<Target, String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(target) = known.and_then(|known| known.target(text)) {
            return Ok(target);
        }
        let url = exact(text)?;
        let (start, host) = (start(text).to_owned(), host(&url));
        let host = HeaderValue::try_from(host).map_err(|_| "the URL's host cannot be sent".to_owned())?;
        let target = Target { host, loopback: loopback(&url), url };
        let mut root = target.clone();
        root.url.set_path("/");
        root.url.set_query(None);
        root.url.set_fragment(None);
        let known = Arc::new(Known { start, target: root });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(target)
    }
}

impl Known {
    /// Where a URL leads that starts like this one, if parsing does not change it.
    fn target(&self, text: &str) -> Option<Target> {
        let rest = text.strip_prefix(self.start.as_str())?;
        let mut target = self.target.clone();
        if matches!(rest, "" | "/") {
            return Some(target);
        }
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        target.url.set_path(path);
        target.url.set_query(query);
        // Whatever the parser made of it: these are the bytes that are sent.
        let path = if path.is_empty() { "/" } else { path };
        let same = path.starts_with('/') && target.url.path() == path && target.url.query() == query;
        same.then_some(target)
    }
}

/// Scheme and host of a URL: what stands before its path. All of it where there are no two slashes.
fn start(text: &str) -> &str {
    let from = text.find("//").map_or(text.len(), |at| at + 2);
    let rest = text.get(from..).unwrap_or_default();
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    text.get(..from + end).unwrap_or_default()
}

/// The host of a URL, with its port where that is not the default.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether a URL leads to this machine.
fn loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => {
            address.is_loopback() || address.to_ipv4_mapped().is_some_and(|address| address.is_loopback())
        }
        None => false,
    }
}

/// Parses a URL that will be sent exactly as it stands. Says what stands in the way without showing the query.
fn exact(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|why| format!("the URL cannot be parsed: {why}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("the URL is of the kind {}, not http or https", url.scheme()));
    }
    let host = host(&url);
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("the URL for {host} holds a user name or password"));
    }
    // Nothing before the path is compared: letters of the host may be in any case, a default port may show.
    let rest = text.strip_prefix(start(text)).unwrap_or_default();
    let rest = rest.split('#').next().unwrap_or_default();
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    let path = if path.is_empty() { "/" } else { path };
    let change = if path == url.path() {
        (query != url.query()).then(|| format!("its query holds {}", odd(query, url.query())))
    } else {
        let dotted = path.split('/').find(|segment| is_dots(segment));
        let what = dotted.map_or_else(|| odd(Some(path), Some(url.path())), |dots| format!("`{dots}`"));
        Some(format!("its path holds {what}"))
    };
    match change {
        None => Ok(url),
        Some(change) => Err(format!(
            "the URL for {host} cannot be sent as it stands: {change}, which would be changed on the way"
        )),
    }
}

/// Whether a URL parser removes this segment.
fn is_dots(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

/// The first character that a URL parser changes.
fn odd(text: Option<&str>, parsed: Option<&str>) -> String {
    let (mut text, mut parsed) = (text.unwrap_or_default().chars(), parsed.unwrap_or_default().chars());
    loop {
        match (text.next(), parsed.next()) {
            (Some(one), Some(other)) if one == other => {}
            (Some(one), _) if one.is_ascii_graphic() => return format!("the character `{one}`"),
            (Some(' '), _) => return "a space".to_owned(),
            (Some(one), _) if one.is_ascii() => return "a control character".to_owned(),
            (Some(_), _) => return "a character outside ASCII".to_owned(),
            (None, _) => return "too little".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
