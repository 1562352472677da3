//! The error enum of an operation, and what the tables say of codes.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::docs::{doc, doc_text};
use super::tables::wrapped;
use crate::model::{ErrorCode, Operation};

/// The enum: a variant per code, then the families of codes.
pub fn error(operation: &Operation) -> TokenStream {
    let docs = doc(&[format!("Why `{}` failed.", operation.name)]);
    let variants = operation.errors.iter().filter_map(|error| {
        let variant = format_ident!("{}", error.variant.as_ref()?);
        let assumed = if error.assumed { " Assumed: no source names this code." } else { "" };
        let shown = format!("{}{assumed}", error.doc);
        let (docs, code) = (doc(&[&shown]), &error.code);
        let word = error.name.as_ref().map(|name| quote!(as #name));
        let class = format_ident!("{}", error.class.variant());
        let mut facts = facts(error);
        // The declaration takes the text from the comment, unless the comment says it otherwise.
        if doc_text(&shown) != error.doc {
            let doc = &error.doc;
            facts.push(quote!(doc: #doc));
        }
        let facts = braces(&facts);
        Some(quote! { #docs #variant = #code #word: #class #facts, })
    });
    let families = operation.errors.iter().filter(|error| error.variant.is_none()).map(|error| {
        let (code, class) = (&error.code, format_ident!("{}", error.class.variant()));
        let mut facts = facts(error);
        if let Some(name) = &error.name {
            facts.push(quote!(name: Some(#name)));
        }
        if !error.doc.is_empty() {
            let doc = &error.doc;
            facts.push(quote!(doc: #doc));
        }
        let facts = braces(&facts);
        quote! { #code: #class #facts, }
    });
    let families: TokenStream = families.collect();
    let families = (!families.is_empty()).then(|| quote!(.. #families));
    quote! { errors! { #docs pub enum Error { #(#variants)* #families } } }
}

fn braces(facts: &[TokenStream]) -> Option<TokenStream> {
    (!facts.is_empty()).then(|| quote!({ #(#facts),* }))
}

/// What is known of a code besides its class and meaning.
fn facts(error: &ErrorCode) -> Vec<TokenStream> {
    let mut facts = Vec::new();
    if error.retry {
        facts.push(quote!(retry: true));
    }
    if let Some(status) = error.status {
        let status = Literal::u16_unsuffixed(status);
        facts.push(quote!(status: Some(#status)));
    }
    if !error.when.is_empty() {
        let when = error.when.iter().map(|when| format_ident!("{}", when.variant()));
        facts.push(quote!(when: &[#(When::#when),*]));
    }
    facts
}

/// `&[ErrorCode]`.
pub fn table(list: &[ErrorCode]) -> TokenStream {
    let list = list.iter().map(|error| {
        let (code, class, doc) = (&error.code, format_ident!("{}", error.class.variant()), &error.doc);
        let mut facts = facts(error);
        if let Some(name) = &error.name {
            facts.push(wrapped("name", name));
        }
        let new = quote!(ErrorCode::new(#code, Class::#class, #doc));
        if facts.is_empty() { new } else { quote!(ErrorCode { #(#facts,)* ..#new }) }
    });
    quote!(&[#(#list),*])
}
