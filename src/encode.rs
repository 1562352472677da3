//! How typed values become parameters.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::decode::WireTime;
use crate::sensitive::Sensitive;
use crate::service::{Kind, Parameter, TimeFormat};
use crate::time::Timestamp;
use crate::value::{Parameters, moment};

/// What the tables say of a Rust type.
pub trait Typed {
    /// Its kind.
    const KIND: Kind;
    /// The documented values, where it is an open enum or holds one.
    const VALUES: &'static [&'static str] = &[];
}

/// A value that a parameter can have.
pub trait Encode {
    /// The value, as a parameter of this kind has it. Null stands for an absent one.
    fn encode(&self, kind: &Kind) -> Value;

    /// Whether there is nothing to send.
    fn is_absent(&self) -> bool {
        false
    }
}

/// The parameters that are set, by their documented names. What is required is there even where it is empty.
#[must_use]
pub fn encode(fields: &'static [Parameter], values: &[&dyn Encode]) -> Parameters {
    let set = fields.iter().zip(values).filter(|(field, value)| {
        let needed = field.required && field.from.is_none();
        needed || !value.is_absent()
    });
    set.map(|(field, value)| (field.name, value.encode(&field.kind))).collect()
}

/// The kind of the elements of a list or of the values of a map.
fn inner(kind: &Kind) -> &Kind {
    match kind {
        Kind::List(inner) | Kind::Map(inner) => inner,
        other => other,
    }
}

macro_rules! plain {
    ($($type:ty: $kind:expr, |$value:ident| $encode:expr;)*) => {
        $(
            impl Typed for $type {
                const KIND: Kind = $kind;
            }

            impl Encode for $type {
                fn encode(&self, _: &Kind) -> Value {
                    let $value = self;
                    $encode
                }
            }
        )*
    };
}

plain! {
    String: Kind::String, |value| Value::from(value.as_str());
    Sensitive: Kind::String, |value| Value::from(value.expose());
    bool: Kind::Bool, |value| Value::from(*value);
    i64: Kind::Int64, |value| Value::from(*value);
    // What JSON cannot write (infinity, not a number) becomes text, which no service takes for a number.
    f64: Kind::Double, |value| {
        serde_json::Number::from_f64(*value).map_or_else(|| Value::from(value.to_string()), Value::Number)
    };
}

impl Typed for Value {
    const KIND: Kind = Kind::Any;
}

impl Encode for Value {
    fn encode(&self, _: &Kind) -> Value {
        self.clone()
    }

    fn is_absent(&self) -> bool {
        self.is_null()
    }
}

impl Typed for Timestamp {
    const KIND: Kind = Kind::Timestamp(TimeFormat::RFC3339);
}

impl Encode for Timestamp {
    fn encode(&self, kind: &Kind) -> Value {
        let format = if let Kind::Timestamp(format) = kind { *format } else { TimeFormat::RFC3339 };
        moment(*self, format)
    }
}

impl Typed for WireTime {
    const KIND: Kind = Kind::Timestamp(TimeFormat::RFC3339);
}

impl<T: Typed> Typed for Vec<T> {
    const KIND: Kind = Kind::List(&T::KIND);
    const VALUES: &'static [&'static str] = T::VALUES;
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, kind: &Kind) -> Value {
        // A loop, not a chain of adapters: it is compiled anew for every type that requests hold.
        let mut list = Vec::with_capacity(self.len());
        for value in self {
            list.push(value.encode(inner(kind)));
        }
        Value::Array(list)
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Typed> Typed for BTreeMap<String, T> {
    const KIND: Kind = Kind::Map(&T::KIND);
}

impl<T: Encode> Encode for BTreeMap<String, T> {
    fn encode(&self, kind: &Kind) -> Value {
        let mut map = serde_json::Map::new();
        for (name, value) in self {
            map.insert(name.clone(), value.encode(inner(kind)));
        }
        Value::Object(map)
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Typed> Typed for Option<T> {
    const KIND: Kind = T::KIND;
    const VALUES: &'static [&'static str] = T::VALUES;
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, kind: &Kind) -> Value {
        self.as_ref().map_or(Value::Null, |value| value.encode(kind))
    }

    fn is_absent(&self) -> bool {
        self.as_ref().is_none_or(Encode::is_absent)
    }
}

impl<T: Typed> Typed for Box<T> {
    const KIND: Kind = T::KIND;
}

impl<T: Encode> Encode for Box<T> {
    fn encode(&self, kind: &Kind) -> Value {
        (**self).encode(kind)
    }

    fn is_absent(&self) -> bool {
        (**self).is_absent()
    }
}

/// What a setter takes for a field of type `T`: what a present value can be made of.
pub trait Set<T> {
    /// Sets the field.
    fn set(self, field: &mut T);
}

impl<T, V: Into<T>> Set<Option<T>> for V {
    fn set(self, field: &mut Option<T>) {
        *field = Some(self.into());
    }
}

impl<T, V: IntoIterator<Item: Into<T>>> Set<Vec<T>> for V {
    fn set(self, field: &mut Vec<T>) {
        *field = self.into_iter().map(Into::into).collect();
    }
}

impl<K: Into<String>, T, V: IntoIterator<Item = (K, T)>> Set<BTreeMap<String, T>> for V {
    fn set(self, field: &mut BTreeMap<String, T>) {
        *field = self.into_iter().map(|(name, value)| (name.into(), value)).collect();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn absent_values_are_left_out() {
        static FIELDS: &[Parameter] = &[
            Parameter::of::<Option<String>>("a"),
            Parameter::of::<Option<Vec<i64>>>("b"),
            Parameter::of::<BTreeMap<String, bool>>("c"),
            Parameter::of::<Option<String>>("d"),
            Parameter::of::<Vec<Sensitive>>("e"),
            Parameter { required: true, ..Parameter::of::<String>("f") },
            Parameter { required: true, ..Parameter::of::<Vec<String>>("g") },
            Parameter { required: true, from: Some("region"), ..Parameter::of::<Option<String>>("h") },
        ];
        let values: [&dyn Encode; 8] = [
            &None::<String>,
            &Some(Vec::<i64>::new()),
            &BTreeMap::<String, bool>::new(),
            &Some(String::new()),
            &vec![Sensitive::from("x")],
            &String::new(),
            &Vec::<String>::new(),
            &None::<String>,
        ];
        let expected = [("d", json!("")), ("e", json!(["x"])), ("f", json!("")), ("g", json!([]))];
        assert_eq!(encode(FIELDS, &values), expected);
    }

    #[test]
    fn moments_follow_the_kind_through_lists_and_maps() {
        const SECONDS: Kind = Kind::Timestamp(TimeFormat { format: "%s", offset: 0 });
        let at = Timestamp::from_unix(1_529_927_068).unwrap();
        assert_eq!(at.encode(&Timestamp::KIND), json!("2018-06-25T11:44:28Z"));
        assert_eq!(vec![at].encode(&Kind::List(&SECONDS)), json!([1_529_927_068]));
        let map = BTreeMap::from([("a".to_owned(), Some(at))]);
        assert_eq!(map.encode(&Kind::Map(&SECONDS)), json!({"a": 1_529_927_068}));
    }

    #[test]
    fn what_json_cannot_write_does_not_vanish() {
        assert_eq!(f64::NAN.encode(&Kind::Double), json!("NaN"));
        assert_eq!(f64::INFINITY.encode(&Kind::Double), json!("inf"));
    }

    #[test]
    fn setters_take_what_values_are_made_of() {
        let (mut text, mut number, mut list, mut map) =
            (None::<String>, None::<i64>, vec![], BTreeMap::new());
        "x".set(&mut text);
        5.set(&mut number);
        ["a", "b"].set(&mut list);
        [("a", 1_i64)].set(&mut map);
        assert_eq!((text.as_deref(), number), (Some("x"), Some(5)));
        assert_eq!(
            (list, map),
            (vec!["a".to_owned(), "b".to_owned()], BTreeMap::from([("a".to_owned(), 1)]))
        );
    }
}
