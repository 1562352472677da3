//! YAML from outside.

use serde::de::{DeserializeOwned, Error as _};

/// How many brackets and braces may be open at a time. The parser itself goes no deeper than 128 levels, but only looks
/// when it has read everything, for which it takes time that grows with the square of the depth.
const DEEPEST: usize = 1000;

/// Reads YAML, of which JSON is a part.
///
/// # Errors
/// Where it is none, where it is not what is expected, and where it nests too deeply.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, serde_yaml::Error> {
    let mut open = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > DEEPEST {
            return Err(serde_yaml::Error::custom(format!(
                "more than {DEEPEST} brackets and braces are open at a time"
            )));
        }
    }
    serde_yaml::from_str(text)
}

#[cfg(test)]
mod tests {
    use serde_yaml::Value;

    use super::*;

    #[test]
    fn depth_has_a_bound() {
        let problem = |text: &str| read::<Value>(text).unwrap_err().to_string();
        for open in ["[", "{a: ", "[{a: "] {
            let expected = "more than 1000 brackets and braces are open at a time";
            assert_eq!(problem(&open.repeat(1_000_000)), expected);
            assert!(problem(&open.repeat(500)).starts_with("recursion limit exceeded"), "{open}");
        }
        let wide = "[{a: []}, b]\n".replace('\n', ",").repeat(5000);
        assert_eq!(read::<Value>(&format!("[{wide}]")).unwrap().as_sequence().unwrap().len(), 5000);
    }
}
