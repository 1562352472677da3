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
    /// What the conclusion follows from, for programs to tell cases apart.
    pub finding: Finding,
    /// Where what is wrong begins, in bytes from 0; `None` where nothing is, or where it has no place. Counted in the
    /// unpacked file where it is [compressed](Self::unpacked).
    pub offset: Option<u64>,
    /// The version of the RDB format in the header, as in `REDIS0010` or `VALKEY080`; `None` where the file does
    /// not start with such a header.
    pub version: Option<u32>,
    /// What became of the checksum.
    pub checksum: Checksum,
    /// Size of what was unpacked, in bytes; `None` where the file is not compressed or could not be unpacked.
    pub unpacked: Option<u64>,
    /// What was seen in the file, as far as it could be followed; `None` where there is no sound header.
    pub contents: Option<Box<Contents>>,
    /// One line for people: what was found and, where something is wrong, at which byte (counted from 0). It never
    /// quotes the contents of the file beyond its first nine bytes and the code of an error page.
    pub detail: String,
}

/// The conclusion of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// The file has the form of an RDB file from its first to its last byte, and its checksum matches.
    Ok,
    /// Complete as far as can be told, but something is not vouched for: the checksum is switched off or not of this
    /// version, the version or a part of the contents is unknown, or the file is encrypted or compressed.
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

/// What a check came upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Finding {
    /// Form and checksum are as they should be.
    Verified,
    /// The form is complete; the checksum is switched off, or the version has none.
    NoChecksum,
    /// The checksum belongs to other bytes.
    BadChecksum,
    /// The file ends before its contents do.
    CutShort,
    /// The last bytes are zeros where contents belong: room that was reserved and not filled.
    Zeros,
    /// The contents do not have the form that they should.
    BrokenStructure,
    /// A complete file, and other bytes behind it.
    TrailingBytes,
    /// A complete file, and another one behind it.
    TwoFiles,
    /// A page or a message that tells of an error, in place of a file.
    ErrorPage,
    /// Something else in place of a file.
    NotRdb,
    /// A version that this check does not know.
    UnknownVersion,
    /// A type of contents that this check does not know: of a later version, or a vendor's own.
    UnknownType,
    /// Bytes without any form, as those of an encrypted file.
    Encrypted,
    /// Compressed in a way that this check does not unpack.
    Compressed,
}

impl Finding {
    /// The stable name that the program prints, such as `cut-short`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::NoChecksum => "no-checksum",
            Self::BadChecksum => "bad-checksum",
            Self::CutShort => "cut-short",
            Self::Zeros => "zeros",
            Self::BrokenStructure => "broken-structure",
            Self::TrailingBytes => "trailing-bytes",
            Self::TwoFiles => "two-files",
            Self::ErrorPage => "error-page",
            Self::NotRdb => "not-rdb",
            Self::UnknownVersion => "unknown-version",
            Self::UnknownType => "unknown-type",
            Self::Encrypted => "encrypted",
            Self::Compressed => "compressed",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a check has seen in a file.
///
/// Nothing here was vouched for unless the verdict is [`Verdict::Ok`]. Texts are short and printable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contents {
    /// Whether the file was followed to its end: all counts are of the whole.
    pub complete: bool,
    /// The program that wrote the file and its version, such as `Redis 7.0.15`.
    pub producer: Option<String>,
    /// The word size of the machine that wrote it, in bits.
    pub bits: Option<u64>,
    /// When it was written, in seconds since 1970.
    pub created_at: Option<u64>,
    /// The memory that the server used then, in bytes.
    pub used_memory: Option<u64>,
    /// Whether it is the beginning of an append-only file.
    pub aof_base: Option<bool>,
    /// The databases, in the order of the file: the first 256.
    pub databases: Vec<Database>,
    /// The number of keys in all databases.
    pub keys: u64,
    /// How many of the keys expire.
    pub expiries: u64,
    /// The number of keys of each type that there is.
    pub by_type: Vec<(ValueType, u64)>,
    /// The number of libraries of functions.
    pub functions: u64,
    /// The types of modules that left data: the first 16.
    pub modules: Vec<String>,
    /// What can load the file, with its modules if it has any, such as `Redis 7.0 or later`: by its version and by
    /// what is in it. Empty where that is not known.
    pub loadable_by: Vec<String>,
}

/// A database in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Database {
    /// Its number.
    pub index: u64,
    /// The number of its keys.
    pub keys: u64,
    /// How many of them expire.
    pub expiries: u64,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueType {
    /// A string, a number, a bitmap.
    String,
    /// A list.
    List,
    /// A set.
    Set,
    /// A sorted set.
    Zset,
    /// A hash.
    Hash,
    /// A stream.
    Stream,
    /// A value of a module's own.
    Module,
}

impl ValueType {
    /// All of them, in order.
    pub(super) const ALL: [Self; 7] =
        [Self::String, Self::List, Self::Set, Self::Zset, Self::Hash, Self::Stream, Self::Module];

    /// The stable name that the program prints, such as `zset`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::List => "list",
            Self::Set => "set",
            Self::Zset => "zset",
            Self::Hash => "hash",
            Self::Stream => "stream",
            Self::Module => "module",
        }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
