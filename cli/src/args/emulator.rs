//! `rdbfetch emulator`, as clap reads its command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use rdbfetch_emulator::Clock;

use super::duration::duration;

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
