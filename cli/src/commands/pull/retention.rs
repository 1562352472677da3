//! `--keep N`: which backups go when newer ones are there.

use crate::destination::Destination;
use crate::exit::Failure;
use crate::manifest::{self, Manifest, SUFFIX};

/// The backups of an instance that are older than the newest `keep`, oldest last; `coming` is the time of one that is not
/// there yet.
///
/// Age is what the list of backups said of it: a backup of which nobody knows when it was taken neither goes nor counts. One
/// whose files are not all there does not count, but goes when it is older than those that do.
///
/// # Errors
///
/// If the destination cannot be read.
pub async fn old(
    destination: &Destination,
    service: &str,
    instance: &str,
    keep: usize,
    coming: Option<&str>,
) -> Result<Vec<Manifest>, Failure> {
    let mut dated = Vec::new();
    for name in destination.list("", SUFFIX).await? {
        let Some(bytes) = destination.read(&name, manifest::LONGEST).await? else { continue };
        let ours = |one: &Manifest| {
            one.is_of_instance(service, instance) && one.complete && manifest::names(&one.id()).0 == name
        };
        if let Some(manifest) = Manifest::read(&bytes).filter(ours)
            && let Some(at) = &manifest.created_at
        {
            dated.push((age(at), manifest.backup.clone(), Some(manifest)));
        }
    }
    dated.extend(coming.map(|at| (age(at), String::new(), None)));
    dated.sort_by(|one, other| (&other.0, &other.1).cmp(&(&one.0, &one.1)));
    let (mut left, mut old) = (keep, Vec::new());
    for (_, _, manifest) in dated {
        match manifest {
            Some(manifest) if left == 0 => old.push(manifest),
            Some(manifest) if !is_there(destination, &manifest).await? => {}
            _ => left = left.saturating_sub(1),
        }
    }
    Ok(old)
}

/// Removes the files that a manifest names and that are what it says, and then itself.
///
/// # Errors
///
/// If one of them stays. The next run goes on.
pub async fn remove(destination: &Destination, manifest: &Manifest) -> Result<(), Failure> {
    for file in &manifest.files {
        if destination.size(&file.path).await? == Some(file.size) {
            destination.remove(&file.path).await?;
        }
    }
    let (name, sums) = manifest::names(&manifest.id());
    if destination.read(&sums, manifest::LONGEST).await?.is_some_and(|text| text == manifest.sums()) {
        destination.remove(&sums).await?;
    }
    destination.remove(&name).await
}

async fn is_there(destination: &Destination, manifest: &Manifest) -> Result<bool, Failure> {
    for file in &manifest.files {
        if destination.size(&file.path).await? != Some(file.size) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A time such that later ones are greater: all are in UTC, and some have fractions.
fn age(time: &str) -> String {
    time.trim_end_matches('Z').to_owned()
}
