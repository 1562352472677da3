//! `rdbfetch completions`

use clap::Command;
use clap::builder::PossibleValuesParser;
use rdbfetch::metadata;

use crate::args::Completions;
use crate::exit::{Exit, Failure};
use crate::help;
use crate::output::{Output, write_bytes};

/// Prints a script for a shell, whatever the format.
pub fn run(args: &Completions, output: Output) -> Result<Exit, Failure> {
    output.plain("`rdbfetch completions`")?;
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut with_names(help::command()), "rdbfetch", &mut script);
    write_bytes(script.trim_ascii_end())?;
    Ok(Exit::Done)
}

/// The command line where services and operations are known by name. To the program itself they are any text: what it
/// says about a wrong one is better than what a parser can.
fn with_names(command: Command) -> Command {
    let services = metadata::services().iter().map(|metadata| metadata.service.name).collect();
    let operations = metadata::services().iter().flat_map(|metadata| metadata.service.operations);
    let mut operations: Vec<&str> = operations.map(|operation| operation.name).collect();
    operations.sort_unstable();
    operations.dedup();
    named(command, &[("service", services), ("operation", operations)])
}

fn named(command: Command, names: &[(&str, Vec<&'static str>)]) -> Command {
    let command = command.mut_args(|arg| {
        let found = names.iter().find(|(id, _)| arg.get_id() == id && arg.is_positional());
        match found {
            Some((_, names)) => arg.value_parser(PossibleValuesParser::new(names)).hide_possible_values(true),
            None => arg,
        }
    });
    command.mut_subcommands(|subcommand| named(subcommand, names))
}
