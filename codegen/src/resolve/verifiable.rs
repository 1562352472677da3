//! Whether a signature can be verified, and how: its placements, read backwards.

use std::collections::BTreeSet;

use super::auth::Draft;
use super::graph::{Placed, depends, mentions};
use crate::model::{Expr, Placement, PlacementPiece, TimeFormat};

type Steps<'a> = [(&'a str, Expr)];

/// More pieces than any placement has. Steps that mention each other several times over multiply.
const MAX_PIECES: usize = 256;

/// Rules that make a description safe and verifiable. Whether all are kept.
pub fn check(draft: &Draft<'_>, steps: &Steps<'_>, placed: &[Placed<'_>]) -> bool {
    let Some((_, signature)) = steps.iter().find(|(name, _)| *name == "signature") else {
        return check_unsigned(draft, steps, placed);
    };
    let path = ["auth", "steps", "signature"];
    let mut good = true;
    for (_, name, value, path) in placed {
        if leaks(value, steps) {
            let message = format!("`{name}` would send the secret");
            let help = "only `signature` may depend on `secret`".to_owned();
            draft.file.wrong_part(path, "secret", message, Some(help));
            good = false;
        }
    }
    for input in ["now", "uuid", "random"] {
        let carried = placed.iter().any(|(_, _, value, _)| carries(value, input, steps));
        let covered = depends(signature, input, steps)
            || placed
                .iter()
                .any(|(_, _, value, _)| depends(value, input, steps) && !depends(value, "signature", steps));
        if covered && !carried {
            let message = format!("the signature depends on `{input}`, but no header or parameter shows it");
            draft.file.wrong(&path, message);
            good = false;
        }
    }
    if !placed.iter().any(|(_, _, value, _)| carries(value, "access_key", steps)) {
        let help = "place `{access_key}`".to_owned();
        draft.file.wrong_help(&["auth"], "no header or parameter shows the access key", Some(help));
        good = false;
    }
    let in_query = placed.iter().any(|(header, _, value, _)| !header && depends(value, "signature", steps));
    if in_query && depends(signature, "raw_query", steps) {
        let help = "sign `query` or `params` instead".to_owned();
        let message = "`raw_query` cannot be signed: the signature travels in the query";
        draft.file.wrong_help(&path, message, Some(help));
        good = false;
    }
    good
}

/// Without a signature a credential itself tells who sends: what every call shows, as a token need not be there.
fn check_unsigned(draft: &Draft<'_>, steps: &Steps<'_>, placed: &[Placed<'_>]) -> bool {
    let tells = |value: &Expr| {
        ["secret", "access_key"].iter().any(|input| depends(value, input, steps))
            && !depends(value, "token", steps)
    };
    if placed.is_empty() || placed.iter().any(|(_, _, value, _)| tells(value)) {
        return true;
    }
    let help = "add a step `signature`, or place `{secret}` where calls show a fixed token".to_owned();
    draft.file.wrong_help(&["auth"], "nothing that is placed proves who sends", Some(help));
    false
}

/// Whether a placement shows the secret other than through the signature.
fn leaks(value: &Expr, steps: &Steps<'_>) -> bool {
    let mut seen = BTreeSet::from(["signature".to_owned()]);
    let mut open = BTreeSet::new();
    mentions(value, &mut open);
    while let Some(next) = open.pop_first() {
        if next == "secret" {
            return true;
        }
        if seen.insert(next.clone())
            && let Some((_, inner)) = steps.iter().find(|(step, _)| *step == next)
        {
            mentions(inner, &mut open);
        }
    }
    false
}

/// Whether an input can be read back from a placement.
fn carries(value: &Expr, input: &str, steps: &Steps<'_>) -> bool {
    let mut pieces = Vec::new();
    let mut budget = MAX_PIECES;
    expand(value, steps, &mut budget, &mut pieces);
    shows(&pieces, input)
}

fn shows(pieces: &[PlacementPiece], input: &str) -> bool {
    pieces.iter().any(|piece| match piece {
        PlacementPiece::Base64(inner) => shows(inner, input),
        PlacementPiece::Now(_) => input == "now",
        PlacementPiece::Uuid => input == "uuid",
        PlacementPiece::Random => input == "random",
        PlacementPiece::AccessKey => input == "access_key",
        _ => false,
    })
}

/// The placements as patterns to match a received request against.
pub fn patterns(draft: &Draft<'_>, steps: &Steps<'_>, placed: &[Placed<'_>]) -> Option<Vec<Placement>> {
    let mut out = Vec::new();
    for (header, name, value, path) in placed {
        let mut pattern = Vec::new();
        let mut budget = MAX_PIECES;
        expand(value, steps, &mut budget, &mut pattern);
        if budget == 0 {
            let message = format!("`{name}` is made of more pieces than any header or parameter needs");
            draft.file.wrong(path, message);
            return None;
        }
        if touching(&pattern) {
            let message = format!("`{name}` has two values side by side: a verifier cannot tell them apart");
            draft.file.wrong_help(path, message, Some("put a text between them".to_owned()));
            return None;
        }
        let optional = depends(value, "token", steps);
        out.push(Placement { header: *header, name: (*name).to_owned(), pattern, optional });
    }
    Some(out)
}

/// Whether two holes stand side by side.
fn touching(pattern: &[PlacementPiece]) -> bool {
    let inside = |piece: &PlacementPiece| matches!(piece, PlacementPiece::Base64(inner) if touching(inner));
    let hole = |piece: &PlacementPiece| !matches!(piece, PlacementPiece::Text(_));
    pattern.iter().any(inside) || pattern.windows(2).any(|pair| hole(&pair[0]) && hole(&pair[1]))
}

/// Writes out what a value is made of, down to what can be read back.
fn expand(value: &Expr, steps: &Steps<'_>, budget: &mut usize, out: &mut Vec<PlacementPiece>) {
    if *budget == 0 {
        return;
    }
    *budget -= 1;
    match value {
        Expr::Literal(text) => push_text(out, text),
        Expr::Template(parts) => parts.iter().for_each(|part| expand(part, steps, budget, out)),
        Expr::Setting(name) => out.push(PlacementPiece::Setting(name.clone())),
        Expr::Time { format, offset } => {
            let to_the_second = format.contains("%s") || format.contains("%S");
            let time = TimeFormat { format: format.clone(), offset: *offset };
            out.push(if to_the_second { PlacementPiece::Now(time) } else { PlacementPiece::Computed });
        }
        Expr::Input(name) => out.push(match name.as_str() {
            "access_key" => PlacementPiece::AccessKey,
            "token" => PlacementPiece::Token,
            "uuid" => PlacementPiece::Uuid,
            "random" => PlacementPiece::Random,
            "variant" => PlacementPiece::Variant,
            "secret" => PlacementPiece::Signature,
            _ => PlacementPiece::Computed,
        }),
        Expr::Step(name) if name == "signature" => out.push(PlacementPiece::Signature),
        Expr::Step(name) => match steps.iter().find(|(step, _)| step == name) {
            Some((_, inner)) if readable(inner) => expand(inner, steps, budget, out),
            _ if unsigned_proof(value, steps) => out.push(PlacementPiece::Signature),
            _ => out.push(PlacementPiece::Computed),
        },
        Expr::Filter { of, name, arguments, .. } => {
            let mut inner = Vec::new();
            expand(of, steps, budget, &mut inner);
            out.push(match (&**of, name.as_str(), arguments.as_slice()) {
                (Expr::Input(input), "base64", []) if input == "token" => PlacementPiece::TokenBase64,
                (Expr::Input(input), "join", [Expr::Literal(with)]) if input == "signed_headers" => {
                    PlacementPiece::SignedHeaders(with.clone())
                }
                (_, "base64", []) if inner.contains(&PlacementPiece::AccessKey) => {
                    PlacementPiece::Base64(inner)
                }
                _ if unsigned_proof(value, steps) => PlacementPiece::Signature,
                _ => PlacementPiece::Computed,
            });
        }
    }
}

/// Whether a step is written out inside a placement: a template, a time, or a plain copy.
fn readable(value: &Expr) -> bool {
    match value {
        Expr::Filter { of, name, .. } => {
            name == "base64"
                || name == "join" && matches!(&**of, Expr::Input(input) if input == "signed_headers")
        }
        _ => true,
    }
}

/// Whether a value is made of the secret without being a signature.
fn unsigned_proof(value: &Expr, steps: &Steps<'_>) -> bool {
    depends(value, "secret", steps) && !depends(value, "signature", steps)
}

fn push_text(out: &mut Vec<PlacementPiece>, text: &str) {
    if let Some(PlacementPiece::Text(last)) = out.last_mut() {
        last.push_str(text);
    } else if !text.is_empty() {
        out.push(PlacementPiece::Text(text.to_owned()));
    }
}
