//! `rdbfetch pull`, as clap reads its command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use rdbfetch::download::Connections;

use super::target::{CloudArgs, Known, Wait};
use crate::fleet::Shard;

/// `rdbfetch pull`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("fleet").args(["all", "targets"]))]
pub struct Pull {
    /// The service
    #[arg(required_unless_present = "targets", conflicts_with = "targets")]
    pub service: Option<String>,
    /// The instance
    #[arg(long, value_name = "ID", conflicts_with = "fleet", required_unless_present_any = ["emulator", "all", "targets"])]
    pub instance: Option<String>,
    /// The backup; `latest` is the newest finished one
    #[arg(long, value_name = "ID", conflicts_with = "targets", required_unless_present_any = ["emulator", "all", "targets"])]
    pub backup: Option<String>,
    /// What is known of the instance.
    #[command(flatten)]
    pub known: Known,
    /// Whether to wait.
    #[command(flatten)]
    pub wait: Wait,
    /// Where the files go: a folder, `s3://BUCKET/…`, `gs://…` or `az://…`, or `-` for stdout
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// Fetches this file of the backup only, counted from 0: for stdout, which takes one
    #[arg(long, value_name = "N", conflicts_with = "fleet")]
    pub only: Option<usize>,
    /// Replaces files that are already there
    #[arg(long)]
    pub overwrite: bool,
    /// Reads files that an earlier run left again, and compares their SHA-256, before it says that they are there
    #[arg(long, conflicts_with = "overwrite")]
    pub recheck: bool,
    /// Takes files that cannot be verified (encrypted, checksum off, unknown version) under their own names
    #[arg(long)]
    pub accept_unverified: bool,
    /// Keeps the newest N pulled backups of an instance, and removes the files of older ones once a newer one is there
    #[arg(long, value_name = "N")]
    pub keep: Option<NonZeroUsize>,
    /// Runs this in a shell after a backup was fetched; RDBFETCH_MANIFEST, RDBFETCH_SERVICE, RDBFETCH_INSTANCE,
    /// RDBFETCH_BACKUP and RDBFETCH_DIR say which
    #[arg(long, value_name = "COMMAND")]
    pub exec: Option<String>,
    /// Which links are used where there are two; auto tries the internal one first
    #[arg(long, value_enum, value_name = "NETWORK", default_value_t)]
    pub network: NetworkWord,
    /// How many files of a backup are fetched at a time: 4, or 1 if they do not go to a folder
    #[arg(long, value_name = "N", value_parser = some)]
    pub files: Option<usize>,
    /// Over how many connections a large file is fetched at most
    #[arg(long, value_name = "N", default_value = "4", value_parser = some)]
    pub connections: usize,
    /// Over how many connections files are fetched at a time in all; without it 8 of one backup and 16 of many, but at least as
    /// many as --connections or --jobs say
    #[arg(long, value_name = "N", value_parser = some)]
    pub max_connections: Option<usize>,
    /// How many bytes are asked for at a time, and noted as one in the journal
    #[arg(long, value_name = "BYTES", default_value = "16777216", value_parser = clap::value_parser!(u64).range(4096..))]
    pub piece: u64,
    /// Does not wait for the disk: faster, but a file can be lost when the machine loses power
    #[arg(long)]
    pub no_fsync: bool,
    /// What stderr tells meanwhile
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub progress: ProgressWord,
    /// Many backups at once.
    #[command(flatten)]
    pub fleet: Fleet,
    /// Where to and as whom.
    #[command(flatten)]
    pub cloud: CloudArgs,
}

/// Many backups at once.
#[derive(Debug, Args)]
#[command(next_help_heading = "Many backups at once")]
pub struct Fleet {
    /// The newest finished backup of every instance of the account, in the region; files go to DIR/SERVICE/INSTANCE
    #[arg(long, conflicts_with_all = ["kind", "zone", "print_curl"])]
    pub all: bool,
    /// The same in every region that the service tells of
    #[arg(long, requires = "all", conflicts_with = "region")]
    pub all_regions: bool,
    /// The backups that this file names, or stdin for `-`: in each line `SERVICE INSTANCE [BACKUP]`, or a JSON object
    /// of service, instance and, where wanted, backup, region, project and dir
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kind", "zone", "params", "print_curl"])]
    pub targets: Option<PathBuf>,
    /// How many backups are fetched at a time
    #[arg(long, value_name = "N", default_value = "4", value_parser = some, requires = "fleet")]
    pub jobs: usize,
    /// How many backups of one service are fetched at a time; without it, as many as of all
    #[arg(long, value_name = "N", value_parser = some, requires = "fleet")]
    pub jobs_per_service: Option<usize>,
    /// Takes this part of the instances only, such as 0/8 to 7/8: every instance is in one of them
    #[arg(long, value_name = "I/N", value_parser = Shard::parse, requires = "fleet")]
    pub shard: Option<Shard>,
    /// Counts instances without a finished backup as done
    #[arg(long, requires = "fleet")]
    pub skip_empty: bool,
    /// Stops at the first backup that fails
    #[arg(long, requires = "fleet")]
    pub fail_fast: bool,
}

impl Pull {
    /// What all files share that are fetched.
    #[must_use]
    pub fn in_all(&self) -> Connections {
        let usual = if self.many() { self.fleet.jobs.max(16) } else { 8 };
        Connections::new(self.max_connections.unwrap_or_else(|| self.connections.max(usual)))
    }

    /// Whether it is about many backups.
    #[must_use]
    pub const fn many(&self) -> bool {
        self.fleet.all || self.fleet.targets.is_some()
    }
}

/// What `rdbfetch pull` tells while it runs.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum ProgressWord {
    /// Bars on a terminal, lines elsewhere
    #[default]
    Auto,
    /// Lines for people
    Lines,
    /// A line of JSON for each event: `rdbfetch schema progress`
    Json,
    /// Nothing
    None,
}

/// Which links `rdbfetch pull` uses.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum NetworkWord {
    /// Internal ones if they work, else public ones
    #[default]
    Auto,
    /// Those that work inside the vendor's network
    Internal,
    /// Those that work from anywhere
    Public,
}

/// A number that is not zero and no larger than anybody needs.
fn some(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=64) => Ok(number),
        _ => Err("a number from 1 to 64".to_owned()),
    }
}
