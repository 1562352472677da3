//! The tools for specs, as clap reads their command lines.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

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
