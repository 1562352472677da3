//! Signing functions: the steps of a description as straight-line code.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::docs::doc;
use super::steps::{Kept, Made, made};
use super::tables::texts;
use super::writing::written;
use crate::model::{Auth, Expr, On, Service, Variant};
use crate::names::snake;
use crate::resolve::filters::{self, Takes};

/// Inputs that the signer has as bytes, and that no placement changes.
pub const BYTES: [&str; 8] = ["access_key", "host", "method", "path", "random", "secret", "uuid", "variant"];

/// The table of variants, then one function each.
pub fn module(service: &Service) -> TokenStream {
    let auth = &service.auth;
    let variants = auth.variants.iter().map(|variant| {
        let (name, function) = (&variant.name, format_ident!("{}", variant.function));
        quote!(Variant { name: #name, sign: #function })
    });
    let (sign, sorted) = sign_headers(auth);
    let skip = texts(&auth.skip_headers);
    let (require, default) = (texts(&auth.require_headers), &auth.default);
    let docs = doc(&["The signature."]);
    let functions = auth.variants.iter().map(function);
    quote! {
        #docs
        pub(crate) const AUTH: Auth = Auth {
            sign_headers: #sign,
            sorted_names: #sorted,
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
    let lines = made(variant);
    let lines = lines.iter().map(line);
    quote! {
        #docs
        fn #name(s: &mut Signer<'_>) { #(#lines)* }
    }
}

/// The headers that are signed, and whether these are names in order: then nobody has to look for them and to sort them
/// with each request.
fn sign_headers(auth: &Auth) -> (TokenStream, bool) {
    let is_name = |text: &String| !text.contains('*') && !text.bytes().any(|byte| byte.is_ascii_uppercase());
    if !auth.sign_headers.iter().chain(&auth.skip_headers).all(is_name) {
        return (texts(&auth.sign_headers), false);
    }
    let names: BTreeSet<&String> = auth.sign_headers.iter().collect();
    let names: Vec<String> =
        names.into_iter().filter(|name| !auth.skip_headers.contains(name)).cloned().collect();
    (texts(&names), true)
}

fn line(line: &Made) -> TokenStream {
    match line {
        Made::Step(name, value) => step(name, value),
        Made::Name(name, value) => {
            let value = owned(value);
            quote! { s.note(#name, || #value); }
        }
        Made::Kept(Kept { name, value, within, inputs, is_key }) => {
            let method = if *is_key { format_ident!("kept_key") } else { format_ident!("kept") };
            let (ident, inputs, value) = (variable(name), inputs.iter().map(part), owned(value));
            let steps = within.iter().map(|(name, value)| step(name, value));
            let make = if within.is_empty() { value } else { quote!({ #(#steps)* #value }) };
            quote! { let #ident = s.#method(#name, &[#(#inputs),*], || #make); }
        }
        Made::Place { header, name, value, optional } => {
            let method = if *header { format_ident!("header") } else { format_ident!("param") };
            let value = placed(value);
            let place = quote! { s.#method(#name, #value); };
            if *optional {
                quote! { if let Some(token) = s.token() { #place } }
            } else {
                place
            }
        }
    }
}

fn step(name: &str, value: &Expr) -> TokenStream {
    let (ident, value) = (variable(name), owned(value));
    quote! { let #ident = s.step(#name, #value); }
}

/// A variable for a step, out of the way of the names that the code itself uses.
fn variable(name: &str) -> Ident {
    let name = snake(name);
    let taken: BTreeSet<&str> = ["s", "cat", "header", "out", "token", "written"].into();
    if taken.contains(name.as_str()) { format_ident!("{name}_") } else { format_ident!("{name}") }
}

/// A value that a variable can hold.
pub fn owned(value: &Expr) -> TokenStream {
    if let Some(written) = written(value) {
        return written;
    }
    match value {
        Expr::Step(name) => {
            let name = variable(name);
            quote!(#name.clone())
        }
        Expr::Input(name) if name == "token" => quote!(token.clone()),
        Expr::Input(name) => {
            let input = format_ident!("{name}");
            match name.as_str() {
                "body" => quote!(Bytes::from(&*s.#input())),
                "raw_query" => quote!(Text::from(&*s.#input())),
                name if BYTES.contains(&name) => quote!(Text::from(s.#input())),
                _ => quote!(s.#input()),
            }
        }
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

/// A value that is placed: a step can be used again, all else is given away.
fn placed(value: &Expr) -> TokenStream {
    match value {
        Expr::Step(_) => reference(value),
        Expr::Input(name) if name == "token" => quote!(token),
        Expr::Template(parts) if parts.len() == 1 => placed(&parts[0]),
        other => owned(other),
    }
}

/// A reference to a value.
pub fn reference(value: &Expr) -> TokenStream {
    match value {
        Expr::Step(name) => {
            let name = variable(name);
            quote!(&#name)
        }
        Expr::Input(name) if ["token", "body", "raw_query"].contains(&name.as_str()) => {
            let value = bytes(value);
            quote!(&#value)
        }
        Expr::Template(parts) if parts.len() == 1 => reference(&parts[0]),
        other => {
            let value = owned(other);
            quote!(&#value)
        }
    }
}

/// What has the bytes of a value that is there already and need not be copied.
fn bytes(value: &Expr) -> Option<TokenStream> {
    match value {
        Expr::Input(name) if name == "token" => Some(quote!(token)),
        Expr::Input(name) if ["body", "raw_query"].contains(&name.as_str()) => {
            let name = format_ident!("{name}");
            Some(quote!(s.#name()))
        }
        value => slice(value),
    }
}

/// The bytes of a value that is there already.
fn slice(value: &Expr) -> Option<TokenStream> {
    match value {
        Expr::Input(name) if BYTES.contains(&name.as_str()) => {
            let name = format_ident!("{name}");
            Some(quote!(s.#name()))
        }
        Expr::Setting(name) => Some(quote!(s.setting(#name))),
        Expr::Literal(text) if text.is_ascii() => {
            let bytes = Literal::byte_string(text.as_bytes());
            Some(quote!(#bytes))
        }
        Expr::Literal(text) => Some(quote!(#text.as_bytes())),
        _ => None,
    }
}

/// Something of which only the bytes count: a part of a template.
pub fn part(value: &Expr) -> TokenStream {
    slice(value).unwrap_or_else(|| reference(value))
}

/// A filter as a call of the method of its name.
fn filter(value: &Expr) -> TokenStream {
    let Expr::Filter { of, name, on, arguments, spot } = value else { return owned(value) };
    let takes = filters::find(name).map(|filter| filter.takes);
    // These take their value; the others look at it, and some of them at any bytes.
    let consumes = *on != On::All || matches!(takes, Some(Takes::Texts | Takes::Several | Takes::Pairs));
    let of_bytes = *on == On::All && matches!(takes, Some(Takes::Digest | Takes::Shown | Takes::Bytes));
    let of = match &**of {
        Expr::Step(step) if !consumes => {
            let step = variable(step);
            quote!(#step)
        }
        other => bytes(other).filter(|_| of_bytes).unwrap_or_else(|| owned(other)),
    };
    let method = match *name {
        "names" | "values" => format_ident!("list_{name}"),
        "get" => format_ident!("value_of"),
        name => format_ident!("{name}"),
    };
    let arguments = self::arguments(name, arguments);
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

/// The arguments of the method of a filter.
pub fn arguments(filter: &str, arguments: &[Expr]) -> Vec<TokenStream> {
    match filter {
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
    }
}

/// Something that only the bytes of are looked at.
pub fn argument(value: &Expr) -> TokenStream {
    match value {
        Expr::Literal(text) => quote!(#text),
        // A step can be used again, and so can a token; what is made here is used once.
        Expr::Step(_) => reference(value),
        Expr::Input(name) if name == "token" => reference(value),
        other => bytes(other).unwrap_or_else(|| owned(other)),
    }
}
