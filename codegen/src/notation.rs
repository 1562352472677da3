//! The small notations inside values: types, places, templates, pipelines, durations, bounds, conditions.
//!
//! Every function here turns a text into its parts or says in words why it cannot.

use crate::model::{Lists, Piece, Place, Root, Step, Type, Want};

/// Lists and maps inside each other; more is refused rather than followed.
const MAX_NESTING: usize = 8;

/// Reads a type such as `string[]` or `map<Node>`.
pub fn parse_type(text: &str) -> Result<Type, String> {
    nested_type(text.trim(), MAX_NESTING)
}

fn nested_type(text: &str, depth: usize) -> Result<Type, String> {
    if depth == 0 {
        return Err("this type nests deeper than any spec needs".to_owned());
    }
    if let Some(inner) = text.strip_suffix("[]") {
        return Ok(Type::List(Box::new(nested_type(inner, depth - 1)?)));
    }
    if let Some(inner) = text.strip_prefix("map<").and_then(|rest| rest.strip_suffix('>')) {
        return Ok(Type::Map(Box::new(nested_type(inner.trim(), depth - 1)?)));
    }
    Ok(match text {
        "string" => Type::String,
        "int64" => Type::Int64,
        "double" => Type::Double,
        "bool" => Type::Bool,
        "timestamp" => Type::Timestamp,
        "any" => Type::Any,
        name if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => {
            Type::Named(name.to_owned())
        }
        _ => return Err(format!("`{text}` is not a type")),
    })
}

/// The names of the types that need no declaration.
pub const BUILT_IN: [&str; 6] = ["string", "int64", "double", "bool", "timestamp", "any"];

/// Reads a place such as `data.list[].id`, `$header.X-Id` or `$url.sign.time`.
pub fn parse_place(text: &str) -> Result<Place, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("a place cannot be empty".to_owned());
    }
    if let Some(special) = text.strip_prefix('$') {
        let (word, rest) = special.split_once('.').unwrap_or((special, ""));
        return match (word, rest) {
            ("status", "") => Ok(Place { root: Root::Status, steps: Vec::new() }),
            ("key", "") => Ok(Place { root: Root::Key, steps: Vec::new() }),
            ("header", name) if !name.is_empty() => {
                Ok(Place { root: Root::Header(name.to_owned()), steps: Vec::new() })
            }
            ("request", name) if !name.is_empty() => {
                let (name, steps) = match name.strip_suffix("[]") {
                    Some(list) => (list, vec![Step::Each]),
                    None => (name, Vec::new()),
                };
                Ok(Place { root: Root::Request(name.to_owned()), steps })
            }
            ("url", names) if !names.is_empty() => {
                let steps = names.split('.').map(|name| Step::Key(name.to_owned())).collect();
                Ok(Place { root: Root::Url, steps })
            }
            _ => Err(format!(
                "`{text}` is not a place: `$status`, `$header.NAME`, `$request.NAME`, `$key` and `$url.NAME` exist"
            )),
        };
    }
    if text.starts_with('[') {
        return Err(format!(
            "`{text}` is not a place: it begins with a key; where the whole body is a list, name it with `root`"
        ));
    }
    let mut steps = Vec::new();
    for part in text.split('.') {
        let key = part.trim_end_matches("[]");
        if key.contains(['[', ']']) || (key.is_empty() && part.is_empty()) {
            return Err(format!("`{text}` is not a place: keys are joined by dots, `[]` steps into a list"));
        }
        if !key.is_empty() {
            steps.push(Step::Key(key.to_owned()));
        }
        for _ in 0..(part.len() - key.len()) / 2 {
            steps.push(Step::Each);
        }
    }
    Ok(Place { root: Root::Body, steps })
}

/// Splits a template into text and what stands in its braces.
pub fn split_template(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find(['{', '}']) {
        if rest[open..].starts_with('}') {
            return Err("a `}` stands here without its `{`".to_owned());
        }
        if open > 0 {
            pieces.push(Piece::Text(rest[..open].to_owned()));
        }
        let inside = &rest[open + 1..];
        let close = inside.find('}').ok_or_else(|| format!("`{}` lacks its `}}`", &rest[open..]))?;
        let hole = inside[..close].trim();
        if hole.is_empty() || hole.contains('{') {
            return Err("between `{` and `}` stands a name".to_owned());
        }
        pieces.push(Piece::Hole(hole.to_owned()));
        rest = &inside[close + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

/// Reads a duration such as `30s`, `5m`, `12h` or `7d` as seconds.
pub fn parse_duration(text: &str) -> Option<u64> {
    let text = text.trim();
    let unit = text.chars().last()?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return None,
    };
    let number = &text[..text.len() - 1];
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A hundred years and more are a slip of the pen.
    number.parse::<u64>().ok()?.checked_mul(factor).filter(|seconds| *seconds <= u64::from(u32::MAX))
}

/// Reads bounds such as `1..100`, `1..` or `..64`.
pub fn parse_bounds(text: &str) -> Result<(Option<i64>, Option<i64>), String> {
    let wrong = || format!("`{text}` is not `1..100`, `1..` or `..64`");
    let (low, high) = text.trim().split_once("..").ok_or_else(wrong)?;
    let side = |side: &str| -> Result<Option<i64>, String> {
        if side.is_empty() { Ok(None) } else { side.trim().parse().map(Some).map_err(|_| wrong()) }
    };
    match (side(low)?, side(high)?) {
        (None, None) => Err(wrong()),
        (Some(low), Some(high)) if low > high => Err(format!("`{text}` lets nothing through")),
        bounds => Ok(bounds),
    }
}

/// Reads one value that a condition wants.
pub fn parse_want(text: &str) -> Want {
    if let Some((low, high)) = text.split_once("..")
        && let (Ok(low), Ok(high)) = (low.parse(), high.parse())
    {
        return Want::Range(low, high);
    }
    Want::Like(text.to_owned())
}

/// Reads a zone such as `+08:00` as seconds.
pub fn parse_zone(text: &str) -> Result<i32, String> {
    let wrong = || format!("`{text}` is not a zone such as `+08:00` or `Z`");
    if text == "Z" {
        return Ok(0);
    }
    let sign = match text.chars().next() {
        Some('+') => 1,
        Some('-') => -1,
        _ => return Err(wrong()),
    };
    let (hours, minutes) = text[1..].split_once(':').ok_or_else(wrong)?;
    let two_digits = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i32>().ok().filter(|_| digits)
    };
    match (two_digits(hours), two_digits(minutes)) {
        (Some(hours @ 0..=23), Some(minutes @ 0..=59)) => Ok(sign * (hours * 3600 + minutes * 60)),
        _ => Err(wrong()),
    }
}

/// Checks a time format.
pub fn check_format(format: &str) -> Result<(), String> {
    let mut rest = format.chars();
    while let Some(next) = rest.next() {
        if next == '%' {
            let mut field = rest.next().map(String::from).unwrap_or_default();
            if field == ":" {
                field.extend(rest.next());
            }
            if !TIME_FIELDS.contains(&field.as_str()) {
                let known = TIME_FIELDS.join(" %");
                return Err(format!("`%{field}` is not a field: `%{known}` exist"));
            }
        }
    }
    Ok(())
}

/// What can stand behind a `%` in a time format.
const TIME_FIELDS: [&str; 14] = ["Y", "m", "d", "H", "M", "S", "s", "L", "f", "z", ":z", "a", "b", "e"];

/// Checks a format that a whole moment can be read from.
pub fn check_moment(format: &str) -> Result<(), String> {
    check_format(format)?;
    let holds = |fields: &[&str]| fields.iter().any(|field| format.contains(field));
    if holds(&["%s"]) || (holds(&["%Y"]) && holds(&["%m", "%b"]) && holds(&["%d", "%e"])) {
        return Ok(());
    }
    Err(format!("`{format}` tells no moment: that takes `%s`, or `%Y`, `%m` and `%d`"))
}

/// Reads how lists and objects travel, shown by example.
pub fn parse_lists(text: &str) -> Result<Lists, String> {
    let wrong = || {
        format!(
            "`{text}` shows no list: it is written as `Key.0.Sub`, `Key.1.Sub`, `Key.word.1.Sub`, `Key[0].Sub`, \
             `Key[0][Sub]`, `Key=a&Key=b`, `Key[]=a&Key[]=b`, `Key=a,b` or `Key=[\"a\",\"b\"]`"
        )
    };
    match text {
        "Key=a&Key=b" => return Ok(Lists::Repeated(String::new())),
        "Key[]=a&Key[]=b" => return Ok(Lists::Repeated("[]".to_owned())),
        "Key=[\"a\",\"b\"]" | "Key=[\"a\", \"b\"]" => return Ok(Lists::Json),
        _ => {}
    }
    let rest = text.strip_prefix("Key").ok_or_else(wrong)?;
    if let Some(between) = rest.strip_prefix("=a").and_then(|rest| rest.strip_suffix('b')) {
        let one =
            between.chars().count() == 1 && !between.starts_with(|c: char| c.is_alphanumeric() || c == '&');
        return if one { Ok(Lists::Joined(between.to_owned())) } else { Err(wrong()) };
    }
    let at = rest.find(['0', '1']).ok_or_else(wrong)?;
    let (before, first) = (&rest[..at], u32::from(rest.as_bytes()[at] == b'1'));
    let (opened, rest) = (before.ends_with('['), &rest[at + 1..]);
    let (after, rest) = match rest.strip_prefix(']') {
        Some(rest) if opened => ("]", rest),
        None if !opened => ("", rest),
        _ => return Err(wrong()),
    };
    let member = match rest {
        "" | ".Sub" => (".", ""),
        "[Sub]" => ("[", "]"),
        _ => return Err(wrong()),
    };
    let word = before.trim_start_matches('.').trim_end_matches(['.', '[']);
    if before.is_empty() || !word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(wrong());
    }
    Ok(Lists::Named {
        before: before.to_owned(),
        first,
        after: after.to_owned(),
        member: (member.0.to_owned(), member.1.to_owned()),
    })
}

/// Checks a regular expression.
pub fn check_pattern(text: &str) -> Result<(), String> {
    regex_lite::Regex::new(text).map(|_| ()).map_err(|why| format!("this is no regular expression: {why}"))
}

/// Reads a moment relative to now, such as `now`, `now-30d` or `now+1h`, as seconds; `None` where it is none.
pub fn parse_now(text: &str) -> Option<i64> {
    let rest = text.trim().strip_prefix("now")?.trim();
    let (sign, rest) = match rest.chars().next() {
        None => return Some(0),
        Some('+') => (1, &rest[1..]),
        Some('-') => (-1, &rest[1..]),
        Some(_) => return None,
    };
    i64::try_from(parse_duration(rest)?).ok().map(|seconds| sign * seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_nest() {
        let list = |inner| Type::List(Box::new(inner));
        assert_eq!(parse_type("string[]"), Ok(list(Type::String)));
        assert_eq!(parse_type("map<Node[]>"), Ok(Type::Map(Box::new(list(Type::Named("Node".into()))))));
        assert!(parse_type("list of string").is_err());
        assert!(parse_type("[]").is_err());
    }

    #[test]
    fn places_are_keys_and_lists() {
        let place = parse_place("a.b[].c").unwrap();
        let key = |name: &str| Step::Key(name.to_owned());
        assert_eq!(place.steps, [key("a"), key("b"), Step::Each, key("c")]);
        assert_eq!(parse_place("$url.sign.q-sign-time").unwrap().steps, [key("sign"), key("q-sign-time")]);
        for wrong in ["", "a..b", "a[0].b", "$nothing", "$header", "$key.x"] {
            assert!(parse_place(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations_and_bounds() {
        assert_eq!(parse_duration("12h"), Some(43_200));
        assert_eq!(parse_duration("6"), None);
        assert_eq!(parse_duration("-6h"), None);
        assert_eq!(parse_bounds("..64"), Ok((None, Some(64))));
        assert!(parse_bounds("5..1").is_err());
        assert_eq!(parse_zone("-03:30"), Ok(-12_600));
        assert_eq!(parse_now("now"), Some(0));
        assert_eq!(parse_now("now-30d"), Some(-2_592_000));
        assert_eq!(parse_now("now + 1h"), Some(3600));
        for none in ["", "30d", "now30d", "now-", "nowish", "now-1w"] {
            assert_eq!(parse_now(none), None, "{none}");
        }
    }

    #[test]
    fn lists_are_shown_by_example() {
        let named = |before: &str, first, after: &str, open: &str, close: &str| {
            let member = (open.to_owned(), close.to_owned());
            Ok(Lists::Named { before: before.to_owned(), first, after: after.to_owned(), member })
        };
        assert_eq!(parse_lists("Key.0.Sub"), named(".", 0, "", ".", ""));
        assert_eq!(parse_lists("Key.1"), named(".", 1, "", ".", ""));
        assert_eq!(parse_lists("Key.member.1.Sub"), named(".member.", 1, "", ".", ""));
        assert_eq!(parse_lists("Key[0].Sub"), named("[", 0, "]", ".", ""));
        assert_eq!(parse_lists("Key[1][Sub]"), named("[", 1, "]", "[", "]"));
        assert_eq!(parse_lists("Key=a&Key=b"), Ok(Lists::Repeated(String::new())));
        assert_eq!(parse_lists("Key[]=a&Key[]=b"), Ok(Lists::Repeated("[]".to_owned())));
        assert_eq!(parse_lists("Key=a|b"), Ok(Lists::Joined("|".to_owned())));
        assert_eq!(parse_lists("Key=[\"a\",\"b\"]"), Ok(Lists::Json));
        for wrong in
            ["", "Key", "Key.2.Sub", "K.0.Sub", "Key[0.Sub", "Key.0].Sub", "Key=ab", "Key0", "Key.0.Name"]
        {
            assert!(parse_lists(wrong).is_err(), "{wrong}");
        }
    }
}
