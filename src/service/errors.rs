//! Errors, as the specs describe them.

use super::{JsonKind, Place, Want};

/// Where an error answer keeps its parts.
#[derive(Debug)]
pub struct ErrorShape {
    /// The code.
    pub code: Place,
    /// How the code is written.
    pub code_kind: JsonKind,
    /// The code's name, where there is one beside it.
    pub name: Option<Place>,
    /// The text for people.
    pub message: Option<Place>,
}

/// An error code and what it means.
#[derive(Debug)]
pub struct ErrorCode {
    /// The code as text; `*` stands for any run of characters.
    pub code: &'static str,
    /// The vendor's word for a numeric code.
    pub name: Option<&'static str>,
    /// What kind of error it is.
    pub class: Class,
    /// Whether the same call can succeed later.
    pub retry: bool,
    /// The HTTP status it comes with, if not the envelope's.
    pub status: Option<u16>,
    /// In which situations the emulator answers it.
    pub when: &'static [When],
    /// What it means.
    pub doc: &'static str,
}

impl ErrorCode {
    /// A code of which nothing else is known.
    #[must_use]
    pub const fn new(code: &'static str, class: Class, doc: &'static str) -> Self {
        Self { code, name: None, class, retry: false, status: None, when: &[], doc }
    }

    /// What it means.
    #[must_use]
    pub fn doc(&self) -> &'static str {
        self.doc.trim_start()
    }

    /// Whether this entry describes `code`.
    #[must_use]
    pub fn matches(&self, code: &str) -> bool {
        Want::Like(self.code).accepts(Some(code))
    }
}

/// The kinds of error that every cloud has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// The key is unknown, or the signature or the clock is wrong.
    Auth,
    /// The key may not do this.
    Denied,
    /// Too many requests.
    Throttled,
    /// No such instance, backup or other resource.
    NotFound,
    /// The resource exists but is not ready.
    NotReady,
    /// The request is wrong.
    Invalid,
    /// The service failed.
    Server,
}

impl Class {
    /// The word that specs and `rdbfetch ops` use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::NotFound => "not-found",
            Self::NotReady => "not-ready",
            Self::Invalid => "invalid",
            Self::Server => "server",
        }
    }
}

/// A situation in which a service refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "metadata", derive(serde::Deserialize))]
#[non_exhaustive]
pub enum When {
    /// No such access key.
    UnknownKey,
    /// The request shows no signature at all.
    Unsigned,
    /// The signature is wrong, or missing where a service does not tell the two apart.
    BadSignature,
    /// What should show the signature does not have the form for it.
    MalformedSignature,
    /// The token of temporary credentials is missing, wrong, or has run out.
    BadToken,
    /// The clock is too far off.
    ExpiredClock,
    /// The nonce was used before.
    Replayed,
    /// A required parameter is missing.
    Missing,
    /// A parameter has a wrong value.
    BadValue,
    /// A parameter has a wrong type, or the body cannot be read.
    BadType,
    /// A parameter that the operation does not know.
    UnknownParameter,
    /// No such operation.
    NoOperation,
    /// The request does not say which operation it asks for.
    MissingOperation,
    /// The path is known, but not with this HTTP method.
    WrongMethod,
    /// The operation exists, but not in this version of the API.
    WrongVersion,
    /// No such instance.
    NoInstance,
    /// No such backup.
    NoBackup,
    /// The backup is not ready.
    NotReady,
    /// The region does not exist, or is not served here.
    WrongRegion,
    /// The project does not exist, or the key is not let into it.
    NoProject,
    /// The key may not do this.
    Denied,
    /// Too many requests.
    Throttled,
    /// The service failed.
    Internal,
}

impl When {
    /// Every situation.
    pub const ALL: &'static [Self] = &[
        Self::UnknownKey,
        Self::Unsigned,
        Self::BadSignature,
        Self::MalformedSignature,
        Self::BadToken,
        Self::ExpiredClock,
        Self::Replayed,
        Self::Missing,
        Self::BadValue,
        Self::BadType,
        Self::UnknownParameter,
        Self::NoOperation,
        Self::MissingOperation,
        Self::WrongMethod,
        Self::WrongVersion,
        Self::NoInstance,
        Self::NoBackup,
        Self::NotReady,
        Self::WrongRegion,
        Self::NoProject,
        Self::Denied,
        Self::Throttled,
        Self::Internal,
    ];
}

#[cfg(test)]
mod tests {
    use super::When;

    #[test]
    fn no_situation_is_left_out() {
        // Whoever adds a situation has to come by here: the last one stands at the end of both lists.
        let last = |when| match when {
            When::UnknownKey
            | When::Unsigned
            | When::BadSignature
            | When::MalformedSignature
            | When::BadToken
            | When::ExpiredClock
            | When::Replayed
            | When::Missing
            | When::BadValue
            | When::BadType
            | When::UnknownParameter
            | When::NoOperation
            | When::MissingOperation
            | When::WrongMethod
            | When::WrongVersion
            | When::NoInstance
            | When::NoBackup
            | When::NotReady
            | When::WrongRegion
            | When::NoProject
            | When::Denied
            | When::Throttled => false,
            When::Internal => true,
        };
        assert_eq!(When::ALL.len(), When::Internal as usize + 1);
        assert_eq!(When::ALL.last().copied().map(last), Some(true));
        for (place, when) in When::ALL.iter().enumerate() {
            assert_eq!(*when as usize, place, "{when:?}");
        }
    }
}
