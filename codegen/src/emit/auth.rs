//! Signing functions: the steps of a description as straight-line code.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::docs::doc;
use super::tables::texts;
use crate::model::{Expr, Line, Service, Variant};
use crate::names::snake;

/// The table of variants, then one function each.
pub fn module(service: &Service) -> TokenStream {
    let auth = &service.auth;
    let variants = auth.variants.iter().map(|variant| {
        let (name, function) = (&variant.name, format_ident!("{}", variant.function));
        quote!(Variant { name: #name, sign: #function })
    });
    let (sign, skip) = (texts(&auth.sign_headers), texts(&auth.skip_headers));
    let (require, default) = (texts(&auth.require_headers), &auth.default);
    let docs = doc(&["The signature."]);
    let functions = auth.variants.iter().map(function);
    quote! {
        #docs
        pub(crate) const AUTH: Auth = Auth {
            sign_headers: #sign,
            skip_headers: #skip,
            require_headers: #require,
            variants: &[#(#variants),*],
            default: #default,
        };
        #(#functions)*
    }
}

fn function(variant: &Variant) -> TokenStream {
    let name = format_ident!("{}", variant.function);
    let docs = doc(&[if variant.name.is_empty() {
        "Signs a request.".to_owned()
    } else {
        format!("Signs a request with `{}`.", variant.name)
    }]);
    let lines = variant.lines.iter().map(line);
    quote! {
        #docs
        fn #name(s: &mut Signer<'_>) { #(#lines)* }
    }
}

fn line(line: &Line) -> TokenStream {
    match line {
        Line::Step { name, value } => {
            let (ident, value) = (variable(name), owned(value));
            quote! { let #ident = s.step(#name, #value); }
        }
        Line::Place { header, name, value, optional } => {
            let method = if *header { format_ident!("header") } else { format_ident!("param") };
            let value = reference(value);
            let place = quote! { s.#method(#name, #value); };
            if *optional {
                quote! { if let Some(token) = s.token() { #place } }
            } else {
                place
            }
        }
    }
}

/// A variable for a step, out of the way of the names that the code itself uses.
fn variable(name: &str) -> Ident {
    let name = snake(name);
    let taken: BTreeSet<&str> = ["s", "cat", "token"].into();
    if taken.contains(name.as_str()) { format_ident!("{name}_") } else { format_ident!("{name}") }
}

/// A value that a variable can hold.
fn owned(value: &Expr) -> TokenStream {
    match value {
        Expr::Step(name) => {
            let name = variable(name);
            quote!(#name.clone())
        }
        Expr::Input(name) if name == "token" => quote!(token.clone()),
        Expr::Input(name) => {
            let name = format_ident!("{name}");
            quote!(s.#name())
        }
        Expr::Setting(name) => quote!(s.setting(#name)),
        Expr::Literal(text) => quote!(Text::from(#text)),
        Expr::Time { format, offset } => {
            let offset = Literal::i32_unsuffixed(*offset);
            quote!(s.now(#format, #offset))
        }
        Expr::Filter { of, name, arguments, .. } => filter(of, name, arguments),
        Expr::Template(parts) => match parts.as_slice() {
            [] => quote!(Text::from("")),
            [one] => owned(one),
            parts => {
                let parts = parts.iter().map(part);
                quote!(cat(&[#(#parts),*]))
            }
        },
    }
}

/// A reference to a value.
fn reference(value: &Expr) -> TokenStream {
    match value {
        Expr::Step(name) => {
            let name = variable(name);
            quote!(&#name)
        }
        Expr::Input(name) if name == "token" => quote!(&token),
        Expr::Template(parts) if parts.len() == 1 => reference(&parts[0]),
        other => {
            let value = owned(other);
            quote!(&#value)
        }
    }
}

/// A part of a template.
fn part(value: &Expr) -> TokenStream {
    match value {
        Expr::Literal(text) if text.is_ascii() => {
            let bytes = Literal::byte_string(text.as_bytes());
            quote!(#bytes)
        }
        Expr::Literal(text) => quote!(#text.as_bytes()),
        other => reference(other),
    }
}

fn filter(of: &Expr, name: &str, arguments: &[Expr]) -> TokenStream {
    // These take their value; the others look at it.
    let consumes = ["lower", "squeeze", "encode", "decode", "rename", "drop_empty", "sort"].contains(&name);
    let of = match of {
        Expr::Step(step) if !consumes => {
            let step = variable(step);
            quote!(#step)
        }
        Expr::Input(input) if input == "token" && !consumes => quote!(token),
        other => owned(other),
    };
    let method = format_ident!("{name}");
    let arguments: Vec<TokenStream> = arguments
        .iter()
        .map(|argument| match argument {
            Expr::Literal(text) => quote!(#text),
            // A step can be used again; what is made here is used once.
            step @ Expr::Step(_) => reference(step),
            other => owned(other),
        })
        .collect();
    let arguments = if name == "encode" && arguments.is_empty() { vec![quote!("")] } else { arguments };
    quote!(#of.#method(#(#arguments),*))
}
