//! What a check has to say.

use std::fmt;

/// What a check found out about a whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Size of the file in bytes.
    pub size: u64,
    /// The conclusion.
    pub verdict: Verdict,
    /// The version of the RDB format in the header, as in `REDIS0010` or `VALKEY080`; `None` where the file does
    /// not start with such a header.
    pub version: Option<u32>,
    /// What became of the checksum.
    pub checksum: Checksum,
    /// One line for people: what was found and, where something is wrong, at which byte (counted from 0). It never
    /// quotes the contents of the file beyond its first nine bytes and the code of an error page.
    pub detail: String,
}

/// The conclusion of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// The file has the form of an RDB file and its checksum matches.
    Ok,
    /// Complete as far as can be told, but nothing vouches for the contents: the checksum is switched off or not of
    /// this version, the version is unknown, or the file is compressed.
    NotVerifiable,
    /// Cut short, altered, followed by other bytes, or not an RDB file.
    Corrupt,
}

impl Verdict {
    /// The stable name that the program prints: `ok`, `not-verifiable` or `corrupt`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotVerifiable => "not-verifiable",
            Self::Corrupt => "corrupt",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What became of the checksum of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Checksum {
    /// It is there and matches.
    Ok,
    /// There is none: not in this version, switched off with `rdbchecksum no`, or the file does not end where a
    /// checksum would stand.
    Absent,
    /// It is there and belongs to other bytes.
    Bad,
}

impl Checksum {
    /// The stable name that the program prints: `ok`, `absent` or `bad`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Absent => "absent",
            Self::Bad => "bad",
        }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
