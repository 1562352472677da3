//! The error enum of an operation.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::docs::doc;
use crate::model::{ErrorCode, Operation};

/// Codes with the variants that they become.
type Documented<'m> = Vec<(&'m ErrorCode, Ident)>;

/// The enum and its conversions.
pub fn error(operation: &Operation) -> Vec<TokenStream> {
    let documented: Documented<'_> = operation
        .errors
        .iter()
        .filter_map(|error| Some((error, format_ident!("{}", error.variant.as_ref()?))))
        .collect();
    let (definition, methods, from) =
        (definition(operation, &documented), methods(&documented), from(&documented));
    let display = quote! {
        impl fmt::Display for Error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Self::Failed(error) => error.fmt(f),
                    other => other.api().map_or(Ok(()), |error| error.fmt(f)),
                }
            }
        }
    };
    vec![definition, methods, from, display, quote! { impl std::error::Error for Error {} }]
}

fn definition(operation: &Operation, documented: &Documented<'_>) -> TokenStream {
    let variants = documented.iter().map(|(error, variant)| {
        let name = error.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        let assumed = if error.assumed { " Assumed: no source names this code." } else { "" };
        let docs = doc(&[format!("`{}`{name}: {}{assumed}", error.code, error.doc)]);
        quote!(#docs #variant(Box<ApiError>),)
    });
    let docs = doc(&[format!("Why `{}` failed.", operation.name)]);
    quote! {
        #docs
        #[derive(Debug)]
        #[non_exhaustive]
        pub enum Error {
            #(#variants)*
            /// A code that this operation does not document; the service may.
            Other(Box<ApiError>),
            /// There was no answer, or none that can be used.
            Failed(crate::Error),
        }
    }
}

fn methods(documented: &Documented<'_>) -> TokenStream {
    let variants = documented.iter().map(|(_, variant)| variant);
    quote! {
        impl Error {
            /// The service's own error, where there is one.
            #[must_use]
            pub fn api(&self) -> Option<&ApiError> {
                match self {
                    #(Self::#variants(error) |)* Self::Other(error) => Some(error),
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
    }
}

fn from(documented: &Documented<'_>) -> TokenStream {
    let arms = documented.iter().map(|(error, variant)| {
        let code = &error.code;
        quote!(#code => Self::#variant(error),)
    });
    let by_code = if documented.is_empty() {
        quote!(Self::Other(error))
    } else {
        quote! {
            match error.code.as_str() {
                #(#arms)*
                _ => Self::Other(error),
            }
        }
    };
    quote! {
        impl From<crate::Error> for Error {
            fn from(error: crate::Error) -> Self {
                let crate::Error::Api(error) = error else { return Self::Failed(error) };
                #by_code
            }
        }
    }
}
