//! The error enum of an operation.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::docs::doc;
use crate::model::{ErrorCode, Operation};

/// The enum and its conversions.
pub fn error(operation: &Operation) -> Vec<TokenStream> {
    let documented: Vec<(&ErrorCode, proc_macro2::Ident)> = operation
        .errors
        .iter()
        .filter_map(|error| Some((error, format_ident!("{}", error.variant.as_ref()?))))
        .collect();
    let names: Vec<_> = documented.iter().map(|(_, name)| name).collect();
    let codes: Vec<_> = documented.iter().map(|(error, _)| &error.code).collect();
    let docs = documented.iter().map(|(error, _)| {
        let name = error.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        let assumed = if error.assumed { " Assumed: no source names this code." } else { "" };
        doc(&[format!("`{}`{name}: {}{assumed}", error.code, error.doc)])
    });
    let top = doc(&[format!("Why `{}` failed.", operation.name)]);
    vec![
        quote! {
            #top
            #[derive(Debug)]
            #[non_exhaustive]
            pub enum Error {
                #(#docs #names(Box<ApiError>),)*
                /// A code that this operation does not document; the service may.
                Other(Box<ApiError>),
                /// There was no answer, or none that can be used.
                Failed(crate::Error),
            }
        },
        quote! {
            impl Error {
                /// The service's own error, where there is one.
                #[must_use]
                pub fn api(&self) -> Option<&ApiError> {
                    match self {
                        #(Self::#names(error) |)* Self::Other(error) => Some(error),
                        Self::Failed(error) => error.api(),
                    }
                }

                /// Whether the same call can succeed later, as far as the spec tells.
                #[must_use]
                pub fn retryable(&self) -> bool {
                    match self {
                        Self::Failed(error) => error.retryable(),
                        other => other.api().is_some_and(|error| error.retryable),
                    }
                }
            }
        },
        quote! {
            impl From<crate::Error> for Error {
                fn from(error: crate::Error) -> Self {
                    let crate::Error::Api(error) = error else { return Self::Failed(error) };
                    match error.code.as_str() {
                        #(#codes => Self::#names(error),)*
                        _ => Self::Other(error),
                    }
                }
            }
        },
        quote! {
            impl fmt::Display for Error {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    match self {
                        Self::Failed(error) => error.fmt(f),
                        other => other.api().map_or(Ok(()), |error| error.fmt(f)),
                    }
                }
            }
        },
        quote! { impl std::error::Error for Error {} },
    ]
}
