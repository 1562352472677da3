//! Files: header, imports and items; and the file that mounts all others.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::docs::{doc, sentence};
use super::print::print;
use super::{Target, has_types};
use crate::model::Service;

/// A generated file.
pub fn file(source: &str, target: &Target<'_>, items: &TokenStream) -> String {
    let runtime = format_ident!("{}", target.runtime);
    with_header(source, target, quote! { use #runtime::generated::prelude::*; #items })
}

fn with_header(source: &str, target: &Target<'_>, items: TokenStream) -> String {
    // Other crates pin what is generated for them, or do not.
    let pinned = "// Reviewed and pinned under generated/; see CONTRIBUTING.md.\n";
    let pinned = if target.is_library() { pinned } else { "" };
    format!("// Generated from {source}. Do not edit: edit the spec and build.\n{pinned}\n{}", print(items))
}

/// The file that mounts all services.
pub fn mounts(services: &[Service], target: &Target<'_>) -> String {
    let runtime = format_ident!("{}", target.runtime);
    let (mut items, mut list, mut metadata) = (TokenStream::new(), Vec::new(), Vec::new());
    for service in services {
        let module = format_ident!("{}", service.module);
        let feature = target.features.iter().find(|feature| **feature == service.name);
        let cfg = feature.map(|name| quote! { #[cfg(feature = #name)] });
        let docs = module_docs(service);
        let include = |name: &str| {
            let path = format!("/{}/{name}.rs", service.module);
            quote! { include!(concat!(env!("OUT_DIR"), #path)); }
        };
        let types = has_types(service).then(|| {
            let (docs, include) = (doc(&["Types that operations share."]), include("types"));
            quote! { #docs pub mod types { #include } }
        });
        let operations = service.operations.iter().map(|operation| {
            let docs = doc(&[format!("`{}`: {}", operation.name, lower_first(&operation.summary))]);
            let (ident, include) = (format_ident!("{}", operation.module), include(&operation.module));
            quote! { #docs pub mod #ident { #include } }
        });
        let (own, auth) = (include("mod"), include("auth"));
        items.extend(quote! {
            #docs
            #cfg
            pub mod #module {
                #own
                mod auth { #auth }
                #types
                #(#operations)*
            }
        });
        list.push(quote! { #cfg &#module::SERVICE });
        metadata.push(quote! { #cfg &#module::METADATA });
    }
    let docs = doc(&["Every service compiled in, in the order of the names."]);
    let unused = target.unused();
    items.extend(quote! {
        #docs
        pub static SERVICES: &[&#runtime::service::Service] = &[#(#list),*];
        #[cfg(feature = "metadata")]
        #unused
        static METADATA: &[&#runtime::metadata::Source] = &[#(#metadata),*];
    });
    with_header("specs/", target, items)
}

fn module_docs(service: &Service) -> TokenStream {
    let mut paragraphs = vec![sentence(&service.title)];
    if let Some(why) = &service.deprecated {
        paragraphs.push(format!("Not for new code: {why}"));
    }
    if !service.documents.is_empty() {
        paragraphs.push(format!("Transcribed from: {}.", service.documents.join("; ")));
    }
    doc(&paragraphs)
}

/// Text with a small first letter, unless it begins with a name.
fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}
