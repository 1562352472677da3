//! What conditions want.

/// What a condition wants of a value, compared as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Absent or null.
    Absent,
    /// This text; `*` stands for any run of characters.
    Like(&'static str),
    /// A whole number within these bounds, both included.
    Range(i64, i64),
}

impl Want {
    /// Whether this want accepts a value, given as text, or its absence.
    #[must_use]
    pub fn accepts(self, value: Option<&str>) -> bool {
        match (self, value) {
            (Self::Absent, None) => true,
            (Self::Absent, Some(_)) | (_, None) => false,
            (Self::Like(pattern), Some(value)) => like(pattern.as_bytes(), value.as_bytes()),
            (Self::Range(low, high), Some(value)) => {
                value.parse().is_ok_and(|number: i64| (low..=high).contains(&number))
            }
        }
    }
}

/// Whether `text` fits `pattern`, in which `*` stands for any run of bytes. Linear in practice, no recursion.
pub(crate) fn like(pattern: &[u8], text: &[u8]) -> bool {
    like_with(pattern, text, |byte| byte)
}

/// The same for a text whose letters count as lower case.
pub(crate) fn like_lower(pattern: &[u8], text: &[u8]) -> bool {
    like_with(pattern, text, |byte| byte.to_ascii_lowercase())
}

fn like_with(pattern: &[u8], text: &[u8], read: impl Fn(u8) -> u8) -> bool {
    // Most are names without stars.
    if pattern.iter().all(|byte| *byte != b'*') {
        return pattern.len() == text.len()
            && pattern.iter().zip(text).all(|(one, other)| *one == read(*other));
    }
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            retry = Some((p, t));
            p += 1;
        } else if p < pattern.len() && pattern[p] == read(text[t]) {
            p += 1;
            t += 1;
        } else if let Some((star, from)) = retry {
            retry = Some((star, from + 1));
            p = star + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_counts_unless_it_does_not() {
        assert!(like_lower(b"x-*-id", b"X-Request-ID") && !like(b"x-*-id", b"X-Request-ID"));
        assert!(!like_lower(b"X-Id", b"X-Id"), "patterns are in lower case");
    }

    #[test]
    fn wants_compare_as_text() {
        assert!(Want::Absent.accepts(None));
        assert!(!Want::Absent.accepts(Some("")));
        assert!(Want::Like("0").accepts(Some("0")));
        assert!(!Want::Like("0").accepts(None));
        assert!(Want::Like("*").accepts(Some("")));
        assert!(Want::Like("AuthFailure*").accepts(Some("AuthFailure.SignatureFailure")));
        assert!(!Want::Like("AuthFailure*").accepts(Some("UnauthorizedOperation")));
        assert!(Want::Like("a*b*c").accepts(Some("aXbbYc")));
        assert!(!Want::Like("a*b*c").accepts(Some("aXbbY")));
        assert!(Want::Range(200, 299).accepts(Some("204")));
        assert!(!Want::Range(200, 299).accepts(Some("300")));
        assert!(!Want::Range(200, 299).accepts(Some("ok")));
    }
}
