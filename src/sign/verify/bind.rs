//! What placements, run backwards, tell about how a request was signed.

use std::fmt;

use base64::Engine as _;

use super::{Explanation, Refusal, all};
use crate::encoding::percent_decode;
use crate::metadata::{Placement, PlacementPiece, VariantMetadata};
use crate::service::TimeFormat;
use crate::sign::{Auth, Draft, Variant};
use crate::time::Timestamp;

/// The variant that a request is signed with.
pub(super) struct Found {
    pub(super) variant: &'static Variant,
    pub(super) metadata: &'static VariantMetadata,
    pub(super) bound: Bound,
    /// Placements that the request leaves out although the signing function makes them.
    pub(super) omit: Vec<String>,
}

/// The first variant whose placements the request has, and what they show.
pub(super) fn find_variant(
    auth: &'static Auth,
    descriptions: &'static [VariantMetadata],
    received: &Draft,
    settings: &[(String, String)],
) -> Result<Found, Refusal> {
    let mut closest: Option<Unfit> = None;
    for (variant, metadata) in auth.variants.iter().zip(descriptions) {
        let is_default = variant.name == auth.default;
        match bind(variant.name, is_default, metadata.placements, received, settings) {
            Ok((bound, omit)) => return Ok(Found { variant, metadata, bound, omit }),
            Err(unfit) if closest.as_ref().is_none_or(|known| known.rank() < unfit.rank()) => {
                closest = Some(unfit);
            }
            Err(_) => {}
        }
    }
    Err(match closest {
        Some(Unfit { signed: true, variant, malformed, problem, .. }) => {
            Refusal::BadSignature(Box::new(Explanation {
                problem: problem.to_string(),
                malformed,
                variant,
                ..Explanation::default()
            }))
        }
        _ => Refusal::Missing,
    })
}

/// Why a variant does not fit a request.
struct Unfit {
    variant: &'static str,
    /// Whether the request has the header or parameter that holds the signature.
    signed: bool,
    /// How many placements fit.
    fitting: usize,
    is_default: bool,
    /// Whether what shows the signature does not have the form for it.
    malformed: bool,
    problem: Problem,
}

/// What is wrong with a placement, by its name. Most are never told: another variant fits.
enum Problem {
    Missing(&'static str),
    Repeated(&'static str),
    Shapeless(&'static str),
    Wrong(&'static str, String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "{name} is missing"),
            Self::Repeated(name) => write!(f, "{name} was sent more than once"),
            Self::Shapeless(name) => write!(f, "{name} does not have the form it should have"),
            Self::Wrong(name, problem) => write!(f, "{name}: {problem}"),
        }
    }
}

impl Unfit {
    /// The complaint about the variant that fits best is told.
    fn rank(&self) -> (bool, usize, bool) {
        (self.signed, self.fitting, self.is_default)
    }
}

/// What placements show.
#[derive(Default)]
pub(super) struct Bound {
    pub(super) access_key: Option<String>,
    pub(super) token: Option<String>,
    pub(super) now: Option<Timestamp>,
    /// The format that the clock was read from.
    now_format: Option<TimeFormat>,
    pub(super) uuid: Option<String>,
    pub(super) random: Option<String>,
    pub(super) signed_headers: Option<Vec<String>>,
    pub(super) settings: Vec<(String, String)>,
}

fn bind(
    variant: &'static str,
    is_default: bool,
    placements: &[Placement],
    received: &Draft,
    settings: &[(String, String)],
) -> Result<(Bound, Vec<String>), Unfit> {
    let signed = placements
        .iter()
        .any(|placement| proves(placement.pattern) && all(received, placement).next().is_some());
    let mut bound = Bound { settings: settings.to_vec(), ..Bound::default() };
    let mut omit = Vec::new();
    for (fitting, placement) in placements.iter().enumerate() {
        let name = placement.name;
        let unfit =
            |problem: Problem| Unfit { variant, signed, fitting, is_default, malformed: false, problem };
        let mut sent = all(received, placement);
        let value = match (sent.next(), sent.next()) {
            (Some(value), None) => String::from_utf8_lossy(value),
            (None, _) if placement.optional => continue,
            (None, _) if is_default && placement.pattern == [PlacementPiece::Variant] => {
                omit.push(name.to_owned());
                continue;
            }
            (None, _) => return Err(unfit(Problem::Missing(name))),
            _ => return Err(unfit(Problem::Repeated(name))),
        };
        let Some(parts) = split(placement.pattern, &value, variant) else {
            let unfit = unfit(Problem::Shapeless(name));
            return Err(Unfit { malformed: proves(placement.pattern), ..unfit });
        };
        for (piece, part) in parts {
            bound.learn(*piece, part, variant).map_err(|problem| unfit(Problem::Wrong(name, problem)))?;
        }
    }
    Ok((bound, omit))
}

impl Bound {
    /// Takes in what a hole shows.
    fn learn(&mut self, piece: PlacementPiece, part: &str, variant: &'static str) -> Result<(), String> {
        match piece {
            PlacementPiece::AccessKey => agree(&mut self.access_key, part.to_owned(), "access keys"),
            PlacementPiece::Token => agree(&mut self.token, part.to_owned(), "tokens"),
            PlacementPiece::TokenBase64 => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(part).ok();
                let token = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
                agree(&mut self.token, token.ok_or("the token is not text in base64")?, "tokens")
            }
            PlacementPiece::Base64(pieces) => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(part).ok();
                let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
                let text = text.ok_or("the value is not text in base64")?;
                let parts = split(pieces, &text, variant).ok_or("the value in base64 has another form")?;
                parts.into_iter().try_for_each(|(piece, part)| self.learn(*piece, part, variant))
            }
            PlacementPiece::Percent(pieces) => {
                let text = String::from_utf8(percent_decode(part.as_bytes())).ok();
                let text = text.ok_or("the percent-encoded value is not text")?;
                let parts = split(pieces, &text, variant).ok_or("the encoded value has another form")?;
                parts.into_iter().try_for_each(|(piece, part)| self.learn(*piece, part, variant))
            }
            PlacementPiece::Now(format) => self.learn_time(part, format, 0),
            PlacementPiece::Later(format, seconds) => self.learn_time(part, format, seconds),
            PlacementPiece::Uuid => agree(&mut self.uuid, part.to_owned(), "nonces"),
            PlacementPiece::Random => agree(&mut self.random, part.to_owned(), "nonces"),
            PlacementPiece::SignedHeaders(separator) => {
                let names =
                    part.split(separator).filter(|name| !name.is_empty()).map(str::to_owned).collect();
                agree(&mut self.signed_headers, names, "lists of signed headers")
            }
            PlacementPiece::Setting(name) => match self.settings.iter().find(|(key, _)| key == name) {
                Some((_, value)) if value != part => Err(format!("{name} is {part:?}, wanted is {value:?}")),
                Some(_) => Ok(()),
                None => {
                    self.settings.push((name.to_owned(), part.to_owned()));
                    Ok(())
                }
            },
            PlacementPiece::Variant if part != variant => Err(format!("{part:?} is not {variant:?}")),
            PlacementPiece::Variant
            | PlacementPiece::Text(_)
            | PlacementPiece::Signature
            | PlacementPiece::Computed => Ok(()),
        }
    }
}

impl Bound {
    /// Takes in a time. Of two that agree, the finer is kept.
    fn learn_time(&mut self, part: &str, format: TimeFormat, later: i64) -> Result<(), String> {
        let moment = Timestamp::parse(part, format).map(|moment| moment.plus_seconds(-later));
        let moment = moment.ok_or_else(|| format!("{part:?} is no time as {:?}", format.format))?;
        if let (Some(known), Some(known_format)) = (self.now, self.now_format) {
            let finer = known.format(format) == moment.format(format);
            if !finer && known.format(known_format) != moment.format(known_format) {
                return Err("the request shows two times that differ".to_owned());
            }
            if finer {
                return Ok(());
            }
        }
        (self.now, self.now_format) = (Some(moment), Some(format));
        Ok(())
    }
}

/// Whether a placement shows the signature, or the secret in its place.
pub(super) fn proves(pattern: &[PlacementPiece]) -> bool {
    pattern.iter().any(|piece| match piece {
        PlacementPiece::Base64(pieces) | PlacementPiece::Percent(pieces) => proves(pieces),
        piece => *piece == PlacementPiece::Signature,
    })
}

/// Keeps a value; the same input shown twice must agree.
fn agree<T: PartialEq>(slot: &mut Option<T>, value: T, what: &str) -> Result<(), String> {
    if slot.as_ref().is_some_and(|known| *known != value) {
        return Err(format!("the request shows two {what} that differ"));
    }
    *slot = Some(value);
    Ok(())
}

/// Splits a text as a pattern says: literal text must stand as it is, a hole reaches up to the next literal text.
pub(super) fn split<'p, 't>(
    pattern: &'p [PlacementPiece],
    text: &'t str,
    variant: &'static str,
) -> Option<Vec<(&'p PlacementPiece, &'t str)>> {
    let literal = |piece: &PlacementPiece| match piece {
        PlacementPiece::Text(text) => Some(*text),
        PlacementPiece::Variant => Some(variant),
        _ => None,
    };
    let mut rest = text;
    let mut parts = Vec::new();
    for (index, piece) in pattern.iter().enumerate() {
        let end = match (literal(piece), pattern.get(index + 1)) {
            (Some(wanted), _) => rest.starts_with(wanted).then_some(wanted.len())?,
            (None, None) => rest.len(),
            // Two holes side by side cannot be told apart.
            (None, Some(next)) => rest.find(literal(next)?)?,
        };
        let (part, after) = rest.split_at(end);
        parts.push((piece, part));
        rest = after;
    }
    rest.is_empty().then_some(parts)
}

#[cfg(test)]
mod tests;
