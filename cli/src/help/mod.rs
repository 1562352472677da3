//! What `--help` and the manual say besides the options: examples that work, services, credentials, exit codes.

mod examples;
mod texts;

use std::ffi::OsString;

use clap::{Command, CommandFactory};
use rdbfetch::metadata::{self, ServiceMetadata};

use crate::args::Cli;
use crate::environment;

/// A part of a page, under a title of its own.
pub struct Section {
    /// The title, without a colon.
    pub title: &'static str,
    /// Lines, as they are to be shown.
    pub text: String,
}

/// The command line that reads these arguments.
#[must_use]
pub fn parser(args: &[OsString]) -> Command {
    environment::apply(command(), args)
}

/// The command line with its pages.
#[must_use]
pub fn command() -> Command {
    with_pages(Cli::command().long_version(version()), "")
}

/// Adds its page to a command and to all below it; `path` are the words that lead there.
fn with_pages(command: Command, path: &str) -> Command {
    let name = if path.is_empty() { "rdbfetch".to_owned() } else { format!("rdbfetch {path}") };
    let sections = sections(path);
    let mut short = format!("`{name} --help` says more, with examples.");
    if path.is_empty() {
        short =
            format!("{}\n\n`rdbfetch --help` says more: credentials, output, exit codes.", examples::first());
    }
    let long: Vec<String> =
        sections.iter().map(|section| format!("{}:\n{}", section.title, section.text)).collect();
    let command =
        if long.is_empty() { command } else { command.after_help(short).after_long_help(long.join("\n\n")) };
    command.mut_subcommands(|subcommand| {
        let below = format!("{path} {}", subcommand.get_name());
        with_pages(subcommand, below.trim_start())
    })
}

/// The page about a command, by the words of its name; that of the program where there are none.
#[must_use]
pub fn sections(path: &str) -> Vec<Section> {
    let examples = examples::of(path);
    if examples.is_empty() {
        return Vec::new();
    }
    let mut page = vec![Section { title: "Examples", text: examples }];
    let mut add = |title, text: String| page.push(Section { title, text });
    match path {
        "" => {
            add("With an account", examples::account());
            add("Services", services());
            add("Credentials, first found wins", credentials());
            add("Output", texts::OUTPUT.to_owned());
            add("Environment", texts::ENVIRONMENT.to_owned());
            add("Exit codes", texts::EXIT_CODES.to_owned());
        }
        "call" | "instances" | "regions" | "projects" | "backups" | "backup create" | "link" | "pull" => {
            add("Services", services());
            add("Credentials, first found wins", credentials());
            add("Exit codes", texts::EXIT_CODES.to_owned());
        }
        "verify" => add("Verdicts", texts::VERDICTS.to_owned()),
        "emulator" => add("What it prints", texts::EMULATOR.to_owned()),
        "spec check" => add("Output", texts::SPEC_CHECK.to_owned()),
        "spec compare" => add("What it tells", texts::SPEC_COMPARE.to_owned()),
        "spec transcribe" => add("What it writes", texts::SPEC_TRANSCRIBE.to_owned()),
        "spec diff" => add("What it tells", texts::SPEC_DIFF.to_owned()),
        "completions" => add("Where to put it", texts::COMPLETIONS.to_owned()),
        _ => {}
    }
    page
}

fn services() -> String {
    let lines = metadata::services().iter().map(|service| {
        let retired = service.service.deprecated.map_or("", |_| " (retired by its vendor)");
        format!("  {:10} {}{retired}", service.service.name, service.service.title)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn credentials() -> String {
    let mut lines = vec![
        "  RDBFETCH_ACCESS_KEY and RDBFETCH_SECRET_KEY or RDBFETCH_SECRET_KEY_FILE, and".to_owned(),
        "    RDBFETCH_TOKEN for temporary ones".to_owned(),
        "  RDBFETCH_CREDENTIAL_COMMAND, or credential_command in the configuration file".to_owned(),
        "  the variables of the vendor's own tools:".to_owned(),
    ];
    lines.extend(metadata::services().iter().copied().flat_map(variables));
    lines.push("  the files of the vendor's own tools; --profile NAME says which profile".to_owned());
    lines.push("  `rdbfetch config show SERVICE --origin` says where each value comes from.".to_owned());
    lines.join("\n")
}

/// The variables in which a vendor's tools look for keys.
fn variables(service: &'static ServiceMetadata) -> Vec<String> {
    let pairs = service.service.credentials.iter();
    let pairs = pairs.map(|names| {
        let token = names.token.map(|token| format!(", {token}")).unwrap_or_default();
        format!("    {:8} {}, {}{token}", service.service.name, names.access_key, names.secret)
    });
    pairs.collect()
}

/// What `--version` tells; `-V` is short.
fn version() -> String {
    let services: Vec<&str> = metadata::services().iter().map(|metadata| metadata.service.name).collect();
    format!(
        "{}\nservices: {}\nplatform: {} {}\nbuild: {}\n",
        env!("CARGO_PKG_VERSION"),
        services.join(" "),
        std::env::consts::OS,
        std::env::consts::ARCH,
        if cfg!(debug_assertions) { "debug" } else { "release" }
    )
}
