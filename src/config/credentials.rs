//! The keys that calls are signed with.

use std::fmt;

use zeroize::Zeroizing;

use crate::time::Timestamp;

/// The keys that calls are signed with. `Debug` shows none of them, and what is secret is overwritten when it is no
/// longer needed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    access_key: String,
    secret: Zeroizing<String>,
    token: Option<Zeroizing<String>>,
    expires_at: Option<Timestamp>,
}

impl Credentials {
    /// An access key, which names the credentials, and its secret key. Outer white space is trimmed.
    pub fn new(access_key: impl AsRef<str>, secret: impl AsRef<str>) -> Self {
        Self {
            access_key: access_key.as_ref().trim().to_owned(),
            secret: Zeroizing::new(secret.as_ref().trim().to_owned()),
            token: None,
            expires_at: None,
        }
    }

    /// The same with the token of temporary credentials. An empty one counts as none.
    #[must_use]
    pub fn with_token(mut self, token: impl AsRef<str>) -> Self {
        let token = Zeroizing::new(token.as_ref().trim().to_owned());
        self.token = Some(token).filter(|token| !token.is_empty());
        self
    }

    /// The same, good until then. A client asks their source for others shortly before.
    #[must_use]
    pub fn with_expiry(mut self, expires_at: Timestamp) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// The access key.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// The secret key. Keep it out of logs.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The token of temporary credentials. Keep it out of logs.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref().map(String::as_str)
    }

    /// When they run out; `None` for permanent ones, and where nobody knows.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// Whether either half is missing.
    pub(crate) fn lacking(&self) -> bool {
        self.access_key.is_empty() || self.secret.is_empty()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials([redacted])")
    }
}

/// Reads when credentials run out, as tools write it: RFC 3339, or unix time in seconds or milliseconds.
pub(super) fn expiry(text: &str) -> Option<Timestamp> {
    /// Unix times from here on are milliseconds: in seconds it is the year 5138.
    const MILLISECONDS: i64 = 100_000_000_000;
    let text = text.trim();
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    match whole.parse::<i64>() {
        Ok(number) if number.abs() >= MILLISECONDS => Timestamp::from_unix_millis(number),
        Ok(number) => Timestamp::from_unix(number),
        Err(_) => Timestamp::parse(text, crate::service::TimeFormat::RFC3339),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let shown = format!("{:?}", Credentials::new("AKID", "hush").with_token("tok"));
        assert_eq!(shown, "Credentials([redacted])");
    }

    #[test]
    fn white_space_is_no_part_of_keys() {
        let keys = Credentials::new(" a\n", "\tb ").with_token(" ");
        assert_eq!((keys.access_key(), keys.secret(), keys.token()), ("a", "b", None));
        assert!(Credentials::new("a", " ").lacking() && !keys.lacking());
    }

    #[test]
    fn ends_are_read_as_tools_write_them() {
        let then = Timestamp::from_unix(1_767_323_045);
        for text in [
            "1767323045",
            "1767323045.25",
            "1767323045000",
            "2026-01-02T03:04:05Z",
            " 2026-01-02T11:04:05+08:00 ",
        ] {
            assert_eq!(expiry(text).map(Timestamp::unix), then.map(Timestamp::unix), "{text}");
        }
        assert_eq!(expiry("soon"), None);
        assert_eq!(expiry("99999999999999999999"), None);
    }
}
