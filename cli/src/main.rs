//! The program `rdbfetch`: see `rdbfetch --help`.

mod args;
mod commands;
mod config;
mod curl;
mod destination;
mod dry_run;
mod environment;
mod exec;
mod exit;
mod fleet;
mod help;
mod log;
mod manifest;
mod output;
mod parameters;
mod progress;
mod refusal;
mod schemas;
mod session;
mod stop;
mod target;
mod text;

use std::ffi::OsString;

use clap::{FromArgMatches, ValueEnum};

use args::{Cli, Command};
use exit::{Exit, Failure};
use output::{Format, Output, Query};

fn main() {
    let args: Vec<OsString> = std::env::args_os().collect();
    let implied = requested(&args).unwrap_or_else(Format::implied);
    let parsed =
        help::parser(&args).try_get_matches_from(&args).and_then(|matches| Cli::from_arg_matches(&matches));
    let exit = match parsed {
        Ok(cli) => {
            let format = cli.global.output.unwrap_or(implied);
            let result = run(cli, format);
            result.unwrap_or_else(|failure| {
                failure.tell(format.machine());
                failure.exit
            })
        }
        Err(error) => refusal::tell(&error, &args, implied.machine()),
    };
    std::process::exit(exit.code());
}

/// Runs a command until it is done or the user stops it.
fn run(cli: Cli, format: Format) -> Result<Exit, Failure> {
    let chosen = cli.global.output.is_some();
    // It lives as long as the program.
    let query = cli.global.query.as_deref().map(Query::read).transpose()?;
    let query = query.map(|query| &*Box::leak(Box::new(query)));
    let output = Output { format, chosen, quiet: cli.global.quiet, verbose: cli.global.verbose, query };
    // More would be idle: nothing here is as hungry as that.
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(4));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    let runtime = runtime
        .map_err(|error| Failure::new(Exit::Other, "other", format!("The program cannot start: {error}.")))?;
    // These end in order where they are told to.
    let stays = match &cli.command {
        Command::Emulator(_) => true,
        Command::Pull(args) => args.many(),
        _ => false,
    };
    let result = runtime.block_on(async {
        if stays {
            return commands::run(cli.command, output).await;
        }
        let stopped = stop::stopped()?;
        tokio::select! {
            result = commands::run(cli.command, output) => result,
            () = stopped => Err(Failure::interrupted()),
        }
    });
    // Whatever still waits for a file or a network must not keep the program.
    runtime.shutdown_background();
    result
}

/// The format that the command line asks for, even where the rest of it is wrong.
fn requested(args: &[OsString]) -> Option<Format> {
    let mut words =
        args.iter().skip(1).map(|arg| arg.to_str().unwrap_or_default()).take_while(|arg| *arg != "--");
    let mut found = None;
    while let Some(word) = words.next() {
        let value = match word {
            "--output" | "-o" => words.next(),
            _ => word.strip_prefix("--output=").or_else(|| word.strip_prefix("-o")),
        };
        found = value.and_then(|value| Format::from_str(value, false).ok()).or(found);
    }
    found.or_else(|| Format::from_str(&std::env::var("RDBFETCH_OUTPUT").ok()?, false).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_found_in_a_wrong_command_line() {
        let find = |line: &str| requested(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(find("rdbfetch nosuch --output json"), Some(Format::Json));
        assert_eq!(find("rdbfetch --output=jsonl nosuch"), Some(Format::Jsonl));
        assert_eq!(find("rdbfetch -o table"), Some(Format::Table));
        assert_eq!(find("rdbfetch -ojson"), Some(Format::Json));
        assert_eq!(find("rdbfetch --output"), None);
        assert_eq!(find("rdbfetch --output csv"), None);
        assert_eq!(find("rdbfetch call -- --output json"), None);
    }
}
