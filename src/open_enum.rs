//! What every open enum has besides its variants.

/// Adds the conversions of an open enum that is written as a `string` or as a `number`.
#[allow(unused_macros, reason = "a build without services has no enums")]
macro_rules! open_enum {
    ($name:ident, $style:ident) => {
        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self::from(value.as_str())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::value::ToValue for $name {
            fn to_value(&self) -> $crate::value::Value {
                $crate::open_enum::open_enum!(@$style self.as_str())
            }
        }
    };
    (@string $text:expr) => {
        $crate::value::Value::from($text)
    };
    (@number $text:expr) => {
        // A value that the spec does not list may be any text; it is sent as it is.
        $text.parse::<i64>().map_or_else(|_| $crate::value::Value::from($text), $crate::value::Value::from)
    };
}

#[allow(unused_imports, reason = "a build without services has no enums")]
pub(crate) use open_enum;
