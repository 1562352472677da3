//! Calls: a request on its way through a client.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::docs::{doc, sentence};
use super::types::{Scope, required};
use crate::model::{Field, Operation, Service, Type};

/// The call: a request on its way through a client.
pub fn call(service: &Service, operation: &Operation) -> Vec<TokenStream> {
    let scope = Scope { service, operation: Some(operation), holder: None };
    let optional = operation.parameters.iter().filter(|field| !required(field, false));
    let setters = optional.map(|field| setter(field, &scope));
    let docs =
        doc(&[format!("A call of `{}`, made by the client's method of the same name.", operation.name)]);
    vec![
        quote! {
            #docs
            #[derive(Clone, Debug)]
            pub struct Call<'a> {
                cloud: &'a Cloud,
                request: Request,
            }
        },
        quote! {
            impl<'a> Call<'a> {
                /// A call of `request` through `cloud`.
                #[must_use]
                pub fn new(cloud: &'a Cloud, request: Request) -> Self {
                    Self { cloud, request }
                }

                #(#setters)*

                /// The request as it stands.
                #[must_use]
                pub fn request(&self) -> &Request {
                    &self.request
                }

                /// Validates the request, signs it, sends it and reads the answer.
                ///
                /// # Errors
                /// The service's own error, or why there was no answer.
                pub async fn send(self) -> Result<Answer<Response>, Error> {
                    self.request.validate(self.cloud.strictness()).map_err(crate::Error::from)?;
                    let reply = self.cloud.call(&OPERATION, self.request.parameters()).await?;
                    Ok(Answer::read(reply)?)
                }
            }
        },
    ]
}

/// A method that sets an optional parameter.
fn setter(field: &Field, scope: &Scope<'_>) -> TokenStream {
    let ident = format_ident!("{}", field.ident);
    let method = match field.ident.as_str() {
        "new" | "send" | "request" => format_ident!("{}_", field.ident),
        _ => ident.clone(),
    };
    let docs = doc(&[sentence(&field.doc)]);
    let kind = scope.value_type(&field.kind, field, false);
    let (argument, value) = match &field.kind {
        Type::List(inner) => {
            let inner = scope.value_type(inner, field, false);
            (
                quote!(impl IntoIterator<Item = impl Into<#inner>>),
                quote!(value.into_iter().map(Into::into).collect()),
            )
        }
        Type::Map(_) => (kind, quote!(value)),
        Type::Int64 | Type::Double | Type::Bool if field.enumeration.is_none() => (kind, quote!(Some(value))),
        _ => (quote!(impl Into<#kind>), quote!(Some(value.into()))),
    };
    quote! {
        #docs
        #[must_use]
        pub fn #method(mut self, value: #argument) -> Self {
            self.request.#ident = #value;
            self
        }
    }
}

/// Parameters of the client's method, and what it passes to `Request::new`.
pub fn constructor_arguments(service: &Service, operation: &Operation) -> (Vec<TokenStream>, Vec<Ident>) {
    // The client stands beside the operation's module, so types of the operation are named through it.
    let module = format_ident!("{}", operation.module);
    operation
        .parameters
        .iter()
        .filter(|field| required(field, false))
        .map(|field| {
            let ident = format_ident!("{}", field.ident);
            let kind = outside_type(&field.kind, field, service, operation, &module);
            let plain =
                matches!(field.kind, Type::Int64 | Type::Double | Type::Bool) && field.enumeration.is_none();
            let whole = matches!(field.kind, Type::List(_) | Type::Map(_) | Type::Named(_) | Type::Any);
            let argument =
                if plain || whole { quote!(#ident: #kind) } else { quote!(#ident: impl Into<#kind>) };
            (argument, ident)
        })
        .unzip()
}

/// A type as the client's module names it.
fn outside_type(
    kind: &Type,
    field: &Field,
    service: &Service,
    operation: &Operation,
    module: &Ident,
) -> TokenStream {
    match kind {
        Type::List(inner) => {
            let inner = outside_type(inner, field, service, operation, module);
            quote!(Vec<#inner>)
        }
        Type::Map(inner) => {
            let inner = outside_type(inner, field, service, operation, module);
            quote!(BTreeMap<String, #inner>)
        }
        Type::Named(name) => {
            let found = super::object(service, Some(operation), name);
            let rust = format_ident!("{}", found.struct_name(false));
            let shared = service.objects.iter().any(|shared| std::ptr::eq(shared, found));
            if shared { quote!(types::#rust) } else { quote!(#module::#rust) }
        }
        Type::String | Type::Int64 if field.enumeration.is_some() => {
            let name = format_ident!("{}", field.enumeration.as_deref().unwrap_or_default());
            quote!(#module::#name)
        }
        _ => Scope { service, operation: Some(operation), holder: None }.value_type(kind, field, false),
    }
}
