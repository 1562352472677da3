//! Requests: the struct, its validator, and the call that sends it.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::docs::{doc, own_doc, sentence};
use super::types::{Scope, field_docs, required};
use super::{objects, tables};
use crate::model::{Field, Operation, Rule, Service, Type, Verb};
use crate::spec::PlaceWord;

/// The request struct and everything on it.
pub fn request(service: &Service, operation: &Operation) -> Vec<TokenStream> {
    let scope = Scope { service, operation: Some(operation), holder: None };
    let name = format_ident!("Request");
    let docs = own_doc(&[
        &format!("What `{}` is asked.", operation.name),
        "Make one with [`Request::new`] and set the optional fields.",
    ]);
    let fields = operation.parameters.iter().map(|field| {
        let (ident, kind, docs) =
            (format_ident!("{}", field.ident), scope.field_type(field, false), field_docs(field));
        quote! { #docs pub #ident: #kind }
    });
    vec![
        quote! {
            #docs
            #[derive(Clone, Debug, PartialEq)]
            #[non_exhaustive]
            pub struct Request { #(#fields),* }
        },
        constructor(&name, &operation.parameters, &scope),
        validator(operation, &scope),
        parameters(operation, &scope),
    ]
}

/// Arguments and field values for the required fields.
fn arguments<'f>(
    fields: &'f [Field],
    scope: &Scope<'_>,
) -> Vec<(Ident, TokenStream, TokenStream, &'f Field)> {
    fields
        .iter()
        .filter(|field| required(field, false))
        .map(|field| {
            let ident = format_ident!("{}", field.ident);
            let kind = scope.value_type(&field.kind, field, false);
            let (argument, value) = match &field.kind {
                Type::Int64 | Type::Double | Type::Bool if field.enumeration.is_none() => {
                    (kind, quote!(#ident))
                }
                Type::List(_) | Type::Map(_) | Type::Named(_) | Type::Any => (kind, quote!(#ident)),
                _ => (quote!(impl Into<#kind>), quote!(#ident.into())),
            };
            (ident, argument, value, field)
        })
        .collect()
}

/// `new`, which takes what cannot be left out.
pub fn constructor(name: &Ident, fields: &[Field], scope: &Scope<'_>) -> TokenStream {
    let arguments = arguments(fields, scope);
    let parameters = arguments.iter().map(|(ident, kind, ..)| quote!(#ident: #kind));
    let values = fields.iter().map(|field| {
        let ident = format_ident!("{}", field.ident);
        match arguments.iter().find(|(argument, ..)| *argument == ident) {
            Some((_, _, value, _)) if ident == value.to_string() => quote!(#ident),
            Some((_, _, value, _)) => quote!(#ident: #value),
            None => match field.kind {
                Type::List(_) => quote!(#ident: Vec::new()),
                Type::Map(_) => quote!(#ident: BTreeMap::new()),
                _ => quote!(#ident: None),
            },
        }
    });
    let docs = doc(&["With what cannot be left out."]);
    let default = if arguments.is_empty() {
        quote!(#[allow(clippy::new_without_default, reason = "a request is not a default")])
    } else {
        Default::default()
    };
    quote! {
        impl #name {
            #docs
            #default
            #[must_use]
            pub fn new(#(#parameters),*) -> Self {
                Self { #(#values),* }
            }
        }
    }
}

/// `validate`, with one line per documented fact.
fn validator(operation: &Operation, scope: &Scope<'_>) -> TokenStream {
    let mut lines = Vec::new();
    for field in &operation.parameters {
        if field.place.unwrap_or(operation.place) == PlaceWord::Path && *field.kind.leaf() == Type::String {
            let (ident, name) = (format_ident!("{}", field.ident), &field.name);
            lines.push(if required(field, false) {
                quote! { check.path_segment(#name, &self.#ident); }
            } else {
                quote! { if let Some(value) = &self.#ident { check.path_segment(#name, value); } }
            });
        }
    }
    lines.extend(field_checks(&operation.parameters, scope));
    lines.extend(operation.rules.iter().map(|rule| rule_check(rule, &operation.parameters, scope)));
    let docs = own_doc(&[
        "Checks the request without sending it.",
        "What is needed to form it and the rules across parameters are always checked, documented limits only with \
         [`Strictness::Documented`].",
    ]);
    let name = &operation.name;
    let mutable = if lines.is_empty() { quote!() } else { quote!(mut) };
    quote! {
        impl Request {
            #docs
            ///
            /// # Errors
            /// Everything that is wrong, each with its path.
            pub fn validate(&self, strictness: Strictness) -> Result<(), Violations> {
                let #mutable check = Check::new(#name, strictness);
                #(#lines)*
                check.finish()
            }
        }
    }
}

/// The checks of single fields.
pub fn field_checks(fields: &[Field], _scope: &Scope<'_>) -> Vec<TokenStream> {
    let mut out = Vec::new();
    for field in fields {
        let (ident, name) = (format_ident!("{}", field.ident), &field.name);
        let there = required(field, false);
        match &field.kind {
            Type::List(_) | Type::Map(_) if there => {
                out.push(quote! { check.required(#name, !self.#ident.is_empty()); });
            }
            Type::String if there && field.enumeration.is_none() && !field.sensitive => {
                out.push(quote! { check.required(#name, !self.#ident.is_empty()); });
            }
            Type::String if there && field.enumeration.is_none() => {
                out.push(quote! { check.required(#name, !self.#ident.expose().is_empty()); });
            }
            _ => {}
        }
        if field.bounds.is_some() {
            let bounds = tables::bounds(field.bounds);
            let value = if there || matches!(field.kind, Type::List(_)) {
                quote!(&self.#ident)
            } else {
                quote!(value)
            };
            let line = quote! { check.measured(#name, #value, #bounds); };
            out.push(if there || matches!(field.kind, Type::List(_)) {
                line
            } else {
                quote! { if let Some(value) = &self.#ident { #line } }
            });
        }
        if objects::holds_object(&field.kind) {
            match &field.kind {
                Type::Named(_) if there => {
                    out.push(quote! { check.within(#name, |check| self.#ident.check(check)); });
                }
                Type::Named(_) => out.push(quote! {
                    if let Some(value) = &self.#ident { check.within(#name, |check| value.check(check)); }
                }),
                Type::List(inner) if matches!(**inner, Type::Named(_)) => out.push(quote! {
                    check.each(#name, &self.#ident, |check, item| item.check(check));
                }),
                Type::Map(inner) if matches!(**inner, Type::Named(_)) => out.push(quote! {
                    for (key, item) in &self.#ident {
                        check.within(&format!("{}.{key}", #name), |check| item.check(check));
                    }
                }),
                _ => {}
            }
        }
    }
    out
}

fn rule_check(rule: &Rule, parameters: &[Field], scope: &Scope<'_>) -> TokenStream {
    let find = |name: &str| parameters.iter().find(|field| field.name == name).expect("rules were resolved");
    let value = |name: &str| value_of(find(name), required(find(name), false), scope);
    let text = &rule.text;
    let check = match &rule.verb {
        Verb::Required(names) => {
            let (first, given) = (
                &names[0],
                names.iter().map(|name| {
                    let value = value(name);
                    quote!(given(#value))
                }),
            );
            quote! { check.rule(#first, #(#given)||*, #text); }
        }
        Verb::Forbidden(name) => {
            let value = value(name);
            quote! { check.rule(#name, !given(#value), #text); }
        }
        Verb::NotEqual(a, b) => {
            let (left, right) = (value(a), value(b));
            let defaults = [a, b].map(|name| tables::option(find(name).default.as_ref()));
            let [left_default, right_default] = defaults;
            quote! { check.rule(#b, !same(#left, #left_default, #right, #right_default), #text); }
        }
    };
    if rule.when.is_empty() {
        return check;
    }
    let conditions = rule.when.iter().map(|(name, wants)| {
        let (value, wants) = (value(name), tables::wants(wants));
        let default = tables::option(find(name).default.as_ref());
        quote!(holds(#value, #default, #wants))
    });
    quote! { if #(#conditions)&&* { #check } }
}

/// How a field becomes a value.
fn value_of(field: &Field, there: bool, scope: &Scope<'_>) -> TokenStream {
    let ident = format_ident!("{}", field.ident);
    if scope.boxes(field) {
        return if there { quote!(&*self.#ident) } else { quote!(&self.#ident.as_deref()) };
    }
    if *field.kind.leaf() != Type::Timestamp {
        return quote!(&self.#ident);
    }
    let time = tables::time_format(&field.time);
    match &field.kind {
        Type::Timestamp if there => quote!(&moment(self.#ident, #time)),
        Type::Timestamp => quote!(&self.#ident.map(|at| moment(at, #time))),
        kind => {
            let value = moments(kind, &quote!(self.#ident), &time);
            quote!(&#value)
        }
    }
}

/// A list or map of moments as the vendor writes them.
fn moments(kind: &Type, value: &TokenStream, time: &TokenStream) -> TokenStream {
    match kind {
        Type::List(inner) => {
            let inner = moments(inner, &quote!(at), time);
            quote!(#value.iter().map(|at| #inner).collect::<Vec<_>>())
        }
        Type::Map(inner) => {
            let inner = moments(inner, &quote!(at), time);
            quote!(#value.iter().map(|(key, at)| (key.clone(), #inner)).collect::<BTreeMap<_, _>>())
        }
        _ => quote!(moment(*#value, #time)),
    }
}

fn puts(fields: &[Field], scope: &Scope<'_>) -> Vec<TokenStream> {
    fields
        .iter()
        .map(|field| {
            let name = &field.name;
            let there = required(field, false);
            let value = value_of(field, there, scope);
            match there {
                true => quote! { put(&mut out, #name, #value); },
                false => quote! { put_optional(&mut out, #name, #value); },
            }
        })
        .collect()
}

fn parameters(operation: &Operation, scope: &Scope<'_>) -> TokenStream {
    let docs = doc(&["The parameters that are set, by their documented names."]);
    let puts = puts(&operation.parameters, scope);
    let mutable = if puts.is_empty() { quote!() } else { quote!(mut) };
    quote! {
        impl Request {
            #docs
            #[must_use]
            pub fn parameters(&self) -> Parameters {
                let #mutable out = Parameters::new();
                #(#puts)*
                out
            }
        }
    }
}

/// How an object becomes a value.
pub fn to_value(name: &Ident, fields: &[Field], scope: &Scope<'_>) -> TokenStream {
    let puts = puts(fields, scope);
    let mutable = if puts.is_empty() { quote!() } else { quote!(mut) };
    quote! {
        impl ToValue for #name {
            fn to_value(&self) -> Value {
                let #mutable out = Parameters::new();
                #(#puts)*
                out.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            }
        }
    }
}

/// The call: a request on its way through a client.
pub fn call(service: &Service, operation: &Operation) -> Vec<TokenStream> {
    let scope = Scope { service, operation: Some(operation), holder: None };
    let setters = operation.parameters.iter().filter(|field| !required(field, false)).map(|field| {
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
            Type::Int64 | Type::Double | Type::Bool if field.enumeration.is_none() => {
                (kind, quote!(Some(value)))
            }
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
    });
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
