//! Patterns with `*`, and words that are nearly right.

/// Whether a text is as a pattern says, in which `*` stands for anything, nothing too.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    true
}

/// The known word that is nearest to another one, if any is near.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let lower = word.to_lowercase();
    let distances = known.into_iter().map(|one| (distance(&lower, &one.to_lowercase()), one));
    let (distance, nearest) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + word.chars().count() / 3).then_some(nearest)
}

/// How many characters have to be added, left out or replaced to make one text of another.
fn distance(one: &str, other: &str) -> usize {
    /// Longer texts are no typing errors of anything.
    const LONGEST: usize = 100;
    let other: Vec<char> = other.chars().take(LONGEST).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, character) in one.chars().take(LONGEST).enumerate() {
        let mut before = at;
        let mut left = at + 1;
        let mut next = vec![left];
        for (known, above) in other.iter().zip(&row[1..]) {
            left = (before + usize::from(*known != character)).min(above + 1).min(left + 1);
            before = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("", "", true),
            ("*", "", true),
            ("*", "anything", true),
            ("Describe*", "DescribeBackupUrl", true),
            ("Describe*", "List", false),
            ("*Url", "DescribeBackupUrl", true),
            ("*Url", "UrlOf", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("a*a", "a", false),
            ("*é*", "caféine", true),
            ("**", "x", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn typing_errors_are_recognised() {
        let known = ["latency", "status", "error", "times"];
        assert_eq!(nearest("latncy", known), Some("latency"));
        assert_eq!(nearest("Time", known), Some("times"));
        assert_eq!(nearest("eror", known), Some("error"));
        assert_eq!(nearest("something", known), None);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
