//! What commands about a service take: where calls go and as whom, and about what.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::duration::{duration, some_time};

/// Where calls go and as whom.
#[derive(Clone, Debug, Args)]
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
    /// How long one call may take, with its repeats and the waiting between them; not the download of files [default:
    /// 60s]
    #[arg(long, value_name = "DURATION", value_parser = some_time)]
    pub timeout: Option<Duration>,
    /// How long connecting may take, TLS included [default: 10s]
    #[arg(long, value_name = "DURATION", value_parser = some_time)]
    pub connect_timeout: Option<Duration>,
    /// How often a call is repeated that failed for a while, if repeating it does no harm, and how often a part of a
    /// file is asked for again while nothing of it arrives [default: 2, for files 5]
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,
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

impl CloudArgs {
    /// Whether the call is shown instead of made.
    #[must_use]
    pub const fn previews(&self) -> bool {
        self.dry_run || self.print_curl
    }
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
