//! Text from elsewhere: made safe for a terminal, compared, laid out.

use std::fmt::Write;
use std::time::Duration;

/// The text without control characters, which could do anything to a terminal; lines and tabs are kept.
#[must_use]
pub fn printable(text: &str) -> String {
    let control = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    text.chars().map(|character| if control(character) { '\u{FFFD}' } else { character }).collect()
}

/// The candidate that `name` was probably meant to be.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let limit = 1 + name.chars().count() / 4;
    let distances =
        candidates.into_iter().map(|candidate| (distance(&name, &candidate.to_lowercase()), candidate));
    distances
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, found)| found)
}

/// How many characters must be put in, taken out, or changed to get from one text to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, character) in from.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (other, cell) in to.iter().zip(row.iter_mut().skip(1)) {
            let changed = diagonal + usize::from(*other != character);
            diagonal = *cell;
            left = changed.min(*cell + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Bytes as people read them.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    #[allow(clippy::cast_precision_loss)] // a few digits are shown
    let mut value = bytes as f64 / 1024.0;
    let mut units = UNITS.iter();
    let mut unit = units.next().unwrap_or(&"");
    for next in units {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    format!("{value:.1} {unit}")
}

/// A time as people read it: its two largest units.
#[must_use]
pub fn lasting(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0, 0) => "less than a second".to_owned(),
        (0, 0, 0, seconds) => format!("{seconds} s"),
        (0, 0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (0, hours, minutes, _) => format!("{hours} h {minutes} min"),
        (days, hours, ..) => format!("{days} d {hours} h"),
    }
}

/// JSON text with line breaks and indentation; numbers, texts and the order of members stay as they are.
#[must_use]
pub fn indent(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut characters = json.trim().chars().peekable();
    while let Some(character) = characters.next() {
        if quoted {
            out.push(character);
            quoted = escaped || character != '"';
            escaped = character == '\\' && !escaped;
            continue;
        }
        match character {
            '"' => {
                quoted = true;
                out.push(character);
            }
            '{' | '[' => {
                out.push(character);
                while characters.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                if let Some(end) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(character);
            }
            ',' => {
                out.push(character);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            blank if blank.is_ascii_whitespace() => {}
            other => out.push(other),
        }
    }
    out
}

fn line(out: &mut String, depth: usize) {
    // Writing to a String cannot fail.
    let _ = write!(out, "\n{:1$}", "", depth * 2);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_control_characters() {
        assert_eq!(printable("a\u{1b}[31mb\r\u{9b}c\td\n"), "a\u{FFFD}[31mb\u{FFFD}\u{FFFD}c\td\n");
    }

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["DescribeBackupUrl", "DescribeInstanceBackups"];
        assert_eq!(nearest("describebackupurl", names), Some("DescribeBackupUrl"));
        assert_eq!(nearest("DescribeBackupURLs", names), Some("DescribeBackupUrl"));
        assert_eq!(nearest("DropEverything", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(1023), "1023 B");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size(u64::MAX), "16384.0 PiB");
    }

    #[test]
    fn times_have_two_units() {
        let shown = |seconds| lasting(Duration::from_secs(seconds));
        assert_eq!(lasting(Duration::from_millis(999)), "less than a second");
        assert_eq!((shown(59).as_str(), shown(60).as_str()), ("59 s", "1 min 0 s"));
        assert_eq!((shown(7_384).as_str(), shown(200_000).as_str()), ("2 h 3 min", "2 d 7 h"));
    }

    #[test]
    fn indentation_changes_nothing_but_blanks() {
        let json = r#" {"b":[1.50, {"a":"x,{\"}\\"}],"e":{ },"n":12345678901234567890} "#;
        let expected = "{\n  \"b\": [\n    1.50,\n    {\n      \"a\": \"x,{\\\"}\\\\\"\n    }\n  ],\n  \"e\": {},\n  \
                        \"n\": 12345678901234567890\n}";
        assert_eq!(indent(json), expected);
    }
}
