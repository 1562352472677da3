//! The values of parameters, as they go from typed requests into the tables that form calls.

use std::collections::BTreeMap;

pub use serde_json::Value;

use crate::sensitive::Sensitive;
use crate::service::TimeFormat;
use crate::time::Timestamp;

/// Values by the documented name of the parameter, which is not always the name on the wire.
pub type Parameters = Vec<(&'static str, Value)>;

/// A value that a parameter can have.
pub trait ToValue {
    /// The value. Null stands for an absent one.
    fn to_value(&self) -> Value;

    /// Whether there is nothing to send.
    fn is_absent(&self) -> bool {
        false
    }
}

/// Adds a parameter.
pub fn put(parameters: &mut Parameters, name: &'static str, value: &(impl ToValue + ?Sized)) {
    parameters.push((name, value.to_value()));
}

/// Adds a parameter if it has a value; an empty list or map counts as none.
pub fn put_optional(parameters: &mut Parameters, name: &'static str, value: &impl ToValue) {
    if !value.is_absent() {
        put(parameters, name, value);
    }
}

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
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::Bool(value) => Some(value.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(match (number.is_f64(), number.as_f64()) {
            (true, Some(number)) => number.to_string(),
            _ => number.to_string(),
        }),
    }
}

/// A value as text; of a list, its first element: what one asks for that is asked for in a list.
#[must_use]
pub fn first_text(value: &Value) -> Option<String> {
    match value {
        Value::Array(list) => list.first().and_then(text),
        other => text(other),
    }
}

impl ToValue for str {
    fn to_value(&self) -> Value {
        Value::from(self)
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl ToValue for Sensitive {
    fn to_value(&self) -> Value {
        Value::from(self.expose())
    }
}

impl ToValue for bool {
    fn to_value(&self) -> Value {
        Value::from(*self)
    }
}

impl ToValue for i64 {
    fn to_value(&self) -> Value {
        Value::from(*self)
    }
}

impl ToValue for f64 {
    /// What JSON cannot write (infinity, not a number) becomes text, which no service takes for a number.
    fn to_value(&self) -> Value {
        serde_json::Number::from_f64(*self).map_or_else(|| Value::from(self.to_string()), Value::Number)
    }
}

impl ToValue for Value {
    fn to_value(&self) -> Value {
        self.clone()
    }

    fn is_absent(&self) -> bool {
        self.is_null()
    }
}

impl<T: ToValue> ToValue for Vec<T> {
    fn to_value(&self) -> Value {
        self.iter().map(ToValue::to_value).collect()
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T: ToValue> ToValue for BTreeMap<String, T> {
    fn to_value(&self) -> Value {
        self.iter().map(|(name, value)| (name.clone(), value.to_value())).collect()
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }

    fn is_absent(&self) -> bool {
        self.as_ref().is_none_or(ToValue::is_absent)
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }

    fn is_absent(&self) -> bool {
        (**self).is_absent()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn absent_values_are_not_put() {
        let mut parameters = Parameters::new();
        put_optional(&mut parameters, "a", &None::<String>);
        put_optional(&mut parameters, "b", &Some(Vec::<i64>::new()));
        put_optional(&mut parameters, "c", &Some(BTreeMap::<String, bool>::new()));
        put_optional(&mut parameters, "d", &Some(None::<f64>));
        assert_eq!(parameters, []);
        put_optional(&mut parameters, "e", &Some(""));
        put_optional(&mut parameters, "f", &Some(vec![Sensitive::from("x")]));
        put(&mut parameters, "g", "text");
        assert_eq!(parameters, [("e", json!("")), ("f", json!(["x"])), ("g", json!("text"))]);
    }

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
    fn what_json_cannot_write_does_not_vanish() {
        assert_eq!(f64::NAN.to_value(), json!("NaN"));
        assert_eq!(f64::INFINITY.to_value(), json!("inf"));
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
