//! Rust names for what specs call otherwise.

use heck::{ToSnakeCase, ToUpperCamelCase};

/// Words that cannot be names in Rust, in any edition.
const KEYWORDS: [&str; 53] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "Self",
    "static", "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield", "union",
];

/// A field, a function, a module: `InstanceId` becomes `instance_id`.
///
/// Runs of capitals stay together, so `URedis` becomes `uredis` and `VPCId` becomes `vpc_id`.
#[must_use]
pub fn snake(name: &str) -> String {
    safe(&acronyms(&ascii(name)).to_snake_case(), 'n')
}

/// A type or a variant: `describe_backup` becomes `DescribeBackup`.
#[must_use]
pub fn camel(name: &str) -> String {
    safe(&acronyms(&ascii(name)).to_upper_camel_case(), 'N')
}

/// Modules of the library, beside which those of services stand.
const LIBRARY: [&str; 32] = [
    "answer",
    "check",
    "cloud",
    "config",
    "blocking",
    "decode",
    "download",
    "alloc",
    "core",
    "encode",
    "encoding",
    "error",
    "generated",
    "link",
    "metadata",
    "model",
    "node",
    "place",
    "projection",
    "rdb",
    "rdbfetch",
    "request",
    "sensitive",
    "service",
    "shape",
    "sign",
    "std",
    "testing",
    "time",
    "transport",
    "typed",
    "value",
];

/// Whether the library has a module of this name.
#[must_use]
pub fn is_library_module(name: &str) -> bool {
    LIBRARY.contains(&name)
}

/// Names that stand in the module of an operation, or of shared types, beside those of the vendor's types: what tables
/// are written with, what every operation has, and what macros take from the prelude.
const USED: [&str; 53] = [
    "BTreeMap",
    "Bounds",
    "Box",
    "Call",
    "Chooser",
    "Constant",
    "Convert",
    "Default",
    "Endpoint",
    "Err",
    "Error",
    "Expiry",
    "Field",
    "Filter",
    "Form",
    "From",
    "In",
    "Into",
    "JsonKind",
    "Kind",
    "Lists",
    "None",
    "Ok",
    "Operation",
    "Option",
    "PageBy",
    "Paging",
    "Piece",
    "Place",
    "Projection",
    "Request",
    "Response",
    "Result",
    "Root",
    "Rule",
    "Sensitive",
    "Some",
    "Sorting",
    "Source",
    "Step",
    "String",
    "TimeFormat",
    "Timestamp",
    "Traits",
    "UrlPiece",
    "Value",
    "Vec",
    "Verb",
    "Want",
    "Whole",
    "When",
    "WireTime",
    "With",
];

/// A type's name, which gets `suffix` where generated code uses the name itself.
#[must_use]
pub fn type_name(rust: String, suffix: &str) -> String {
    if USED.contains(&rust.as_str()) { rust + suffix } else { rust }
}

/// Whether a Rust name can be made of it: it has a letter or a digit of ASCII.
#[must_use]
pub fn nameable(name: &str) -> bool {
    name.contains(|c: char| c.is_ascii_alphanumeric())
}

/// Makes `URedis` read as one word: a single capital before a capitalised word belongs to it.
fn acronyms(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let upper = |at: usize| chars.get(at).is_some_and(char::is_ascii_uppercase);
    let mut out = String::new();
    for (at, c) in chars.iter().enumerate() {
        // The capital after a single one is lowered: URedis, UMem, UHost.
        let after_single = at > 0 && upper(at - 1) && (at == 1 || !upper(at - 2));
        let lowered = after_single && upper(at) && chars.get(at + 1).is_some_and(char::is_ascii_lowercase);
        out.push(if lowered { c.to_ascii_lowercase() } else { *c });
    }
    out
}

/// Words of ASCII letters and digits; anything else separates them.
fn ascii(name: &str) -> String {
    let name = name.strip_prefix('-').map_or_else(|| name.to_owned(), |rest| format!("minus {rest}"));
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect()
}

/// A name that is no keyword, not empty, and does not begin with a digit.
fn safe(name: &str, number: char) -> String {
    match name {
        "" => "_empty".to_owned(),
        // A name that begins with `_` says that nobody uses it.
        name if name.starts_with(|c: char| c.is_ascii_digit()) => format!("{number}{name}"),
        name if KEYWORDS.contains(&name) => format!("{name}_"),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_a_person_would_write_them() {
        for (name, expected) in [
            ("InstanceId", "instance_id"),
            ("DescribeURedisBackupURL", "describe_uredis_backup_url"),
            ("VPCId", "vpc_id"),
            ("redisId", "redis_id"),
            ("type", "type_"),
            ("X-Amz-Date", "x_amz_date"),
            ("2fast", "n2fast"),
            ("描述", "_empty"),
            ("UMemSpace", "umem_space"),
        ] {
            assert_eq!(snake(name), expected, "{name}");
        }
        assert_eq!(camel("NoLimit"), "NoLimit");
        assert_eq!(camel("manualBackupInstance"), "ManualBackupInstance");
        assert_eq!(camel("self"), "Self_");
        assert_eq!(camel("-1"), "Minus1");
        assert_eq!(camel("2"), "N2");
        assert_eq!(type_name(camel("result"), "Object"), "ResultObject");
        assert_eq!(type_name(camel("results"), "Object"), "Results");
    }
}
