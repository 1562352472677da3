//! What the first bytes of a file say it is.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use super::report::Finding;

/// Length of the header of an RDB file, in bytes: the magic and the version.
pub(super) const HEADER: usize = 9;

/// How many of a file's first bytes are worth keeping: an error page names its code early.
pub(super) const LONGEST: usize = 256;

/// How many different values there are at least among as many bytes of noise. Of 256 random ones, 162 are different;
/// texts and programs have far fewer.
const NOISE: usize = 128;

/// Versions of Redis's format that this check knows.
const REDIS_VERSIONS: RangeInclusive<u32> = 1..=13;

/// The first version of Redis's format that ends with a checksum.
const FIRST_WITH_CHECKSUM: u32 = 5;

/// Versions of Valkey's own format that this check knows. Earlier releases of Valkey write Redis's version 11.
const VALKEY_VERSIONS: RangeInclusive<u32> = 80..=80;

/// How much of an error code is repeated, in characters.
const LONGEST_CODE: usize = 64;

/// Whose format a file is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Redis,
    Valkey,
}

impl Format {
    /// What the header starts with; the rest of its nine bytes is the version in decimal digits.
    pub(super) const fn magic(self) -> &'static [u8] {
        match self {
            Self::Redis => b"REDIS",
            Self::Valkey => b"VALKEY",
        }
    }

    /// What to call a version of the format in a sentence.
    pub(super) fn name(self, version: u32) -> String {
        match self {
            Self::Redis => format!("RDB version {version}"),
            Self::Valkey => format!("Valkey's RDB version {version}"),
        }
    }

    /// Whether all that this version has is known.
    pub(super) fn knows(self, version: u32) -> bool {
        match self {
            Self::Redis => REDIS_VERSIONS.contains(&version),
            Self::Valkey => VALKEY_VERSIONS.contains(&version),
        }
    }

    /// Whether files of this version end with a checksum, or are presumed to.
    pub(super) fn has_checksum(self, version: u32) -> bool {
        self == Self::Valkey || version >= FIRST_WITH_CHECKSUM
    }
}

/// What the first bytes of a file say it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// The header of an RDB file.
    Rdb { format: Format, version: u32 },
    /// A gzip stream.
    Gzip,
    /// The magic of an RDB file with a version that cannot be.
    BadVersion { version: Option<u32>, problem: String },
    /// Bytes without any form.
    Noise,
    /// Something else, as far as can be told from so few bytes.
    Unclear(String),
    /// Something else.
    Foreign { finding: Finding, problem: String },
}

/// Reads the head of a file, as soon as there are enough bytes to tell.
pub(super) fn classify(head: &[u8]) -> Option<Start> {
    let header = head.first_chunk::<HEADER>()?;
    let start = [Format::Redis, Format::Valkey]
        .into_iter()
        .find_map(|format| Some(version(format, header.strip_prefix(format.magic())?)));
    Some(start.unwrap_or_else(|| foreign(head)))
}

/// Reads the head of a file that ended before [`classify`] could tell.
pub(super) fn classify_short(head: &[u8]) -> Start {
    let size = head.len();
    let begun = [Format::Redis, Format::Valkey].into_iter().any(|format| {
        let magic = format.magic();
        magic.starts_with(head) || head.starts_with(magic)
    });
    if head.is_empty() {
        Start::Foreign { finding: Finding::CutShort, problem: "empty file".to_owned() }
    } else if begun {
        let problem = format!("cut short: ends at byte {size}, inside the header of {HEADER} bytes");
        Start::Foreign { finding: Finding::CutShort, problem }
    } else {
        foreign(head)
    }
}

/// Reads the version that follows the magic.
fn version(format: Format, digits: &[u8]) -> Start {
    let number = digits.iter().try_fold(0, |number: u32, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
    });
    match number {
        Some(0) => {
            Start::BadVersion { version: number, problem: "RDB version 0, which never was".to_owned() }
        }
        Some(version) => Start::Rdb { format, version },
        None => Start::BadVersion {
            version: None,
            problem: format!(
                "starts with {} but no version of {} digits follows (bytes {})",
                format.magic().escape_ascii(),
                digits.len(),
                hex(digits)
            ),
        },
    }
}

/// Names what is no RDB file.
fn foreign(head: &[u8]) -> Start {
    if head.starts_with(&[0x1f, 0x8b]) {
        return Start::Gzip;
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let readable =
        !head.iter().take(HEADER).any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
    let page = match text {
        _ if !readable => None,
        [b'H', b'T', b'T', b'P', b'/', ..] => Some("a raw HTTP response"),
        [b'<', ..] => Some("an XML or HTML document, most likely an error page"),
        [b'{', ..] => Some("a JSON document, most likely an error message"),
        _ => None,
    };
    let Some(page) = page else {
        if head.len() >= LONGEST && is_noise(head) {
            return Start::Noise;
        }
        let bytes = hex(head.get(..HEADER).unwrap_or(head));
        let problem = format!(
            "does not start with REDIS but with the bytes {bytes}: not an RDB file, or an encrypted one"
        );
        return if head.len() < LONGEST {
            Start::Unclear(problem)
        } else {
            Start::Foreign { finding: Finding::NotRdb, problem }
        };
    };
    let problem = match error_code(text) {
        Some(code) => format!("not an RDB file but {page}, with the code {code}"),
        None => format!("not an RDB file but {page}"),
    };
    Start::Foreign { finding: Finding::ErrorPage, problem }
}

/// Whether the bytes are as varied as random ones; never for a few.
pub(super) fn is_noise(bytes: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in bytes {
        if let Some(seen) = seen.get_mut(usize::from(*byte)) {
            *seen = true;
        }
    }
    seen.iter().filter(|seen| **seen).count() >= NOISE
}

/// Whether an RDB file could start like this.
pub(super) fn is_magic(bytes: &[u8]) -> bool {
    [Format::Redis, Format::Valkey].into_iter().any(|format| bytes.starts_with(format.magic()))
}

/// The text of the first `<Code>` element, once it is complete; safe to print.
fn error_code(text: &[u8]) -> Option<String> {
    const TAG: &[u8] = b"<Code>";
    let at = text.windows(TAG.len()).position(|window| window.eq_ignore_ascii_case(TAG))?;
    let rest = text.get(at + TAG.len()..)?;
    let end = match rest.iter().position(|byte| *byte == b'<') {
        Some(end) => end.min(LONGEST_CODE),
        None if rest.len() >= LONGEST_CODE || text.len() >= LONGEST => rest.len().min(LONGEST_CODE),
        None => return None,
    };
    let code = rest.get(..end)?.trim_ascii();
    let printable = |byte: &u8| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '?' };
    (!code.is_empty()).then(|| code.iter().map(printable).collect())
}

/// The bytes in hexadecimal, separated by blanks.
fn hex(bytes: &[u8]) -> String {
    let mut hex = String::new();
    for byte in bytes {
        let blank = if hex.is_empty() { "" } else { " " };
        _ = write!(hex, "{blank}{byte:02x}");
    }
    hex
}
