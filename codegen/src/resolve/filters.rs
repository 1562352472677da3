//! The filters of signatures: what they take, what they give, and the words that others have for them.

use super::graph::Shape;
use crate::diagnostics::nearest;

/// A filter.
pub struct Filter {
    pub name: &'static str,
    pub takes: Takes,
    pub arguments: Arguments,
}

/// What flows into a filter, and with that what comes out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Text, or every text of a list or of pairs; the same comes out.
    Texts,
    /// A list or pairs; the same comes out.
    Several,
    /// Pairs; pairs come out.
    Pairs,
    /// Pairs; a list of what stands on one side comes out.
    Half,
    /// Pairs; the text of one of them comes out.
    OneOfPairs,
    /// Pairs, which give a list, or a list, which gives text.
    Levels,
    /// A list; text comes out.
    List,
    /// Text or bytes; bytes come out.
    Digest,
    /// Text or bytes; text comes out.
    Shown,
    /// Bytes; text comes out.
    Bytes,
    /// Text; text comes out.
    OneText,
    /// Text; bytes come out.
    Text,
    /// A moment; the moment or text comes out.
    Moment,
}

/// What stands in the parentheses of a filter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Arguments {
    None,
    /// One character of ASCII.
    Character,
    /// Characters of ASCII, or nothing at all.
    Characters,
    /// One text, which may be empty.
    Text,
    /// What is replaced and by what.
    Replacement,
    /// One name.
    Name,
    /// One or more names, with `*` for any run of characters.
    Patterns,
    /// A value, of which only counts whether it is empty.
    Value,
    /// The message of an HMAC.
    Message,
    /// Salt and info of a key derivation.
    SaltAndInfo,
    /// A filter for texts.
    Filter,
    /// A duration.
    Duration,
    /// A time format and perhaps an offset.
    Format,
}

impl Arguments {
    /// What is wanted, in words, and an example.
    pub fn wanted(self) -> (&'static str, &'static str) {
        match self {
            Self::None => ("no arguments", ""),
            Self::Character => ("one character of ASCII in quotes", "('/')"),
            Self::Characters => ("characters of ASCII in one pair of quotes, or nothing", "('/')"),
            Self::Text => ("one text in quotes", "('&')"),
            Self::Replacement => ("two texts in quotes: what is replaced, and by what", "('_', '.')"),
            Self::Name => ("one name in quotes", "('content-type')"),
            Self::Patterns => ("names in quotes, `*` stands for any run of characters", "('x-*', 'date')"),
            Self::Value => ("one argument, the name of a step or an input", "(body)"),
            Self::Message => ("one argument, the message", "(text)"),
            Self::SaltAndInfo => ("two arguments, salt and info", "(access_key, scope)"),
            Self::Filter => ("one filter for texts, or nothing", "(encode)"),
            Self::Duration => ("a duration in quotes", "('30m')"),
            Self::Format => ("a format in quotes, and an offset if it is not UTC", "('%Y%m%d', '+08:00')"),
        }
    }
}

const fn filter(name: &'static str, takes: Takes, arguments: Arguments) -> Filter {
    Filter { name, takes, arguments }
}

/// All filters, in the order of the documentation.
pub const FILTERS: [Filter; 41] = [
    filter("lower", Takes::Texts, Arguments::None),
    filter("upper", Takes::Texts, Arguments::None),
    filter("trim", Takes::Texts, Arguments::Characters),
    filter("squeeze", Takes::Texts, Arguments::Character),
    filter("replace", Takes::Texts, Arguments::Replacement),
    filter("encode", Takes::Texts, Arguments::Characters),
    filter("decode", Takes::Texts, Arguments::None),
    filter("remove_dots", Takes::Texts, Arguments::None),
    filter("end_with", Takes::Texts, Arguments::Text),
    filter("prefix", Takes::Texts, Arguments::Text),
    filter("suffix", Takes::Texts, Arguments::Text),
    filter("when", Takes::OneText, Arguments::Value),
    filter("names", Takes::Half, Arguments::Filter),
    filter("values", Takes::Half, Arguments::Filter),
    filter("drop_empty", Takes::Pairs, Arguments::None),
    filter("only", Takes::Several, Arguments::Patterns),
    filter("except", Takes::Several, Arguments::Patterns),
    filter("get", Takes::OneOfPairs, Arguments::Name),
    filter("sort", Takes::Several, Arguments::None),
    filter("sort_names", Takes::Pairs, Arguments::None),
    filter("join", Takes::Levels, Arguments::Text),
    filter("lines", Takes::List, Arguments::None),
    filter("md5", Takes::Digest, Arguments::None),
    filter("sha1", Takes::Digest, Arguments::None),
    filter("sha256", Takes::Digest, Arguments::None),
    filter("sha384", Takes::Digest, Arguments::None),
    filter("sha512", Takes::Digest, Arguments::None),
    filter("hmac_md5", Takes::Digest, Arguments::Message),
    filter("hmac_sha1", Takes::Digest, Arguments::Message),
    filter("hmac_sha256", Takes::Digest, Arguments::Message),
    filter("hmac_sha384", Takes::Digest, Arguments::Message),
    filter("hmac_sha512", Takes::Digest, Arguments::Message),
    filter("hkdf_sha256", Takes::Digest, Arguments::SaltAndInfo),
    filter("as_text", Takes::Bytes, Arguments::None),
    filter("hex", Takes::Bytes, Arguments::None),
    filter("base64", Takes::Shown, Arguments::None),
    filter("unhex", Takes::Text, Arguments::None),
    filter("unbase64", Takes::Text, Arguments::None),
    filter("length", Takes::Shown, Arguments::None),
    filter("plus", Takes::Moment, Arguments::Duration),
    filter("time", Takes::Moment, Arguments::Format),
];

/// What the filters are called elsewhere.
const ELSEWHERE: [(&str, &str); 31] = [
    ("lowercase", "lower"),
    ("downcase", "lower"),
    ("tolower", "lower"),
    ("uppercase", "upper"),
    ("upcase", "upper"),
    ("toupper", "upper"),
    ("strip", "trim"),
    ("collapse", "squeeze"),
    ("rename", "names(replace(…))"),
    ("gsub", "replace"),
    ("urlencode", "encode"),
    ("percent_encode", "encode"),
    ("uri_encode", "encode"),
    ("quote", "encode"),
    ("escape", "encode"),
    ("urldecode", "decode"),
    ("unquote", "decode"),
    ("unescape", "decode"),
    ("normalize", "remove_dots"),
    ("keys", "names"),
    ("exclude", "except"),
    ("header", "get"),
    ("concat", "join"),
    ("utf8", "as_text"),
    ("to_string", "as_text"),
    ("hexdigest", "hex"),
    ("hexlify", "hex"),
    ("b64", "base64"),
    ("b64encode", "base64"),
    ("b64decode", "unbase64"),
    ("format", "time"),
];

/// The filter with this name.
pub fn find(name: &str) -> Option<&'static Filter> {
    FILTERS.iter().find(|filter| filter.name == name)
}

/// What somebody who wrote `name` probably wants.
pub fn meant(name: &str) -> Option<String> {
    let folded = name.to_lowercase().replace('-', "_");
    let digests = ["md5", "sha1", "sha256", "sha384", "sha512"];
    if let Some((_, known)) = ELSEWHERE.iter().find(|(word, _)| *word == folded) {
        return Some(format!("here that is `{known}`"));
    }
    if let Some(digest) = folded.strip_suffix("_hex").filter(|digest| find(digest).is_some()) {
        return Some(format!("write `{digest} | hex`"));
    }
    if let Some(digest) = digests.iter().find(|digest| folded == format!("{digest}_hmac")) {
        return Some(format!("here that is `hmac_{digest}`"));
    }
    if folded == "hmac" {
        return Some("say which digest: `hmac_sha1`, `hmac_sha256`, …".to_owned());
    }
    nearest(name, FILTERS.iter().map(|filter| filter.name)).map(|near| format!("did you mean `{near}`?"))
}

/// What a filter makes of a value, if it takes such a value.
pub fn result(filter: &Filter, from: Shape) -> Option<Shape> {
    use Shape::{Bytes, List, Pairs, Text};
    Some(match (filter.takes, from) {
        (Takes::Texts, Text | List | Pairs) | (Takes::Several, List | Pairs) | (Takes::Pairs, Pairs) => from,
        (Takes::Levels | Takes::Half, Pairs) => List,
        (Takes::OneText, Text) | (Takes::OneOfPairs, Pairs) | (Takes::Levels | Takes::List, List) => Text,
        (Takes::Digest, Text | Bytes) | (Takes::Text, Text) => Bytes,
        (Takes::Shown, Text | Bytes) | (Takes::Bytes, Bytes) => Text,
        _ => return None,
    })
}

impl Takes {
    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Texts => "text, a list or pairs",
            Self::Several => "a list or pairs",
            Self::Pairs | Self::Half | Self::OneOfPairs => "pairs",
            Self::Levels => "pairs or a list",
            Self::List => "a list",
            Self::Digest | Self::Shown => "text or bytes",
            Self::Bytes => "bytes",
            Self::OneText | Self::Text => "text",
            Self::Moment => "`now`",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FILTERS, find, meant};

    #[test]
    fn names_are_told_apart_and_documented() {
        let language = include_str!("../../../specs/README.md");
        for (index, filter) in FILTERS.iter().enumerate() {
            assert!(FILTERS[..index].iter().all(|other| other.name != filter.name), "{}", filter.name);
            let named = [format!("`{}`", filter.name), format!("`{}(", filter.name)];
            assert!(
                named.iter().any(|named| language.contains(named)),
                "{} is not in specs/README.md",
                filter.name
            );
        }
    }

    #[test]
    fn words_of_other_languages_are_understood() {
        for (written, help) in [
            ("urlencode", "here that is `encode`"),
            ("sha256_hex", "write `sha256 | hex`"),
            ("sha1-hmac", "here that is `hmac_sha1`"),
            ("HMAC-SHA256", "did you mean `hmac_sha256`?"),
            ("b64", "here that is `base64`"),
        ] {
            assert!(find(written).is_none());
            assert_eq!(meant(written).as_deref(), Some(help), "{written}");
        }
    }
}
