//! Validators of requests: one line per documented fact.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::docs::own_doc;
use super::request::value_of;
use super::tables;
use super::types::{Scope, required};
use crate::model::{Field, Operation, Rule, Type, Verb};
use crate::spec::PlaceWord;

/// `validate`: what forms the request, then what is documented of single fields, then the rules.
pub fn validate(operation: &Operation, scope: &Scope<'_>) -> TokenStream {
    let parameters = &operation.parameters;
    let mut lines: Vec<TokenStream> = parameters
        .iter()
        .filter(|field| field.place.unwrap_or(operation.place) == PlaceWord::Path)
        .filter_map(path_check)
        .collect();
    lines.extend(field_checks(parameters));
    lines.extend(operation.rules.iter().map(|rule| rule_check(rule, parameters, scope)));
    let docs = own_doc(&[
        "Checks the request without sending it.",
        "What is needed to form it and the rules across parameters are always checked, documented limits only with \
         [`Strictness::Documented`].",
    ]);
    let name = &operation.name;
    let body = if lines.is_empty() {
        quote!(Check::new(#name, strictness).finish())
    } else {
        quote! {
            let mut check = Check::new(#name, strictness);
            #(#lines)*
            check.finish()
        }
    };
    quote! {
        #docs
        ///
        /// # Errors
        /// Everything that is wrong, each with its path.
        pub fn validate(&self, strictness: Strictness) -> Result<(), Violations> {
            #body
        }
    }
}

/// The check of a text that becomes a segment of the path.
fn path_check(field: &Field) -> Option<TokenStream> {
    if field.kind != Type::String {
        return None;
    }
    let (ident, name) = (format_ident!("{}", field.ident), &field.name);
    let text = |value: TokenStream| match (&field.enumeration, field.sensitive) {
        (Some(_), _) => quote!(#value.as_str()),
        (None, true) => quote!(#value.expose()),
        (None, false) => value,
    };
    let plain = field.enumeration.is_none() && !field.sensitive;
    Some(if required(field, false) {
        let value = if plain { quote!(&self.#ident) } else { text(quote!(self.#ident)) };
        quote! { check.path_segment(#name, #value); }
    } else {
        let value = text(quote!(value));
        quote! { if let Some(value) = &self.#ident { check.path_segment(#name, #value); } }
    })
}

/// The checks of single fields.
pub fn field_checks(fields: &[Field]) -> Vec<TokenStream> {
    let mut out = Vec::new();
    for field in fields {
        out.extend(presence_check(field));
        out.extend(bounds_check(field));
        out.extend(pattern_check(field));
        out.extend(members_check(field));
    }
    out
}

/// What must be there is not empty either.
fn presence_check(field: &Field) -> Option<TokenStream> {
    if !required(field, false) {
        return None;
    }
    let (ident, name) = (format_ident!("{}", field.ident), &field.name);
    match &field.kind {
        Type::String if field.enumeration.is_some() => None,
        Type::String if field.sensitive => {
            Some(quote! { check.required(#name, !self.#ident.expose().is_empty()); })
        }
        Type::String | Type::List(_) | Type::Map(_) => {
            Some(quote! { check.required(#name, !self.#ident.is_empty()); })
        }
        _ => None,
    }
}

fn bounds_check(field: &Field) -> Option<TokenStream> {
    field.bounds?;
    let (ident, name, bounds) = (format_ident!("{}", field.ident), &field.name, tables::bounds(field.bounds));
    Some(match &field.kind {
        _ if required(field, false) => quote! { check.measured(#name, &self.#ident, #bounds); },
        // An empty list is not sent.
        Type::List(_) => {
            quote! { if given(&self.#ident) { check.measured(#name, &self.#ident, #bounds); } }
        }
        _ => quote! { if let Some(value) = &self.#ident { check.measured(#name, value, #bounds); } },
    })
}

fn pattern_check(field: &Field) -> Option<TokenStream> {
    let pattern = field.pattern.as_ref()?;
    let (ident, name) = (format_ident!("{}", field.ident), &field.name);
    Some(match &field.kind {
        Type::List(_) => quote! { check.pattern(#name, &self.#ident, #pattern); },
        _ if required(field, false) => quote! { check.pattern(#name, &self.#ident, #pattern); },
        _ => quote! { if let Some(value) = &self.#ident { check.pattern(#name, value, #pattern); } },
    })
}

/// The checks of what an object holds, or of what every object of a list or map holds.
fn members_check(field: &Field) -> Option<TokenStream> {
    let (ident, name) = (format_ident!("{}", field.ident), &field.name);
    let is_object = |kind: &Type| matches!(kind, Type::Named(_));
    match &field.kind {
        Type::Named(_) if required(field, false) => {
            Some(quote! { check.within(#name, |check| self.#ident.check(check)); })
        }
        Type::Named(_) => Some(quote! {
            if let Some(value) = &self.#ident { check.within(#name, |check| value.check(check)); }
        }),
        Type::List(inner) if is_object(inner) => Some(quote! {
            check.each(#name, &self.#ident, |check, item| item.check(check));
        }),
        Type::Map(inner) if is_object(inner) => {
            let path = format!("{}.{{key}}", name.replace('{', "{{").replace('}', "}}"));
            Some(quote! {
                for (key, item) in &self.#ident {
                    check.within(&format!(#path), |check| item.check(check));
                }
            })
        }
        _ => None,
    }
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
