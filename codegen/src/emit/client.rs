//! A service's client and its table.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::docs::{doc, sentence};
use super::tables::{self, json_kind, option, place};
use super::types::{Scope, required};
use super::{Target, credentials, errors, operation};
use crate::model::{Operation, Service};

/// The client, then the tables.
pub fn module(service: &Service, target: &Target<'_>) -> TokenStream {
    let (client, table) = (client(service), table(service));
    let usual = (!service.operations.is_empty()).then(|| operation::usual(service));
    let links = service.operations.iter().any(|operation| !operation.links.is_empty());
    let links = links.then(|| quote! { links!(Client); });
    let backups = service.operations.iter().any(|operation| !operation.backups.is_empty());
    let backups = backups.then(|| quote! { backups!(Client); });
    let metadata = metadata(service, target);
    quote! { #client #links #backups #usual #table #metadata }
}

/// What programs know besides.
fn metadata(service: &Service, target: &Target<'_>) -> TokenStream {
    let unused = target.unused();
    let docs = doc(&["What only programs look at."]);
    let path = format!("/{}/metadata.json", service.module);
    let readers = service.operations.iter().map(|operation| {
        let module = format_ident!("{}", operation.module);
        quote!(shown::<#module::Response>)
    });
    quote! {
        #docs
        #[cfg(feature = "metadata")]
        #unused
        pub(crate) static METADATA: Metadata = Metadata {
            service: &SERVICE,
            text: include_str!(concat!(env!("OUT_DIR"), #path)),
            decode: &[#(#readers),*],
        };
    }
}

fn client(service: &Service) -> TokenStream {
    let settings: Vec<String> = service
        .settings
        .iter()
        .filter(|setting| setting.default.is_none())
        .map(|setting| {
            let need = if setting.required { "required" } else { "optional" };
            format!("`{}` ({need}): {}", setting.name, sentence(&setting.doc))
        })
        .collect();
    let docs = doc(&[
        format!("A client of {}.", service.title),
        "Cheap to clone; clones share connections.".to_owned(),
        if settings.is_empty() { String::new() } else { format!("Settings: {}", settings.join(" ")) },
    ]);
    let methods = service.operations.iter().map(|operation| method(service, operation));
    quote! {
        client! {
            #docs
            pub struct Client;

            #(#methods)*
        }
    }
}

/// A method of the client: its arguments are what cannot be left out.
fn method(service: &Service, operation: &Operation) -> TokenStream {
    let name = format_ident!("{}", operation.module);
    let mut paragraphs = vec![sentence(&operation.summary), format!("The vendor's `{}`.", operation.name)];
    if let Some(rate) = operation.rate_limit {
        paragraphs.push(format!("The vendor allows {rate} calls per second."));
    }
    if !operation.documents.is_empty() {
        paragraphs.push(format!("From: {}.", operation.documents.join("; ")));
    }
    let docs = doc(&paragraphs);
    let deprecated = operation.deprecated.as_ref().map(|note| quote!(#[deprecated(note = #note)]));
    let (inside, scope) =
        (Scope::of(service, operation), Scope { outside: true, ..Scope::of(service, operation) });
    let must = operation.parameters.iter().filter(|field| required(field, false)).map(|field| {
        let (ident, kind) = (super::objects::parameter_ident(field, &inside), scope.field_type(field, false));
        quote!(#ident: #kind)
    });
    quote! { #docs #deprecated #name(#(#must),*); }
}

fn table(service: &Service) -> TokenStream {
    let Service { name, title, .. } = service;
    let (version, deprecated) = (option(service.version.as_ref()), option(service.deprecated.as_ref()));
    let settings = service.settings.iter().map(|setting| {
        let (name, required, doc) = (&setting.name, setting.required, &setting.doc);
        let default = option(setting.default.as_ref());
        quote!(Setting { name: #name, required: #required, default: #default, doc: #doc })
    });
    let endpoints = tables::endpoints(&service.endpoints);
    let envelope = envelope(service);
    let errors = errors::table(&service.errors);
    let rate_limit = option(service.rate_limit.map(proc_macro2::Literal::u32_unsuffixed));
    let clock_window = option(service.clock_window.map(proc_macro2::Literal::u64_unsuffixed));
    let (variables, tools) = (credentials::variables(service), credentials::tools(service));
    let operations = service.operations.iter().map(|operation| {
        let module = format_ident!("{}", operation.module);
        quote!(&#module::OPERATION)
    });
    let docs = doc(&["What the specs say about the service, for code that works on every cloud."]);
    quote! {
        #docs
        pub static SERVICE: Service = Service {
            name: #name,
            title: #title,
            version: #version,
            deprecated: #deprecated,
            settings: &[#(#settings),*],
            endpoints: #endpoints,
            envelope: #envelope,
            errors: #errors,
            rate_limit: #rate_limit,
            clock_window: #clock_window,
            credentials: #variables,
            tools: #tools,
            auth: auth::AUTH,
            operations: &[#(#operations),*],
        };
    }
}

fn envelope(service: &Service) -> TokenStream {
    let envelope = &service.envelope;
    let success = tables::success(&envelope.success);
    let errors = envelope.errors.iter().map(|shape| {
        let (code, kind) = (place(&shape.code), json_kind(shape.code_kind));
        let (name, message) =
            (option(shape.name.as_ref().map(place)), option(shape.message.as_ref().map(place)));
        quote!(ErrorShape { code: #code, code_kind: #kind, name: #name, message: #message })
    });
    let request_id = envelope.request_id.iter().map(place);
    let error_status = proc_macro2::Literal::u16_unsuffixed(envelope.error_status);
    let values = tables::values(&envelope.values);
    quote! {
        Envelope {
            success: #success,
            errors: &[#(#errors),*],
            request_id: &[#(#request_id),*],
            error_status: #error_status,
            values: #values,
        }
    }
}
