//! URLs that survive a parser: reqwest sends what it parsed.

use url::Url;

/// Scheme and host of a URL: what stands before its path. All of it where there are no two slashes.
fn start(text: &str) -> &str {
    let from = text.find("//").map_or(text.len(), |at| at + 2);
    let rest = text.get(from..).unwrap_or_default();
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    text.get(..from + end).unwrap_or_default()
}

/// Parses the URL of a request to this host, which will be sent exactly as it stands. Says what stands in the way without showing the query.
pub(super) fn exact(text: &str, host: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|why| format!("the URL cannot be parsed: {why}"))?;
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
mod tests {
    use super::*;

    #[test]
    fn what_a_url_parser_would_change_is_refused() {
        for (url, why) in [
            ("https://h.example/a/../b?sign=hush", "its path holds `..`"),
            ("https://h.example/a/%2E/b?sign=hush", "its path holds `%2E`"),
            ("https://h.example/a b?sign=hush", "its path holds a space"),
            ("https://h.example/a\\b?sign=hush", "its path holds the character `\\`"),
            ("https://h.example/é?sign=hush", "its path holds a character outside ASCII"),
            ("https://h.example/a?sign=hush'", "its query holds the character `'`"),
            ("https://h.example/a?sign=hu\tsh", "its query holds a control character"),
        ] {
            let why_not = exact(url, "h.example").unwrap_err();
            assert!(why_not.contains(why), "{url}: {why_not}");
            assert!(!why_not.contains("hush"), "{url}: {why_not}");
        }
    }

    #[test]
    fn what_survives_is_sent() {
        for url in [
            "http://h.example",
            "http://H.Example:80?a=b",
            "https://h.example/backups-9001/file_a?PublicKey=u@e.cn1426&Expires=15&Signature=sbH+QO/z5o6=",
            "https://h.example/a%2Fb/%2e%2e%2e/..a/?sign=q-sign%3Dsha1%26q-time%3D1%3B2#fragment",
            "https://h.example//a//b/?",
            "https://[::1]:8080/a;b,c:d?a=[b]{c}|^`\\",
        ] {
            exact(url, "h.example").unwrap_or_else(|why| panic!("{url}: {why}"));
        }
    }
}
