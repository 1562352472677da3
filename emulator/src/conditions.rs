//! Requests for a file as it was, or as it was not: the conditions of RFC 9110.

use std::time::UNIX_EPOCH;

use crate::server::Request;

/// What the conditions of a request come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Met {
    /// They hold: the request is answered as it would be without them.
    Yes,
    /// A condition does not hold: the header that states it.
    No(&'static str),
    /// The client has the file already.
    Unchanged,
}

/// Compares what a request knows of a file, whose strong entity tag and moment of change (unix seconds) these are. The
/// order is that of RFC 9110, section 13.2.2.
pub(crate) fn conditions(request: &Request, etag: &str, modified: i64) -> Met {
    if let Some(known) = list(request, "if-match") {
        if !names(&known, |tag| tag == etag) {
            return Met::No("If-Match");
        }
    } else if let Some(known) = date(request, "if-unmodified-since")
        && modified > known
    {
        return Met::No("If-Unmodified-Since");
    }
    if let Some(known) = list(request, "if-none-match") {
        if names(&known, |tag| tag.strip_prefix("W/").unwrap_or(tag) == etag) {
            return Met::Unchanged;
        }
    } else if let Some(known) = date(request, "if-modified-since")
        && modified <= known
    {
        return Met::Unchanged;
    }
    Met::Yes
}

/// Whether a part of the file is of use to the client, which may have the rest of another.
pub(crate) fn fits(request: &Request, etag: &str, modified: i64) -> bool {
    let Some(known) = request.header("if-range") else { return true };
    known == etag || seconds(known) == Some(modified)
}

/// A header that is a list, whether in one line or in several.
fn list(request: &Request, name: &str) -> Option<String> {
    let mut lines = request.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let first = lines.next()?.to_owned();
    Some(lines.fold(first, |list, line| list + "," + line))
}

fn date(request: &Request, name: &str) -> Option<i64> {
    seconds(request.header(name)?)
}

/// A date in any of the three forms that HTTP knows, in unix seconds. One before 1970 is none.
fn seconds(text: &str) -> Option<i64> {
    let moment = httpdate::parse_http_date(text).ok()?;
    i64::try_from(moment.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// Whether a list names an entity tag that is `wanted`, or any.
fn names(list: &str, wanted: impl Fn(&str) -> bool) -> bool {
    let mut rest = list.trim();
    if rest == "*" {
        return true;
    }
    loop {
        rest = rest.trim_start_matches([',', ' ', '\t']);
        // A tag may hold a comma, but no quote.
        let Some(start) = rest.find('"') else { return false };
        let Some(length) = rest[start + 1..].find('"') else { return false };
        let (tag, next) = rest.split_at(start + length + 2);
        if wanted(tag) {
            return true;
        }
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ETAG: &str = "\"a,b\"";
    const EARLIER: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const LATER: &str = "Sunday, 06-Nov-94 08:49:38 GMT";

    fn request(headers: &[(&str, &str)]) -> Request {
        Request {
            method: "GET".to_owned(),
            path: "/".to_owned(),
            query: String::new(),
            host: String::new(),
            headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            body: bytes::Bytes::new(),
            now: rdbfetch::Timestamp::from_unix(0).unwrap(),
        }
    }

    fn met(headers: &[(&str, &str)]) -> Met {
        conditions(&request(headers), ETAG, 784_111_777)
    }

    #[test]
    fn tags_are_compared_as_each_header_wants() {
        for (list, matches, none_matches) in [
            (ETAG, true, true),
            ("*", true, true),
            ("\"x\", \"a,b\"", true, true),
            ("\"x\"\t,,W/\"y\",\"a,b\"", true, true),
            ("W/\"a,b\"", false, true),
            ("\"x\"", false, false),
            ("a,b", false, false),
            ("\"a,b", false, false),
            ("", false, false),
        ] {
            let expected = if matches { Met::Yes } else { Met::No("If-Match") };
            assert_eq!(met(&[("if-match", list)]), expected, "{list}");
            let expected = if none_matches { Met::Unchanged } else { Met::Yes };
            assert_eq!(met(&[("if-none-match", list)]), expected, "{list}");
        }
        assert_eq!(met(&[("if-none-match", "\"x\""), ("if-none-match", ETAG)]), Met::Unchanged);
    }

    #[test]
    fn dates_are_compared_as_each_header_wants() {
        assert_eq!(met(&[("if-modified-since", EARLIER)]), Met::Yes);
        assert_eq!(met(&[("if-modified-since", MODIFIED)]), Met::Unchanged);
        assert_eq!(met(&[("if-modified-since", LATER)]), Met::Unchanged);
        assert_eq!(met(&[("if-unmodified-since", EARLIER)]), Met::No("If-Unmodified-Since"));
        assert_eq!(met(&[("if-unmodified-since", MODIFIED)]), Met::Yes);
        assert_eq!(met(&[("if-unmodified-since", LATER)]), Met::Yes);
        for nonsense in ["", "yesterday", "Thu, 01 Jan 1601 00:00:00 GMT"] {
            assert_eq!(met(&[("if-modified-since", nonsense)]), Met::Yes);
            assert_eq!(met(&[("if-unmodified-since", nonsense)]), Met::Yes);
        }
    }

    #[test]
    fn tags_go_before_dates() {
        assert_eq!(met(&[("if-match", ETAG), ("if-unmodified-since", EARLIER)]), Met::Yes);
        assert_eq!(met(&[("if-none-match", "\"x\""), ("if-modified-since", LATER)]), Met::Yes);
        assert_eq!(met(&[("if-match", ETAG), ("if-none-match", ETAG)]), Met::Unchanged);
        assert_eq!(met(&[("if-match", "\"x\""), ("if-none-match", ETAG)]), Met::No("If-Match"));
    }

    #[test]
    fn a_part_is_given_of_the_same_file_only() {
        for (known, expected) in [
            (ETAG, true),
            (MODIFIED, true),
            ("Sunday, 06-Nov-94 08:49:37 GMT", true),
            ("W/\"a,b\"", false),
            ("\"x\"", false),
            ("*", false),
            (EARLIER, false),
            (LATER, false),
        ] {
            let request = request(&[("if-range", known)]);
            assert_eq!(fits(&request, ETAG, 784_111_777), expected, "{known}");
        }
    }
}
