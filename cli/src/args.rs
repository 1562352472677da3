//! The command line, as clap reads it.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use rdbfetch_emulator::Clock;

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
    Pull(Pull),
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

/// `rdbfetch spec`
#[derive(Debug, Args)]
pub struct Spec {
    /// What is to be done with specs.
    #[command(subcommand)]
    pub command: SpecCommand,
}

/// The tools for specs.
#[derive(Debug, Subcommand)]
pub enum SpecCommand {
    /// Checks specs and shows every problem of every file
    Check(SpecCheck),
    /// Not built yet.
    #[command(hide = true, disable_help_flag = true)]
    Diff(Unbuilt),
    /// Not built yet.
    #[command(hide = true, disable_help_flag = true)]
    Compare(Unbuilt),
    /// Not built yet.
    #[command(hide = true, disable_help_flag = true)]
    Transcribe(Unbuilt),
    /// Not built yet.
    #[command(hide = true, disable_help_flag = true)]
    Export(Unbuilt),
}

/// `rdbfetch spec check`
#[derive(Debug, Args)]
pub struct SpecCheck {
    /// A folder of services, the folder of one service, or a file in it
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// `text` shows problems on stderr as compilers do; `json`, for editors, is the same as --output json
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<Report>,
}

/// How `spec check` tells what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Report {
    /// For people, on stderr.
    Text,
    /// One JSON array of problems, on stdout.
    Json,
}

/// A command of a later version, with whatever follows it.
#[derive(Debug, Args)]
pub struct Unbuilt {
    /// Anything.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub rest: Vec<OsString>,
}

/// Where calls go and as whom.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where to and as whom")]
pub struct CloudArgs {
    /// Runs against an emulator inside the process, with sample backups: no account needed
    #[arg(long, conflicts_with = "endpoint")]
    pub emulator: bool,
    /// Sends calls there instead of the documented endpoint
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// The region [env: RDBFETCH_REGION]
    #[arg(long)]
    pub region: Option<String>,
    /// The project [env: RDBFETCH_PROJECT]
    #[arg(long)]
    pub project: Option<String>,
    /// Sets a further parameter of the operation; repeat it for more, or for more elements of a list
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Signs with another variant that the service documents
    #[arg(long, value_name = "VARIANT")]
    pub signature: Option<String>,
    /// Sends the call in another form that the service documents
    #[arg(long, value_name = "METHOD")]
    pub http_method: Option<String>,
    /// Says as JSON what would be sent, without signatures, and sends nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Prints a curl command that makes the call, signed and ready to run, and sends nothing
    #[arg(long, conflicts_with = "dry_run")]
    pub print_curl: bool,
    /// The profile: of the configuration file, else of the vendor's own tools
    #[arg(long, value_name = "NAME", conflicts_with = "emulator")]
    pub profile: Option<String>,
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

/// What is known of an instance, so that it need not be looked up.
#[derive(Debug, Args)]
pub struct Known {
    /// The instance's kind, where it decides which operations are called; without it, the instance is looked up
    #[arg(long, value_enum)]
    pub kind: Option<KindWord>,
    /// The instance's zone, which some operations want; without it, the instance is looked up
    #[arg(long, requires = "kind")]
    pub zone: Option<String>,
}

/// The kinds of instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindWord {
    /// One data set: a single node, or a master with replicas.
    Standalone,
    /// Sharded.
    Cluster,
}

/// How long to wait.
#[derive(Debug, Args)]
pub struct Wait {
    /// Waits until the backup is finished, for at most so long
    #[arg(
        long,
        value_name = "DURATION",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "30m",
        value_parser = duration
    )]
    pub wait: Option<Duration>,
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

/// A backup of an instance.
#[derive(Debug, Args)]
pub struct Which {
    /// The service
    pub service: String,
    /// The instance
    #[arg(long, value_name = "ID", required_unless_present = "emulator")]
    pub instance: Option<String>,
    /// The backup; `latest` is the newest finished one
    #[arg(long, value_name = "ID", required_unless_present = "emulator")]
    pub backup: Option<String>,
    /// What is known of the instance.
    #[command(flatten)]
    pub known: Known,
    /// Whether to wait.
    #[command(flatten)]
    pub wait: Wait,
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

/// `rdbfetch pull`
#[derive(Debug, Args)]
pub struct Pull {
    /// Which backup.
    #[command(flatten)]
    pub which: Which,
    /// The folder that the files go to
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// Replaces files that are already there
    #[arg(long)]
    pub overwrite: bool,
    /// Takes files that cannot be verified (encrypted, checksum off, unknown version) under their own names
    #[arg(long)]
    pub accept_unverified: bool,
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

/// `rdbfetch emulator`
#[derive(Debug, Args)]
pub struct Emulator {
    /// Where the first service listens; with a fixed port the others follow in the order of `services`, then the files
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// How long links live, such as 30s, 5m or 12h; without it, as long as the spec says
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub link_ttl: Option<Duration>,
    /// Serves the files in DIR/SERVICE/INSTANCE/BACKUP/ as backups; services without a folder there keep their samples
    #[arg(long, value_name = "DIR")]
    pub backups: Option<PathBuf>,
    /// Starts with what this YAML file declares: accounts, backups and how they are, the clock, the seed
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// What generated files, request ids and ids of new backups follow from; goes before the scenario's
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How the clock goes: real, offset:-5m, frozen:2026-01-02T03:04:05Z or stepped:2026-01-02T03:04:05Z+1s; goes
    /// before the scenario's
    #[arg(long, value_name = "SPEC", allow_hyphen_values = true)]
    pub clock: Option<Clock>,
    /// Lets `--listen` name an address that other machines reach: they can then use the emulator, too
    #[arg(long)]
    pub allow_remote: bool,
    /// The host that clients know this machine by, for endpoints and public links
    #[arg(long, value_name = "HOST")]
    pub advertise: Option<String>,
    /// Lets calls go wrong, such as service=NAME,operation=NAME,nth=2,error=CODE or {on: {file: 0}, cut: 1000}; repeat
    /// it for more
    #[arg(long = "fault", value_name = "RULE")]
    pub fault: Vec<String>,
    /// Lets calls go wrong by the rules in this YAML or JSON file
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Adds a line of JSON to this file for every call
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Serves the control API on a loopback address; without one, on any free port
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "127.0.0.1:0")]
    pub control: Option<SocketAddr>,
    /// Speaks HTTPS on every port, with a certificate of an authority made at the start
    #[arg(long)]
    pub tls: bool,
    /// Where to write the authority's certificate, PEM; without it, to a new file that the first line names
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub ca_file: Option<PathBuf>,
}

impl Command {
    /// What of this command belongs to a later version.
    #[must_use]
    pub fn unbuilt(&self) -> Option<String> {
        match self {
            Self::Spec(spec) => {
                let word = match spec.command {
                    SpecCommand::Check(_) => return None,
                    SpecCommand::Diff(_) => "diff",
                    SpecCommand::Compare(_) => "compare",
                    SpecCommand::Transcribe(_) => "transcribe",
                    SpecCommand::Export(_) => "export",
                };
                Some(format!("`rdbfetch spec {word}`"))
            }
            _ => None,
        }
    }

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
            Self::Pull(args) => Some(&args.which.service),
            Self::Doctor(args) => Some(&args.service),
            Self::Config(Config { command: ConfigCommand::Show(args) }) => Some(&args.service),
            _ => None,
        }
    }
}

impl CloudArgs {
    /// Whether the call is shown instead of made.
    #[must_use]
    pub const fn previews(&self) -> bool {
        self.dry_run || self.print_curl
    }
}

/// A duration such as `30s`, `5m` or `12h`.
///
/// # Errors
///
/// What a duration looks like, if this is none.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.len() - text.trim_start_matches(|character: char| character.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "ms" => Some(1),
        "s" => Some(1000),
        "m" => Some(60 * 1000),
        "h" => Some(60 * 60 * 1000),
        "d" => Some(24 * 60 * 60 * 1000),
        _ => None,
    };
    let milliseconds = unit.and_then(|unit: u64| number.parse::<u64>().ok()?.checked_mul(unit));
    milliseconds
        .map(Duration::from_millis)
        .ok_or_else(|| "a duration is a number and ms, s, m, h or d, such as 30s".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn durations_have_a_unit() {
        for (text, milliseconds) in
            [("250ms", 250), ("30s", 30_000), ("5m", 300_000), ("12h", 43_200_000), ("0s", 0)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in
            ["", "30", "s", "-1s", "1.5s", "30 s", "5M", "99999999999999999999s", "99999999999999999d"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
