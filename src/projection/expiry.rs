//! Lifetimes that a link shows in its own query.

use super::read::after;
use crate::link;
use crate::place::UrlPiece;
use crate::sensitive::Link;
use crate::service::TimeFormat;
use crate::time::Timestamp;

#[cfg(feature = "metadata")]
use crate::place::Expiry;

/// The parameters that show a lifetime: the way to each, and how it is written.
type Parameters = [(&'static [&'static str], &'static [UrlPiece])];

/// Longer than any moment or duration is written.
const LONGEST: usize = 64;

/// What the parameters of a link have told so far.
#[derive(Default)]
struct Lifetime {
    at: Option<Timestamp>,
    from: Option<Timestamp>,
    seconds: Option<i64>,
}

/// When a link expires, if all these parameters are there and read as the spec says.
pub(super) fn read(link: &Link, parameters: &Parameters) -> Option<Timestamp> {
    let mut lifetime = Lifetime::default();
    for (names, pieces) in parameters {
        lifetime.read(&link::parameter(link, names)?, pieces)?;
    }
    lifetime.at.or_else(|| after(lifetime.from?, lifetime.seconds?, 1000))
}

impl Lifetime {
    /// Reads a text backwards through its template. A hole ends at the next literal where its value can be read.
    fn read(&mut self, text: &str, pieces: &[UrlPiece]) -> Option<()> {
        let mut rest = text;
        let mut pieces = pieces.iter().peekable();
        while let Some(piece) = pieces.next() {
            if let UrlPiece::Text(literal) = piece {
                rest = rest.strip_prefix(literal)?;
                continue;
            }
            rest = match pieces.peek() {
                Some(UrlPiece::Text(literal)) => {
                    let end = rest
                        .match_indices(literal)
                        .map(|(at, _)| at)
                        .take_while(|at| *at <= LONGEST || *piece == UrlPiece::Ignore)
                        .find(|at| self.take(*piece, &rest[..*at]).is_some())?;
                    &rest[end..]
                }
                Some(_) => return None,
                None => {
                    self.take(*piece, rest)?;
                    ""
                }
            };
        }
        rest.is_empty().then_some(())
    }

    fn take(&mut self, hole: UrlPiece, text: &str) -> Option<()> {
        let moment = |format: TimeFormat| Timestamp::parse(text, format).filter(|_| text.len() <= LONGEST);
        match hole {
            UrlPiece::At(format) => self.at = Some(moment(format)?),
            UrlPiece::From(format) => self.from = Some(moment(format)?),
            UrlPiece::Seconds => self.seconds = Some(text.parse().ok()?),
            UrlPiece::Ignore | UrlPiece::Text(_) => {}
        }
        Some(())
    }
}

/// The parameters by which links show their lifetime, names and values not yet encoded, in the order of the spec: to
/// be appended to each link before it is signed. Empty where links do not show it.
///
/// Parameters inside the value of another make one parameter, whose value is an encoded query.
#[cfg(feature = "metadata")]
#[must_use]
pub fn link_parameters(expires: &[Expiry], issued: Timestamp, end: Timestamp) -> Vec<(String, String)> {
    let mut list: Vec<(String, String)> = Vec::new();
    let shown = expires.iter().find_map(|expiry| match expiry {
        Expiry::Url(parameters) => Some(*parameters),
        _ => None,
    });
    for (names, pieces) in shown.unwrap_or_default() {
        let text: String = pieces.iter().map(|piece| show(*piece, issued, end)).collect();
        let Some((name, value)) = link::nest(names, &text) else { continue };
        match list.iter_mut().find(|(other, _)| *other == name) {
            Some((_, query)) => *query = format!("{query}&{value}"),
            None => list.push((name, value)),
        }
    }
    list
}

#[cfg(feature = "metadata")]
fn show(piece: UrlPiece, issued: Timestamp, end: Timestamp) -> String {
    match piece {
        UrlPiece::Text(literal) => literal.to_owned(),
        UrlPiece::At(format) => end.format(format),
        UrlPiece::From(format) => issued.format(format),
        UrlPiece::Seconds => end.unix().saturating_sub(issued.unix()).to_string(),
        UrlPiece::Ignore => "0".to_owned(),
    }
}
