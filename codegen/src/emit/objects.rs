//! Object types: members of requests and responses.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::docs::doc;
use super::enums::enumeration;
use super::{request, response, tables};
use crate::model::{Object, Operation, Service, Type};

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

/// An object type: struct, constructor, conversion and checks.
pub fn object(model: &Object, service: &Service, operation: Option<&Operation>) -> Vec<TokenStream> {
    let name = format_ident!("{}", model.rust);
    let docs = doc(&[format!("The vendor's object `{}`.", model.name)]);
    let read = model.in_response.then(|| quote!(, Deserialize)).unwrap_or_default();
    let scope = super::types::Scope { service, operation, holder: Some(model) };
    let lenient = operation.is_none_or(|operation| operation.lenient);
    let fields = model.fields.iter().map(|field| {
        let ident = format_ident!("{}", field.ident);
        let kind = scope.field_type(field, model.in_response);
        let docs = super::types::field_docs(field);
        let serde = model.in_response.then(|| response::serde(field, lenient)).unwrap_or_default();
        quote! { #docs #serde pub #ident: #kind }
    });
    let mut items = vec![quote! {
        #docs
        #[derive(Clone, Debug, PartialEq #read)]
        #[non_exhaustive]
        pub struct #name { #(#fields),* }
    }];
    if model.in_request {
        items.push(request::constructor(&name, &model.fields, &scope));
        items.push(request::to_value(&name, &model.fields));
        items.push(checks(&name, model, &scope));
    }
    items
}

/// The checks of an object that a request holds.
fn checks(name: &proc_macro2::Ident, model: &Object, scope: &super::types::Scope<'_>) -> TokenStream {
    let checks = request::field_checks(&model.fields, scope);
    let check = if checks.is_empty() { quote!(_) } else { quote!(check) };
    quote! {
        impl #name {
            pub(crate) fn check(&self, #check: &mut Check) { #(#checks)* }
        }
    }
}

/// Whether a type holds an object that requests check.
pub fn holds_object(kind: &Type) -> bool {
    matches!(kind.leaf(), Type::Named(_))
}
