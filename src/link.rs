//! Parameters in the query of a link.

use crate::encoding::percent_decode;
use crate::sensitive::Link;

/// The value that `names` lead to: a parameter of the link's query, then one of the query that this value is, and so
/// on. Percent-decoded once at every step; `+` stays, since moments hold it as an offset.
///
/// A name in another case counts where none has the right one.
pub(crate) fn parameter(link: &Link, names: &[&str]) -> Option<String> {
    let (first, inner) = names.split_first()?;
    inner.iter().try_fold(find(link.query(), first)?, |query, name| find(&query, name))
}

fn find(query: &str, wanted: &str) -> Option<String> {
    let mut similar = None;
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = percent_decode(name.as_bytes());
        if name == wanted.as_bytes() {
            return decode(value);
        }
        if similar.is_none() && name.eq_ignore_ascii_case(wanted.as_bytes()) {
            similar = Some(value);
        }
    }
    decode(similar?)
}

fn decode(value: &str) -> Option<String> {
    String::from_utf8(percent_decode(value.as_bytes())).ok()
}

/// The opposite of [`parameter`]: the name and the value, not yet encoded, of the one parameter in which the others
/// are nested.
#[cfg(feature = "metadata")]
pub(crate) fn nest(names: &[&str], value: &str) -> Option<(String, String)> {
    use crate::encoding::percent_encode;

    /// What may stand in a value inside a value: all that does not cut it.
    const KEEP: &[u8] = b":;,/@!$'()*";
    let (first, inner) = names.split_first()?;
    let value = inner.iter().rev().fold(value.to_owned(), |value, name| {
        format!("{}={}", percent_encode(name.as_bytes(), b""), percent_encode(value.as_bytes(), KEEP))
    });
    Some(((*first).to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(query: &str) -> Link {
        Link::new(&format!("https://h.example/x?{query}#Expires=9")).unwrap()
    }

    #[test]
    fn parameters_are_decoded_once_and_stepped_into() {
        let link = link("a=1&Sign=x%3D1%26at%3D5%3B6%252B&t=2018-06-25T11:44:28+00:00&expires=7&a=2&b");
        let get = |names: &[&str]| parameter(&link, names);
        assert_eq!(get(&["a"]).as_deref(), Some("1"));
        assert_eq!(get(&["Sign"]).as_deref(), Some("x=1&at=5;6%2B"));
        assert_eq!(get(&["Sign", "at"]).as_deref(), Some("5;6+"));
        assert_eq!(get(&["sign", "AT"]).as_deref(), Some("5;6+"));
        assert_eq!(get(&["t"]).as_deref(), Some("2018-06-25T11:44:28+00:00"));
        assert_eq!(get(&["Expires"]).as_deref(), Some("7"));
        assert_eq!(get(&["b"]).as_deref(), Some(""));
        for none in [&["c"][..], &["a", "b", "c"], &[]] {
            assert_eq!(get(none), None, "{none:?}");
        }
    }

    #[test]
    fn the_right_case_goes_first() {
        assert_eq!(parameter(&link("expires=1&Expires=2"), &["Expires"]).as_deref(), Some("2"));
        assert_eq!(parameter(&link("e=%FF"), &["e"]), None);
    }

    #[cfg(feature = "metadata")]
    #[test]
    fn nested_parameters_read_back() {
        for (names, value) in [(&["a"][..], "1&2=%"), (&["a", "b"], "1;2"), (&["a", "b c", "d"], "1&2=%+x")] {
            let (name, text) = nest(names, value).unwrap();
            let query = format!("{name}={}", crate::encoding::percent_encode(text.as_bytes(), b""));
            assert_eq!(parameter(&link(&query), names).as_deref(), Some(value));
        }
        assert_eq!(nest(&["sign", "q-sign-time"], "1;2").unwrap().1, "q-sign-time=1;2");
    }
}
