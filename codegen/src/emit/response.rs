//! Responses: what is read, leniently.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::docs::doc;
use super::tables;
use super::types::{Scope, field_docs, required};
use crate::model::{Field, Operation, Service, Type};

/// The response struct.
pub fn response(service: &Service, operation: &Operation) -> Vec<TokenStream> {
    let scope = Scope { service, operation: Some(operation), holder: None };
    let docs = doc(&[format!("What `{}` answers.", operation.name)]);
    let fields = operation.response.iter().map(|field| {
        let (ident, kind, docs) =
            (format_ident!("{}", field.ident), scope.field_type(field, true), field_docs(field));
        let serde = serde(field, operation.lenient);
        quote! { #docs #serde pub #ident: #kind }
    });
    vec![quote! {
        #docs
        #[derive(Clone, Debug, PartialEq, Deserialize)]
        #[non_exhaustive]
        pub struct Response { #(#fields),* }
    }]
}

/// How a field is read.
pub fn serde(field: &Field, lenient: bool) -> TokenStream {
    let name = &field.name;
    let rename = if field.ident != *name { quote!(rename = #name,) } else { quote!() };
    let there = required(field, true);
    let reader = reader(field, lenient, there);
    let default = if !there { quote!(default,) } else { quote!() };
    match reader {
        Some(reader) => quote! { #[serde(#default #rename deserialize_with = #reader)] },
        None => quote! { #[serde(#default #rename)] },
    }
}

fn reader(field: &Field, lenient: bool, there: bool) -> Option<String> {
    let style = if lenient || field.quoted { "lenient" } else { "option" };
    let enumerated = field.enumeration.is_some();
    let name = match &field.kind {
        Type::String | Type::Int64 if enumerated && there => "required_text".to_owned(),
        Type::String if there => "required_text".to_owned(),
        Type::Int64 if there => "required_int".to_owned(),
        Type::String | Type::Int64 if enumerated => "text".to_owned(),
        Type::String => format!("{style}_string"),
        Type::Int64 => format!("{style}_int"),
        Type::Double => format!("{style}_double"),
        Type::Bool => format!("{style}_bool"),
        Type::Timestamp => return Some(time_reader_name(field)),
        Type::List(inner) => match &**inner {
            Type::String => "text_list".to_owned(),
            Type::Int64 if enumerated => "text_list".to_owned(),
            Type::Int64 => "lenient_int_list".to_owned(),
            Type::Double => "lenient_double_list".to_owned(),
            Type::Timestamp => return Some(time_reader_name(field)),
            _ => "list".to_owned(),
        },
        Type::Map(_) => "map".to_owned(),
        Type::Named(_) | Type::Any => return None,
    };
    Some(format!("decode::{name}"))
}

fn time_reader_name(field: &Field) -> String {
    let list = if matches!(field.kind, Type::List(_)) { "_list" } else { "" };
    format!("{}{list}", field.reader)
}

/// Functions that read moments, one per format, for everything in a module.
pub fn time_readers<'f>(fields: impl Iterator<Item = &'f Field>) -> Vec<TokenStream> {
    let mut seen = std::collections::BTreeSet::new();
    let mut out = Vec::new();
    for field in fields.filter(|field| *field.kind.leaf() == Type::Timestamp) {
        let name = time_reader_name(field);
        if !seen.insert(name.clone()) {
            continue;
        }
        let ident = format_ident!("{name}");
        let time = tables::time_format(&field.time);
        out.push(if matches!(field.kind, Type::List(_)) {
            quote! {
                fn #ident<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<WireTime>, D::Error> {
                    decode::time_list(from, #time)
                }
            }
        } else {
            quote! {
                fn #ident<'de, D: Deserializer<'de>>(from: D) -> Result<Option<WireTime>, D::Error> {
                    decode::time(from, #time)
                }
            }
        });
    }
    out
}
