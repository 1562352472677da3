//! Open enums: the documented values, and room for those to come.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::docs::{doc, sentence};
use crate::model::Enum;

/// An enum and its conversions.
pub fn enumeration(model: &Enum) -> Vec<TokenStream> {
    let name = format_ident!("{}", model.rust);
    let docs = doc(&[format!("Values of `{}`. New values may come: they arrive as `Unknown`.", model.field)]);
    let variants: Vec<_> = model.values.iter().map(|value| format_ident!("{}", value.variant)).collect();
    let texts: Vec<&str> = model.values.iter().map(|value| value.value.as_str()).collect();
    let variant_docs = model.values.iter().map(|value| {
        let meaning = sentence(&value.doc);
        doc(&[if meaning.is_empty() {
            format!("`{}`.", value.value)
        } else {
            format!("`{}`: {meaning}", value.value)
        }])
    });
    let unknown = doc(&["A value that the spec does not list."]);
    let (as_str, style) = (doc(&["The value on the wire."]), if model.numeric { "number" } else { "string" });
    let style = format_ident!("{style}");
    vec![
        quote! {
            #docs
            #[derive(Clone, Debug, PartialEq, Eq, Hash)]
            #[non_exhaustive]
            pub enum #name {
                #(#variant_docs #variants,)*
                #unknown
                Unknown(String),
            }
        },
        quote! {
            impl #name {
                #as_str
                #[must_use]
                pub fn as_str(&self) -> &str {
                    match self {
                        #(Self::#variants => #texts,)*
                        Self::Unknown(value) => value,
                    }
                }
            }
        },
        quote! {
            impl From<&str> for #name {
                fn from(value: &str) -> Self {
                    match value {
                        #(#texts => Self::#variants,)*
                        other => Self::Unknown(other.to_owned()),
                    }
                }
            }
        },
        quote! { open_enum!(#name, #style); },
    ]
}
