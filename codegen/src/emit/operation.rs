//! An operation's module.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::docs::doc;
use super::enums::enumeration;
use super::errors;
use super::objects::{answer, object, parameters};
use super::tables::{self, in_place, texts};
use super::types::Scope;
use crate::model::{Form, Operation, Piece, Service};

/// Everything about an operation, in the order in which a reader meets it.
pub fn module(service: &Service, operation: &Operation) -> TokenStream {
    let scope = Scope::of(service, operation);
    let name = &operation.name;
    let asked = doc(&[format!("What `{name}` is asked.")]);
    let answered = doc(&[format!("What `{name}` answers.")]);
    let request = parameters("request", &asked, "Request", &operation.parameters, &scope);
    let response = answer(&answered, "Response", &operation.response, &scope);
    let used = operation.objects.iter().filter(|object| object.in_request || object.in_response);
    let objects = used.map(|one| object(one, service, Some(operation)));
    let enums = operation.enums.iter().map(enumeration);
    let (error, table) = (errors::error(operation), table(service, operation));
    quote! { #request #response #(#objects)* #(#enums)* #error #table }
}

/// The table that the runtime forms calls with and reads answers with: what differs from the service's usual way.
fn table(service: &Service, operation: &Operation) -> TokenStream {
    let docs = doc(&[format!("How `{}` is called and read.", operation.name)]);
    let facts = facts(&service.usual, operation);
    quote! {
        #docs
        pub static OPERATION: Operation = Operation {
            #(#facts,)*
            parameters: Request::FIELDS,
            errors: Error::CODES,
            ..super::OPERATION
        };
    }
}

/// What most operations of a service have in common.
pub fn usual(service: &Service) -> TokenStream {
    let docs = doc(&["How operations are called and read where they do not say otherwise."]);
    let nothing = Operation {
        method: "GET".to_owned(),
        path: vec![Piece::Text("/".to_owned())],
        ..Operation::default()
    };
    let facts = facts(&nothing, &service.usual);
    quote! {
        #docs
        pub(crate) const OPERATION: Operation = Operation { #(#facts,)* ..Operation::DEFAULT };
    }
}

/// How an operation differs from the usual one.
fn facts(usual: &Operation, operation: &Operation) -> Vec<TokenStream> {
    let mut facts = Vec::new();
    let mut add = |differs: bool, name: &str, value: &dyn Fn() -> TokenStream| {
        if differs {
            let (name, value) = (format_ident!("{name}"), value());
            facts.push(quote!(#name: #value));
        }
    };
    let Operation { name, method, content_type, rate_limit, idempotent, lenient, .. } = operation;
    add(usual.name != *name, "name", &|| quote!(#name));
    add(usual.version != operation.version, "version", &|| tables::option(operation.version.as_ref()));
    add(!operation.endpoints.is_empty(), "endpoints", &|| tables::endpoints(&operation.endpoints));
    add(usual.method != *method, "method", &|| quote!(#method));
    add(usual.path != operation.path, "path", &|| tables::template(&operation.path));
    add(usual.place != operation.place, "place", &|| in_place(operation.place));
    add(usual.content_type != *content_type, "content_type", &|| tables::option(content_type.as_ref()));
    add(usual.constants != operation.constants, "constants", &|| constants(operation));
    add(usual.lists != operation.lists, "lists", &|| tables::lists(&operation.lists));
    add(usual.also != operation.also, "also", &|| also(operation));
    add(!operation.rules.is_empty(), "rules", &|| {
        let rules = operation.rules.iter().map(tables::rule);
        quote!(&[#(#rules),*])
    });
    add(usual.within != operation.within, "within", &|| texts(&operation.within));
    add(usual.lenient != *lenient, "lenient", &|| quote!(#lenient));
    add(operation.root.is_some(), "root", &|| {
        tables::option(operation.root.as_ref().map(|(name, text)| match text {
            true => quote!(Whole::Text(#name)),
            false => quote!(Whole::Json(#name)),
        }))
    });
    add(!operation.values.is_empty(), "values", &|| tables::values(&operation.values));
    add(!operation.success.is_empty(), "success", &|| tables::success(&operation.success));
    add(usual.rate_limit != *rate_limit, "rate_limit", &|| {
        tables::option(rate_limit.map(Literal::u32_unsuffixed))
    });
    add(usual.idempotent != *idempotent, "idempotent", &|| quote!(#idempotent));
    add(operation.paging.is_some(), "paging", &|| {
        tables::option(operation.paging.as_ref().map(tables::paging))
    });
    for (name, list) in [
        ("links", &operation.links),
        ("backups", &operation.backups),
        ("instances", &operation.instances),
        ("creates", &operation.creates),
        ("tasks", &operation.tasks),
        ("shards", &operation.shards),
        ("regions", &operation.regions),
        ("projects", &operation.projects),
    ] {
        add(!list.is_empty(), name, &|| {
            let list = list.iter().map(tables::projection);
            quote!(&[#(#list),*])
        });
    }
    facts
}

fn constants(operation: &Operation) -> TokenStream {
    let constants = operation.constants.iter().map(|constant| {
        let (place, name, value) =
            (in_place(constant.place), &constant.name, tables::template(&constant.value));
        let kind = tables::json_kind(constant.kind);
        quote!(Constant { place: #place, name: #name, value: #value, kind: #kind })
    });
    quote!(&[#(#constants),*])
}

fn also(operation: &Operation) -> TokenStream {
    let also = operation.also.iter().map(|Form { method, place, content_type }| {
        let place = in_place(*place);
        let content_type = tables::option(content_type.as_ref());
        quote!(Form { method: #method, place: #place, content_type: #content_type })
    });
    quote!(&[#(#also),*])
}
