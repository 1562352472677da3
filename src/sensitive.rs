//! Text that must not leak: signed links and the like.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Text that neither `Debug` nor `Display` shows.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sensitive(String);

impl Sensitive {
    /// The text itself. Keep it out of logs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Sensitive {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Sensitive {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A temporary download link: whoever holds it can fetch the file.
///
/// Outer white space is trimmed; apart from that it is kept byte for byte, since any other spelling breaks its
/// signature. `Debug` shows the host only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Link(String);

impl Link {
    /// A link, if the text is an absolute http or https URL after trimming.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let url = url::Url::parse(text).ok()?;
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| Self(text.to_owned()))
    }

    /// The link itself. Keep it out of logs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The host, for messages.
    #[must_use]
    pub fn host(&self) -> String {
        let url = url::Url::parse(&self.0).ok();
        url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }

    /// The query as it stands in the link, without `?`.
    #[must_use]
    pub fn query(&self) -> &str {
        let end = self.0.find('#').unwrap_or(self.0.len());
        self.0[..end].split_once('?').map_or("", |(_, query)| query)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({}, [redacted])", self.host())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_trimmed_and_otherwise_untouched() {
        let text = "http://h.example/a/../b'?Key=a@b&Signature=a+b/c%3D==";
        let link = Link::new(&format!(" {text}\n")).unwrap();
        assert_eq!(link.expose(), text);
        assert_eq!(link.query(), "Key=a@b&Signature=a+b/c%3D==");
        for none in ["", "KgVuXeBu", "/path", "ftp://h/x", "http://"] {
            assert_eq!(Link::new(none), None, "{none}");
        }
    }

    #[test]
    fn debug_shows_no_signature() {
        let link = Link::new("https://h.example/x?sign=secret").unwrap();
        assert_eq!(format!("{link:?}"), "Link(h.example, [redacted])");
        assert_eq!(format!("{:?}", Sensitive::from("secret")), "[redacted]");
    }
}
