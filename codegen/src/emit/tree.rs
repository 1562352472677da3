//! Files: header, `use` lines, items with blank lines between them; and the file that mounts all others.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};
use quote::{format_ident, quote};

use super::docs::doc;
use super::has_types;
use super::layout::tidy;
use crate::model::Service;

/// Names that generated code uses, and where they come from.
const PRELUDE: [(&str, &[&str]); 11] = [
    ("std::collections", &["BTreeMap"]),
    ("std", &["fmt"]),
    ("serde", &["Deserialize", "Deserializer"]),
    (
        "crate",
        &[
            "Answer",
            "ApiError",
            "Backup",
            "BackupId",
            "BackupLinks",
            "Builder",
            "Cloud",
            "Sensitive",
            "Timestamp",
            "decode",
        ],
    ),
    ("crate::check", &["Check", "Strictness", "Violations", "given", "holds", "same"]),
    ("crate::decode", &["WireTime"]),
    (
        "crate::metadata",
        &[
            "Example",
            "FieldMetadata",
            "OperationMetadata",
            "ParameterMetadata",
            "Placement",
            "PlacementPiece",
            "Sends",
            "ServiceMetadata",
            "VariantMetadata",
            "Vector",
        ],
    ),
    ("crate::open_enum", &["open_enum"]),
    (
        "crate::service",
        &[
            "Bounds",
            "Class",
            "Constant",
            "Convert",
            "Endpoint",
            "EnvCredentials",
            "Envelope",
            "ErrorCode",
            "ErrorShape",
            "Expiry",
            "Field",
            "Filter",
            "Form",
            "In",
            "JsonKind",
            "Kind",
            "Lists",
            "Operation",
            "PageBy",
            "Paging",
            "Parameter",
            "Piece",
            "Place",
            "Projection",
            "Root",
            "Rule",
            "Service",
            "Setting",
            "Source",
            "Step",
            "TimeFormat",
            "Traits",
            "UrlPiece",
            "Verb",
            "Want",
            "When",
            "Whole",
            "With",
        ],
    ),
    ("crate::sign", &["Auth", "Signer", "Text", "Variant", "cat"]),
    ("crate::value", &["Parameters", "ToValue", "Value", "moment", "put", "put_optional"]),
];

/// A generated file.
pub fn file(source: &str, items: &[TokenStream]) -> String {
    let mut words = Words::default();
    items.iter().for_each(|item| words.collect(item.clone()));
    let mut uses: Vec<TokenStream> = Vec::new();
    for (path, names) in PRELUDE {
        let used: Vec<Ident> =
            names.iter().filter(|name| words.imports(name)).map(|name| format_ident!("{name}")).collect();
        if !used.is_empty() {
            let path: syn::Path = syn::parse_str(path).expect("a path");
            uses.push(quote! { use #path::{#(#used),*}; });
        }
    }
    let uses = if uses.is_empty() { String::new() } else { render(&quote! { #(#uses)* }) + "\n" };
    with_header(source, &uses, items)
}

fn with_header(source: &str, uses: &str, items: &[TokenStream]) -> String {
    let items: Vec<String> = items.iter().map(render).collect();
    format!(
        "// Generated from {source}. Do not edit: edit the spec and build.\n\
         // Reviewed and pinned under generated/; see CONTRIBUTING.md.\n\n{uses}{}",
        items.join("\n")
    )
}

/// The names that some code uses and those that it defines.
#[derive(Default)]
struct Words {
    used: BTreeSet<String>,
    defined: BTreeSet<String>,
}

impl Words {
    /// Whether a name comes from elsewhere.
    fn imports(&self, name: &str) -> bool {
        self.used.contains(name) && !self.defined.contains(name)
    }

    fn collect(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut variants = false;
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Ident(ident) => {
                    variants |= ident == "enum";
                    self.name(&ident.to_string(), &tokens[..at], &tokens[at + 1..]);
                }
                // Variants are named here, not used; what they hold is.
                TokenTree::Group(group) if variants && group.delimiter() == Delimiter::Brace => {
                    variants = false;
                    for token in group.stream() {
                        if let TokenTree::Group(inner) = token {
                            self.collect(inner.stream());
                        }
                    }
                }
                TokenTree::Group(group) => self.collect(group.stream()),
                // An attribute such as `deserialize_with = "decode::list"` names code in a text.
                TokenTree::Literal(literal) if literal.to_string().starts_with("\"decode::") => {
                    self.used.insert("decode".to_owned());
                }
                TokenTree::Literal(_) | TokenTree::Punct(_) => {}
            }
        }
    }

    fn name(&mut self, name: &str, before: &[TokenTree], after: &[TokenTree]) {
        match before.last() {
            Some(TokenTree::Ident(word)) if word == "struct" || word == "enum" => {
                self.defined.insert(name.to_owned());
            }
            // What stands behind `.` or `::` is found through what stands before it.
            Some(TokenTree::Punct(punct)) if punct.as_char() == '.' => {}
            Some(TokenTree::Punct(punct))
                if punct.as_char() == ':' && is_path(before.len().checked_sub(2).map(|at| &before[at])) => {}
            Some(TokenTree::Ident(word)) if word == "fn" => {}
            _ => {
                // Fields and variables can have the name of a function or module; those are called or followed by `::`.
                let called = matches!(after.first(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
                let used = matches!(after.first(), Some(TokenTree::Punct(punct)) if punct.as_char() == '!');
                if name.starts_with(char::is_uppercase) || called || used || is_path(after.first()) {
                    self.used.insert(name.to_owned());
                }
            }
        }
    }
}

/// Whether a token is the first colon of `::`.
fn is_path(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':' && punct.spacing() == Spacing::Joint)
}

/// Formats items, with blank lines between them.
fn render(items: &TokenStream) -> String {
    let file: syn::File = syn::parse2(items.clone())
        .unwrap_or_else(|error| panic!("generated code does not parse: {error}\n{items}"));
    let uses_only = file.items.iter().all(|item| matches!(item, syn::Item::Use(_)));
    let separator = if uses_only { "" } else { "\n" };
    let parts: Vec<String> = file
        .items
        .into_iter()
        .map(|item| {
            let methods = matches!(item, syn::Item::Impl(_));
            let file = syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![item] };
            let text = prettyplease::unparse(&file);
            let text = tidy(&text);
            // The formatter puts nothing between methods; people put a blank line there.
            if methods { text.replace("\n    }\n    ", "\n    }\n\n    ") } else { text }
        })
        .collect();
    parts.join(separator)
}

/// The file that mounts all services.
pub fn tree(services: &[Service], features: &[String]) -> String {
    let mut items = Vec::new();
    let (mut list, mut metadata) = (Vec::new(), Vec::new());
    for service in services {
        let module = format_ident!("{}", service.module);
        let feature = features.iter().find(|feature| **feature == service.name);
        let cfg = feature.map(|name| quote! { #[cfg(feature = #name)] }).unwrap_or_default();
        let docs = module_docs(service);
        let mut files = vec![(format_ident!("auth"), quote!(mod), quote!(), "auth".to_owned())];
        if has_types(service) {
            files.push((
                format_ident!("types"),
                quote!(pub mod),
                doc(&["Types that operations share."]),
                "types".to_owned(),
            ));
        }
        for operation in &service.operations {
            let docs = doc(&[format!("`{}`: {}", operation.name, lower_first(&operation.summary))]);
            let name = operation.module.clone();
            files.push((format_ident!("{name}"), quote!(pub mod), docs, name));
        }
        let mounted = files.iter().map(|(ident, visibility, docs, name)| {
            let path = format!("/{}/{name}.rs", service.module);
            let table = service.operations.iter().any(|operation| operation.module == *name).then(|| {
                let path = format!("/{}/{name}_table.rs", service.module);
                quote! {
                    pub use table::OPERATION;
                    mod table { include!(concat!(env!("OUT_DIR"), #path)); }
                }
            });
            quote! { #docs #visibility #ident { include!(concat!(env!("OUT_DIR"), #path)); #table } }
        });
        let own = format!("/{}/mod.rs", service.module);
        let metadata_path = format!("/{}/metadata.rs", service.module);
        items.push(quote! {
            #docs
            #cfg
            pub mod #module {
                include!(concat!(env!("OUT_DIR"), #own));
                #(#mounted)*
                #[cfg(feature = "metadata")]
                pub(crate) mod metadata { include!(concat!(env!("OUT_DIR"), #metadata_path)); }
            }
        });
        list.push(quote! { #cfg &#module::SERVICE });
        metadata.push(quote! { #cfg &#module::metadata::SERVICE });
    }
    let services_doc = doc(&["Every service compiled in, in the order of the names."]);
    items.push(quote! {
        #services_doc
        pub static SERVICES: &[&service::Service] = &[#(#list),*];
    });
    items.push(quote! {
        #[cfg(feature = "metadata")]
        static METADATA: &[&metadata::ServiceMetadata] = &[#(#metadata),*];
    });
    with_header("specs/", "", &items)
}

fn module_docs(service: &Service) -> TokenStream {
    let mut paragraphs = vec![super::docs::sentence(&service.title)];
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
