//! The commands, one file each.

pub mod backup;
pub mod backups;
mod call;
mod completions;
pub mod config;
pub mod doctor;
pub mod emulator;
pub mod instances;
pub mod link;
mod man;
pub mod ops;
pub mod places;
pub mod pull;
mod schema;
pub mod services;
pub mod spec;
pub mod verify;

use rdbfetch::metadata::{self, OperationMetadata, ServiceMetadata};

use crate::args::{Command, SpecCommand};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::text::nearest;

/// Does what the command says.
///
/// # Errors
///
/// Whatever keeps it from being done.
pub async fn run(command: Command, output: Output) -> Result<Exit, Failure> {
    let service = command.service().and_then(metadata::service).map(|metadata| metadata.service.name);
    let result = dispatch(command, output).await;
    result.map_err(|failure| match service {
        Some(service) => failure.at(service),
        None => failure,
    })
}

async fn dispatch(command: Command, output: Output) -> Result<Exit, Failure> {
    match command {
        Command::Services => services::run(output),
        Command::Ops(args) => ops::run(&args, output),
        Command::Call(args) => call::run(&args, output).await,
        Command::Instances(args) => instances::run(&args, output).await,
        Command::Regions(args) => places::regions(&args, output).await,
        Command::Projects(args) => places::projects(&args, output).await,
        Command::Backup(args) => backup::run(args.command, output).await,
        Command::Backups(args) => backups::run(&args, output).await,
        Command::Link(args) => link::run(&args, output).await,
        Command::Pull(args) if args.many() => crate::fleet::run(&args, output).await,
        Command::Pull(args) => pull::run(&args, output).await,
        Command::Verify(args) => verify::run(args, output).await,
        Command::Doctor(args) => doctor::run(&args, output).await,
        Command::Config(args) => config::run(args.command, output),
        Command::Emulator(args) => emulator::run(&args, output).await,
        Command::Spec(spec) => match spec.command {
            SpecCommand::Check(args) => spec::check::run(args, output).await,
            SpecCommand::Compare(args) => spec::compare::run(args, output).await,
            SpecCommand::Diff(args) => spec::diff::run(args, output).await,
            SpecCommand::Export(args) => spec::export::run(args, output).await,
            SpecCommand::Transcribe(args) => spec::transcribe::run(args, output).await,
        },
        Command::Schema(args) => schema::run(&args, output),
        Command::Completions(args) => completions::run(&args, output),
        Command::Man(args) => man::run(&args, output),
    }
}

/// The service with this name.
pub fn service(name: &str) -> Result<&'static ServiceMetadata, Failure> {
    metadata::service(name).ok_or_else(|| {
        let names: Vec<&str> = metadata::services().iter().map(|metadata| metadata.service.name).collect();
        unknown("service", name, &names, "")
    })
}

/// The operation of a service with this name.
fn operation(service: &'static ServiceMetadata, name: &str) -> Result<&'static OperationMetadata, Failure> {
    service.operations.iter().find(|metadata| metadata.operation.name == name).copied().ok_or_else(|| {
        let names: Vec<&str> = service.operations.iter().map(|metadata| metadata.operation.name).collect();
        unknown("operation", name, &names, &format!(" of {}", service.service.name))
    })
}

/// A name that is none, with the nearest that is one, and all of them.
fn unknown(what: &str, name: &str, names: &[&str], of: &str) -> Failure {
    let meant = nearest(name, names.iter().copied());
    let meant = meant.map(|meant| format!(" Did you mean {meant:?}?")).unwrap_or_default();
    Failure::usage(format!("There is no {what} {name:?}{of}.{meant} The {what}s{of}: {}.", names.join(", ")))
}
