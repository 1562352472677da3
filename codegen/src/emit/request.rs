//! Requests: the struct, its constructor, and how it becomes values.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::docs::{doc, own_doc};
use super::tables;
use super::types::{Scope, field_docs, required};
use super::validate::validate;
use crate::model::{Field, Operation, Service, Type};

/// The request struct and everything on it.
pub fn request(service: &Service, operation: &Operation) -> Vec<TokenStream> {
    let scope = Scope { service, operation: Some(operation), holder: None };
    let docs = own_doc(&[
        &format!("What `{}` is asked.", operation.name),
        "Make one with [`Request::new`] and set the optional fields.",
    ]);
    let fields = operation.parameters.iter().map(|field| {
        let (ident, kind, docs) =
            (format_ident!("{}", field.ident), scope.field_type(field, false), field_docs(field));
        quote! { #docs pub #ident: #kind }
    });
    let default = default(&operation.parameters);
    let new = constructor(&operation.parameters, &scope);
    let (validate, parameters) = (validate(operation, &scope), parameters(operation, &scope));
    vec![
        quote! {
            #docs
            #[derive(Clone, Debug #default, PartialEq)]
            #[non_exhaustive]
            pub struct Request { #(#fields),* }
        },
        quote! { impl Request { #new #validate #parameters } },
    ]
}

/// Arguments and field values for the required fields.
fn arguments<'f>(
    fields: &'f [Field],
    scope: &Scope<'_>,
) -> Vec<(Ident, TokenStream, TokenStream, &'f Field)> {
    fields
        .iter()
        .filter(|field| required(field, false))
        .map(|field| {
            let ident = format_ident!("{}", field.ident);
            let kind = scope.value_type(&field.kind, field, false);
            let (argument, value) = match &field.kind {
                Type::Int64 | Type::Double | Type::Bool if field.enumeration.is_none() => {
                    (kind, quote!(#ident))
                }
                Type::List(_) | Type::Map(_) | Type::Named(_) | Type::Any => (kind, quote!(#ident)),
                _ => (quote!(impl Into<#kind>), quote!(#ident.into())),
            };
            (ident, argument, value, field)
        })
        .collect()
}

/// `new`, which takes what cannot be left out.
pub fn constructor(fields: &[Field], scope: &Scope<'_>) -> TokenStream {
    let arguments = arguments(fields, scope);
    let parameters = arguments.iter().map(|(ident, kind, ..)| quote!(#ident: #kind));
    let values = fields.iter().map(|field| {
        let ident = format_ident!("{}", field.ident);
        match arguments.iter().find(|(argument, ..)| *argument == ident) {
            Some((_, _, value, _)) if ident == value.to_string() => quote!(#ident),
            Some((_, _, value, _)) => quote!(#ident: #value),
            None => match field.kind {
                Type::List(_) => quote!(#ident: Vec::new()),
                Type::Map(_) => quote!(#ident: BTreeMap::new()),
                _ => quote!(#ident: None),
            },
        }
    });
    let (docs, body) = if arguments.is_empty() {
        (doc(&["With nothing set."]), quote!(Self::default()))
    } else {
        (doc(&["With what cannot be left out."]), quote!(Self { #(#values),* }))
    };
    let many = many_arguments(arguments.len());
    quote! {
        #docs
        #many
        #[must_use]
        pub fn new(#(#parameters),*) -> Self {
            #body
        }
    }
}

/// What keeps clippy quiet where a vendor asks for much.
pub fn many_arguments(count: usize) -> TokenStream {
    if count > 7 {
        quote!(#[allow(clippy::too_many_arguments, reason = "so many are required")])
    } else {
        quote!()
    }
}

/// `, Default` for what needs nothing.
pub fn default(fields: &[Field]) -> TokenStream {
    if fields.iter().any(|field| required(field, false)) { quote!() } else { quote!(, Default) }
}

/// How a field becomes a value.
pub fn value_of(field: &Field, there: bool, scope: &Scope<'_>) -> TokenStream {
    let ident = format_ident!("{}", field.ident);
    if scope.boxes(field) {
        return if there { quote!(&*self.#ident) } else { quote!(&self.#ident.as_deref()) };
    }
    if *field.kind.leaf() != Type::Timestamp {
        return quote!(&self.#ident);
    }
    let time = tables::time_format(&field.time);
    match &field.kind {
        Type::Timestamp if there => quote!(&moment(self.#ident, #time)),
        Type::Timestamp => quote!(&self.#ident.map(|at| moment(at, #time))),
        kind => {
            let value = moments(kind, &quote!(self.#ident), &time);
            quote!(&#value)
        }
    }
}

/// A list or map of moments as the vendor writes them.
fn moments(kind: &Type, value: &TokenStream, time: &TokenStream) -> TokenStream {
    match kind {
        Type::List(inner) => {
            let inner = moments(inner, &quote!(at), time);
            quote!(#value.iter().map(|at| #inner).collect::<Vec<_>>())
        }
        Type::Map(inner) => {
            let inner = moments(inner, &quote!(at), time);
            quote!(#value.iter().map(|(key, at)| (key.clone(), #inner)).collect::<BTreeMap<_, _>>())
        }
        _ => quote!(moment(*#value, #time)),
    }
}

fn puts(fields: &[Field], scope: &Scope<'_>) -> Vec<TokenStream> {
    fields
        .iter()
        .map(|field| {
            let name = &field.name;
            let there = required(field, false);
            let value = value_of(field, there, scope);
            match there {
                true => quote! { put(&mut out, #name, #value); },
                false => quote! { put_optional(&mut out, #name, #value); },
            }
        })
        .collect()
}

fn parameters(operation: &Operation, scope: &Scope<'_>) -> TokenStream {
    let docs = doc(&["The parameters that are set, by their documented names."]);
    let puts = puts(&operation.parameters, scope);
    let body = if puts.is_empty() {
        quote!(Parameters::new())
    } else {
        quote! {
            let mut out = Parameters::new();
            #(#puts)*
            out
        }
    };
    quote! {
        #docs
        #[must_use]
        pub fn parameters(&self) -> Parameters {
            #body
        }
    }
}

/// How an object becomes a value.
pub fn to_value(name: &Ident, fields: &[Field], scope: &Scope<'_>) -> TokenStream {
    let puts = puts(fields, scope);
    let mutable = if puts.is_empty() { quote!() } else { quote!(mut) };
    quote! {
        impl ToValue for #name {
            fn to_value(&self) -> Value {
                let #mutable out = Parameters::new();
                #(#puts)*
                out.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            }
        }
    }
}
