//! What requests and answers are made of: structs, each field with its name on the wire.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::docs::doc;
use super::enums::enumeration;
use super::tables::{bounds, in_place, texts, time_format, traits};
use super::types::{Scope, field_docs, required};
use crate::model::{Field, Object, Operation, Service, TimeFormat, Type};

/// The types that operations of a service share.
pub fn shared(service: &Service) -> TokenStream {
    let used = || service.objects.iter().filter(|object| object.in_request || object.in_response);
    let objects = used().map(|one| object(one, service, None));
    let enums = service.enums.iter().filter(|one| {
        used().any(|object| object.fields.iter().any(|field| field.enumeration.as_ref() == Some(&one.rust)))
    });
    let enums = enums.map(enumeration);
    quote! { #(#objects)* #(#enums)* }
}

/// An object type: one struct for requests, one for answers.
pub fn object(model: &Object, service: &Service, operation: Option<&Operation>) -> TokenStream {
    let scope = Scope { service, operation, holder: Some(model), outside: false };
    let docs = |place: &str| doc(&[format!("The vendor's object `{}`{place}.", model.name)]);
    let written = model
        .in_request
        .then(|| parameters("object", &docs(""), &model.struct_name(false), &model.fields, &scope));
    let read = model.in_response.then(|| {
        let place = if model.in_request { ", in answers" } else { "" };
        answer(&docs(place), &model.struct_name(true), &model.fields, &scope)
    });
    quote! { #written #read }
}

/// A struct that answers hold.
pub fn answer(docs: &TokenStream, name: &str, fields: &[Field], scope: &Scope<'_>) -> TokenStream {
    let name = format_ident!("{name}");
    let fields = fields.iter().map(|field| {
        let (ident, wire, docs) = (format_ident!("{}", field.ident), &field.name, field_docs(field));
        let kind = scope.field_type(field, true);
        let at = is_formatted(field).then(|| {
            let (format, offset) = (&field.time.format, Literal::i32_unsuffixed(field.time.offset));
            quote!(at(#format, #offset))
        });
        quote! { #docs pub #ident: #kind = #wire #at, }
    });
    quote! { answer! { #docs pub struct #name { #(#fields)* } } }
}

/// A struct that requests hold, declared by the macro `declare`.
pub fn parameters(
    declare: &str,
    docs: &TokenStream,
    name: &str,
    fields: &[Field],
    scope: &Scope<'_>,
) -> TokenStream {
    let (declare, name) = (format_ident!("{declare}"), format_ident!("{name}"));
    let (must, can): (Vec<&Field>, Vec<&Field>) = fields.iter().partition(|field| required(field, false));
    let parameter = |field: &&Field| parameter(field, scope);
    let (must, can) = (must.iter().map(parameter), can.iter().map(parameter));
    quote! { #declare! { #docs pub struct #name { #(#must)* .. #(#can)* } } }
}

fn parameter(field: &Field, scope: &Scope<'_>) -> TokenStream {
    let (ident, name, docs) = (parameter_ident(field, scope), &field.name, field_docs(field));
    let kind = scope.field_type(field, false);
    let facts = facts(field);
    let facts = (!facts.is_empty()).then(|| quote!({ #(#facts),* }));
    quote! { #docs pub #ident: #kind = #name #facts, }
}

/// The name of a field, out of the way of the methods of calls.
pub fn parameter_ident(field: &Field, scope: &Scope<'_>) -> proc_macro2::Ident {
    let taken = scope.holder.is_none() && ["new", "request", "send"].contains(&field.ident.as_str());
    if taken { format_ident!("{}_", field.ident) } else { format_ident!("{}", field.ident) }
}

/// What the tables say of a parameter that its type does not.
fn facts(field: &Field) -> Vec<TokenStream> {
    let mut facts = Vec::new();
    if field.wire != field.name {
        let wire = &field.wire;
        facts.push(quote!(wire: #wire));
    }
    if let Some(place) = field.place {
        let place = in_place(place);
        facts.push(quote!(place: Some(#place)));
    }
    if let Some(from) = &field.from {
        facts.push(quote!(from: Some(#from)));
        if field.required {
            facts.push(quote!(required: true));
        }
    }
    if let Some(default) = &field.default {
        facts.push(quote!(default: Some(#default)));
    }
    if is_formatted(field) {
        let kind = timed(&field.kind, &field.time);
        facts.push(quote!(kind: #kind));
    }
    if !field.values.is_empty() && field.enumeration.is_none() {
        let values: Vec<&str> = field.values.iter().map(|value| value.value.as_str()).collect();
        let values = texts(&values);
        facts.push(quote!(values: #values));
    }
    if let Some(limits) = bounds(field.bounds) {
        facts.push(quote!(bounds: #limits));
    }
    if let Some(traits) = traits(field) {
        facts.push(quote!(traits: #traits));
    }
    facts
}

/// Whether a field holds moments in a format of its own.
fn is_formatted(field: &Field) -> bool {
    *field.kind.leaf() == Type::Timestamp && field.time != TimeFormat::default()
}

/// The kind of moments, or of lists and maps of them.
fn timed(kind: &Type, time: &TimeFormat) -> TokenStream {
    match kind {
        Type::List(inner) => {
            let inner = timed(inner, time);
            quote!(Kind::List(&#inner))
        }
        Type::Map(inner) => {
            let inner = timed(inner, time);
            quote!(Kind::Map(&#inner))
        }
        _ => {
            let time = time_format(time);
            quote!(Kind::Timestamp(#time))
        }
    }
}
