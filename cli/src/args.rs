//! The command line, as clap reads it.

mod duration;
mod emulator;
mod pull;
mod spec;
mod target;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

pub use self::duration::some_time;
pub use self::emulator::Emulator;
pub use self::pull::{NetworkWord, ProgressWord, Pull};
pub use self::spec::{
    Exported, Gravity, Report, Spec, SpecCheck, SpecCommand, SpecCompare, SpecDiff, SpecExport,
    SpecTranscribe, Told,
};
pub use self::target::{CloudArgs, KindWord, Known, Wait, Which};
use crate::output::Format;

/// Gets managed-Redis backups out of any cloud.
#[derive(Debug, Parser)]
#[command(name = "rdbfetch", version, max_term_width = 110, arg_required_else_help = true)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes, before or after its name.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// How results are written; a terminal gets a table, anything else JSON
    #[arg(long, short, global = true, value_enum, value_name = "FORMAT")]
    pub output: Option<Format>,
    /// No progress and no warnings on stderr
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Tells on stderr what is done; never a secret or a link
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Makes of results what this JMESPath expression says, in every format
    #[arg(long, global = true, value_name = "JMESPATH")]
    pub query: Option<String>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Lists the supported services and their operations
    Services,
    /// Shows operations in full: parameters, rules, answers, errors
    Ops(Ops),
    /// Calls any operation and prints the answer as it was received
    Call(Call),
    /// Lists the instances of an account
    Instances(Instances),
    /// Lists the backups of an instance, newest first
    Backups(Backups),
    /// Makes backups
    Backup(BackupArgs),
    /// Prints the temporary download links of a backup
    Link(Link),
    /// Downloads every file of a backup and verifies it
    Pull(Box<Pull>),
    /// Checks RDB files offline
    Verify(Verify),
    /// Checks step by step what calls need, and says what to mend
    Doctor(Doctor),
    /// Shows what calls are made with, and where it comes from
    Config(Config),
    /// Serves every specified API on this machine until stopped
    Emulator(Emulator),
    /// Lists the regions that a service tells of
    Regions(Places),
    /// Lists the projects of an account
    Projects(Places),
    /// Tools for the specs that clouds are made of
    Spec(Spec),
    /// Prints the JSON Schema of what a command prints
    Schema(Schema),
    /// Prints what makes a shell complete command lines
    Completions(Completions),
    /// Prints or writes manual pages
    Man(Man),
}

/// `rdbfetch schema`
#[derive(Debug, Args)]
pub struct Schema {
    /// The command, or `dry-run` or `error`; without it, all of them by name
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// `rdbfetch completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `rdbfetch man`
#[derive(Debug, Args)]
pub struct Man {
    /// The command; without it, the program
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    pub command: Vec<String>,
    /// Writes the pages of the program and of every command to this folder
    // Another variable than that of `pull`, whose folder is no place for these.
    #[arg(long, value_name = "DIR", env = "RDBFETCH_MAN_DIR", hide_env_values = true)]
    pub dir: Option<PathBuf>,
}

/// `rdbfetch doctor`
#[derive(Debug, Args)]
pub struct Doctor {
    /// The service
    pub service: String,
    /// The instance to ask about, where the service lists no instances
    #[arg(long, value_name = "ID")]
    pub instance: Option<String>,
    /// Where to and as whom.
    #[command(flatten)]
    pub cloud: CloudArgs,
}

/// `rdbfetch config`
#[derive(Debug, Args)]
pub struct Config {
    /// What is to be shown.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What of the configuration is shown.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Shows every value that calls of a service are made with; secrets only as set
    Show(Box<ConfigShow>),
    /// Prints where the configuration file is looked for
    Path,
}

/// `rdbfetch config show`
#[derive(Debug, Args)]
pub struct ConfigShow {
    /// The service
    pub service: String,
    /// Says in the table, too, where each value comes from
    #[arg(long)]
    pub origin: bool,
    /// Where to and as whom.
    #[command(flatten)]
    pub cloud: CloudArgs,
}

/// `rdbfetch instances`
#[derive(Debug, Args)]
pub struct Instances {
    /// The service
    pub service: String,
    /// Asks every region that the service tells of; one that fails does not keep the others from being listed
    #[arg(long, conflicts_with_all = ["region", "dry_run", "print_curl"])]
    pub all_regions: bool,
    /// Where to and as whom.
    #[command(flatten)]
    pub cloud: CloudArgs,
}

/// `rdbfetch regions` and `rdbfetch projects`
#[derive(Debug, Args)]
pub struct Places {
    /// The service
    pub service: String,
    /// Where to and as whom.
    #[command(flatten)]
    pub cloud: CloudArgs,
}

/// `rdbfetch backup`
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// What is to be done.
    #[command(subcommand)]
    pub command: BackupCommand,
}

/// What is done to backups.
#[derive(Debug, Subcommand)]
pub enum BackupCommand {
    /// Makes a backup of an instance, and waits for it if asked to
    Create(Box<Create>),
}

/// `rdbfetch backup create`
#[derive(Debug, Args)]
pub struct Create {
    /// The service
    pub service: String,
    /// The instance
    #[arg(long, value_name = "ID", required_unless_present = "emulator")]
    pub instance: Option<String>,
    /// The backup's name or remark; without it, one is made where the service demands one
    #[arg(long)]
    pub name: Option<String>,
    /// What is known of the instance.
    #[command(flatten)]
    pub known: Known,
    /// Whether to wait.
    #[command(flatten)]
    pub wait: Wait,
    /// Where to and as whom.
    #[command(flatten)]
    pub cloud: CloudArgs,
}

/// `rdbfetch ops`
#[derive(Debug, Args)]
pub struct Ops {
    /// The service; without it, all of them
    pub service: Option<String>,
    /// The operation; without it, all of the service's
    pub operation: Option<String>,
}

/// `rdbfetch call`
#[derive(Debug, Args)]
pub struct Call {
    /// The service
    pub service: String,
    /// The operation
    pub operation: String,
    /// Reads parameters from a JSON object in this file, or from stdin with `-`; --param goes before it
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Where to and as whom.
    #[command(flatten)]
    pub cloud: CloudArgs,
}

/// `rdbfetch backups`
#[derive(Debug, Args)]
pub struct Backups {
    /// The service
    pub service: String,
    /// The instance whose backups are listed
    #[arg(long, value_name = "ID", required_unless_present = "emulator")]
    pub instance: Option<String>,
    /// What is known of the instance.
    #[command(flatten)]
    pub known: Known,
    /// Where to and as whom.
    #[command(flatten)]
    pub cloud: CloudArgs,
}

/// `rdbfetch link`
#[derive(Debug, Args)]
pub struct Link {
    /// Which backup.
    #[command(flatten)]
    pub which: Which,
    /// Where to and as whom.
    #[command(flatten)]
    pub cloud: CloudArgs,
}

/// `rdbfetch verify`
#[derive(Debug, Args)]
pub struct Verify {
    /// The files; `-` is stdin
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Exits with 0 for files that cannot be verified (encrypted, checksum off, unknown version)
    #[arg(long)]
    pub accept_unverified: bool,
}

impl Command {
    /// The service that the command is about.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        match self {
            Self::Ops(args) => args.service.as_deref(),
            Self::Call(args) => Some(&args.service),
            Self::Backups(args) => Some(&args.service),
            Self::Instances(args) => Some(&args.service),
            Self::Regions(args) | Self::Projects(args) => Some(&args.service),
            Self::Backup(BackupArgs { command: BackupCommand::Create(args) }) => Some(&args.service),
            Self::Link(args) => Some(&args.which.service),
            Self::Pull(args) => args.service.as_deref(),
            Self::Doctor(args) => Some(&args.service),
            Self::Config(Config { command: ConfigCommand::Show(args) }) => Some(&args.service),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
