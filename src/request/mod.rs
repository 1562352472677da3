//! Forms requests from parameters, and checks parameters that have no type.

mod base;
mod build;
mod coerce;
mod flatten;
mod settings;
#[cfg(test)]
mod tests;
mod validate;

pub(crate) use base::{Bases, base_url};
pub use build::{Built, build, form};
pub(crate) use build::{build_at, fits_header};
pub use coerce::coerce;
pub use settings::Settings;
pub(crate) use validate::validate_typed;
pub use validate::{parameters, validate};

use crate::service::{Operation, Parameter};

/// The parameter that a caller means: by its documented name, otherwise by its name on the wire.
#[must_use]
pub fn parameter(operation: &Operation, name: &str) -> Option<&'static Parameter> {
    named(operation.parameters, name)
}

/// The parameter, or the field of an object, with this documented name, otherwise with this name on the wire.
fn named(parameters: &'static [Parameter], name: &str) -> Option<&'static Parameter> {
    let documented = parameters.iter().find(|parameter| parameter.name == name);
    documented.or_else(|| parameters.iter().find(|parameter| parameter.wire == name))
}
