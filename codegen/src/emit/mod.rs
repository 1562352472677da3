//! From the model to Rust text: one file per artefact.

mod auth;
mod client;
mod credentials;
mod docs;
mod enums;
mod errors;
mod file;
mod lasting;
mod metadata;
mod objects;
mod operation;
mod print;
mod steps;
mod tables;
mod types;
mod writing;

pub use types::{Scope, required};

use crate::Output;
use proc_macro2::TokenStream;
use quote::quote;

use crate::model::{Object, Operation, Service};

/// What the code is emitted for.
pub struct Target<'t> {
    /// What the runtime's crate is called there.
    pub runtime: &'t str,
    /// The services that a cargo feature switches on.
    pub features: &'t [String],
}

impl Target<'_> {
    /// Whether the code belongs to the library itself.
    fn is_library(&self) -> bool {
        self.runtime == "crate"
    }

    /// What goes before an item that a crate can leave alone.
    fn unused(&self) -> Option<TokenStream> {
        (!self.is_library()).then(|| quote! { #[allow(dead_code)] })
    }
}

/// Emits every file, in the order of their paths.
pub fn emit(services: &[Service], target: &Target<'_>, digest: u64) -> Vec<Output> {
    let mut out = vec![
        Output { path: "digest".to_owned(), text: format!("{digest:016x}\n") },
        Output { path: "services.rs".to_owned(), text: file::mounts(services, target) },
    ];
    for service in services {
        let folder = &service.module;
        let spec = format!("specs/{}/service.yaml", service.name);
        out.push(Output { path: format!("{folder}/metadata.json"), text: metadata::text(service) });
        let mut file = |name: &str, source: &str, items| {
            out.push(Output {
                path: format!("{folder}/{name}.rs"),
                text: file::file(source, target, &items),
            });
        };
        file("mod", &spec, client::module(service, target));
        file("auth", &spec, auth::module(service));
        if has_types(service) {
            file("types", &spec, objects::shared(service));
        }
        for operation in &service.operations {
            let source = format!("specs/{}/{}.yaml", service.name, operation.name);
            file(&operation.module, &source, operation::module(service, operation));
        }
    }
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

/// Whether any operation uses a type of the service.
fn has_types(service: &Service) -> bool {
    service.objects.iter().any(|object| object.in_request || object.in_response)
}

/// The object type with this name, as an operation sees it.
fn object<'m>(service: &'m Service, operation: Option<&'m Operation>, name: &str) -> &'m Object {
    let own = operation.and_then(|one| one.objects.iter().find(|object| object.name == name));
    let shared = || service.numbers.get(name).map(|at| &service.objects[*at]);
    own.or_else(shared).expect("types were resolved")
}
