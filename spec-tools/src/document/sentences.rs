//! What stands in sentences: names, defaults, values, lifetimes, limits.

use std::sync::LazyLock;

use regex_lite::Regex;

/// A regular expression that is known to be one.
macro_rules! pattern {
    ($name:ident, $text:literal) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($text).ok());
    };
}

pattern!(IDENTIFIER, r"^[A-Za-z][A-Za-z0-9_]*$");
pattern!(NAME, r"^[A-Za-z_][A-Za-z0-9_-]*(?:\[\])?(?:\.(?:[A-Za-z_][A-Za-z0-9_-]*|[nN]|\d+)(?:\[\])?)*$");
pattern!(
    CODE,
    r"^(?:\d{3,6}|[A-Z][A-Za-z0-9]+(?:[._][A-Za-z0-9]+)+|[A-Z][a-z]+(?:[A-Z][A-Za-z0-9]*)+|[A-Z][A-Z0-9_]{3,})$"
);
pattern!(
    OPERATION,
    r"(?i)(?:本接口|该接口|this api|the api|this interface)\s*[(（]\s*([A-Za-z][A-Za-z0-9_]*)\s*[)）]"
);
pattern!(ACTION, r"(?i)action field for this api is\s+([A-Za-z][A-Za-z0-9_]*)");
pattern!(DASHED, r"(?:^|[-–—]\s*)([A-Za-z][A-Za-z0-9]*[A-Z][A-Za-z0-9]*)\s*$");
pattern!(
    HOST,
    r"(?i)(?:域名|domain name|endpoint|request host)[^:：]*[:：]\s*(?:https?://)?([a-z0-9][a-z0-9.-]*\.[a-z]{2,})"
);
pattern!(ADDRESS, r"https?://([A-Za-z0-9.-]+(?::\d+)?)(/[^\s?`]*)?");
pattern!(DATE, r"(20\d\d-\d\d-\d\d)");
pattern!(
    RATE,
    r"(?i)(\d+)\s*(?:次\s*/\s*秒|(?:requests?|times?|calls?)\s*(?:can be (?:initiated|made|sent)\s*)?(?:/|per|a)\s*s(?:ec(?:ond)?)?\b)"
);
pattern!(DURATION, r"(?i)(\d+)\s*(?:个)?\s*(小时|分钟|天|hours?|minutes?|days?)");
pattern!(
    DEFAULT,
    r#"(?i)(?:默认值?(?:为|是|[:：])?|defaults? (?:value )?(?:is|to|of)|default(?: value)?\s*[:：])\s*["“'`]?([A-Za-z0-9_.+-]+)"#
);
pattern!(
    BY_DEFAULT,
    r#"(?i)(?:\bis\s+["“'`]?([A-Za-z0-9_+-]+)|\b([0-9]+|true|false))["”'`]?\s+by\s+default"#
);
pattern!(BULLET, r"^\s*(?:[-*•·]|\d+[.)、])\s*([A-Za-z0-9_./-]+)\s*[:：]");
pattern!(
    NUMBERED,
    r"(?i)(?:^|[\n,，;；.。:：、(（]\s*|\sand\s+)(-?\d+)(?:\s*[:：]\s*[^\s\d]|\s*(?:表示|代表)|\s+(?:means|refers|indicates|stands for)\b)"
);
pattern!(
    LISTED,
    r"(?i)(?:取值(?:范围)?(?:为|有|包括|包含)?|可选值|枚举值|valid values|value range|enumeration range|enumerated values|possible values)\s*[:：]?\s*([^。\n]*)"
);
pattern!(VALUE, r#"^["“'`]?([A-Za-z0-9_.-]*[A-Za-z0-9_-])["”'`]?\.?(?:\s*[(（:：].*)?$"#);

fn matches(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// What the first group of a pattern holds.
fn group(pattern: &LazyLock<Option<Regex>>, text: &str) -> Option<String> {
    let found = pattern.as_ref()?.captures(text)?;
    Some(found.get(1)?.as_str().to_owned())
}

/// Whether a text is one name without dots.
pub(super) fn is_identifier(text: &str) -> bool {
    matches(&IDENTIFIER, text.trim())
}

/// Whether a text is one name of several words: `describeBackups`, and neither `Backups` nor `GET`.
pub(super) fn is_compound(text: &str) -> bool {
    let text = text.trim();
    let hump = |pair: &[u8]| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
    is_identifier(text) && text.as_bytes().windows(2).any(hump)
}

/// Whether a text is a name as tables of fields have them.
pub(super) fn is_name(text: &str) -> bool {
    matches(&NAME, text)
}

/// Whether a text is a code as tables of errors have them.
pub(super) fn is_code(text: &str) -> bool {
    matches(&CODE, text)
}

/// A field's name without marks of lists, and how many those were.
pub(super) fn name(written: &str) -> Option<(String, usize)> {
    let written = written.split_whitespace().next()?;
    if !is_name(written) {
        return None;
    }
    let mut lists = 0;
    let mut parts: Vec<&str> = Vec::new();
    for part in written.split('.') {
        let bare = part.strip_suffix("[]");
        let counted = matches!(part, "n" | "N") || part.bytes().all(|byte| byte.is_ascii_digit());
        if counted || bare.is_some() {
            lists += 1;
        } else {
            lists = 0;
        }
        if !counted {
            parts.push(bare.unwrap_or(part));
        }
    }
    Some((parts.join("."), lists))
}

/// The operation that a title names.
pub(super) fn title(text: &str) -> Option<String> {
    if is_identifier(text) && text.len() > 3 {
        Some(text.trim().to_owned())
    } else {
        group(&DASHED, text.trim())
    }
}

/// The operation that a sentence names.
pub(super) fn operation(text: &str) -> Option<String> {
    group(&OPERATION, text).or_else(|| group(&ACTION, text)).or_else(|| {
        let dashed = text.contains(" - ") || text.contains(" – ");
        if dashed { group(&DASHED, text.trim()) } else { None }
    })
}

/// A longer name inside of a text: what a parameter always is.
pub(super) fn identifier_in(text: &str) -> Option<String> {
    let mut words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    words.rfind(|word| word.len() > 6 && is_compound(word)).map(str::to_owned)
}

pub(super) fn date_in(text: &str) -> Option<String> {
    group(&DATE, text)
}

pub(super) fn host(text: &str) -> Option<String> {
    group(&HOST, text)
}

/// Host and path of the URL in a text.
pub(super) fn address(text: &str) -> Option<(String, String)> {
    let found = ADDRESS.as_ref()?.captures(text)?;
    let path = found.get(2).map_or("/", |path| path.as_str());
    Some((found.get(1)?.as_str().to_owned(), path.to_owned()))
}

pub(super) fn rate(text: &str) -> Option<u32> {
    group(&RATE, text)?.parse().ok()
}

/// Lifetimes of links that a text speaks of, in seconds.
pub(super) fn lifetimes(text: &str) -> Vec<u64> {
    const WORDS: &[&str] = &["有效", "过期", "失效", "valid", "expire"];
    if !super::words::holds(text, WORDS) {
        return Vec::new();
    }
    let Some(pattern) = DURATION.as_ref() else { return Vec::new() };
    let seconds = pattern.captures_iter(text).filter_map(|found| {
        let number: u64 = found.get(1)?.as_str().parse().ok()?;
        let unit = found.get(2)?.as_str().to_lowercase();
        let unit = match unit.chars().next()? {
            '小' | 'h' => 3600,
            '分' | 'm' => 60,
            _ => 86_400,
        };
        number.checked_mul(unit)
    });
    seconds.collect()
}

/// The default that a text speaks of.
pub(super) fn default(text: &str) -> Option<String> {
    let found = group(&DEFAULT, text).or_else(|| {
        let found = BY_DEFAULT.as_ref()?.captures(text)?;
        Some(found.get(1).or_else(|| found.get(2))?.as_str().to_owned())
    })?;
    let found = found.trim_end_matches(['.', ',']);
    // `the default project`, `default is used`: no value.
    let words = ["the", "project", "value", "is", "used", "to", "a", "an", "in", "not"];
    (!found.is_empty() && !words.contains(&found)).then(|| found.to_owned())
}

/// The values that a text lists: one on each line, after the words for it, or as numbers with what each means.
pub(super) fn values(text: &str) -> Vec<String> {
    let bullets: Vec<String> = text.lines().filter_map(|line| group(&BULLET, line)).collect();
    if bullets.len() > 1 {
        return bullets;
    }
    let listed = listed(text);
    if listed.len() > 1 {
        return listed;
    }
    let numbered = NUMBERED.as_ref().map(|pattern| {
        let numbers = pattern.captures_iter(text).filter_map(|found| found.get(1));
        let mut values: Vec<String> = Vec::new();
        for number in numbers.map(|number| number.as_str()) {
            if !values.iter().any(|value| value == number) {
                values.push(number.to_owned());
            }
        }
        values
    });
    numbered.filter(|values| values.len() > 1).unwrap_or_default()
}

/// The values after the words for them.
fn listed(text: &str) -> Vec<String> {
    let Some(listed) = group(&LISTED, text) else { return Vec::new() };
    // A full stop ends the list; the one inside of `4.0` does not.
    let listed = listed.split_once(". ").map_or(listed.as_str(), |(list, _)| list);
    let parts = listed.split(['、', ',', '，', ';', '；', '|', '/']).map(str::trim);
    let values: Option<Vec<String>> =
        parts.filter(|part| !part.is_empty()).map(|part| group(&VALUE, part)).collect();
    values.unwrap_or_default()
}
