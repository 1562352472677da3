//! Signing functions: the steps of a description as straight-line code.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::docs::doc;
use super::lasting;
use super::tables::texts;
use crate::model::{Expr, Line, On, Service, Variant};
use crate::names::snake;
use crate::resolve::filters::{self, Takes};

/// Inputs that the signer has as bytes.
const BYTES: [&str; 8] = ["access_key", "host", "method", "path", "random", "secret", "uuid", "variant"];

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
    let lasting = lasting::steps(variant);
    let lines = variant.lines.iter().map(|each| line(each, &lasting));
    quote! {
        #docs
        fn #name(s: &mut Signer<'_>) { #(#lines)* }
    }
}

fn line(line: &Line, lasting: &BTreeSet<&str>) -> TokenStream {
    match line {
        Line::Step { name, value } if lasting.contains(name.as_str()) && lasting::is_worth_keeping(value) => {
            let ident = variable(name);
            let inputs = lasting::inputs(value).into_iter().map(part);
            let value = owned(value);
            quote! { let #ident = s.kept(#name, &[#(#inputs),*], || #value); }
        }
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
        Expr::Input(name) => match bytes(value) {
            Some(bytes) => quote!(Text::from(#bytes)),
            None => {
                let name = format_ident!("{name}");
                quote!(s.#name())
            }
        },
        Expr::Setting(name) => quote!(Text::from(s.setting(#name))),
        Expr::Literal(text) => quote!(Text::from(#text)),
        Expr::Time { format, offset, later } => {
            let (offset, seconds) = (Literal::i32_unsuffixed(*offset), Literal::i64_unsuffixed(*later));
            match later {
                0 => quote!(s.now(#format, #offset)),
                _ => quote!(s.later(#seconds, #format, #offset)),
            }
        }
        // A moment alone is no value: what mentions one has written it out.
        Expr::Later(_) => quote!(Text::from("")),
        Expr::Filter { .. } => filter(value),
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

/// The bytes of a value that is there already and need not be copied.
fn bytes(value: &Expr) -> Option<TokenStream> {
    match value {
        Expr::Input(name) if BYTES.contains(&name.as_str()) => {
            let name = format_ident!("{name}");
            Some(quote!(s.#name()))
        }
        Expr::Setting(name) => Some(quote!(s.setting(#name))),
        _ => None,
    }
}

/// Something of which only the bytes count: a part of a template.
fn part(value: &Expr) -> TokenStream {
    if let Some(bytes) = bytes(value) {
        return bytes;
    }
    match value {
        Expr::Literal(text) if text.is_ascii() => {
            let bytes = Literal::byte_string(text.as_bytes());
            quote!(#bytes)
        }
        Expr::Literal(text) => quote!(#text.as_bytes()),
        other => reference(other),
    }
}

/// A filter as a call of the method of its name.
fn filter(value: &Expr) -> TokenStream {
    let Expr::Filter { of, name, on, arguments, spot } = value else { return owned(value) };
    let takes = filters::find(name).map(|filter| filter.takes);
    // These take their value; the others look at it.
    let consumes = *on != On::All || matches!(takes, Some(Takes::Texts | Takes::Several | Takes::Pairs));
    let of = match &**of {
        Expr::Step(step) if !consumes => {
            let step = variable(step);
            quote!(#step)
        }
        Expr::Input(input) if input == "token" && !consumes => quote!(token),
        other => owned(other),
    };
    let method = match *name {
        "names" | "values" => format_ident!("list_{name}"),
        "get" => format_ident!("value_of"),
        name => format_ident!("{name}"),
    };
    let arguments: Vec<TokenStream> = match *name {
        "encode" if arguments.is_empty() => vec![quote!("")],
        // Blanks are what is trimmed unless told otherwise.
        "trim" if arguments.is_empty() => vec![quote!(" \t\r\n")],
        // What only counts for whether it is empty is looked at.
        "when" => arguments.iter().map(reference).collect(),
        "only" | "except" => {
            let patterns = arguments.iter().map(argument);
            vec![quote!(&[#(#patterns),*])]
        }
        _ => arguments.iter().map(argument).collect(),
    };
    let call = |of: TokenStream| quote!(#of.#method(#(#arguments),*));
    match (on, takes) {
        (On::Names | On::Values, _) => {
            let part = if *on == On::Names { format_ident!("names") } else { format_ident!("values") };
            if arguments.is_empty() {
                return quote!(#of.#part(Text::#method));
            }
            let change = call(quote!(text));
            quote!(#of.#part(|text| #change))
        }
        (On::All, Some(Takes::Text)) => {
            let (decoded, what) = (call(of), &spot.pipeline[..spot.call.end]);
            quote!(s.decoded(#what, #decoded))
        }
        (On::All, _) => call(of),
    }
}

fn argument(value: &Expr) -> TokenStream {
    match value {
        Expr::Literal(text) => quote!(#text),
        // A step can be used again; what is made here is used once.
        step @ Expr::Step(_) => reference(step),
        other => bytes(other).unwrap_or_else(|| owned(other)),
    }
}
