//! What scalars without quotes are read as.

/// The kinds of value that a scalar can be, by the core schema of YAML 1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarKind {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// Any other number.
    Number,
    /// Text.
    String,
}

/// What serde takes a scalar without quotes for, and the text that it makes of it.
#[must_use]
pub fn plain_kind(text: &str) -> (ScalarKind, String) {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return (ScalarKind::Null, String::new()),
        "true" | "True" | "TRUE" => return (ScalarKind::Bool, "true".to_owned()),
        "false" | "False" | "FALSE" => return (ScalarKind::Bool, "false".to_owned()),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" | ".nan"
        | ".NaN" | ".NAN" => return (ScalarKind::Number, String::new()),
        _ => {}
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.starts_with(['+', '-']) {
        return (ScalarKind::String, text.to_owned());
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(number) =
            digits.strip_prefix(prefix).and_then(|rest| u128::from_str_radix(rest, radix).ok())
        {
            return (ScalarKind::Integer, format!("{sign}{number}"));
        }
    }
    // Digits after a leading zero are text, such as `007`.
    let number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let padded = digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    if !number || padded {
        return (ScalarKind::String, text.to_owned());
    }
    if let Ok(number) = format!("{sign}{digits}").parse::<i128>()
        && (i64::try_from(number).is_ok() || u64::try_from(number).is_ok())
    {
        return (ScalarKind::Integer, number.to_string());
    }
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() => (ScalarKind::Number, format!("{sign}{number}")),
        _ => (ScalarKind::String, text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Scalar;

    #[test]
    fn scalars_are_taken_for_what_serde_takes_them_for() {
        for text in [
            "~",
            "null",
            "true",
            "False",
            "TRUE",
            "yes",
            "1",
            "-1",
            "+5",
            "007",
            "0",
            "00",
            "-0",
            "0x1F",
            "-0x1F",
            "0o17",
            "0b11",
            "0x",
            "1.10",
            ".5",
            "5.",
            "-.5",
            "1e3",
            "1e400",
            "inf",
            "+inf",
            ".inf",
            "-.INF",
            ".nan",
            "1_000",
            "12:30:45",
            "2026-01-31",
            "v1",
            "--1",
            "+-1",
            "18446744073709551615",
            "1.0.0",
            "0777.5",
            "e3",
            "-",
            "é",
        ] {
            let (kind, read) = plain_kind(text);
            let by_serde = serde_yaml::from_str::<serde_yaml::Value>(text);
            let expected = match &by_serde {
                Ok(serde_yaml::Value::Null) => ScalarKind::Null,
                Ok(serde_yaml::Value::Bool(_)) => ScalarKind::Bool,
                Ok(serde_yaml::Value::Number(number)) if number.is_f64() => ScalarKind::Number,
                Ok(serde_yaml::Value::Number(_)) => ScalarKind::Integer,
                _ => ScalarKind::String,
            };
            assert_eq!(kind, expected, "{text}");
            if let Ok(Scalar(scalar)) = serde_yaml::from_str(text) {
                assert!(read == scalar || read.is_empty(), "{text} is read as {scalar}, not as {read}");
            }
        }
    }
}
