//! Words that are nearly right.

use strsim::damerau_levenshtein as distance;

/// The known word that is nearest to another one, if any is near.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    /// Longer texts are no typing errors of anything.
    const LONGEST: usize = 100;
    let length = word.chars().count();
    if length > LONGEST {
        return None;
    }
    let lower = word.to_lowercase();
    let distances = known.into_iter().map(|one| (distance(&lower, &one.to_lowercase()), one));
    let (steps, nearest) = distances.min()?;
    (steps <= (length.max(nearest.chars().count()) / 3).max(1)).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

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
