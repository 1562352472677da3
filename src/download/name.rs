//! Names of files on the disk: made by us, never a server's.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::encoding::hex;
use crate::model::BackupId;

/// The longest name in bytes, so that a suffix still fits what file systems allow.
const LONGEST: usize = 200;

/// The most that an id takes of it.
const LONGEST_ID: usize = 80;

const EXTENSION: &str = ".rdb";

/// The name of a backup's file: one path component of `A-Za-z0-9._-`, unlike that of any other file of the backup.
pub(super) fn file_name(backup: &BackupId, index: usize, name: Option<&str>) -> String {
    let mut stem = format!("{}-{index:03}", stem(backup));
    let name = name.map(str::trim).unwrap_or_default();
    let name = safe(name.strip_suffix(EXTENSION).unwrap_or(name));
    let room = LONGEST.saturating_sub(stem.len() + 1 + EXTENSION.len());
    let name = &name[..name.len().min(room)];
    if !name.is_empty() {
        stem.push('-');
        stem.push_str(name);
    }
    stem + EXTENSION
}

/// What the names of all files of a backup begin with: one path component of `A-Za-z0-9._-`.
#[must_use]
pub fn stem(backup: &BackupId) -> String {
    format!("{}-{}", component(&backup.instance), component(&backup.backup))
}

/// An id as a path component or part of one, of `A-Za-z0-9._-` and at most 80 bytes. One that has to be cut keeps apart
/// from others by a digest.
#[must_use]
pub fn component(text: &str) -> String {
    let mut safe = safe(text);
    if safe.is_empty() {
        return "_".to_owned();
    }
    if safe.len() > LONGEST_ID {
        let digest = hex(&Sha256::digest(text.as_bytes()));
        safe.truncate(LONGEST_ID - 9);
        safe.push('-');
        safe.push_str(&digest[..8]);
    }
    safe
}

/// Text with `_` for everything but `A-Za-z0-9._-`, and for a dot at the start.
fn safe(text: &str) -> String {
    let allowed = |(at, letter): (usize, char)| {
        let fine = letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-') || (letter == '.' && at > 0);
        if fine { letter } else { '_' }
    };
    text.chars().enumerate().map(allowed).collect()
}

/// A path as reports show it: relative to the current folder where it is below that.
#[must_use]
pub fn shown(path: &Path) -> String {
    let current = std::env::current_dir().ok();
    let below = current.and_then(|folder| path.strip_prefix(folder).ok().map(Path::to_path_buf));
    let path = below.unwrap_or_else(|| path.to_path_buf());
    let path = path.strip_prefix(".").unwrap_or(&path);
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(instance: &str, backup: &str, name: Option<&str>) -> String {
        file_name(&BackupId::new(instance, backup), 7, name)
    }

    #[test]
    fn names_are_one_safe_component() {
        assert_eq!(named("crs-4y9", "678", Some("1.rdb")), "crs-4y9-678-007-1.rdb");
        assert_eq!(named("redis-1234", "1234", Some("node 0")), "redis-1234-1234-007-node_0.rdb");
        assert_eq!(named("i", "b", None), "i-b-007.rdb");
        assert_eq!(named("i", "b", Some(" .rdb")), "i-b-007.rdb");
        assert_eq!(named("i", "b", Some("../../etc/passwd")), "i-b-007-_._.._etc_passwd.rdb");
        assert_eq!(named("../i", "/", Some("C:\\x\0\n备份")), "_._i-_-007-C__x____.rdb");
        assert_eq!(named("", ".", None), "_-_-007.rdb");
    }

    #[test]
    fn names_have_an_end() {
        let long = "é".repeat(5000);
        for name in [named(&long, &long, Some(&long)), named("i", &long, None), named("i", "b", Some(&long))]
        {
            assert!(name.len() <= LONGEST && name.ends_with(EXTENSION), "{name}");
        }
        let ids = ["x".repeat(100), "x".repeat(101)];
        assert_ne!(named(&ids[0], "b", None), named(&ids[1], "b", None));
        let backup = BackupId::new("i", "b");
        assert_ne!(file_name(&backup, 0, Some(&long)), file_name(&backup, 1, Some(&long)));
        assert_eq!(file_name(&backup, 12345, None), "i-b-12345.rdb");
    }

    #[test]
    fn paths_below_the_current_folder_are_shown_relative() {
        let current = std::env::current_dir().unwrap();
        assert_eq!(shown(&current.join("a/b.rdb")), "a/b.rdb");
        assert_eq!(shown(Path::new("./b.rdb")), "b.rdb");
        assert_eq!(shown(Path::new("../b.rdb")), "../b.rdb");
        assert_eq!(shown(Path::new("/nowhere/b.rdb")), "/nowhere/b.rdb");
    }
}
