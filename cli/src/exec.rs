//! `--exec`: a command of the user's after a backup was fetched.

use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};

use rdbfetch::metadata;
use tokio::process::Command;

use crate::destination::Destination;
use crate::exit::{Exit, Failure};
use crate::manifest::{self, Manifest};

/// Variables of ours that lead to keys.
const SECRETS: [&str; 5] = [
    "RDBFETCH_ACCESS_KEY",
    "RDBFETCH_SECRET_KEY",
    "RDBFETCH_SECRET_KEY_FILE",
    "RDBFETCH_TOKEN",
    "RDBFETCH_CREDENTIAL_COMMAND",
];

/// Runs a command in a shell. What it prints goes to stderr, and it has none of the keys that calls are signed with.
///
/// # Errors
///
/// If it cannot be run, or does not succeed.
pub async fn run(text: &str, manifest: &Manifest, destination: &Destination) -> Result<(), Failure> {
    let mut command = shell(text);
    command.stdin(Stdio::null()).stdout(to_stderr()).kill_on_drop(true);
    let vendors = metadata::services().iter().flat_map(|one| one.service.credentials);
    let vendors = vendors.flat_map(|keys| [Some(keys.access_key), Some(keys.secret), keys.token]);
    for name in SECRETS.into_iter().chain(vendors.flatten()) {
        command.env_remove(name);
    }
    let (name, _) = manifest::names(&manifest.id());
    command
        .env("RDBFETCH_MANIFEST", destination.shown(&name))
        .env("RDBFETCH_SERVICE", &manifest.service)
        .env("RDBFETCH_INSTANCE", &manifest.instance)
        .env("RDBFETCH_BACKUP", &manifest.backup)
        .env("RDBFETCH_DIR", folder(destination));
    let problem = match command.status().await {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => ended(status),
        Err(error) => format!("could not be started: {error}"),
    };
    let message =
        format!("The backup {} of {} is there, but --exec {problem}.", manifest.backup, manifest.instance);
    Err(Failure::new(Exit::Other, "exec", message))
}

fn ended(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with {code}"),
        None => "was killed".to_owned(),
    }
}

/// The destination itself; the current folder has a name, too.
fn folder(destination: &Destination) -> OsString {
    let shown = destination.shown("");
    let trimmed = shown.trim_end_matches(['/', '\\']);
    if shown.is_empty() {
        ".".into()
    } else if trimmed.is_empty() {
        shown.into()
    } else {
        trimmed.into()
    }
}

#[cfg(not(windows))]
fn shell(text: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(text);
    command
}

#[cfg(windows)]
fn shell(text: &str) -> Command {
    let mut command = Command::new("cmd");
    command.arg("/C").raw_arg(text);
    command
}

/// What stderr is; nothing where it cannot be had twice.
#[cfg(unix)]
fn to_stderr() -> Stdio {
    use std::os::fd::AsFd as _;

    std::io::stderr().as_fd().try_clone_to_owned().map_or_else(|_| Stdio::null(), Stdio::from)
}

#[cfg(windows)]
fn to_stderr() -> Stdio {
    use std::os::windows::io::AsHandle as _;

    std::io::stderr().as_handle().try_clone_to_owned().map_or_else(|_| Stdio::null(), Stdio::from)
}
