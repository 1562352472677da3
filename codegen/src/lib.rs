//! Turns YAML service specs into Rust: the generator behind `rdbfetch`.
//!
//! [`generate`] is a pure function: spec files in, Rust files out. It reads no clock, no environment and no disk, and
//! the same files in another order give the same text.

mod build;
mod diagnostics;
mod digest;
mod emit;
mod evaluate;
mod folder;
mod manifest;
mod mend;
#[doc(hidden)]
pub mod model;
mod names;
mod notation;
mod parse;
mod render;
mod resolve;
mod scalar;
mod shape;
pub mod spec;
#[doc(hidden)]
pub mod surface;
mod syntax;
mod tree;

pub use build::{BuildError, Config, configure};
pub use diagnostics::Diagnostic;
pub use digest::digest;
pub use evaluate::{Body, Evaluation, Inputs, Request, Signatures, Text};
pub use folder::Folder;
pub use manifest::features;
pub use render::{Failure, Located};
pub use spec::schema;

use diagnostics::Problems;

/// A spec file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecFile {
    /// The path that problems are reported with; its last two parts are the service's folder and the file's name.
    pub path: String,
    /// The text.
    pub text: String,
}

/// A generated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The path, relative to the folder of generated code, with `/` between its parts.
    pub path: String,
    /// The text.
    pub text: String,
}

/// What was found to be right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// How many services there are.
    pub services: usize,
    /// How many operations they have.
    pub operations: usize,
    /// How many known answers their signatures have.
    pub vectors: usize,
    /// How many worked examples their operations have.
    pub examples: usize,
}

impl Checked {
    fn new(services: &[model::Service]) -> Self {
        let operations = || services.iter().flat_map(|service| &service.operations);
        Self {
            services: services.len(),
            operations: operations().count(),
            vectors: services.iter().map(|service| service.vectors.len()).sum(),
            examples: operations().map(|operation| operation.examples.len()).sum(),
        }
    }
}

/// Checks specs without generating anything.
///
/// # Errors
/// When anything in the specs is wrong: every problem of every file, with file, line, column and what to do.
pub fn check(files: &[SpecFile]) -> Result<Checked, Failure> {
    resolved(files, Problems::default()).map(|services| Checked::new(&services))
}

/// Generates the Rust for all services.
///
/// `features` are the names of services that a cargo feature of the same name switches on; a service that it does
/// not hold is always compiled in.
///
/// # Errors
/// When anything in the specs is wrong, as [`check`] says it.
pub fn generate(files: &[SpecFile], features: &[String]) -> Result<Vec<Output>, Failure> {
    generate_for("crate", files, features)
}

/// Generates the Rust for all services, to be compiled in a crate that knows the runtime as `runtime`: `crate` inside
/// the runtime's own, `rdbfetch` in those that depend on it.
///
/// # Errors
/// When anything in the specs is wrong, as [`check`] says it.
pub fn generate_for(runtime: &str, files: &[SpecFile], features: &[String]) -> Result<Vec<Output>, Failure> {
    let services = resolved(files, Problems::default())?;
    Ok(emit::emit(&services, &emit::Target { runtime, features }, digest(files)))
}

/// Reads the signatures in specs, to be evaluated without compiling anything.
///
/// # Errors
/// When anything in the specs is wrong, as [`check`] says it.
pub fn signatures(files: &[SpecFile]) -> Result<Signatures, Failure> {
    resolved(files, Problems::default()).map(Signatures::new)
}

/// Reads specs without generating anything: resolved, as emitters work from them.
///
/// # Errors
/// When anything in the specs is wrong, as [`check`] says it.
#[doc(hidden)]
pub fn read(files: &[SpecFile]) -> Result<Vec<model::Service>, Failure> {
    resolved(files, Problems::default())
}

/// A service as its files are written.
#[derive(Clone, Debug)]
pub struct Written {
    /// The folder's name.
    pub name: String,
    /// `service.yaml`.
    pub service: spec::ServiceSpec,
    /// The operations, in the order of their names.
    pub operations: Vec<WrittenOperation>,
}

/// An operation as its file is written.
#[derive(Clone, Debug)]
pub struct WrittenOperation {
    /// Its name on the wire.
    pub name: String,
    /// The path of its file, as it was given.
    pub path: String,
    /// The file.
    pub spec: spec::OperationSpec,
}

/// Reads specs as they are written, after all of them were checked.
///
/// # Errors
/// When anything in the specs is wrong, as [`check`] says it.
pub fn written(files: &[SpecFile]) -> Result<Vec<Written>, Failure> {
    check(files)?;
    Ok(as_written(files))
}

/// Reads specs as they are written, without a look at what they mean: of specs that were checked before. What cannot be
/// read is left out.
#[must_use]
pub fn as_written(files: &[SpecFile]) -> Vec<Written> {
    let mut problems = Problems::default();
    let parsed = parse::parse(files, &mut problems);
    let mut services = Vec::new();
    for service in parsed {
        let read = service.operations.iter().filter_map(|pending| pending.read(&mut problems));
        let operations =
            read.map(|file| WrittenOperation { name: file.stem, path: file.path, spec: file.spec });
        let operations = operations.collect();
        services.push(Written { name: service.name, service: service.file.spec, operations });
    }
    services
}

/// What the files say. `problems` are those that were found before: files that have one are not looked at.
fn resolved(files: &[SpecFile], mut problems: Problems) -> Result<Vec<model::Service>, Failure> {
    let parsed = parse::parse(files, &mut problems);
    let (services, problems) = resolve::resolve(&parsed, problems);
    if problems.is_empty() {
        return Ok(services);
    }
    Err(Failure::new(problems.sorted(), files))
}
