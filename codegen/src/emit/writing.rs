//! Long texts of a signature, piece by piece: what writes each piece from where it is.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::auth::{argument, part};
use crate::model::{Expr, On};

/// Statements that write a text to `out`, and about how long it is; `None` where nothing is gained by it.
pub fn written(value: &Expr) -> Option<TokenStream> {
    let pieces = match value {
        Expr::Template(parts) if parts.len() > 1 => parts.as_slice(),
        other => std::slice::from_ref(other),
    };
    if !pieces.iter().any(|piece| headers(piece).is_some() || is_hex(piece)) || is_hex(value) {
        return None;
    }
    let room = Literal::usize_unsuffixed(pieces.iter().map(room).sum::<usize>().next_multiple_of(64));
    let pieces = pieces.iter().map(piece);
    Some(quote!(written(#room, |out| { #(#pieces)* })))
}

/// A statement that writes a piece of text to `out`.
fn piece(value: &Expr) -> TokenStream {
    if let Some(headers) = headers(value) {
        return headers;
    }
    match value {
        Expr::Template(parts) => parts.iter().map(piece).collect(),
        Expr::Filter { of, name: "hex", on: On::All, .. } => {
            let bytes = argument(of);
            quote!(out.hex(#bytes);)
        }
        Expr::Filter { of, name: "as_text", on: On::All, .. } => {
            let bytes = argument(of);
            quote!(out.add(#bytes);)
        }
        Expr::Literal(_) => {
            let part = part(value);
            quote!(out.add(#part);)
        }
        other => {
            let piece = argument(other);
            quote!(out.add(#piece);)
        }
    }
}

fn is_hex(value: &Expr) -> bool {
    matches!(value, Expr::Filter { name: "hex", on: On::All, .. })
}

/// About how many bytes a piece has.
fn room(value: &Expr) -> usize {
    match value {
        Expr::Literal(text) => text.len(),
        Expr::Filter { name: "hex", .. } => 64,
        Expr::Filter { .. } if headers(value).is_some() => 128,
        Expr::Template(parts) => parts.iter().map(room).sum(),
        _ => 32,
    }
}

/// The headers that are signed, or their names, each changed for itself and all of them joined: a statement that writes
/// them to `out`.
fn headers(value: &Expr) -> Option<TokenStream> {
    let (list, between) = joined(value)?;
    let (mut names, mut values) = (Vec::new(), Vec::new());
    let (of, inside) = match joined(list) {
        // Pairs give a list, and what changes a list would change the pair as a whole.
        Some((pairs, inside)) => (pairs, Some(inside)),
        None => (list, None),
    };
    let base = changes(of, &mut names, &mut values)?;
    // Names are in lower case already.
    let raised = names.iter().position(|(name, _)| *name != "lower").unwrap_or(names.len());
    let name = element(&names[raised..], quote!(header.name()), None);
    let body = match (base, inside) {
        ("signed_headers", None) => name,
        ("headers", Some(inside)) => {
            let value = element(&values, quote!(header.value()), Some(quote!(&*)));
            let inside = (!inside.is_empty()).then(|| {
                let inside = part_of(inside);
                quote!(out.add(#inside);)
            });
            quote!(#name #inside #value)
        }
        _ => return None,
    };
    Some(quote!(s.each_header(out, #between, |out, header| { #body });))
}

fn part_of(text: &str) -> TokenStream {
    part(&Expr::Literal(text.to_owned()))
}

/// What is joined, and with what between.
fn joined(value: &Expr) -> Option<(&Expr, &str)> {
    let Expr::Filter { of, name, on: On::All, arguments, .. } = value else { return None };
    match (*name, arguments.as_slice()) {
        ("join", [Expr::Literal(between)]) => Some((of, between)),
        ("lines", []) => Some((of, "\n")),
        _ => None,
    }
}

/// A filter that changes texts, and its argument.
type Change<'e> = (&'static str, &'e [Expr]);

/// The changes that names and values undergo, one after the other, and what they are made to; `None` where something
/// else is done.
fn changes<'e>(
    value: &'e Expr,
    names: &mut Vec<Change<'e>>,
    values: &mut Vec<Change<'e>>,
) -> Option<&'e str> {
    match value {
        Expr::Input(name) if name == "headers" || name == "signed_headers" => Some(name),
        Expr::Filter { of, name, on, arguments, .. }
            if ["lower", "upper", "trim", "squeeze", "encode"].contains(name) =>
        {
            let base = changes(of, names, values)?;
            if *on != On::Values {
                names.push((*name, arguments));
            }
            if *on != On::Names {
                values.push((*name, arguments));
            }
            Some(base)
        }
        _ => None,
    }
}

/// A statement that writes a name or a value to `out`, changed; `bytes` before it makes bytes of it.
fn element(changes: &[Change<'_>], of: TokenStream, bytes: Option<TokenStream>) -> TokenStream {
    match changes {
        [] => quote!(out.add(#of);),
        [(name @ ("lower" | "upper"), _)] => {
            let name = format_ident!("{name}");
            quote!(out.#name(#of);)
        }
        changes => {
            let calls = changes.iter().map(|(name, arguments)| {
                let arguments = super::auth::arguments(name, arguments);
                let name = format_ident!("{name}");
                quote!(.#name(#(#arguments),*))
            });
            quote!(out.add(Text::from(#bytes #of) #(#calls)*);)
        }
    }
}
