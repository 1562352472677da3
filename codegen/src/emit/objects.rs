//! Object types: members of requests and responses.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::docs::doc;
use super::enums::enumeration;
use super::{request, response, tables, validate};
use crate::model::{Object, Operation, Service};

/// The types that operations of a service share.
pub fn shared(service: &Service) -> Vec<TokenStream> {
    let used = || service.objects.iter().filter(|object| object.in_request || object.in_response);
    let mut items: Vec<TokenStream> = used().flat_map(|one| object(one, service, None)).collect();
    let enums = service.enums.iter().filter(|one| {
        used().any(|object| object.fields.iter().any(|field| field.enumeration.as_ref() == Some(&one.rust)))
    });
    items.extend(enums.flat_map(enumeration));
    items.extend(response::time_readers(used().filter(|one| one.in_response).flat_map(|one| &one.fields)));
    items.extend(tables::object_statics(service.objects.iter(), service, None));
    items
}

/// An object type: one struct for requests, one for answers.
pub fn object(model: &Object, service: &Service, operation: Option<&Operation>) -> Vec<TokenStream> {
    let scope = super::types::Scope { service, operation, holder: Some(model) };
    let mut items = Vec::new();
    if model.in_request {
        let name = format_ident!("{}", model.struct_name(false));
        let (new, check) = (request::constructor(&model.fields, &scope), check(model));
        items.push(structure(model, &scope, false));
        items.push(quote! { impl #name { #new #check } });
        items.push(request::to_value(&name, &model.fields, &scope));
    }
    if model.in_response {
        items.push(structure(model, &scope, true));
    }
    items
}

fn structure(model: &Object, scope: &super::types::Scope<'_>, read: bool) -> TokenStream {
    let name = format_ident!("{}", model.struct_name(read));
    let derive = if read { quote!(, Deserialize) } else { quote!() };
    let default = if read { quote!() } else { request::default(&model.fields) };
    let place = if read && model.in_request { ", in answers" } else { "" };
    let docs = doc(&[format!("The vendor's object `{}`{place}.", model.name)]);
    let lenient = scope.operation.is_none_or(|operation| operation.lenient);
    let fields = model.fields.iter().map(|field| {
        let ident = format_ident!("{}", field.ident);
        let kind = scope.field_type(field, read);
        let docs = super::types::field_docs(field);
        let serde = if read { response::serde(field, lenient) } else { quote!() };
        quote! { #docs #serde pub #ident: #kind }
    });
    quote! {
        #docs
        #[derive(Clone, Debug #default, PartialEq #derive)]
        #[non_exhaustive]
        pub struct #name { #(#fields),* }
    }
}

/// The checks of an object that a request holds.
fn check(model: &Object) -> TokenStream {
    let checks = validate::field_checks(&model.fields);
    let check = if checks.is_empty() { quote!(_) } else { quote!(check) };
    quote! {
        pub(crate) fn check(&self, #check: &mut Check) { #(#checks)* }
    }
}
