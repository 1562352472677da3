//! The tools for specs, as clap reads their command lines.

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
    /// Tells what a change of specs means: for code, for calls on the wire, for readers
    Diff(SpecDiff),
    /// Holds a vendor's page against the spec of its operation
    Compare(SpecCompare),
    /// Writes a first draft of an operation's file from a vendor's page
    Transcribe(SpecTranscribe),
    /// Writes what other tools read of a service: OpenAPI 3.1
    Export(SpecExport),
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

/// `rdbfetch spec diff`
#[derive(Debug, Args)]
pub struct SpecDiff {
    /// What was: a folder of services, the folder of one service, or REVISION or REVISION:FOLDER of git
    #[arg(value_name = "OLD")]
    pub old: String,
    /// What is, named in the same way
    #[arg(value_name = "NEW")]
    pub new: String,
    /// `text` and `markdown` are for people, on stdout; `json` is the same as --output json
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<Told>,
    /// Exits with 1 if there is such a difference, or a graver one
    #[arg(long, value_enum, value_name = "EFFECT")]
    pub fail_on: Option<Gravity>,
    /// Exits with 1 if the version in Cargo.toml, read beside OLD and beside NEW, does not say what changed
    #[arg(long)]
    pub bump: bool,
    /// Exits with 1 if going from one version to the other does not say what changed
    #[arg(long, num_args = 2, value_names = ["VERSION", "VERSION"], conflicts_with = "bump")]
    pub against_version: Option<Vec<String>>,
}

/// `rdbfetch spec export`
#[derive(Debug, Args)]
pub struct SpecExport {
    /// The folder of a service, or REVISION:FOLDER of git
    #[arg(value_name = "DIR")]
    pub folder: String,
    /// What is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "openapi")]
    pub format: Exported,
}

/// What `spec export` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Exported {
    /// OpenAPI 3.1, as JSON.
    Openapi,
}

/// How `spec diff` tells what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Told {
    /// For people, in a terminal.
    Text,
    /// For people, in a pull request.
    Markdown,
    /// For programs.
    Json,
}

/// Which differences `spec diff` fails on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Gravity {
    /// What breaks code.
    Breaking,
    /// That, and what code has more.
    Compatible,
    /// Every difference.
    Any,
}

/// `rdbfetch spec compare`
#[derive(Debug, Args)]
pub struct SpecCompare {
    /// An operation's file, or the folder of its service
    #[arg(value_name = "SPEC")]
    pub spec: PathBuf,
    /// The page: Markdown, or the text that a saved page becomes; `-` is stdin. Of several, each is held against the spec
    #[arg(value_name = "DOCUMENT", required = true)]
    pub documents: Vec<PathBuf>,
    /// The name under which the spec knows the document; without it, that of the file
    #[arg(long = "as", value_name = "NAME")]
    pub named: Option<String>,
}

/// `rdbfetch spec transcribe`
#[derive(Debug, Args)]
pub struct SpecTranscribe {
    /// The page: Markdown, or the text that a saved page becomes; `-` is stdin
    #[arg(value_name = "DOCUMENT")]
    pub document: PathBuf,
    /// The folder of the service that the operation belongs to: what all its operations share is left out
    #[arg(long = "for", value_name = "DIR")]
    pub service: Option<PathBuf>,
    /// Writes to this file, which must not be there; without it, to stdout
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// When the document was read, as YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub date: Option<String>,
    /// The name of the document in `source`; without it, that of the file
    #[arg(long = "as", value_name = "NAME")]
    pub named: Option<String>,
}
