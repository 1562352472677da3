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
    clap_complete::generate(args.shell, &mut with_names(&help::command()), "rdbfetch", &mut script);
    write_bytes(script.trim_ascii_end())?;
    Ok(Exit::Done)
}

/// The command line where services, operations and regions are known by name. To the program itself they are any text: what it
/// says about a wrong one is better than what a parser can.
fn with_names(command: &Command) -> Command {
    let services: Vec<&str> = metadata::services().iter().map(|metadata| metadata.service.name).collect();
    let operations = metadata::services().iter().flat_map(|metadata| metadata.service.operations);
    let operations = operations.map(|operation| operation.name).collect();
    let mut names = vec![("service", services), ("operation", operations)];
    for setting in metadata::services().iter().flat_map(|metadata| metadata.settings) {
        let known = setting.values.iter().map(|(value, _)| *value);
        match names.iter_mut().find(|(name, _)| *name == setting.name) {
            Some((_, values)) => values.extend(known),
            None => names.push((setting.name, known.collect())),
        }
    }
    for (_, values) in &mut names {
        values.sort_unstable();
        values.dedup();
    }
    named(command, &names)
}

/// The command with those names, without what is hidden: not every shell's generator leaves that out.
fn named(command: &Command, names: &[(&str, Vec<&'static str>)]) -> Command {
    let args = command.get_arguments().filter(|arg| !arg.is_hide_set()).map(|arg| {
        let arg = arg.clone();
        match names.iter().find(|(id, _)| arg.get_id() == id) {
            Some((_, names)) => arg.value_parser(PossibleValuesParser::new(names)),
            None => arg,
        }
    });
    let subcommands = command.get_subcommands().filter(|one| !one.is_hide_set());
    let about = command.get_about().cloned().unwrap_or_default();
    Command::new(command.get_name().to_owned())
        .about(about)
        .version(env!("CARGO_PKG_VERSION"))
        .disable_version_flag(command.get_name() != "rdbfetch")
        .args(args)
        .groups(command.get_groups().cloned())
        .subcommands(subcommands.map(|subcommand| named(subcommand, names)))
}
