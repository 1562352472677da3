//! Whether a signature can be verified, and how: its placements, read backwards.

use std::collections::BTreeSet;

use super::auth::Draft;
use super::graph::{Placed, depends, mentions};
use crate::model::{Expr, Placement, PlacementPiece, TimeFormat};
use crate::notation::check_moment;

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
            let help = "place `{signature}`, which proves the secret without showing it; \
                        a service that wants the secret itself has no step `signature`";
            draft.file.wrong_part(path, "secret", message, Some(help.to_owned()));
            good = false;
        }
    }
    for (input, example) in [
        ("now", "X-Date: \"{now | time('%Y%m%dT%H%M%SZ')}\""),
        ("uuid", "X-Nonce: \"{uuid}\""),
        ("random", "X-Nonce: \"{random}\""),
    ] {
        let signed = |value: &Expr| depends(value, "signature", steps);
        let covered = depends(signature, input, steps)
            || placed.iter().any(|(_, _, value, _)| depends(value, input, steps) && !signed(value));
        if !covered || placed.iter().any(|(_, _, value, _)| carries(value, input, steps)) {
            continue;
        }
        let message = format!("the signature depends on `{input}`, but no header or parameter shows it");
        let help = format!("a verifier has to read it back: place it, as in `headers: {{{example}}}`");
        draft.file.wrong_help(&path, message, Some(help));
        good = false;
    }
    good = check_fineness(draft, steps, placed) && check_one_form(draft, steps, placed) && good;
    if !placed.iter().any(|(_, _, value, _)| carries(value, "access_key", steps)) {
        let help = "a verifier has to know whose secret to take: place `{access_key}`".to_owned();
        draft.file.wrong_help(&["auth"], "no header or parameter shows the access key", Some(help));
        good = false;
    }
    let in_params = placed.iter().any(|(header, _, value, _)| !header && depends(value, "signature", steps));
    let (whole, place) = if draft.forms { ("body", "form") } else { ("raw_query", "query") };
    if in_params && depends(signature, whole, steps) {
        let help = "sign `query` or `params` instead".to_owned();
        let message = format!("`{whole}` cannot be signed: the signature travels in the {place}");
        draft.file.wrong_help(&path, message, Some(help));
        good = false;
    }
    good
}

/// The times that a value is made of, through steps.
fn times<'e>(value: &'e Expr, steps: &'e Steps<'_>, seen: &mut BTreeSet<&'e str>, out: &mut Vec<&'e str>) {
    match value {
        Expr::Time { format, .. } => out.push(format),
        Expr::Step(name) if seen.insert(name) => {
            if let Some((_, inner)) = steps.iter().find(|(step, _)| step == name) {
                times(inner, steps, seen, out);
            }
        }
        Expr::Filter { of, arguments, .. } => {
            times(of, steps, seen, out);
            arguments.iter().for_each(|argument| times(argument, steps, seen, out));
        }
        Expr::Template(parts) => parts.iter().for_each(|part| times(part, steps, seen, out)),
        _ => {}
    }
}

/// How finely a format tells the time: days, hours, minutes, seconds, or less.
fn fineness(format: &str) -> u8 {
    let holds = |fields: &[&str]| fields.iter().any(|field| format.contains(field));
    match () {
        () if holds(&["%L", "%f"]) => 5,
        () if holds(&["%S", "%s"]) => 4,
        () if holds(&["%M"]) => 3,
        () if holds(&["%H"]) => 2,
        () => 1,
    }
}

/// Whether a moment can be read back from a format.
fn tells_moment(format: &str) -> bool {
    fineness(format) >= 3 && check_moment(format).is_ok()
}

/// The clock that is shown is as fine as the finest that is used.
fn check_fineness(draft: &Draft<'_>, steps: &Steps<'_>, placed: &[Placed<'_>]) -> bool {
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    steps.iter().for_each(|(_, value)| times(value, steps, &mut seen, &mut all));
    placed.iter().for_each(|(_, _, value, _)| times(value, steps, &mut seen, &mut all));
    let mut pieces = Vec::new();
    for (_, _, value, _) in placed {
        expand(value, steps, &mut MAX_PIECES.clone(), &mut pieces);
    }
    let mut shown = Vec::new();
    shown_times(&pieces, &mut shown);
    let Some(finest) = shown.into_iter().max() else { return true };
    let Some(lost) = all.iter().find(|format| fineness(format) > finest) else { return true };
    let message = format!("`{lost}` is finer than any time that a header or parameter shows");
    let help =
        format!("a verifier has to read the clock back: place it as finely, `{{now | time('{lost}')}}`");
    draft.file.wrong_part(&mentioning(draft, lost), lost, message, Some(help));
    false
}

/// Where the first step or placement stands whose text holds `words`.
fn mentioning<'d>(draft: &'d Draft<'_>, words: &str) -> Vec<&'d str> {
    let steps = draft.steps.iter().map(|(_, text, path)| (*text, path));
    let placed = draft.placements.iter().map(|(_, _, text, path)| (*text, path));
    let found = steps.chain(placed).find(|(text, _)| text.contains(words));
    found.map_or_else(|| vec!["auth"], |(_, path)| path.clone())
}

fn shown_times(pieces: &[PlacementPiece], out: &mut Vec<u8>) {
    for piece in pieces {
        match piece {
            PlacementPiece::Now(time) | PlacementPiece::Later(time, _) => out.push(fineness(&time.format)),
            PlacementPiece::Base64(inner) | PlacementPiece::Percent(inner) => shown_times(inner, out),
            _ => {}
        }
    }
}

/// Filters that change nothing more when they are applied once more.
const IDEMPOTENT: [&str; 5] = ["lower", "upper", "trim", "squeeze", "replace"];

/// A nonce that is shown in another form is used in that form everywhere: a verifier sees no other.
fn check_one_form(draft: &Draft<'_>, steps: &Steps<'_>, placed: &[Placed<'_>]) -> bool {
    let mut good = true;
    for input in ["uuid", "random"] {
        let mut forms: BTreeSet<String> = BTreeSet::new();
        let values = steps.iter().map(|(_, value)| value).chain(placed.iter().map(|(_, _, value, _)| value));
        values.for_each(|value| forms_of(value, input, &mut forms));
        let mut forms = forms.into_iter();
        if let (Some(one), Some(other)) = (forms.next(), forms.next()) {
            let message = format!("`{input}` is used in two forms, `{one}` and `{other}`");
            let help = "a verifier sees only what is placed: make one step of it and use that".to_owned();
            let raw = |text: &str| text.contains(input) && !text.contains(&other);
            let steps = draft.steps.iter().map(|(_, text, path)| (*text, path));
            let placed = draft.placements.iter().map(|(_, _, text, path)| (*text, path));
            let path = steps.chain(placed).find(|(text, _)| raw(text)).map(|(_, path)| path.as_slice());
            draft.file.wrong_part(path.unwrap_or(&["auth"]), input, message, Some(help));
            good = false;
        }
    }
    good
}

/// The forms in which a value uses an input.
fn forms_of(value: &Expr, input: &str, out: &mut BTreeSet<String>) {
    match value {
        Expr::Input(name) if name == input => {
            out.insert(name.clone());
        }
        Expr::Filter { spot, .. } if form_of(value) == Some(input) => {
            out.insert(spot.pipeline[..spot.call.end].to_owned());
        }
        Expr::Filter { of, arguments, .. } => {
            forms_of(of, input, out);
            arguments.iter().for_each(|argument| forms_of(argument, input, out));
        }
        Expr::Template(parts) => parts.iter().for_each(|part| forms_of(part, input, out)),
        _ => {}
    }
}

/// The nonce that a value is another form of.
fn form_of(value: &Expr) -> Option<&str> {
    match value {
        Expr::Input(name) if name == "uuid" || name == "random" => Some(name),
        Expr::Filter { of, name, .. } if IDEMPOTENT.contains(name) => form_of(of),
        _ => None,
    }
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
        PlacementPiece::Base64(inner) | PlacementPiece::Percent(inner) => shows(inner, input),
        PlacementPiece::Now(_) | PlacementPiece::Later(..) => input == "now",
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
    let inside = |piece: &PlacementPiece| match piece {
        PlacementPiece::Base64(inner) | PlacementPiece::Percent(inner) => touching(inner),
        _ => false,
    };
    // The variant's name is known when a request is matched.
    let hole = |piece: &PlacementPiece| !matches!(piece, PlacementPiece::Text(_) | PlacementPiece::Variant);
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
        Expr::Time { format, offset, later } => {
            let time = TimeFormat { format: format.clone(), offset: *offset };
            out.push(match later {
                _ if !tells_moment(format) => PlacementPiece::Computed,
                0 => PlacementPiece::Now(time),
                later => PlacementPiece::Later(time, *later),
            });
        }
        Expr::Later(_) => out.push(PlacementPiece::Computed),
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
            let told = inner.iter().any(tells);
            out.push(match (&**of, *name, arguments.as_slice()) {
                (Expr::Input(input), "base64", []) if input == "token" => PlacementPiece::TokenBase64,
                (Expr::Input(input), "join", [Expr::Literal(with)]) if input == "signed_headers" => {
                    PlacementPiece::SignedHeaders(with.clone())
                }
                (_, "base64", []) if told => PlacementPiece::Base64(inner),
                (_, "encode", _) if told => PlacementPiece::Percent(inner),
                _ if form_of(value) == Some("uuid") => PlacementPiece::Uuid,
                _ if form_of(value) == Some("random") => PlacementPiece::Random,
                _ if unsigned_proof(value, steps) || depends(value, "signature", steps) => {
                    PlacementPiece::Signature
                }
                _ => PlacementPiece::Computed,
            });
        }
    }
}

/// Whether something is learnt from a part.
fn tells(piece: &PlacementPiece) -> bool {
    !matches!(piece, PlacementPiece::Text(_) | PlacementPiece::Computed | PlacementPiece::Signature)
}

/// Whether a step is written out inside a placement: a template, a time, or a plain copy.
fn readable(value: &Expr) -> bool {
    match value {
        Expr::Filter { of, name, .. } => {
            ["base64", "encode"].contains(name)
                || form_of(value).is_some()
                || *name == "join" && matches!(&**of, Expr::Input(input) if input == "signed_headers")
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
