//! Which operation a request asks for.

use rdbfetch::service::{Constant, In, Operation, Piece, Service};

use crate::parameters::Sources;
use crate::template::{self, Holes};

/// An operation and how it was asked for.
pub(crate) struct Route {
    pub(crate) operation: &'static Operation,
    /// Where parameters are unless they say otherwise.
    pub(crate) place: In,
    /// What the path shows.
    pub(crate) path: Holes,
}

/// The operation whose method, path and constants the request has, in any of its forms. Of several, the one that asks
/// for the most.
pub(crate) fn route(
    service: &'static Service,
    method: &str,
    path: &str,
    sources: &Sources<'_>,
) -> Option<Route> {
    let mut best: Option<(usize, Route)> = None;
    for operation in service.operations {
        let forms = operation.also.iter().map(|form| (form.method, form.place));
        for (its_method, place) in [(operation.method, operation.place)].into_iter().chain(forms) {
            if its_method != method {
                continue;
            }
            let Some(holes) = fits(service, operation, place, path, sources) else { continue };
            let demands = demands(operation);
            if best.as_ref().is_none_or(|(most, _)| demands > *most) {
                best = Some((demands, Route { operation, place, path: holes }));
            }
        }
    }
    best.map(|(_, route)| route)
}

/// What the path shows, if path and constants are those of an operation.
fn fits(
    service: &'static Service,
    operation: &'static Operation,
    place: In,
    path: &str,
    sources: &Sources<'_>,
) -> Option<Holes> {
    let names = template::names(service, Some(operation));
    let holes = template::read_path(operation.path, path, &names)?;
    let there = |constant: &Constant| {
        // A constant in the usual place moves with it.
        let place = if constant.place == operation.place { place } else { constant.place };
        match sources.text(place, constant.name) {
            Some(text) => template::read(constant.value, &text, &names).is_some(),
            None => {
                constant.value.iter().any(|piece| matches!(piece, Piece::Hole(name) if names(name).is_none()))
            }
        }
    };
    operation.constants.iter().all(there).then_some(holes)
}

/// How much text a request must have to be one of an operation.
fn demands(operation: &Operation) -> usize {
    let text = |pieces: &[Piece]| -> usize {
        pieces.iter().map(|piece| if let Piece::Text(text) = piece { text.len() } else { 0 }).sum()
    };
    text(operation.path) + operation.constants.len()
}
