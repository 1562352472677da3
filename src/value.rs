//! The values of parameters, as they go from typed requests into the tables that form calls.

use std::borrow::Cow;

pub use serde_json::Value;

use crate::node::{Json, Shape};
use crate::service::TimeFormat;
use crate::time::Timestamp;

/// Values by the documented name of the parameter, which is not always the name on the wire.
pub type Parameters = Vec<(&'static str, Value)>;

/// A moment as a vendor writes it: unix time is a number, everything else is text.
#[must_use]
pub fn moment(moment: Timestamp, format: TimeFormat) -> Value {
    let text = moment.format(format);
    match text.parse::<i64>() {
        Ok(number) if format.format.starts_with("%s") => Value::from(number),
        _ => Value::String(text),
    }
}

/// A value as text, as queries, forms, headers and paths show it; `None` for null, lists and objects.
///
/// Booleans are `true` and `false`; numbers without a fraction have none, and no number has an exponent.
#[must_use]
pub fn text(value: &Value) -> Option<String> {
    shown(value).map(Cow::into_owned)
}

/// The same without a copy of what is text already.
pub(crate) fn shown<J: Json>(value: &J) -> Option<Cow<'_, str>> {
    Some(match value.shape() {
        Shape::Null | Shape::List | Shape::Object => return None,
        Shape::Bool(flag) => Cow::Borrowed(if flag { "true" } else { "false" }),
        Shape::Text(text) => Cow::Borrowed(text),
        Shape::Number(number) => Cow::Owned(match (number.is_f64(), number.as_f64()) {
            (true, Some(number)) => number.to_string(),
            _ => number.to_string(),
        }),
    })
}

/// A value as text; of a list, its first element: what one asks for that is asked for in a list.
#[must_use]
pub fn first_text(value: &Value) -> Option<String> {
    match value {
        Value::Array(list) => list.first().and_then(text),
        other => text(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_is_plain() {
        for (value, expected) in [
            (json!(42.0), Some("42")),
            (json!(0.25), Some("0.25")),
            (json!(1e20), Some("100000000000000000000")),
            (json!(1e-7), Some("0.0000001")),
            (json!(-3), Some("-3")),
            (json!(u64::MAX), Some("18446744073709551615")),
            (json!(true), Some("true")),
            (json!("x"), Some("x")),
            (json!(null), None),
            (json!([1]), None),
            (json!({}), None),
        ] {
            assert_eq!(text(&value).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn moments_are_numbers_where_the_format_is_one() {
        let at = Timestamp::from_unix(1_529_927_068).unwrap();
        let written = |format, offset| moment(at, TimeFormat { format, offset });
        assert_eq!(written("%s", 0), json!(1_529_927_068));
        assert_eq!(written("%s%L", 0), json!(1_529_927_068_000_i64));
        assert_eq!(written("%Y%m%d", 0), json!("20180625"));
        assert_eq!(written("%Y-%m-%d %H:%M:%S", 28800), json!("2018-06-25 19:44:28"));
        assert_eq!(written("", 0), json!("2018-06-25T11:44:28Z"));
    }
}
