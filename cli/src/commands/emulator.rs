//! `rdbfetch emulator`

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use rdbfetch::Credentials;
use rdbfetch_emulator::world::ScenarioError;
use rdbfetch_emulator::{Builder, Fault, Log, Scenario, StartError, World};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::stop::stopped;

/// Where a running emulator is, and what it holds.
#[derive(JsonSchema, Serialize)]
pub struct Facts<'a> {
    /// The certificate of its authority, with --tls only.
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_file: Option<&'a Path>,
    /// The URL of every service.
    endpoints: BTreeMap<&'a str, &'a str>,
    /// Keys that it takes; they are of use nowhere else.
    credentials: Keys<'a>,
    /// A sample backup of every service.
    samples: BTreeMap<&'a str, Sample<'a>>,
    /// The URL that links lead to.
    files: &'a str,
    /// Temporary keys that it takes.
    temporary_credentials: Keys<'a>,
    /// The URL of the control API, with --control only.
    #[serde(skip_serializing_if = "Option::is_none")]
    control: Option<&'a str>,
}

/// Keys of the emulator.
#[derive(JsonSchema, Serialize)]
struct Keys<'a> {
    /// The access key.
    access_key: &'a str,
    /// The secret key.
    secret_key: &'a str,
    /// The token of temporary ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

/// A backup that is there from the start.
#[derive(JsonSchema, Serialize)]
struct Sample<'a> {
    /// Its region.
    region: &'a str,
    /// Its instance.
    instance: &'a str,
    /// Its id.
    backup: &'a str,
}

/// Serves until it is told to stop. The first line on stdout, in any format, says where.
pub async fn run(args: &args::Emulator, output: Output) -> Result<Exit, Failure> {
    raise_open_files();
    let log = match output.verbose {
        _ if output.quiet => Log::Nothing,
        0 => Log::Refusals,
        _ => Log::All,
    };
    let mut builder = rdbfetch_emulator::Emulator::builder()
        .listen(args.listen)
        .allow_remote(args.allow_remote)
        .tls(args.tls)
        .log(log);
    if let Some(host) = &args.advertise {
        builder = builder.advertise(host);
    }
    if let Some(path) = &args.ca_file {
        builder = builder.ca_file(path);
    }
    builder = state(builder, args, output)?.faults(faults(args)?);
    if let Some(file) = &args.journal {
        builder = builder.journal(file);
    }
    if let Some(address) = args.control {
        builder = builder.control(address);
    }
    if let Some(lifetime) = args.link_ttl {
        builder = builder.link_ttl(lifetime);
    }
    // Before anything is said: whoever reads the first line may ask the program to stop at once.
    let stopped = stopped()?;
    let emulator = builder.start().await.map_err(|error| refused(args, &error))?;
    let facts = Facts {
        ca_file: emulator.ca_file(),
        endpoints: emulator.endpoints().iter().map(|(name, url)| (*name, url.as_str())).collect(),
        credentials: Keys::from(emulator.credentials()),
        samples: samples(&emulator),
        files: emulator.files_url(),
        temporary_credentials: Keys::from(emulator.temporary_credentials()),
        control: emulator.control_url(),
    };
    output.first_line(&facts)?;
    output.detail("Ctrl-C stops the emulator.");
    stopped.await;
    Ok(Exit::Done)
}

/// What the emulator starts with: the scenario first, then what the command line says about the same.
fn state(mut builder: Builder, args: &args::Emulator, output: Output) -> Result<Builder, Failure> {
    let mut world = World::default();
    if let Some(file) = &args.scenario {
        let scenario = Scenario::read(file).map_err(|problems| unusable(&problems))?;
        world = scenario.world.clone();
        builder = builder.scenario(scenario);
    }
    if let Some(folder) = &args.backups {
        let (with, skipped) = world.backups(folder).map_err(|problems| unusable(&problems))?;
        for path in skipped {
            output.remark(&format!("Left out, as it is hidden: {}", path.display()));
        }
        builder = builder.world(with);
    }
    if let Some(seed) = args.seed {
        builder = builder.seed(seed);
    }
    if let Some(clock) = &args.clock {
        builder = builder.clock(clock.clone());
    }
    Ok(builder)
}

/// What the emulator is to serve cannot be.
fn unusable(problems: &ScenarioError) -> Failure {
    let count = problems.problems().len();
    let what = if count == 1 { "a problem".to_owned() } else { format!("{count} problems") };
    Failure::usage(format!("The emulator cannot start, because of {what}:\n{problems}"))
}

/// Every connection is an open file, and systems are sparing with those by default.
fn raise_open_files() {
    #[cfg(unix)]
    // Where it fails there are fewer connections, and all works.
    let _ = rlimit::increase_nofile_limit(MOST_OPEN_FILES);
}

/// Open files that are of use: more connections than the emulator takes at a time, and all else.
#[cfg(unix)]
const MOST_OPEN_FILES: u64 = 16_384;

/// The rules for faults that the command line asks for.
fn faults(args: &args::Emulator) -> Result<Vec<Fault>, Failure> {
    let mut faults = Vec::new();
    if let Some(path) = &args.faults {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::new(Exit::Disk, "disk", format!("{} cannot be read: {error}.", path.display()))
        })?;
        let list = Fault::list(&text);
        faults.extend(list.map_err(|error| Failure::usage(format!("{}: {error}.", path.display())))?);
    }
    for text in &args.fault {
        faults.push(text.parse().map_err(|error| Failure::usage(format!("--fault {text}: {error}.")))?);
    }
    Ok(faults)
}

/// Why the emulator did not start.
fn refused(args: &args::Emulator, error: &std::io::Error) -> Failure {
    let source = error.get_ref();
    if let Some(problems) = source.and_then(|inner| inner.downcast_ref::<ScenarioError>()) {
        return unusable(problems);
    }
    match source.and_then(|inner| inner.downcast_ref::<StartError>()) {
        Some(StartError::Fault(error)) => Failure::usage(format!("A rule for faults: {error}.")),
        Some(StartError::Journal(error)) => {
            let path = args.journal.as_deref().unwrap_or(Path::new("")).display();
            Failure::new(Exit::Disk, "disk", format!("The journal {path} cannot be written: {error}."))
        }
        Some(StartError::Control(error)) => {
            let message = format!("The control API cannot be served: {error}.");
            Failure::new(Exit::Other, "listen", message).advise("--control 127.0.0.1:0 takes a free port.")
        }
        _ if error.kind() == ErrorKind::InvalidInput => {
            Failure::usage(format!("The emulator cannot start: {error}."))
                .advise("--allow-remote lets other machines in; --listen 127.0.0.1:0 takes free ports here.")
        }
        _ => {
            let message = format!("The emulator cannot listen on {}: {error}.", args.listen);
            Failure::new(Exit::Other, "listen", message).advise("--listen 127.0.0.1:0 takes free ports.")
        }
    }
}

fn samples(emulator: &rdbfetch_emulator::Emulator) -> BTreeMap<&str, Sample<'_>> {
    let of = |name| {
        let sample = emulator.sample(name)?;
        let (region, instance, backup) = (&sample.region, &sample.instance, &sample.backup);
        Some((name, Sample { region, instance, backup }))
    };
    emulator.endpoints().iter().filter_map(|(name, _)| of(*name)).collect()
}

impl<'a> From<&'a Credentials> for Keys<'a> {
    fn from(keys: &'a Credentials) -> Self {
        Self { access_key: keys.access_key(), secret_key: keys.secret(), token: keys.token() }
    }
}
