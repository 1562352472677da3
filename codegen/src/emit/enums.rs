//! Open enums: the documented values, and room for those to come.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::docs::{doc, sentence};
use crate::model::Enum;

/// An enum.
pub fn enumeration(model: &Enum) -> TokenStream {
    let name = format_ident!("{}", model.rust);
    let docs = doc(&[format!("Values of `{}`. New values may come: they arrive as `Unknown`.", model.field)]);
    let kind = if model.numeric { quote!(i64) } else { quote!(String) };
    let variants = model.values.iter().map(|value| {
        let meaning = sentence(&value.doc);
        let docs = doc(&[if meaning.is_empty() { format!("`{}`.", value.value) } else { meaning }]);
        let (variant, text) = (format_ident!("{}", value.variant), &value.value);
        quote! { #docs #variant = #text, }
    });
    quote! { open_enum! { #docs pub enum #name: #kind { #(#variants)* } } }
}
