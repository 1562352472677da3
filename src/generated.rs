//! What generated code is written in: declarations of requests, answers, enums, errors and clients, each with the wire
//! name beside the Rust one, and everything that they need in scope.
//!
//! For generated code only: nothing here is part of the public interface.

mod clients;

pub use std::collections::BTreeMap;

pub use serde_json::Value;

pub(crate) use crate::answer::Read;
pub use crate::check::{Strictness, Violations};
#[cfg(feature = "metadata")]
pub use crate::decode::shown;
pub use crate::decode::{Decode, How, Member, Members, WireTime, Wrong, word};
pub use crate::encode::{Encode, Set, Typed, encode};
#[cfg(feature = "metadata")]
pub use crate::metadata::Source as Metadata;
pub use crate::node::Node;
pub use crate::service::{
    Bounds, Chooser, Class, Constant, Convert, Endpoint, EnvCredentials, Envelope, ErrorCode, ErrorShape,
    Expiry, Field, Filter, Form, In, JsonKind, Kind, Layout, Lists, Operation, PageBy, Paging, Parameter,
    Piece, Place, ProfileChoice, Projection, Refusal, Root, Rule, Service, Setting, Sorting, Source, Step,
    TimeFormat, Tool, ToolFile, Traits, UrlPiece, Verb, Want, When, Whole, With, format,
};
pub use crate::sign::{Auth, Bytes, Octets, Signer, Text, Variant, cat, written};
pub use crate::transport::BoxFuture;
pub use crate::value::Parameters;
pub use crate::{
    __answer as answer, __backups as backups, __client as client, __errors as errors, __links as links,
    __object as object, __open_enum as open_enum, __place as place, __request as request, Answer, ApiError,
    Backup, BackupId, BackupLinks, Builder, Cloud, Reply, Sensitive, Timestamp,
};

/// Everything in one import.
pub mod prelude {
    pub use super::*;
}

/// Validates a typed request, sends it, and reads the answer.
///
/// # Errors
/// The service's own error, or why there was no answer that can be used.
pub async fn send<T: Decode + Send>(
    cloud: &Cloud,
    operation: &'static Operation,
    parameters: Parameters,
) -> Result<Answer<T>, crate::Error> {
    let mut value = None;
    let mut read = |part: &mut Node<'_>, how: How| {
        value = Some(T::decode(Some(part), how)?);
        Ok(())
    };
    let reply = asked(cloud, operation, parameters, &mut read).await?;
    let value = value.map_or_else(|| reply.decode(), Ok)?;
    Ok(Answer { value, http_status: reply.status, request_id: reply.request_id })
}

/// Boxed, so that a call's own future is small, and compiled once for all answers.
fn asked<'c>(
    cloud: &'c Cloud,
    operation: &'static Operation,
    parameters: Parameters,
    read: Read<'c>,
) -> BoxFuture<'c, Result<Reply, crate::Error>> {
    Box::pin(async move {
        validate(operation, &parameters, cloud.strictness())?;
        cloud.read(operation, &parameters, read).await
    })
}

/// Checks the parameters of a typed request. A value that an open enum does not list is a deliberate choice.
///
/// # Errors
/// Everything that is wrong, each with its path.
pub fn validate(
    operation: &Operation,
    parameters: &Parameters,
    strictness: Strictness,
) -> Result<(), Violations> {
    crate::request::validate_typed(operation, parameters, strictness)
}

/// Parameters as the members of an object.
#[must_use]
pub fn object_of(parameters: Parameters) -> Value {
    parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A numeric or textual enum as JSON has it. A value that the spec does not list may be any text; it is sent as it is.
#[must_use]
pub fn worded(text: &str, kind: &Kind) -> Value {
    match (kind, text.parse::<i64>()) {
        (Kind::Int64, Ok(number)) => Value::from(number),
        _ => Value::from(text),
    }
}

/// Declares an object that answers hold.
#[doc(hidden)]
#[macro_export]
macro_rules! __answer {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$doc:meta])* pub $field:ident: $type:ty = $wire:literal $(at ($format:literal, $offset:literal $(,)?))?,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$doc])* pub $field: $type,)*
        }

        impl $crate::generated::Decode for $name {
            fn decode(
                value: Option<&mut $crate::generated::Node<'_>>,
                how: $crate::generated::How,
            ) -> Result<Self, $crate::generated::Wrong> {
                #[allow(unused_mut, reason = "an answer can hold nothing")]
                let mut members = $crate::generated::Members::of(value, how);
                let read = Self {
                    $($field: members.get($wire, $crate::generated::format(&[$(($format, $offset))?])),)*
                };
                members.finish(read)
            }
        }
    };
}

/// Declares an object that requests hold. What stands before the `..` cannot be left out.
#[doc(hidden)]
#[macro_export]
macro_rules! __object {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$must_doc:meta])* pub $must:ident: $must_type:ty = $must_wire:literal
            $({ $($must_key:ident: $must_value:expr),* $(,)? })?,)*
        ..
        $($(#[$can_doc:meta])* pub $can:ident: $can_type:ty = $can_wire:literal
            $({ $($can_key:ident: $can_value:expr),* $(,)? })?,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$must_doc])* pub $must: $must_type,)*
            $($(#[$can_doc])* pub $can: $can_type,)*
        }

        impl $name {
            #[allow(clippy::large_stack_arrays, reason = "a constant stands on no stack")]
            const FIELDS: &[$crate::generated::Parameter] = &[
                $($crate::generated::Parameter {
                    required: true,
                    $($($must_key: $must_value,)*)?
                    ..$crate::generated::Parameter::of::<$must_type>($must_wire)
                },)*
                $($crate::generated::Parameter {
                    $($($can_key: $can_value,)*)?
                    ..$crate::generated::Parameter::of::<$can_type>($can_wire)
                },)*
            ];

            /// With what cannot be left out.
            #[allow(clippy::too_many_arguments, clippy::new_without_default, reason = "vendors ask for much, or for nothing")]
            #[must_use]
            pub fn new($($must: impl Into<$must_type>),*) -> Self {
                Self { $($must: $must.into(),)* $($can: Default::default(),)* }
            }

            fn values(&self) -> $crate::generated::Parameters {
                $crate::generated::encode(Self::FIELDS, &[$(&self.$must,)* $(&self.$can,)*])
            }
        }

        impl $crate::generated::Typed for $name {
            const KIND: $crate::generated::Kind = $crate::generated::Kind::Object(|| Self::FIELDS);
        }

        impl $crate::generated::Encode for $name {
            fn encode(&self, _: &$crate::generated::Kind) -> $crate::generated::Value {
                $crate::generated::object_of(self.values())
            }
        }
    };
}

/// Declares what an operation is asked, and the call that asks it. What stands before the `..` cannot be left out.
#[doc(hidden)]
#[macro_export]
macro_rules! __request {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$must_doc:meta])* pub $must:ident: $must_type:ty = $must_wire:literal
            $({ $($must_key:ident: $must_value:expr),* $(,)? })?,)*
        ..
        $($(#[$can_doc:meta])* pub $can:ident: $can_type:ty = $can_wire:literal
            $({ $($can_key:ident: $can_value:expr),* $(,)? })?,)*
    }) => {
        $crate::generated::object! {
            $(#[$meta])*
            ///
            /// Make one with [`Request::new`] and set the optional fields.
            pub struct $name {
                $($(#[$must_doc])* pub $must: $must_type = $must_wire $({ $($must_key: $must_value),* })?,)*
                ..
                $($(#[$can_doc])* pub $can: $can_type = $can_wire $({ $($can_key: $can_value),* })?,)*
            }
        }

        impl $name {
            /// Checks the request without sending it.
            ///
            /// What is needed to form it and the rules across parameters are always checked, documented limits only
            /// with `Strictness::Documented`.
            ///
            /// # Errors
            /// Everything that is wrong, each with its path.
            pub fn validate(
                &self,
                strictness: $crate::generated::Strictness,
            ) -> Result<(), $crate::generated::Violations> {
                $crate::generated::validate(&OPERATION, &self.values(), strictness)
            }

            /// The parameters that are set, by their documented names.
            #[must_use]
            pub fn parameters(&self) -> $crate::generated::Parameters {
                self.values()
            }
        }

        /// A call, made by the client's method of the operation's name.
        #[derive(Clone, Debug)]
        pub struct Call<'a> {
            cloud: &'a $crate::generated::Cloud,
            request: $name,
        }

        impl<'a> Call<'a> {
            /// A call of `request` through `cloud`.
            #[must_use]
            pub fn new(cloud: &'a $crate::generated::Cloud, request: $name) -> Self {
                Self { cloud, request }
            }

            $($(#[$can_doc])*
            #[must_use]
            pub fn $can(mut self, value: impl $crate::generated::Set<$can_type>) -> Self {
                $crate::generated::Set::set(value, &mut self.request.$can);
                self
            })*

            /// The request as it stands.
            #[must_use]
            pub fn request(&self) -> &$name {
                &self.request
            }

            /// Validates the request, signs it, sends it and reads the answer.
            ///
            /// # Errors
            /// The service's own error, or why there was no answer.
            pub async fn send(self) -> Result<$crate::generated::Answer<Response>, Error> {
                Ok($crate::generated::send(self.cloud, &OPERATION, self.request.values()).await?)
            }
        }
    };
}

/// Declares an open enum: the documented values, and room for those to come.
#[doc(hidden)]
#[macro_export]
macro_rules! __open_enum {
    ($(#[$meta:meta])* pub enum $name:ident: $type:ty {
        $($(#[$doc:meta])* $variant:ident = $text:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)*
            /// A value that the spec does not list.
            Unknown(String),
        }

        impl $name {
            /// The value on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(value) => value,
                }
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                match value {
                    $($text => Self::$variant,)*
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }

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

        impl $crate::generated::Typed for $name {
            const KIND: $crate::generated::Kind = <$type as $crate::generated::Typed>::KIND;
            const VALUES: &'static [&'static str] = &[$($text),*];
        }

        impl $crate::generated::Encode for $name {
            fn encode(&self, kind: &$crate::generated::Kind) -> $crate::generated::Value {
                $crate::generated::worded(self.as_str(), kind)
            }
        }

        impl $crate::generated::Decode for $name {
            fn decode(
                value: Option<&mut $crate::generated::Node<'_>>,
                how: $crate::generated::How,
            ) -> Result<Self, $crate::generated::Wrong> {
                $crate::generated::word(value, how).map(Self::from)
            }
        }

        impl $crate::generated::Member for $name {
            fn nothing() -> Self {
                Self::Unknown(String::new())
            }
        }
    };
}

/// Declares the errors that an operation documents, families of codes after the `..`.
#[doc(hidden)]
#[macro_export]
macro_rules! __errors {
    ($(#[$meta:meta])* pub enum $name:ident {
        $($(#[doc = $doc:literal])* $variant:ident = $code:literal $(as $word:literal)?: $class:ident
            $({ $($key:ident: $value:expr),* $(,)? })?,)*
        $(.. $($family:literal: $family_class:ident $({ $($family_key:ident: $family_value:expr),* $(,)? })?,)*)?
    }) => {
        $(#[$meta])*
        #[derive(Debug)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $code, "`" $(, " ", $word)?, ":")]
                $(#[doc = $doc])*
                $variant(Box<$crate::generated::ApiError>),
            )*
            /// A code that this operation does not document; the service may.
            Other(Box<$crate::generated::ApiError>),
            /// There was no answer, or none that can be used.
            Failed($crate::Error),
        }

        impl $name {
            /// What is documented of the codes.
            pub(super) const CODES: &[$crate::generated::ErrorCode] = &[
                $($crate::generated::ErrorCode {
                    $(name: Some($word),)?
                    $($($key: $value,)*)?
                    ..$crate::generated::ErrorCode::new(
                        $code,
                        $crate::generated::Class::$class,
                        concat!($($doc),*),
                    )
                },)*
                $($($crate::generated::ErrorCode {
                    $($($family_key: $family_value,)*)?
                    ..$crate::generated::ErrorCode::new($family, $crate::generated::Class::$family_class, "")
                },)*)?
            ];

            /// The service's own error, where there is one.
            #[must_use]
            pub fn api(&self) -> Option<&$crate::generated::ApiError> {
                match self {
                    $(Self::$variant(error) |)* Self::Other(error) => Some(error),
                    Self::Failed(error) => error.api(),
                }
            }

            /// Whether the same call can succeed later, as far as the spec tells.
            #[must_use]
            pub fn retryable(&self) -> bool {
                match self {
                    Self::Failed(error) => error.retryable(),
                    other => matches!(other.api(), Some(error) if error.retryable),
                }
            }
        }

        impl From<$crate::Error> for $name {
            fn from(error: $crate::Error) -> Self {
                let $crate::Error::Api(error) = error else { return Self::Failed(error) };
                match error.code.as_str() {
                    $($code => Self::$variant(error),)*
                    _ => Self::Other(error),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match (self, self.api()) {
                    (Self::Failed(error), _) => error.fmt(f),
                    (_, Some(error)) => error.fmt(f),
                    (_, None) => Ok(()),
                }
            }
        }

        impl std::error::Error for $name {}
    };
}

/// A place: texts are keys, `[]` steps through a list or a map, `{}` through a map whose keys are rows' names.
#[doc(hidden)]
#[macro_export]
macro_rules! __place {
    (@step []) => { $crate::generated::Step::Each };
    (@step {}) => { $crate::generated::Step::EachKey };
    (@step $key:literal) => { $crate::generated::Step::Key($key) };
    (@at [$($root:tt)+] $($step:tt)*) => {
        $crate::generated::Place {
            root: $crate::generated::Root::$($root)+,
            steps: &[$($crate::__place!(@step $step)),*],
        }
    };
    (Url; $($step:tt),* $(,)?) => { $crate::__place!(@at [Url] $($step)*) };
    ($root:ident $(($name:literal $(,)?))?) => { $crate::__place!(@at [$root $(($name))?]) };
    ($($step:tt),* $(,)?) => { $crate::__place!(@at [Body] $($step)*) };
}
