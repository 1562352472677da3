//! An operation's module.

use proc_macro2::TokenStream;
use quote::quote;

use super::docs::doc;
use super::enums::enumeration;
use super::tables::{self, in_place, option, texts};
use super::{call, errors, objects, request, response};
use crate::model::{Operation, Service};

/// Everything about an operation, in the order in which a reader meets it.
pub fn module(service: &Service, operation: &Operation) -> Vec<TokenStream> {
    let mut items = request::request(service, operation);
    items.extend(call::call(service, operation));
    items.extend(response::response(service, operation));
    let used = operation.objects.iter().filter(|object| object.in_request || object.in_response);
    items.extend(used.flat_map(|object| objects::object(object, service, Some(operation))));
    items.extend(operation.enums.iter().flat_map(enumeration));
    let read = operation.objects.iter().filter(|object| object.in_response).flat_map(|object| &object.fields);
    items.extend(response::time_readers(operation.response.iter().chain(read)));
    items.extend(errors::error(operation));
    items
}

/// The tables that the runtime forms calls with and reads answers with.
pub fn tables(service: &Service, operation: &Operation) -> Vec<TokenStream> {
    let mut items = vec![table(service, operation)];
    items.extend(tables::object_statics(operation.objects.iter(), service, Some(operation)));
    items
}

fn table(service: &Service, operation: &Operation) -> TokenStream {
    let Operation { name, summary, method, idempotent, .. } = operation;
    let version = option(operation.version.as_ref());
    let endpoints = tables::endpoints(&operation.endpoints);
    let docs = doc(&[format!("How `{name}` is called and read.")]);
    let (path, place) = (tables::template(&operation.path), in_place(operation.place));
    let content_type = option(operation.content_type.as_ref());
    let constants = operation.constants.iter().map(|constant| {
        let (place, name, value) =
            (in_place(constant.place), &constant.name, tables::template(&constant.value));
        let kind = tables::json_kind(constant.kind);
        quote!(Constant { place: #place, name: #name, value: #value, kind: #kind })
    });
    let lists = tables::lists(&operation.lists);
    let root = option(operation.root.as_ref().map(|(name, text)| match text {
        true => quote!(Whole::Text(#name)),
        false => quote!(Whole::Json(#name)),
    }));
    let also = operation.also.iter().map(|(method, place)| {
        let place = in_place(*place);
        quote!(Form { method: #method, place: #place })
    });
    let parameters =
        operation.parameters.iter().map(|field| tables::parameter(field, service, Some(operation)));
    let rules = operation.rules.iter().map(tables::rule);
    let (within, errors) = (texts(&operation.within), tables::errors(&operation.errors));
    let rate_limit = option(operation.rate_limit.map(proc_macro2::Literal::u32_unsuffixed));
    let paging = option(operation.paging.as_ref().map(tables::paging));
    let links = operation.links.iter().map(tables::projection);
    let backups = operation.backups.iter().map(tables::projection);
    let instances = operation.instances.iter().map(tables::projection);
    quote! {
        #docs
        pub static OPERATION: Operation = Operation {
            name: #name,
            summary: #summary,
            version: #version,
            endpoints: #endpoints,
            method: #method,
            path: #path,
            place: #place,
            content_type: #content_type,
            constants: &[#(#constants),*],
            lists: #lists,
            also: &[#(#also),*],
            parameters: &[#(#parameters),*],
            rules: &[#(#rules),*],
            within: #within,
            root: #root,
            errors: #errors,
            rate_limit: #rate_limit,
            idempotent: #idempotent,
            paging: #paging,
            links: &[#(#links),*],
            backups: &[#(#backups),*],
            instances: &[#(#instances),*],
        };
    }
}
