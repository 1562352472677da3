//! A service's client and its table.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::call::constructor_arguments;
use super::docs::{doc, sentence};
use super::request::many_arguments;
use super::tables::{self, json_kind, option, pairs, place, wants};
use crate::model::{Operation, Service};

/// The client, then the table.
pub fn module(service: &Service) -> Vec<TokenStream> {
    vec![client(service), methods(service), from_cloud(), table(service)]
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
    quote! {
        #docs
        #[derive(Clone, Debug)]
        pub struct Client {
            cloud: Cloud,
        }
    }
}

fn methods(service: &Service) -> TokenStream {
    let operations = service.operations.iter().map(|operation| method(service, operation));
    let links = service.operations.iter().any(|operation| !operation.links.is_empty()).then(|| {
        quote! {
            /// The temporary links of a backup: the same on every cloud.
            ///
            /// # Errors
            /// The service's error, or why there was no answer that can be used.
            pub async fn backup_links(&self, backup: &BackupId) -> Result<BackupLinks, crate::Error> {
                self.cloud.backup_links(backup).await
            }
        }
    });
    let backups = service.operations.iter().any(|operation| !operation.backups.is_empty()).then(|| {
        quote! {
            /// The backups of an instance, newest first: the same on every cloud.
            ///
            /// # Errors
            /// The service's error, or why there was no answer that can be used.
            pub async fn backups(&self, instance: &str) -> Result<Vec<Backup>, crate::Error> {
                self.cloud.backups(instance).await
            }
        }
    });
    quote! {
        impl Client {
            /// A client with what `configure` sets.
            ///
            /// # Errors
            /// When something that every call needs is missing or wrong.
            pub fn new(configure: impl FnOnce(Builder) -> Builder) -> Result<Self, crate::Error> {
                configure(Cloud::builder(&SERVICE)).build().map(Self::from)
            }

            /// A client configured from environment variables: `RDBFETCH_*`, then the vendor's own.
            ///
            /// # Errors
            /// When something that every call needs is missing or wrong.
            pub fn from_env() -> Result<Self, crate::Error> {
                Self::new(Builder::from_env)
            }

            /// The client without its types, as code that works on every cloud uses it.
            #[must_use]
            pub fn cloud(&self) -> &Cloud {
                &self.cloud
            }

            #(#operations)*
            #links
            #backups
        }
    }
}

fn method(service: &Service, operation: &Operation) -> TokenStream {
    let name = format_ident!("{}", operation.module);
    let (parameters, arguments) = constructor_arguments(service, operation);
    let mut paragraphs = vec![sentence(&operation.summary), format!("The vendor's `{}`.", operation.name)];
    if let Some(rate) = operation.rate_limit {
        paragraphs.push(format!("The vendor allows {rate} calls per second."));
    }
    if !operation.documents.is_empty() {
        paragraphs.push(format!("From: {}.", operation.documents.join("; ")));
    }
    let docs = doc(&paragraphs);
    let deprecated =
        operation.deprecated.as_ref().map(|note| quote!(#[deprecated(note = #note)])).unwrap_or_default();
    // `self` counts.
    let many = many_arguments(arguments.len() + 1);
    quote! {
        #docs
        #deprecated
        #many
        pub fn #name(&self, #(#parameters),*) -> #name::Call<'_> {
            #name::Call::new(&self.cloud, #name::Request::new(#(#arguments),*))
        }
    }
}

fn from_cloud() -> TokenStream {
    quote! {
        impl From<Cloud> for Client {
            fn from(cloud: Cloud) -> Self {
                Self { cloud }
            }
        }
    }
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
    let errors = tables::errors(&service.errors);
    let rate_limit = option(service.rate_limit.map(proc_macro2::Literal::u32_unsuffixed));
    let clock_window = option(service.clock_window.map(proc_macro2::Literal::u64_unsuffixed));
    let credentials = service.credentials.iter().map(|source| {
        let (access_key, secret) = (&source.access_key, &source.secret);
        let token = option(source.token.as_ref());
        let settings = pairs(source.settings.iter().map(|(name, variable)| (name.as_str(), variable.as_str())));
        quote!(EnvCredentials { access_key: #access_key, secret: #secret, token: #token, settings: #settings })
    });
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
            credentials: &[#(#credentials),*],
            auth: auth::AUTH,
            operations: &[#(#operations),*],
        };
    }
}

fn envelope(service: &Service) -> TokenStream {
    let envelope = &service.envelope;
    let success = envelope.success.iter().map(|(at, list)| {
        let (at, list) = (place(at), wants(list));
        quote!((#at, #list))
    });
    let errors = envelope.errors.iter().map(|shape| {
        let (code, kind) = (place(&shape.code), json_kind(shape.code_kind));
        let (name, message) =
            (option(shape.name.as_ref().map(place)), option(shape.message.as_ref().map(place)));
        quote!(ErrorShape { code: #code, code_kind: #kind, name: #name, message: #message })
    });
    let request_id = envelope.request_id.iter().map(place);
    let error_status = proc_macro2::Literal::u16_unsuffixed(envelope.error_status);
    let values = envelope.values.iter().map(|(at, kind, value)| {
        let (at, kind, value) = (place(at), json_kind(*kind), tables::template(value));
        quote!((#at, #kind, #value))
    });
    quote! {
        Envelope {
            success: &[#(#success),*],
            errors: &[#(#errors),*],
            request_id: &[#(#request_id),*],
            error_status: #error_status,
            values: &[#(#values),*],
        }
    }
}
