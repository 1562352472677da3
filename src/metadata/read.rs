//! How metadata is read: JSON that the generator wrote, kept until the process ends.

use serde::{Deserialize, Deserializer};

use super::{
    Example, FieldMetadata, Message, MessagePiece, OperationMetadata, ParameterMetadata, Placement,
    PlacementPiece, Sends, ServiceMetadata, SettingMetadata, StoreError, VariantMetadata, Vector,
};
use crate::decode::Wrong;
use crate::service::{Operation, Service};

/// What generated code says about a service: the tables that clients run on, and everything else as text, which is
/// read when it is first asked for and then kept. So it costs nothing to compile, and nothing where nobody asks.
#[doc(hidden)]
#[derive(Debug)]
pub struct Source {
    /// The tables.
    pub service: &'static Service,
    /// The rest, as JSON.
    pub text: &'static str,
    /// One reader per operation, in the same order.
    pub decode: &'static [Reader],
}

/// Reads an answer, leniently or not, and gives its `Debug` text.
pub type Reader = fn(&serde_json::Value, bool) -> Result<String, Wrong>;

impl Source {
    /// Reads the text. What is read stays until the process ends.
    ///
    /// # Panics
    /// On text that the generator did not write.
    #[must_use]
    pub fn read(&self) -> &'static ServiceMetadata {
        let read: Result<ServiceMetadata, _> = serde_json::from_str(self.text);
        let mut service = read.expect("the generator writes what is read here");
        service.service = self.service;
        let operations = service.operations.iter().zip(self.service.operations).zip(self.decode);
        let operations = operations.map(|((metadata, operation), decode)| {
            &*Box::leak(Box::new(OperationMetadata { operation, decode: *decode, ..**metadata }))
        });
        service.operations = operations.collect::<Vec<_>>().leak();
        Box::leak(Box::new(service))
    }
}

/// What stands in the place of tables while the text is read.
pub(super) mod none_yet {
    use super::{Operation, Reader, Service};
    use crate::service::Envelope;
    use crate::sign::Auth;

    pub(in crate::metadata) fn service() -> &'static Service {
        static NONE: Service = Service {
            name: "",
            title: "",
            version: None,
            deprecated: None,
            settings: &[],
            endpoints: &[],
            envelope: Envelope { success: &[], errors: &[], request_id: &[], error_status: 0, values: &[] },
            errors: &[],
            rate_limit: None,
            clock_window: None,
            credentials: &[],
            tools: &[],
            auth: Auth {
                sign_headers: &[],
                sorted_names: false,
                skip_headers: &[],
                require_headers: &[],
                variants: &[],
                default: "",
            },
            operations: &[],
        };
        &NONE
    }

    pub(in crate::metadata) fn operation() -> &'static Operation {
        &Operation::DEFAULT
    }

    pub(in crate::metadata) fn decode() -> Reader {
        |_, _| Ok(String::new())
    }
}

/// Data that is kept until the process ends, once it is read.
pub(crate) trait Leaked: Sized {
    /// How it is read.
    type Owned: Deserialize<'static>;

    fn leak(owned: Self::Owned) -> Self;
}

pub(crate) fn leaked<'de: 'static, D: Deserializer<'de>, T: Leaked>(from: D) -> Result<T, D::Error> {
    T::Owned::deserialize(from).map(T::leak)
}

impl Leaked for &'static str {
    type Owned = String;

    fn leak(owned: String) -> Self {
        owned.leak()
    }
}

impl<T: Leaked> Leaked for Option<T> {
    type Owned = Option<T::Owned>;

    fn leak(owned: Self::Owned) -> Self {
        owned.map(T::leak)
    }
}

impl<T: Leaked> Leaked for &'static [T] {
    type Owned = Vec<T::Owned>;

    fn leak(owned: Self::Owned) -> Self {
        owned.into_iter().map(T::leak).collect::<Vec<T>>().leak()
    }
}

impl<A: Leaked, B: Leaked> Leaked for (A, B) {
    type Owned = (A::Owned, B::Owned);

    fn leak(owned: Self::Owned) -> Self {
        (A::leak(owned.0), B::leak(owned.1))
    }
}

macro_rules! whole {
    ($($type:ty)*) => {
        $(impl Leaked for $type {
            type Owned = Self;

            fn leak(owned: Self) -> Self {
                owned
            }
        })*
    };
}

whole!(
    VariantMetadata Placement PlacementPiece Vector ParameterMetadata FieldMetadata Example Sends StoreError Message
    MessagePiece SettingMetadata
);

impl Leaked for &'static OperationMetadata {
    type Owned = OperationMetadata;

    fn leak(owned: OperationMetadata) -> Self {
        Box::leak(Box::new(owned))
    }
}
