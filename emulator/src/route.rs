//! Which operation a request asks for.

use rdbfetch::service::{In, Operation, Piece, Service, When};

use crate::parameters::Sources;
use crate::refusal::Refusal;
use crate::template::{self, Holes};

/// An operation and how it was asked for.
pub(crate) struct Route {
    pub(crate) operation: &'static Operation,
    /// Where parameters are unless they say otherwise.
    pub(crate) place: In,
    /// What the path shows.
    pub(crate) path: Holes,
}

impl Route {
    /// The value of a setting that the path or a constant of the request shows.
    pub(crate) fn setting(&self, name: &str, sources: &Sources<'_>) -> Option<String> {
        let value =
            |holes: &Holes| holes.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        let is_hole = |piece: &Piece| matches!(piece, Piece::Hole(hole) if *hole == name);
        let in_constants = || {
            let mut shown = self.operation.constants.iter().filter(|one| one.value.iter().any(is_hole));
            shown.find_map(|constant| {
                let usual = constant.place == self.operation.place;
                let text = sources.text(if usual { self.place } else { constant.place }, constant.name)?;
                template::read(constant.value, &text, &|_| None).as_ref().and_then(value)
            })
        };
        value(&self.path).or_else(in_constants)
    }
}

/// The operation whose method, path and constants the request has, in any of its forms. Of several, the one that asks
/// for the most.
///
/// # Errors
/// What keeps the request from being one of an operation.
pub(crate) fn route(
    service: &'static Service,
    method: &str,
    path: &str,
    sources: &Sources<'_>,
) -> Result<Route, Refusal> {
    let mut best: Option<(usize, Route)> = None;
    for operation in service.operations {
        let names = template::names(service, Some(operation));
        for (its_method, place) in forms(operation) {
            if its_method != method {
                continue;
            }
            let Some(holes) = template::read_path(operation.path, path, &names) else { continue };
            if constants(operation, place, sources, &names) != Fit::Fits {
                continue;
            }
            let demands = demands(operation);
            if best.as_ref().is_none_or(|(most, _)| demands > *most) {
                best = Some((demands, Route { operation, place, path: holes }));
            }
        }
    }
    best.map(|(_, route)| route).ok_or_else(|| astray(service, method, path, sources))
}

/// The forms in which an operation can be asked for: method, and where parameters are.
fn forms(operation: &'static Operation) -> impl Iterator<Item = (&'static str, In)> {
    let others = operation.also.iter().map(|form| (form.method, form.place));
    [(operation.method, operation.place)].into_iter().chain(others)
}

/// How the constants of an operation stand in a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// All as they should be.
    Fits,
    /// Some are not there, the others as they should be.
    Missing(&'static str),
    /// Some differ.
    Differs,
}

fn constants(
    operation: &'static Operation,
    place: In,
    sources: &Sources<'_>,
    names: &dyn Fn(&str) -> Option<&'static str>,
) -> Fit {
    let mut fit = Fit::Fits;
    for constant in operation.constants {
        // A constant in the usual place moves with it.
        let place = if constant.place == operation.place { place } else { constant.place };
        match sources.text(place, constant.name) {
            Some(text) if template::read(constant.value, &text, names).is_some() => {}
            Some(_) => return Fit::Differs,
            None if constant.value.iter().any(|piece| is_unknown(piece, names)) => {}
            None => fit = Fit::Missing(constant.name),
        }
    }
    fit
}

/// Whether a piece of a template is a hole for what only the client knows.
fn is_unknown(piece: &Piece, names: &dyn Fn(&str) -> Option<&'static str>) -> bool {
    matches!(piece, Piece::Hole(name) if *name != VERSION && names(name).is_none())
}

/// The hole for the version of the API.
const VERSION: &str = "version";

/// Why a request is one of no operation.
fn astray(service: &'static Service, method: &str, path: &str, sources: &Sources<'_>) -> Refusal {
    let (mut version, mut other_method, mut missing, mut path_known, mut method_known) =
        (None, None, None, false, false);
    for operation in service.operations {
        let names = template::names(service, Some(operation));
        let any_version = |name: &str| names(name).filter(|_| name != VERSION);
        let holes = template::read_path(operation.path, path, &any_version);
        let in_path = template::read_path(operation.path, path, &names).is_some();
        if holes.is_none() {
            continue;
        }
        path_known |= in_path;
        // What is missing in one place may stand, and be wrong, where another form has it.
        let (mut absent, mut wrong) = (None, false);
        for (its_method, place) in forms(operation) {
            method_known |= in_path && its_method == method;
            match (constants(operation, place, sources, &any_version), its_method == method) {
                (Fit::Fits, true) => version = version.or(Some(operation.name)),
                (Fit::Fits, false) if in_path => other_method = other_method.or(Some(its_method)),
                (Fit::Missing(name), true) if in_path => absent = absent.or(Some(name)),
                (Fit::Differs, true) => wrong = true,
                _ => {}
            }
        }
        missing = missing.or(absent.filter(|_| !wrong));
    }
    if let Some(operation) = version {
        let reason = format!("{operation} is not in the version of the API that the request names");
        return Refusal::new(When::WrongVersion, reason);
    }
    if let Some(other) = other_method {
        return Refusal::new(When::WrongMethod, format!("{method} was sent, wanted is {other}"));
    }
    if path_known && !method_known {
        return Refusal::new(When::WrongMethod, format!("nothing at {path} takes {method}"));
    }
    if let Some(name) = missing {
        return Refusal::new(When::MissingOperation, format!("{name} is missing"));
    }
    Refusal::new(When::NoOperation, format!("{method} {path} asks for no operation of the spec"))
}

/// How much text a request must have to be one of an operation.
fn demands(operation: &Operation) -> usize {
    let text = |pieces: &[Piece]| -> usize {
        pieces.iter().map(|piece| if let Piece::Text(text) = piece { text.len() } else { 0 }).sum()
    };
    text(operation.path) + operation.constants.len()
}
