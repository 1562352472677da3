//! Whether a signature can be verified, and how: its placements, read backwards.

use super::auth::{Draft, depends};
use crate::model::{Expr, Placement, PlacementPiece, TimeFormat};

type Steps<'a> = [(&'a str, Expr)];
type Placed<'a> = [(bool, &'a str, Expr, &'a Vec<&'a str>)];

/// Rules that make a description safe and verifiable. `None` when one is broken.
pub fn check(draft: &Draft<'_>, steps: &Steps<'_>, placed: &Placed<'_>) -> Option<()> {
    let signature = steps.iter().find(|(name, _)| *name == "signature").map(|(_, value)| value);
    for (_, name, value, path) in placed {
        if leaks(value, steps) {
            let message = format!("`{name}` would send the secret: only `signature` may depend on it");
            if signature.is_some() {
                draft.file.wrong(path, message);
                return None;
            }
        }
    }
    let Some(signature) = signature else { return Some(()) };
    for input in ["now", "uuid", "random"] {
        let carried = placed.iter().any(|(_, _, value, _)| carries(value, input, steps));
        let covered = depends(signature, input, steps)
            || placed
                .iter()
                .any(|(_, _, value, _)| depends(value, input, steps) && !depends(value, "signature", steps));
        if covered && !carried {
            let message = format!("the signature depends on `{input}`, but no header or parameter shows it");
            draft.file.wrong(&["auth", "steps", "signature"], message);
            return None;
        }
    }
    if !placed.iter().any(|(_, _, value, _)| carries(value, "access_key", steps)) {
        draft.file.wrong(&["auth"], "no header or parameter shows the access key");
        return None;
    }
    let in_query = placed.iter().any(|(header, _, value, _)| !header && depends(value, "signature", steps));
    if in_query && depends(signature, "raw_query", steps) {
        let help = "sign `query` or `params` instead".to_owned();
        let message = "`raw_query` cannot be signed: the signature travels in the query";
        draft.file.wrong_help(&["auth", "steps", "signature"], message, Some(help));
        return None;
    }
    Some(())
}

/// Whether a placement shows the secret other than through the signature.
fn leaks(value: &Expr, steps: &Steps<'_>) -> bool {
    match value {
        Expr::Step(name) if name == "signature" => false,
        Expr::Step(name) => {
            steps.iter().find(|(step, _)| step == name).is_some_and(|(_, inner)| leaks(inner, steps))
        }
        Expr::Input(name) => name == "secret",
        Expr::Filter { of, arguments, .. } => {
            leaks(of, steps) || arguments.iter().any(|argument| leaks(argument, steps))
        }
        Expr::Template(parts) => parts.iter().any(|part| leaks(part, steps)),
        Expr::Setting(_) | Expr::Literal(_) | Expr::Time { .. } => false,
    }
}

/// Whether an input can be read back from a placement.
fn carries(value: &Expr, input: &str, steps: &Steps<'_>) -> bool {
    let mut pieces = Vec::new();
    expand(value, steps, &mut pieces);
    pieces.iter().any(|piece| match piece {
        PlacementPiece::Now(_) => input == "now",
        PlacementPiece::Uuid => input == "uuid",
        PlacementPiece::Random => input == "random",
        PlacementPiece::AccessKey => input == "access_key",
        _ => false,
    })
}

/// The placements as patterns to match a received request against.
pub fn patterns(draft: &Draft<'_>, steps: &Steps<'_>, placed: &Placed<'_>) -> Option<Vec<Placement>> {
    let mut out = Vec::new();
    for (header, name, value, path) in placed {
        let mut pattern = Vec::new();
        expand(value, steps, &mut pattern);
        let touching = pattern.windows(2).any(|pair| {
            !matches!(pair[0], PlacementPiece::Text(_)) && !matches!(pair[1], PlacementPiece::Text(_))
        });
        if touching {
            let message = format!("`{name}` has two values side by side: a verifier cannot tell them apart");
            draft.file.wrong(path, message);
            return None;
        }
        let optional = depends(value, "token", steps);
        out.push(Placement { header: *header, name: (*name).to_owned(), pattern, optional });
    }
    Some(out)
}

/// Writes out what a value is made of, down to what can be read back.
fn expand(value: &Expr, steps: &Steps<'_>, out: &mut Vec<PlacementPiece>) {
    match value {
        Expr::Literal(text) => push_text(out, text),
        Expr::Template(parts) => parts.iter().for_each(|part| expand(part, steps, out)),
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
            _ => PlacementPiece::Computed,
        }),
        Expr::Step(name) if name == "signature" => out.push(PlacementPiece::Signature),
        Expr::Step(name) => match steps.iter().find(|(step, _)| step == name) {
            Some((_, inner)) if readable(inner) => expand(inner, steps, out),
            _ => out.push(PlacementPiece::Computed),
        },
        Expr::Filter { of, name, arguments } => {
            out.push(match (&**of, name.as_str(), arguments.as_slice()) {
                (Expr::Input(input), "base64", []) if input == "token" => PlacementPiece::TokenBase64,
                (Expr::Input(input), "join", [Expr::Literal(with)]) if input == "signed_headers" => {
                    PlacementPiece::SignedHeaders(with.clone())
                }
                _ => PlacementPiece::Computed,
            });
        }
    }
}

/// Whether a step is written out inside a placement: a template, a time, or a plain copy.
fn readable(value: &Expr) -> bool {
    match value {
        Expr::Filter { of, name, .. } => {
            matches!(&**of, Expr::Input(input) if input == "signed_headers" || input == "token")
                && ["join", "base64"].contains(&name.as_str())
        }
        _ => true,
    }
}

fn push_text(out: &mut Vec<PlacementPiece>, text: &str) {
    if let Some(PlacementPiece::Text(last)) = out.last_mut() {
        last.push_str(text);
    } else if !text.is_empty() {
        out.push(PlacementPiece::Text(text.to_owned()));
    }
}
